"""Columns: tables that an object holds column by column, or as a head and rows without names.

Weather services, charts and data frames answer so: ``{"time": ["May 1", "May 2"], "rain": [3, 7]}``
and ``{"columns": ["time", "rain"], "data": [["May 1", 3], ["May 2", 7]]}``. Written as they stand,
no value is beside the one that it belongs to.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.evidence.cells import PERIOD, is_bare_number, is_row
from groundwire.text.words import split_table

_INDEXES = frozenset(
    split_table(
        "time times date dates datetime timestamp day days month months year years hour hours "
        "quarter quarters week weeks period periods index label labels name names category "
        "categories id ids"
    )
)
"""Names of columns that tell one row from another."""

_HEADS = ("columns", "fields", "headers", "header")
_ROWS = ("data", "rows", "values", "records")
_FORMS = frozenset({"iso8601", "unixtime"})
"""What stands for the unit of a time, and is none."""


def read_columns(record: Mapping[Any, Any], units: object = None) -> list[dict[str, Any]] | None:
    """Returns the rows of an object that is a table.

    Args:
        record: an object.
        units: an object beside it that has a unit for some of its columns, if there is one.

    Returns:
        None where it is no table: its lists have not all one length, hold more than texts and
        numbers, or none of them tells one row from another.
    """
    named = {str(key): value for key, value in record.items()}
    rows = _read_rows(named) or _read_lists(named)
    if rows is None or not isinstance(units, Mapping):
        return rows
    known = {str(key): unit for key, unit in units.items() if isinstance(unit, str)}
    return [
        {key: _add_unit(value, known.get(key, "")) for key, value in row.items()} for row in rows
    ]


def _read_rows(record: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Rows under a list of their names."""
    heads = [record[key] for key in _HEADS if key in record]
    bodies = [record[key] for key in _ROWS if key in record]
    if len(heads) != 1 or len(bodies) != 1 or not is_row(heads[0]) or not is_row(bodies[0]):
        return None
    if not record.keys() <= {*_HEADS, *_ROWS, "index"}:
        return None
    names = [head.get("name") if isinstance(head, Mapping) else head for head in heads[0]]
    texts = [name for name in names if isinstance(name, str) and name.strip()]
    rows = bodies[0]
    if not rows or not texts or len({*texts}) != len(names):
        return None
    if not all(is_row(row) and len(row) == len(texts) for row in rows):
        return None
    found = [dict(zip(texts, row, strict=True)) for row in rows]
    index = record.get("index")
    if not is_row(index) or all(isinstance(label, int) for label in index):
        return found
    # Labels of rows that are more than their numbers: the names of what the rows are about.
    if len(index) != len(rows) or "index" in texts:
        return None
    return [{"index": label, **row} for label, row in zip(index, found, strict=True)]


def _read_lists(record: Mapping[str, Any]) -> list[dict[str, Any]] | None:
    """Rows of columns that are named each."""
    columns = [*record.values()]
    if len(columns) < 2 or not all(is_row(column) for column in columns):
        return None
    size = len(columns[0])
    if size < 2 or any(len(column) != size for column in columns):
        return None
    if any(is_row(cell) or isinstance(cell, Mapping) for column in columns for cell in column):
        return None
    if not any(_is_index(key, column) for key, column in record.items()):
        return None
    return [{key: column[i] for key, column in record.items()} for i in range(size)]


def _is_index(key: str, column: Sequence[Any]) -> bool:
    """Whether a column tells rows apart: its name says so, or it holds periods."""
    cells = [str(cell).strip() for cell in column]
    if len({*cells}) != len(cells) or not all(cells):
        return False
    return key.casefold() in _INDEXES or all(map(_is_period, column))


def _is_period(cell: Any) -> bool:
    if isinstance(cell, datetime.date):
        return True
    text = str(cell).strip()
    if PERIOD.fullmatch(text):
        return True
    try:
        datetime.date.fromisoformat(text[:10])
    except ValueError:
        return False
    return True


def _add_unit(value: Any, unit: str) -> Any:
    if not unit.strip() or unit in _FORMS or not is_bare_number(value):
        return value
    return f"{value} {unit.strip()}"
