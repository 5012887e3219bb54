"""JSON lines of users and authors, read with every fault named by file and row."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from groundwire.errors import InputError

_DAMAGE = (EOFError, zlib.error, OSError)
_AGAIN = "check its permissions, or copy or download it again"


@contextmanager
def open_text(path: Path, newline: str | None = None) -> Iterator[TextIO]:
    """Opens a file as UTF-8, gzipped or plain; a byte order mark is left out.

    Args:
        path: the file; its name ends with ``.gz`` where it is gzipped.
        newline: as for ``open``.

    Raises:
        InputError: if it is missing, cannot be read, is cut off or damaged, or is not UTF-8;
            faults that show while it is read are raised too.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    opener = gzip.open if path.name.endswith(".gz") else open
    try:
        with opener(path, "rt", encoding="utf-8-sig", newline=newline) as file:
            yield file
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read as text ({error}); save it as UTF-8") from error
    except _DAMAGE as error:
        raise InputError(f"{path}: cannot be read ({error!s:.200}); {_AGAIN}") from error


def parse_json(place: str, text: str) -> Any:
    """Returns the value of JSON text.

    Args:
        place: names it in errors.
        text: the JSON.

    Raises:
        InputError: if it is not JSON, or nested too deeply.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place}: not JSON ({error!s:.200}); correct it") from error


def require_object(place: str, value: object) -> dict[str, Any]:
    """Returns a value that must be a JSON object.

    Raises:
        InputError: if it is none.
    """
    if not isinstance(value, dict):
        raise InputError(f"{place}: {value!r:.40} is not a JSON object")
    return value


def parse_lines(path: Path, lines: Iterable[str]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields the number of each line that is not blank, counted from 1, and its object.

    Raises:
        InputError: if a line is no JSON object.
    """
    for number, line in enumerate(lines, 1):
        if line.strip():
            place = f"{path}, row {number}"
            yield number, require_object(place, parse_json(place, line))


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields the objects of a JSON lines file, gzipped or plain, each with its line's number.

    Raises:
        InputError: if the file cannot be read or a line is no JSON object (it is named).
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    yield from parse_lines(path, _decoded(path))


def _decoded(path: Path) -> Iterator[str]:
    """The lines, decoded one by one, so that a fault is told of the line that has it."""
    opener = gzip.open if path.name.endswith(".gz") else open
    number = 0
    try:
        with opener(path, "rb") as file:
            for number, line in enumerate(file, 1):
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path}, row {number}: cannot be read as text ({error}); save it as UTF-8"
        ) from error
    except _DAMAGE as error:
        raise InputError(
            f"{path}, row {number + 1}: cannot be read ({error!s:.200}); {_AGAIN}"
        ) from error
