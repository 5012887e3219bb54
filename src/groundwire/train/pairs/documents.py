"""Documents of a user as training pairs, without labels."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evidence.load import load_documents, load_folder
from groundwire.text.blocks import find_sentences
from groundwire.text.overlap import WordRarity
from groundwire.train.pairs.pairs import Pair, hash_pair
from groundwire.train.pairs.synthetic import collect_details, make_document_pairs

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
        spans = find_sentences(document.text)
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
        spans = find_sentences(text)
        cut = spans[max(1, round(len(spans) * (1 - 3 * HELD_OUT))) - 1][1]
        return [(title, text[:cut])], [(title, text[cut:])]
    order = list(pieces)
    random.Random(f"{seed}-pieces").shuffle(order)
    count = max(1, round(HELD_OUT * len(order)))
    return order[count:], order[:count]


def make_domain_pairs(
    pieces: list[tuple[str, str]], rarity: WordRarity, seed: int, limit: int
) -> list[Pair]:
    """Returns up to ``limit`` distinct pairs made from pieces of documents, which may be none."""
    rng = random.Random(f"{seed}-domain")
    details = collect_details(text for _, text in pieces)
    seen: set[bytes] = set()
    pairs: list[Pair] = []
    for pair in _made(pieces, rarity, rng, details):
        key = hash_pair(pair)
        if key not in seen:
            seen.add(key)
            pairs.append(pair)
        if len(pairs) >= limit:
            break
    return pairs


def split_pairs(pairs: Sequence[Pair], seed: int) -> tuple[list[Pair], list[Pair]]:
    """Returns the pairs for training and those held out, with no claim in both.

    A tenth of the supported claims is held out, and of the others, at least one of each.
    """
    held: set[str] = set()
    rng = random.Random(f"{seed}-claims")
    for supported in (True, False):
        texts = {p.hypothesis: None for p in pairs if (p.label == "supported") == supported}
        if any(text not in held for text in texts):
            held |= set(rng.sample(list(texts), max(1, round(HELD_OUT * len(texts)))))
    return (
        [pair for pair in pairs if pair.hypothesis not in held],
        [pair for pair in pairs if pair.hypothesis in held],
    )


def make_own_pairs(
    pieces: list[tuple[str, str]], rarity: WordRarity, seed: int, limit: int, most_held: int
) -> tuple[list[Pair], list[Pair], list[tuple[str, str]]]:
    """Returns pairs made from documents for training, and held out, and the pieces of the former.

    What is held out comes of pieces of its own. Where there are too few for that, all of them are
    used and claims are held out instead; no pieces are returned then.

    Args:
        pieces: of the documents.
        rarity: weights of words.
        seed: of all choices.
        limit: most pairs for training.
        most_held: most pairs held out.

    Raises:
        InputError: if they hold too few sentences to make claims of.
    """
    if pieces:
        train, held = split_pieces(pieces, seed)
        pairs = make_domain_pairs(train, rarity, seed, limit)
        test = make_domain_pairs(held, rarity, seed, most_held)
        if pairs and test:
            return pairs, test, train
    pairs, test = split_pairs(make_domain_pairs(pieces, rarity, seed, limit), seed)
    if not pairs or not test:
        raise InputError(
            "the documents hold no sentences to make claims of: give prose, at least one file with "
            "three sentences of 7 to 45 words, each with a capital at its start and a full stop at "
            "its end"
        )
    return pairs, test[:most_held], []


def _made(
    pieces: list[tuple[str, str]], rarity: WordRarity, rng: random.Random, details: list[str]
) -> Iterator[Pair]:
    for _ in range(PASSES):
        for title, text in pieces:
            yield from make_document_pairs(title, text, rarity, rng, details)
