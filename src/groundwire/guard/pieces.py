"""Pieces of a reply that is yielded: what is new in each, or the whole text so far each time.

Most sources yield what is new. The functions of chat pages often yield the text so far, which
replaces what is shown: read as new pieces, it would be said over and over again.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

from groundwire.guard.arguments import check_token

REPEATED = 16
"""Letters and digits that must have come again before a reply is taken for one told so far.

One piece in a hundred begins with the one before it by chance ("a", "an"); a few in a row that
say so much again do not."""


class RestartError(Exception):
    """Says that the text was begun anew, so that what was read of it is no part of it."""


class PieceReader:
    """Tells what is new in what a reply yields.

    As long as each text begins with the one before it, nothing is known, and nothing is handed
    on: so nothing is shown that would have to be taken back.

    Attributes:
        cumulative: whether each yield is the text so far; None as long as it is not known.
        shown: set by the caller once a part of the reply was shown as a piece.
    """

    def __init__(self, cumulative: bool | None = None) -> None:
        """Takes what is known beforehand."""
        self.cumulative = cumulative
        self.shown = False
        self._last: str | None = None
        self._waiting: list[str] = []
        self._repeated = 0
        self._grown = False
        self._steps = 0
        self._fed = ""
        self._rest = ""

    def iterate(self, pieces: Iterator[str]) -> Iterator[str]:
        """Yields what is new; again after ``RestartError``, from where it was.

        Raises:
            InputError: if a piece is no text.
            RestartError: if the text does not go on from what was yielded.
        """
        yield from self._begin()
        for piece in pieces:
            if fresh := self._take(piece):
                yield fresh
        if fresh := self._end():
            yield fresh

    async def aiterate(self, pieces: AsyncIterator[str]) -> AsyncIterator[str]:
        """The async form of ``iterate``."""
        for fresh in self._begin():
            yield fresh
        async for piece in pieces:
            if fresh := self._take(piece):
                yield fresh
        if fresh := self._end():
            yield fresh

    def join(self, pieces: list[str]) -> str:
        """Returns the whole text of a reply that has ended."""
        parts, source = list[str](), iter(pieces)
        while True:
            try:
                for piece in self.iterate(source):
                    parts.append(piece)
            except RestartError:
                parts = []
            else:
                return "".join(parts)

    def _begin(self) -> Iterator[str]:
        fresh, self._rest = self._rest, ""
        if fresh:
            self._fed = fresh
            yield fresh

    def _take(self, piece: str) -> str:
        check_token(piece, "a reply's piece")
        if self.cumulative:
            return self._replace(piece)
        if self.cumulative is None:
            self._compare(piece)
        if self.cumulative:
            return self._replace(piece)
        if self._waiting or self.cumulative is None:
            self._waiting.append(piece)
            if self.cumulative is None:
                return ""
            piece, self._waiting = "".join(self._waiting), []
        elif not self.shown and self._looks_told_so_far(piece):
            self.cumulative = True
            return self._replace(piece)
        self._fed += piece
        return piece

    def _compare(self, piece: str) -> None:
        """Decides, if this piece tells."""
        last, self._last = self._last, piece
        if last is None:
            return
        if not piece.startswith(last):
            self.cumulative, self._repeated = False, 0
        elif len(piece) > len(last):
            self._grown = True
            self._repeated += sum(map(str.isalnum, last))
            if self._repeated >= REPEATED:
                self.cumulative, self._waiting = True, []

    def _looks_told_so_far(self, piece: str) -> bool:
        """Whether a text that seemed to come in pieces is told so far, behind something else.

        So does a page that says "Thinking..." first. One long piece may begin with the one before
        it, if a model repeats itself: two in a row do not.
        """
        last, self._last = self._last or "", piece
        if not piece.startswith(last):
            self._repeated = self._steps = 0
        elif len(piece) > len(last):
            self._repeated += sum(map(str.isalnum, last))
            self._steps += 1
        return self._repeated >= REPEATED and self._steps > 1

    def _replace(self, piece: str) -> str:
        """Returns what is new of a text so far.

        Raises:
            RestartError: if it does not begin with what was read before.
        """
        fed = self._fed
        if piece.startswith(fed):
            self._fed = piece
            return piece[len(fed) :]
        self._fed, self._rest = "", piece
        raise RestartError

    def _end(self) -> str:
        if self.cumulative is not None:
            return ""
        waiting, self._waiting = self._waiting, []
        self.cumulative = self._grown
        return waiting[-1] if self._grown else "".join(waiting)
