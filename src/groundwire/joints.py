"""Taking clauses out of a sentence, with what joins them to the rest of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TypeAlias

Range: TypeAlias = tuple[int, int]

CITATIONS = re.compile(r"(?:\s{0,3}\[\d{1,3}(?:\s{0,3}[,;–-]\s{0,3}\d{1,3})*\])+")
_JOIN_WORDS = r"(?:and|but|or|while|whereas|so|yet|then|as well as)"
_JOIN_BEFORE = re.compile(
    rf"(?:\s*[,;:–—]\s*|\s+)(?:{_JOIN_WORDS}\s+)?$|\s*[,;:–—-]*\s*$",
    re.IGNORECASE,
)
_JOIN_AFTER = re.compile(rf"\s*[,;:–—]*\s*(?:{_JOIN_WORDS}\b\s*)?", re.IGNORECASE)
_JOIN_ONLY = re.compile(rf"(?:[\W_]|\b{_JOIN_WORDS}\b)*", re.IGNORECASE)
_FINAL = re.compile(r"[.!?…]+[\"”’)*_]*(?:\s*\[\d{1,3}\])*\s*$")


def clip(cuts: Sequence[Range], first: int, start: int, end: int) -> Iterator[Range]:
    """Yields the parts of cuts that lie in a sentence, from the cut numbered ``first`` on."""
    while first < len(cuts) and cuts[first][0] < end:
        a, b = cuts[first]
        if b > start:
            yield max(a, start), min(b, end)
        first += 1


def nothing_left(answer: str, start: int, end: int, inside: Sequence[Range]) -> bool:
    """Whether a sentence without its cuts is joints and citations alone."""
    last, rest = start, []
    for a, b in inside:
        rest.append(answer[last:a])
        last = max(last, b)
    rest.append(answer[last:end])
    return all(_JOIN_ONLY.fullmatch(CITATIONS.sub("", piece)) for piece in rest)


def cut_clauses(
    answer: str, start: int, end: int, inside: Sequence[Range]
) -> Iterator[tuple[int, int, str]]:
    """Yields what takes clauses out of a sentence, with what joined them to the rest."""
    merged: list[list[int]] = []
    for a, b in inside:
        match = CITATIONS.match(answer, b, end)
        b = match.end() if match else b
        if merged and (a <= merged[-1][1] or _JOIN_ONLY.fullmatch(answer, merged[-1][1], a)):
            merged[-1][1] = max(b, merged[-1][1])
        else:
            merged.append([a, b])
    for a, b in merged:
        if _JOIN_ONLY.fullmatch(answer, start, a):
            joined = _JOIN_AFTER.match(answer, b, end)
            b = joined.end() if joined else b
            yield a, b, ""
            if b < end and answer[b].islower() and answer[a].isupper():
                yield b, b + 1, answer[b].upper()
            continue
        tail = max(a, b - 40)
        final = _FINAL.search(answer[tail:b])
        b = tail + final.start() if final else b
        near = max(start, a - 40)
        before = _JOIN_BEFORE.search(answer[near:a])
        yield (near + before.start() if before else a), b, ""
