"""JSON arrays, or values one after another, read piece by piece as rows."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator

from groundwire.errors import InputError
from groundwire.io.json_text import parse_strict
from groundwire.io.rows import SHOWN, Rejected, Row, make_row, name_place, reject_rest
from groundwire.io.streams import Source

_SPACE = re.compile(r"[ \t\r\n]*")
_PIECE = 65_536
_LEFT_OUT = "the rest of the file is left out"


class _BrokenError(Exception):
    """JSON that does not tell where its next value begins."""


class _Window:
    """The part of a text that is not read yet, as far as it was needed."""

    def __init__(self, source: Source) -> None:
        self.line = 1
        self.ended = False
        self._text, self._at = "", 0
        self._fault: OSError | None = None
        self._stream = io.BufferedReader(source)
        # What is no UTF-8 becomes surrogates here, so that only its own row is rejected.
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")

    def start(self) -> str:
        """Returns the beginning of what is not read yet, to be shown."""
        text = self._text[self._at : self._at + SHOWN]
        return text.encode("utf-8", "replace").decode()

    def skip(self, size: int) -> str:
        """Returns the next characters and leaves them behind."""
        text = self._text[self._at : self._at + size]
        self._at += size
        self.line += text.count("\n")
        return text

    def peek(self) -> str:
        """Returns the next character that is no space, or ``""`` at the end."""
        while True:
            match = _SPACE.match(self._text, self._at)
            self.skip(len(match.group()) if match else 0)
            if self._at == len(self._text) and self._fault:
                raise self._fault
            if self._at < len(self._text) or self.ended:
                return self._text[self._at : self._at + 1]
            self._more()

    def value(self, longest: int) -> str:
        """Returns the text of the next value, and leaves it behind.

        Raises:
            _BrokenError: if there is none, or it is longer than it may be.
            OSError: if the file can be read no further.
        """
        decoder = json.JSONDecoder()
        while True:
            wrong = "the file ends too early"
            try:
                _, end = decoder.raw_decode(self._text, self._at)
                if end < len(self._text) or self.ended:
                    return self.skip(end - self._at)
            except RecursionError as error:
                raise _BrokenError("nested too deeply; flatten it") from error
            except ValueError as error:
                wrong = f"not JSON ({getattr(error, 'msg', error)}); correct it"
            if self.ended:
                raise self._fault or _BrokenError(wrong)
            if len(self._text) - self._at > longest:
                raise _BrokenError(
                    f"longer than {longest:,} bytes, or broken; write one record a line (JSON "
                    "lines), or raise the limit"
                )
            self._more()

    def _more(self) -> None:
        """Reads as much again as there is, so that a long value is not tried too often."""
        wanted = max(_PIECE, len(self._text) - self._at)
        pieces = [self._text[self._at :]]
        self._at = 0
        while wanted > 0 and not self.ended:
            data = self._read(wanted)
            pieces.append(self._decoder.decode(data, not data))
            self.ended = not data
            wanted -= len(data)
        self._text = "".join(pieces)

    def _read(self, size: int) -> bytes:
        """Returns the next bytes; a fault is kept until all before it is read."""
        try:
            return self._stream.read1(size)
        except OSError as error:
            self._fault = error
            return b""


def read_json_rows(name: str, source: Source, longest: int) -> Iterator[Row | Rejected]:
    """Yields the objects of an array, or of values that follow each other.

    Where the JSON itself is broken, nothing tells where the next value begins: the rest of the
    file is one ``Rejected``.

    Args:
        name: the file.
        source: its bytes.
        longest: bytes that one value may have.
    """
    window = _Window(source)
    try:
        if window.peek() == "[":
            window.skip(1)
            yield from _array(name, window, longest)
            return
        while window.peek():
            yield _row(name, window, longest)
    except _BrokenError as error:
        cause = f"{error} ({_LEFT_OUT})"
        yield Rejected(name_place(name, window.line), cause, window.start())
    except OSError as error:
        yield reject_rest(name, window.line, error)


def _array(name: str, window: _Window, longest: int) -> Iterator[Row | Rejected]:
    more = window.peek() != "]"
    while more:
        window.peek()
        yield _row(name, window, longest)
        more = window.peek() == ","
        if more:
            window.skip(1)
    if window.peek() != "]":
        raise _BrokenError("not JSON: the array does not go on or end here; correct it")
    window.skip(1)
    if window.peek():
        raise _BrokenError("not JSON: more follows the array; write one array, or JSON lines")


def _row(name: str, window: _Window, longest: int) -> Row | Rejected:
    where, start = name_place(name, window.line), window.start()
    text = window.value(longest)
    try:
        return make_row(where, parse_strict(text), start)
    except InputError as error:
        return Rejected(where, str(error), start)
