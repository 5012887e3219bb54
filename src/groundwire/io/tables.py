"""Tables as rows: CSV and TSV streams, and Parquet files."""

from __future__ import annotations

import csv
import datetime
import decimal
from collections.abc import Iterator
from typing import Any

from groundwire.errors import InputError
from groundwire.io.paths import STDIN
from groundwire.io.remote import is_uri, open_remote
from groundwire.io.rows import (
    SHOWN,
    Rejected,
    Row,
    name_place,
    read_lines,
    reject_long,
    reject_rest,
)
from groundwire.io.streams import Source, import_arrow

_BATCH = 256
_NO_TEXT = "not UTF-8; save it as UTF-8"


def read_csv(name: str, source: Source, form: str, longest: int) -> Iterator[Row | Rejected]:
    """Yields the rows of a table under its header; an empty cell is None.

    Fields are separated by tabs (``tsv``), or by commas, or by semicolons if the header has no
    comma. A row must have as many cells as the header; a header that has a name twice rejects
    the file.

    Args:
        name: the file.
        source: its bytes.
        form: ``"csv"`` or ``"tsv"``.
        longest: bytes that one line, or one cell, may have.
    """
    table = _Table(name, source, longest)
    before = csv.field_size_limit(longest)
    try:
        first = b"" if form == "tsv" else source.head.partition(b"\n")[0]
        semicolons = b";" in first and b"," not in first
        mark = "\t" if form == "tsv" else ";" if semicolons else ","
        yield from table.rows(csv.reader(table.lines(), delimiter=mark, strict=True))
    finally:
        csv.field_size_limit(before)


class _Table:
    """Reads a table; what its lines have wrong is told between its rows."""

    def __init__(self, name: str, source: Source, longest: int) -> None:
        self.name = name
        self._source, self._longest = source, longest
        self._faults: list[Rejected] = []
        self._last = 0

    def lines(self) -> Iterator[str]:
        for line in read_lines(self.name, self._source, self._longest):
            if isinstance(line, Rejected):
                self._faults.append(line)
                continue
            self._last = line.number
            if line.cut:
                self._faults.append(reject_long(self.name, line, self._longest))
            else:
                yield line.data.decode("utf-8", "surrogateescape")

    def rows(self, reader: Iterator[list[str]]) -> Iterator[Row | Rejected]:
        names: list[str] = []
        while True:
            start = self._last + 1
            try:
                cells = next(reader, None)
            except csv.Error as error:
                yield self._error(start, f"not CSV ({error}), up to line {self._last}; correct it")
                continue
            yield from self._faults
            self._faults.clear()
            if cells is None:
                return
            if not cells:
                continue
            if not names:
                names = cells
                if wrong := _wrong_header(names):
                    yield self._error(start, f"{wrong} (the file is left out)", cells)
                    return
            else:
                yield self._row(start, names, cells)

    def _row(self, start: int, names: list[str], cells: list[str]) -> Row | Rejected:
        if len(cells) != len(names):
            cause = f"has {len(cells)} cells for {len(names)} columns; correct it"
            return self._error(start, cause, cells)
        if not _is_text(cells):
            return self._error(start, _NO_TEXT, cells)
        data = {key: cell or None for key, cell in zip(names, cells, strict=True) if key}
        return Row(name_place(self.name, start), data)

    def _error(self, line: int, cause: str, cells: list[str] | None = None) -> Rejected:
        text = ",".join(cells or [])[:SHOWN].encode("utf-8", "replace").decode()
        return Rejected(name_place(self.name, line), cause, text)


def _wrong_header(names: list[str]) -> str:
    """Returns what is wrong with the names of columns, or ``""``."""
    if not _is_text(names):
        return _NO_TEXT
    found = next((name for name in names if name and names.count(name) > 1), None)
    if found is None:
        return ""
    return f"has {names.count(found)} columns {found!r:.60}; keep one of them"


def _is_text(cells: list[str]) -> bool:
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return False
    return True


def read_parquet(name: str) -> Iterator[Row | Rejected]:
    """Yields the rows of a Parquet file, read in batches.

    Dates and times become ISO text, and decimals numbers; bytes that are no UTF-8 are None.

    Raises:
        InputError: if it is no Parquet file, is compressed as a whole, comes from standard
            input, or pyarrow is not installed.
    """
    if name == STDIN:
        raise InputError("Parquet cannot be read from standard input; give the file")
    module = import_arrow(name, "Parquet", "pyarrow.parquet")
    try:
        file = module.ParquetFile(open_remote(name, random=True) if is_uri(name) else name)
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: not Parquet ({error!s:.100}); copy it again") from error
    number = 0
    with file:
        if wrong := _wrong_header(file.schema_arrow.names):
            yield Rejected(name_place(name, 1), f"{wrong} (the file is left out)")
            return
        try:
            for batch in file.iter_batches(batch_size=_BATCH):
                for data in _dicts(batch):
                    number += 1
                    yield Row(name_place(name, number), convert_value(data))
        except (OSError, ValueError, KeyError, OverflowError) as error:
            yield reject_rest(name, number + 1, error)


def _dicts(batch: Any) -> list[dict[str, Any]]:
    arrow = import_arrow("", "Parquet", "pyarrow")
    table = arrow.Table.from_batches([batch])
    for position, field in enumerate(table.schema):
        # Nanoseconds have no type in Python.
        if arrow.types.is_timestamp(field.type) and field.type.unit == "ns":
            coarse = table.column(position).cast(arrow.timestamp("us", field.type.tz), safe=False)
            table = table.set_column(position, field.name, coarse)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def convert_value(value: Any) -> Any:
    """Returns a value of Parquet as a value of JSON."""
    if isinstance(value, dict):
        return {str(key): convert_value(item) for key, item in value.items()}
    if isinstance(value, list):
        pairs = bool(value) and all(isinstance(item, tuple) and len(item) == 2 for item in value)
        return convert_value(dict(value)) if pairs else [convert_value(item) for item in value]
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return None
    return value
