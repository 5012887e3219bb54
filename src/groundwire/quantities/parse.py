"""Parsing of values: numbers, percentages, money, quantities, dates and times.

English only, deterministic, and linear in the length of the text. Codes (``E-102``), model
names (``X200``), citations (``[1]``), list numerals, versions, references and URLs are not values.
"""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from groundwire.quantities.dates import find_dates, find_durations, join_moments
from groundwire.quantities.identifiers import read_identifiers
from groundwire.quantities.modifiers import (
    add_rates,
    is_exact,
    join_durations,
    read_bound,
    read_date_bound,
    share_units,
)
from groundwire.quantities.numbers import AND_A_HALF, NUMBER, find_shares, read_numeral
from groundwire.quantities.units import ORDINALS, read_unit
from groundwire.quantities.value import Bound, Kind, Value, trim_float

__all__ = ["Value", "parse_values"]

_LINK = re.compile(r"(?:https?://|www\.)\S+|(?<!\S)[^\s@]+@\S+")
_MASK = re.compile(
    r"\[\d+(?:\s*[,;–-]\s*\d+)*\]"
    r"|(?m:^[ \t>]*\(?\d{1,3}[.)](?=\s))"
    r"|(?<![\w.])(?!\d{1,3}(?:\.\d{3}){2,6}(?![\d.]))(?!\d{1,3}(?:\.\d{3}){1,6},\d)\d+(?:\.\d+){2,}"
    r"|(?<![\w-])\+?\d{1,4}(?:-\d{2,4}){2,}(?!-?\w)(?<!\d{4}-\d\d-\d\d)",
)
# Without such a word four digits may count something: "1999 cars".
_YEAR_CUE = re.compile(
    r"(?:\b(?:in|since|by|from|until|till|during|year|fiscal|before|after|between|early|late|mid|of|"
    r"spring|summer|autumn|fall|winter|to|and|through|for)[\s-]+|[(–-])$",
    re.IGNORECASE,
)
_YEAR_END = re.compile(r" ?[)–-] ?(?:\d{2,4})?\b")
_PART_OF_CODE = re.compile(r"[A-Za-z_]|,\d|-[A-Za-z]*[A-Za-z]\d")
_MINUS = re.compile(r"(?:^|[\s(\[,;:=|])[-−]$|\bminus\s$")
# A number in brackets that fills a cell or a field is negative, as accountants write it.
_CELL = re.compile(r"(?:^|[|:;\t])\s*\(\s?$")
_CELL_END = re.compile(r"\s?\)\s*(?:$|[|;,\t\n])")
_MASKED = frozenset(("url", "email", "phone", "version", "reference"))
_WORD = re.compile(r"[A-Za-z]+")


def parse_values(text: str) -> list[Value]:
    """Returns the values that a text states, disjoint and in order.

    Args:
        text: one or more English sentences; other text gives the digits it can read.

    Returns:
        The values, with offsets in code points of ``text``.
    """
    return list(_parsed(text))


def parse_sole_value(text: str) -> Value | None:
    """Returns the one value that a text is, None where it says more or states none.

    Args:
        text: "820 thousand EUR" is one; "Tram 4" and "12 to 15" are none.
    """
    values = _parsed(text)
    if len(values) != 1:
        return None
    rest = text[: values[0].start] + text[values[0].end :]
    return None if any(c.isalnum() for c in rest) else values[0]


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> tuple[Value, ...]:
    if not any(map(str.isdigit, text)) and not _WORD.search(text):
        return ()
    taken = bytearray(len(text))
    for match in _LINK.finditer(text):
        _take(taken, *match.span())
    for item in read_identifiers(text):
        if item.kind in _MASKED or (item.kind == "code" and item.text[0] != "`"):
            _take(taken, item.start, item.end)
    found = []
    for hit in find_dates(text):
        if not _take(taken, hit.start, hit.end):
            continue
        _take(taken, hit.end, max(hit.end, hit.reach))
        written = text[hit.start : hit.end]
        limit = _limit(hit.kind, text, hit.start, hit.end, hit.key)
        found.append(
            Value(
                hit.kind, hit.start, hit.end, written, hit.key, hit.unit, 0.0, limit, zone=hit.zone
            )
        )
    for match in _MASK.finditer(text):
        _take(taken, *match.span())
    shares = [*find_durations(text), *_shares(text)]
    numbers = [value for value in shares if _take(taken, value.start, value.end)]
    numbers += _numbers(text, taken)
    numbers.sort(key=lambda value: value.start)
    found += add_rates(text, join_durations(text, share_units(text, numbers)))
    return tuple(join_moments(text, sorted(found, key=lambda value: value.start)))


