"""Rows of a published file, whatever its kind, and fields that are checked as they are read."""

from __future__ import annotations

import csv
import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.errors import InputError
from groundwire.evaluate.pairs import LabelledPair
from groundwire.io.jsonl import open_text, parse_lines, read_lines, require_object
from groundwire.types import Span

SUFFIXES = (".jsonl", ".jsonl.gz", ".json", ".csv", ".parquet")
"""Kinds of files that ``read_rows`` reads."""

_LONGEST_CELL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Example:
    """A text of a benchmark with its evidence and its truth.

    Attributes:
        pair: the evidence and the text; ``pair.supported`` is the truth of the first of ``rows``.
        rows: the rows of the table that it counts in, and whether it is supported there.
        kind: the finest label that the authors give; empty where there is none.
        spans: the characters at fault; None where the benchmark marks none.
        cut: spans that ran past the end of the text and were cut there.
    """

    pair: LabelledPair
    rows: Mapping[str, bool]
    kind: str = ""
    spans: tuple[Span, ...] | None = None
    cut: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a file; its methods raise an ``InputError`` that names file, row and field."""

    path: Path
    number: int
    data: Mapping[str, Any]

    def error(self, field: str, need: str) -> InputError:
        """Returns the error for a field that is not what the format asks for."""
        found = f"is {self.data[field]!r:.60}" if field in self.data else "is missing"
        return InputError(f"{self.path}, row {self.number}: {field} {found}; {need}")

    def text(self, field: str) -> str:
        """Returns a string."""
        value = self.data.get(field)
        if not isinstance(value, str):
            raise self.error(field, "it must be a string")
        return value

    def name(self, field: str) -> str:
        """Returns an identifier, which may be a string or an integer."""
        value = self.data.get(field)
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise self.error(field, "it must be a string or an integer")
        return str(value)

    def choice(self, field: str, choices: tuple[str, ...]) -> str:
        """Returns one of several strings."""
        value = self.data.get(field)
        if not isinstance(value, str) or value not in choices:
            raise self.error(field, f"it must be one of {', '.join(choices)}")
        return value

    def binary(self, field: str) -> bool:
        """Returns a label that is 1 or 0 (in a CSV file, as text)."""
        value = self.data.get(field)
        if type(value) not in (int, str) or value not in (0, 1, "0", "1"):  # True and 1.0 are not 1
            raise self.error(field, "it must be 1 (supported) or 0")
        return bool(int(value))

    def items(self, field: str) -> list[Row]:
        """Returns a list of objects, each with this row's place."""
        value = self.data.get(field)
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.error(field, "it must be a list of objects")
        return [Row(self.path, self.number, item) for item in value]

    def texts(self, field: str) -> list[str]:
        """Returns a list of strings."""
        value = self.data.get(field)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.error(field, "it must be a list of strings")
        return value


def read_rows(path: Path) -> Iterator[Row]:
    """Yields the rows of a JSON lines, JSON, CSV or Parquet file; there is at least one.

    A ``.json`` file may be an array of objects, one object (one row), or JSON lines, which is
    how some authors publish under that name.

    Raises:
        InputError: if the file is missing, empty, of another kind, or a row is no object.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    kind = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
    if kind is None:
        raise InputError(f"{path}: not one of {', '.join(SUFFIXES)}")
    readers = {".parquet": _parquet, ".csv": _csv, ".json": _json}
    row = None
    for row in readers.get(kind, _lines)(path):
        yield row
    if row is None:
        raise InputError(f"{path}: holds no rows; download it again, or take it out")


def read_first_keys(path: Path) -> frozenset[str]:
    """Returns the fields of a file's first row; none for a Parquet file or an empty one."""
    if path.name.endswith(".parquet") or not path.name.endswith(SUFFIXES):
        return frozenset()
    first = next(read_rows(path), None)
    return frozenset() if first is None else frozenset(first.data)


def _lines(path: Path) -> Iterator[Row]:
    for number, data in read_lines(path):
        yield Row(path, number, data)


def _json(path: Path) -> Iterator[Row]:
    with open_text(path) as file:
        text = file.read()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        for number, data in parse_lines(path, text.split("\n")):
            yield Row(path, number, data)
        return
    for number, item in enumerate(value if isinstance(value, list) else [value], 1):
        yield _row(path, number, item)


def _csv(path: Path) -> Iterator[Row]:
    before = csv.field_size_limit(_LONGEST_CELL)
    line = 1
    try:
        with open_text(path, newline="") as file:
            reader = csv.reader(file, strict=True)
            names = next(reader, [])
            _check_names(path, names)
            for number, cells in enumerate(filter(None, reader), 1):
                line = reader.line_num
                if len(cells) != len(names):
                    raise InputError(
                        f"{path}, row {number} (line {line}): has {len(cells)} cells for "
                        f"{len(names)} columns; correct it, or download it again"
                    )
                yield Row(path, number, dict(zip(names, cells, strict=True)))
    except csv.Error as error:
        raise InputError(
            f"{path}: not CSV after line {line} ({error}); correct it, or download it again"
        ) from error
    finally:
        csv.field_size_limit(before)


def _check_names(path: Path, names: list[str]) -> None:
    """Refuses a table in which one column would hide another."""
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: has {names.count(name)} columns {name!r}; keep one of them")


def _parquet(path: Path) -> Iterator[Row]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise InputError(
            f"{path}: Parquet needs pyarrow, which is not installed: pip install pyarrow, "
            "or save the rows as JSON lines or CSV"
        ) from error
    try:
        table = parquet.read_table(str(path))
        names, rows = list(table.column_names), table.to_pylist()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not Parquet ({error!s:.100}); download it again") from error
    _check_names(path, names)
    for number, data in enumerate(rows, 1):
        yield _row(path, number, data)


def _row(path: Path, number: int, value: object) -> Row:
    return Row(path, number, require_object(f"{path}, row {number}", value))
