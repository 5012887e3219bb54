"""Dates, decades and times of day that a text may state (English)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, TypeAlias

from groundwire.verify.units import MONTHS

Found: TypeAlias = tuple[Literal["date", "decade", "time"], int, int, tuple[float | None, ...]]
"""Kind, start, end, and key of a value, as ``groundwire.verify.values.Value`` has them."""

_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?)"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"

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


def dates_and_times(text: str) -> Iterator[Found]:
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
        first, second = float(parts["a"] or 0), float(parts["b"] or 0)
        if first > 12 >= second:
            return (year, second, first)
        return (year, first, second) if second > 12 >= first else (year, None, None)
    if parts.get("num"):
        return (year, float(parts["num"] or 0), day)
    name = (parts.get("month") or "").lower().rstrip(".")
    month = next((i for i, full in enumerate(MONTHS, 1) if full.startswith(name[:3])), 0)
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
