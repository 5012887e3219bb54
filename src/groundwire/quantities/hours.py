"""Hours of a week: on which days something is open, from when until when (English).

"Mon-Fri 9:00-18:00, Sat 10-14", "closed on Sundays", "9 am to 5 pm on weekdays": a day with its
spans, in whichever order and form they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from groundwire.quantities.weekdays import Days, find_days

_T = r"(?:\d{{1,2}}(?:[:.]\d\d)?(?:\s?(?P<{0}>[ap])\.?m\b\.?|\s?h\b)?|noon|midnight)"
_SPAN = re.compile(
    rf"(?<![\d:.])(?P<open>{_T.format('o')})\s*(?:[-–—]|to|until|till|and)\s*"
    rf"(?P<close>{_T.format('c')})(?![\d:%]|\.\d|-\d)",
    re.IGNORECASE,
)
_JOINT = re.compile(r"\s*(?:,|;|and|&|/|\+)?\s*(?:on\s+|also\s+)*", re.IGNORECASE)
_BEFORE = re.compile(
    r"[\s:,(]*(?:(?:from|between|open|opens?|is|are|we|hours|it|only)\b\s*)*", re.I
)
_CLOSED = re.compile(r"[\s:,(–—-]*(?:(?:is|are|we|it|we're|they)\s+)*closed\b", re.IGNORECASE)
_BEHIND = re.compile(r"[\s,(]*(?:(?:on|every|each|from|daily)\s+)*$", re.IGNORECASE)
_CLOSED_ON = re.compile(r"\bclosed\s+(?:(?:on|all day|every|each)\s+)*$", re.IGNORECASE)
_UNTIL = re.compile(
    rf"[\s:,(]*(?:only |just )?(?:until|till|to)\s+(?P<close>{_T.format('c')})(?![\d:%])",
    re.IGNORECASE,
)
_PUBLIC = re.compile(r"\s+and (?:on )?(?:public |bank )?holidays?", re.IGNORECASE)
_WRITTEN = re.compile(r":\d|[ap]\.?m\b|\dh|noon|midnight", re.IGNORECASE)
_TOPIC = re.compile(r"\b(?:open\w*|hours|clos\w+|times|desk|counter|hotline)\b", re.IGNORECASE)
"""What makes hours of bare numbers: "Monday 5-10 people" has none."""

_NOON = 12 * 60
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """Days of the week with their spans.

    Attributes:
        days: their numbers, 0 for Monday.
        spans: of each the minutes after midnight when it begins and ends, the end above the begin;
            empty where it is closed.
        start: offset of the first character of the spans, or of the days where there are none.
        end: offset after the last one.
    """

    days: frozenset[int]
    spans: tuple[tuple[float, float], ...]
    start: int = 0
    end: int = 0


@lru_cache(maxsize=4096)
def find_hours(text: str) -> tuple[Hours, ...]:
    """Returns what a text says of days and hours, in order; nothing of days without hours."""
    return tuple(_find_hours(text))


def _find_hours(text: str) -> Iterator[Hours]:
    spans = _list_spans(text)
    taken: set[int] = set()
    last: tuple[tuple[float, float], ...] = ()
    for group in _group_days(text):
        days = frozenset[int]().union(*(d.days for d in group))
        start, end = group[0].start, group[-1].end
        rest = _PUBLIC.match(text, end)
        end = rest.end() if rest else end
        if _CLOSED.match(text, end) or _CLOSED_ON.search(text[:start]):
            yield Hours(days, (), start, end)
            continue
        own = _follow(text, end, spans)
        if not own:
            before = [s for s in spans if s.end() <= start and s.start() not in taken]
            near = (
                before[-1:] if before and _BEHIND.fullmatch(text, before[-1].end(), start) else []
            )
            own = near
        taken |= {span.start() for span in own}
        read = [moments for span in own if (moments := _read_span(span)) is not None]
        until = None if read else _UNTIL.match(text, end)
        if read:
            last = tuple(read)
            yield Hours(days, last, own[0].start(), own[-1].end())
        elif until is not None and len(last) == 1:
            # "Mon-Thu 10 am to 7 pm, on Fridays until 5 pm": it begins as before.
            stops = _read_time(until["close"])
            if stops is not None and stops > last[0][0]:
                yield Hours(days, ((last[0][0], stops),), *until.span("close"))


def find_spans(text: str) -> tuple[Hours, ...]:
    """Returns each span of hours that a text has, of whichever day; its days are empty."""
    read = ((match, _read_span(match)) for match in _list_spans(text))
    return tuple(
        Hours(frozenset(), (span,), *match.span()) for match, span in read if span is not None
    )


def _list_spans(text: str) -> list[re.Match[str]]:
    return [s for s in _SPAN.finditer(text) if _WRITTEN.search(s[0]) or _TOPIC.search(text)]


def _group_days(text: str) -> list[list[Days]]:
    """Days that are listed together: "Mon, Wed and Fri"."""
    found = list(find_days(text))
    groups = [found[:1]] if found else []
    for before, after in pairwise(found):
        if _JOINT.fullmatch(text, before.end, after.start):
            groups[-1].append(after)
        else:
            groups.append([after])
    return groups


def _follow(text: str, end: int, spans: list[re.Match[str]]) -> list[re.Match[str]]:
    """The spans right behind some days, as many as are listed."""
    own: list[re.Match[str]] = []
    for span in spans:
        if span.start() < end:
            continue
        joint = _JOINT if own else _BEFORE
        if not joint.fullmatch(text, own[-1].end() if own else end, span.start()):
            break
        own.append(span)
    return own


def _read_span(match: re.Match[str]) -> tuple[float, float] | None:
    begins, stops = _read_time(match["open"]), _read_time(match["close"])
    if begins is None or stops is None:
        return None
    first, last = match["o"], match["c"]
    if last and not first and last.lower() == "p" and begins < _NOON:
        # "9 to 5 pm" begins in the morning, "1 to 5 pm" after noon.
        begins += _NOON if begins + _NOON < stops else 0
    if not last and not first and stops <= begins <= _NOON and ":" not in match[0]:
        stops += _NOON  # "9-5"
    stops += _DAY if stops <= begins else 0
    return begins, stops


def _read_time(text: str) -> float | None:
    folded = text.casefold()
    if folded in ("noon", "midnight"):
        return float(_NOON) if folded == "noon" else 0.0
    match = re.match(r"(\d{1,2})(?:[:.](\d\d))?\s?([ap])?", folded)
    if match is None or int(match[1]) > 24 or int(match[2] or 0) > 59:
        return None
    hours = int(match[1]) % 12 + 12 * (match[3] == "p") if match[3] else int(match[1])
    return hours * 60.0 + int(match[2] or 0)
