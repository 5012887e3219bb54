"""Scopes of evidence: which lines of a text are one record, so that no two are mixed.

A table, a list of records or a run of ``key: value`` blocks is a text to a model, and what one row
says is soon believed of another. Here the lines of such structures are found in any text, with
the names of their cells: rows of Markdown and pipe tables, of CSV with any delimiter, the lines
that ``groundwire.evidence.records`` writes, and blocks of ``key: value`` lines.
``groundwire.evidence.selection`` then says which of them a claim speaks of.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache

from groundwire.evidence.cells import (
    PERIOD,
    PLAIN_NUMBER,
    Cell,
    Line,
    Place,
    find_currency,
    join_siblings,
    join_unit,
    read_caption,
    read_scale,
    read_unit,
    spell_name,
    write_share,
)
from groundwire.evidence.entries import is_section, name_entries, read_setting


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table, which holds for rows that stand in a later passage as well.

    Attributes:
        names: of its columns.
        mark: between cells.
        scale: what bare numbers are counted in.
        lead: what all rows are about, as it is read before each of them.
    """

    names: tuple[str, ...]
    mark: str
    scale: str = ""
    lead: str = ""


_GAPS = "  "
"""Mark of a table whose columns are parted by two spaces or more, as terminals print them."""

_BY_PLACE = -1
"""Number of a record that has none; where it begins takes its place."""

_UNITS = ("unit", "units")
"""Comments above a table that say what its numbers are counted in."""

_SHORT = 30
"""Characters below which a cell is short."""

_LOOKED = 24
"""Lines that tell whether a table begins: with more, each line of a long text would take longer."""

_LONGEST_LINE = 2_000
"""Characters above which a line is prose, whatever it looks like."""

# A numbered item of a list, as the records module writes it: "row 3: ", "fleet: drone 12: ".
_ITEM = re.compile(
    r"((?:[^:;.!?|]{1,60}: ){0,8}?(?:[^\W\d_][\w '-]{0,40}? )?[^\W\d_][\w'-]{0,30}) (\d{1,7}): "
)
# A key is short and holds no end of a sentence ("3.5mm jack" has a mere point); a time of day
# ("9:00") has no space after it.
_KEY = re.compile(r"\s*((?:[^:;.!?|]|(?<=\d)\.(?=\d)){1,60}): +(?=\S)")
# Two sentences after one key are a text of its own, whatever it is called.
_SENTENCES = re.compile(r"[.!?][\"'”’)]?\s+[\"'“‘(]?[^\W\d_a-z]")
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")


# What a comment above a table says of it: "# unit: years".
_COMMENT = re.compile(r"[#%]+\s*([^\W\d_][^:]{0,30}?)\s*:\s*(\S.{0,80})")
_TITLES = frozenset({"title", "indicator", "metric", "series", "measure", "variable"})
_ASIDE = frozenset(
    {"description", "source", "url", "link", "license", "licence", "note", "notes", "comment"}
    | {"author", "created", "updated", "generated", "version", "encoding", "format"}
)
"""Comments that do not tell one table from another."""

# "temp max: 9" beside "temp min: 4".
_FIGURES = re.compile(r"\d+")
# How databases begin a record that they print with a field a line: "-[ RECORD 2 ]---+----".
_EXPANDED = re.compile(r"-\[ RECORD \d+ \][-+]*")
_MISSING = frozenset({"NaN", "NaT", "<NA>"})
"""What data frames print for a cell that holds nothing."""

_TOP = re.compile(r"(?:^|[;:] ?)([^;:]{1,40}) (?:max|avg|mean):", re.IGNORECASE)


@lru_cache(maxsize=2048)
def find_lines(
    text: str, head: Head | None = None, offset: int = 0
) -> tuple[tuple[Line, ...], Head | None]:
    """Finds the lines of records in a text.

    Args:
        text: a passage.
        head: of a table that the text before this one ended in, if it did.
        offset: where the text begins in its source, so that records of several passages differ.

    Returns:
        The lines, in order and disjoint, and the head of a table that goes on after the text.
        Lines of prose are in none of them.
    """
    rows = [*_written_rows(text)]
    lines: list[Line] = []
    tables = _Tables(head)
    block: list[tuple[int, int, str]] = []
    for start, end, row in [*rows, (len(text), len(text), "")]:
        if row.strip():
            block.append((start, end, row))
            continue
        if block:
            lines += _block_lines(block, tables)
            block = []
        if row == "" and start < len(text):
            tables.pause()
    found = (
        replace(line, path=tuple(_place(place, line.start + offset) for place in line.path))
        for line in _number_entries(_join_objects(_number_blocks(name_entries(text, rows, lines))))
    )
    return tuple(found), tables.head


def _place(place: Place, start: int) -> Place:
    """A record that has no number of its own is told from others by where it begins."""
    return (place[0], start) if place[1] < 0 else place


