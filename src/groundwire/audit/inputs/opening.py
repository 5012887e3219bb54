"""Files, folders, globs and standard input as streams of bytes, decompressed."""

from __future__ import annotations

import bz2
import glob
import gzip
import importlib
import io
import json
import lzma
import os
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundwire.errors import InputError

STDIN = "-"
SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
"""Formats by the ends of names."""

COMPRESSED = (".gz", ".bz2", ".xz", ".zst")

_HEAD = 65_536
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


def expand(inputs: Sequence[str | Path], skipped: set[str] | None = None) -> list[str]:
    """Returns the files that arguments stand for, in their order.

    A folder stands for the files in it and below whose names end like one of ``SUFFIXES``
    (compressed or not), a glob for what it matches; both sorted by name. Names that begin with a
    dot are left out there, and so are folders of an audit, finished or not, which hold no new
    answers. ``-`` is standard input. A file named twice is read once.

    Args:
        inputs: files, folders, globs, and ``-``.
        skipped: takes the folders of audits that were left out.

    Raises:
        InputError: if there is nothing to read, or a file is missing or may not be read.
    """
    found: dict[str, str] = {}
    left_out = set() if skipped is None else skipped
    for item in inputs:
        for name in _expand(str(item), left_out):
            found.setdefault(name if name == STDIN else os.path.realpath(name), name)
    if not found:
        raise InputError("no input: give files, folders, globs or - (standard input)")
    return list(found.values())


def _expand(item: str, skipped: set[str]) -> list[str]:
    if item == STDIN:
        return [item]
    if os.path.lexists(item):
        return _folder(item, skipped) if os.path.isdir(item) else [_readable(item)]
    if glob.has_magic(item):
        names = sorted(glob.glob(item, recursive=True))
        files = [n for name in names for n in ([name] if os.path.isfile(name) else _within(name))]
        kept = _new(files, skipped)
        if files and not kept:
            raise InputError(_only_audits(item, skipped))
        if not files:
            raise InputError(f"{item}: no file matches; check the pattern (quoted in the shell)")
        return [_readable(name) for name in kept]
    raise InputError(f"{item}: no such file or folder")


def _folder(item: str, skipped: set[str]) -> list[str]:
    files = _within(item)
    if not files:
        raise InputError(
            f"{item}: has no file named {', '.join('*' + suffix for suffix in SUFFIXES)} "
            f"(or with {', '.join(COMPRESSED)} after it); name the files themselves"
        )
    kept = _new(files, skipped)
    if not kept:
        raise InputError(_only_audits(item, skipped))
    return [_readable(name) for name in kept]


def _only_audits(item: str, skipped: set[str]) -> str:
    return (
        f"{item}: holds no answers to check, only an earlier audit ({', '.join(sorted(skipped))}); "
        "name the files that the answers are in"
    )


def _new(files: Iterable[str], skipped: set[str]) -> list[str]:
    """The files that are in no folder of an audit, or below one."""
    known: dict[Path, Path | None] = {}
    kept = []
    for name in files:
        folder = Path(name).parent
        if folder not in known:
            above = (folder, *folder.parents)
            known[folder] = next((place for place in above if _is_audit(place)), None)
        found = known[folder]
        if found is None:
            kept.append(name)
        else:
            skipped.add(str(found))
    return kept


def _is_audit(folder: Path) -> bool:
    for name in ("manifest.json", "run.json"):
        try:
            value = json.loads((folder / name).read_bytes())
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(value, dict) and value.get("format") == "groundwire-audit":
            return True
    return False


def _within(folder: str) -> list[str]:
    found = []
    for path in Path(folder).rglob("*"):
        below = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in below.parts)
        if not hidden and named_format(path.name) and path.is_file():
            found.append((below.parts, str(path)))
    return [name for _, name in sorted(found)]


def _readable(name: str) -> str:
    if not os.path.exists(name):
        raise InputError(f"{name}: no such file (it is a link to nothing)")
    if not os.access(name, os.R_OK):
        raise InputError(f"{name}: may not be read; change its permissions")
    return name


def named_format(name: str) -> str | None:
    """Returns the format that a name tells, of a file compressed or not."""
    lower = name.lower()
    for suffix in COMPRESSED:
        lower = lower.removesuffix(suffix)
    return next((SUFFIXES[s] for s in SUFFIXES if lower.endswith(s)), None)


class Source(io.RawIOBase):
    """A stream whose beginning can be seen before it is read.

    Every fault of the stream is raised as an ``OSError``, after all that could be read.
    """

    def __init__(self, stream: Any) -> None:
        super().__init__()
        self._stream = stream
        self._fault: OSError | None = None
        self._head = b""
        while len(self._head) < _HEAD and (data := self._next(_HEAD)):
            self._head += data
        self.head = self._head

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads the next bytes; none at the end.

        Raises:
            OSError: if the stream is damaged here.
        """
        data = self._head or self._next(len(buffer))
        if not data and self._fault:
            raise self._fault
        size = min(len(buffer), len(data))
        buffer[:size] = data[:size]
        self._head = data[size:]
        return size

    def _next(self, size: int) -> bytes:
        if self._fault:
            return b""
        try:
            return bytes(self._stream.read1(size))
        except _DAMAGE as error:
            self._fault = OSError(str(error) or type(error).__name__)
            return b""


@contextmanager
def open_source(name: str) -> Iterator[Source]:
    """Opens a file, or ``-``, decompressed if its content says that it is compressed.

    Raises:
        InputError: if it cannot be opened, or ``pyarrow`` is needed for it and not installed.
    """
    if name == STDIN:
        yield _decompressed(name, Source(sys.stdin.buffer))
        return
    try:
        file = open(name, "rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"{name}: cannot be opened ({error.strerror}); check it") from error
    with file:
        yield _decompressed(name, Source(file))


def _decompressed(name: str, source: Source) -> Source:
    head = source.head
    if head.startswith(b"\x1f\x8b"):
        return Source(gzip.GzipFile(fileobj=io.BufferedReader(source)))
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return Source(bz2.BZ2File(io.BufferedReader(source)))
    if head.startswith(b"\xfd7zXZ\x00"):
        return Source(lzma.LZMAFile(io.BufferedReader(source)))
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        arrow = arrow_module(name, "zstd compression", "pyarrow")
        file = arrow.PythonFile(io.BufferedReader(source), "r")
        return Source(arrow.CompressedInputStream(file, "zstd"))
    return source


def arrow_module(name: str, what: str, module: str) -> Any:
    """Returns a module of pyarrow.

    Raises:
        InputError: if it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"{name}: {what} needs pyarrow, which is not installed: "
            "pip install 'groundwire[audit]', or save it as JSON lines"
        ) from error
