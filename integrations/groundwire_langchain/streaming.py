"""Streaming of chunks through a check."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from langchain_core.messages import AIMessageChunk

from groundwire.errors import InputError
from groundwire.guard.stream_state import Release, StreamEvent
from groundwire.types import Report
from groundwire_langchain.messages import (
    ANSWERS,
    METADATA,
    find_shown,
    has_tool_calls,
    is_text,
    make_chunk,
    make_last_chunk,
    read_text,
    silence_chunk,
    yield_texts,
)
from groundwire_langchain.options import GRAPH

if TYPE_CHECKING:
    from groundwire_langchain.check import Find, Found, Step


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
            self._read += sum(map(len, yield_texts([block])))
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
            cut = find_shown(report, total, place) if place < self._read else None
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


class Talk:
    """One stream of chunks on its way through a step."""

    def __init__(self, step: Step, find: Find) -> None:
        self.step = step
        self.find = find
        self.first: Any = None
        self.key: str | None = None
        self.known: dict[str, Any] = {}
        self.waiting: list[Any] = []
        self.held: list[dict[str, Any]] = []
        self.order = Order()
        self.evidence: Any = None
        self.calls = False
        self.raw = step.on_fail == "annotate"
        self.release: Release = step.release if step.on_fail == "rewrite" else "answer"

    def found(self) -> Found:
        """Evidence, question and history, as far as known when the first words are there."""
        found = self.find(self.known if self.key is not None else self.first)
        self.evidence = found[0]
        return found

    def is_waiting(self, found: Found) -> bool:
        """Whether evidence may still come with the rest of a dict's stream."""
        return self.key is not None and found[0] is None and self.step.guard.retriever is None

    def whole(self) -> list[Any]:
        """What is left of a stream in which no words could be told apart, checked as one."""
        if not self.held:
            return self.aside()
        value = self.held[0]
        for chunk in self.held[1:]:
            for name, item in chunk.items():
                try:
                    value = {**value, name: value[name] + item if name in value else item}
                except TypeError:
                    value = {**value, name: item}
        return [self.step.check(value, *self.find(value))]

    def read(self, chunks: Iterator[Any]) -> Iterator[str]:
        """Yields the words of chunks."""
        for chunk in chunks:
            if text := self.take(chunk):
                yield text
        self.order.ended = True

    async def aread(self, chunks: AsyncIterable[Any]) -> AsyncIterator[str]:
        """Yields the words of chunks."""
        async for chunk in chunks:
            if text := self.take(chunk):
                yield text
        self.order.ended = True

    def take(self, chunk: Any) -> str:
        """Returns the words of a chunk, and keeps the rest of it for ``aside``."""
        if isinstance(chunk, Mapping):
            if self.key is None and self.is_state(chunk):
                raise InputError(f"chunks of a graph came here, and cannot be checked: {GRAPH}")
            return self.take_dict(chunk)
        text = read_text(chunk)
        self.calls = self.calls or has_tool_calls(chunk)
        if self.raw:
            self.waiting.append(self.made(chunk))
        else:
            part = silence_chunk(chunk, self.step.reasoning)
            content = getattr(chunk, "content", "")
            self.waiting += map(self.made, self.order.take(content, part))
        if text and self.first is None:
            self.first = chunk
        return text

    def is_state(self, chunk: Mapping[str, Any]) -> bool:
        """Whether a chunk is a graph's: a node's update, or a state that came before."""
        if any(chunk is not held and "messages" in held for held in self.held):
            return "messages" in chunk
        updates = [value for value in chunk.values() if value is not None]
        names = (self.step.key or ANSWERS[0], *ANSWERS, "messages")
        nodes = all(isinstance(v, Mapping) and set(v).intersection(names) for v in updates)
        return bool(updates) and nodes and not set(chunk).intersection(names)

    def take_dict(self, chunk: Mapping[str, Any]) -> str:
        """Does what ``take`` does with a dict; nothing of it is shown before its answer comes."""
        key = self.step.key or ANSWERS[0]
        if key not in chunk and self.key is None:
            self.held.append(dict(chunk))
            self.known.update(chunk)
            return ""
        self.waiting += self.held
        self.held = []
        rest = {name: value for name, value in chunk.items() if name != key}
        self.known.update(rest)
        if rest:
            self.waiting.append(rest)
        self.key = key
        return self.take(chunk[key]) if key in chunk else ""

    def aside(self) -> list[Any]:
        """What was waiting beside the words."""
        parts, self.waiting = self.waiting, []
        return parts

    def said(self, event: StreamEvent) -> Iterator[Any]:
        """Yields the chunks that say what an event lets through."""
        step = self.step
        if event.kind == "held":
            self.order.sent += len(event.text)
        elif event.report is not None:
            report = step.explained(event.report, self.evidence, self.calls)
            if step.on_fail not in ("rewrite", "retry"):
                report = step.settle(report)
                blocked = report.decision.action == "block" and self.calls
                if not self.raw and report.text and not blocked:
                    yield from self.saying(report.text)
            else:
                step.settle(report)
            for item in self.order.rest(report):
                part = make_chunk(self.first, *item) if isinstance(item, tuple) else item
                yield self.made(part)
            if not report.answer.strip():
                return
            carried = step.carried(report)
            if self.key is not None:
                yield {METADATA: carried.to_dict()}
            elif (end := make_last_chunk(self.first, carried)) is not None:
                yield end
        elif event.kind == "blocked" and self.calls:
            return
        elif event.text and step.on_fail in ("rewrite", "retry"):
            yield from self.saying(event.text)

    def saying(self, text: str) -> Iterator[Any]:
        """Yields the chunks that say words, as far as nothing that stands before them waits."""
        for words, index in self.order.say(text):
            yield self.made(make_chunk(self.first, words, index))

    def made(self, chunk: Any) -> Any:
        """Returns a chunk as part of the dict that it came in, if it came in one."""
        return chunk if self.key is None else {self.key: chunk}


def prepend_text(head: str, rest: Iterator[str]) -> Iterator[str]:
    """Yields one text and then the others."""
    yield head
    yield from rest


async def aprepend_text(head: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    """Yields one text and then the others."""
    yield head
    async for text in rest:
        yield text


async def aiterate_texts(texts: list[str]) -> AsyncIterator[str]:
    """Yields texts that are there already."""
    for text in texts:
        yield text
