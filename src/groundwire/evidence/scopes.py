"""Scopes of evidence: which lines of a text are one record, so that no two are mixed.

A table, a list of records or a run of ``key: value`` blocks is a text to a model, and what one row
says is soon believed of another. Here the lines of such structures are found in any text, with
the names of their cells: rows of Markdown and pipe tables, of CSV with any delimiter, the lines
that ``groundwire.evidence.records`` writes, and blocks of ``key: value`` lines. ``select_lines``
then says which of them a claim speaks of.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from groundwire.quantities.units import CURRENCY, UNITS
from groundwire.text.words import WORD, split_table

Place: TypeAlias = tuple[str, int]
"""Name of a list or table and what tells a record of it from others, as in ``("row", 3)``."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A named value of a record; the unit of a column stands with its value."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a record.

    Attributes:
        start: offset of its first character in the text.
        end: offset after its last character.
        path: the records that it lies in, the outermost first; empty for a record by itself.
        cells: its named values; none in the head of a table, whose names stand in each row.
        lead: what stands before the cells: names of the records that hold it.
    """

    start: int
    end: int
    path: tuple[Place, ...]
    cells: tuple[Cell, ...]
    lead: str = ""

    @property
    def reading(self) -> str:
        """The line as a model reads it: ``key: value; key: value.``."""
        cells = "; ".join(f"{c.key}: {c.value}" if c.key else c.value for c in self.cells)
        if self.cells and not self.cells[0].key:
            cells = cells.replace("; ", ": ", 1)  # a row of a table without a name for its key
        return f"{self.lead}{cells}" + ("" if cells.endswith((".", "!", "?")) else ".")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a table, which holds for rows that stand in a later passage as well."""

    names: tuple[str, ...]
    mark: str
    scale: str = ""


_BY_PLACE = -1
"""Number of a record that has none; where it begins takes its place."""

_LONGEST_KEY = 60
"""Characters up to which the words before a colon can be a key."""

_LONGEST_LINE = 2_000
"""Characters above which a line is prose, whatever it looks like."""

# A numbered item of a list, as the records module writes it: "row 3: ", "fleet: drone 12: ".
_ITEM = re.compile(
    r"((?:[^:;.!?|]{1,60}: ){0,8}?(?:[^\W\d_][\w '-]{0,40}? )?[^\W\d_][\w'-]{0,30}) (\d{1,7}): "
)
# A key is short and holds no end of a sentence; a time of day ("9:00") has no space after it.
_KEY = re.compile(r"\s*([^:;.!?|]{1,60}): +(?=\S)")
# Two sentences after one key are a text of its own, whatever it is called.
_SENTENCES = re.compile(r"[.!?][\"'”’)]?\s+[\"'“‘(]?[^\W\d_a-z]")
_RULE = re.compile(r"[\s|:+-]*-[\s|:+-]*")
_PLAIN_NUMBER = re.compile(r"[(\-−]?[$€£¥]?\s?\d[\d.,'’\s\u00a0\u202f]*\)?")
# "Weight (kg)", "Price [EUR]", "Price, EUR", "Price in EUR", "weight kg", "weight_kg".
# "temp max: 9" beside "temp min: 4".
_TOP = re.compile(r"(?:^|[;:] ?)([^;:]{1,40}) (?:max|avg|mean):", re.IGNORECASE)
_UNIT_IN_KEY = re.compile(
    r"^(?P<name>.+?)(?:\s*[(\[]\s*(?:in\s+)?(?P<bracket>[^()\[\]]{1,12})\s*[)\]]"
    r"|(?:,\s*|\s+in\s+|[\s_])(?P<bare>[^\s(),]{1,12}))\s*$"
)
_SCALE = re.compile(
    r"\b(?:in|of)\s+(?:(?P<first>[A-Z]{3}|US\$|[$€£¥])\s*)?(?P<size>thousands|millions|billions)"
    r"(?:\s+of\s+(?P<of>[\w.$€£]+(?:\s(?:dollars|pounds|sterling))?))?"
    r"|(?P<sign>[$€£¥])\s?(?P<short>thousands?|millions?|billions?|mn?|bn|k)\b"
    r"|\b(?P<code>[A-Z]{3})\s+(?P<word>thousands?|millions?|billions?|m|mn|bn)\b"
)
_CAPTION = 10
"""Words of a caption at most."""

