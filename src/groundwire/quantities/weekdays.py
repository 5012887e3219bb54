"""Days of the week that a text states: single ones, ranges, "weekdays", "daily" (English)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from groundwire.text.english import WEEK

_SHORT = {name[:3]: i for i, name in enumerate(WEEK)} | {"tues": 1, "thur": 3, "thurs": 3}
# "sun", "sat" and "mon" are words of their own: short forms count with a capital.
_DAY = (
    r"(?:(?P<{0}>[Mm]onday|[Tt]uesday|[Ww]ednesday|[Tt]hursday|[Ff]riday|[Ss]aturday|[Ss]unday)s?"
    r"|(?P<{0}s>Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)\b\.?)"
)
_FOUND = re.compile(
    rf"\b(?:{_DAY.format('a')}(?:\s*(?:[-–—]|\s(?:up )?(?:to|until|till|through|thru)\s)\s*"
    rf"{_DAY.format('b')})?"
    r"|(?i:(?P<work>(?:week|working |work |business )days?)|(?P<end>weekends?)"
    r"|(?P<all>daily|every ?day|all week|seven days a week|24/7)))(?!\w)"
)
_FROM = re.compile(r"\bfrom\s+$", re.IGNORECASE)
_ALL = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Days:
    """Days of the week and where a text states them.

    Attributes:
        start: offset of the first character.
        end: offset after the last one.
        text: exactly ``source[start:end]``.
        days: their numbers, 0 for Monday to 6 for Sunday.
        named: whether each of them is named, so that it is no range and no word for several.
        ends: the two days of "from Monday to Friday", which may be a range or tell of a change;
            else none.
    """

    start: int
    end: int
    text: str
    days: frozenset[int]
    named: bool
    ends: frozenset[int] = frozenset()


@lru_cache(maxsize=4096)
def find_days(text: str) -> tuple[Days, ...]:
    """Returns the days that a text states, in order."""
    out = []
    for match in _FOUND.finditer(text):
        first, last = _read(match["a"] or match["as"]), _read(match["b"] or match["bs"])
        if match["work"]:
            days = frozenset(range(5))
        elif match["end"]:
            days = frozenset((5, 6))
        elif match["all"] or first is None:
            days = _ALL
        elif last is None:
            days = frozenset((first,))
        else:
            days = frozenset((first + i) % 7 for i in range((last - first) % 7 + 1))
        changed = first is not None and last is not None and _FROM.search(text, 0, match.start())
        ends = frozenset(day for day in (first, last) if day is not None and changed)
        out.append(Days(match.start(), match.end(), match[0], days, len(days) == 1, ends))
    return tuple(out)


def _read(word: str | None) -> int | None:
    if word is None:
        return None
    folded = word.casefold()
    return WEEK.index(folded) if folded in WEEK else _SHORT[folded]
