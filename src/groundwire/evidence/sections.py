"""Sections: short lines under one name after the other, which say the like of each.

Recipes under their titles, places in a list with bold names, releases in a list of changes: what
stands under one name holds for it alone. Sections of an article are on different topics, and a
claim may rest on any of them; those of a list repeat their words, as they tell the same of others.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from groundwire.evidence.cells import Cell, Line
from groundwire.evidence.entries import MARKER, measure_indent
from groundwire.evidence.selection import split_name
from groundwire.evidence.tables import Row
from groundwire.text.words import find_content_words

_MOST_ROWS = 40
"""Lines of the longest section: what has more is a chapter."""

_LONGEST_ROW = 200
"""Characters of the longest line: a paragraph is longer."""

_SHARED = 0.35
"""Share of a section's words that others have, on the average, where all tell the like.

Of 6,087 passages of Wikipedia 5 have sections above it; of 3,543 passages of the documentation of
software 189, of functions, options, releases and people.
"""

_LEAST_ROWS = 2
"""Lines that two titles of blocks must have below them each."""

_BOLD = re.compile(
    rf"(?:{MARKER})?(?P<mark>\*\*|__)(?P<name>[^*_|]{{1,80}}?):?(?P=mark)(?P<rest>.*)"
)
_HEADING = re.compile(r"(?P<mark>#{1,6})[ \t]+(?P<name>[^|]{1,80}?)[ \t#]*")
_ITEM = re.compile(rf"{MARKER}(?P<name>[^|]{{1,60}})")
_TITLE = re.compile(r"(?P<name>[^\W_][^|=]{0,80})")
_BULLET = re.compile(rf"\A{MARKER}")
_FENCE = ("```", "~~~")
_MOST_WORDS = 8
"""Words of the longest name that is no heading and not bold."""

# A line of code, or one that is a field, is no name.
_CODED = re.compile(r"[{}=;<>\[\]]|:\s|\w\(")
_ENDED = re.compile(r"[.!?…。！？;,:]$|[.!?]\s")
_CODE = re.compile(r"\S*\d\S*")
# "Pancakes (serves 4)", "[3.2.0] - 2024-05-14", "The Loft – Market Square 4".
_APART = re.compile(r"\s+[-–—|]\s+|\s+(?=\()")


@dataclass(frozen=True, slots=True)
class _Section:
    """A name with the lines below it.

    Attributes:
        label: the line of the name.
        name: what it is called.
        told: what stands behind the name on its line.
        rows: the lines below.
    """

    label: Row
    name: str
    told: str
    rows: tuple[Row, ...]

    @property
    def words(self) -> frozenset[str]:
        """What its lines speak of."""
        text = " ".join([self.told, *(row for _, _, row in self.rows)])
        return frozenset(find_content_words(text)) - frozenset(find_content_words(self.name))


def name_sections(text: str, rows: Sequence[Row], lines: Sequence[Line]) -> list[Line]:
    """Returns lines with those of sections that tell the like, each under its name.

    Args:
        text: a passage.
        rows: all rows of it: where each begins without its white space, where it ends, and it.
        lines: the lines of records among them, in order.
    """
    held = {line.start: line for line in lines}
    groups: dict[tuple[str, int], list[_Section]] = defaultdict(list)
    for shape, section in _find_sections(text, rows):
        groups[shape].append(section)
    for (kind, _), sections in groups.items():
        if len(sections) < 2 or not _is_alike(sections):
            continue
        starts = [start for s in sections for start, _, _ in (s.label, *s.rows)]
        if any((line := held.get(start)) and (line.path or not line.cells) for start in starts):
            continue  # a table, or records of another form
        for section in sections:
            others = [split_name(s.name) for s in sections if s is not section]
            for line in _write(kind, section, held):
                # "Trains to Oslo take 7 hours", told under Bergen, is as well told of Oslo.
                said = f" {' '.join(split_name(' '.join(c.value for c in line.cells)))} "
                named = any(f" {' '.join(name)} " in said for name in others if name)
                if not named or line.start == section.label[0]:
                    held[line.start] = line
    return [held[start] for start in sorted(held)]


def _write(kind: str, section: _Section, held: dict[int, Line]) -> list[Line]:
    path = ((kind, section.label[0]),)
    start, end, _ = section.label
    label = (Cell("", section.name), *([Cell("", section.told)] if section.told else []))
    out = [Line(start, end, path, label)]
    inner = False
    for start, end, row in section.rows:
        # What stands right under a heading is read under it anyway.
        bare = kind == "heading" and not inner
        inner = inner or row.startswith("#")
        body = _BULLET.sub("", row, count=1).lstrip("#").strip()
        if (line := held.get(start)) is not None:
            out.append(replace(line, path=path, lead=line.lead if bare else f"{section.name}: "))
        elif body:
            out.append(Line(start, end, path, (Cell("" if bare else section.name, body),)))
    return out


def _find_sections(text: str, rows: Sequence[Row]) -> list[tuple[tuple[str, int], _Section]]:
    out = []
    columns = {start: measure_indent(text, start) for start, _, row in rows if row}
    fenced = False
    for at, (start, _, row) in enumerate(rows):
        fenced ^= row.startswith(_FENCE)
        if fenced or not row or len(row) > 4 * _LONGEST_ROW:
            continue
        column = columns[start]
        opens = at == 0 or not rows[at - 1][2]
        found = _read_label(row, opens)
        if found is None:
            continue
        kind, name, told = found
        size = row.index(" ") if kind == "heading" else column
        below = _take_rows(columns, rows, at, kind)
        if below is None or (kind == "title" and len(below) < _LEAST_ROWS):
            continue
        if below or (told and kind == "bold"):
            out.append(((kind, size), _Section(rows[at], name, told, tuple(below))))
    return out


def _read_label(row: str, opens: bool) -> tuple[str, str, str] | None:
    """The kind of a name, it, and what stands behind it on its line."""
    if match := _HEADING.fullmatch(row):
        kind, name = "heading", match["name"]
    elif match := _BOLD.fullmatch(row):
        told = match["rest"].strip(" \t:–—-")
        return "bold", match["name"].strip(), told
    elif match := _ITEM.fullmatch(row):
        kind, name = "item", match["name"]
    elif opens and (match := _TITLE.fullmatch(row)):
        kind, name = "title", match["name"]
    else:
        return None
    plain = kind in ("item", "title")
    if _ENDED.search(name) or (plain and len(name.split()) > _MOST_WORDS):
        return None
    if plain and _CODED.search(name):
        return None
    first, *rest = _APART.split(name, maxsplit=1)
    return kind, first.strip(" *_`[]"), "".join(rest).strip("() ")


def _take_rows(
    columns: Mapping[int, int], rows: Sequence[Row], at: int, kind: str
) -> list[Row] | None:
    """The lines that stand under a name; None where they are a chapter, or paragraphs."""
    out: list[Row] = []
    column = columns[rows[at][0]]
    level = rows[at][2].index(" ") if kind == "heading" else 0
    blank = False
    for place in range(at + 1, len(rows)):
        start, end, row = rows[place]
        if not row:
            if kind == "title":
                break
            blank = True
            continue
        own = columns[start]
        heading = _HEADING.fullmatch(row)
        if heading and (kind != "heading" or len(heading["mark"]) <= level):
            break
        if kind == "item" and own <= column:
            break
        if kind == "bold" and own <= column and (blank or _BULLET.match(row) or "**" in row[:2]):
            break
        if len(row) > _LONGEST_ROW or len(out) == _MOST_ROWS or row.startswith(_FENCE):
            return None
        # A paragraph that goes on, as wrapped lines do, is no list of lines.
        if kind == "item" and not out and not _BULLET.match(row):
            return None
        if kind == "title" and row[0].islower():
            return None
        out.append((start, end, row))
    return out


def _is_alike(sections: Sequence[_Section]) -> bool:
    """Whether sections tell the like of their names: the same words, or the same inner titles."""
    if len({section.name for section in sections}) < len(sections):
        return False
    if all(_CODE.fullmatch(section.name) for section in sections):
        return True  # versions, years, articles: no topics
    words = [section.words for section in sections]
    counts = Counter(word for held in words for word in held)
    shares = [sum(counts[word] > 1 for word in held) / len(held) for held in words if held]
    if len(shares) == len(sections) and sum(shares) >= _SHARED * len(shares):
        return True
    titles = [{row for _, _, row in s.rows if row.startswith("#")} for s in sections]
    known = Counter(title for held in titles for title in held)
    return 2 * sum(any(known[t] > 1 for t in held) for held in titles) > len(sections)
