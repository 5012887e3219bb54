"""Training pairs from a user's own documents, without labels."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evidence.load import load_documents, load_folder
from groundwire.evidence.overlap import WordRarity
from groundwire.segment import sentence_spans
from groundwire.train.pairs import Pair, fingerprint
from groundwire.train.synthetic import from_document, trailing_details

PIECE_SENTENCES = 60
"""Sentences of a document that are taken together, so that all of a long one is used."""

PASSES = 8
"""Times that the documents are gone through, each time with other sentences and edits."""

HELD_OUT = 0.1
"""Share of the pieces that is kept from training, to measure what it brought."""


def read_pieces(path: Path) -> list[tuple[str, str]]:
    """Returns (title, text) of pieces of the documents under a folder, or of one file.

    Raises:
        DocumentError: if there is none, or one cannot be read.
    """
    found = load_folder(path) if path.is_dir() else load_documents(path)
    pieces = []
    for document in found:
        title = str(document.metadata.get("title") or "")
        spans = sentence_spans(document.text)
        for start in range(0, len(spans), PIECE_SENTENCES):
            part = spans[start : start + PIECE_SENTENCES]
            pieces.append((title, document.text[part[0][0] : part[-1][1]]))
    return pieces


def split_pieces(
    pieces: list[tuple[str, str]], seed: int
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Returns the pieces for training and those held out; of one piece, halves of its text."""
    if len(pieces) == 1:
        title, text = pieces[0]
        spans = sentence_spans(text)
        cut = spans[max(1, round(len(spans) * (1 - 3 * HELD_OUT))) - 1][1]
        return [(title, text[:cut])], [(title, text[cut:])]
    order = list(pieces)
    random.Random(f"{seed}-pieces").shuffle(order)
    count = max(1, round(HELD_OUT * len(order)))
    return order[count:], order[:count]


def domain_pairs(
    pieces: list[tuple[str, str]], rarity: WordRarity, seed: int, limit: int
) -> list[Pair]:
    """Returns up to ``limit`` distinct pairs made from pieces of documents.

    Raises:
        InputError: if the documents hold no sentence to make a claim of.
    """
    rng = random.Random(f"{seed}-domain")
    details = trailing_details(text for _, text in pieces)
    seen: set[bytes] = set()
    pairs: list[Pair] = []
    for pair in _made(pieces, rarity, rng, details):
        key = fingerprint(pair)
        if key not in seen:
            seen.add(key)
            pairs.append(pair)
        if len(pairs) >= limit:
            break
    if not pairs:
        raise InputError(
            "the documents hold no sentences to make claims of: give prose, in files of three or "
            "more sentences of 7 to 45 words"
        )
    return pairs


def _made(
    pieces: list[tuple[str, str]], rarity: WordRarity, rng: random.Random, details: list[str]
) -> Iterator[Pair]:
    for _ in range(PASSES):
        for title, text in pieces:
            yield from from_document(title, text, rarity, rng, details)
