"""Alignment: tables whose columns are told by where their cells stand, as terminals print them.

``kubectl``, ``docker``, ``df``, data frames, statements and invoices part their columns by white
space alone: a cell may hold single spaces, and an empty one leaves no mark. What tells a column is
that the same places are blank in all lines. Where long cells have pushed others out of place
(``ps``), each word is a cell and the last column takes the rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from groundwire.evidence.cells import PERIOD, PLAIN_NUMBER, Cell, Line, join_unit, spell_names
from groundwire.evidence.tables import (
    BY_PLACE,
    LONGEST_LINE,
    MISSING,
    Row,
    Tables,
    find_tops,
    is_alike,
)

ALIGNED = "\0"
"""Mark of a head whose columns are told by their places."""

_WORDS = "\1"
"""Mark of a head with a name for each word of a row."""

_LOOKED = 24
"""Lines that tell the columns: with more, each line of a long text would take longer."""

_GAP = "  "
_WORD = re.compile(r"\S+")
_RULE = re.compile(r"[-=─━_]{2}[-=─━_ ]*")
_LONGEST_NAME = 40
"""Characters of the longest name of a column."""

_LONGER = 8
"""Characters by which a head may be longer than the rows."""

# What ends a phrase, or stands in code, is in no name of a column; "Art. no." is one.
_UNNAMED = re.compile(r"[=;{}<>|]|:\s|[:,!?]$|[^\W\d_]{4}\.$")
# "2024-00781" and "05.03.2024" are no names, but a year is one, and the number of a train.
_CODE = re.compile(r"(?=.*[-./:])[\d./:-]*\d")
_FIGURE = re.compile(r"[-+(]?[$€£¥]?\d[\d.,:%]*[%)kKMGT]?|\?|-")


@dataclass(frozen=True, slots=True)
class _Span:
    """A run of columns of characters: where it begins and ends."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Strip:
    """A line as the places of its words, indented as it stands."""

    row: Row
    words: tuple[_Span, ...]

    def join(self, words: Sequence[_Span]) -> str:
        """The words between the first and the last of some, with single spaces."""
        if not words:
            return ""
        shift = self.words[0].start
        return " ".join(self.row[2][words[0].start - shift : words[-1].end - shift].split())

    def move(self, columns: int) -> _Strip:
        """The line further to the right."""
        moved = tuple(_Span(word.start + columns, word.end + columns) for word in self.words)
        return replace(self, words=moved)


def read_aligned(
    text: str, block: Sequence[Row], first: int, tables: Tables
) -> tuple[int, list[Line]]:
    """Reads a table in columns that begins with a line of a block.

    Args:
        text: that the block is of.
        block: lines without a blank one between them.
        first: number of the line.
        tables: the tables before it; a head that goes on from the passage before is one of them.

    Returns:
        How many lines it takes, 0 where none begins, and its rows and heads.
    """
    head = tables.head
    if head is not None and head.mark in (ALIGNED, _WORDS) and first == 0:
        return _read_rows(text, block, 0, tables)
    near = block[first : first + _LOOKED]
    if len(near) < 3 or any(_GAP not in row for _, _, row in near[:1]):
        return 0, []
    if any("\t" in row or len(row) > LONGEST_LINE for _, _, row in near[:3]):
        return 0, []
    ruled = bool(_RULE.fullmatch(near[1][2]))
    body = _take_body(near[1 + ruled :])
    if len(body) < 2 or (_GAP not in body[0][2] and _GAP not in body[1][2]):
        return 0, []
    top = _strip(text, near[0])
    strips = [_strip(text, row) for row in body]
    if top.row[0] == 0:
        top = _place(top, strips)
    # A rule without a gap parts the head from the rows, not the columns.
    rule = _strip(text, near[1]) if ruled and " " in near[1][2] else None
    columns = _find_columns(top, strips, rule)
    names = [top.join(words) for words in _share(top, columns)[0]]
    words = top.row[2].split()
    listed = _is_list(words, [_split_words(strip.row[2], len(words)) for strip in strips])
    grid = _is_grid(top, strips, columns, names, ruled)
    if not grid and not listed:
        return 0, []
    # Two words are one name, unless there is a cell for each of them in all rows.
    mark = _WORDS if listed and (not grid or len(words) > len(names)) else ALIGNED
    if mark == _WORDS:
        names, columns = words, []
    if not _is_named(names) or (not ruled and _is_like(names, top, strips, columns)):
        return 0, []
    before = tables.head
    tables.open(names, mark)
    if tables.head is not None:
        tables.head = replace(tables.head, columns=tuple((c.start, c.end) for c in columns))
    size, lines = _read_rows(text, block, first + 1, tables)
    if not any(line.cells for line in lines):
        tables.head = before
        return 0, []
    return size + 1, [Line(near[0][0], near[0][1], (), ()), *lines]


def _take_body(rows: Sequence[Row]) -> list[Row]:
    """The rows up to a rule or a line of prose, which has no gap."""
    out: list[Row] = []
    for row in rows:
        if _RULE.fullmatch(row[2]) or len(row[2]) > LONGEST_LINE or "\t" in row[2]:
            break
        if _GAP not in row[2] and len(out) > 1:
            break
        out.append(row)
    return out


