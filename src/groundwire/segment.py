"""Text into sentences, with exact code-point offsets.

Lines are sorted into blocks first (paragraphs, list items, headings, table rows, code), so
that the sentence splitter never sees two kinds of structure at once; within a block
``sentencex`` finds the sentences and its known slips are repaired. Linear in time.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

BlockKind: TypeAlias = Literal["text", "item", "heading", "row", "rule", "fence", "code"]
Offsets: TypeAlias = tuple[int, int]

_SURROGATE = re.compile("[\ud800-\udfff]")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*(?:[A-Za-z][\w+#.-]{0,15})?\s*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+")
_QUOTED = re.compile(r"\s{0,3}(?:>\s?)+")
_BULLET = re.compile(r"\s*(?:[-*+•‣◦▪●·]|[–—](?=\s))\s+")
_NUMBERED = re.compile(r"\s*(?:\(?(\d{1,3})[.)]|\(?[a-zA-Z]\)|[a-z]\.)\s+")
_KEY_VALUE = re.compile(r"\s*[^\s:.!?\"'{\[][^:.!?\n]{0,40}:\s")
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
        body: offset after a list marker, ``#`` or ``>``; equal to ``start`` without one.
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


def blocks(text: str) -> list[Block]:
    """Returns the blocks of a text in order; between them lies only white space."""
    found: list[Block] = []
    for run in _runs(text):
        first, last = run[0], run[-1]
        found.append(Block(first.kind, first.start, first.body, last.end))
    return found


def sentence_spans(text: str, language: str = "en") -> list[Offsets]:
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
    for block in blocks(text):
        spans.extend(block_sentences(text, block, language))
    return spans


def block_sentences(text: str, block: Block, language: str = "en") -> list[Offsets]:
    """Returns the sentences of one block; a marker belongs to the first of them."""
    if block.kind in ("row", "rule", "fence", "code") or block.body >= block.end:
        return [(block.start, block.end)]
    spans = list(_prose(text, block.body, block.end, language))
    spans[0] = (block.start, spans[0][1])
    return spans


def _lines(text: str) -> Iterator[_Line | None]:
    """Yields the lines with their kinds; None for a blank one."""
    fence = ""
    offset = 0
    separator = _separator_numbers(text)
    previous: _Line | None = None
    previous_number = 0
    for number, raw in enumerate(text.splitlines(keepends=True)):
        start, end = _trim(text, offset, offset + len(raw))
        offset += len(raw)
        if start == end:
            previous = None
            yield None
            continue
        content = raw.rstrip()
        marker = _FENCE.fullmatch(content)
        if fence:
            closes = marker is not None and content.strip().startswith(fence)
            line = _Line("fence" if closes else "code", start, start, end, True)
            fence = "" if closes else fence
        elif marker is not None:
            fence = marker[1]
            line = _Line("fence", start, start, end, True)
        else:
            after_row = previous is not None and previous.kind == "row"
            near = number + 1 in separator or number in separator or after_row
            line, previous_number = _classify(
                text, content, (start, end), near, previous, previous_number
            )
        previous = line
        yield line


def _classify(
    text: str,
    content: str,
    span: Offsets,
    near_separator: bool,
    previous: _Line | None,
    previous_number: int,
) -> tuple[_Line, int]:
    start, end = span
    stripped = content.strip()
    left = start - (len(content) - len(content.lstrip()))
    if _is_rule(stripped):
        return _Line("rule", start, start, end, True), previous_number
    pipes = stripped.count("|")
    if (pipes >= 2 and stripped[0] == "|") or (pipes and near_separator):
        return _Line("row", start, start, end, True), previous_number
    if match := _HEADING.match(content):
        return _Line("heading", start, min(left + match.end(), end), end, True), previous_number
    if match := _BULLET.match(content):
        return _Line("item", start, left + match.end(), end, True), previous_number
    if match := _NUMBERED.match(content):
        value = int(match[1]) if match[1] else 1
        ended = previous is None or text[previous.end - 1] in ".:!?;)" or previous.kind != "text"
        if previous is not None and previous.kind == "item":
            ended = text[previous.end - 1] in ".:!?;)"
        if ended or value == 1 or value == previous_number + 1:
            return _Line("item", start, left + match.end(), end, True), value
    if match := _QUOTED.match(content):
        opens = previous is None or text[previous.start] != ">"
        return _Line("text", start, min(left + match.end(), end), end, opens), previous_number
    opens = previous is None or previous.kind not in ("text", "item")
    opens = opens or (previous is not None and text[previous.start] == ">")
    return _Line("text", start, start, end, opens), previous_number


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
    before = text[max(previous.body, previous.end - 80) : previous.end]
    head = text[line.body : min(line.end, line.body + 80)]
    if _KEY_VALUE.match(head) and _KEY_VALUE.match(text[previous.body : previous.body + 80]):
        return True
    word = head.split(maxsplit=1)[0] if head.strip() else ""
    first = word.lstrip("\"'“‘(*_")[:1]
    if not (first.isupper() or first.isdigit()) or _NO_BREAK_AFTER.search(before):
        return False
    return previous.end - previous.start + 1 + len(word) < 0.75 * width


def _trim(text: str, start: int, end: int) -> Offsets:
    piece = text[start:end]
    lead = len(piece) - len(piece.lstrip())
    if lead == len(piece):
        return start, start
    return start + lead, end - (len(piece) - len(piece.rstrip()))


def _prose(text: str, start: int, end: int, language: str) -> Iterator[Offsets]:
    """Yields the sentences of a stretch of running text that is not blank."""
    piece = _SURROGATE.sub("\ufffd", text[start:end])
    flat = "".join(" " if char.isspace() else char for char in piece)
    cuts = [found["start_index"] for found in get_sentence_boundaries(language, flat)]
    for left, right in _repair(flat, sorted({0, *cuts, len(flat)}), language):
        yield start + left, start + right


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What sentencex gets wrong, found by trying it.

_CITES = r"(?:\s*\[\d{1,3}(?:\s*[,–-]\s*\d{1,3})*\])*"
_CARRY = re.compile(r"[\"”’»)\]*_]*(?![\w(])" + _CITES + r"(?=\s|$|[A-Z])")
_MISSED = re.compile(
    r"(?:(?:(?<=[.!?…])[\"”’»)\]*_]+|…|(?<=\.\.)\.|(?<=\s[abd-oq-uw-z])\.)"
    + _CITES
    + r"\s+(?=[\"“‘«(\[*_]*[A-Z])|(?<=[a-z][a-z][.!?])\s+(?=[(“][A-Z]))"
)
_ABBREVIATION = re.compile(r"(?<![\w.])(\w{1,7}(?:\.\w){0,3})\.[)\"”’*_]*$")
_BEFORE_NUMBER = _words(
    "approx art avg c ca ch chap ed eq eqs est ext fig figs flt max min no nos p para pp pt ref "
    "refs rev sec sect secs tab tel v ver vol vols jan feb mar apr jun jul aug sep sept oct nov dec"
)
_NEVER_LAST = _words(
    "approx cf e.g eg esp excl i.e ie incl viz vs dr mr mrs ms prof gen col lt sgt capt rev hon "
    "gov sen rep mt ft st messrs mme"
)
_BEFORE_LOWER = _BEFORE_NUMBER | _words("al in ft lb lbs oz hr hrs mins sq wt etc inc")
_NUMBER_ALONE = re.compile(r"\W{0,3}(?:\d{1,3}|[A-Za-z])[.)]\W{0,3}$")
_ENCLOSED = re.compile(r"\"[^\"]{0,600}\"|“[^”]{0,600}”|\([^()]{0,600}\)")
_INSIDE = re.compile(r"[.!?…](?=\s+[A-Z])")
_LONG = 400


def _repair(flat: str, cuts: list[int], language: str) -> Iterator[Offsets]:
    """Joins and divides what ``sentencex`` found; yields trimmed, disjoint offsets."""
    bounds = [0]
    for cut in cuts[1:-1]:
        # Closing marks and citations go with the sentence before them.
        match = _CARRY.match(flat, cut)
        cut = match.end() if match else cut
        if cut > bounds[-1] and not _joined(flat, bounds[-1], cut, language):
            bounds.append(cut)
    bounds.append(len(flat))
    for left, right in itertools.pairwise(bounds):
        pieces = [left, *_missed(flat, left, right), right]
        for start, end in itertools.pairwise(pieces):
            span = _trim(flat, start, end)
            if span[0] < span[1]:
                yield span


def _joined(flat: str, start: int, cut: int, language: str) -> bool:
    """Whether a boundary must not be one."""
    before = flat[max(start, cut - 40) : cut].rstrip()
    after = flat[cut : cut + 20].lstrip()
    if cut - start < 12 and _NUMBER_ALONE.match(before):
        return True
    match = _ABBREVIATION.search(before)
    if match is None or language.lower()[:2] != "en":
        return False
    word = match[1].lower()
    if word in _NEVER_LAST:
        return word not in ("ft", "st") or not after[:1].isupper()
    opening = after.lstrip("(")[:1]
    if opening.isdigit():
        return word in _BEFORE_NUMBER or word == "al"
    return after[:1].islower() and word in _BEFORE_LOWER


def _missed(flat: str, start: int, end: int) -> Iterator[int]:
    """Yields boundaries that ``sentencex`` left inside a sentence."""
    found = {m.end() for m in _MISSED.finditer(flat, start, end)}
    if end - start > _LONG:
        found |= {m.end() for m in _INSIDE.finditer(flat, start, end)}
    else:
        enclosed = [m.span() for m in _ENCLOSED.finditer(flat, start, end)]
        found = {cut for cut in found if not any(a < cut < b for a, b in enclosed)}
    for cut in sorted(found):
        match = _ABBREVIATION.search(flat[max(start, cut - 40) : cut].rstrip())
        word = match[1].lower() if match else ""
        initial = len(word) == 1 and match is not None and match[1].isupper()
        if not (word in _NEVER_LAST or word in _BEFORE_NUMBER or initial):
            yield cut
