"""Parsing of values: numbers, percentages, money, quantities, dates and times.

English only, deterministic, and linear in the length of the text. Codes (``E-102``), model
names (``X200``), citations (``[1]``), list numerals and URLs are not values.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, TypeAlias
from unicodedata import numeric

from groundwire.quantities.modifiers import (
    add_rates,
    join_durations,
    read_bound,
    read_date_bound,
    share_units,
)
from groundwire.quantities.units import (
    CURRENCY,
    MONTHS,
    ONES,
    ORDINALS,
    SCALES,
    SHORT_SCALES,
    UNITS,
    Bound,
    Kind,
    Value,
    read_number_words,
)

__all__ = ["Found", "Value", "find_dates", "parse_values"]

Found: TypeAlias = tuple[Literal["date", "decade", "time"], int, int, tuple[float | None, ...]]
"""Kind, start, end, and key of a value, as ``groundwire.quantities.parse.Value`` has them."""

_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?)"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"

# In this order, as the first that matches holds: "3 May 2020" would else be read as May 2020.
_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\w-]){_YEAR}-(?P<num>0?[1-9]|1[0-2])-(?P<day>[0-3]\d)(?![\w-])",
        rf"(?<![\w/])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/{_YEAR}(?![\w/])",
        rf"(?<!\w){_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?(?![\w%]|[.,:]\d)",
        rf"(?<![\w.,]){_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+{_YEAR})?(?!\w)",
        rf"(?<!\w){_MONTH}(?:\s+of)?,?\s+{_YEAR}(?!\w)",
    )
]
_DECADE = re.compile(r"(?<![\w-])(?:the\s+)?([12]\d{2}0)s\b")
_TIME = re.compile(
    r"(?<![\w:.,])(?P<h>[01]?\d|2[0-3])(?::(?P<m>[0-5]\d))?\s*(?P<half>[ap])\.?m\b\.?"
    r"|(?<![\w:.,])(?P<h24>[01]?\d|2[0-3]):(?P<m24>[0-5]\d)(?![\d:])"
    r"|(?<!\w)(?P<word>noon|midnight)(?!\w)",
    re.IGNORECASE,
)


def find_dates(text: str) -> Iterator[Found]:
    """Yields what reads as a date, then decades, then times; where two overlap the first holds."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            key = _date_key(match.groupdict())
            if key is not None:
                yield "date", match.start(), match.end() - match[0].endswith("."), key
    for match in _DECADE.finditer(text):
        yield "decade", *match.span(), (float(match[1]),)
    for match in _TIME.finditer(text):
        end = match.end() - (match[0].endswith(".") and not match[0].lower().endswith(".m."))
        yield "time", match.start(), end, (_minutes(match),)


def _date_key(parts: dict[str, str | None]) -> tuple[float | None, ...] | None:
    year = float(parts.get("year") or 0) or None
    day = float(parts.get("day") or 0) or None
    if parts.get("a"):
        # "3/4/2020" is in March to some readers and in April to others: the year alone is sure.
        first, second = float(parts["a"] or 0), float(parts["b"] or 0)
        if first > 12 >= second:
            return (year, second, first)
        return (year, first, second) if second > 12 >= first else (year, None, None)
    if parts.get("num"):
        return (year, float(parts["num"] or 0), day)
    name = (parts.get("month") or "").lower().rstrip(".")
    month = next((i for i, full in enumerate(MONTHS, 1) if full.startswith(name[:3])), 0)
    # The pattern also takes "marching" and "mayor": only a month or its abbreviation is a date.
    plain = name in (MONTHS[month - 1], MONTHS[month - 1][:3], "sept")
    return (year, float(month), day) if plain and (day or 1) <= 31 else None


