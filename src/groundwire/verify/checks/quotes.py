"""Quotations, which must stand in the source as they are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from groundwire.text.words import strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import find_gaps
from groundwire.verify.checks.finding import make_finding

# Words. What is shorter is mostly no quotation: the "new normal".
_LEAST = 3
# Words. A shorter quotation may have all words but one in common with a sentence by chance.
_NEARLY = 6
_MOST = 120
_LONGEST = 1000
_MARKS = {"“": "”", "„": "“”", "«": "»", '"': '"', "‘": "’"}
_GAP = re.compile(r"\[[^\]]{0,80}\]|\(?\.{3,}\)?|…|\. \. \.")
_LETTER = re.compile(r"\[([^\W\d_])\](?=\w)")
_TOKEN = re.compile(r"[^\W_]+(?:['’‘`][^\W_]+)*(?:[.,]\d+)*")
_APOSTROPHE = re.compile(r"['’‘`]")

Tokens = tuple[tuple[str, int, int], ...]
"""Words in the form in which they are compared, and their offsets."""


def check_quoted(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks up the quotations of three or more words.

    Case, white space, punctuation and kinds of quote marks do not count; an ellipsis or a bracket
    stands for any words. A conflict needs a sentence with all words of the quotation but one.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        One finding of kind ``"quote"`` for each quotation, in order.
    """
    out = []
    for start, end in find_quotations(claim.text):
        pieces = _pieces(claim.text[start:end])
        if hit := _stated(pieces, evidence):
            out.append(make_finding(claim, "quote", start, end, "match", hit[1], hit[0]))
        elif len(pieces) == 1 and (near := _near(pieces[0], evidence)):
            out.append(make_finding(claim, "quote", start, end, "conflict", near[1], near[0]))
        else:
            out.append(make_finding(claim, "quote", start, end))
    return out


def find_quotations(text: str) -> list[tuple[int, int]]:
    """Returns what stands between quote marks, if it is three words or more."""
    return [(a, b) for a, b in _quoted(text) if len(text[a:b].split()) >= _LEAST]


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    at = 0
    while at < len(text):
        close = _MARKS.get(text[at])
        if close and _opens(text, at) and (end := _closing(text, at + 1, close)):
            yield at + 1, end
            at = end
        at += 1


def _opens(text: str, at: int) -> bool:
    # After a letter or a digit, a mark ends a quotation or is one of inches (5"): it opens none.
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return bool(after) and not after.isspace() and not (before.isalnum() or before == '"')


def _closing(text: str, start: int, marks: str) -> int:
    """The offset of the mark that closes a quotation; 0 if it is not closed in its line."""
    line = text.find("\n", start)
    line = min(len(text) if line < 0 else line, start + _LONGEST)
    match = re.compile(rf"[{marks}](?![^\W_])").search(text, start + 1, line)
    return match.start() if match else 0


@lru_cache(maxsize=16_384)
def _tokens(text: str) -> Tokens:
    return tuple(
        (_APOSTROPHE.sub("'", m[0]).casefold(), m.start(), m.end()) for m in _TOKEN.finditer(text)
    )


def _pieces(quotation: str) -> list[tuple[str, ...]]:
    """The words of a quotation, apart where something was left out or put in."""
    parts = _GAP.split(_LETTER.sub(r"\1", quotation))
    found = [tuple(word for word, _, _ in _tokens(part)) for part in parts]
    return [piece for piece in found if piece]


def _stated(
    pieces: Sequence[tuple[str, ...]], evidence: Sequence[Quote]
) -> tuple[Quote, str] | None:
    """The sentence where a quotation begins, and its words there, if a source has all of it."""
    sources: dict[str, list[Quote]] = {}
    for quote in evidence:
        sources.setdefault(quote.source, []).append(quote)
    for _, quotes in sorted(sources.items()):
        quotes.sort(key=lambda q: (q.start, q.end, q.text))
        words: list[str] = []
        owners: list[tuple[Quote, int, int]] = []
        for quote in quotes:
            for word, start, end in _tokens(quote.text):
                words.append(word)
                owners.append((quote, start, end))
        found = _find(pieces, words)
        if found:
            first, last = found
            quote, start, _ = owners[first]
            inside = [i for i in range(first, last) if owners[i][0] is quote]
            return quote, quote.text[start : owners[inside[-1]][2]]
    return None


def _find(pieces: Sequence[tuple[str, ...]], words: Sequence[str]) -> tuple[int, int] | None:
    """Where the pieces stand in a row of words: one after the other, the first of them begins."""
    text = f" {' '.join(words)} "
    begin, at = -1, 0
    for piece in pieces:
        hit = text.find(f" {' '.join(piece)} ", at)
        if hit < 0:
            return None
        begin = hit if begin < 0 else begin
        at = hit + 1 + len(" ".join(piece))
    if begin < 0:
        return None
    first = text.count(" ", 0, begin)
    return first, first + len(pieces[0])


def _near(piece: tuple[str, ...], evidence: Sequence[Quote]) -> tuple[Quote, str] | None:
    """The one sentence that has a quotation with one word changed, and what it has."""
    if not _NEARLY <= len(piece) <= _MOST:
        return None
    wanted = set(piece)
    hits: dict[str, tuple[Quote, str]] = {}
    for quote in sorted(evidence, key=lambda q: (q.text, q.source, q.start)):
        tokens = _tokens(quote.text)
        words = [word for word, _, _ in tokens]
        if len(wanted - set(words)) > 1:
            continue
        span = _almost(piece, words)
        if span:
            found = quote.text[tokens[span[0]][1] : tokens[span[1] - 1][2]]
            hits.setdefault(found.casefold(), (quote, found))
    return next(iter(hits.values())) if len(hits) == 1 else None


def _almost(piece: tuple[str, ...], words: Sequence[str]) -> tuple[int, int] | None:
    """The window of words that is the piece with one word replaced, added or left out."""
    gaps = find_gaps(piece, words)
    (_, a, _, start), (b, size, end, _) = gaps[0], gaps[-1]
    if len(gaps) < 2 or a > start or end + size - b > len(words):
        return None
    gaps[0], gaps[-1] = (0, a, start - a, start), (b, size, end, end + size - b)
    changed = [(i1, i2, j1, j2) for i1, i2, j1, j2 in gaps if i1 < i2 or j1 < j2]
    if len(changed) != 1:
        return None
    i1, i2, j1, j2 = changed[0]
    if max(i2 - i1, j2 - j1) > 1 or not _differs(piece[i1:i2], tuple(words[j1:j2])):
        return None
    return gaps[0][2], gaps[-1][3]


def _differs(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Whether the change is one of words, and none of spelling, ending or article."""
    a, b = "".join(mine), "".join(theirs)
    trivial = {"", "a", "an", "the", "that", "and", "of", "to", "in", "s"}
    if {a, b} <= trivial:
        return False
    return strip_ending(a) != strip_ending(b) and a[:4] != b[:4]
