"""Sentences of running text: what ``sentencex`` finds, with its known slips repaired."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import TypeAlias

from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

Offsets: TypeAlias = tuple[int, int]

# The splitter is written in Rust and refuses lone surrogates. One character replaces each of them.
_SURROGATE = re.compile("[\ud800-\udfff]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What sentencex gets wrong, found by trying it.

_CITES = r"(?:\s*\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\])*"
# Marks that touch the sentence before them; bounded, as each is tried at each boundary.
_ATTACHED = (
    r"(?:【[^【】]{0,160}】|\[\^[\w.-]{1,40}\]|\[\[?\d{1,3}\]?\]\([^()\s]{1,400}\)|"
    r"\[\[\d{1,3}\]\]|<sup>\[?\d{1,3}\]?</sup>|[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3})*"
)
_CARRY = re.compile(r"[\"”’»)\]*_]*" + _ATTACHED + r"(?![\w(])" + _CITES + r"(?=\s|$|[A-Z])")
_MISSED = re.compile(
    r"(?:(?:(?<=[.!?…])[\"”’»)\]*_]+|…|(?<=\.\.)\.|(?<=\s[abd-oq-uw-z])\.)"
    + _CITES
    + r"\s+(?=[\"“‘«(\[*_]*[A-Z])|(?<=[a-z][a-z][.!?])\s+(?=[(“][A-Z]))"
)
_ABBREVIATION = re.compile(r"(?<![\w.])(\w{1,7}(?:\.\w){0,3})\.[)\"”’*_]*$")
# No sentence ends after these before a number: "See Eq. 4", "Max. 5 kg".
_BEFORE_NUMBER = _words(
    "approx art avg c ca ch chap ed eq eqs est ext fig figs flt max min no nos p para pp pt ref "
    "refs rev sec sect secs tab tel v ver vol vols jan feb mar apr jun jul aug sep sept oct nov dec"
)
# These introduce a name or an example and end no sentence: "incl. Shipping", "Mrs. Jones".
_NEVER_LAST = _words(
    "approx cf e.g eg esp excl i.e ie incl viz vs dr mr mrs ms prof gen col lt sgt capt rev hon "
    "gov sen rep mt ft st messrs mme"
)
# No sentence ends after these before a small letter: "12 lbs. of salt".
_BEFORE_LOWER = _BEFORE_NUMBER | _words("al in ft lb lbs oz hr hrs mins sq wt etc inc")
# What belongs to a time of day before it: "at 3 p.m. UTC", "8 a.m. Eastern Time".
_HALF_DAY = re.compile(r"\d\s?[ap]\.m\.$", re.IGNORECASE)
_ZONE = re.compile(
    r"\(?(?:UTC|GMT|BST|MSK|JST|KST|IST|SGT|HKT|WES?T|CES?T|EES?T|[ECMPA][SD]?T|A[CEW][SD]T"
    r"|NZ[SD]T|AK[SD]T|(?:Eastern|Central|Mountain|Pacific)(?: (?:Standard|Daylight))? [Tt]ime)"
    r"(?!\w)"
)
_NUMBER_ALONE = re.compile(r"\W{0,3}(?:\d{1,3}|[A-Za-z])[.)]\W{0,3}$")
_ENCLOSED = re.compile(r"\"[^\"]{0,600}\"|“[^”]{0,600}”|\([^()]{0,600}\)")
_INSIDE = re.compile(r"[.!?…](?=\s+[A-Z])")
# A longer piece is divided within its quotation marks, too: a quoted page is more than one claim.
_LONG = 400


def split_prose(text: str, start: int, end: int, language: str) -> Iterator[Offsets]:
    """Yields the sentences of a stretch of running text that is not blank."""
    flat = _flat(text[start:end])
    for left, right in _repair(flat, _bounds(flat, language)):
        yield start + left, start + right


def find_last_start(text: str, start: int, end: int, language: str) -> int:
    """Returns where the last sentence begins, before sentences are divided further.

    What is written on after ``end`` moves no boundary before that offset, if quotes and brackets
    are closed there and enough follows it.
    """
    return start + _bounds(_flat(text[start:end]), language)[-2]


def _flat(piece: str) -> str:
    piece = _SURROGATE.sub("\ufffd", piece)
    return "".join(" " if char.isspace() else char for char in piece)


def trim_span(text: str, start: int, end: int) -> Offsets:
    """Returns the offsets without the white space at both ends; equal ones if that is all."""
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    if lead == len(piece):
        return start, start
    return start + lead, end - (len(piece) - len(piece.rstrip()))


def _bounds(flat: str, language: str) -> list[int]:
    """The boundaries that ``sentencex`` found, but those that must not be one."""
    cuts = {found["start_index"] for found in get_sentence_boundaries(language, flat)}
    bounds = [0]
    for cut in sorted(cuts - {0, len(flat)}):
        # Closing marks and citations go with the sentence before them.
        match = _CARRY.match(flat, cut)
        cut = match.end() if match else cut
        if cut > bounds[-1] and not _joined(flat, bounds[-1], cut, language):
            bounds.append(cut)
    return [*bounds, len(flat)]


def _repair(flat: str, bounds: list[int]) -> Iterator[Offsets]:
    """Divides what ``sentencex`` left together; yields trimmed, disjoint offsets."""
    for left, right in itertools.pairwise(bounds):
        pieces = [left, *_missed(flat, left, right), right]
        for start, end in itertools.pairwise(pieces):
            span = trim_span(flat, start, end)
            if span[0] < span[1]:
                yield span


def _joined(flat: str, start: int, cut: int, language: str) -> bool:
    """Whether a boundary must not be one."""
    before = flat[max(start, cut - 40) : cut].rstrip()
    after = flat[cut : cut + 24].lstrip()
    if cut - start < 12 and _NUMBER_ALONE.match(before):
        return True
    if flat[cut - 1] == "!" and flat[cut : cut + 1] == "[":
        return True  # an image of Markdown
    if _HALF_DAY.search(before) and _ZONE.match(after):
        return True
    match = _ABBREVIATION.search(before)
    if match is None or language.lower()[:2] != "en":
        return False
    word = match[1].lower()
    if word in _NEVER_LAST:
        # Before a capital these do end a sentence: "5 ft. The road", "12 Main St. The shop".
        return word not in ("ft", "st") or not after[:1].isupper()
    opening = after.lstrip("(")[:1]
    if opening.isdigit():
        return word in _BEFORE_NUMBER or word == "al"
    return after[:1].islower() and word in _BEFORE_LOWER


def _missed(flat: str, start: int, end: int) -> Iterator[int]:
    """Yields boundaries that ``sentencex`` left inside a sentence."""
    found = {m.end() for m in _MISSED.finditer(flat, start, end)}
    if end - start > _LONG:
        found |= {m.end() for m in _INSIDE.finditer(flat, start, end)}
    else:
        enclosed = [m.span() for m in _ENCLOSED.finditer(flat, start, end)]
        found = {cut for cut in found if not any(a < cut < b for a, b in enclosed)}
    for cut in sorted(found):
        match = _ABBREVIATION.search(flat[max(start, cut - 40) : cut].rstrip())
        word = match[1].lower() if match else ""
        initial = len(word) == 1 and match is not None and match[1].isupper()
        if not (word in _NEVER_LAST or word in _BEFORE_NUMBER or initial):
            yield cut