def _minutes(match: re.Match[str]) -> float:
    """Returns a time of day in minutes after midnight."""
    if match["word"]:
        return 720.0 if match["word"].lower() == "noon" else 0.0
    if match["half"]:
        hour = int(match["h"]) % 12 + (12 if match["half"].lower() == "p" else 0)
        return hour * 60.0 + int(match["m"] or 0)
    return int(match["h24"]) * 60.0 + int(match["m24"])


# What only looks like values: links, citations, numbers of items, versions and phone numbers. A
# date such as 2020-05-03 has the form of a phone number and is left to be read.
_MASK = re.compile(
    r"(?:https?://|www\.)\S+|(?<!\S)[^\s@]+@\S+"
    r"|\[\d+(?:\s*[,;–-]\s*\d+)*\]"
    r"|(?m:^[ \t>]*\(?\d{1,3}[.)](?=\s))"
    r"|(?<![\w.])\d+(?:\.\d+){2,}"
    r"|(?<![\w-])\+?\d{1,4}(?:-\d{2,4}){2,}(?!-?\w)(?<!\d{4}-\d\d-\d\d)",
)
# Without such a word four digits may count something: "1999 cars".
_YEAR_CUE = re.compile(
    r"(?:\b(?:in|since|by|from|until|till|during|year|before|after|between|early|late|mid|of|"
    r"spring|summer|autumn|fall|winter|to|and|through|for)[\s-]+|[(–-])$",
    re.IGNORECASE,
)
_COMMA = (
    r"(?:(?<=[€£$])|(?<=[€£$] ))\d{1,6},\d{2}(?![\d,])"
    r"|\d{1,6},\d{1,2}(?=\s?(?:€|EUR\b|euros?\b|%))"
)
"""Numbers with a decimal comma."""
_DIGITS = rf"{_COMMA}|\d{{1,3}}(?:,\d{{3}})+(?:[.·]\d+)?|\d+(?:[.·]\d+)?|\.\d+"
_WORDS = "|".join([*sorted([*ONES, *SCALES], key=len, reverse=True)])
_NUMBER = re.compile(
    rf"(?<![\w.·])(?:(?<![A-Za-z]-)(?<!\d,)(?P<digits>{_DIGITS})(?P<ordinal>st|nd|rd|th)?(?![\d])"
    rf"|(?P<words>(?:an?\s+(?=hundred|thousand|million|billion|trillion|dozen)|(?:{_WORDS}|dozen)"
    rf"(?![A-Za-z])(?:[\s-]+(?:and\s+)?)?)+))",
    re.IGNORECASE,
)
_SCALE_AFTER = re.compile(r"[\s-]*(hundred|thousand|million|billion|trillion|dozen)s?\b", re.I)
_PERCENT_AFTER = re.compile(r"\s{0,3}(?:%|-?\s?per\s?cent(?:age points?)?\b)", re.I)
_DEGREES_AFTER = re.compile(r"\s*(?:°\s*([CF])|degrees?\s+(celsius|fahrenheit))\b", re.I)
_UNIT_AFTER = re.compile(r"[\s-]{0,2}([A-Za-zµμ]+(?:/h)?)(?![A-Za-z\d-]|/\w)|-([A-Za-z]+)(?=-)")
_POWER_AFTER = re.compile(
    r"[\s-]{0,2}(?:(square|sq|cubic|cu)\.?[\s-]+([a-z]+)\b"
    r"|(mm|cm|m|km|ft|mi|in)(?:\^?([23])(?!\w)|([²³])))",
    re.I,
)
_MONEY_AFTER = re.compile(
    r"[\s-]?((?:US\s)?dollars?|euros?|yen|rupees?|pounds? sterling"
    r"|USD|EUR|GBP|JPY|INR|CHF|CAD|AUD)\b|\s?([€£])(?!\s?\d)",
    re.I,
)
_MONEY_BEFORE = re.compile(
    r"((?:US|C|A)?\$|[€£¥₹]|\b(?:USD|EUR|GBP|JPY|INR|CHF|CAD|AUD))\s?$", re.I
)
_SHORT_AFTER = re.compile(r"\s?(k|mn|m|bn|b|tn|t)\b", re.I)
_PART_OF_CODE = re.compile(r"[A-Za-z_]|,\d|-[A-Za-z]*[A-Za-z]\d")
_FRACTION = re.compile(r"\s?(?:(?<=\s)([1-9])/([2-9]|1[026])(?![\d/])|([½¼¾⅓⅔⅛⅜⅝⅞]))")
_AND_A_HALF = re.compile(r"\s+and\s+(?:a|one)[\s-]half\b", re.I)
_YEAR_END = re.compile(r" ?[)–-] ?(?:\d{2,4})?\b")