def _strip(text: str, row: Row) -> _Strip:
    at = row[0]
    while at and text[at - 1] == " ":
        at -= 1
    indent = row[0] - at
    found = (_Span(m.start() + indent, m.end() + indent) for m in _WORD.finditer(row[2]))
    return _Strip(row, tuple(found))


def _place(strip: _Strip, others: Sequence[_Strip]) -> _Strip:
    """Moves a line that has lost its indent, as the first of a passage has, to where it fits."""
    starts = Counter(word.start for other in others for word in other.words)
    ends = Counter(word.end for other in others for word in other.words)
    room = max(other.words[-1].end for other in others) - strip.words[-1].end
    room = max(room, 0) + _LONGER

    def fits(columns: int) -> int:
        words = strip.words
        return sum(max(starts[w.start + columns], ends[w.end + columns]) for w in words)

    best = max(range(room + 1), key=lambda columns: (fits(columns), -columns))
    return strip.move(best)


def _find_columns(top: _Strip, strips: Sequence[_Strip], rule: _Strip | None) -> list[_Span]:
    """The columns between the places that are blank in the head and in nearly all rows."""
    width = max(strip.words[-1].end for strip in (top, *strips))
    held = [0] * (width + 1)
    for strip in strips:
        for word in strip.words:
            for at in range(word.start, word.end):
                held[at] += 1
    # A cell that is too long for its column is no reason to join two columns.
    few = len(strips) // 6
    solid = [count > few for count in held]
    for fixed in (top, rule):
        for word in fixed.words if fixed is not None else ():
            for at in range(word.start, min(word.end, width)):
                solid[at] = True
    spans: list[_Span] = []
    for at, filled in enumerate(solid):
        if filled and (not at or not solid[at - 1]):
            spans.append(_Span(at, at + 1))
        elif filled:
            spans[-1] = _Span(spans[-1].start, at + 1)
    return _join_spans(spans, top, strips)


def _join_spans(spans: list[_Span], top: _Strip, strips: Sequence[_Strip]) -> list[_Span]:
    """Joins spans without a name, or without a cell, to the one that they belong to."""
    named = [bool(words) for words in _share(top, spans)[0]]
    filled = [False] * len(spans)
    close = [0] * (len(spans) + 1)
    for number, strip in enumerate((top, *strips)):
        shared = _share(strip, spans)[0]
        for i, words in enumerate(shared):
            filled[i] = filled[i] or (bool(words) and number > 0)
            if i and words and shared[i - 1] and words[0].start - shared[i - 1][-1].end == 1:
                close[i] += 1 if named[i] and named[i - 1] and number else 2
    out: list[_Span] = []
    ahead = False  # whether the last span waits for the next one
    for i, span in enumerate(spans):
        lacks = not named[i] or not filled[i]
        left, right = close[i], close[i + 1]
        if ahead or (out and lacks and left >= right and (left or not named[i])):
            out[-1] = _Span(out[-1].start, span.end)
        else:
            out.append(span)
        ahead = lacks and right > left and i + 1 < len(spans)
    return out


def _share(strip: _Strip, columns: Sequence[_Span]) -> tuple[list[list[_Span]], int]:
    """The words of a line by column, and how many of them reach over the bounds of one."""
    out: list[list[_Span]] = [[] for _ in columns]
    astray, at, last = 0, 0, None
    for word in strip.words:
        while at + 1 < len(columns) and word.start >= columns[at].end:
            if last is not None and word.start - last == 1 and word.start < columns[at + 1].start:
                break  # goes on with a cell that is too long for its column
            at += 1
        if columns:
            out[at].append(word)
            over = at + 1 < len(columns) and word.end > columns[at + 1].start
            astray += over or word.start < columns[at].start < word.end
        last = word.end
    return out, astray


def _is_grid(
    top: _Strip, strips: Sequence[_Strip], columns: Sequence[_Span], names: list[str], ruled: bool
) -> bool:
    """Whether columns are a table: their cells begin or end below each other, with gaps between."""
    if len(columns) < (2 if ruled else 3) or any(not name for name in names[1:]):
        return False
    shared = [_share(strip, columns) for strip in (top, *strips)]
    if sum(astray > 0 for _, astray in shared) > len(strips) // 6:
        return False
    # Two names far from each other over one column: cells out of place hide a second one.
    if any(b.start - a.end > 1 for words in shared[0][0] for a, b in pairwise(words)):
        return False
    gaps = wide = 0
    for cells, _ in shared:
        shown = [words for words in cells if words]
        for a, b in pairwise(shown):
            gaps += 1
            wide += b[0].start - a[-1].end > 1
    if not gaps or wide * 5 < gaps * 2:
        return False
    straight = full = 0
    for i in range(len(columns)):
        held = [cells[i] for cells, _ in shared[1:] if cells[i]]
        full += len(held)
        for edge in ({words[0].start: 0 for words in held}, {words[-1].end: 0 for words in held}):
            if len(edge) == 1 or _is_common([w[0].start for w in held], [w[-1].end for w in held]):
                straight += 1
                break
    return straight * 2 > len(columns) and full * 2 >= len(columns) * len(strips)


