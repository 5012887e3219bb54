"""Comparison of two values: the same, perhaps the same, or not both true."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from groundwire.quantities.parse import Value, parse_values

ROUNDED = 0.05
"""Share of a value by which a coarser number may miss it and still be that value, rounded."""

MONTH = 365.2425 / 12 * 86_400
"""Seconds in a mean month."""

_CALENDAR = 0.025
"""Share by which days and months may differ and be the same time (30 days, one month)."""

HALF_DAY = 720.0
"""Minutes in twelve hours."""

_TOLD = re.compile(r"^0|[ap]\.?m|noon|midnight", re.IGNORECASE)
_DOLLARS = frozenset(("USD", "CAD", "AUD"))


def is_same_value(claimed: Value, stated: Value) -> bool:
    """Whether the evidence's value is the claim's, or the claim's is it rounded or "about" it."""
    if "date" in (claimed.kind, stated.kind) or "decade" in (claimed.kind, stated.kind):
        return _same_date(claimed, stated)
    if has_other_rate(claimed, stated):
        return False
    if {claimed.unit, stated.unit} == {"s", "month"}:
        a, b = (v.key[0] or 0.0 for v in (claimed, stated))
        a, b = (a, b * MONTH) if claimed.unit == "s" else (a * MONTH, b)
        return abs(a - b) <= _CALENDAR * max(abs(a), abs(b))
    if not is_compatible(claimed, stated):
        return False
    a, b = convert_amounts(claimed, stated)
    gap = abs(a - b)
    if gap <= 1e-9 * max(abs(a), abs(b), 1.0):
        return True
    if claimed.bound and claimed.bound != stated.bound and claimed.step:
        # How far away the value may lie: "over 60" is fair to say of 64, and misleading of 600.
        far = {"~": (0.95, 1.05), ">": (1.0, 1.25), "<": (0.8, 1.0)}[claimed.bound]
        return min(a * far[0], a * far[1]) <= b <= max(a * far[0], a * far[1])
    if claimed.step <= stated.step or gap > ROUNDED * abs(b):
        return False
    step = claimed.step
    # Rounded, or cut off: of 181,674,817 people also say "181 million".
    return gap <= step / 2 + 1e-9 or (step > 1 and gap < step and gap < 0.01 * abs(b))


def convert_amounts(a: Value, b: Value) -> tuple[float, float]:
    """The first parts of two values, in their base units."""
    return a.key[0] or 0.0, b.key[0] or 0.0


def is_compatible(a: Value, b: Value) -> bool:
    """Whether two values are of one kind and unit."""
    return a.unit == b.unit and a.kind == b.kind


def is_perhaps_same(value: Value, other: Value) -> bool:
    """Whether one may be the other, rounded or on a clock of twelve hours."""
    if value.kind == other.kind == "time" and (is_bare_clock(value) or is_bare_clock(other)):
        return (convert_amounts(value, other)[0] - convert_amounts(value, other)[1]) % HALF_DAY == 0
    if not is_compatible(value, other) or value.step == other.step:
        return False
    a, b = convert_amounts(value, other)
    gap = abs(a - b)
    return gap <= max(value.step, other.step) / 2 and gap <= ROUNDED * max(abs(a), abs(b))


def is_bare_clock(value: Value) -> bool:
    """Whether a time of day may be one of the morning or of the afternoon ("5:00")."""
    early = value.kind == "time" and (value.key[0] or 0.0) < HALF_DAY + 60
    return early and not _TOLD.search(value.text)


def _same_date(claimed: Value, stated: Value) -> bool:
    if claimed.kind == "decade":
        return bool(stated.key[0]) and (stated.key[0] or 0) // 10 * 10 == claimed.key[0]
    if stated.kind == "decade" or {claimed.kind, stated.kind} - {"date", "number"}:
        return False
    padded = (*stated.key, None, None)
    # The evidence may be more exact than the claim ("in 2020", "on 3 May 2020"), but not less.
    return all(part is None or part == padded[i] for i, part in enumerate(claimed.key))


def has_other_rate(a: Value, b: Value) -> bool:
    """Whether both are stated for a span of time ("per night"), and not for the same one."""
    return bool(a.rate and b.rate and a.rate != b.rate)


def has_other_currency(a: Value, b: Value) -> bool:
    """Whether both are the same amount of two currencies; dollars may be each other's."""
    if a.kind != "money" or b.kind != "money" or a.unit == b.unit or has_other_rate(a, b):
        return False
    return a.key == b.key and not {a.unit, b.unit} <= _DOLLARS


def is_excluded(value: Value, other: Value) -> bool:
    """Whether two compatible values, with their bounds, cannot both be true of one thing."""
    a, b = convert_amounts(value, other)
    if has_other_rate(value, other):
        return a == b
    if value.bound == other.bound == "":
        return True
    if value.bound == other.bound == ">":
        return a > b
    bounds = {value.bound, other.bound}
    # "About 45 percent" does not exclude 48 percent: what is a tenth apart may be the same.
    if "~" in bounds or (bounds != {""} and value.bound == other.bound):
        return abs(a - b) > 0.1 * max(abs(a), abs(b))
    over = [v.bound for v in (value, other)]
    if ">" in over and "<" in over:
        return False
    low = a if value.bound == ">" or other.bound == "<" else b
    high = b if low == a else a
    return low > high


def is_bound_true(value: Value, other: Value) -> bool:
    """Whether "over" or "under" is true of another value of the sentence."""
    if value.kind == "time":
        return False
    return is_compatible(value, other) and other.bound == "" and not is_excluded(value, other)


def is_exclusive_date(value: Value, other: Value) -> bool:
    """Whether two dates or times of one form differ, and neither is a limit the other keeps."""
    pairs = [(a, b) for a, b in zip(value.key, other.key, strict=True) if a and b]
    same_form = [a is None for a in value.key] == [b is None for b in other.key]
    if not same_form or all(a == b for a, b in pairs):
        return False
    if value.bound == other.bound:
        return True
    if value.bound and other.bound:
        return False
    limit, date = (value, other) if value.bound else (other, value)
    later = [b or 0 for b in date.key] > [a or 0 for a in limit.key]
    return later if limit.bound == "<" else not later


_TO = re.compile(r"\s*(?:[-–—]|,?\s(?:up\s)?(?:to|until|till|through|thru))\s*", re.IGNORECASE)
# "And" joins the ends of a range only after "between". Elsewhere it lists two values.
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
        return _not_after(span.low, value) and _not_after(value, span.high)
    low, high, at = (v.key[0] or 0.0 for v in (span.low, span.high, value))
    if value.kind != "time":
        return min(low, high) <= at <= max(low, high)
    # "From 9:00 to 5:00" ends in the afternoon, "from 10 pm to 3 am" on the next day.
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
