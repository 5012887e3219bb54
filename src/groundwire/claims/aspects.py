"""Aspects of what is asked for, such as a price or a length of time, and what tells them (English).

"How long the warranty lasts" names no word of "a two-year warranty" but one: that a stretch of
evidence tells it shows in a value of the right sort beside that word.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from groundwire.quantities.parse import parse_values

_SPANS = frozenset({"s", "month", "year"})


def _has_kind(*kinds: str) -> Callable[[str], bool]:
    return lambda text: any(value.kind in kinds for value in parse_values(text))


def _has(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.search(text) is not None


def _has_money(text: str) -> bool:
    return _has_kind("money")(text) or _FREE.search(text) is not None


def _has_span(text: str) -> bool:
    return any(v.kind == "quantity" and v.unit in _SPANS for v in parse_values(text))


def _has_length(text: str) -> bool:
    return any(v.kind == "quantity" and v.unit == "m" for v in parse_values(text))


def _has_extent(text: str) -> bool:
    return _has_span(text) or _has_length(text)


_FREE = re.compile(r"\b(?:free|no charge|no extra cost|included in)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Aspect:
    """What of a thing is asked for.

    Attributes:
        asked: how a question or a topic names it.
        is_told: whether a stretch of text tells it of something.
        valued: whether a value tells it, so that a verb such as "last" adds nothing.
    """

    asked: re.Pattern[str]
    is_told: Callable[[str], bool]
    valued: bool = True


def _aspect(asked: str, is_told: Callable[[str], bool], valued: bool = True) -> Aspect:
    return Aspect(re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), is_told, valued)


ASPECTS = (
    _aspect(
        r"how much(?= (?:is|are|was|were|it|they|the|an?|does|do|did|to|for|this|that|you|i|we|one|"
        r"\w+ (?:costs?|is|are))\b)|how expensive|prices?|pricing|costs?|fees?|charges?|fares?",
        _has_money,
    ),
    _aspect(r"how long(?= .{1,60}\b(?:is|are|was|were)\W*$)", _has_extent),
    _aspect(
        r"(?:for )?how long|for how many (?:days|weeks|months|years|hours|minutes)|durations?",
        _has_span,
    ),
    _aspect(r"how (?:far|tall|high|deep|wide)|distances?", _has_length),
    _aspect(r"(?:at )?what times?|opening (?:hours|times?)", _has_kind("time")),
    _aspect(r"(?:on )?(?:what|which) (?:day|date)|dates?|deadlines?", _has_kind("date")),
    _aspect(r"when", _has_kind("date", "time")),
    _aspect(
        r"how (?:often|frequently)|frequency",
        _has(
            r"\b(?:every|each|daily|hourly|weekly|monthly|yearly|annually|once|twice|"
            r"(?:a|per) (?:day|week|month|year))\b"
        ),
    ),
    _aspect(
        r"maximum|max|(?:upper )?limits?",
        _has(
            r"\b(?:no more than|not \w+ more than|not exceed|up to|at most|maximum|max|"
            r"limit(?:ed)?)\b"
        ),
    ),
    _aspect(
        r"minimum|min|lower limit",
        _has(r"\b(?:no (?:less|fewer) than|at least|minimum|min)\b"),
    ),
    _aspect(
        r"daily|per day|a day",
        _has(
            r"\b(?:daily|(?:a|per|each|every) day|(?:in|within|"
            r"every) 24 hours)\b"
        ),
    ),
    _aspect(
        r"doses?|dosages?",
        _has(
            r"(?:\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half an?)) ?(?:mg|g|ml|"
            r"mcg|"
            r"tablets?|capsules?|pills?|drops?|puffs?|sprays?|sachets?|teaspoons?|units?|"
            r"chews?)\b"
        ),
    ),
    _aspect(
        r"(?:is|are|be|was|were) (?:allowed|permitted|welcome|accepted|admitted|prohibited|"
        r"forbidden|"
        r"banned)|(?:allowed|permitted|welcome|prohibited|forbidden|banned)",
        _has(
            r"\b(?:allowed|permitted|welcome|accepted|admitted|prohibited|forbidden|banned|may|"
            r"must|"
            r"not permitted)\b"
        ),
        valued=False,
    ),
)


def find_aspects(text: str) -> tuple[list[Aspect], str]:
    """Returns the aspects that a text asks for, and the text with blanks where it names them."""
    found = []
    for aspect in ASPECTS:
        if aspect.asked.search(text):
            found.append(aspect)
            text = aspect.asked.sub(lambda match: " " * len(match[0]), text)
    return found, text
