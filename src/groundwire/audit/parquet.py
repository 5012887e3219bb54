"""Records as rows of ``verdicts.parquet``, written with fixed options."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from groundwire.audit.record import Record
from groundwire.audit.schema import SCHEMA, rows

_TEXTS = frozenset({"text", "claimed", "found"})
_HALF = re.compile("[\ud800-\udfff]")


def clean_rows(record: Record) -> list[dict[str, Any]]:
    """Returns the rows of a record as they are stored.

    Texts that are empty are null. Half a surrogate pair, which is in no UTF-8, is U+FFFD; in
    ``reports.jsonl`` it is what it was.
    """
    return [{key: _clean(key, value) for key, value in row.items()} for row in rows(record)]


def _clean(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return None if not value and key in _TEXTS else _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [{name: _clean(name, item) for name, item in entry.items()} for entry in value]
    return value


def table_of(records: Iterable[Record]) -> pa.Table:
    """Returns the rows of records as a table."""
    found = [row for record in records for row in clean_rows(record)]
    return pa.Table.from_pylist(found, schema=SCHEMA)


def table_writer(file: BinaryIO) -> pq.ParquetWriter:
    """Returns a writer whose output depends on nothing but the rows and pyarrow's version."""
    return pq.ParquetWriter(
        file, SCHEMA, version="2.6", compression="zstd", compression_level=3,
        data_page_version="1.0", use_dictionary=True, write_statistics=True,
    )  # fmt: skip
