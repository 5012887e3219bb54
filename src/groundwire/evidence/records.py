"""Records as text: JSON objects, arrays and tables as lines of ``key: value``.

A record is flattened in its own order, one sentence a line, so that any line can be read,
selected and quoted alone:

    name: Blue Lagoon.
    categories: Seafood, Bars.
    hours: Monday: 9:00-17:00; Tuesday: 9:00-17:00.
    attributes: business parking: garage: no; street: yes.
    attributes: outdoor seating: yes; wifi: free.
    review 1: stars: 5; date: 2021-03-04.
    review 1: text: We loved the view. The staff was kind.

An identifier is written with the name of what it stands for (``groundwire.evidence.references``).
A list of names with values (``groundwire.evidence.properties``) is written like an object, a table
by columns (``groundwire.evidence.columns``) like a list of its rows.
Keys become words, true and false become yes and no, and what says nothing (null, NaN, the
empty string, an empty container) is left out. Numbers keep the digits they were written with.
"""

from __future__ import annotations

import ast
import datetime
import json
import math
import numbers
import os
import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeGuard

from groundwire.errors import InputError
from groundwire.evidence.cells import is_row
from groundwire.evidence.columns import read_columns
from groundwire.evidence.properties import name_records, read_properties
from groundwire.evidence.references import join_references

_CAMEL = re.compile(r"(?<=[a-z]{2})(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Z][a-z])(?=[A-Z])")
_IDENTIFIER = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:_+[A-Za-z0-9]+)*_*")
_KEBAB = re.compile(r"[a-z]{2,}(?:-[a-z]+)+")
_ONE_WORD = frozenset({"wifi", "youtube", "linkedin", "paypal", "github"})
_COLLECTIVE = re.compile(r"(?<=\S) (?:info|infos|list|items|entries|array|data)$")
_SAME_PLURAL = re.compile(r"(?:ss|us|is|series|species|news)$")
# Some published records hold strings as Python 2 printed them: "u'free'".
_PYTHON_STRING = re.compile(r"u?'([^']*)'")


def spell_key(key: object) -> str:
    """Returns a key as words.

    ``WheelchairAccessible``, ``wheelchair_accessible`` and ``wheelchair-accessible`` all become
    ``wheelchair accessible``; a key that is no identifier stays as it is.
    """
    return _words(str(key))


@lru_cache(maxsize=1024)
def _words(key: str) -> str:
    text = " ".join(key.split()).rstrip(":")
    if text.lower() in _ONE_WORD:
        return text.lower()
    if _KEBAB.fullmatch(text):
        return text.replace("-", " ")
    if not _IDENTIFIER.fullmatch(text):
        return text
    parts = [part for piece in text.split("_") for part in _camel_parts(piece)]
    if len(parts) == 1:
        return parts[0]
    return " ".join(part if part.isupper() and len(part) > 1 else part.lower() for part in parts)


def _camel_parts(piece: str) -> list[str]:
    if piece.lower() in _ONE_WORD:
        return [piece.lower()]
    parts = [part for part in _CAMEL.split(piece) if part]
    if len(parts) > 1 and (digits := re.search(r"(?<=[a-z])\d+$", parts[-1])):
        parts[-1:] = [parts[-1][: digits.start()], digits.group()]
    return parts


def name_item(name: str) -> str:
    """Returns what one item of a list is called, from the words of the list's key."""
    name = _COLLECTIVE.sub("", name)
    if not name.endswith("s") or len(name) < 4 or _SAME_PLURAL.search(name):
        return name
    if name.endswith("ies"):
        return name[:-3] + "y"
    return name[:-2] if name.endswith(("sses", "xes", "ches", "shes")) else name[:-1]


