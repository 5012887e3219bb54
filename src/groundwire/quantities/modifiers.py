"""Modifiers of a value: bounds, rates, and the other half of a pair.

"over 5", "5 per night", "10-15 kg", "1 hour and 30 minutes", "before May 3" (English).
"""

from __future__ import annotations

import re
from dataclasses import replace

from groundwire.quantities.units import DOLLARS, find_rate
from groundwire.quantities.value import Bound, Value, trim_float

_OR_SO = re.compile(r" or so\b")
_AFTER_WORDS: tuple[tuple[Bound, str], ...] = (
    (">", "more|older|over|above|up|upwards?|later|higher|longer|greater|larger|onwards?"),
    ("<", "less|younger|fewer|under|below|lower|earlier|shorter|smaller"),
)
# "30 years of age or older" is a limit. "30 people and more than that" compares, and is none.
_BOUND_AFTER = tuple(
    (bound, re.compile(rf"(?:\s[^\W\d_]+){{0,3}},?\s(?:or|and)\s(?:{words})\b(?! than)", re.I))
    for bound, words in _AFTER_WORDS
)
_RANGE = re.compile(r"\s*(?:-|–|to|and|or)\s*$", re.I)
# The lookbehinds keep "no more than 30", which is at most 30, from being read as "more than 30".
_BOUND_WORDS: tuple[tuple[Bound, str], ...] = (
    (
        ">",
        r"\b(?:over|(?<!no )(?<!not )more than|above|at least|exceed(?:s|ed|ing)?|greater than"
        r"|minimum of|upwards of|beyond|(?:no|not) (?:less|fewer) than)|[>≥]",
    ),
    (
        "<",
        r"\b(?:under|(?<!no )(?<!not )(?:less|fewer) than|below|up to|at most|maximum of"
        r"|as (?:many|much|long) as|(?:no|not) more than)|[<≤]",
    ),
    (
        "~",
        r"\b(?:about|around|approximately|roughly|nearly|almost|some"
        r"|circa|close to|estimated|approx\.|c\.|ca\.)"
        r"|[~≈]",
    ),
)
_BOUND_BEFORE = tuple(
    (bound, re.compile(rf"(?:{words})\s*$", re.IGNORECASE)) for bound, words in _BOUND_WORDS
)
_DATE_BOUNDS: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    (
        "<",
        re.compile(
            r"\b(?:before|prior to|by|no later than|not later than|until|till|through|up to)\s+$",
            re.IGNORECASE,
        ),
    ),
    (
        ">",
        re.compile(
            r"(?:\b(?:after|since|as of|starting(?: in| on| at)?)"
            r"|(?<!no )(?<!not )\blater than)\s+$",
            re.IGNORECASE,
        ),
    ),
)
_EXACTLY = re.compile(r"\b(?:exactly|precisely)\s+$", re.IGNORECASE)
_JUST = re.compile(r"\b(?:just|well|only)\s+$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+$", re.IGNORECASE)
# An "on" before a weekday belongs to that day: "the paper from 1997 on Sunday ...".
_ON = re.compile(r"\s+(?:on|onwards?|forward)\b(?!\s+\w+day)", re.IGNORECASE)
_RATE = re.compile(
    # "55 litres of water per minute".
    r"(?:\s+of\s+[^\W\d_]\w{1,19}(?=\s+(?:per|an?|each|every)\s))?"
    r"(?:\s*(?:(?P<times>once|twice|(?:two|three|four|five|six|[1-9]) times)\s+)?"
    r"(?:(?:/|\b(?:per|a|an|each|every)\s+)(?P<span>second|minute|hour|day|night|week|month|quarter"
    r"|year|annum)\b"
    r"|(?<=\s)(?P<adverb>hourly|daily|nightly|weekly|monthly|quarterly|annually|yearly)\b)"
    r"|\s(?P<annum>p\.\s?a\.)"
    r"|\s?/\s?(?P<unit>[A-Za-zµμ]+[²³]?)(?![\w/²³])"
    r"|\sper\s(?P<of>[A-Za-zµμ]+[²³]?|(?:square|cubic)\s[a-z]+)(?![\w/²³-]))",
    re.IGNORECASE,
)
_ADVERBS = {"daily": "day", "annually": "year", "annum": "year"}
_TIMES = {"once": 1, "twice": 2, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
# What a dose or a price is stated for and is no unit of measure.
_COUNTED = frozenset(("dose", "tablet", "capsule", "serving", "portion", "injection"))
_POWERS = {"²": "m²", "³": "m³"}
_JOIN = re.compile(r",? (?:and )?|\s")
# "At 9 am each day" is a time that comes again, and not an amount for each day.
_NOT_A_RATE = frozenset(("date", "time", "decade", "ordinal"))
_SPANS = ("s", "month")
_SIZES = ("m", "g")
_CENTS = 0.01
_FEET = re.compile(r"(?:ft\.?|feet|foot)$", re.IGNORECASE)
# Used right after feet, where "in" is no preposition. Without it, what follows has to tell that the
# number is one of inches ("6 ft 6 tall").
_INCHES = re.compile(r"[\s-]?in\b|(?=\s?(?:tall\b|[,;)]|\.(?!\d)|$))")
_INCH = 0.0254


def read_bound(text: str, start: int, end: int) -> Bound:
    """Reads the words around a number that say "about", "over" or "under"."""
    lead = text[max(0, start - 24) : start]
    found: Bound = next((name for name, words in _BOUND_BEFORE if words.search(lead)), "")
    if found:
        return found
    if text.startswith("+", end):
        return ">"
    found = next((name for name, words in _BOUND_AFTER if words.match(text, end)), "")
    return "~" if not found and _OR_SO.match(text, end) else found


def find_bound_start(text: str, value: Value) -> int:
    """Returns the offset of the word before a value that makes it a bound, else its own."""
    lead = max(0, value.start - 24)
    for _, words in _BOUND_BEFORE:
        if match := words.search(text[lead : value.start]):
            start = lead + match.start()
            just = _JUST.search(text[max(0, start - 8) : start])
            return start - len(just[0]) if just else start
    return value.start


def is_exact(text: str, start: int) -> bool:
    """Whether "exactly" stands before a value."""
    return bool(_EXACTLY.search(text[max(0, start - 12) : start]))


def read_date_bound(text: str, start: int, end: int, *, whole: bool = False) -> Bound:
    """Reads the words around a date or a time that make it a limit.

    Args:
        text: the text.
        start: offset of the first character of the date.
        end: offset after its last character.
        whole: whether it is a day or a time, which "from" alone makes a limit.
    """
    lead = text[max(0, start - 24) : start]
    if _FROM.search(lead) and (whole or _ON.match(text, end)):
        return ">"
    return next((name for name, words in _DATE_BOUNDS if words.search(lead)), "")


def add_rates(text: str, values: list[Value]) -> list[Value]:
    """Adds what each value is stated for ("per night"); the offsets stay those of the value."""
    out = []
    for value in values:
        match = None if value.kind in _NOT_A_RATE else _RATE.match(text, value.end)
        if match and (rate := _read_rate(match)):
            value = replace(value, rate=rate)
        out.append(value)
    return out


def _read_rate(match: re.Match[str]) -> str:
    """The name of a rate; empty where a word is none ("and/or", "per person")."""
    name = match["span"] or match["adverb"] or (match["annum"] and "annum")
    if name:
        name = name.lower()
        name = _ADVERBS.get(name, name.removesuffix("ly"))
        times = (match["times"] or "once").split()[0].lower()
        count = _TIMES.get(times) or int(times)
        return name if count == 1 else f"{count}/{name}"
    name = match["unit"] or match["of"]
    if name.lower() in _COUNTED:
        return name.lower()
    for power in ("square ", "cubic "):
        if name.lower().startswith(power):
            base = "m" if name.lower().split()[1].rstrip("s") in ("meter", "metre") else ""
            return f"{base}{'²' if power == 'square ' else '³'}" if base else ""
    if name[-1] in _POWERS:
        return name if name[:-1] in ("m", "cm", "dm", "mm") else ""
    return find_rate(name)


def find_rate_end(text: str, value: Value) -> int:
    """Returns the offset after a value and its rate."""
    match = _RATE.match(text, value.end) if value.rate else None
    return match.end() if match else value.end


def join_durations(text: str, values: list[Value]) -> list[Value]:
    """Makes one value of hours and minutes, feet and inches and the like that stand together."""
    out: list[Value] = []
    for value in values:
        last = out[-1] if out else None
        if last and value.kind == "number" and _FEET.search(last.text):
            value = _inches(text, last, value)
        if (
            last
            and (last.unit == value.unit or _is_change(last, value))
            and (value.unit in (*_SPANS, *_SIZES) or _is_change(last, value))
            and last.step > value.step
            and 0 < (value.key[0] or 0.0) < last.step
            and _JOIN.fullmatch(text[last.end : value.start])
            and (value.unit not in _SIZES or "," not in text[last.end : value.start])
        ):
            key = (trim_float((last.key[0] or 0.0) + (value.key[0] or 0.0)),)
            written = text[last.start : value.end]
            out[-1] = replace(
                last, end=value.end, text=written, key=key, step=value.step, amount=None
            )
        else:
            out.append(value)
    return out


def _is_change(last: Value, value: Value) -> bool:
    """Whether a value is the cents of the money before it."""
    cents = value.kind == last.kind == "money" and value.factor == _CENTS and last.factor == 1
    return cents and (value.unit == last.unit or (last.unit in DOLLARS | {"EUR"}))


def _inches(text: str, feet: Value, value: Value) -> Value:
    """A number with "in" after it, right after feet, as inches."""
    after = _INCHES.match(text, value.end)
    if after is None or not _JOIN.fullmatch(text[feet.end : value.start]):
        return value
    key = (trim_float((value.key[0] or 0.0) * _INCH),)
    written = text[value.start : after.end()]
    return replace(
        value, kind="quantity", end=after.end(), text=written, key=key, unit="m", step=_INCH,
        factor=_INCH,
    )  # fmt: skip


def share_units(text: str, values: list[Value]) -> list[Value]:
    """Gives the first number of a range ("10-15 kg", "between 5 and 8 %") its unit."""
    shared = list(values)
    for i in range(len(shared) - 2, -1, -1):
        left, right = shared[i], shared[i + 1]
        joined = _RANGE.fullmatch(text[left.end : right.start])
        if left.kind != "number" or not joined or left.key[0] is None:
            continue
        if right.kind not in ("percent", "quantity", "money"):
            continue
        signed = not right.text[0].isalnum() or right.text[:2].isupper()
        if right.kind == "money" and (right.step > 1 or signed):
            continue
        amount, factor, zero = left.key[0], right.factor, 0.0
        if right.unit == "°C" and right.amount is not None:
            # 41 to 50 °F: what is subtracted before the factor follows from the other end
            zero = round(right.amount - (right.key[0] or 0.0) / factor, 6)
        shared[i] = replace(
            left,
            kind=right.kind,
            key=(trim_float((amount - zero) * factor),),
            unit=right.unit,
            step=left.step * factor,
            amount=amount,
            factor=factor,
        )
    return shared
