"""Entries: records of ``key: value`` lines that stand under a name each.

``1. Vega``, ``### Vega``, ``**Vega**``, ``[vega]`` or ``Vega:`` with lines of its fields below, and
then the next of its kind: search results, catalogs, settings. Without the name a field says nothing
of what it belongs to.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, pairwise

from groundwire.evidence.cells import Cell, Line
from groundwire.evidence.prefixes import has_prefixes

MARKER = r"(?:\(?\d{1,3}[.)]|\[\d{1,3}\]|[-*+•‣◦▪●])[ \t]+"
_SECTION = re.compile(r"(\[{1,2})(?P<name>[^\[\]]{1,60})\]{1,2}")
_LABELS = (
    ("item", re.compile(rf"{MARKER}(?P<name>[^:|]{{1,80}})")),
    ("heading", re.compile(r"#{1,6}[ \t]+(?P<name>[^:|]{1,80})")),
    ("section", _SECTION),
    ("bold", re.compile(r"\*\*(?P<name>[^*:|]{1,80})\*\*:?")),
    ("name", re.compile(r"(?P<name>[^:|.!?]{1,60}):")),
    ("title", re.compile(r"(?P<name>[^\W\d_][^:|!?=]{0,99})")),
)
_FIRST = re.compile(rf"{MARKER}(?P<key>[^:;.!?|]{{1,60}}): +(?P<value>\S.*)")
"""An item that begins with a field: "1. Name: Vega"."""

_BOLD = re.compile(
    rf"(?:{MARKER})?(?P<mark>\*\*|__)(?P<key>[^*_:|]{{1,60}}):(?P=mark)[ \t]+(?P<value>\S.*)"
)
_LEADER = re.compile(
    r"(?P<key>[^\W_][^|]{0,78}?)[ \t]*(?:\.{4}|…{2}|_{4}|(?:[.·•] ){3})[.…_·•\s]*"
    r"(?P<value>[^\W_].*|[-+$€£¥(].+)"
)
"""A name and a value at the two ends of a line of dots: "Weight ..... 1.1 kg"."""

# Three dots alone leave something out, as in prose.
_MOST_TEXTS = 6
"""Lines of text below the fields of an entry at most."""

_DOTS = re.compile(r"\.{4}|…{2}|_{4}|[.·•] [.·•] ")
_LONGEST = 300
"""Characters of the longest line that has its value behind dots."""

_TEXT = re.compile(r"(?P<key>[^\W\d_][^:;.!?|]{0,39}): +(?P<value>\S.*)")
_SENTENCES = re.compile(r"[.!?…]\s+\S")
_CAPITAL = re.compile(r"[.!?…]\s+[A-Z]|\.{3}|…")
_BULLET = re.compile(rf"^{MARKER}")
_ENDED = re.compile(r"[.!?…。！？;,]$")
_SETTING = re.compile(r"(?:export )?(?P<key>[\w.-][\w. -]{0,59}?)[ \t]*=[ \t]*(?P<value>\S.*)")
_QUOTED = re.compile(r"([\"'])(?P<text>(?:(?!\1).)*)\1[;,]?")
# What stands above fields without a mark of its own: "North gate", "HTTP/2 200".
# A line of a program that opens a bracket is none.
_TITLE = re.compile(r"[^\W_](?:[^:|;,=]|:(?=\S)){0,59}(?<=[\w)\]\"'”’])")
# A field of reStructuredText and AsciiDoc: ":Price: 120 EUR".
_COLONS = re.compile(r":(?P<field>[^:]{1,60}: +\S.*)")


LEADER = "\0"
"""What stands as the lead of a line of dots until it is known what it belongs to."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """A label with the numbers of the lines below it."""

    shape: tuple[str, int]
    label: Line
    fields: tuple[int, ...]
    inner: tuple[str, ...]
    groups: tuple[int, ...]


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


def read_leader(start: int, end: int, row: str) -> Line | None:
    """Reads a line whose value stands behind dots, as in a list of prices; None for others."""
    match = _LEADER.fullmatch(row) if len(row) <= _LONGEST and _DOTS.search(row) else None
    if match is None or _CAPITAL.search(match["key"]):
        return None
    return Line(start, end, (), (Cell(match["key"].strip(), match["value"].strip()),), LEADER)


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
    texts: list[Line] = []
    within: set[int] = set()  # where names begin that stand inside of an entry
    for (kind, _), group in groups.items():
        entries = [entry for entry in group if entry.label.start not in within]
        if not entries:
            continue
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
            for i, above in zip(entry.fields, entry.inner, strict=True):
                cells = tuple(replace(c, key=above + _spell(c.key)) for c in lines[i].cells)
                lead = "" if bare else f"{name.value}: "
                out[i] = replace(lines[i], path=path, cells=cells, lead=lead)
            labels.append(replace(entry.label, path=path, cells=(name,)))
            within.update(entry.groups)
        texts += _read_texts(text, rows, [(e, (kind, e.label.start)) for e in entries], lines)
    # A label in bold that no entry took is one of prose ("**Note:** ...").
    alone = {line.start for line in bold}
    alone.update(label.start for label in labels)
    kept = [line for line in out.values() if line.path or line.start not in alone]
    taken = {line.start for line in (*kept, *labels)}
    more = {line.start: line for line in texts if line.start not in taken}
    return sorted([*kept, *labels, *more.values()], key=lambda line: line.start)


def _read_texts(
    text: str,
    rows: Sequence[tuple[int, int, str]],
    entries: Sequence[tuple[_Entry, tuple[str, int]]],
    lines: Sequence[Line],
) -> list[Line]:
    """What stands below the fields of an entry before the next one: what it is about in words.

    Below the fields of the last entry that is what is indented as its fields are.
    """
    out: list[Line] = []
    ends = [entry.label.start for entry, _ in entries[1:]] + [len(text)]
    places = [start for start, _, _ in rows]
    for (entry, place), end in zip(entries, ends, strict=True):
        name = entry.label.cells[0]
        last = lines[entry.fields[-1]]
        bare = place[0] in ("heading", "bold", "name") or name.key
        margin = measure_indent(text, entry.label.start)
        found: list[Line] = []
        for at in range(bisect(places, last.start), len(rows)):
            start, stop, row = rows[at]
            if start >= end or len(found) > _MOST_TEXTS:
                break
            if not row:
                continue
            if row.startswith("#") or (end == len(text) and measure_indent(text, start) <= margin):
                break
            cell = Cell("" if bare else name.value, _BULLET.sub("", row))
            found.append(Line(start, stop, (place,), (cell,)))
        # What goes on for long is no longer about the entry.
        out += found if len(found) <= _MOST_TEXTS else []
    return out


def add_texts(rows: Sequence[tuple[int, int, str]], lines: Sequence[Line]) -> list[Line]:
    """Returns lines with the fields that are texts of their own: what a search result says.

    Two sentences after a key are prose, unless they are a field of a record: a paragraph of fields
    that begins with the same one as another paragraph, and has a text under the same name.
    """
    known = {line.start: line for line in lines}
    runs: list[list[tuple[int, int, str]]] = [[]]
    for row in rows:
        if row[2]:
            runs[-1].append(row)
        elif runs[-1]:
            runs.append([])
    openers = [_find_opener(run, known) if len(run) > 1 else "" for run in runs]
    counts = Counter(openers)
    texts: dict[str, list[Line]] = defaultdict(list)
    places: dict[str, set[int]] = defaultdict(set)
    for number, (run, opener) in enumerate(zip(runs, openers, strict=True)):
        key = ""
        for start, end, held in run[1:] if opener and counts[opener] > 1 else ():
            match = None if start in known else _TEXT.fullmatch(held)
            key = match["key"].strip() if match else ("" if start in known else key)
            if key:
                value = match["value"] if match else held
                texts[key].append(Line(start, end, (), (Cell(key, value.strip()),)))
                places[key].add(number)
    found = [line for key, held in texts.items() if len(places[key]) > 1 for line in held]
    return sorted([*lines, *found], key=lambda line: line.start)


def _find_opener(run: Sequence[tuple[int, int, str]], known: Mapping[int, Line]) -> str:
    """The name of the field that a paragraph begins with; a question has an answer, no field."""
    start, _, row = run[0]
    line, first = known.get(start), _FIRST.fullmatch(row) or _TEXT.fullmatch(row)
    if len(run) == 2 and row.endswith(("?", "？")):
        return ""
    if first is not None and line is None and _SENTENCES.search(first["value"]):
        return ""  # somebody speaks
    if line is not None and (line.path or len(line.cells) != 1):
        return ""
    if first is not None:
        return first["key"].strip()
    return "" if line is None else line.cells[0].key


def _find_entries(
    text: str, rows: Sequence[tuple[int, int, str]], lines: Sequence[Line]
) -> list[_Entry]:
    by_start = {line.start: i for i, line in enumerate(lines)}
    shown = [(start, end, row) for start, end, row in rows if row]
    column = {start: measure_indent(text, start) for start, _, _ in shown}
    opening = {row[0] for before, row in pairwise([(0, 0, ""), *rows]) if row[2] and not before[2]}
    out: list[_Entry] = []
    bare: set[tuple[str, int]] = set()
    blank = {rows[i + 1][0] for i in range(len(rows) - 1) if not rows[i][2]}
    for at, (start, end, row) in enumerate(shown):
        if start in by_start and row[0] in "[(" and _FIRST.fullmatch(row):
            del by_start[start]  # "[1] Title: Vega" begins an entry
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
        inner: list[str] = []
        names: list[tuple[int, str]] = []
        groups: list[int] = []
        for j in range(at + 1, len(shown)):
            below, _, held = shown[j]
            i = by_start.get(below)
            if i is None and kind == "section" and held.startswith(("#", ";")):
                continue  # a comment between settings
            names = [name for name in names if name[0] < column[below]]
            following = column[shown[j + 1][0]] if j + 1 < len(shown) else 0
            nested = kind == "item" and following > column[below] > column[start]
            if i is None and nested and (name := _read_inner(held)):
                # "Rooms:" above "Single: 10", both under the name of a hotel.
                names.append((column[below], f"{name}: "))
                groups.append(below)
                continue
            if i is None or lines[i].path or not lines[i].cells:
                break
            # Items of the same list are no fields of the one before them.
            outside = column[below] < column[start] or bool(_BULLET.match(held))
            if kind == "item" and column[below] <= column[start] and outside:
                break
            fields.append(i)
            inner.append("".join(name for _, name in names))
        # A line of a plain list is no title of the next one, which happens to have a colon.
        deeper = fields and column[lines[fields[0]].start] > column[start]
        above = start in opening and _TITLE.fullmatch(row)
        if fields and (kind != "title" or deeper or above):
            out.append(_Entry(shape, line, tuple(fields), tuple(inner), tuple(groups)))
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


def measure_indent(text: str, start: int) -> int:
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


def _read_inner(row: str) -> str:
    """The name of a group of fields inside of an entry: "Rooms" of "- Rooms:"."""
    name = _BULLET.sub("", row).rstrip(":").strip(" \t*_`#")
    return "" if not name or len(name) > 60 or ":" in name or _ENDED.search(name) else name


def _spell(key: str) -> str:
    """A key without the mark of its item and without what makes it bold."""
    return _BULLET.sub("", key).strip(" *_`")
