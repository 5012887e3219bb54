"""Rows and the lines that they are read from, each with its place."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from groundwire.errors import InputError
from groundwire.io.json_text import parse_strict
from groundwire.io.paths import STDIN
from groundwire.io.streams import Source

SHOWN = 2_000
"""Characters of a line that ``Rejected.text`` shows."""

BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a file.

    Attributes:
        place: where it was read, such as ``"chats.jsonl:12"``.
        data: its fields.
        text: the beginning of its line; where the format has none, it is made from the fields.
    """

    place: str
    data: dict[str, Any]
    text: str = ""

    def rejected(self, cause: str) -> Rejected:
        """Returns what stands for the row if it holds no answer."""
        try:
            text = self.text or json.dumps(self.data, default=str)
        except RecursionError:
            text = ""
        return Rejected(self.place, cause, text[:SHOWN])


@dataclass(frozen=True, slots=True)
class Rejected:
    """A line that is no answer that could be checked.

    Attributes:
        place: file and line, such as ``"chats.jsonl:12"``.
        cause: what is wrong with it, and what would be right.
        text: the beginning of the line, at most 2,000 characters.
    """

    place: str
    cause: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a stream: its number, its bytes, and whether these are only its beginning."""

    number: int
    data: bytes
    cut: bool = False


def read_lines(name: str, source: Source, longest: int) -> Iterator[Line | Rejected]:
    """Yields the lines of a stream with their ends; a damaged rest is one ``Rejected``."""
    stream, number = io.BufferedReader(source), 0
    try:
        while data := stream.readline(longest + 1):
            number += 1
            if number == 1:
                data = data.removeprefix(BOM)
            cut = len(data) > longest and not data.endswith(b"\n")
            while cut and (more := stream.readline(1 << 20)) and not more.endswith(b"\n"):
                pass
            yield Line(number, data[: 4 * SHOWN] if cut else data, cut)
    except OSError as error:
        yield reject_rest(name, number + 1, error)


def reject_rest(name: str, line: int, error: Exception) -> Rejected:
    """Returns what stands for the rest of a file that can be read no further."""
    cause = f"the rest of the file cannot be read ({error!s:.200}); copy or download it again"
    return Rejected(name_place(name, line), cause)


def name_place(name: str, line: int) -> str:
    """Returns the name of a place in a file."""
    shown = "stdin" if name == STDIN else name.encode("utf-8", "backslashreplace").decode()
    return f"{shown}:{line}"


def reject_long(name: str, line: Line, longest: int) -> Rejected:
    """Returns what stands for a line that is too long."""
    cause = f"longer than {longest:,} bytes; write one record a line, or raise the limit"
    return Rejected(name_place(name, line.number), cause, show_bytes(line.data))


def show_bytes(data: bytes) -> str:
    """Returns the beginning of bytes as text."""
    return data[: 4 * SHOWN].decode("utf-8", "replace").strip()[:SHOWN]


def read_json_lines(name: str, source: Source, longest: int) -> Iterator[Row | Rejected]:
    """Yields the objects of JSON lines; blank lines are no rows."""
    for line in read_lines(name, source, longest):
        if isinstance(line, Rejected):
            yield line
        elif line.cut:
            yield reject_long(name, line, longest)
        elif line.data.strip():
            yield _object(name_place(name, line.number), line.data)


def _object(where: str, data: bytes) -> Row | Rejected:
    try:
        return make_row(where, parse_strict(data.decode()), show_bytes(data))
    except UnicodeDecodeError as error:
        return Rejected(where, f"not UTF-8 ({error}); save it as UTF-8", show_bytes(data))
    except InputError as error:
        return Rejected(where, str(error), show_bytes(data))


def make_row(where: str, value: Any, text: str) -> Row | Rejected:
    """Returns the row that a JSON value is, if it is an object."""
    if isinstance(value, dict):
        return Row(where, value, text)
    return Rejected(where, f"{value!r:.40} is no object; write one object a record", text)
