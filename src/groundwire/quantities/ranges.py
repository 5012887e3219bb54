"""Ranges that a text states ("9 to 5", "between 10 and 15 kg"), and what lies in them (English)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from groundwire.quantities.compare import HALF_DAY, is_bare_clock, is_compatible, is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.quantities.value import Value

_TO = re.compile(r"\s*(?:[-–—]|,?\s(?:up\s)?(?:to|until|till|through|thru))\s*", re.IGNORECASE)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_BETWEEN = re.compile(r"\bbetween\s+(?:[^\W\d_]+\s+){0,4}[$€£]?$", re.IGNORECASE)
_DAY = 24 * 60.0
_CENTURY = 100


@dataclass(frozen=True, slots=True)
class Range:
    """Two values of one kind, the ends of a range."""

    low: Value
    high: Value


@lru_cache(maxsize=16_384)
def find_ranges(text: str) -> tuple[Range, ...]:
    """Returns the ranges that a text states, in order."""
    values = parse_values(text)
    found = []
    for left, right in pairwise(values):
        between = text[left.end : right.start]
        joined = _TO.fullmatch(between) or (
            _AND.fullmatch(between) and _BETWEEN.search(text[max(0, left.start - 60) : left.start])
        )
        low, high = _alike(left, right), _alike(right, left)
        if joined and is_compatible(low, high):
            found.append(Range(low, high))
    return tuple(found)


def is_inside_range(value: Value, claim: str, rival: Value, sentence: str) -> bool:
    """Whether one of two values lies in a range whose end the other is, or the sentence states.

    Ends of two ranges that share the other end are compared as they are ("5 to 12 years" with
    "5 to 15 years").

    Args:
        value: a value of the claim.
        claim: the text of the claim.
        rival: another value of the sentence.
        sentence: the text of the sentence.
    """
    mine, theirs = find_ranges(claim), find_ranges(sentence)
    for span in theirs:
        if _contains(span, value) and not any(_one_end(own, span, value) for own in mine):
            return True
    for own in mine:
        if value.start in (own.low.start, own.high.start) and _contains(own, rival):
            return not any(_one_end(own, span, value) for span in theirs)
    return False


def is_same_end(value: Value, claim: str, rival: Value, sentence: str) -> bool:
    """Whether two values of a claim and a sentence both begin, or both end, a range.

    "From" and "until" are no bounds there: they tell which end it is.
    """
    for own in find_ranges(claim):
        for span in find_ranges(sentence):
            mine = value.start == own.low.start, value.start == own.high.start
            theirs = rival.start == span.low.start, rival.start == span.high.start
            if any(mine) and mine == theirs:
                return True
    return False


def _one_end(own: Range, span: Range, value: Value) -> bool:
    """Whether two ranges differ in the end that the value is, and only there."""
    if own.low.start == value.start:
        return is_same_value(own.high, span.high)
    return own.high.start == value.start and is_same_value(own.low, span.low)


def _alike(value: Value, other: Value) -> Value:
    """A bare number as the kind of the other end: "3–8 March", "2012–18", "9 to 5 pm"."""
    amount = value.key[0] or 0.0
    if value.kind != "number" or amount != int(amount) or value.bound:
        return value
    if other.kind == "time" and 1 <= amount <= 12:
        return replace(value, kind="time", key=(amount * 60.0,), step=0.0)
    if other.kind == "date":
        year, month, day = other.key
        if day and 1 <= amount <= 31:
            return replace(value, kind="date", key=(year, month, amount), step=0.0)
        if year and not month:
            full = year // _CENTURY * _CENTURY + amount if amount < _CENTURY else amount
            return replace(value, kind="date", key=(full, None, None), step=0.0)
    return value


def _contains(span: Range, value: Value) -> bool:
    if value.kind == "decade" and span.low.kind == "date":
        first = value.key[0] or 0.0
        return (span.low.key[0] or 0.0) <= first + 9 and first <= (span.high.key[0] or 0.0)
    if not is_compatible(span.low, value):
        return False
    if value.kind == "date":
        after, before = _not_after(span.low, value), _not_after(value, span.high)
        over = not (span.low.key[0] or span.high.key[0]) and not _not_after(span.low, span.high)
        return after or before if over else after and before  # "November to March"
    low, high, at = (v.key[0] or 0.0 for v in (span.low, span.high, value))
    if value.kind != "time":
        return min(low, high) <= at <= max(low, high)
    if high <= low and is_bare_clock(span.high):
        high += HALF_DAY
    if high <= low:
        high += _DAY
    times = [at, at + _DAY, *([at + HALF_DAY] if is_bare_clock(value) else [])]
    return any(low <= time <= high for time in times)


def _not_after(first: Value, second: Value) -> bool:
    """Whether one date is not later than another, by the parts that both have."""
    for a, b in zip(first.key, second.key, strict=True):
        if a and b and a != b:
            return a < b
    return True
