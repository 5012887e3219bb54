"""Tables in a text: rows of Markdown, CSV, databases, data frames and terminals, with their heads.

A head holds for all rows under it, in a later passage as well; captions and comments above it tell
what its numbers are.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from groundwire.evidence.cells import (
    PERIOD,
    PLAIN_NUMBER,
    Cell,
    Line,
    Place,
    join_row_unit,
    join_unit,
    read_scale,
    read_unit,
    spell_name,
    spell_names,
)

Row: TypeAlias = tuple[int, int, str]
"""A line of a text: where it begins without its white space, where it ends, and it."""


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table, which holds for rows that stand in a later passage as well.

    Attributes:
        names: of its columns.
        mark: between cells.
        scale: what bare numbers are counted in.
        lead: what all rows are about, as it is read before each of them.
        columns: where the columns begin and end, if their places tell them.
    """

    names: tuple[str, ...]
    mark: str
    scale: str = ""
    lead: str = ""
    columns: tuple[tuple[int, int], ...] = ()


_GAPS = "  "
"""Mark of a table whose columns are parted by two spaces or more, as terminals print them."""

BY_PLACE = -1
"""Number of a record that has none; where it begins takes its place."""

_UNITS = ("unit", "units")
"""Comments above a table that say what its numbers are counted in."""

_SHORT = 30
"""Characters below which a cell is short."""

_LOOKED = 24
"""Lines that tell whether a table begins: with more, each line of a long text would take longer."""

LONGEST_LINE = 2_000
"""Characters above which a line is prose, whatever it looks like."""

_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")

# What a comment above a table says of it: "# unit: years".
_COMMENT = re.compile(r"[#%]+\s*([^\W\d_][^:]{0,30}?)\s*:\s*(\S.{0,80})")
_TITLES = frozenset({"title", "indicator", "metric", "series", "measure", "variable"})
_ASIDE = frozenset(
    {"description", "source", "url", "link", "license", "licence", "note", "notes", "comment"}
    | {"author", "created", "updated", "generated", "version", "encoding", "format"}
)
"""Comments that do not tell one table from another."""

# A number, perhaps with its unit or currency: "5 GB", "€ 120", "16:9" is none.
_VALUE = re.compile(r"[^\w\s]?\s?[-+−]?\d[\d.,]*\s?[^\W\d]{0,12}[%°]?")
_FIGURES = re.compile(r"\d+")
# How databases begin a record that they print with a field a line: "-[ RECORD 2 ]---+----".
_EXPANDED = re.compile(r"-\[ RECORD \d+ \][-+]*")
MISSING = frozenset({"NaN", "NaT", "<NA>"})
"""What data frames print for a cell that holds nothing."""

# "temp max: 9" beside "temp min: 4".
_TOP = re.compile(r"(?:^|[;:] ?)([^;:]{1,40}) (?:max|avg|mean):", re.IGNORECASE)


def find_tops(text: str) -> Set[str]:
    """Returns the names of what a text states the most of: of "temp max: 9" it is "temp"."""
    return {match[1].casefold() for match in _TOP.finditer(text)}


class Tables:
    """The tables of a text as they are met: the head of the last one, and what stood before it."""

    def __init__(self, head: Head | None) -> None:
        self.head = head
        self.caption = ""
        self.comments: dict[str, str] = {}

    def open(self, names: Sequence[str], mark: str) -> None:
        """Takes the names of columns as the head of a table, with what comments tell of it."""
        told, self.comments = self.comments, {}
        scale = read_scale(" ".join((self.caption, *names[:1])))
        scale = scale or read_unit(next((told[key] for key in _UNITS if key in told), ""))
        title = next((told[key] for key in told if key in _TITLES), "")
        # "value" says nothing of what is stated in it.
        called = [title if title and name.casefold() == "value" else name for name in names]
        about = [f"{key}: {told[key]}" for key in told if key not in {*_UNITS, *_ASIDE, *_TITLES}]
        lead = "; ".join(about) + "; " if about else ""
        self.head = Head(tuple(called), mark, scale, lead)

    def note(self, row: str) -> None:
        """Keeps what a comment says of the table under it."""
        if match := _COMMENT.fullmatch(row):
            self.comments[match[1].casefold()] = match[2].rstrip(".;")

    def pause(self) -> None:
        """A blank line ends a table."""
        self.head = None


def is_expanded(row: str) -> bool:
    """Whether a line begins a record that a database prints with a field a line."""
    return _EXPANDED.fullmatch(row) is not None


def read_expanded(block: Sequence[Row]) -> list[Line]:
    """Records that a database prints with a field a line: ``price | 120``."""
    found: list[Line] = []
    path: tuple[Place, ...] = ()
    for start, end, row in block:
        name, mark, value = (part.strip() for part in row.partition("|"))
        if is_expanded(row):
            path = (("record", start),)
            found.append(Line(start, end, (), ()))
        elif path and mark and name and len(row) <= LONGEST_LINE:
            # A field that holds nothing says nothing.
            cells = (Cell(*join_unit(spell_name(name), value, "", name, set())),) if value else ()
            found.append(Line(start, end, path if cells else (), cells))
    return found