def _is_common(*edges: Sequence[int]) -> bool:
    return any(
        bool(places) and 5 * Counter(places).most_common(1)[0][1] >= 4 * len(places)
        for places in edges
    )


def _is_list(names: Sequence[str], rows: Sequence[Sequence[str] | None]) -> bool:
    """Whether each word of a row has a name: as many words, and figures in the same places."""
    size = len(names)
    if size < 4 or len(rows) < 2 or any(row is None for row in rows):
        return False
    figures = sum(all(row and _FIGURE.fullmatch(row[i]) for row in rows) for i in range(size - 1))
    return figures >= 2 and not any(_FIGURE.fullmatch(name) for name in names)


def _is_named(names: Sequence[str]) -> bool:
    if any(len(n) > _LONGEST_NAME or _UNNAMED.search(n) or _CODE.fullmatch(n) for n in names):
        return False
    return any(c.isalpha() for name in names for c in name)


def _is_like(
    names: Sequence[str], top: _Strip, strips: Sequence[_Strip], columns: Sequence[_Span]
) -> bool:
    """Whether the first line is a row like those below."""
    if not columns:
        return False
    if any(PLAIN_NUMBER.fullmatch(name) and not PERIOD.fullmatch(name) for name in names[:1]):
        return True
    below = [[strip.join(words) for words in _share(strip, columns)[0]] for strip in strips]
    return is_alike([list(names), *below])


def _read_rows(
    text: str, block: Sequence[Row], first: int, tables: Tables
) -> tuple[int, list[Line]]:
    """The rows under the head that is known, and what stands between them."""
    head = tables.head
    assert head is not None
    columns = [_Span(*bounds) for bounds in head.columns]
    names = spell_names(head.names)
    tops = frozenset[str]().union(*(find_tops(f"{name}:") for name in names))
    path = (("|".join(head.names), BY_PLACE),)
    lines: list[Line] = []
    size = 0
    for at in range(first, len(block)):
        start, end, row = block[at]
        if _RULE.fullmatch(row):
            lines.append(Line(start, end, (), ()))
            size += 1
            continue
        if len(row) > LONGEST_LINE or "\t" in row:
            break
        values = _split_words(row, len(names)) if head.mark == _WORDS else None
        if values is None and head.mark == ALIGNED:
            values = _split_places(_strip(text, block[at]), columns, start == 0)
        if values is None or not values[0]:
            # "Total     1,205.47" under a table: a name and what it comes to.
            parts = re.split(r" {2,}", row)
            if len(parts) == 2 and PLAIN_NUMBER.fullmatch(parts[1]):
                lines.append(Line(start, end, (), (Cell(parts[0], parts[1]),)))
                size += 1
                continue
        if values is None:
            break
        size += 1
        if not any(value.strip(".…") for value in values[1:]):
            continue  # the title of a group, or the dots for rows that are left out
        if _goes_on(values, lines):
            lines[-1] = _add(lines[-1], end, names, values)
            continue
        key = next(filter(None, values))
        cells = tuple(
            Cell(*join_unit(name, value, head.scale, key, tops))
            for i, (name, value) in enumerate(zip(names, values, strict=True))
            if value and value not in MISSING and not (i == 0 and not name and value.isdigit())
        )
        if cells:
            lines.append(Line(start, end, path, cells, head.lead))
    while size and not any(line.end >= block[first + size - 1][1] for line in lines):
        size -= 1  # what follows the last row is none of the table
    return size, lines


def _split_words(row: str, size: int) -> list[str] | None:
    words = row.split(None, size - 1)
    return words if len(words) == size and _GAP not in words[-1] else None


def _split_places(strip: _Strip, columns: Sequence[_Span], moved: bool) -> list[str] | None:
    """The cells of a line by their places; None where its words do not keep to the columns."""
    shared, astray = _share(strip, columns)
    if moved and astray:
        room = range(1, columns[-1].end + 1)
        tried = ((_share(strip.move(n), columns), n) for n in room)
        found = next((n for (_, over), n in tried if not over), 0)
        strip = strip.move(found)
        shared, astray = _share(strip, columns)
    filled = sum(map(bool, shared))
    if astray > 1 or (astray and filled < len(columns)):
        return None
    if filled == 1 and len(strip.words) > 3:
        return None
    return [strip.join(words) for words in shared]


def _goes_on(values: Sequence[str], lines: Sequence[Line]) -> bool:
    """Whether a line holds what was too long for the row above: no first cell, and no figure."""
    if values[0] or not lines or not lines[-1].cells or not lines[-1].path:
        return False
    told = [value for value in values if value]
    return len(told) * 2 < len(values) and not any(PLAIN_NUMBER.fullmatch(v) for v in told)


def _add(line: Line, end: int, names: Sequence[str], values: Sequence[str]) -> Line:
    more = dict(zip(names, values, strict=True))
    cells = tuple(replace(c, value=f"{c.value} {more.get(c.key, '')}".strip()) for c in line.cells)
    return replace(line, end=end, cells=cells)
