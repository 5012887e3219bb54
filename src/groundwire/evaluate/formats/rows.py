"""Rows of a published file, whatever its kind, and fields that are checked as they are read."""

from __future__ import annotations

import csv
import gzip
import importlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from groundwire.errors import InputError
from groundwire.evaluate.pairs import LabelledPair
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
    """

    pair: LabelledPair
    rows: Mapping[str, bool]
    kind: str = ""
    spans: tuple[Span, ...] | None = None


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
        if value not in (0, 1, "0", "1"):
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
    """Yields the rows of a JSON lines, JSON, CSV or Parquet file.

    A ``.json`` file may be an array of objects, one object (one row), or JSON lines, which is
    how some authors publish under that name.

    Raises:
        InputError: if the file is missing, of another kind, or a row is no object.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    kind = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
    if kind is None:
        raise InputError(f"{path}: not one of {', '.join(SUFFIXES)}")
    if kind == ".parquet":
        yield from _parquet(path)
        return
    opener = gzip.open if kind.endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline="" if kind == ".csv" else None) as f:
            reader = {".csv": _csv, ".json": _json}.get(kind, _lines)
            yield from reader(path, f)
    except (UnicodeDecodeError, EOFError, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: cannot be read as text ({error}); download it again") from error


def first_keys(path: Path) -> frozenset[str]:
    """Returns the fields of a file's first row; none for a Parquet file or an empty one."""
    if path.name.endswith(".parquet") or not path.name.endswith(SUFFIXES):
        return frozenset()
    first = next(read_rows(path), None)
    return frozenset() if first is None else frozenset(first.data)


def _lines(path: Path, file: TextIO) -> Iterator[Row]:
    number = 0
    for line in file:
        if line.strip():
            number += 1
            yield _row(path, number, _parse(path, number, line))


def _json(path: Path, file: TextIO) -> Iterator[Row]:
    text = file.read()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        for number, line in enumerate(filter(str.strip, text.split("\n")), 1):
            yield _row(path, number, _parse(path, number, line))
        return
    for number, item in enumerate(value if isinstance(value, list) else [value], 1):
        yield _row(path, number, item)


def _parse(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}, row {number}: not JSON ({error})") from error


def _csv(path: Path, file: TextIO) -> Iterator[Row]:
    before = csv.field_size_limit(_LONGEST_CELL)
    try:
        for number, data in enumerate(csv.DictReader(file), 1):
            yield _row(path, number, data)
    except csv.Error as error:
        raise InputError(f"{path}: not CSV ({error}); download it again") from error
    finally:
        csv.field_size_limit(before)


def _parquet(path: Path) -> Iterator[Row]:
    try:
        parquet = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise InputError(
            f"{path}: Parquet needs pyarrow, which is not installed: pip install pyarrow, "
            "or save the rows as JSON lines or CSV"
        ) from error
    try:
        rows = parquet.read_table(str(path)).to_pylist()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: not Parquet ({error!s:.100}); download it again") from error
    for number, data in enumerate(rows, 1):
        yield _row(path, number, data)


def _row(path: Path, number: int, value: object) -> Row:
    if not isinstance(value, dict):
        raise InputError(f"{path}, row {number}: {value!r:.40} is not a JSON object")
    return Row(path, number, value)
