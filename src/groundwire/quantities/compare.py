"""Whether two values are the same, may be the same, or exclude each other."""

from __future__ import annotations

import re

from groundwire.verify.values import Value

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


def same_value(claimed: Value, stated: Value) -> bool:
    """Whether the evidence's value is the claim's, or the claim's is it rounded or "about" it."""
    if "date" in (claimed.kind, stated.kind) or "decade" in (claimed.kind, stated.kind):
        return _same_date(claimed, stated)
    if other_rate(claimed, stated):
        return False
    if {claimed.unit, stated.unit} == {"s", "month"}:
        a, b = (v.key[0] or 0.0 for v in (claimed, stated))
        a, b = (a, b * MONTH) if claimed.unit == "s" else (a * MONTH, b)
        return abs(a - b) <= _CALENDAR * max(abs(a), abs(b))
    if not compatible(claimed, stated):
        return False
    a, b = amounts(claimed, stated)
    gap = abs(a - b)
    if gap <= 1e-9 * max(abs(a), abs(b), 1.0):
        return True
    if claimed.bound and claimed.bound != stated.bound and claimed.step:
        far = {"~": (0.95, 1.05), ">": (1.0, 1.25), "<": (0.8, 1.0)}[claimed.bound]
        return min(a * far[0], a * far[1]) <= b <= max(a * far[0], a * far[1])
    if claimed.step <= stated.step or gap > ROUNDED * abs(b):
        return False
    step = claimed.step
    return gap <= step / 2 + 1e-9 or (step > 1 and gap < step and gap < 0.01 * abs(b))


def amounts(a: Value, b: Value) -> tuple[float, float]:
    """The first parts of two values, in their base units."""
    return a.key[0] or 0.0, b.key[0] or 0.0


def compatible(a: Value, b: Value) -> bool:
    """Whether two values are of one kind and unit."""
    return a.unit == b.unit and a.kind == b.kind


def may_be_same(value: Value, other: Value) -> bool:
    """Whether one may be the other, rounded or on a clock of twelve hours."""
    if value.kind == other.kind == "time" and (bare_clock(value) or bare_clock(other)):
        return (amounts(value, other)[0] - amounts(value, other)[1]) % HALF_DAY == 0
    if not compatible(value, other) or value.step == other.step:
        return False
    a, b = amounts(value, other)
    gap = abs(a - b)
    return gap <= max(value.step, other.step) / 2 and gap <= ROUNDED * max(abs(a), abs(b))


def bare_clock(value: Value) -> bool:
    """Whether a time of day may be one of the morning or of the afternoon ("5:00")."""
    early = value.kind == "time" and (value.key[0] or 0.0) < HALF_DAY + 60
    return early and not _TOLD.search(value.text)


def _same_date(claimed: Value, stated: Value) -> bool:
    if claimed.kind == "decade":
        return bool(stated.key[0]) and (stated.key[0] or 0) // 10 * 10 == claimed.key[0]
    if stated.kind == "decade" or {claimed.kind, stated.kind} - {"date", "number"}:
        return False
    padded = (*stated.key, None, None)
    return all(part is None or part == padded[i] for i, part in enumerate(claimed.key))


def other_rate(a: Value, b: Value) -> bool:
    """Whether both are stated for a span of time ("per night"), and not for the same one."""
    return bool(a.rate and b.rate and a.rate != b.rate)


def other_currency(a: Value, b: Value) -> bool:
    """Whether both are the same amount of two currencies; dollars may be each other's."""
    if a.kind != "money" or b.kind != "money" or a.unit == b.unit or other_rate(a, b):
        return False
    return a.key == b.key and not {a.unit, b.unit} <= _DOLLARS


def excluded(value: Value, other: Value) -> bool:
    """Whether two compatible values, with their bounds, cannot both be true of one thing."""
    a, b = amounts(value, other)
    if other_rate(value, other):
        return a == b
    if value.bound == other.bound == "":
        return True
    if value.bound == other.bound == ">":
        return a > b
    bounds = {value.bound, other.bound}
    if "~" in bounds or (bounds != {""} and value.bound == other.bound):
        return abs(a - b) > 0.1 * max(abs(a), abs(b))
    over = [v.bound for v in (value, other)]
    if ">" in over and "<" in over:
        return False
    low = a if value.bound == ">" or other.bound == "<" else b
    high = b if low == a else a
    return low > high


def holds(value: Value, other: Value) -> bool:
    """Whether "over" or "under" is true of another value of the sentence."""
    if value.kind == "time":
        return False
    return compatible(value, other) and other.bound == "" and not excluded(value, other)


def exclusive_dates(value: Value, other: Value) -> bool:
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
