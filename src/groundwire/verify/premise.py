"""Premise of a claim: the sentences that speak to it, in document order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from groundwire.claims.questions import BACKWARD, make_query
from groundwire.text.blocks import find_sentences
from groundwire.text.overlap import WordRarity, choose_sentences
from groundwire.types import Claim, Evidence, Quote

PIECES = (600, 300, 150, 60)
"""Characters to which sentences are cut, shorter where one alone overflows the window."""

FLOOR = 0.05
"""Share of a claim's words, by weight, below which a sentence of long evidence is left out."""

_MARK = re.compile(r"\[\d{1,3}\]|[*_`#]")
_TOKEN = re.compile(r"\w+(?:[.,:/'’-]\w+)*|[$€£¥%°+<>=≤≥?-]")


@dataclass(frozen=True, slots=True)
class Premise:
    """What a claim is read against.

    Attributes:
        sentences: in document order, documents with the better passages first.
        ranking: indexes into ``sentences``, the most telling first.
        candidates: every sentence of the evidence, chosen or not.
    """

    sentences: tuple[Quote, ...]
    ranking: tuple[int, ...]
    candidates: tuple[Quote, ...]

    @property
    def text(self) -> str:
        """The sentences joined, line breaks and runs of white space as one space."""
        return " ".join(" ".join(quote.text.split()) for quote in self.sentences)

    def without_last(self) -> Premise:
        """Returns the premise without its least telling sentence."""
        gone = self.ranking[-1]
        return Premise(
            tuple(q for i, q in enumerate(self.sentences) if i != gone),
            tuple(i - (i > gone) for i in self.ranking[:-1]),
            self.candidates,
        )


@lru_cache(maxsize=4096)
def _pieces(text: str, limit: int) -> tuple[tuple[int, int], ...]:
    """Sentence offsets of a passage, none longer than ``limit`` characters."""
    out: list[tuple[int, int]] = []
    for start, end in find_sentences(text):
        while end - start > limit:
            cut = text.rfind(" ", start + limit // 2, start + limit)
            cut = start + limit if cut < 0 else cut
            out.append((start, cut))
            start = cut + (text[cut : cut + 1] == " ")
        out.append((start, end))
    return tuple(out)


def build_premise(
    claim: Claim,
    evidence: Sequence[Evidence],
    rarity: WordRarity,
    budget: int,
    piece: int = PIECES[0],
) -> Premise:
    """Chooses the evidence sentences that a claim is read against.

    All of them where they fit into ``budget`` words; else those that cover the claim's rare
    words best (``best_sentences``), each with the one before it where it begins with a pronoun.
    The result does not depend on the order of ``evidence``.
    """
    candidates, bonus = _candidates(evidence, piece)
    texts = [quote.text for quote in candidates]
    sizes = [len(text.split()) for text in texts]
    query = make_query(claim)
    whole = sum(sizes) <= budget
    floor = -1.0 if whole else FLOOR
    ranking = choose_sentences(query, texts, rarity, budget, bonus, floor) if texts else []
    chosen = list(ranking)
    room = budget + budget // 6 - sum(sizes[i] for i in chosen)
    for i in ranking:
        before = i - 1
        near = i > 0 and candidates[before].source == candidates[i].source
        fits = before not in chosen and sizes[before] <= room
        if near and fits and BACKWARD.match(texts[i]):
            chosen.append(before)
            room -= sizes[before]
    kept = sorted(chosen)
    place = {index: position for position, index in enumerate(kept)}
    return Premise(
        tuple(candidates[i] for i in kept), tuple(place[i] for i in chosen), tuple(candidates)
    )


def find_verbatim(claim: str, sentences: Sequence[Quote]) -> Quote | None:
    """Returns the sentence that is the claim word for word, but for case, punctuation and markup.

    A part of a sentence does not count: what stands around it may deny it.
    """
    wanted = _plain(claim)
    if len(wanted) < 3:
        return None
    return next((quote for quote in sentences if _plain(quote.text) == wanted), None)


@lru_cache(maxsize=16_384)
def _plain(text: str) -> tuple[str, ...]:
    found = _TOKEN.findall(_MARK.sub("", text.casefold()))
    return tuple(found)


def _candidates(evidence: Sequence[Evidence], piece: int) -> tuple[list[Quote], list[float]]:
    """Every distinct sentence of the evidence in a canonical order, and its retriever's share."""
    top = max((item.score for item in evidence), default=0.0)
    best: dict[str, tuple[float, str]] = {}
    for item in evidence:
        key = (-item.score, item.passage.text)
        best[item.passage.source] = min(key, best.get(item.passage.source, key))
    ordered = sorted(
        evidence,
        key=lambda item: (
            best[item.passage.source],
            item.passage.source,
            item.passage.start,
            item.passage.text,
            -item.score,
        ),
    )
    quotes: list[Quote] = []
    bonus: list[float] = []
    seen: set[str] = set()
    for item in ordered:
        passage = item.passage
        for a, b in _pieces(passage.text, piece):
            text = passage.text[a:b]
            if text in seen:
                continue
            seen.add(text)
            quotes.append(Quote(text, passage.source, passage.start + a, passage.start + b))
            bonus.append(0.1 * item.score / top if top > 0 else 0.0)
    return quotes, bonus
