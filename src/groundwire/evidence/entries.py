"""Entries: records of ``key: value`` lines that stand under a name each.

``1. Vega``, ``### Vega``, ``**Vega**``, ``[vega]`` or ``Vega:`` with lines of its fields below, and
then the next of its kind: search results, catalogs, settings. Without the name a field says nothing
of what it belongs to.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from groundwire.evidence.cells import Cell, Line
from groundwire.evidence.prefixes import has_prefixes

_MARKER = r"(?:\(?\d{1,3}[.)]|\[\d{1,3}\]|[-*+•‣◦▪●])[ \t]+"
_SECTION = re.compile(r"(\[{1,2})(?P<name>[^\[\]]{1,60})\]{1,2}")
_LABELS = (
    ("item", re.compile(rf"{_MARKER}(?P<name>[^:|]{{1,80}})")),
    ("heading", re.compile(r"#{1,6}[ \t]+(?P<name>[^:|]{1,80})")),
    ("section", _SECTION),
    ("bold", re.compile(r"\*\*(?P<name>[^*:|]{1,80})\*\*:?")),
    ("name", re.compile(r"(?P<name>[^:|.!?]{1,60}):")),
)
_FIRST = re.compile(rf"{_MARKER}(?P<key>[^:;.!?|]{{1,60}}): +(?P<value>\S.*)")
"""An item that begins with a field: "1. Name: Vega"."""

_BOLD = re.compile(
    rf"(?:{_MARKER})?(?P<mark>\*\*|__)(?P<key>[^*_:|]{{1,60}}):(?P=mark)[ \t]+(?P<value>\S.*)"
)
_SENTENCES = re.compile(r"[.!?…]\s+\S")
_BULLET = re.compile(rf"^{_MARKER}")
_ENDED = re.compile(r"[.!?…。！？;,]$")
_SETTING = re.compile(r"(?:export )?(?P<key>[\w.-][\w. -]{0,59}?)[ \t]*=[ \t]*(?P<value>\S.*)")
_QUOTED = re.compile(r"([\"'])(?P<text>(?:(?!\1).)*)\1[;,]?")
# What stands above fields without a mark of its own: "North gate", "HTTP/2 200".
# A line of a program that opens a bracket is none.
_TITLE = re.compile(r"[^\W_](?:[^:|;,=]|:(?=\S)){0,59}(?<=[\w)\]\"'”’])")
# A field of reStructuredText and AsciiDoc: ":Price: 120 EUR".
_COLONS = re.compile(r":(?P<field>[^:]{1,60}: +\S.*)")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A label with the numbers of the lines below it."""

    shape: tuple[str, int]
    label: Line
    fields: tuple[int, ...]


def read_setting(row: str) -> str:
    """Returns a line ``key = value`` of a file of settings as ``key: value``; others as it is."""
    match = _SETTING.fullmatch(row)
    if match is None:
        return row
    key, value = match["key"], match["value"]
    quoted = _QUOTED.fullmatch(value)
    # Names of what surrounds a program are in capitals, in which units are not read, and a name
    # with points in it is read as no name.
    key = (key.lower() if key.isupper() else key).replace(".", "_")
    return f"{key}: {quoted['text'] if quoted else value}"


def read_marked(row: str) -> str:
    """Returns a field between colons (``:key: value``) as ``key: value``; others as it is."""
    match = _COLONS.fullmatch(row)
    return match["field"] if match else row


def has_settings(rows: Sequence[str]) -> bool:
    """Whether lines are settings: under a section, or with names that begin alike."""
    if any(map(is_section, rows)):
        return True
    found = [match["key"] for row in rows if (match := _SETTING.fullmatch(row))]
    return 2 * len(found) > len(rows) and has_prefixes(found)


def is_section(row: str) -> bool:
    """Whether a line is the head of a section of settings: ``[server]``."""
    return bool(_SECTION.fullmatch(row))


