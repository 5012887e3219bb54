"""The order of the content blocks of a streamed message, while its words are being checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from langchain_core.messages import AIMessageChunk

from groundwire.types import Report
from groundwire_langchain.blocks import is_text, shown_at, texts


@dataclass(slots=True)
class Order:
    """Where the blocks of a streamed message stand between its words.

    Words come out later than they went in, since they are checked: a block that stands after
    words waits until those are out, and words that stand after a block that waits wait for it.

    Attributes:
        ended: whether everything was read.
        sent: characters of the answer that went to the check so far.
    """

    ended: bool = False
    sent: int = 0
    _read: int = 0
    _said: str = ""
    _late: str = ""
    _starts: list[tuple[int, Any]] = field(default_factory=list)
    _waiting: list[tuple[int, Any]] = field(default_factory=list)

    def take(self, content: Any, part: Any | None) -> list[Any]:
        """Takes the content of a chunk, and what the chunk carries beside words.

        Returns:
            Of the latter what need not wait.
        """
        places = []
        for block in [content] if isinstance(content, str) else content:
            if not is_text(block):
                places.append((self._read, block))
                continue
            index = block.get("index") if isinstance(block, dict) else None
            if not self._starts or self._starts[-1][1] != index:
                self._starts.append((self._read, index))
            self._read += sum(map(len, texts([block])))
        free = []
        for place, piece in _parts(part, places, self._read):
            if self._waiting or (piece.content and place):
                self._waiting.append((place, piece))
            else:
                free.append(piece)
        return free

    def say(self, text: str) -> Iterator[tuple[str, Any]]:
        """Yields words that may be shown now, with the index of their block."""
        limit = self._read if self.ended else self.sent
        if self._late or (self._waiting and self._waiting[0][0] < limit):
            self._late += text
        else:
            self._said += text
            yield text, self._index(0)

    def rest(self, report: Report) -> Iterator[tuple[str, Any] | Any]:
        """Yields what still waits once the whole answer is checked: words as ``say``, and parts."""
        total, begun, index = self._said + self._late, len(self._said), self._index(0)
        for place, part in self._waiting:
            cut = shown_at(report, total, place) if place < self._read else None
            end = len(total) if cut is None else max(begun, cut)
            if end > begun:
                yield total[begun:end], index
            yield part
            begun, index = end, self._index(place)
        if len(total) > begun:
            yield total[begun:], index
        self._waiting, self._late, self._said = [], "", total

    def _index(self, place: int) -> Any:
        return next((index for start, index in self._starts if start >= place), None)


def _parts(part: Any | None, places: list[tuple[int, Any]], end: int) -> Iterator[tuple[int, Any]]:
    """Yields a part cut where words stand between its blocks, with the place of each piece."""
    if part is None:
        return
    if len({place for place, _ in places}) < 2 or not part.content:
        yield places[0][0] if places and part.content else end, part
        return
    left = list(part.content)
    for place, block in places:
        if left and left[0] == block:
            yield place, AIMessageChunk(content=[left.pop(0)], id=part.id)
    yield end, part.model_copy(update={"content": left})