def read_table(block: Sequence[Row], first_row: int, tables: Tables) -> tuple[int, list[Line]]:
    """Reads a table that begins with a line of a block: how many lines it takes, and its rows."""
    near = block[first_row : first_row + _LOOKED]
    first = near[0][2]
    head = tables.head
    if head is not None and len(_split_cells(first, head.mark)) == len(head.names) > 1:
        mark = head.mark  # the table of the passage before goes on
    else:
        mark = "|" if _has_pipes(near) else _find_delimiter(near)
    if not mark:
        return 0, []
    rows: list[Line] = []
    heads: list[Line] = []
    size = 0
    for at in range(first_row, len(block)):
        start, end, row = block[at]
        ruled = mark in (_GAPS, "|") and bool(_RULE.fullmatch(row))
        if (mark not in row and not ruled) or len(row) > LONGEST_LINE:
            break
        size += 1
        if ruled:
            heads.append(Line(start, end, (), ()))
            continue
        cells = _split_cells(row, mark)
        opens = not rows and (tables.head is None or size == 1)
        if opens and _is_head(near[size - 1 :], mark, tables.head):
            # Data frames are printed with the numbers or names of rows before the first column.
            below = next((r for _, _, r in near[size:] if not _RULE.fullmatch(r)), "")
            held = len(_split_cells(below, mark))
            cells = _split_head(row, held) if mark == _GAPS else cells
            indexed = mark == _GAPS and held == len(cells) + 1
            tables.open(["", *cells] if indexed else cells, mark)
            heads.append(Line(start, end, (), ()))
            continue
        known = tables.head
        if known is None or known.mark != mark:
            return 0, []  # rows without a head, as a cut may leave them: text like any other
        # Where an empty cell leaves no mark, nothing tells which of them it is; and a data frame
        # has dots for the rows that it leaves out.
        short = mark in (_GAPS, "\t") and len(cells) < len(known.names)
        if short or (mark == _GAPS and all(not cell.strip(".…") for cell in cells[1:])):
            continue
        names = spell_names(known.names)
        names += [""] * (len(cells) - len(names))
        tops = frozenset[str]().union(*(find_tops(f"{name}:") for name in names))
        named = tuple(
            Cell(*join_unit(name, value, known.scale, cells[0], tops))
            for i, (name, value) in enumerate(zip(names, cells, strict=False))
            if value
            and not (mark == _GAPS and value in MISSING)
            and not (mark == _GAPS and i == 0 and not name and value.isdigit())
        )
        if named:
            path = (("|".join(known.names), BY_PLACE),)
            rows.append(Line(start, end, path, named, known.lead))
    rows = _turn_rows(rows)
    return size, sorted([*rows, *heads], key=lambda line: line.start) if rows else []


def _turn_rows(rows: list[Line]) -> list[Line]:
    """Rows of a table whose columns are the things, and whose rows are what is said of each.

    In a row all values are of one kind then ("5 GB", "50 GB"), and in a column they are not. Where
    columns are periods, a row is a thing over time.
    """
    shapes = [[_find_shape(cell.value) for cell in row.cells[1:]] for row in rows]
    alike = [shape[0] for shape in shapes if len(shape) > 1 and len({*shape}) == 1]
    united = any(join_row_unit(r.cells[0].value, r.cells[1:])[0] != r.cells[0].value for r in rows)
    timed = any(PERIOD.fullmatch(cell.key) for row in rows for cell in row.cells[1:])
    if len(rows) < 2 or timed or 3 * len(alike) < 2 * len(rows):
        return rows
    if len({*alike}) < 2 and not united:
        return rows
    turned = []
    for row in rows:
        label, cells = join_row_unit(row.cells[0].value, row.cells[1:])
        first = Cell("", label)
        turned.append(replace(row, path=(), cells=(first, *cells), across=len(cells) > 1))
    return turned


def _find_shape(value: str) -> str:
    """The kind of a value: that of a number with its unit, or of any text."""
    shape = _FIGURES.sub("0", re.sub(r"(?<=\d)[.,](?=\d)", "", value))
    return shape if _VALUE.fullmatch(value) else "a"


def _has_pipes(block: Sequence[Row]) -> bool:
    """Whether a block begins as a table: a row with edges, or a rule over or under its first."""
    first, second = block[0][2], block[1][2] if len(block) > 1 else ""
    if "|" not in first:
        return "+" in first and bool(_RULE.fullmatch(first)) and second.startswith("|")
    if first.startswith("|") and first.count("|") >= 2:
        return True
    return ("|" in second or "+" in second) and bool(_RULE.fullmatch(second))


