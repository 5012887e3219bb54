"""Weeks: what a claim says of days and hours against the hours of a week that sentences tell.

"On Saturday we are open until 6 pm" shares its every word with "Mon-Fri 9:00-18:00, Sat
10:00-14:00" and is false: a model does not read such lines. The hours of each day decide.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from groundwire.quantities.hours import find_hours, find_spans
from groundwire.quantities.parse import parse_values
from groundwire.quantities.ranges import find_ranges
from groundwire.quantities.value import Value
from groundwire.quantities.weekdays import find_days
from groundwire.text.english import WEEK
from groundwire.text.words import STOP, WORD, split_table, strip_ending

_CLOSED = re.compile(r"\b(?:closed|shut|not open)\b|n['’]t open\b", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:opens?|opened|opening)\b", re.IGNORECASE)
_UNTIL = re.compile(
    r"\b(?:until|till|up to|clos(?:es?|ing)(?: (?:its|their|our) doors)?(?: (?:is|time))*(?: at)?|"
    r"shuts? at)\s+$",
    re.IGNORECASE,
)
# "It is open at 3 pm" does not say that it opens then.
_FROM = re.compile(
    r"(?:\bfrom|(?<!\bis )(?<!\bare )(?<!\bbe )(?<!['’]re )(?<!['’]s )\bopens?"
    r"(?: (?:its|their|our) doors)?(?: at)?|\bopening at|\bsince)\s+$",
    re.IGNORECASE,
)
_AT = re.compile(r"\b(?:at|around)\s+$", re.IGNORECASE)
# With these a claim may speak of other days, of part of them, or of something besides.
_FREE = re.compile(
    r"\b(?:or|if|unless|except|holidays?|usually|sometimes|only|before|after|longer|earlier|later|"
    r"than|last|first|no|never|may|might|some|every other|summer|winter)\b|\?\s*$",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\bnot\b(?! open)|n['’]t\b(?! open)", re.IGNORECASE)
_PLAIN = frozenset(
    strip_ending(word)
    for word in split_table(
        "open opens opening closed closes closing close shut until till day days week weekday "
        "hour hours time noon midnight "
        "shop store office place restaurant cafe museum library desk counter branch gym pool "
        "reception yes also daily visit come reach available o'clock pm am doors always regularly"
    )
)
"""Stems of words with which a claim says nothing but when something is open."""

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class WeekReading:
    """What the hours that sentences tell come to for a claim.

    Attributes:
        holds: whether the claim is so.
        sentence: index of the sentence that tells it.
        start: offset in the claim of what decides.
        end: offset after it.
        found: what the sentence has for the day.
        timed: whether what is otherwise is a time, and not whether it is open at all.
    """

    holds: bool
    sentence: int
    start: int
    end: int
    found: str
    timed: bool = False


def read_week(text: str, sentences: Sequence[str]) -> WeekReading | None:
    """Returns what the hours of a week come to for a claim.

    Args:
        text: the claim.
        sentences: those of the evidence.

    Returns:
        None where the claim says nothing else than days and hours do not decide, where two
        sentences tell different hours of one day, or none tells any.
    """
    told = _CLOSED.search(text) or _OPEN.search(text) or _find_time(text) or find_spans(text)
    if not told or _FREE.search(text) or (_DENIED.search(text) and not _CLOSED.search(text)):
        return None
    week = _read_sentences(sentences)
    if not week or _is_strange(text, sentences):
        return None
    named = find_days(text)
    days = sorted(frozenset[int]().union(*(d.days for d in named))) or sorted(
        day for day, (spans, _) in week.items() if spans
    )
    found = [_judge_day(text, day, week) if day in week else None for day in days]
    held = [one for one in found if one is not None]
    if not held or len(held) < len(found):
        return None
    wrong = [one for one in held if not one.holds]
    if wrong and (named or len(wrong) == len(held)):
        return wrong[0]
    return None if wrong else held[0]


def _find_time(text: str) -> re.Match[str] | None:
    """What says until or from when, or at what time, something is so."""
    for value in parse_values(text):
        if value.kind == "time":
            before = text[: value.start]
            found = _UNTIL.search(before) or _FROM.search(before)
            if found is not None:
                return found
    return None


def _read_sentences(
    sentences: Sequence[str],
) -> Mapping[int, tuple[tuple[tuple[float, float], ...], int]]:
    """Of each day its spans, with the index of the sentence that tells them.

    Empty where two tell different ones of a day. A day that is not told where others are has no
    spans, and is closed.
    """
    week: dict[int, tuple[tuple[tuple[float, float], ...], int]] = {}
    named: set[int] = set()
    for index, sentence in enumerate(sentences):
        # What is said of a day in other words is not known here.
        named.update(day for days in find_days(sentence) for day in days.days)
        for hours in find_hours(sentence):
            for day in hours.days:
                if day in week and week[day][0] != hours.spans:
                    return {}
                week.setdefault(day, (hours.spans, index))
    opened = [index for spans, index in week.values() if spans]
    for day in range(len(WEEK)):
        if opened and day not in week and day not in named:
            week[day] = (), opened[0]
    return week


def _is_strange(text: str, sentences: Sequence[str]) -> bool:
    """Whether a claim speaks of something that no sentence and no such claim names."""
    known = {strip_ending(m[0]) for sentence in sentences for m in WORD.finditer(sentence)}
    taken = [(d.start, d.end) for d in find_days(text)]
    taken += [(v.start, v.end) for v in parse_values(text)]
    words = [
        m[0].casefold()
        for m in WORD.finditer(text)
        if not any(a <= m.start() < b for a, b in taken)
    ]
    return any(
        word not in STOP and strip_ending(word) not in known | _PLAIN and not word.isdigit()
        for word in words
    )


def _judge_day(
    text: str, day: int, week: Mapping[int, tuple[tuple[tuple[float, float], ...], int]]
) -> WeekReading | None:
    spans, index = week[day]
    name = WEEK[day].capitalize()
    said = f"{name}: {_write(spans)}"
    closed = _CLOSED.search(text)
    if closed is not None:
        if any(v.kind == "time" for v in parse_values(text)):
            return None
        return WeekReading(not spans, index, *closed.span(), said)
    times = [v for v in parse_values(text) if v.kind == "time" and v.key[0] is not None]
    own = find_spans(text)
    if own and len(times) <= 2 * len(own):
        # "from 8 to 11", whose ends are bare numbers
        held = bool(spans) and all(span in spans for hours in own for span in hours.spans)
        return WeekReading(held, index, own[0].start, own[-1].end, said, timed=not held)
    opened = _OPEN.search(text)
    if not times:
        if opened is None or any(v.kind == "number" for v in parse_values(text)):
            return None
        return WeekReading(bool(spans), index, *opened.span(), said)
    if not spans:
        return WeekReading(False, index, times[0].start, times[0].end, said, timed=True)
    ranges = find_ranges(text)
    for value in times:
        at = (value.key[0] or 0.0) % _DAY
        before = text[: value.start]
        begins = any(value.start == span.low.start for span in ranges) or _FROM.search(before)
        stops = any(value.start == span.high.start for span in ranges) or _UNTIL.search(before)
        if begins or stops:
            ends = {span[0 if begins else 1] % _DAY for span in spans}
            if at not in ends:
                return _deny(value, index, said)
        elif _AT.search(before) and opened is not None:
            if not any(a <= at < b or a <= at + _DAY < b for a, b in spans):
                return _deny(value, index, said)
        else:
            return None
    return WeekReading(True, index, times[0].start, times[0].end, said)


def _deny(value: Value, index: int, said: str) -> WeekReading:
    return WeekReading(False, index, value.start, value.end, said, timed=True)


def _write(spans: Sequence[tuple[float, float]]) -> str:
    if not spans:
        return "closed"
    clock = [tuple(f"{int(t // 60) % 24}:{int(t % 60):02}" for t in span) for span in spans]
    return " and ".join(f"{begins} to {stops}" for begins, stops in clock)