_SIZES = {"k": "thousand", "m": "million", "mn": "million", "bn": "billion"}
# Rows of a table in millions that are no amounts of money, and so are not in millions.
_UNSCALED = re.compile(
    r"\bper\b|%|percent|ratio|margin|number of|employees|headcount|\bshares\b", re.IGNORECASE
)
# "19,900 EUR", "62 kg", "320 km/h": a value with its unit names no record.
_AMOUNT = re.compile(r"[\W\d]*\d[\d.,\s]*\s?[^\W\d]{1,12}\.?(?:/\w+)?")
_DAYS = split_table("monday tuesday wednesday thursday friday saturday sunday")
_MONTHS = split_table(
    "january february march april may june july august september october november december"
)
_PERIOD = re.compile(
    rf"(?:fy\s?|fiscal\s|year\s)?(?:(?:{'|'.join(_DAYS)})s?|(?:{'|'.join(_MONTHS)})|"
    r"(?:q[1-4]\s?)?(?:19|20)\d\d|q[1-4]|(?:mon|tue|wed|thu|fri|sat|sun))",
    re.IGNORECASE,
)
_SPANS = frozenset(split_table("seconds minutes hours nights days weeks months years"))
"""Names of columns that are the unit of what stands below them, in the plural."""

_NUMBERED_KEYS = frozenset(split_table("id no nr number code sku ref key # isbn ean plate ticket"))


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
        for line in _number_entries(_number_blocks(lines))
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

    def open(self, names: Sequence[str], mark: str) -> None:
        scale = _read_scale(" ".join((self.caption, *names[:1])))
        self.head = Head(tuple(names), mark, scale)

    def pause(self) -> None:
        """A blank line ends a table."""
        self.head = None


def _block_lines(block: Sequence[tuple[int, int, str]], tables: _Tables) -> list[Line]:
    """The record lines of a run of lines without a blank one between them."""
    found: list[Line] = []
    tops = {match[1].casefold() for _, _, row in block for match in _TOP.finditer(row)}
    i = 0
    while i < len(block):
        size, rows = _read_table(block[i:], tables)
        if size:
            found += rows
            i += size
            continue
        tables.pause()
        start, end, row = block[i]
        line = _read_written(start, end, row, tops, _read_caption(tables.caption))
        if line is not None:
            found.append(line)
        else:
            tables.caption = row
        i += 1
    return found


def _read_table(block: Sequence[tuple[int, int, str]], tables: _Tables) -> tuple[int, list[Line]]:
    """Reads a table at the start of a block: how many lines it takes, and its rows."""
    first = block[0][2]
    mark = "|" if first.count("|") >= 1 and _has_pipes(block) else _find_delimiter(block)
    if not mark:
        return 0, []
    rows: list[Line] = []
    heads: list[Line] = []
    size = 0
    for start, end, row in block:
        if mark not in row or len(row) > _LONGEST_LINE:
            break
        size += 1
        if mark == "|" and _RULE.fullmatch(row):
            heads.append(Line(start, end, (), ()))
            continue
        cells = _split_cells(row, mark)
        if size == 1 and _is_head(block, mark, tables.head):
            tables.open(cells, mark)
            heads.append(Line(start, end, (), ()))
            continue
        known = tables.head
        if known is None or known.mark != mark:
            return 0, []  # rows without a head, as a cut may leave them: text like any other
        names = [*known.names, *[""] * (len(cells) - len(known.names))]
        tops = {match[1].casefold() for name in names for match in _TOP.finditer(f"{name}:")}
        named = tuple(
            Cell(*_join_unit(name, value, known.scale, cells[0], tops))
            for name, value in zip(names, cells, strict=False)
            if value
        )
        if named:
            rows.append(Line(start, end, (("|".join(known.names), _BY_PLACE),), named))
    return size, sorted([*rows, *heads], key=lambda line: line.start) if rows else []


def _has_pipes(block: Sequence[tuple[int, int, str]]) -> bool:
    """Whether a block begins as a table: a row with edges, or a rule under its first line."""
    first = block[0][2]
    if first.startswith("|") and first.count("|") >= 2:
        return True
    return len(block) > 1 and "|" in block[1][2] and bool(_RULE.fullmatch(block[1][2]))


def _find_delimiter(block: Sequence[tuple[int, int, str]]) -> str:
    """The delimiter of CSV: each of two lines or more has as many, and the first no number."""
    rows = [row for _, _, row in block]
    for mark, least in (("\t", 1), (";", 1), (",", 2), ("|", 1)):
        counts = [row.count(mark) for row in rows]
        same = next((i for i, count in enumerate(counts) if count != counts[0]), len(rows))
        if counts[0] < least or same < 2:
            continue
        cells = [_split_cells(row, mark) for row in rows[:same]]
        spaced = mark in ";," and sum(f"{mark} " in row for row in rows[:same]) * 2 > same
        named = all(c and not _PLAIN_NUMBER.fullmatch(c) and len(c) < 40 for c in cells[0])
        if named and not spaced and not any(row.endswith((".", ":")) for row in rows[:1]):
            return mark
    return ""


