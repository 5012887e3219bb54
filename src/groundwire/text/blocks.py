"""Blocks and sentences of a text, with exact code-point offsets.

Lines are sorted into blocks first (paragraphs, list items, headings, table rows, code), so
that the sentence splitter never sees two kinds of structure at once; within a block
the sentences are found. Linear in time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from groundwire.text.citations import is_citation
from groundwire.text.sentences import Offsets, split_prose, trim_span

__all__ = [
    "FULL_STOPS",
    "Block",
    "BlockKind",
    "Numbering",
    "Offsets",
    "find_blocks",
    "find_sentences",
    "is_bold_line",
    "is_ended",
    "is_unit",
    "match_number",
    "split_block",
]

_PLAIN = re.compile(r"(?:(?:[-*+•‣◦▪●·–—]|#{1,6}|\[[ xX]\])\s+|>\s*)(?=\S)")
# With a full stop a letter counts in lower case only: "A. Berg led it" begins with an initial.
_NUMBERED = re.compile(
    r"\(?(?:(?P<number>\d{1,3})[.)]|(?P<letter>[a-zA-Z])\)|(?P<dotted>[a-z])\.)\s+(?=\S)"
)
# Marks before a word, so that the unit is seen in "1. **Months** of warranty" too.
_STYLED = re.compile(r"\A[\"'“‘(*_`\[]*")
# "6. May improve sleep" is an item that begins with a verb, "6. May 2020" a date with its day.
_MAY_DO = r"\s(?-i:(?!(?:to|or|and|is|at|in|from|until|till|through|when|with)\b)[a-z]{2,})"
# What a number before it would count: as a marker, the 36 of "36. months" would go unchecked.
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


FULL_STOPS = "。！？"
"""Marks that no white space follows where a sentence ends."""
_BOLD_LINE = re.compile(r"(\*\*|__)[^*_\n]+\1:?")


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
        # A wrapped line may begin with a number of its sentence: "There are\n2. of these left".
        if before and after[:1].islower() and not is_ended(before):
            return False
        for key in [key for key in self._last if key[0] > column]:
            del self._last[key]
        self._last[column, style] = value
        return True


def is_unit(text: str) -> bool:
    """Whether a text begins with what a number before it would count."""
    return _UNIT.match(text) is not None


def match_number(text: str, start: int, end: int) -> re.Match[str] | None:
    """Matches a number or letter that is set as a list marker, whatever its value."""
    return _NUMBERED.match(text, start, end)


def is_ended(before: str) -> bool:
    """Whether a line is complete, so that the next one does not go on with it."""
    return before.rstrip("\"'”’*_` ").endswith((".", ":", "!", "?", ";", ")", "…", "]"))


BlockKind: TypeAlias = Literal["text", "item", "heading", "row", "rule", "fence", "code"]

_FENCE = re.compile(r"\s*(?:(?P<ticks>`{3,})[^`]*|(?P<waves>~{3,}).*)")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_QUOTED = re.compile(r"\s{0,3}(?:>\s?)+")
_BULLET = re.compile(r"\s*(?:[-*+•‣◦▪●·]|[–—](?=\s))\s+")
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’)\]*_]*(?:\s|$)")
# Lines of "Name: value" state one thing each. Lines that begin with a quote or bracket are JSON.
_KEY_VALUE = re.compile(r"\s*[^\s:.!?\"'{\[][^:.!?\n]{0,40}:[*_]{0,3}\s")
_SHORT = 300
"""Characters of the longest line that may be a citation and no more."""
_NO_BREAK_AFTER = re.compile(
    r"(?:[,;\-–—&]|\b(?:a|an|the|of|in|on|at|to|by|for|from|with|and|or|but|is|was|are|were|"
    r"that|which|as|than|its|his|her|their|not|be|has|had|have))$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Block:
    """A run of lines of one structure.

    Attributes:
        kind: what the lines are.
        start: offset of the first character that is not white space.
        body: offset after list markers, ``#`` and ``>``; equal to ``start`` without one. A
            number that counts no items ("36. months") is no marker.
        end: offset after the last character that is not white space.
    """

    kind: BlockKind
    start: int
    body: int
    end: int


@dataclass(slots=True)
class _Line:
    kind: BlockKind
    start: int
    body: int
    end: int
    opens: bool


def find_blocks(text: str) -> list[Block]:
    """Returns the blocks of a text in order; between them lies only white space."""
    found: list[Block] = []
    for run in _runs(text):
        first, last = run[0], run[-1]
        found.append(Block(first.kind, first.start, first.body, last.end))
    return found


def find_sentences(text: str, language: str = "en") -> list[Offsets]:
    """Finds the sentences of a text.

    Args:
        text: any string; lone surrogates, control characters and mixed scripts are fine.
        language: code of the language, as ``sentencex`` knows them; an unknown code is
            split by punctuation alone.

    Returns:
        Half-open code-point offsets, in order and disjoint, without surrounding white space.
        Every character that is not white space lies inside exactly one of them.
    """
    spans: list[Offsets] = []
    for block in find_blocks(text):
        spans.extend(split_block(text, block, language))
    return spans


def split_block(text: str, block: Block, language: str = "en") -> list[Offsets]:
    """Returns the sentences of one block; a marker belongs to the first of them."""
    if block.kind in ("row", "rule", "fence", "code") or block.body >= block.end:
        return [(block.start, block.end)]
    spans = list(split_prose(text, block.body, block.end, language))
    spans[0] = (block.start, spans[0][1])
    return spans


def _lines(text: str) -> Iterator[_Line | None]:
    """Yields the lines with their kinds; None for a blank one."""
    fence = ""
    offset = 0
    separator = _separator_numbers(text)
    previous: _Line | None = None
    numbering = Numbering()
    for number, raw in enumerate(text.splitlines(keepends=True)):
        start, end = trim_span(text, offset, offset + len(raw))
        offset += len(raw)
        if start == end:
            previous = None
            yield None
            continue
        content = raw.rstrip()
        marker = _FENCE.fullmatch(content)
        if fence:
            # Marks alone close a fence: as a fence, "```recalled" would hide what it says.
            closes = set(content.strip()) == {fence[0]} and len(content.strip()) >= len(fence)
            line = _Line("fence" if closes else "code", start, start, end, True)
            fence = "" if closes else fence
        elif marker is not None:
            fence = marker["ticks"] or marker["waves"]
            line = _Line("fence", start, start, end, True)
        else:
            # The first row of a table without outer bars stands behind its rule.
            after_row = previous is not None and (previous.kind == "row" or number - 1 in separator)
            heads = number + 1 in separator and _may_head(content)
            near = heads or number in separator or after_row
            line = _classify(text, content, (start, end), near, previous, numbering)
        previous = line
        yield line


def _classify(
    text: str,
    content: str,
    span: Offsets,
    near_separator: bool,
    previous: _Line | None,
    numbering: Numbering,
) -> _Line:
    start, end = span
    stripped = content.strip()
    if _is_rule(stripped):
        return _Line("rule", start, start, end, True)
    pipes = stripped.count("|")
    if (pipes >= 2 and stripped[0] == "|") or (pipes and near_separator):
        return _Line("row", start, start, end, True)
    column = len(content) - len(content.lstrip())
    body = numbering.body(text, start, end, column, _unfinished(text, previous, column))
    if _HEADING.match(content):
        return _Line("heading", start, body, end, True)
    if _BULLET.match(content):
        return _Line("item", start, body, end, True)
    if match_number(text, start, end) and (body > start or _over(text, previous)):
        return _Line("item", start, body, end, True)
    if _QUOTED.match(content):
        opens = previous is None or text[previous.start] != ">"
        return _Line("text", start, body, end, opens)
    opens = previous is None or previous.kind not in ("text", "item")
    opens = opens or (previous is not None and text[previous.start] == ">")
    return _Line("text", start, start, end, opens)


def _may_head(content: str) -> bool:
    """Whether a line could head a table: it is no item or heading, its first cell no sentence."""
    marked = _BULLET.match(content) or _HEADING.match(content)
    return not (marked or _SENTENCE_END.search(content.split("|")[0]))


def _over(text: str, previous: _Line | None) -> bool:
    """Whether a line that begins with a number cannot go on with the line before it."""
    if previous is None or previous.kind not in ("text", "item"):
        return True
    return is_ended(text[max(previous.start, previous.end - 20) : previous.end])


def _unfinished(text: str, previous: _Line | None, column: int) -> str:
    """The end of the line before, where a line that begins in lower case may go on with it."""
    if previous is None or previous.kind not in ("text", "item"):
        return ""
    if previous.kind == "item" and text[previous.body : previous.body + 1].islower():
        return ""
    left = max(text.rfind(mark, 0, previous.start) for mark in "\n\r") + 1
    if previous.kind == "text" and previous.start - left > column:
        return ""
    return text[max(previous.start, previous.end - 20) : previous.end]


def _is_rule(stripped: str) -> bool:
    marks = set(stripped) - {" ", "\t"}
    if len(stripped) < 3:
        return False
    if "|" in marks:
        return "-" in marks and marks <= set("|-:+=")
    return len(marks) == 1 and marks <= set("-*_=")


def _separator_numbers(text: str) -> frozenset[int]:
    """Returns the numbers of the lines that divide a table's head from its body."""
    if "|" not in text:
        return frozenset()
    return frozenset(
        number
        for number, line in enumerate(text.splitlines())
        if "|" in line and _is_rule(line.strip())
    )


