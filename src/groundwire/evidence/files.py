"""Files of evidence, opened with errors that name them: missing, too large, binary, not UTF-8."""

from __future__ import annotations

import codecs
import itertools
import os
import stat
from collections.abc import Iterator
from typing import IO

from groundwire.errors import DocumentError

BLOCK_BYTES = 1 << 20
"""Size of the blocks in which files are read, in bytes."""

_CONTROL = frozenset(range(32)) - set(b"\t\n\v\f\r\x1b")


def is_regular(name: str) -> bool:
    """Whether a path is a plain file and not, for example, a pipe, which opens only once."""
    try:
        mode = os.stat(name).st_mode
    except FileNotFoundError as error:
        raise DocumentError(f"{name} does not exist: check the path") from error
    except (OSError, ValueError) as error:
        raise DocumentError(f"{name!r} cannot be read ({error}): check the path") from error
    if stat.S_ISDIR(mode):
        raise DocumentError(
            f"{name} is a directory: name its files, or index it with `groundwire index`"
        )
    return stat.S_ISREG(mode)


def open_bytes(name: str) -> IO[bytes]:
    """Opens a file, or says that it cannot be."""
    try:
        return open(name, "rb")
    except OSError as error:
        raise DocumentError(f"{name} cannot be read ({error}): check its permissions") from error


class SourceFile:
    """An open file that tells what is wrong with it."""

    def __init__(self, handle: IO[bytes], name: str, max_bytes: int | None) -> None:
        self.handle = handle
        self.name = name
        self._max_bytes = max_bytes

    def check_size(self, size: int) -> None:
        """Refuses a number of bytes above the limit."""
        if self._max_bytes is not None and size > self._max_bytes:
            raise DocumentError(
                f"{self.name} is larger than {self._max_bytes:,} bytes: split it or raise the limit"
            )

    def raw(self) -> Iterator[bytes]:
        """Yields the bytes."""
        taken = 0
        while block := self._block():
            taken += len(block)
            self.check_size(taken)
            yield block

    def blocks(self) -> Iterator[bytes]:
        """Yields the bytes of a file that must be text."""
        taken = 0
        for block in self.raw():
            if taken == 0:
                self._refuse_binary(block)
            if (at := block.find(0)) >= 0:
                raise self._binary(f"it has a NUL byte at offset {taken + at}")
            taken += len(block)
            yield block

    def text(self) -> Iterator[str]:
        """Yields the decoded text in pieces."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        taken = 0
        for block in itertools.chain(self.blocks(), [b""]):
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise self.not_utf8(error, taken - pending) from error
            yield text.removeprefix("\ufeff") if taken == 0 else text
            taken += len(block)

    def lines(self) -> Iterator[str]:
        """Yields the lines, with their ends."""
        rest = ""
        for text in self.text():
            # Not by splitlines, which also cuts at U+2028, and a JSON string may hold that.
            lines = (rest + text).split("\n")
            rest = lines.pop()
            for line in lines:
                yield line + "\n"
        if rest:
            yield rest

    def whole(self) -> str:
        """Returns all of the text."""
        return "".join(self.text())

    def not_utf8(self, error: UnicodeDecodeError, base: int) -> DocumentError:
        """Returns the error of bytes that do not decode, ``base`` bytes into the file."""
        return DocumentError(
            f"{self.name} is not UTF-8 (byte 0x{error.object[error.start]:02x} at offset "
            f"{base + error.start}): convert it, for example with `iconv -f latin1 -t utf-8`"
        )

    def error(self, what: str) -> DocumentError:
        """Returns an error that begins with the file's name."""
        return DocumentError(f"{self.name} {what}")

    def _block(self) -> bytes:
        try:
            return self.handle.read(BLOCK_BYTES)
        except OSError as error:
            raise DocumentError(f"{self.name} cannot be read ({error}): try again") from error

    def _refuse_binary(self, block: bytes) -> None:
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise DocumentError(
                f"{self.name} is not UTF-8 but UTF-16 (byte 0x{block[0]:02x} at offset 0): "
                "convert it with `iconv -f utf-16 -t utf-8`"
            )
        head = block[:8192]
        control = sum(byte in _CONTROL for byte in head)
        if control * 10 > len(head) * 3 and b"\0" not in head:
            raise self._binary("most of it is control characters")

    def _binary(self, why: str) -> DocumentError:
        return DocumentError(
            f"{self.name} is binary ({why}): give text, Markdown, HTML, PDF, JSON or CSV"
        )