def _find_delimiter(block: Sequence[Row]) -> str:
    """The delimiter of CSV: each of two lines or more has as many, and the first no number."""
    rows = [row for _, _, row in block]
    for mark, least in (("\t", 1), (";", 1), (",", 2), (",", 1), ("|", 1)):
        if mark not in rows[0]:
            continue
        cells: list[tuple[str, ...]] = []
        for row in rows:
            split = _split_cells(row, mark)
            if cells and len(split) != len(cells[0]):
                break
            cells.append(split)
        size, same = len(cells[0]), len(cells)
        if size <= least or same < 2:
            continue
        if mark == "," and least == 1 and not _is_series(rows[:same]):
            continue
        plain = _has_figures(cells) and ": " not in "".join(rows[:same])
        gaps = sum(f"{mark} " in row for row in rows[:same]) if mark in ";," else 0
        spaced = gaps * 2 > same and not plain
        # What the names of the rows have in common is often left without a name.
        named = all(
            (c or i == 0) and len(c) < 40 and _is_title(c, i) for i, c in enumerate(cells[0])
        )
        named = named and not is_alike(cells)
        if named and not spaced and not any(row.endswith((".", ":")) for row in rows[:1]):
            return mark
    return _GAPS if _is_aligned(rows) else ""


def _is_aligned(rows: Sequence[str]) -> bool:
    """Whether lines are a table in columns: names of three or more, and two rows of as many."""
    if len(rows) < 3 or any(_GAPS not in row for row in rows[:3]):
        return False
    first, *others = [row for row in rows if not _RULE.fullmatch(row)] or [""]
    below = [_split_cells(row, _GAPS) for row in others]
    size = len(below[0]) if below else 0
    head = _split_head(first, size)
    if size < 3 or len(head) not in (size, size - 1) or len(below) < 2 or len(below[1]) != size:
        return False
    titled = all(
        _is_title(c, i + size - len(head)) and len(c) < _SHORT and c[-1] not in ".:;,"
        for i, c in enumerate(head)
    )
    whole = [cells for cells in below if len(cells) == len(head)]
    return titled and not is_alike([head, *whole])


def _split_head(row: str, size: int) -> tuple[str, ...]:
    """The names above rows of as many cells; narrow columns have one space between theirs."""
    names, words = _split_cells(row, _GAPS), tuple(row.split())
    return words if len(names) < size - 1 and len(words) in (size, size - 1) else names


def _is_title(cell: str, column: int) -> bool:
    """Whether a cell may be in a head. A row of years is one where a name stands before them."""
    return not PLAIN_NUMBER.fullmatch(cell) or (column > 0 and bool(PERIOD.fullmatch(cell)))


def is_alike(cells: Sequence[Sequence[str]]) -> bool:
    """Whether the first row is one like those below: lines of a log have no head above them.

    A cell of it differs from the one below in its figures alone ("120 EUR" over "90 EUR"), or
    stands in most of the rows below as it is.
    """
    head, *below = cells
    rows = [row for row in below if row != head]
    for i, cell in enumerate(head if rows else ()):
        shape = _FIGURES.sub("0", cell)
        if shape != cell and not PERIOD.fullmatch(cell) and shape == _FIGURES.sub("0", rows[0][i]):
            return True
        if len(rows) > 1 and 2 * sum(row[i] == cell for row in rows) > len(rows):
            return True
    return False


def _is_series(rows: Sequence[str]) -> bool:
    """Whether lines with one comma each are a table of two columns: numbers under a name."""
    head, *points = (row.split(",") for row in rows)
    if len(points) < 3 or any(not name or name != name.strip() for name in head):
        return False
    return all(len(point) == 2 and PLAIN_NUMBER.fullmatch(point[1]) for point in points)


def _has_figures(cells: Sequence[Sequence[str]]) -> bool:
    """Whether rows are a table though spaces follow its marks: short cells, a column of figures."""
    head, *rows = cells
    if len(rows) < 2 or len(head) < 3 or any(len(c) >= _SHORT for row in rows for c in row):
        return False
    return any(all(PLAIN_NUMBER.fullmatch(c) for c in column) for column in zip(*rows, strict=True))


def _is_head(block: Sequence[Row], mark: str, before: Head | None) -> bool:
    """Whether the first line of a table is its head: a rule follows, or it has no numbers."""
    if mark == "|" and len(block) > 1 and _RULE.fullmatch(block[1][2]):
        return True
    if before is not None and before.mark == mark:
        return False  # the table of the passage before goes on
    cells = _split_cells(block[0][2], mark)
    return not any(PLAIN_NUMBER.fullmatch(cell) and not PERIOD.fullmatch(cell) for cell in cells)


# Each line is looked at again for each of the lines above it.
@lru_cache(maxsize=512)
def _split_cells(row: str, mark: str) -> tuple[str, ...]:
    if mark == _GAPS:
        return tuple(re.split(r"\s{2,}|\t", row.strip()))
    if mark == "|":
        row = row.removeprefix("|").removesuffix("|")
    elif '"' in row and len(row) <= LONGEST_LINE:
        # The mark may stand in a cell that is quoted: "Vega, Oslo",120.
        try:
            (cells,) = csv.reader([row], delimiter=mark, skipinitialspace=True, strict=True)
        except (csv.Error, ValueError):
            pass
        else:
            return tuple(" ".join(cell.split()) for cell in cells)
    return tuple(" ".join(re.sub(r"\*\*|__|`", "", cell).split()) for cell in row.split(mark))