def _written_rows(text: str) -> Iterator[tuple[int, int, str]]:
    at = 0
    for raw in text.splitlines(keepends=True):
        body = raw.strip()
        start = at + (len(raw) - len(raw.lstrip())) if body else at
        yield start, start + len(body), body
        at += len(raw)


class _Tables:
    """The tables of a text as they are met: the head of the last one, and what stood before it."""

    def __init__(self, head: Head | None) -> None:
        self.head = head
        self.caption = ""
        self.comments: dict[str, str] = {}

    def open(self, names: Sequence[str], mark: str) -> None:
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


def _block_lines(block: Sequence[tuple[int, int, str]], tables: _Tables) -> list[Line]:
    """The record lines of a run of lines without a blank one between them."""
    found: list[Line] = []
    tops = {match[1].casefold() for _, _, row in block for match in _TOP.finditer(row)}
    settings = any(is_section(row) for _, _, row in block)
    if any(_EXPANDED.fullmatch(row) for _, _, row in block):
        tables.pause()
        return _read_expanded(block)
    i = 0
    while i < len(block):
        size, rows = _read_table(block, i, tables)
        if size:
            found += rows
            i += size
            continue
        tables.pause()
        start, end, row = block[i]
        tables.note(row)
        row = read_setting(row) if settings else row
        line = _read_written(start, end, row, tops, read_caption(tables.caption))
        if line is not None:
            found.append(line)
        else:
            tables.caption = row
        i += 1
    return found


def _read_expanded(block: Sequence[tuple[int, int, str]]) -> list[Line]:
    """Records that a database prints with a field a line: ``price | 120``."""
    found: list[Line] = []
    path: tuple[Place, ...] = ()
    for start, end, row in block:
        name, mark, value = (part.strip() for part in row.partition("|"))
        if _EXPANDED.fullmatch(row):
            path = (("record", start),)
            found.append(Line(start, end, (), ()))
        elif path and mark and name and len(row) <= _LONGEST_LINE:
            # A field that holds nothing says nothing.
            cells = (Cell(*join_unit(spell_name(name), value, "", name, set())),) if value else ()
            found.append(Line(start, end, path if cells else (), cells))
    return found


def _read_table(
    block: Sequence[tuple[int, int, str]], first_row: int, tables: _Tables
) -> tuple[int, list[Line]]:
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
        if (mark not in row and not ruled) or len(row) > _LONGEST_LINE:
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
            indexed = mark == _GAPS and len(_split_cells(below, mark)) == len(cells) + 1
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
        names = [spell_name(name) for name in known.names]
        names += [""] * (len(cells) - len(names))
        tops = {match[1].casefold() for name in names for match in _TOP.finditer(f"{name}:")}
        named = tuple(
            Cell(*join_unit(name, value, known.scale, cells[0], tops))
            for i, (name, value) in enumerate(zip(names, cells, strict=False))
            if value
            and not (mark == _GAPS and value in _MISSING)
            and not (mark == _GAPS and i == 0 and not name and value.isdigit())
        )
        if named:
            path = (("|".join(known.names), _BY_PLACE),)
            rows.append(Line(start, end, path, named, known.lead))
    return size, sorted([*rows, *heads], key=lambda line: line.start) if rows else []


def _has_pipes(block: Sequence[tuple[int, int, str]]) -> bool:
    """Whether a block begins as a table: a row with edges, or a rule over or under its first."""
    first, second = block[0][2], block[1][2] if len(block) > 1 else ""
    if "|" not in first:
        return "+" in first and bool(_RULE.fullmatch(first)) and second.startswith("|")
    if first.startswith("|") and first.count("|") >= 2:
        return True
    return ("|" in second or "+" in second) and bool(_RULE.fullmatch(second))


def _find_delimiter(block: Sequence[tuple[int, int, str]]) -> str:
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
        named = all(c and len(c) < 40 and _is_title(c, i) for i, c in enumerate(cells[0]))
        named = named and not _is_alike(cells)
        if named and not spaced and not any(row.endswith((".", ":")) for row in rows[:1]):
            return mark
    return _GAPS if _is_aligned(rows) else ""


def _is_aligned(rows: Sequence[str]) -> bool:
    """Whether lines are a table in columns: names of three or more, and two rows of as many."""
    if len(rows) < 3 or any(_GAPS not in row for row in rows[:3]):
        return False
    head, *below = (_split_cells(row, _GAPS) for row in rows if not _RULE.fullmatch(row))
    size = len(below[0]) if below else 0
    if size < 3 or len(head) not in (size, size - 1) or len(below) < 2 or len(below[1]) != size:
        return False
    titled = all(
        _is_title(c, i + size - len(head)) and len(c) < _SHORT and c[-1] not in ".:;,"
        for i, c in enumerate(head)
    )
    whole = [cells for cells in below if len(cells) == len(head)]
    return titled and not _is_alike([head, *whole])