def parse_values(text: str) -> list[Value]:
    """Returns the values that a text states, disjoint and in order.

    Args:
        text: one or more English sentences; other text gives the digits it can read.

    Returns:
        The values, with offsets in code points of ``text``.
    """
    return list(_parsed(text))


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> tuple[Value, ...]:
    taken = bytearray(len(text))
    # The order counts: what the mask or a date has taken is not read as a number.
    for match in _MASK.finditer(text):
        _take(taken, match.start(), match.end())
    found = [
        Value(
            kind, start, end, text[start:end], key, None, 0.0, _limit(kind, text, start, end, key)
        )
        for kind, start, end, key in find_dates(text)
        if _take(taken, start, end)
    ]
    numbers = join_durations(text, share_units(text, _numbers(text, taken)))
    found += add_rates(text, numbers)
    return tuple(sorted(found, key=lambda value: value.start))


def _limit(kind: Kind, text: str, start: int, end: int, key: tuple[float | None, ...]) -> Bound:
    if kind not in ("date", "time"):
        return ""
    return read_date_bound(text, start, end, whole=kind == "time" or bool(key[-1]))


def _take(taken: bytearray, start: int, end: int) -> bool:
    if any(taken[start:end]):
        return False
    taken[start:end] = b"\1" * (end - start)
    return True


def _numbers(text: str, taken: bytearray) -> list[Value]:
    found = []
    for match in _NUMBER.finditer(text):
        value = _number(text, match)
        if value is not None and _take(taken, value.start, value.end):
            found.append(value)
    for word in re.finditer(r"[A-Za-z]+", text):
        rank = ORDINALS.get(word[0].lower())
        if rank is not None and _take(taken, *word.span()):
            found.append(Value("ordinal", *word.span(), word[0], (float(rank),)))
    return sorted(found, key=lambda value: value.start)


def _number(text: str, match: re.Match[str]) -> Value | None:
    start, end = match.start(), match.end()
    before = text[max(0, start - 24) : start]
    if match["words"]:
        read = read_number_words(match["words"])
        if read is None:
            return None
        amount, step, length = read
        end = start + length
        alone = match["words"][:length].lower() == "one"
    else:
        decimal = re.fullmatch(r"\d+,\d{1,2}", match["digits"])
        digits = match["digits"].replace(",", "." if decimal else "").replace("·", ".")
        # A longer run of digits is noise, and from 309 digits on float() makes it infinite.
        if len(digits) > 40:
            return None
        amount, alone = float(digits), False
        step = 10.0 ** -len(digits.partition(".")[2]) if "." in digits else 1.0
        if "." not in digits and (part := _FRACTION.match(text, end)):
            amount += int(part[1]) / int(part[2]) if part[1] else numeric(part[3])
            step, end = 0.01, part.end()
    if half := _AND_A_HALF.match(text, end):
        amount, step, end = amount + 0.5, 0.5, half.end()
    if match["ordinal"]:
        return Value("ordinal", start, end, text[start:end], (amount,))
    scaled = _SCALE_AFTER.match(text, end)
    if scaled and not match["words"]:
        factor = {**SCALES, "dozen": 12.0}[scaled[1].lower()]
        amount, step, end = amount * factor, step * factor, scaled.end()
    if re.search(r"(?:^|[\s(\[,;:=])[-−]$|\bminus\s$", before):
        amount, start = -amount, start - (6 if before.endswith("minus ") else 1)
        before = before[: start - match.start()]
    kind, unit, factor, start, end = _unit(text, start, end, before, bool(match["digits"]))
    # A bare "one" is mostly a pronoun ("one of the best"): ``find_lone_ones`` reads the rest.
    if kind == "number" and (alone or _PART_OF_CODE.match(text, end)):
        return None
    if kind == "number" and _is_year(text, start, end, before):
        key = (amount, None, None)
        return Value(
            "date", start, end, text[start:end], key, None, 0.0, read_date_bound(text, start, end)
        )
    if unit == "°F":
        amount, step, unit = (amount - 32) * 5 / 9, step * 5 / 9, "°C"
    if kind == "quantity" and (half := _AND_A_HALF.match(text, end)):
        amount, step, end = amount + 0.5, 0.5, half.end()
    plain = (round(amount * factor, 9),)
    bound = read_bound(text, start, end)
    return Value(kind, start, end, text[start:end], plain, unit, step * factor, bound)


