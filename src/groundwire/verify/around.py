"""What stands around a value and changes it: bounds, rates, and the other half of a pair.

"over 5", "5 per night", "10-15 kg", "1 hour and 30 minutes", "before May 3" (English).
"""

from __future__ import annotations

import re
from dataclasses import replace

from groundwire.verify.units import UNITS
from groundwire.verify.value import Bound, Value

_LAST_WORD = re.compile(r"[A-Za-zµμ]+(?:/h)?$")
_OR_SO = re.compile(r" or so\b|\+")
_RANGE = re.compile(r"\s*(?:-|–|to|and|or)\s*$", re.I)
_BOUND_WORDS: tuple[tuple[Bound, str], ...] = (
    (
        ">",
        r"\b(?:over|(?<!no )(?<!not )more than|above|at least|exceed(?:s|ed|ing)?|greater than"
        r"|minimum of|upwards of|beyond|(?:no|not) (?:less|fewer) than)|[>≥]",
    ),
    (
        "<",
        r"\b(?:under|(?<!no )(?<!not )(?:less|fewer) than|below|up to|at most|maximum of"
        r"|as (?:many|much|long) as|(?:no|not) more than|nearly|almost)|[<≤]",
    ),
    (
        "~",
        r"\b(?:about|around|approximately|roughly|some|circa|close to|estimated|approx\.|c\.|ca\.)"
        r"|[~≈]",
    ),
)
_BOUND_BEFORE = tuple(
    (bound, re.compile(rf"(?:{words})\s*$", re.IGNORECASE)) for bound, words in _BOUND_WORDS
)
_DATE_BOUNDS: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    ("<", re.compile(r"\b(?:before|prior to|by|no later than|not later than)\s+$", re.IGNORECASE)),
    (">", re.compile(r"(?:\bafter|(?<!no )(?<!not )\blater than)\s+$", re.IGNORECASE)),
)
_RATE = re.compile(
    r"\s*(?:/|\b(?:per|a|an|each|every)\s+)(second|minute|hour|day|night|week|month|quarter|year"
    r"|annum)\b"
    r"|\s+(hourly|daily|nightly|weekly|monthly|quarterly|annually|yearly)\b",
    re.IGNORECASE,
)
_ADVERBS = {"daily": "day", "annually": "year", "annum": "year"}
_JOIN = re.compile(r",? (?:and )?|\s")
_NOT_A_RATE = frozenset(("date", "time", "decade", "ordinal"))
_SPANS = ("s", "month")


def bound_of(text: str, start: int, end: int) -> Bound:
    """Reads the words around a number that say "about", "over" or "under"."""
    lead = text[max(0, start - 24) : start]
    found: Bound = next((name for name, words in _BOUND_BEFORE if words.search(lead)), "")
    return "~" if not found and _OR_SO.match(text, end) else found


def date_bound(text: str, start: int) -> Bound:
    """Reads the word before a date that makes it a limit."""
    lead = text[max(0, start - 24) : start]
    return next((name for name, words in _DATE_BOUNDS if words.search(lead)), "")


def with_rates(text: str, values: list[Value]) -> list[Value]:
    """Adds what each value is stated for ("per night"); the offsets stay those of the value."""
    out = []
    for value in values:
        match = None if value.kind in _NOT_A_RATE else _RATE.match(text, value.end)
        if match:
            name = (match[1] or match[2]).lower()
            value = replace(value, rate=_ADVERBS.get(name, name.removesuffix("ly")))
        out.append(value)
    return out


def rate_end(text: str, value: Value) -> int:
    """Returns the offset after a value and its rate."""
    match = _RATE.match(text, value.end) if value.rate else None
    return match.end() if match else value.end


def join_durations(text: str, values: list[Value]) -> list[Value]:
    """Makes one value of hours and minutes, or years and months, that stand together."""
    out: list[Value] = []
    for value in values:
        last = out[-1] if out else None
        if (
            last
            and last.unit == value.unit
            and value.unit in _SPANS
            and last.step > value.step
            and 0 < (value.key[0] or 0.0) < last.step
            and _JOIN.fullmatch(text[last.end : value.start])
        ):
            key = ((last.key[0] or 0.0) + (value.key[0] or 0.0),)
            written = text[last.start : value.end]
            out[-1] = replace(last, end=value.end, text=written, key=key, step=value.step)
        else:
            out.append(value)
    return out


def share_units(text: str, values: list[Value]) -> list[Value]:
    """Gives the first number of a range ("10-15 kg", "between 5 and 8 %") its unit."""
    shared = list(values)
    for i in range(len(shared) - 2, -1, -1):
        left, right = shared[i], shared[i + 1]
        joined = _RANGE.fullmatch(text[left.end : right.start])
        if left.kind != "number" or not joined or right.kind not in ("percent", "quantity"):
            continue
        word = _LAST_WORD.search(right.text)
        name = word[0] if word and right.kind == "quantity" else ""
        factor = (UNITS.get(name) or UNITS.get(name.lower(), ("", 1.0)))[1]
        if right.unit != "°C" and left.key[0] is not None:
            key = (round(left.key[0] * factor, 9),)
            step = left.step * factor
            shared[i] = Value(
                right.kind, left.start, left.end, left.text, key, right.unit, step, left.bound
            )
    return shared
