"""Markers of lists and sections at the start of a line, and which numbers are one.

A number that counts nothing but the items of a list is markup; any other states something
("36. months of warranty") and stays in its sentence. A marker begins a list at 1, a or i, or
follows the number of the item before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PLAIN = re.compile(r"(?:(?:[-*+•‣◦▪●·–—]|#{1,6}|\[[ xX]\])\s+|>\s*)(?=\S)")
_NUMBERED = re.compile(
    r"\(?(?:(?P<number>\d{1,3})[.)]|(?P<letter>[a-zA-Z])\)|(?P<dotted>[a-z])\.)\s+(?=\S)"
)
_STYLED = re.compile(r"\A[\"'“‘(*_`\[]*")
_MAY_DO = r"\s(?-i:(?!(?:to|or|and|is|at|in|from|until|till|through|when|with)\b)[a-z]{2,})"
_UNIT = re.compile(
    r"[%°$€£¥]|(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?|decades?|centur(?:y|ies)|"
    r"(?:milli|centi|kilo|micro)?(?:met(?:er|re)|lit(?:er|re)|gram(?:me)?|watt|volt|amp)s?|kilos?|"
    r"tons?|tonnes?|inch(?:es)?|feet|foot|yards?|miles?|pounds?|ounces?|gallons?|pints?|cups?|"
    r"degrees?|percent|dollars?|euros?|cents?|times|people|persons?|million|billion|thousand|"
    r"hundred|dozen|stars?|points?|units?|pieces?|kg|mg|km|cm|mm|ml|lbs?|oz|hrs?|mins?|secs?|"
    rf"january|february|march|april|may(?!{_MAY_DO})|june|july|august|september|october|november|december|"
    r"am|pm|gb|mb|tb|kwh?|mph|hz)\b",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Numbering:
    """The numbers of the items read so far, by column and style."""

    _last: dict[tuple[int, str], int] = field(default_factory=dict)

    def body(self, text: str, start: int, end: int, column: int, before: str) -> int:
        """Returns the offset after all the markers at the start of a line.

        Args:
            text: the whole text.
            start: offset of the line's first character that is not white space.
            end: offset after the line.
            column: columns that the line is indented by.
            before: the text that the line would go on with if its number were none; ``""``
                where nothing stands before it.
        """
        at = start
        while True:
            if plain := _PLAIN.match(text, at, end):
                at, before = plain.end(), ""
                continue
            match = _NUMBERED.match(text, at, end)
            if match is None or not self._counts(match, column + at - start, before):
                return at
            at, before = match.end(), ""

    def _counts(self, match: re.Match[str], column: int, before: str) -> bool:
        number, letter = match["number"], match["letter"] or match["dotted"]
        style = "1" if number else ("a" if letter.islower() else "A")
        value = int(number) if number else ord(letter.casefold()) - ord("a") + 1
        first = value == 1 or (letter is not None and letter in "iI")
        if not first and self._last.get((column, style)) != value - 1:
            return False
        after = match.string[match.end() : match.end() + 40]
        after = _STYLED.sub("", after, count=1)
        if number and is_unit(after):
            return False
        if before and after[:1].islower() and not ended(before):
            return False
        for key in [key for key in self._last if key[0] > column]:
            del self._last[key]
        self._last[column, style] = value
        return True


def is_unit(text: str) -> bool:
    """Whether a text begins with what a number before it would count."""
    return _UNIT.match(text) is not None


def numbered(text: str, start: int, end: int) -> re.Match[str] | None:
    """Matches a number or letter that is set as a list marker, whatever its value."""
    return _NUMBERED.match(text, start, end)


def ended(before: str) -> bool:
    """Whether a line is complete, so that the next one does not go on with it."""
    return before.rstrip("\"'”’*_` ").endswith((".", ":", "!", "?", ";", ")", "…", "]"))