def write_scalar(value: Any) -> str | None:
    """Returns the text of a value that is no container, empty if it says nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()
        unwrapped = _PYTHON_STRING.fullmatch(text)
        return unwrapped[1].strip() if unwrapped else text
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, datetime.date | datetime.time):
        return str(value)
    if isinstance(value, numbers.Number | datetime.timedelta | uuid.UUID | os.PathLike):
        try:
            return str(value)
        except ValueError as error:
            raise InputError(f"a number is too long to be text: {error}") from error
    # A bool of numpy, which is not imported for its sake.
    if type(value).__name__ in ("bool_", "bool") and hasattr(value, "item"):
        return "yes" if value else "no"
    return None


MAX_DEPTH = 64
"""Levels of nesting that a record may have."""

MAX_RECORD_CHARS = 20_000_000
"""Size that the text of one record may reach, in characters and visited values."""

_LINE_CHARS = 240
_SHORT_CHARS = 120
_LITERAL_CHARS = 200_000

# ``ast.literal_eval`` warns of such an escape, so that text with one is taken for no literal.
_BAD_ESCAPE = re.compile(r"""\\(?![\\'"abfnrtvxNuU0-7\n])""")
_DECIMAL = re.compile(r"\bDecimal\(('[-+\d.eE]{1,40}')\)")
_DATE = re.compile(r"\bdatetime\.date\((\d{4}), (\d{1,2}), (\d{1,2})\)")
# "11:5-21:30" is from 11:05 on. Under any key but one of hours it may be a score or a ratio.
_OPENING = re.compile(r"(\d{1,2}):(\d{1,2})\s*-\s*(\d{1,2}):(\d{1,2})")
_TIMETABLE = re.compile(r"\bhours?\b|(?:mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE)
_ENDED = re.compile(r"""[.!?…。！？؟।]["'”’»)\]]*$""")


def is_table(value: object) -> TypeGuard[Sequence[Sequence[Any]]]:
    """Whether the value is a list of rows of cells, where a cell is no container."""
    return (
        is_row(value)
        and bool(value)
        and all(
            is_row(row) and not any(is_row(cell) or isinstance(cell, Mapping) for cell in row)
            for row in value
        )
    )


def write_record(record: Mapping[Any, Any] | Sequence[Any]) -> str:
    """Returns a JSON object or array as lines of text; empty if it says nothing.

    Raises:
        InputError: if it is nested deeper than ``MAX_DEPTH``, its text would grow past
            ``MAX_RECORD_CHARS``, or it holds what JSON and tables cannot (bytes, objects).
    """
    writer = RecordWriter()
    writer.value(join_references(record), ())
    return "\n".join(writer.lines)


def parse_json(text: str) -> Any:
    """Returns the value of a JSON text; numbers stay as written and repeated keys are kept.

    Raises:
        json.JSONDecodeError: if it is no JSON.
        InputError: if it is nested too deeply to read.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=join_pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=lambda name: None if name == "NaN" else name,
        )
    except RecursionError as error:
        raise _too_deep() from error


def parse_structured(text: str) -> Any:
    """Returns the object or table that a text is, or None if it is something else.

    JSON is read, and so is a short Python literal of a dict (``"{'open': True}"``) or of rows
    (``"[('Oslo', 3), ('Ulm', 4)]"``). A list
    counts if it holds an object or is a table: ``[1]`` and a list of strings are text.

    Raises:
        InputError: if it is nested too deeply to read.
    """
    text = text.strip()
    if text[:1] + text[-1:] not in ("{}", "[]"):
        return None
    if text.startswith("[("):
        return _parse_tuples(text)
    try:
        value = parse_json(text)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        value = _parse_literal(text)
    if isinstance(value, Mapping):
        return value
    if is_row(value) and any(isinstance(item, Mapping) for item in value):
        return value
    return value if is_table(value) and len(value) > 1 else None


def join_pairs(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Returns named values as an object, those of one name as a list."""
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    grouped: dict[str, list[Any]] = {}
    for key, value in pairs:
        grouped.setdefault(key, []).append(value)
    return {key: items[0] if len(items) == 1 else items for key, items in grouped.items()}


def _parse_literal(text: str) -> Any:
    """Returns the value of a Python literal, or None; guarded against size and nesting."""
    opens = text.startswith("{") or re.match(r"\[\s*\{", text)
    if len(text) > _LITERAL_CHARS or not opens or _BAD_ESCAPE.search(text):
        return None
    depth = 0
    for bracket in re.findall(r"[\[{()}\]]", text):
        depth += 1 if bracket in "[{(" else -1
        if depth > MAX_DEPTH:
            return None
    try:
        value = ast.literal_eval(text)
        write_record(value)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    return value


def _parse_tuples(text: str) -> list[dict[str, Any]] | None:
    """Returns the rows that a query of a database gave, as Python writes them, without names."""
    plain = _DECIMAL.sub(r"\1", text)
    plain = _DATE.sub(lambda m: "'{}-{:0>2}-{:0>2}'".format(*m.groups()), plain)
    if len(plain) > _LITERAL_CHARS or _BAD_ESCAPE.search(plain):
        return None
    try:
        rows = ast.literal_eval(plain)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not is_table(rows) or len(rows) < 2 or len({len(row) for row in rows}) > 1:
        return None
    return [{f"column {i}": cell for i, cell in enumerate(row, start=1)} for row in rows]


def _too_deep() -> InputError:
    return InputError(
        f"the record is nested deeper than {MAX_DEPTH} levels: pass its inner parts as records"
    )


def _expand(value: Any) -> Any:
    """Returns the object or rows that a string such as ``"{'garage': False}"`` holds."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        parsed = parse_structured(value)
        return value if parsed is None else parsed
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    return value


def _pack(items: Iterable[str], separator: str) -> Iterable[str]:
    """Yields joined items, each join at most about a line long."""
    line = ""
    for item in items:
        if line and len(line) + len(item) > _LINE_CHARS:
            yield line
            line = ""
        line = f"{line}{separator}{item}" if line else item
    if line:
        yield line


def _read_rows(record: Mapping[Any, Any]) -> list[dict[str, Any]] | None:
    """Rows of an object that is a table by columns, or has a numbered name for each of them."""
    rows = read_columns(record)
    return name_records(record) if rows is None else rows


class RecordWriter:
    """Collects the lines of one record, or of one row of a table."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._budget = MAX_RECORD_CHARS

    def value(self, value: Any, path: tuple[str, ...], depth: int = 1) -> None:
        """Writes a value of any kind; ``path`` names it."""
        if depth > MAX_DEPTH:
            raise _too_deep()
        if isinstance(value, Mapping) and (rows := _read_rows(value)) is not None:
            self._items(rows, path, depth)
        elif isinstance(value, Mapping):
            self.fields([(spell_key(key), item) for key, item in value.items()], path, depth)
        elif is_row(value):
            named = read_properties(value)
            if named is not None:
                self.fields([*named.items()], path, depth)
            else:
                self._items(value, path, depth)
        else:
            self._emit(path, self._leaf(value, path))

    def fields(
        self, pairs: Sequence[tuple[str, Any]], path: tuple[str, ...], depth: int = 1
    ) -> None:
        """Writes named values: each on a line of its own at the top, grouped below it."""
        group: list[str] = []
        beside = dict(pairs)
        for name, raw in pairs:
            # Columns whose units stand in an object of their own, as weather services give them.
            units = beside.get(f"{name} units")
            if isinstance(raw, Mapping) and isinstance(units, Mapping):
                raw = read_columns(raw, units) or raw
            value, inner = _expand(raw), (*path, name or "value")
            text = self._inline(value, inner)
            if text is None:
                self._flush(group, path)
                self.value(value, inner, depth + 1)
            elif text and path:
                group.append(f"{inner[-1]}: {text}")
            elif text:
                self._emit(inner, text)
        self._flush(group, path)

    def _items(self, values: Sequence[Any], path: tuple[str, ...], depth: int) -> None:
        items = [_expand(value) for value in values]
        texts = [self._inline(item, path) for item in items]
        if not any(is_row(item) for item in items) and None not in texts:
            found = [text for text in texts if text]
            comma = ", " if not any("," in text for text in found) else "; "
            for line in _pack(found, comma):
                self._emit(path, line)
            return
        name = name_item(path[-1]) if path else "row"
        for number, item in enumerate(items, start=1):
            inner = (*path[:-1], f"{name} {number}")
            if isinstance(item, Mapping) and depth < MAX_DEPTH:
                self.fields(_shortened(item, name), inner, depth + 1)
            elif texts[number - 1] != "":
                self.value(item, inner, depth + 1)

    def _inline(self, value: Any, path: tuple[str, ...]) -> str | None:
        """Returns the text of a value short enough to stand beside others, or None."""
        self._spend(0)
        if isinstance(value, Mapping):
            return None if value else ""
        if not is_row(value):
            text = self._leaf(value, path)
            return None if len(text) > _SHORT_CHARS else text
        if any(is_row(item) or isinstance(item, Mapping) for item in value):
            return None
        texts = [self._leaf(item, path) for item in value]
        if any("," in text for text in texts):
            return None
        joined = ", ".join(text for text in texts if text)
        return joined if len(joined) <= _SHORT_CHARS else None

    def _leaf(self, value: Any, path: tuple[str, ...]) -> str:
        text = write_scalar(value)
        if text is None:
            raise InputError(
                f"{': '.join(path) or 'the record'} holds a {type(value).__name__}, which is no "
                "JSON value: give text, a number, true or false, a list or an object"
            )
        self._spend(0)
        if (times := _OPENING.fullmatch(text)) and _TIMETABLE.search(" ".join(path[-2:])):
            return "{}:{:0>2}-{}:{:0>2}".format(*times.groups())
        return text if len(text) > _SHORT_CHARS else " ".join(text.split())

    def _flush(self, group: list[str], path: tuple[str, ...]) -> None:
        for line in _pack(group, "; "):
            self._emit(path, line)
        group.clear()

    def _emit(self, path: tuple[str, ...], text: str) -> None:
        if text:
            line = ": ".join((*path, text))
            self._spend(len(line))
            self.lines.append(line if _ENDED.search(line) else line + ".")

    def _spend(self, chars: int) -> None:
        self._budget -= 1 + chars
        if self._budget < 0:
            raise InputError(
                f"the record's text would be longer than {MAX_RECORD_CHARS:,} characters: "
                "pass its parts as separate records"
            )


def _shortened(item: Mapping[Any, Any], name: str) -> list[tuple[str, Any]]:
    """Returns the fields of a list's item without the item's own name before them."""
    names = [spell_key(key) for key in item]
    short = [key.removeprefix(name + " ") or key for key in names]
    taken = set(names)
    return [
        (cut if cut not in taken and short.count(cut) == 1 else key, value)
        for cut, key, value in zip(short, names, item.values(), strict=True)
    ]


def write_table(table: Sequence[Sequence[Any]]) -> str:
    """Returns a table, its header first, as one line (or more, if it is long) a row.

    Raises:
        InputError: if there is no row below the header, or a cell cannot be read as text.
    """
    if len(table) < 2:
        raise InputError("the table has a header and no rows: add its rows, or pass it as text")
    header, *rows = table
    lines = (write_row(header, row, number) for number, row in enumerate(rows, start=1))
    return "\n".join(line for line in lines if line)


def write_row(header: Sequence[Any], row: Sequence[Any], number: int) -> str:
    """Returns a row as ``row 3: city: Lyon; year: 1998.``; empty if its cells are.

    Cells without a name in the header are called by their column, as in ``column 4``.

    Raises:
        InputError: if a cell cannot be read as text.
    """
    writer = RecordWriter()
    names = [spell_key(name) if write_scalar(name) else "" for name in header]
    names += [""] * (len(row) - len(names))
    pairs = [
        (name or f"column {index}", cell)
        for index, (name, cell) in enumerate(zip(names, row, strict=False), start=1)
    ]
    writer.fields(pairs, (f"row {number}",))
    return "\n".join(writer.lines)