def _is_head(block: Sequence[tuple[int, int, str]], mark: str, before: Head | None) -> bool:
    """Whether the first line of a table is its head: a rule follows, or it has no numbers."""
    if mark == "|" and len(block) > 1 and _RULE.fullmatch(block[1][2]):
        return True
    if before is not None and before.mark == mark:
        return False  # the table of the passage before goes on
    cells = _split_cells(block[0][2], mark)
    return not any(_PLAIN_NUMBER.fullmatch(cell) and not _PERIOD.fullmatch(cell) for cell in cells)


def _split_cells(row: str, mark: str) -> list[str]:
    if mark == "|":
        row = row.removeprefix("|").removesuffix("|")
    return [" ".join(re.sub(r"\*\*|__|`", "", cell).split()) for cell in row.split(mark)]


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
    while match := _ITEM.match(row, at):
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
        cells.append(Cell(*_join_unit(names, part[held.end() :].strip(), scale, names, tops)))
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


def _join_unit(key: str, value: str, scale: str, row: str, tops: Set[str]) -> tuple[str, str]:
    """Moves the unit of a column from its name to a bare number under it."""
    if not _PLAIN_NUMBER.fullmatch(value):
        return key, value
    if key.strip().casefold() in _SPANS and not _PERIOD.fullmatch(value):
        return key, f"{value} {key.strip().casefold()}"
    match = _UNIT_IN_KEY.match(key)
    unit = (match["bracket"] or match["bare"]) if match else ""
    if match and _is_unit(unit) and not _is_least(key, tops):
        # Codes of currencies are written in capitals, whatever the key is written in.
        code = len(unit) == 3 and unit.isalpha() and unit.casefold() in CURRENCY
        return match["name"], f"{value} {unit.upper() if code else unit}"
    if scale and not _UNSCALED.search(row) and not _PERIOD.fullmatch(value):
        return key, f"{value} {scale}"
    return key, value


def _is_least(key: str, tops: Set[str]) -> bool:
    """Whether a name says "the least", and no minutes: another one says "the most" of it."""
    name, _, last = key.casefold().rpartition(" ")
    return last == "min" and name.rpartition(": ")[2] in tops


def _is_unit(word: str) -> bool:
    folded = word.strip(".").casefold()
    if folded in ("%", "pct", "percent", "°c", "°f"):
        return True
    if word.isalpha() and word.islower() and len(word) == 1 and word not in "gmlh":
        return False
    return word in UNITS or folded in CURRENCY or (folded in UNITS and len(folded) > 1)


def _read_caption(text: str) -> str:
    """The scale of a line that is a caption, and no prose: "All amounts in thousands of EUR."."""
    return _read_scale(text) if len(text.split()) <= _CAPTION else ""


def _read_scale(caption: str) -> str:
    """What numbers under a caption are counted in: "(in millions of dollars)" as a phrase."""
    match = _SCALE.search(caption)
    if match is None:
        return ""
    size = match["size"] or match["short"] or match["word"] or ""
    size = _SIZES.get(size, size.removesuffix("s"))
    money = match["of"] or match["first"] or match["sign"] or match["code"] or ""
    return f"{size} {money}".strip()


def select_lines(claim: str, lines: Sequence[Line], context: str = "") -> list[Line | None]:
    """Chooses the lines that a claim speaks of, and in them the periods that it names.

    Of the rows of a table, those stay that the claim names by their key (the first column whose
    texts tell them apart), else by another text that stands in them. Where it names none, the
    context is asked; where that names none either, all stay: the claim may speak of all.

    Args:
        claim: text of the claim.
        lines: those of all evidence; places of different sources must differ.
        context: question and sentences before the claim that it may point back to.

    Returns:
        For each line it or what is left of it; None where it is about something else.
    """
    kept: list[Line | None] = list(lines)
    said = _Said(claim)
    for level in range(max((len(line.path) for line in lines), default=0)):
        groups: dict[tuple[tuple[Place, ...], str], dict[int, list[int]]] = defaultdict(dict)
        for i, line in enumerate(lines):
            if kept[i] is not None and len(line.path) > level:
                name, number = line.path[level]
                groups[line.path[:level], name].setdefault(number, []).append(i)
        for rows in groups.values():
            records = {n: [c for i in places for c in lines[i].cells] for n, places in rows.items()}
            named = _named_rows(said, records) or (
                _named_rows(_Said(context), records) if context else set()
            )
            if named:
                for number in rows.keys() - named:
                    for i in rows[number]:
                        kept[i] = None
    return [line and _select_periods(said, line) for line in kept]


