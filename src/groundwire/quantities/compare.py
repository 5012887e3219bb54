"""Comparison of two values: the same, perhaps the same, or not both true."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, TypeAlias

from groundwire.quantities.units import COMPOUND, DOLLARS, SHARED, find_unit
from groundwire.quantities.value import Value

Relation: TypeAlias = Literal["equal", "different", "unknown"]
"""How a claimed value stands to a stated one."""

ROUNDED = 0.05
"""Share of a value by which a coarser number may miss it and still be that value, rounded."""

MONTH = 365.2425 / 12 * 86_400
"""Seconds in a mean month."""

_CALENDAR = 0.025
"""Share by which days and months may differ and be the same time (30 days, one month)."""

HALF_DAY = 720.0
"""Minutes in twelve hours."""
_DAY = 1440.0

_TINY = 1e-9
"""Share by which two conversions of one amount may differ."""

_ABOUT = {"~": (0.95, 1.05), ">": (1.0, 1.25), "<": (0.8, 1.0)}
"""Shares of "about 60", "over 60" and "nearly 60" between which what is meant may lie."""

_TOLD = re.compile(r"^0|[ap]\.?m|noon|midnight", re.IGNORECASE)
_TIMED = {"second": 1.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0, "week": 604_800.0}
_MONTHS = {"month": 1.0, "quarter": 3.0, "year": 12.0}
_POWERED = {"m²": 1.0, "cm²": 1e-4, "m³": 1.0, "cm³": 1e-6, "dm³": 1e-3, "mm³": 1e-9}


def is_same_value(claimed: Value, stated: Value) -> bool:
    """Whether the evidence's value is the claim's, or the claim's is it rounded or "about" it."""
    if "date" in (claimed.kind, stated.kind) or "decade" in (claimed.kind, stated.kind):
        return _is_same_date(claimed, stated)
    if claimed.kind == stated.kind == "time":
        return _is_same_time(claimed, stated) and not _is_opposite(claimed, stated)
    if {claimed.unit, stated.unit} == {"s", "month"} and not has_other_rate(claimed, stated):
        a, b = (v.key[0] or 0.0 for v in (claimed, stated))
        a, b = (a, b * MONTH) if claimed.unit == "s" else (a * MONTH, b)
        return abs(a - b) <= _CALENDAR * max(abs(a), abs(b))
    if _is_pound(claimed, stated):
        return True
    if not is_compatible(claimed, stated) or not _is_rate_known(claimed, stated):
        return False
    a, b = convert_amounts(claimed, stated)
    gap = abs(a - b)
    if gap <= _TINY * max(abs(a), abs(b)):
        inexact = claimed.exact and stated.bound
        return not _is_opposite(claimed, stated) and not inexact
    if claimed.bound and claimed.bound != stated.bound and (claimed.step or claimed.unit == "%"):
        far = _ABOUT[claimed.bound]
        return min(a * far[0], a * far[1]) <= b <= max(a * far[0], a * far[1])
    scale = abs(a / claimed.key[0]) if claimed.key[0] else 1.0
    step, finer = (
        claimed.step * scale,
        stated.step * (abs(b / stated.key[0]) if stated.key[0] else 1),
    )
    if gap > ROUNDED * abs(b):
        return False
    converted = _is_converted(claimed, stated)
    if step < 2 * finer and not converted:
        return False
    tie = abs(gap - step / 2) <= _TINY * step
    if gap < step / 2 or (tie and abs(a) > abs(b)):  # 12.5 is 13, rounded
        return True
    return step > 1 and gap < step and gap < 0.01 * abs(b)


