"""Reading of recorded answers from files of any format and form, as a stream."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, Literal, TypeAlias

from groundwire.audit.field_map import FieldMap, has_path
from groundwire.audit.formats import Form, detect_form, find_form, unpack_rows
from groundwire.audit.items import Item
from groundwire.errors import GroundwireError, InputError
from groundwire.io.files import FORMATS, read_rows
from groundwire.io.paths import expand_paths
from groundwire.io.rows import Rejected, Row

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
            raise _full(error) from error

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
            raise _full(error) from error
        finally:
            self._base.close()


class Told:
    """Answers of conversations that were met, so that each counts once.

    A record of a chat often holds the conversation so far, so that an answer comes again in the
    records after it: there it is history. Two records that both end with the same words are two
    answers. What was met waits in a private database of SQLite, as ``Joined`` does.
    """

    def __init__(self) -> None:
        """Begins with none."""
        import sqlite3

        self._error = sqlite3.Error
        self._base = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._base.executescript(
            "CREATE TABLE told (turn TEXT PRIMARY KEY, history INTEGER) WITHOUT ROWID;"
        )
        self._base.execute("BEGIN")

    def has_counted(self, item: Item) -> bool:
        """Whether an answer was counted in another record; it is known from now on.

        Raises:
            GroundwireError: if there is no space left.
        """
        if not item.turn:
            return False
        try:
            found = self._base.execute("SELECT history FROM told WHERE turn = ?", (item.turn,))
            known = found.fetchone()
            self._base.execute(
                "INSERT INTO told VALUES (?, ?) "
                "ON CONFLICT (turn) DO UPDATE SET history = max(history, excluded.history)",
                (item.turn, int(not item.final)),
            )
        except self._error as error:
            raise _full(error) from error
        return known is not None and (not item.final or bool(known[0]))


def _full(error: Exception) -> GroundwireError:
    return GroundwireError(
        f"the rows of traces cannot be put together ({error}): free space in the folder for "
        "temporary files, or name another one with SQLITE_TMPDIR"
    )


Turns: TypeAlias = Literal["all", "last"]
TURNS = ("all", "last")
REPEATED = "repeated"
"""Name under which answers that came again are counted."""

MOST_ROWS = 5_000
"""Rows that one trace may have."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How inputs are read.

    Attributes:
        format: format of all files, one of ``files.FORMATS``; None detects that of each.
        form: form of all records, a name of ``formats.FORMS``; None detects that of each row.
        fields: names of the record's parts, where they are not the usual ones.
        strict: whether the first record that cannot be read stops the reading.
        longest: bytes that one record may have; a longer one is rejected.
        turns: which answers of a conversation are read: all, each once, or the last of a record.
    """

    format: str | None = None
    form: str | None = None
    fields: FieldMap | None = None
    strict: bool = False
    longest: int = 64 * 2**20
    turns: Turns = "all"

    def __post_init__(self) -> None:
        if self.format not in (None, *FORMATS):
            raise InputError(f"format {self.format!r} is unknown: use one of {', '.join(FORMATS)}")
        if self.form is not None:
            find_form(self.form)
        if self.turns not in TURNS:
            raise InputError(f"turns is {self.turns!r:.40}: use one of {', '.join(TURNS)}")
        if self.longest < 1:
            raise InputError(f"longest is {self.longest}: give at least 1 byte")


def read_items(
    inputs: Sequence[str | Path], options: ReadOptions | None = None
) -> Iterator[Item | Rejected]:
    """Reads recorded answers, one row at a time: memory does not grow with the files.

    Files are read in the order of the arguments, those of a folder or a glob sorted by name
    (``opening.expand``). They may be JSON lines, JSON, CSV, TSV or Parquet, and compressed with
    gzip, bzip2, xz or zstd; formats and compression are seen from the content and the name. Each
    row is read by the form that it has (``formats.FORMS``). Rows of one trace are one answer,
    wherever they stand, in one file or several; such answers come last, after all files were
    read, in the order of their first rows. An answer of a conversation that comes again in a later
    record, as its history, is read once.

    Args:
        inputs: files, folders, globs, URIs, and ``-`` for standard input.
        options: how to read them.

    Yields:
        Each answer, and each row that is none, with its place and the cause.

    Raises:
        InputError: at once if an input is missing or may not be read; while reading, if a file
            cannot be opened or its format not told, if no row has a mapped path, and with
            ``strict`` in place of the first ``Rejected``.
    """
    return read_files(expand_paths(inputs), options or ReadOptions())


def read_files(
    files: Iterable[str],
    options: ReadOptions,
    entries: dict[str, dict[str, Any]] | None = None,
    counts: Counter[str] | None = None,
) -> Iterator[Item | Rejected]:
    """Reads recorded answers of files that ``opening.expand`` returned, as ``read_items`` does.

    Args:
        files: names and URIs, and ``-``.
        options: how to read them.
        entries: gets, by name, ``bytes`` and ``sha256`` of each file that was read to its end.
        counts: gets, under ``REPEATED``, how many answers came again and were left out.

    Raises:
        InputError: while reading, as ``read_items``.
    """
    reader, told = _Reader(options), Told()
    counts = Counter() if counts is None else counts
    for found in _all(reader, files, options, entries):
        if isinstance(found, Rejected):
            if options.strict:
                raise InputError(f"{found.place}: {found.cause}")
        elif options.turns == "last" and not found.final:
            continue
        elif told.has_counted(found):
            counts[REPEATED] += 1
            continue
        yield found
    reader.check_paths()


def _all(
    reader: _Reader,
    files: Iterable[str],
    options: ReadOptions,
    entries: dict[str, dict[str, Any]] | None,
) -> Iterator[Item | Rejected]:
    for name in files:
        entry = None if entries is None else entries.setdefault(name, {})
        yield from reader.items(read_rows(name, options.format, options.longest, entry))
    yield from reader.traces()


class _Reader:
    """Turns rows into items."""

    def __init__(self, options: ReadOptions) -> None:
        self._map = options.fields
        mapped = options.fields.paths if options.fields else {}
        told = "chat" if "messages" in mapped else "plain" if "answer" in mapped else None
        name = options.form or told
        self._form = None if name is None else find_form(name)
        self._missing = set(mapped.values())
        self._keys: list[str] | None = None
        self._joined: Joined | None = None

    def items(self, rows: Iterable[Row | Rejected]) -> Iterator[Item | Rejected]:
        """Yields the items of one file but those of traces."""
        for row in self._records(rows):
            if isinstance(row, Rejected):
                yield row
                continue
            form = self._form or detect_form(row.data)
            group = form.group(row.data)
            if group is None:
                yield from _answers(form, [row])
                continue
            self._joined = self._joined or Joined()
            try:
                self._joined.add(f"{form.name} {group}", row)
            except RecursionError:
                yield row.rejected("nested too deeply; flatten it")

    def traces(self) -> Iterator[Item | Rejected]:
        """Yields the items of the traces of all files."""
        if self._joined is not None:
            for name, rows in self._joined.groups(MOST_ROWS):
                yield from _answers(find_form(name.partition(" ")[0]), rows)

    def _records(self, rows: Iterable[Row | Rejected]) -> Iterator[Row | Rejected]:
        for row in rows:
            if isinstance(row, Rejected):
                yield row
            elif self._map is None:
                yield from unpack_rows(row)
            elif self._map.any_in(row.data):
                yield self._mapped(row, self._map)
            else:
                yield from (self._mapped(inner, self._map) for inner in unpack_rows(row))

    def _mapped(self, row: Row, fields: FieldMap) -> Row | Rejected:
        if self._keys is None:
            self._keys = [str(key) for key in row.data]
        self._missing = {path for path in self._missing if not has_path(row.data, path)}
        try:
            return Row(row.place, fields.apply(row.data), row.text)
        except InputError as error:
            return row.rejected(str(error))

    def check_paths(self) -> None:
        """Raises an error if no row at all had one of the mapped paths.

        Raises:
            InputError: naming the path and the fields that there are.
        """
        if self._missing and self._keys is not None:
            raise InputError(
                f"no row has {', '.join(map(repr, sorted(self._missing)))}, named in the mapping; "
                f"the fields of the first row are {', '.join(self._keys):.500}"
            )


def _answers(form: Form, rows: Sequence[Row]) -> Iterator[Item | Rejected]:
    try:
        if len(rows) == MOST_ROWS:
            raise InputError(f"{MOST_ROWS:,} rows of one trace or more; leave some out")
        yield from form.read(rows)
    except InputError as error:
        yield rows[0].rejected(str(error))
    except RecursionError:
        yield rows[0].rejected("nested too deeply; flatten it")
