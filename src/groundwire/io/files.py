"""Files of any format as rows; what is no row is rejected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundwire.errors import InputError
from groundwire.io.json_arrays import read_json_rows
from groundwire.io.json_text import parse_strict
from groundwire.io.paths import detect_named_format
from groundwire.io.rows import BOM, Rejected, Row, read_json_lines, reject_rest
from groundwire.io.streams import Source, open_source
from groundwire.io.tables import read_csv, read_parquet

FORMATS = ("jsonl", "json", "csv", "tsv", "parquet")
"""Formats of files."""

_WIDE = (b"\xff\xfe", b"\xfe\xff")


def read_rows(
    name: str, form: str | None, longest: int, entry: dict[str, Any] | None = None
) -> Iterator[Row | Rejected]:
    """Yields the rows of a file, a URI, or of standard input (``-``), in their order.

    Lines count from 1; a row of a Parquet file is counted as one line.

    Args:
        name: the file.
        form: one of ``FORMATS``; None detects it by content, then by name.
        longest: bytes that one row may have; a longer one is rejected and never loaded whole.
        entry: gets the size and hash of the file when all its rows were taken (``open_source``).

    Raises:
        InputError: if the file cannot be opened, its format cannot be told, or it is UTF-16.
    """
    with open_source(name, entry) as source:
        if not source.head:
            yield from _unreadable(name, source)
            return
        if source.head.startswith(_WIDE):
            raise InputError(f"{name}: is UTF-16 text; save it as UTF-8")
        form = form or detect_format(name, source.head)
        if form in ("csv", "tsv"):
            yield from read_csv(name, source, form, longest)
        elif form == "json" and not has_json_lines(source.head):
            yield from read_json_rows(name, source, longest)
        elif form != "parquet":
            yield from read_json_lines(name, source, longest)
    if form == "parquet":  # read from any place in it, so it is opened anew
        yield from read_parquet(name)


def detect_format(name: str, head: bytes) -> str:
    """Returns the format of a file, by its beginning where that is clear, or else by its name.

    Raises:
        InputError: if neither tells it.
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    if named := detect_named_format(name):
        return named
    start = head.removeprefix(BOM).lstrip()[:1]
    if start in (b"{", b"["):
        return "json"
    first = head.partition(b"\n")[0]
    for mark, form in ((b"\t", "tsv"), (b",", "csv")):
        if mark in first:
            return form
    raise InputError(f"{name}: its format cannot be told; say which: {', '.join(FORMATS)}")


def has_json_lines(head: bytes) -> bool:
    """Whether a file named ``.json`` has an object on its first line: many hold JSON lines."""
    text = head.removeprefix(BOM).lstrip()
    first, end, _ = text.partition(b"\n")
    if not text.startswith(b"{"):
        return False
    try:
        return not end or isinstance(parse_strict(first.decode()), dict)
    except ValueError:
        return False


def _unreadable(name: str, source: Source) -> Iterator[Rejected]:
    """What is wrong with a file of which nothing can be read; nothing if it is empty."""
    try:
        source.read(1)
    except OSError as error:
        yield reject_rest(name, 1, error)