def compare_values(claimed: Value, stated: Value) -> Relation:
    """Tells how a claimed value stands to a stated one, if both are said of one thing.

    Args:
        claimed: a value of a claim.
        stated: a value of the evidence.

    Returns:
        ``"equal"`` where the evidence bears it out, in this or another form; ``"different"`` where
        not both can be true; ``"unknown"`` where the two do not settle it.
    """
    if is_same_value(claimed, stated):
        return "equal"
    if is_perhaps_same(claimed, stated) or is_same_value(stated, claimed):
        return "unknown"
    if has_other_unit(claimed, stated) or has_other_currency(claimed, stated):
        return "different"
    if has_other_rate(claimed, stated) and claimed.unit == stated.unit:
        return "different" if claimed.key == stated.key else "unknown"
    if claimed.kind == stated.kind and claimed.kind in ("date", "decade"):
        return "different" if is_exclusive_date(claimed, stated) else "unknown"
    if {claimed.kind, stated.kind} == {"date", "decade"}:
        return "different"
    if claimed.kind == stated.kind == "time":
        known = bool(claimed.zone) == bool(stated.zone)
        return "different" if known and is_exclusive_date(claimed, stated) else "unknown"
    if claimed.kind == "ordinal" == stated.kind:
        return "different"
    unclear = (claimed.exact and stated.bound) or not _is_rate_known(claimed, stated)
    if not is_compatible(claimed, stated) or unclear:
        return "unknown"
    return "different" if is_excluded(claimed, stated) else "unknown"


def convert_amounts(a: Value, b: Value) -> tuple[float, float]:
    """The first parts of two values, in their base units; for one span where both have rates."""
    one, two = a.key[0] or 0.0, b.key[0] or 0.0
    left, right = _reduce(a), _reduce(b)
    # bare amounts stay as they are; only rates, and units that are rates, need a common span
    if left[1] and right[1] and left[:2] == right[:2]:
        return one * left[2], two * right[2]
    return one, two


@lru_cache(maxsize=16_384)
def _reduce(value: Value) -> tuple[str | None, str, float]:
    """The unit of a value without its rate, what the rate is one of, and the factor of both."""
    unit, factor, family = value.unit, 1.0, ""
    if unit in COMPOUND:
        unit, family, factor = COMPOUND[unit]
    if value.rate:
        times, _, name = value.rate.rpartition("/")
        count = float(times) if times else 1.0
        family, size = _read_span(name)
        factor *= count / size
    return unit, family, factor


def _read_span(name: str) -> tuple[str, float]:
    """What a rate is one of, and how many of it: a minute is 60 of "s"."""
    if name in _TIMED:
        return "s", _TIMED[name]
    if name in _MONTHS:
        return "month", _MONTHS[name]
    if name in _POWERED:
        return name[-2:], _POWERED[name]
    entry = find_unit(name) if name not in ("night",) else None
    return entry if entry is not None else (name, 1.0)


def is_compatible(a: Value, b: Value) -> bool:
    """Whether two values are of one kind and unit."""
    if a.kind != b.kind:
        return False
    return a.unit == b.unit or (
        (a.unit, b.unit) != (None, None) and _reduce(a)[:2] == _reduce(b)[:2]
    )


def is_perhaps_same(value: Value, other: Value) -> bool:
    """Whether one may be the other: rounded, of a clock of twelve hours, of an unclear unit."""
    if value.kind == other.kind == "time" and (is_bare_clock(value) or is_bare_clock(other)):
        a, b = value.key[0] or 0.0, other.key[0] or 0.0
        return value.zone == other.zone and (a - b) % HALF_DAY == 0
    if _is_either(value) or _is_either(other):
        return value.kind == other.kind and value.key[0] == other.key[0]
    if _is_unclear_unit(value, other) or _is_unclear_mark(value, other):
        return True
    if not is_compatible(value, other):
        return False
    a, b = convert_amounts(value, other)
    if a == -b and a:
        return value.kind in ("number", "money")
    finer, coarser = sorted((value.step, other.step))
    gap = abs(a - b)
    rounded = gap <= coarser / 2 and gap <= ROUNDED * max(abs(a), abs(b))
    return coarser >= 2 * finer and coarser > finer and rounded


def _is_unclear_unit(a: Value, b: Value) -> bool:
    """Whether a sign or a word of several units stands on one side, with the same amount."""
    if a.kind == b.kind == "money" and a.unit != b.unit and a.key == b.key:
        units = {a.unit, b.unit}
        if units <= DOLLARS:
            return _is_bare_dollar(a) or _is_bare_dollar(b)
        cents = {v.unit for v in (a, b) if v.factor != 1 and v.text.lower().endswith(("cent", "s"))}
        return bool(cents) or any(
            sign in units and units <= known | {sign} for sign, known in SHARED.items()
        )
    if {a.unit, b.unit} == {"ton", "g"}:
        return a.amount == b.amount
    return False


