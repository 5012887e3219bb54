"""Rows of one trace put together, wherever they stand in the input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby, islice

from groundwire.audit.inputs.rows import Row
from groundwire.errors import GroundwireError

_TABLES = """
    CREATE TABLE groups (name TEXT PRIMARY KEY, first INTEGER) WITHOUT ROWID;
    CREATE TABLE rows (name TEXT, place TEXT, data TEXT, text TEXT);
"""
_INSERTS = (
    "INSERT OR IGNORE INTO groups SELECT ?, 1 + coalesce(max(rowid), 0) FROM rows",
    "INSERT INTO rows VALUES (?, ?, ?, ?)",
)
_SORTED = """
    SELECT groups.first, rows.name, rows.place, rows.data, rows.text
    FROM rows JOIN groups USING (name) ORDER BY groups.first, rows.rowid
"""


class Joined:
    """Rows by the name of their group, groups in the order of their first rows.

    They wait in a private database of SQLite, which grows on the disk and not in memory, in a
    file of the folder for temporary files that has no name and is gone with the process.
    """

    def __init__(self) -> None:
        """Begins with no rows."""
        import sqlite3

        self._error = sqlite3.Error
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._base.executescript(_TABLES)
        self._base.execute("BEGIN")

    def add(self, name: str, row: Row) -> None:
        """Adds a row to the group of a name.

        Raises:
            GroundwireError: if there is no space left.
        """
        values = (name, row.place, json.dumps(row.data, default=str), row.text)
        try:
            self._base.execute(_INSERTS[0], (name,))
            self._base.execute(_INSERTS[1], values)
        except self._error as error:
            raise self._full(error) from error

    def groups(self, most: int) -> Iterator[tuple[str, list[Row]]]:
        """Yields the name and the rows of each group, and lets go of all of them at the end.

        Args:
            most: rows that a group is given with; further ones are left out.

        Raises:
            GroundwireError: if there is no space left.
        """
        try:
            found = self._base.execute(_SORTED)
            for (_, name), rows in groupby(found, lambda values: values[:2]):
                yield name, [Row(p, json.loads(d), t) for _, _, p, d, t in islice(rows, most)]
        except self._error as error:
            raise self._full(error) from error
        finally:
            self._base.close()

    def _full(self, error: Exception) -> GroundwireError:
        return GroundwireError(
            f"the rows of traces cannot be put together ({error}): free space in the folder for "
            "temporary files, or name another one with SQLITE_TMPDIR"
        )