def _limit(kind: Kind, text: str, start: int, end: int, key: tuple[float | None, ...]) -> Bound:
    if kind not in ("date", "time"):
        return ""
    return read_date_bound(text, start, end, whole=kind == "time" or bool(key[-1]))


def _take(taken: bytearray, start: int, end: int) -> bool:
    if any(taken[start:end]):
        return False
    taken[start:end] = b"\1" * (end - start)
    return True


def _shares(text: str) -> list[Value]:
    """Fractions in words, as percentages that are true within rounding."""
    return [
        Value("percent", start, end, text[start:end], (trim_float(share),), "%", 0.0, "~")
        for start, end, share in find_shares(text)
    ]


def _numbers(text: str, taken: bytearray) -> list[Value]:
    found = []
    # what is taken is no part of a group ("May 3 480 people")
    free = "".join("\0" if used else char for char, used in zip(text, taken, strict=True))
    for match in NUMBER.finditer(free):
        value = _number(text, match)
        if value is not None and _take(taken, value.start, value.end):
            found.append(value)
    for word in _WORD.finditer(text):
        rank = ORDINALS.get(word[0].lower())
        if rank is not None and _take(taken, *word.span()):
            found.append(Value("ordinal", *word.span(), word[0], (float(rank),)))
    return found


def _number(text: str, match: re.Match[str]) -> Value | None:
    numeral = read_numeral(text, match)
    if numeral is None:
        return None
    start, end, amount = numeral.start, numeral.end, numeral.amount
    if numeral.ordinal:
        return Value("ordinal", start, end, text[start:end], (amount,))
    before = text[max(0, start - 24) : start]
    if _MINUS.search(before):
        amount, start = -amount, start - (6 if before.endswith("minus ") else 1)
        before = text[max(0, start - 24) : start]
    unit = read_unit(text, start, end, before, numeral.digits)
    kind = unit.kind
    if kind == "number" and (numeral.alone or _PART_OF_CODE.match(text, unit.end)):
        return None
    if kind == "number" and _is_year(text, start, unit.end, before):
        bound = read_date_bound(text, start, unit.end)
        written = text[start : unit.end]
        return Value("date", start, unit.end, written, (amount, None, None), None, 0.0, bound)
    start, end = unit.start, unit.end
    if kind == "money" and amount > 0 and _MINUS.search(text[max(0, start - 8) : start]):
        amount, start = -amount, start - 1
    lead = text[max(0, start - 8) : start]
    if amount > 0 and _CELL.search(lead) and _CELL_END.match(text, end):
        amount = -amount
        start, end = text.rindex("(", 0, start), text.index(")", end) + 1
    step = numeral.step
    if kind == "quantity" and (half := AND_A_HALF.match(text, end)):
        amount, step, end = amount + 0.5, 0.5, half.end()
    key = (trim_float((amount - unit.zero) * unit.factor),)
    value = Value(kind, start, end, text[start:end], key, unit.base, step * unit.factor)
    return replace(
        value,
        bound=read_bound(text, start, end),
        amount=amount,
        factor=unit.factor,
        exact=is_exact(text, start),
    )


def _is_year(text: str, start: int, end: int, before: str) -> bool:
    written = text[start:end]
    if not re.fullmatch(r"1[0-9]{3}|20[0-9]{2}", written):
        return False
    return bool(_YEAR_CUE.search(before)) or bool(_YEAR_END.match(text, end))