def _is_bare_dollar(value: Value) -> bool:
    return value.unit == "USD" and not re.search(r"US|U\.S\.", value.text)


def _is_unclear_mark(a: Value, b: Value) -> bool:
    """Whether a point and a comma before three digits make one number of two ("12.480")."""
    plain, other = (re.sub(r"[^\d.,]", "", v.text) for v in (a, b))
    shape = re.compile(r"\d{1,3}([.,])\d{3}")
    one, two = shape.fullmatch(plain), shape.fullmatch(other)
    if one is None or two is None or a.kind != b.kind or a.unit != b.unit:
        return False
    return one[1] != two[1] and plain.replace(",", ".") == other.replace(",", ".")


def _is_pound(a: Value, b: Value) -> bool:
    """Whether one is in pounds of money and the other in pounds that may be money."""
    money, other = (a, b) if a.kind == "money" else (b, a)
    if (money.kind, money.unit, other.kind) != ("money", "GBP", "quantity"):
        return False
    return bool(re.search(r"pounds?$", other.text)) and money.key[0] == other.amount


def is_bare_clock(value: Value) -> bool:
    """Whether a time of day may be one of the morning or of the afternoon ("5:00")."""
    early = value.kind == "time" and (value.key[0] or 0.0) < HALF_DAY + 60
    return early and not _TOLD.search(value.text)


def is_told_clock(value: Value, other: Value) -> bool:
    """Whether a time is one that leaves its half of the day open told in full: 7:30, 19:30."""
    return is_bare_clock(value) and not is_bare_clock(other) and is_perhaps_same(value, other)


def _is_same_time(claimed: Value, stated: Value) -> bool:
    if claimed.at is not None and stated.at is not None:
        return claimed.at == stated.at
    a, b = claimed.key[0] or 0.0, stated.key[0] or 0.0
    if not claimed.zone:
        return a == b
    if _is_offset(claimed.zone) and _is_offset(stated.zone):
        return (a - int(claimed.zone) - b + int(stated.zone)) % _DAY == 0
    return a == b and claimed.zone == stated.zone


def _is_offset(zone: str) -> bool:
    return zone[:1] in ("+", "-")