def _unit(
    text: str, start: int, end: int, before: str, digits: bool
) -> tuple[Kind, str | None, float, int, int]:
    """Reads what stands before and after a number: kind, base unit, factor, start, end."""
    money = _MONEY_BEFORE.search(before)
    if money:
        factor, short = 1.0, _SHORT_AFTER.match(text, end)
        if short:
            factor, end = SHORT_SCALES[short[1].lower()], short.end()
        code = {"c$": "CAD", "a$": "AUD", "us$": "USD"}.get(money[1].lower())
        return "money", code or CURRENCY[money[1].lower()], factor, start - len(money[0]), end
    if match := _MONEY_AFTER.match(text, end):
        name = re.sub(r"^us\s", "", (match[1] or match[2]).lower())
        return "money", CURRENCY[name], 1.0, start, match.end()
    if match := _PERCENT_AFTER.match(text, end):
        return "percent", "%", 1.0, start, match.end()
    if match := _DEGREES_AFTER.match(text, end):
        scale = (match[1] or match[2])[0].upper()
        return "quantity", "°" + scale, 1.0, start, match.end()
    if (match := _POWER_AFTER.match(text, end)) and (power := _power(match)):
        return "quantity", power[0], power[1], start, match.end()
    if match := _UNIT_AFTER.match(text, end):
        name = match[1] or match[2]
        spaced = text[end] == " "
        entry = UNITS.get(name) or (UNITS.get(name.lower()) if len(name) > 3 else None)
        # "5 A" and "3 d" are more often words than units
        if entry and not (spaced and name in ("A", "d")) and (digits or len(name) > 2):
            return (
                "quantity",
                entry[0],
                entry[1],
                start,
                end + len(name) + match.start(1 if match[1] else 2) - end,
            )
    if digits and (match := re.compile(r"(M|mn|bn|B)\b").match(text, end)):
        return "number", None, SHORT_SCALES[match[1].lower()], start, match.end()
    return "number", None, 1.0, start, end


def _power(match: re.Match[str]) -> tuple[str, float] | None:
    """The unit of an area or a volume and its factor."""
    name = (match[2] or match[3]).lower()
    entry = UNITS.get("inch" if name == "in" else name, ("", 0.0))
    cubic = (match[1] or "").lower().startswith("cu") or (match[4] or match[5]) in ("3", "³")
    exponent = 3 if cubic else 2
    return ("m³" if cubic else "m²", entry[1] ** exponent) if entry[0] == "m" else None


def _is_year(text: str, start: int, end: int, before: str) -> bool:
    written = text[start:end]
    if not re.fullmatch(r"1[0-9]{3}|20[0-9]{2}", written):
        return False
    return bool(_YEAR_CUE.search(before)) or bool(_YEAR_END.match(text, end))
