"""Scopes of evidence: which lines of a text are one record, so that no two are mixed.

A table, a list of records or a run of ``key: value`` blocks is a text to a model, and what one row
says is soon believed of another. Here the lines of such structures are found in any text, with
the names of their cells: rows of tables (``groundwire.evidence.tables``, ``alignment``,
``tabulars``), fields under a name (``entries``), with a common beginning (``prefixes``), nested by
indentation (``outlines``) or between two lines (``braces``), short lines under a name
(``sections``), logs (``logs``), the lines that ``groundwire.evidence.records`` writes, and blocks
of ``key: value`` lines. ``groundwire.evidence.selection`` then says which of them a claim speaks
of.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from functools import lru_cache

from groundwire.evidence.alignment import read_aligned
from groundwire.evidence.braces import read_braces
from groundwire.evidence.cells import (
    Cell,
    Line,
    Place,
    find_currency,
    join_siblings,
    join_unit,
    read_caption,
    spell_name,
    write_share,
)
from groundwire.evidence.entries import (
    LEADER,
    add_texts,
    has_settings,
    name_entries,
    read_leader,
    read_marked,
    read_setting,
)
from groundwire.evidence.logs import read_log
from groundwire.evidence.outlines import read_outlines, read_value
from groundwire.evidence.prefixes import join_prefixes
from groundwire.evidence.sections import name_sections
from groundwire.evidence.tables import (
    BY_PLACE,
    LONGEST_LINE,
    Head,
    Row,
    Tables,
    find_tops,
    is_expanded,
    read_expanded,
    read_table,
)
from groundwire.evidence.tabulars import read_tabular
from groundwire.text.blocks import find_sentences

# A numbered item of a list, as the records module writes it: "row 3: ", "fleet: drone 12: ".
_ITEM = re.compile(
    r"((?:[^:;.!?|]{1,60}: ){0,8}?(?:[^\W\d_][\w '-]{0,40}? )?[^\W\d_][\w'-]{0,30}) (\d{1,7}): "
)
# A key is short and holds no end of a sentence ("3.5mm jack" has a mere point); a time of day
# ("9:00") has no space after it.
_KEY = re.compile(r"\s*((?:[^:;.!?|]|(?<=\d)\.(?=\d)){1,60}): +(?=\S)")
# Two sentences after one key are a text of its own, whatever it is called.
_SENTENCES = re.compile(r"[.!?][\"'”’)]?\s+[\"'“‘(]?[^\W\d_a-z]")


_FEW = 3
"""Lines of dots from which on they are a list, and no gaps in a text."""


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
    lines = read_braces(rows)
    taken = {line.start for line in lines}
    # A blank line stands in the place of what is read already, so that nothing reaches over it.
    free = [row if row[0] not in taken else (row[0], row[0], "") for row in rows]
    lines += read_outlines(text, free)
    nested = {line.start for line in lines}
    tables = Tables(head)
    block: list[Row] = []
    for start, end, row in [*rows, (len(text), len(text), "")]:
        if row.strip() and start not in nested:
            block.append((start, end, row))
            continue
        if block:
            lines += _block_lines(text, block, tables)
            block = []
        if row == "" and start < len(text):
            tables.pause()
    named = _number_leaders(name_entries(text, rows, add_texts(rows, lines)))
    found = (
        replace(
            line,
            path=tuple(_place(place, line.start + offset) for place in line.path),
            cells=tuple(replace(cell, key=spell_name(cell.key)) for cell in line.cells),
        )
        for line in name_sections(
            text, rows, _number_entries(join_prefixes(_join_objects(_number_blocks(named))))
        )
    )
    return tuple(found), tables.head


def _place(place: Place, start: int) -> Place:
    """A record that has no number of its own is told from others by where it begins."""
    return (place[0], start) if place[1] < 0 else place


def _written_rows(text: str) -> Iterator[Row]:
    at = 0
    for raw in text.splitlines(keepends=True):
        body = raw.strip()
        start = at + (len(raw) - len(raw.lstrip())) if body else at
        yield start, start + len(body), body
        at += len(raw)


def _block_lines(text: str, block: Sequence[Row], tables: Tables) -> list[Line]:
    """The record lines of a run of lines without a blank one between them."""
    found: list[Line] = []
    tops = frozenset[str]().union(*(find_tops(row) for _, _, row in block))
    settings = has_settings([row for _, _, row in block])
    if any(is_expanded(row) for _, _, row in block):
        tables.pause()
        return read_expanded(block)
    i = 0
    while i < len(block):
        size, rows = read_log(block, i)
        if not size:
            size, rows = read_tabular(block, i)
        if not size:
            size, rows = read_aligned(text, block, i, tables)
        if not size:
            size, rows = read_table(block, i, tables)
        if size:
            found += rows
            i += size
            continue
        tables.pause()
        start, end, row = block[i]
        tables.note(row)
        row = read_setting(row) if settings else read_marked(row)
        leader = read_leader(start, end, row)
        caption = read_caption(tables.caption)
        written = [leader] if leader else _read_row(start, end, row, tops, caption)
        if settings and len(written) == 1 and len(written[0].cells) == 1:
            cell = written[0].cells[0]
            # A group of fields may stand in one line: "light = { from = 6, to = 22 }".
            inner = read_value(cell.key, cell.value) if cell.value.startswith("{") else ()
            written = [replace(written[0], cells=inner or (cell,))]
        found += written
        if not written:
            tables.caption = row
        i += 1
    return found


def _read_row(start: int, end: int, row: str, tops: Set[str], scale: str) -> list[Line]:
    """Reads a line of ``key: value`` pairs, perhaps of a numbered item; nothing of prose.

    Args:
        start: offset of the line.
        end: offset after it.
        row: the line.
        tops: what lines around it state the most of.
        scale: what a caption above says that bare numbers are counted in.
    """
    parts = [(0, len(row))]
    if _SENTENCES.search(row):
        if len(row) > LONGEST_LINE and not _ITEM.match(row):
            return []
        parts = find_sentences(row)
    first = _read_written(start, start + parts[0][1], row[: parts[0][1]], tops, scale)
    if first is None or (len(parts) == 1 and len(row) > LONGEST_LINE):
        return []
    if len(parts) == 1:
        return [replace(first, end=end)]
    # A text in a field of an item is of that item in each of its sentences; others are prose.
    if not first.path:
        return []
    # The text of a field may begin with a name and a colon of its own: "text: Update: done".
    key = re.sub(r": [A-Z][^:]*$", "", first.cells[-1].key)
    later = (
        Line(start + a, start + b, first.path, (Cell(key, row[a:b]),), first.lead)
        for a, b in parts[1:]
    )
    return [first, *later]


def _read_written(start: int, end: int, row: str, tops: Set[str], scale: str) -> Line | None:
    path: list[Place] = []
    at, lead = 0, 0
    # The second column of a row is no record in it.
    while (match := _ITEM.match(row, at)) and row[lead : match.end(1)] != "column":
        path.append((row[lead : match.end(1)], int(match[2])))
        at = lead = match.end()
    cells: list[Cell] = []
    body = row[at:].removesuffix(".")
    for part in body.split("; "):
        key = _KEY.match(part)
        if key is None and not cells:
            return None
        if key is None:
            # A value of two parts: "Level: easy; fit for children".
            cells[-1] = replace(cells[-1], value=f"{cells[-1].value}; {part}")
            continue
        held = key
        while inner := _KEY.match(part, held.end()):
            held = inner
        names = part[: held.end()].rstrip().removesuffix(":")
        cells.append(Cell(*join_unit(names, part[held.end() :].strip(), scale, names, tops)))
    return Line(start, end, tuple(path), tuple(cells), row[:at])


def _number_leaders(lines: Sequence[Line]) -> list[Line]:
    """Makes a record of each line of dots that is no field of another: dishes and their prices."""
    alone = [line.lead == LEADER for line in lines]
    if sum(alone) < _FEW:
        return [line for line, dotted in zip(lines, alone, strict=True) if not dotted]
    out = []
    for line, dotted in zip(lines, alone, strict=True):
        if dotted:
            cells = Cell("", line.cells[0].key), Cell("", line.cells[0].value)
            line = replace(line, path=(("dots", BY_PLACE),), cells=cells, lead="")
        out.append(line)
    return out


def _number_blocks(lines: Sequence[Line]) -> list[Line]:
    """Makes records of blocks of ``key: value`` lines that begin with the same key again."""
    out: list[Line] = []
    run: list[Line] = []

    def close() -> None:
        counts = Counter(line.cells[0].key for line in run)
        opener = run[0].cells[0].key if run else ""
        if counts[opener] < 2:
            # A list of YAML may stand under other fields: "- name: Vega" begins each record.
            opener = next((k for k, n in counts.items() if n > 1 and k.startswith("- ")), "")
        if counts[opener] > 1 and len(counts) > 1:
            begun = -1
            for line in run:
                begun = line.start if line.cells[0].key == opener else begun
                out.append(line if begun < 0 else replace(line, path=(("block", begun),)))
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
        alone = any(number == BY_PLACE for _, number in line.path)
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
        place = "; ".join(str(key) for key in shape[1:]), BY_PLACE
        out.append(replace(line, path=(*line.path, place), cells=cells))
    return out