def _is_same_date(claimed: Value, stated: Value) -> bool:
    if claimed.kind == "decade":
        begun, year = claimed.key[0] or 0.0, stated.key[0] or 0.0
        # "The 1800s" may be ten years as well as a hundred. The 19th century, other than these,
        # ends with 1900.
        begins = [year // 10 * 10] if claimed.unit is None else []
        if claimed.unit == "century" or begun % 100 == 0:
            begins.append(year // 100 * 100)
        if claimed.unit == "century" and stated.kind == "date":
            begins.append((year - 1) // 100 * 100)
        return bool(year) and begun in begins
    if stated.kind == "decade" or {claimed.kind, stated.kind} - {"date", "number"}:
        return False
    if claimed.at is not None and claimed.at == stated.at:
        return True
    if _is_either(claimed):
        return claimed.text == stated.text
    padded = (*stated.key, None, None)
    if claimed.unit == "quarter" and stated.unit != "quarter":
        first, month = claimed.key[1] or 0, padded[1] or 0
        return claimed.key[0] in (None, stated.key[0]) and first <= month < first + 3
    if stated.unit == "quarter" and claimed.unit != "quarter" and any(claimed.key[1:]):
        return False
    same = all(part is None or part == padded[i] for i, part in enumerate(claimed.key))
    return same and not _is_opposite(claimed, stated)


def _is_either(value: Value) -> bool:
    """Whether day and month of a date may be turned round ("3/4/2020")."""
    return value.kind == "date" and value.key[1] is None and "/" in value.text


def _is_opposite(claimed: Value, stated: Value) -> bool:
    """Whether one is a lower and the other an upper bound."""
    return {claimed.bound, stated.bound} == {">", "<"}


def has_other_rate(a: Value, b: Value) -> bool:
    """Whether both are stated for a span of time ("per night"), and not for the same one.

    Rates that convert into each other are compared by what they come to.
    """
    return bool(a.rate and b.rate and a.rate != b.rate and _reduce(a)[1] != _reduce(b)[1])


def _is_rate_known(claimed: Value, stated: Value) -> bool:
    """Whether the two are stated for the same, or one of them for a span of time alone."""
    mine, theirs = _reduce(claimed)[1], _reduce(stated)[1]
    if mine == theirs:
        return True
    if mine and theirs:
        return False
    return (mine or theirs) in ("s", "month", "night")


def has_other_currency(a: Value, b: Value) -> bool:
    """Whether both are the same amount of two currencies; a bare dollar may be any."""
    if a.kind != "money" or b.kind != "money" or a.unit == b.unit or has_other_rate(a, b):
        return False
    return a.key == b.key and not _is_unclear_unit(a, b)


def has_other_unit(a: Value, b: Value) -> bool:
    """Whether two are the same number of two units or rates ("300 litres", "300 gallons")."""
    measured = ("quantity", "percent")
    if a.kind not in measured or b.kind not in measured or a.amount is None:
        return False
    if a.amount != b.amount or _is_unclear_unit(a, b) or is_same_value(a, b):
        return False
    if (a.unit, a.factor) != (b.unit, b.factor):
        return True
    return bool(a.rate and b.rate and a.rate != b.rate)


def _is_converted(a: Value, b: Value) -> bool:
    """Whether two amounts are in units of two systems, so that either may be rounded."""
    if a.kind != "quantity" or a.factor == b.factor or a.unit == "B":
        return False
    ratio = a.factor / b.factor
    digits = f"{ratio:.6e}".partition("e")[0].strip("0.")
    return len(digits) > 3


def is_excluded(value: Value, other: Value) -> bool:
    """Whether two compatible values, with their bounds, cannot both be true of one thing."""
    a, b = convert_amounts(value, other)
    if has_other_rate(value, other):
        return a == b
    if value.rate and other.rate and value.rate != other.rate:
        return abs(a - b) > _TINY * max(abs(a), abs(b))
    if value.bound == other.bound == "":
        return True
    if _is_opposite(value, other) and a == b:
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
    if value.kind == "decade" == other.kind:
        return not (_is_same_date(value, other) or _is_same_date(other, value))
    if (value.kind == "time" and value.zone != other.zone) or value.at is not None:
        return _is_exclusive_moment(value, other)
    if value.unit != other.unit and "quarter" in (value.unit, other.unit):
        return bool(value.key[1] and other.key[1]) and not (
            _is_same_date(value, other) or _is_same_date(other, value)
        )
    pairs = [(a, b) for a, b in zip(value.key, other.key, strict=True) if a and b]
    same_form = [a is None for a in value.key] == [b is None for b in other.key]
    alike = all(a == b for a, b in pairs)
    if alike and same_form:
        return _is_opposite(value, other)
    if not same_form:
        return _is_other_month(value, other)
    if value.bound == other.bound:
        return True
    if value.bound and other.bound:
        return False
    limit, date = (value, other) if value.bound else (other, value)
    later = [b or 0 for b in date.key] > [a or 0 for a in limit.key]
    return later if limit.bound == "<" else not later


def _is_other_month(value: Value, other: Value) -> bool:
    """Whether a month without day and year stands against a date of another month."""
    if not (_is_bare_month(value) or _is_bare_month(other)) or value.bound or other.bound:
        return False
    return bool(value.key[1] and other.key[1]) and value.key[1] != other.key[1]


def _is_bare_month(value: Value) -> bool:
    return value.kind == "date" and value.key[0] is value.key[2] is None and not value.unit


def _is_exclusive_moment(value: Value, other: Value) -> bool:
    """Whether two moments with zones, or a date of one, cannot be one."""
    if value.at is not None and other.at is not None:
        return value.at != other.at
    if value.kind == "date":
        return value.key != other.key and None not in (*value.key, *other.key)
    offsets = [_is_offset(v.zone) for v in (value, other)]
    # "3 PM" may be in any zone; "ET" and "PT" differ, and so do two offsets
    return bool(value.zone and other.zone) and offsets[0] == offsets[1]
