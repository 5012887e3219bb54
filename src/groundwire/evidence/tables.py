"""Tables, a header and its rows, as lines of ``key: value`` text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundwire.errors import InputError
from groundwire.evidence.keys import scalar, words
from groundwire.evidence.records import RecordWriter


def table_text(table: Sequence[Sequence[Any]]) -> str:
    """Returns a table, its header first, as one line (or more, if it is long) a row.

    Raises:
        InputError: if there is no row below the header, or a cell cannot be read as text.
    """
    if len(table) < 2:
        raise InputError("the table has a header and no rows: add its rows, or pass it as text")
    header, *rows = table
    lines = (row_text(header, row, number) for number, row in enumerate(rows, start=1))
    return "\n".join(line for line in lines if line)


def row_text(header: Sequence[Any], row: Sequence[Any], number: int) -> str:
    """Returns a row as ``row 3: city: Lyon; year: 1998.``; empty if its cells are.

    Cells without a name in the header are called by their column, as in ``column 4``.

    Raises:
        InputError: if a cell cannot be read as text.
    """
    writer = RecordWriter()
    names = [words(name) if scalar(name) else "" for name in header]
    names += [""] * (len(row) - len(names))
    pairs = [
        (name or f"column {index}", cell)
        for index, (name, cell) in enumerate(zip(names, row, strict=False), start=1)
    ]
    writer.fields(pairs, (f"row {number}",))
    return "\n".join(writer.lines)
