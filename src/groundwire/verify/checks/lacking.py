"""Dates, times, versions and code words of a claim that the evidence has nowhere.

"Until 8 pm" where it says 6 pm, "on 1 June" of a flat that is free on 15 May, "in 4.10.0" where
it has 4.9.0: nothing states them, so that the claim cannot be supported, however near the rest of
it is. What is meant instead the check does not know; where a sentence tells, others find it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from groundwire.quantities.compare import is_perhaps_same, is_same_value, is_told_clock
from groundwire.quantities.identifiers import Identifier, is_same_identifier, read_identifiers
from groundwire.quantities.parse import Value, parse_values
from groundwire.quantities.ranges import is_inside_range
from groundwire.quantities.versions import normalize_version
from groundwire.text.english import DERIVED, NEGATED
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_MINUTE = 60.0
_HALF_DAY = 720.0
_DAY = 1440.0

# Pages and extracted text write values in ways that no parser knows: "3pm:The", "table\\_name".
_LOOSE = re.compile(r"[\s\\`*_,-]+")

# A name of what a reader is to fill in is no name of the evidence.
_WORD = re.compile(r"`?-{0,2}[\w.]+(?:\(\))?`?")
_BEFORE = re.compile(r"(\w+)\s$")
_BARE = re.compile(r"[`()]")


def check_lacking(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for moments and literals of a claim that no sentence of the evidence has in any form.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        Missing ones, kind ``"moment"`` for dates and times and ``"literal"`` for versions and code
        words, in order; none where the claim denies, and no moment that others give: an end after
        so many hours, a year that an age is counted from.
    """
    if NEGATED.search(claim.text) or not evidence:
        return []
    return sorted([*_find_moments(claim, evidence), *_find_literals(claim, evidence)], key=_place)


def _place(finding: Finding) -> tuple[int, int]:
    return finding.start, finding.end


def _find_moments(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    values = [v for v in parse_values(claim.text) if v.kind in ("date", "time")]
    if not values or DERIVED.search(claim.text):
        return []
    stated = [(q, v) for q in evidence for v in parse_values(q.text)]
    own = [v for v in parse_values(claim.text) if v not in values]
    like = [(q, v) for q, v in stated if v.kind in ("date", "time", "decade")]
    found = []
    for value in values:
        if not any(v.kind == value.kind for _, v in like):
            continue  # what tells of no time at all may tell it in words: "on New Year's Day"
        if any(_may_be(value, v) for _, v in like):
            continue
        if any(is_inside_range(value, claim.text, v, q.text) for q, v in like):
            continue
        if _is_reckoned(value, [v for _, v in stated], own) or _is_written(value.text, evidence):
            continue
        found.append(make_finding(claim, "moment", value.start, value.end))
    return found


def _may_be(value: Value, other: Value) -> bool:
    """Whether a stated moment is the claimed one, holds it, or is a part of it."""
    if is_same_value(value, other) or is_same_value(other, value):
        return True
    if is_perhaps_same(value, other) or is_told_clock(value, other):
        return True
    if value.kind == other.kind == "time":
        return value.zone != other.zone  # told in another zone, whose hour may be this one
    if value.kind == other.kind == "date":
        # A day of a month that is told, a month of a year: which of them the claim may know.
        pairs = [(a, b) for a, b in zip(value.key, other.key, strict=True) if a and b]
        ambiguous = None in (value.key[1], other.key[1]) and "/" in value.text + other.text
        return ambiguous or (bool(pairs) and all(a == b for a, b in pairs))
    return value.kind == "date" and other.kind == "decade"


def _is_reckoned(value: Value, stated: Sequence[Value], own: Sequence[Value]) -> bool:
    """Whether a moment lies so long before or after another one as a span that is told."""
    spans = [v for v in (*stated, *own) if v.kind in ("quantity", "number") and v.key[0]]
    if value.kind == "time":
        minutes = {v.key[0] / _MINUTE for v in spans if v.unit == "s" and v.key[0]}
        at = value.key[0] or 0.0
        gaps = {(at - (v.key[0] or 0.0)) % _DAY for v in stated if v.kind == "time"}
        gaps |= {_DAY - gap for gap in gaps}
        return bool(gaps & minutes) or any((gap - _HALF_DAY) % _DAY in minutes for gap in gaps)
    year = value.key[0]
    if year is None or value.key[2]:
        # "Two weeks later" moves a day; which months that crosses is not reckoned here.
        return any(v.unit in ("s", "month") for v in spans)
    years = [v.key[0] for v in stated if v.kind == "date" and v.key[0]]
    return any(abs(year - y) == abs(v.amount or 0.0) for y in years for v in spans)


def _find_literals(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    literals = [
        item
        for item in read_identifiers(claim.text)
        if item.kind == "version" or (item.kind == "code" and _WORD.fullmatch(item.text))
    ]
    theirs = [other for quote in evidence for other in read_identifiers(quote.text)]
    literals += _read_versions(claim.text, evidence)
    if not literals:
        return []
    found = []
    for item in literals:
        same = any(is_same_identifier(item, o) or is_same_identifier(o, item) for o in theirs)
        # Where the evidence holds nothing of the kind, it may tell the same in plain words.
        alike = any(other.kind == item.kind for other in theirs)
        if alike and not same and not _is_written(_BARE.sub("", item.text), evidence):
            found.append(make_finding(claim, "literal", item.start, item.end))
    return found


def _read_versions(text: str, evidence: Sequence[Quote]) -> list[Identifier]:
    """Numbers of a claim behind a word that has a version behind it in the evidence."""
    named = {
        word
        for quote in evidence
        for item in read_identifiers(quote.text)
        if item.kind == "version" and (word := _find_word_before(quote.text, item.start))
    }
    return [
        Identifier("version", v.start, v.end, v.text, normalize_version(v.text))
        for v in (parse_values(text) if named else ())
        if v.kind == "number" and "." in v.text and _find_word_before(text, v.start) in named
    ]


def _find_word_before(text: str, start: int) -> str:
    match = _BEFORE.search(text, max(0, start - 40), start)
    return match[1].casefold() if match else ""


def _is_written(text: str, evidence: Sequence[Quote]) -> bool:
    """Whether the evidence has a text, whatever spaces and marks it writes between its parts."""
    wanted = re.compile(rf"(?<!\d){re.escape(_loosen(text))}(?!\d)")
    return any(wanted.search(_loosen(quote.text)) for quote in evidence)


@lru_cache(maxsize=16_384)
def _loosen(text: str) -> str:
    return _LOOSE.sub("", text.casefold())
