"""Dates, quarters, times of day with their zones, and durations of ISO 8601 (English)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from groundwire.quantities.units import MONTHS, ONES
from groundwire.quantities.value import Value

_MONTH = r"(?P<month>(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]{0,6}\.?)"
_YEAR = r"(?P<year>[12]\d{3})"
_DAY = r"(?P<day>[0-3]?\d)(?:st|nd|rd|th)?"
_QUARTERS = ("first", "second", "third", "fourth")

_DATES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?<![\w-]){_YEAR}-(?P<num>0?[1-9]|1[0-2])-(?P<day>[0-3]\d)(?=T\d|(?![\w-]))",
        rf"(?<![\w/]){_YEAR}/(?P<num>0?[1-9]|1[0-2])/(?P<day>[0-3]\d)(?![\w/])",
        rf"(?<![\w/])(?P<a>\d{{1,2}})/(?P<b>\d{{1,2}})/{_YEAR}(?![\w/])",
        rf"(?<![\w.])(?P<day>[0-3]?\d)\.\s?(?P<num>0?[1-9]|1[0-2])\.\s?{_YEAR}(?![\w]|\.\d)",
        rf"(?<!\w){_MONTH}\s+{_DAY}(?:,?\s+{_YEAR})?(?![\w%]|[.,:]\d)",
        rf"(?<![\w.,]){_DAY}(?:\s+of)?\s+{_MONTH}(?:,?\s+{_YEAR})?(?!\w)",
        rf"(?<![\w.,-]){_DAY}-{_MONTH}-{_YEAR}(?![\w-])",
        rf"(?<!\w){_MONTH}(?:\s+of)?,?\s+{_YEAR}(?!\w)",
        # years of a season are written alike ("2008-09"), so that it must stand alone
        rf"(?:(?<=^)|(?<=[:\"]\s)|(?<=[:\"])){_YEAR}-(?P<num>0[1-9]|1[0-2])(?=[\s;,\"]|$)",
    )
]
_NAMES = "|".join(name.capitalize() for name in MONTHS)
_SHORT = r"(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?"
# A month alone. Capitals tell it from "may" and "march", and what follows from a surname.
_BARE_MONTH = re.compile(rf"(?<![\w'’.-])(?P<month>{_NAMES}|{_SHORT})(?![\w'’]|-\w|\.\w|\s?\()")
_SURNAME = re.compile(rf"\s+(?!(?:{_NAMES})\b)[A-Z][a-z]")
# These are names of people, verbs and first names too, and the short forms parts of words.
_DOUBTFUL = re.compile(r"(?:April|May|June|March|August|[A-Z][a-z]{2,3}\.?)$")
_MONTH_CUE = re.compile(
    r"(?:\b(?:in|by|since|from|until|till|to|through|during|of|for|between|before|after|last|next|"
    r"this|each|every|early|late|mid|end|beginning|start)[\s-]+|[–—/(]\s?)$",
    re.IGNORECASE,
)
# Between the months of a range or a list.
_MONTH_JOIN = re.compile(
    r"\s*[-–—/,&]\s*|,?\s+(?:to|and|or|until|till|through|thru|up to)\s+", re.IGNORECASE
)
_CELL_START = re.compile(r"(?:^|[|:;\t\n\"])\s*$")
_CELL_END = re.compile(r"\s*(?:$|[|;\t\n\"])")
_QUARTER = re.compile(
    r"(?<![\w-])(?:Q(?P<q>[1-4])(?:[\s/'-]{0,2}(?:of\s)?(?:FY\s?)?(?P<y>[12]\d{3}))?(?!\w)"
    r"|(?P<y2>[12]\d{3})[\s-]?Q(?P<q2>[1-4])(?!\w)"
    rf"|(?P<q3>{'|'.join(_QUARTERS)})[\s-]quarter(?:\s+of)?(?:\s+(?:the\s+)?fiscal(?:\s+year)?)?"
    r"\s+(?P<y3>[12]\d{3})(?!\w))",
    re.IGNORECASE,
)
_DECADE = re.compile(r"(?<![\w-])(?:the\s+)?([12]\d{2}0)s\b")
_CENTURY = re.compile(
    r"(?<![\w-])(?:the\s+)?([1-9]\d?)(?:st|nd|rd|th)[\s-]century\b(?!\s*(?:,\s*)?(?:B\.?C|BCE))",
    re.IGNORECASE,
)
_HOURS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
_TIME = re.compile(
    r"(?<![\w:.,])(?P<h>[01]?\d|2[0-3])(?:[:.](?P<m>[0-5]\d))?(?::(?P<s>[0-5]\d))?"
    r"\s*(?P<half>[ap])\.?m\b\.?"
    r"|(?:(?<![\w:.,])|(?<=\dT))(?P<h24>[01]?\d|2[0-4]):(?P<m24>[0-5]\d)(?::(?P<s24>[0-5]\d)"
    r"(?:[.,]\d{1,9})?)?(?![\d:])"
    r"|(?<![\w:.,])(?P<hh>1\d|2[0-3])h(?P<mh>[0-5]\d)(?!\w)"
    rf"|\b(?P<rel>half\s(?:past|an?\shour\s(?:past|after|before))|(?:a\s)?quarter\s(?:past|to)"
    rf"|an\shour\s(?:after|before)|\d{{1,2}}\sminutes\s(?:past|after|to|before))\s"
    rf"(?P<of>{'|'.join(_HOURS)}|1[0-2]|[1-9]|noon|midnight)(?![\w:])"
    r"|(?<!\w)(?P<word>noon|midnight)(?!\w)",
    re.IGNORECASE,
)
_OFFSETS = {
    "z": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "bst": 60, "cet": 60, "cest": 120,
    "eet": 120, "eest": 180, "msk": 180, "est": -300, "edt": -240, "cdt": -300, "mst": -420,
    "mdt": -360, "pst": -480, "pdt": -420, "jst": 540, "kst": 540, "aest": 600, "aedt": 660,
    "sgt": 480, "hkt": 480, "nzst": 720, "nzdt": 780,
}  # fmt: skip
"""Minutes ahead of UTC of the names that mean one zone; others are compared by their names."""
_NAMED = {"eastern": "ET", "pacific": "PT", "central": "CT", "mountain": "MT"}
_ZONE = re.compile(
    r"(?P<z>Z)(?!\w)|\s?(?P<num>[+−-]\d\d:\d\d|[+−-]\d{4})(?!\w)"
    r"|\s?\(?(?P<utc>UTC|GMT)(?:\s?(?P<sign>[+−-])\s?(?P<by>\d{1,2})(?::?(?P<min>\d\d))?)?(?!\w)\)?"
    rf"|\s\(?(?P<name>{'|'.join(name.upper() for name in _OFFSETS if len(name) > 1)}"
    r"|ET|PT|CT|MT|CST|IST)(?!\w)\)?"
    r"|\s(?P<area>Eastern|Pacific|Central|Mountain)(?:\s(?P<kind>Standard|Daylight))?\s[Tt]ime\b"
)
_RANGED = re.compile(r"[−-]\d\d:?\d\d")
"""What stands behind the first end of "10:00-14:00", and is a zone behind a date and a time."""

_DAY_BEFORE = re.compile(r"\d-\d\d(?P<joint>T|\s)$")
_TOGETHER = re.compile(r"T|,?\s+(?:at\s+|on\s+)?|\s*,\s*")
_DURATION = re.compile(
    r"(?<![\w/.-])P(?=\d|T\d)(?:(?P<year>\d{1,4})Y)?(?:(?P<month>\d{1,4})M)?(?:(?P<week>\d{1,4})W)?"
    r"(?:(?P<day>\d{1,5})D)?(?:T(?:(?P<hour>\d{1,5})H)?(?:(?P<minute>\d{1,5})M)?"
    r"(?:(?P<second>\d{1,6}(?:\.\d{1,6})?)S)?)?(?![\w/-])"
    r"|(?<![\w:.,])(?P<h>\d{1,2})\s?h\s?(?P<m>[0-5]?\d)(?:\s?m(?:in)?\b|(?!\w|\s?[a-z]))"
)
_SPANS = {"week": 604_800, "day": 86_400, "hour": 3600, "minute": 60, "second": 1}


@dataclass(frozen=True, slots=True)
class Found:
    """What reads as a date, a decade or a time.

    Attributes:
        kind: which of them.
        start: offset of the first character.
        end: offset after the last one.
        key: as ``Value`` has it.
        unit: as ``Value`` has it.
        zone: as ``Value`` has it.
        reach: offset after the zone.
    """

    kind: Literal["date", "decade", "time"]
    start: int
    end: int
    key: tuple[float | None, ...]
    unit: str | None = None
    zone: str = ""
    reach: int = 0


def find_dates(text: str) -> Iterator[Found]:
    """Yields dates, then decades, centuries and times; of two that overlap the first holds."""
    for pattern in _DATES:
        for match in pattern.finditer(text):
            parts = match.groupdict()
            key = _date_key(parts)
            if key is not None:
                yield Found("date", match.start(), match.end() - match[0].endswith("."), key)
    yield from _find_months(text)
    for match in _QUARTER.finditer(text):
        name = match["q"] or match["q2"] or str(1 + _QUARTERS.index((match["q3"] or "").lower()))
        year = float(match["y"] or match["y2"] or match["y3"] or 0) or None
        yield Found("date", *match.span(), (year, 3.0 * int(name) - 2, None), "quarter")
    for match in _DECADE.finditer(text):
        yield Found("decade", *match.span(), (float(match[1]),))
    for match in _CENTURY.finditer(text):
        yield Found("decade", *match.span(), (100.0 * (int(match[1]) - 1),), "century")
    for match in _TIME.finditer(text):
        end = match.end() - (match[0].endswith(".") and not match[0].lower().endswith(".m."))
        found = _ZONE.match(text, end)
        if found and found["num"] and _RANGED.match(text, end) and not _is_dated(text, match):
            found = None
        zone = _read_zone(found) if found else ""
        reach = found.end() if found else end
        yield Found("time", match.start(), end, (_minutes(match),), zone=zone, reach=reach)


def _is_dated(text: str, match: re.Match[str]) -> bool:
    """Whether a time is told as a moment: to the second, or right behind a date in digits.

    "2026-03-01 09:00-10:00" is an hour of that day; no clock goes from 10:00 to 05:00.
    """
    day = _DAY_BEFORE.search(text, max(0, match.start() - 5), match.start())
    if match["s24"] is not None or day is None:
        return match["s24"] is not None
    after = re.sub(r"\D", "", text[match.end() : match.end() + 6])[:4]
    back = int(after[:2]) * 60 + int(after[2:]) <= _minutes(match)
    return day["joint"] == "T" or back


def _find_months(text: str) -> Iterator[Found]:
    """Yields months that stand without day and year: "from May to October", "in June"."""
    matches = [m for m in _BARE_MONTH.finditer(text) if not _SURNAME.match(text, m.end())]
    sure = [not _DOUBTFUL.match(match[0]) or _is_month(text, *match.span()) for match in matches]
    for i in range(len(matches) - 1):
        if _MONTH_JOIN.fullmatch(text, matches[i].end(), matches[i + 1].start()):
            sure[i] = sure[i + 1] = True
    for match, known in zip(matches, sure, strict=True):
        key = _date_key(match.groupdict()) if known else None
        if key is not None:
            # the point of a short form ends a sentence as well
            yield Found("date", match.start(), match.end() - match[0].endswith("."), key)


def _is_month(text: str, start: int, end: int) -> bool:
    """Whether the words around a name make it a month, or it fills a cell or a field."""
    lead = max(0, start - 16)
    cell = _CELL_START.search(text, lead, start) and _CELL_END.match(text, end)
    return bool(cell or _MONTH_CUE.search(text, lead, start))


def find_zone_end(text: str, value: Value) -> int:
    """Returns the offset after a time and the zone that follows it."""
    match = _ZONE.match(text, value.end) if value.zone else None
    return match.end() if match else value.end


def _date_key(parts: dict[str, str | None]) -> tuple[float | None, ...] | None:
    year = float(parts.get("year") or 0) or None
    day = float(parts.get("day") or 0) or None
    if day and day > 31:
        return None
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
    return (year, float(month), day) if plain else None


def _minutes(match: re.Match[str]) -> float:
    """Returns a time of day in minutes after midnight."""
    if match["word"]:
        return 720.0 if match["word"].lower() == "noon" else 0.0
    if match["rel"]:
        return _relative(match["rel"].lower(), match["of"].lower())
    if match["half"]:
        hour = int(match["h"]) % 12 + (12 if match["half"].lower() == "p" else 0)
        return hour * 60.0 + int(match["m"] or 0) + int(match["s"] or 0) / 60
    if match["hh"]:
        return int(match["hh"]) * 60.0 + int(match["mh"])
    minutes = int(match["h24"]) * 60.0 + int(match["m24"]) + int(match["s24"] or 0) / 60
    return minutes % 1440


def _relative(words: str, hour: str) -> float:
    """Minutes after midnight of "half past six" and "quarter to seven"."""
    of = {"noon": 12, "midnight": 0}.get(hour)
    of = of if of is not None else int(hour) if hour.isdigit() else ONES[hour]
    number = re.match(r"\d+", words)
    by = 30 if "half" in words else 15 if "quarter" in words else int(number[0]) if number else 60
    back = words.endswith(("to", "before"))
    return (of * 60.0 + (-by if back else by)) % 1440


def _read_zone(match: re.Match[str]) -> str:
    if match["z"]:
        return "+0"
    if match["num"]:
        digits = re.sub(r"\D", "", match["num"])
        minutes = int(digits[:2]) * 60 + int(digits[2:])
        return f"{-minutes if match['num'][0] != '+' else minutes:+d}"
    if match["utc"]:
        minutes = int(match["by"] or 0) * 60 + int(match["min"] or 0)
        return f"{-minutes if (match['sign'] or '+') != '+' else minutes:+d}"
    if match["area"]:
        name = _NAMED[match["area"].lower()]
        short = name[0] + (match["kind"] or "")[:1] + "T"
        offset = _OFFSETS.get(short.lower())
        return f"{offset:+d}" if offset is not None else name
    offset = _OFFSETS.get(match["name"].lower())
    return f"{offset:+d}" if offset is not None else match["name"]


def join_moments(text: str, values: list[Value]) -> list[Value]:
    """Gives a date and a time with a zone that stand together the moment that they are."""
    out = list(values)
    for i in range(len(out) - 1):
        first, second = out[i], out[i + 1]
        day, time = (first, second) if first.kind == "date" else (second, first)
        if (day.kind, time.kind) != ("date", "time") or not _is_offset(time.zone):
            continue
        gap = text[find_zone_end(text, first) : second.start]
        moment = _moment(day, time) if len(gap) <= 8 and _TOGETHER.fullmatch(gap) else None
        if moment is not None:
            out[i], out[i + 1] = replace(first, at=moment), replace(second, at=moment)
    return out


def _is_offset(zone: str) -> bool:
    return zone[:1] in ("+", "-")


def _moment(day: Value, time: Value) -> float | None:
    year, month, number = (int(part or 0) for part in day.key)
    try:
        days = date(year, month, number).toordinal()
    except ValueError:
        return None
    return days * 1440.0 + (time.key[0] or 0.0) - int(time.zone)


def find_durations(text: str) -> Iterator[Value]:
    """Yields durations in the form of ISO 8601 ("PT1H30M"), and with an h ("1h30")."""
    for match in _DURATION.finditer(text):
        parts = {name: float(match[name]) for name in (*_SPANS, "year", "month") if match[name]}
        months = parts.pop("year", 0.0) * 12 + parts.pop("month", 0.0)
        if match["h"]:
            parts = {"hour": float(match["h"]), "minute": float(match["m"])}
        seconds = sum(_SPANS[name] * number for name, number in parts.items())
        if bool(months) == bool(seconds):
            continue
        unit, amount = ("month", months) if months else ("s", seconds)
        start, end = match.span()
        written = text[start:end]
        yield Value("quantity", start, end, written, (amount,), unit, 1.0, amount=amount)