def _runs(text: str) -> Iterator[list[_Line]]:
    """Groups lines into blocks; a list item takes the plain lines that follow it."""
    group: list[_Line] = []
    for line in _lines(text):
        if line is not None and group and not line.opens:
            group.append(line)
            continue
        yield from _unwrap(text, group)
        group = [] if line is None else [line]
    yield from _unwrap(text, group)


def _unwrap(text: str, group: list[_Line]) -> Iterator[list[_Line]]:
    """Divides a paragraph where a line was ended on purpose, not wrapped at a width."""
    if not group:
        return
    width = max(line.end - line.start for line in group)
    run = [group[0]]
    for line in group[1:]:
        if _ended_on_purpose(text, run[-1], line, width):
            yield run
            run = []
        run.append(line)
    yield run


def _ended_on_purpose(text: str, previous: _Line, line: _Line, width: int) -> bool:
    if previous.end - previous.start < _SHORT and is_citation(text[previous.body : previous.end]):
        return True
    before = text[max(previous.body, previous.end - 80) : previous.end]
    head = text[line.body : min(line.end, line.body + 80)]
    if _KEY_VALUE.match(head) and _KEY_VALUE.match(text[previous.body : previous.body + 80]):
        return True
    word = head.split(maxsplit=1)[0] if head.strip() else ""
    first = word.lstrip("\"'“‘(*_")[:1]
    if not (first.isupper() or first.isdigit()) or _NO_BREAK_AFTER.search(before):
        return False
    # The next word would have fitted with room to spare, so the line was ended on purpose.
    return previous.end - previous.start + 1 + len(word) < 0.75 * width


def is_bold_line(text: str, block: Block) -> bool:
    """Whether a block is a short line that is bold from end to end, so a heading."""
    short = block.kind == "text" and block.end - block.start < 120
    return short and bool(_BOLD_LINE.fullmatch(text, block.start, block.end))