def name_entries(
    text: str, rows: Sequence[tuple[int, int, str]], lines: Sequence[Line]
) -> list[Line]:
    """Returns lines with those of entries under the names that these have.

    Args:
        text: a passage.
        rows: all rows of it: where each begins without its white space, where it ends, and it.
        lines: the lines of records among them, in order.

    Returns:
        The lines in order, the labels among them. A label counts where another of its kind has a
        field of the same name below it.
    """
    known = {line.start for line in lines}
    bold = [line for row in rows if row[0] not in known and (line := _read_bold(*row))]
    lines = sorted([*lines, *bold], key=lambda line: line.start)
    found = _find_entries(text, rows, lines)
    groups: dict[tuple[str, int], list[_Entry]] = defaultdict(list)
    for entry in found:
        groups[entry.shape].append(entry)
    out: dict[int, Line] = dict(enumerate(lines))
    labels: list[Line] = []
    for (kind, _), entries in groups.items():
        keys = [{_spell(lines[i].cells[0].key) for i in entry.fields} for entry in entries]
        if max(Counter(chain.from_iterable(keys)).values()) < 2:
            continue
        families = Counter(_find_family(entry.label.cells[0].value) for entry in entries)
        for entry in entries:
            path = ((kind, entry.label.start),)
            name = entry.label.cells[0]
            if kind == "section" and families[_find_family(name.value)] > 1:
                # "[zone.east]" beside "[zone.west]": the zone in the east.
                name = replace(name, value=name.value.replace(".", " "))
            # What stands under a heading is read under it anyway; a field is no name.
            bare = kind in ("heading", "bold", "name") or name.key
            for i in entry.fields:
                cells = tuple(replace(c, key=_spell(c.key)) for c in lines[i].cells)
                lead = "" if bare else f"{name.value}: "
                out[i] = replace(lines[i], path=path, cells=cells, lead=lead)
            labels.append(replace(entry.label, path=path, cells=(name,)))
    # A label in bold that no entry took is one of prose ("**Note:** ...").
    alone = {line.start for line in bold}
    kept = [line for line in out.values() if line.path or line.start not in alone]
    return sorted([*kept, *labels], key=lambda line: line.start)


def _find_entries(
    text: str, rows: Sequence[tuple[int, int, str]], lines: Sequence[Line]
) -> list[_Entry]:
    by_start = {line.start: i for i, line in enumerate(lines)}
    shown = [(start, end, row) for start, end, row in rows if row]
    column = {start: _measure_indent(text, start) for start, _, _ in shown}
    out: list[_Entry] = []
    bare: set[tuple[str, int]] = set()
    blank = {rows[i + 1][0] for i in range(len(rows) - 1) if not rows[i][2]}
    for at, (start, end, row) in enumerate(shown):
        label = None if start in by_start else _read_label(start, end, row)
        if label is None and start not in by_start and (start in blank or at == 0):
            label = _read_title(start, end, row)
            below = shown[at + 1][0] if at + 1 < len(shown) else -1
            # A title stands right above its first field.
            label = label if below in by_start and below not in blank else None
        if label is None:
            continue
        kind, line = label
        shape = kind, column[start]
        fields: list[int] = []
        for j in range(at + 1, len(shown)):
            below, _, held = shown[j]
            i = by_start.get(below)
            if i is None and kind == "section" and held.startswith(("#", ";")):
                continue  # a comment between settings
            if i is None or lines[i].path or not lines[i].cells:
                break
            # Items of the same list are no fields of the one before them.
            outside = column[below] < column[start] or bool(_BULLET.match(held))
            if kind == "item" and column[below] <= column[start] and outside:
                break
            fields.append(i)
        if fields:
            out.append(_Entry(shape, line, tuple(fields)))
        elif kind == "item":
            bare.add(shape)
    # What stands under the last item of a plain list, as far to the left, is none of that item.
    return [
        entry
        for entry in out
        if entry.shape not in bare or column[lines[entry.fields[0]].start] > entry.shape[1]
    ]


def _read_bold(start: int, end: int, row: str) -> Line | None:
    """A field whose name is bold with its colon: "- **Price:** 120 EUR"."""
    match = _BOLD.fullmatch(row)
    if match is None or _SENTENCES.search(match["value"]):
        return None
    return Line(start, end, (), (Cell(match["key"], match["value"]),))


def _measure_indent(text: str, start: int) -> int:
    """How many spaces and tabs stand before the first character of a line."""
    at = start
    while at and text[at - 1] in " \t":
        at -= 1
    return start - at


def _read_label(start: int, end: int, row: str) -> tuple[str, Line] | None:
    if first := _FIRST.fullmatch(row):
        cell = Cell(first["key"].strip(), first["value"].strip())
        return "item", Line(start, end, (), (cell,))
    for kind, pattern in _LABELS:
        match = pattern.fullmatch(row)
        name = match["name"].strip(" \t*_`#") if match else ""
        if name and not _ENDED.search(name):
            return kind, Line(start, end, (), (Cell("", name),))
    return None


def _read_title(start: int, end: int, row: str) -> tuple[str, Line] | None:
    if not _TITLE.fullmatch(row) or _ENDED.search(row):
        return None
    return "title", Line(start, end, (), (Cell("", row),))


def _find_family(name: str) -> str:
    """What stands before the first point of a name of a section; the name where there is none."""
    return name.partition(".")[0] if "." in name else name


def _spell(key: str) -> str:
    """A key without the mark of its item and without what makes it bold."""
    return _BULLET.sub("", key).strip(" *_`")