class _Said:
    """The words of a text, to look phrases up in."""

    def __init__(self, text: str) -> None:
        self.words = _fold(text)
        self.text = f" {' '.join(self.words)} "
        self.known = frozenset(self.words)

    def has(self, words: Sequence[str]) -> bool:
        return bool(words) and self.known.issuperset(words) and f" {' '.join(words)} " in self.text


@lru_cache(maxsize=16_384)
def _fold(text: str) -> tuple[str, ...]:
    found = (word[0].casefold() for word in WORD.finditer(text))
    return tuple(re.sub(r"['’]s?$", "", word) for word in found)


def _named_rows(said: _Said, records: dict[int, list[Cell]]) -> set[int]:
    """The records that a text names; empty where it names none, or cannot tell them apart."""
    if len(records) < 2:
        return set()
    key = _find_key(records)
    if key is not None:
        values = {n: _values_of(cells, key) for n, cells in records.items()}
        counts = Counter(word for words in values.values() for word in set(words))
        whole = {n: words for n, words in values.items() if said.has(words)}
        # "Basic" is part of "Basic Plus": the longer name is what is meant.
        named = {
            n
            for n, words in whole.items()
            if not any(len(o) > len(words) and _holds(o, words) for o in whole.values())
        }
        own = {
            n
            for n, words in values.items()
            if any(counts[w] == 1 and len(w) > 2 and w.isalpha() and w in said.known for w in words)
        }
        if named or own:
            return named or own
    scores = {
        n: sum(
            cell.key != key and _can_name(cell) and said.has(_fold(cell.value)) for cell in cells
        )
        for n, cells in records.items()
    }
    best = max(scores.values())
    found = {n for n, score in scores.items() if score == best}
    return found if best and len(found) < len(records) else set()


def _holds(words: Sequence[str], part: Sequence[str]) -> bool:
    return f" {' '.join(part)} " in f" {' '.join(words)} "


def _values_of(cells: Sequence[Cell], key: str) -> tuple[str, ...]:
    return next((_fold(cell.value) for cell in cells if cell.key == key), ())


def _find_key(records: dict[int, list[Cell]]) -> str | None:
    """The first column that tells the records apart by a text, a code, a number of its own."""
    names = dict.fromkeys(cell.key for cells in records.values() for cell in cells)
    for name in names:
        column = [next((c for c in cells if c.key == name), None) for cells in records.values()]
        values = [cell.value.casefold() for cell in column if cell is not None]
        if len(values) < len(records) or len(set(values)) < len(values):
            continue
        if all(cell is not None and (_can_name(cell) or _is_number_of(cell)) for cell in column):
            return name
    return None


def _can_name(cell: Cell) -> bool:
    """Whether a cell is a text or a code that can stand for its record; a value cannot."""
    text = cell.value
    if len(text) > _LONGEST_KEY or not any(c.isalpha() for c in text):
        return bool(re.fullmatch(r"(?:19|20)\d\d", text))
    return not re.fullmatch(
        r"[\W\d]*\d[\d.,\s]*\s?[^\W\d]{1,12}\.?(?:/\w+)?", text
    ) and text not in (
        "yes",
        "no",
    )


def _is_number_of(cell: Cell) -> bool:
    return bool(set(_fold(cell.key)) & _NUMBERED_KEYS) or cell.key.strip() == "#"


def _select_periods(said: _Said, line: Line) -> Line:
    """Leaves out the days, months and years beside the one that a claim names."""
    dated = [cell for cell in line.cells if _PERIOD.fullmatch(_last_key(cell))]
    if len(dated) < 2:
        return line
    named = [cell for cell in dated if said.has(_fold(_last_key(cell)))]
    if len(named) != 1:
        return line
    lead = _shared_lead(line)
    cells = tuple(c for c in line.cells if c not in dated or c is named[0])
    first = cells[0]
    if lead and not first.key.startswith(lead):
        cells = (replace(first, key=f"{lead}{first.key}"), *cells[1:])
    return replace(line, cells=cells)


def _last_key(cell: Cell) -> str:
    return cell.key.rpartition(": ")[2].strip()


def _shared_lead(line: Line) -> str:
    """What stands before the key of a line's first cell: ``hours: `` in ``hours: Monday: 9-5``."""
    head, mark, _ = line.cells[0].key.rpartition(": ")
    return head + mark