def _is_title(cell: str, column: int) -> bool:
    """Whether a cell may be in a head. A row of years is one where a name stands before them."""
    return not PLAIN_NUMBER.fullmatch(cell) or (column > 0 and bool(PERIOD.fullmatch(cell)))


def _is_alike(cells: Sequence[Sequence[str]]) -> bool:
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


def _is_head(block: Sequence[tuple[int, int, str]], mark: str, before: Head | None) -> bool:
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
    elif '"' in row and len(row) <= _LONGEST_LINE:
        # The mark may stand in a cell that is quoted: "Vega, Oslo",120.
        try:
            (cells,) = csv.reader([row], delimiter=mark, skipinitialspace=True, strict=True)
        except (csv.Error, ValueError):
            pass
        else:
            return tuple(" ".join(cell.split()) for cell in cells)
    return tuple(" ".join(re.sub(r"\*\*|__|`", "", cell).split()) for cell in row.split(mark))


def _read_written(start: int, end: int, row: str, tops: Set[str], scale: str) -> Line | None:
    """Reads a line of ``key: value`` pairs, perhaps of a numbered item; None for prose.

    Args:
        start: offset of the line.
        end: offset after it.
        row: the line.
        tops: what lines around it state the most of.
        scale: what a caption above says that bare numbers are counted in.
    """
    if len(row) > _LONGEST_LINE or _SENTENCES.search(row):
        return None
    path: list[Place] = []
    at, lead = 0, 0
    # The second column of a row is no record in it.
    while (match := _ITEM.match(row, at)) and row[lead : match.end(1)] != "column":
        path.append((row[lead : match.end(1)], int(match[2])))
        at = lead = match.end()
    cells = []
    body = row[at:].removesuffix(".")
    for part in body.split("; "):
        key = _KEY.match(part)
        if key is None:
            return None
        held = key
        while inner := _KEY.match(part, held.end()):
            held = inner
        names = part[: held.end()].rstrip().removesuffix(":")
        cells.append(Cell(*join_unit(names, part[held.end() :].strip(), scale, names, tops)))
    return Line(start, end, tuple(path), tuple(cells), row[:at])


def _number_blocks(lines: Sequence[Line]) -> list[Line]:
    """Makes records of blocks of ``key: value`` lines that begin with the same key again."""
    out: list[Line] = []
    run: list[Line] = []

    def close() -> None:
        firsts = Counter(line.cells[0].key for line in run)
        first = run[0].cells[0].key if run else ""
        if firsts[first] > 1 and len(firsts) > 1:
            begun = 0
            for line in run:
                begun = line.start if line.cells[0].key == first else begun
                out.append(replace(line, path=(("block", begun),)))
        else:
            out.extend(run)
        run.clear()

    for line in lines:
        if line.path or len(line.cells) != 1:
            close()
            out.append(line)
        else:
            run.append(line)
    close()
    return out


def _join_objects(lines: Sequence[Line]) -> list[Line]:
    """Gives the values of each object the currency and unit that a field beside them names."""
    objects: dict[tuple[tuple[Place, ...], str, int], list[int]] = {}
    for i, line in enumerate(lines):
        # A row of a table is told from others by where it begins.
        alone = any(number == _BY_PLACE for _, number in line.path)
        head = line.cells[0].key.rpartition(": ")[0] if line.cells else ""
        objects.setdefault((line.path, head, i if alone else -1), []).append(i)
    held = {
        key: [cell for i in places for cell in lines[i].cells] for key, places in objects.items()
    }
    named = {key[0]: cell for key, cells in held.items() if (cell := find_currency(cells))}
    out = list(lines)
    for key, places in objects.items():
        above = (named.get(key[0][:size]) for size in range(len(key[0]), -1, -1))
        joined = iter(join_siblings(held[key], next(filter(None, above), None)))
        for i in places:
            cells = tuple(write_share(next(joined)) for _ in lines[i].cells)
            out[i] = replace(lines[i], cells=cells)
    return out


def _number_entries(lines: Sequence[Line]) -> list[Line]:
    """Makes records of lines that have the same keys under different names.

    An object of objects is written so: ``Porto: rain: 12; temp: 19.``, ``Leeds: rain: ...``.
    """
    heads = [line.cells[0].key.rpartition(": ") if line.cells else ("", "", "") for line in lines]
    shapes = [
        (line.path, head[2], *(cell.key for cell in line.cells[1:])) if head[0] else None
        for line, head in zip(lines, heads, strict=True)
    ]
    counts = Counter(shape for shape in shapes if shape is not None)
    out = []
    for line, head, shape in zip(lines, heads, shapes, strict=True):
        if shape is None or counts[shape] < 2 or len(line.cells) < 2:
            out.append(line)
            continue
        cells = Cell("", head[0]), replace(line.cells[0], key=head[2]), *line.cells[1:]
        place = "; ".join(str(key) for key in shape[1:]), _BY_PLACE
        out.append(replace(line, path=(*line.path, place), cells=cells))
    return out
