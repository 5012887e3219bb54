"""Streams of bytes from files, URIs and standard input, decompressed."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import importlib
import io
import lzma
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from groundwire.errors import InputError
from groundwire.io.paths import STDIN
from groundwire.io.remote import is_uri, open_remote

_HEAD = 65_536
_DAMAGE = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError)


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


class Hashed(io.RawIOBase):
    """A stream that is hashed as it is read.

    At its end, ``entry`` gets ``bytes``, its size, and ``sha256``.
    """

    def __init__(self, stream: Any, entry: dict[str, Any]) -> None:
        """Takes an open stream and what its size and hash are put into."""
        super().__init__()
        self._stream, self._entry = stream, entry
        self._digest, self._size = hashlib.sha256(), 0

    def readable(self) -> bool:
        """Whether it can be read: always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads the next bytes; none at the end."""
        data = self._stream.read1(len(buffer))
        if data:
            self._digest.update(data)
            self._size += len(data)
        else:
            self._entry.update(bytes=self._size, sha256=self._digest.hexdigest())
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_source(name: str, entry: dict[str, Any] | None = None) -> Iterator[Source]:
    """Opens a file, a URI or ``-``, decompressed if its content says that it is compressed.

    Args:
        name: what is opened.
        entry: gets the size and hash of the file as it is stored, at the end of the block; what
            was not read of it is read then.

    Raises:
        InputError: if it cannot be opened, or ``pyarrow`` is needed for it and not installed.
    """
    if name == STDIN:
        yield _decompressed(name, Source(sys.stdin.buffer))
        return
    with open_bytes(name) as file:
        if entry is None:
            yield _decompressed(name, Source(file))
            return
        stored = io.BufferedReader(Hashed(file, entry), _HEAD)
        yield _decompressed(name, Source(stored))
        try:
            while stored.read1(_HEAD):
                pass
        except OSError as error:
            raise InputError(f"{name}: cannot be read ({error!s:.200}); check it") from error


def open_bytes(name: str) -> Any:
    """Opens a file or a URI as it is stored.

    Raises:
        InputError: if it cannot be opened.
    """
    if is_uri(name):
        return open_remote(name)
    try:
        return open(name, "rb")
    except OSError as error:
        raise InputError(f"{name}: cannot be opened ({error.strerror}); check it") from error


def _decompressed(name: str, source: Source) -> Source:
    head = source.head
    if head.startswith(b"\x1f\x8b"):
        return Source(gzip.GzipFile(fileobj=io.BufferedReader(source)))
    if head.startswith(b"BZh") and head[4:10] == b"1AY&SY":
        return Source(bz2.BZ2File(io.BufferedReader(source)))
    if head.startswith(b"\xfd7zXZ\x00"):
        return Source(lzma.LZMAFile(io.BufferedReader(source)))
    if head.startswith(b"\x28\xb5\x2f\xfd"):
        arrow = import_arrow(name, "zstd compression", "pyarrow")
        file = arrow.PythonFile(io.BufferedReader(source), "r")
        return Source(arrow.CompressedInputStream(file, "zstd"))
    return source


def import_arrow(name: str, what: str, module: str) -> Any:
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
