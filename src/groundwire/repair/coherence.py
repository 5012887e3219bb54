"""Coherence of a text after a removal: connectives, glued sentences, pronouns left alone."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import TypeAlias

from groundwire.text.blocks import FULL_STOPS, find_sentences
from groundwire.types import Claim, Edit

Range: TypeAlias = tuple[int, int]


CITATIONS = re.compile(r"(?:\s{0,3}\[\d{1,3}(?:\s{0,3}[,;–-]\s{0,3}\d{1,3})*\])+")
_JOIN_WORDS = r"(?:and|but|or|while|whereas|so|yet|then|as well as)"
_JOIN_BEFORE = re.compile(
    rf"(?:\s*[,;:–—]\s*|\s+)(?:{_JOIN_WORDS}\s+)?$|\s*[,;:–—-]*\s*$",
    re.IGNORECASE,
)
_JOIN_AFTER = re.compile(rf"\s*[,;:–—]*\s*(?:{_JOIN_WORDS}\b\s*)?", re.IGNORECASE)
_JOIN_ONLY = re.compile(rf"(?:[\W_]|\b{_JOIN_WORDS}\b)*", re.IGNORECASE)
# "Both" points back unless it names what it counts: "both the kettle and the lamp".
_PRONOUN = (
    r"(?:it|its|they|their|theirs|them|he|him|his|she|her|hers|this|that|these|those|such|neither|"
    r"(?:the|each|one|both|all|some|none|most|many) (?:latter|former|of (?:it|them|these|those))|"
    r"(?:the )?(?:latter|former|same)|both(?! (?:the|a|an|of the|(?-i:[A-Z])))|"
    r"(?:both|each|all|some|none|most)(?= (?:is|are|was|were|has|have|had|can|cost|will)\b))"
)
_POINTS = re.compile(
    r"\W*(?:(?:and|but|or|so|yet|while|whereas|then|also|still|thus|hence|besides|however|moreover|"
    r"furthermore|additionally|therefore|consequently|otherwise|instead|meanwhile|overall|"
    r"finally|similarly|likewise|fortunately|unfortunately|in addition|as a result|in fact|"
    r"for example|for instance|at the same time|on the other hand|"
    r"(?:in|on|at|by|since|from|for|until|during|after|before|with|as of) [^,.;:]{1,40}(?=,)),?\s+"
    rf"){{0,2}}{_PRONOUN}\b(?!['’](?:s )?(?:a |my )?pleasure)",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"\W{0,4}(?:[A-Z][\w'’-]*|it|he|she|they|there|this|these)(?:\s+[\w'’-]+){0,8}?\s+"
    r"(?:is|are|was|were|has|have|had|will|can|must|should|does|did|costs?|weighs?|holds?|runs?|"
    r"takes?|lasts?|contains?|includes?|requires?|opens?|closes?)\b"
)
"""A subject that a finite verb follows."""
_PARTED = re.compile(r"(?>\r\n?|\n)[^\S\n\r]*(?>\r\n?|\n)|[^\s>\[\]\d,;–.-]|(?:^|[\n\r])\s*[-.\d]")
"""Between two claims: a blank line, or the mark of a list item, heading or table row."""
_FINAL = re.compile(r"[.!?…]+[\"”’)*_]*(?:\s*\[\d{1,3}\])*\s*$")


def has_pointer(text: str) -> bool:
    """Whether a sentence opens with a pronoun, perhaps after what joins it to one before."""
    return _POINTS.match(text) is not None


def is_clause(text: str) -> bool:
    """Whether a text has a subject with its verb, so that it says something alone."""
    return _CLAUSE.match(text) is not None


def clip_cuts(cuts: Sequence[Range], first: int, start: int, end: int) -> Iterator[Range]:
    """Yields the parts of cuts that lie in a sentence, from the cut numbered ``first`` on."""
    while first < len(cuts) and cuts[first][0] < end:
        a, b = cuts[first]
        if b > start:
            yield max(a, start), min(b, end)
        first += 1


def is_nothing_left(answer: str, start: int, end: int, inside: Sequence[Range]) -> bool:
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


def mend_seams(
    answer: str,
    claims: Sequence[Claim],
    edits: Sequence[Edit],
    text: str,
    found: Sequence[Claim],
    language: str = "en",
) -> list[Edit]:
    """Returns what keeps apart the sentences that edits of an answer glued together.

    Two of them are glued where a splitter takes them for one claim or no white space is left
    between them: a space is put in where there is none, else a blank line.

    Args:
        answer: the text before the edits.
        claims: of the answer.
        edits: sorted, disjoint edits of the answer.
        text: the answer with the edits made.
        found: the claims of ``text``.
        language: code of the language of the answer.

    Returns:
        Sorted, disjoint edits of ``text``.
    """
    left = [(*place, c) for c, place in zip(claims, _places(claims, edits), strict=True)]
    left = [item for item in left if text[item[0] : item[1]].strip()]
    sentences: list[int] | None = None
    mended: list[Edit] = []
    at = 0
    for (_, end, before), (start, _, after) in pairwise(left):
        while at < len(found) and found[at].end <= start:
            at += 1
        one = at < len(found) and found[at].start < end
        bare = start == end < len(text) and before.end < after.start
        if end > start or not (one or (bare and text[end - 1] not in FULL_STOPS)):
            continue
        sentences = sentences or [b for _, b in find_sentences(answer, language)]
        if bisect_right(sentences, before.start) == bisect_right(sentences, after.start):
            continue
        gap = text[end:start]
        spaced = any(char.isspace() for char in gap)
        mended.append(Edit(end, start, ("\n\n" if spaced else " ") + gap.lstrip()))
    return mended


def find_dangling(
    answer: str, claims: Sequence[Claim], edits: Sequence[Edit], text: str
) -> list[Claim]:
    """Returns the claims that are left, and point back to a claim that edits took out whole.

    "It costs 49 EUR" after "The toaster was designed in Oslo" does, and is read of something
    else where that goes. It opens with a pronoun, or with one after a word or phrase that joins;
    the claim before it in its paragraph went, or points back too. Small talk between is passed
    over.

    Args:
        answer: the text before the edits.
        claims: of the answer.
        edits: sorted, disjoint edits of the answer.
        text: the answer with the edits made.

    Returns:
        Their places in ``text``, in order.
    """
    found: list[Claim] = []
    gone, last = False, 0
    for claim, (start, end) in zip(claims, _places(claims, edits), strict=True):
        gone = gone and not _PARTED.search(answer[last : claim.start])
        last = claim.end
        left = text[start:end]
        if not claim.checkable:
            continue
        if not left.strip():
            gone = True
        elif gone and _POINTS.match(left):
            found.append(replace(claim, text=left, start=start, end=end))
        else:
            gone = False
    return found


def _places(claims: Sequence[Claim], edits: Sequence[Edit]) -> Iterator[Range]:
    """Where claims lie after the edits; one that begins or ends in an edit has all of its text."""
    starts = [edit.start for edit in edits]
    shifts = [0, *accumulate(len(edit.text) - (edit.end - edit.start) for edit in edits)]
    for claim in claims:
        i, j = bisect_right(starts, claim.start), bisect_left(starts, claim.end)
        start, end = claim.start + shifts[i], claim.end + shifts[j]
        if i and claim.start < edits[i - 1].end:
            start = edits[i - 1].start + shifts[i - 1]
        if j and claim.end < edits[j - 1].end:
            end = edits[j - 1].end + shifts[j]
        yield start, end
