"""Braces: records whose fields stand between an opening line and a closing one.

Templates of wikis (``{{Infobox`` over ``| height = 12``), entries of references
(``@book{lin2020,``), blocks of files of settings (``server "web" {``) and cards and events
(``BEGIN:VEVENT`` over ``SUMMARY:Review``) all say in their first line that a record begins, and
then give a field a line. Two with a field of the same name are records.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundwire.evidence.cells import Cell, Line, join_unit, spell_name
from groundwire.evidence.tables import Row

# "{{Infobox mountain", '@book{lin2020,', 'server "web" {', "BEGIN:VEVENT".
_OPENING = re.compile(
    r"\{\{(?P<template>[^{}|=]{1,60})\|?|BEGIN:(?P<part>[\w-]{1,40})"
    r"|(?P<kind>[\w@.-][^{}=;()]{0,80}?)[ \t]*\{(?P<name>[^{}=,;()]{0,60}),?"
)
_CLOSING = re.compile(r"\}\}|\},?|END:[\w-]{1,40}")
_ASSIGNED = re.compile(r"\|?[ \t]*(?P<key>[\w.-][\w. -]{0,59}?)[ \t]*=[ \t]*(?P<value>.*?),?")
_NEXT = re.compile(r",[ \t]+(?=[\w.-]{1,40}[ \t]*=[ \t]*[{\"])")
"""Between two fields on one line: "volume = {4}, number = {3}"."""

_COLON = re.compile(r"(?P<key>[\w-]{1,40})(?P<more>;[^:]{1,200})?:(?P<value>.*)")
_LINK = re.compile(r"\[\[(?:[^\[\]|]{1,100}\|)?([^\[\]|]{1,100})\]\]")
_QUOTED = re.compile(r"[\"']([^\"']{1,60})[\"']")
_CLOCK = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(?:\d\d)?Z?")
_WORDS = re.compile(r"=[\"']?([^;=\"']*\s[^;=\"']*)")
"""What a parameter of a field says in words: "CN=Ida Lin"."""

_CODE = re.compile(r"^=|[;()]")
"""What is assigned in programs, whose blocks hold no records."""

_LONGEST = 1_000
"""Characters of the longest line that is a field."""

_MOST = 200
"""Fields of the largest record: what goes on longer was never closed."""


@dataclass(frozen=True, slots=True)
class _Block:
    kind: str
    name: str
    rows: tuple[Row, ...]
    fields: tuple[tuple[Row, tuple[Cell, ...]], ...]


def read_braces(rows: Sequence[Row]) -> list[Line]:
    """Returns the lines of records that open and close with lines of their own.

    Args:
        rows: the lines of a text: where each begins without its white space, where it ends, and it.
    """
    blocks = [*_find_blocks(rows)]
    counts = Counter(
        (block.kind, key)
        for block in blocks
        for key in {cell.key for _, cells in block.fields for cell in cells}
    )
    shared = {kind for (kind, _), count in counts.items() if count > 1}
    found: list[Line] = []
    for block in blocks:
        if block.kind not in shared:
            continue
        path = ((block.kind, block.rows[0][0]),)
        opening, closing = block.rows
        named = (Cell("", block.name),) if block.name else ()
        found.append(Line(opening[0], opening[1], path if named else (), named))
        lead = f"{block.name}: " if block.name else ""
        for (start, end, _), cells in block.fields:
            found.append(Line(start, end, path if cells else (), cells, lead))
        found.append(Line(closing[0], closing[1], (), ()))
    return found


def _find_blocks(rows: Sequence[Row]) -> Iterator[_Block]:
    opened: Row | None = None
    kind = name = ""
    fields: list[tuple[Row, tuple[Cell, ...]]] = []
    for row in rows:
        body = row[2]
        if opened is not None and body and _CLOSING.fullmatch(body):
            if fields:
                yield _Block(kind, name, (opened, row), tuple(fields))
            opened = None
        elif opening := _OPENING.fullmatch(body) if len(body) <= _LONGEST else None:
            opened, fields = row, []
            kind, name = _read_opening(opening)
        elif opened is not None and body:
            cells = _read_field(body, opened[2])
            if cells is None or len(fields) == _MOST:
                opened = None
            else:
                fields.append((row, cells))


def _read_opening(opening: re.Match[str]) -> tuple[str, str]:
    """What kind of record a line opens, and what it is called, if that says so."""
    if opening["template"] or opening["part"]:
        return (opening["template"] or opening["part"]).strip(), ""
    kind = opening["kind"].strip()
    if kind.startswith("@"):
        return "@", opening["name"].strip()
    words = kind.split()
    names = _QUOTED.findall(kind)
    return words[0], names[-1] if names else words[-1] if len(words) > 1 else ""


def _read_field(body: str, opening: str) -> tuple[Cell, ...] | None:
    """The cells of a line in a record, none where it says nothing; None for another line."""
    if len(body) > _LONGEST:
        return None
    if opening.startswith("BEGIN:"):
        match = _COLON.fullmatch(body)
        if match is None:
            return None
        told = _WORDS.findall(match["more"] or "")
        value = ", ".join([*told, match["value"].strip(" ;")])
        return _read_cell(match["key"].casefold(), value)
    cells: list[Cell] = []
    for part in _NEXT.split(body):
        match = _ASSIGNED.fullmatch(part)
        if match is None or (opening[0] not in "{@" and _CODE.search(match["value"])):
            return None
        cells += _read_cell(match["key"].strip(), match["value"].strip())
    return tuple(cells)


def _read_cell(key: str, value: str) -> tuple[Cell, ...]:
    if len(value) > 1 and value[0] + value[-1] in ("{}", '""', "''"):
        value = value[1:-1]
    value = _LINK.sub(r"\1", value).strip()
    if clock := _CLOCK.fullmatch(value):
        value = "{}-{}-{} {}:{}".format(*clock.groups())
    if not value:
        return ()
    name, value = join_unit(key, value, "", key, frozenset())
    return (Cell(spell_name(name), value),)
