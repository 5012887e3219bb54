"""Files of evidence, opened with errors that name them: missing, too large, binary, undecodable.

Text is UTF-8, or UTF-16 or UTF-32 where a byte order mark says so. Nothing is guessed: bytes of
another encoding would be read as other letters without anyone seeing it.
"""

from __future__ import annotations

import codecs
import itertools
import os
import re
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

    def text(self) -> Iterator[str]:
        """Yields the decoded text in pieces."""
        raw = self.raw()
        first = next(raw, b"")
        while len(first) < 4 and (more := next(raw, b"")):
            first += more
        encoding = _find_encoding(first)
        if encoding == "utf-8":
            self._refuse_binary(first)
        decoder = codecs.getincrementaldecoder(encoding)()
        taken = 0
        for block in itertools.chain([first], raw, [b""]):
            if encoding == "utf-8" and (at := block.find(0)) >= 0:
                raise self._binary(self._explain_nul(block, taken + at))
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                raise self.not_decodable(error, taken - pending) from error
            if encoding != "utf-8" and "\0" in text:
                raise self._binary("it has NUL characters")
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

    def page(self) -> str:
        """Returns all of the text of an HTML page, in the encoding that it states if not UTF-8."""
        data = b"".join(self.raw())
        if _find_encoding(data) != "utf-8":
            return self._decode_whole(data, _find_encoding(data))
        self._refuse_binary(data)
        if (at := data.find(0)) >= 0:
            raise self._binary(self._explain_nul(data, at))
        try:
            return data.decode("utf-8").removeprefix("\ufeff")
        except UnicodeDecodeError:
            return self._decode_whole(data, _find_stated(data) or "utf-8")

    def _decode_whole(self, data: bytes, encoding: str) -> str:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError as error:
            raise self.not_decodable(error, 0) from error
        if "\0" in text:
            raise self._binary("it has NUL characters")
        return text.removeprefix("\ufeff")

    def not_decodable(self, error: UnicodeDecodeError, base: int) -> DocumentError:
        """Returns the error of bytes that do not decode, ``base`` bytes into the file."""
        name = error.encoding.upper()
        hint = "-t utf-8` (windows-1252 is usual for files of older Windows programs)"
        advice = (
            f"convert it, for example with `iconv -f windows-1252 {hint}"
            if name == "UTF-8"
            else "it is damaged; save it again as UTF-8"
        )
        return DocumentError(
            f"{self.name} is not {name} (byte 0x{error.object[error.start]:02x} at offset "
            f"{base + error.start}): {advice}"
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
        head = block[:8192]
        control = sum(byte in _CONTROL for byte in head)
        if control * 10 > len(head) * 3 and b"\0" not in head:
            raise self._binary("most of it is control characters")

    def _binary(self, why: str) -> DocumentError:
        return DocumentError(
            f"{self.name} is binary ({why}): give text, Markdown, HTML, PDF, JSON or CSV"
        )

    def _explain_nul(self, block: bytes, at: int) -> str:
        """Says that there is a NUL, and of text in two-byte characters without a mark, what to do.

        In it nearly every other byte of Latin letters is NUL; in binary files NULs lie anywhere.
        """
        head = block[:4096]
        for name, half in (("utf-16le", head[1::2]), ("utf-16be", head[::2])):
            if len(half) > 3 and half.count(0) > 0.8 * len(half) and head.count(0) <= len(half):
                return (
                    f"it has a NUL byte at offset {at}; if it is {name} without a byte order "
                    f"mark, convert it with `iconv -f {name} -t utf-8`"
                )
        return f"it has a NUL byte at offset {at}"


_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; that of UTF-32 begins with that of UTF-16."""

_STATED = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]{1,40})""", re.IGNORECASE)
_WESTERN = frozenset({"ascii", "iso8859-1"})


def _find_encoding(data: bytes) -> str:
    return next((name for mark, name in _MARKS if data.startswith(mark)), "utf-8")


def _find_stated(data: bytes) -> str | None:
    """Returns the encoding that a page states in its head, as browsers read it, or None."""
    found = _STATED.search(data[:4096])
    if found is None:
        return None
    try:
        name = codecs.lookup(found[1].decode("ascii")).name
    except LookupError:
        return None
    # Browsers read what states Latin-1 as Windows-1252, which it mostly is.
    return "cp1252" if name in _WESTERN else name
