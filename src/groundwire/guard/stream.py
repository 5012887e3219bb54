"""Streams of answers that are checked while they are written, claim by claim."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import math
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

from groundwire.errors import InputError
from groundwire.guard.stream_state import Flow, Step, StreamEvent

AHEAD_LIMIT = 20_000
"""Characters that may wait for the check before the source is not read any further."""

Tokens: TypeAlias = Iterable[str]
AsyncTokens: TypeAlias = AsyncIterable[str] | Iterable[str]


class _Worker:
    """One check at a time in a thread of its own, with a time limit."""

    def __init__(self, flow: Flow, deadline: float | None) -> None:
        if deadline is not None and not (
            isinstance(deadline, int | float) and math.isfinite(deadline) and deadline > 0
        ):
            raise InputError(f"deadline is {deadline!r}: give seconds above 0, or None")
        self._flow = flow
        self._deadline = deadline
        self._pool = _pool()
        self._upto: int | None = None
        self._begun = 0.0
        self.running: Future[Step] | None = None

    def start(self, upto: int | None) -> None:
        self._upto, self._begun = upto, time.monotonic()
        context = contextvars.copy_context()
        self.running = self._pool.submit(context.run, self._flow.check, upto)

    @property
    def left(self) -> float | None:
        """Seconds that the running check still has."""
        if self._deadline is None:
            return None
        return max(0.0, self._begun + self._deadline - time.monotonic())

    @property
    def ready(self) -> bool:
        """Whether a check is running that has ended or whose time is over."""
        return self.running is not None and (self.running.done() or self.left == 0.0)

    def result(self) -> Step:
        """Waits for the running check, as long as it may take."""
        assert self.running is not None
        try:
            return self.running.result(self.left)
        except TimeoutError:
            if self.running.done():
                raise
            return self.give_up()
        finally:
            self.running = None

    def give_up(self) -> Step:
        """Leaves what is running to end by itself, unheard."""
        self.running = None
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = _pool()
        return self._flow.give_up(self._upto, self._deadline or 0.0)

    def close(self) -> None:
        self.running = None
        self._pool.shutdown(wait=False, cancel_futures=True)


def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "groundwire-stream")


class OpenAnswer:
    """Answer that is told piece by piece, for callers that cannot hand over an iterator of it.

    Whoever opens one closes it.
    """

    def __init__(self, flow: Flow, deadline: float | None = None) -> None:
        """Takes the state of an answer of which nothing was written."""
        self._flow = flow
        self._worker = _Worker(flow, deadline)

    @property
    def over(self) -> bool:
        """Whether nothing more can be shown, however the answer goes on."""
        return self._flow.over

    def feed(self, piece: str) -> list[StreamEvent]:
        """Takes a piece and returns what has happened; waits only where too much is unchecked.

        Raises:
            InputError: if it is no text, or the evidence cannot be read.
        """
        flow, worker = self._flow, self._worker
        flow.feed(piece)
        full = worker.running is not None and flow.waiting > AHEAD_LIMIT
        events = list(flow.take(worker.result())) if worker.ready or full else []
        if not flow.over and worker.running is None and (upto := flow.due()):
            events.append(flow.held(upto))
            worker.start(upto)
        return events

    def drain(self) -> list[StreamEvent]:
        """Waits for the check that runs, and returns what has happened then."""
        return list(self._flow.take(self._worker.result())) if self._worker.running else []

    def end(self) -> list[StreamEvent]:
        """Checks the answer, which is whole now; the last event is ``done``."""
        events = self.drain()
        if not self._flow.over:
            self._worker.start(None)
            events += self.drain()
        return events

    def close(self) -> None:
        """Leaves what is running to end by itself."""
        self._worker.close()


def stream_events(
    flow: Flow, tokens: Tokens, deadline: float | None = None
) -> Iterator[StreamEvent]:
    """Yields what happens to an answer while it is written; see ``Guard.stream_events``."""
    answer = OpenAnswer(flow, deadline)
    try:
        try:
            for piece in tokens:
                yield from answer.feed(piece)
                if flow.over:
                    return
        except Exception as error:
            yield from answer.drain()
            _note(error, flow)
            raise
        yield from answer.end()
    finally:
        answer.close()
        if isinstance(tokens, Iterator) and hasattr(tokens, "close"):
            tokens.close()


async def astream_events(
    flow: Flow, tokens: AsyncTokens, deadline: float | None = None
) -> AsyncIterator[StreamEvent]:
    """Yields what ``stream_events`` yields, each as soon as it is known."""
    worker = _Worker(flow, deadline)
    source = _source(tokens)
    upcoming: asyncio.Task[str | None] | None = None
    try:
        upcoming = asyncio.ensure_future(_next(source))
        while True:
            await _either(upcoming, worker, flow.waiting > AHEAD_LIMIT)
            if worker.ready:
                for event in flow.take(await _result(worker)):
                    yield event
                if flow.over:
                    return
            elif upcoming.done() and upcoming.exception() is None:
                piece = upcoming.result()
                if piece is None:
                    break
                flow.feed(piece)
                upcoming = asyncio.ensure_future(_next(source))
            elif upcoming.done() and worker.running is None:
                error = upcoming.exception()
                assert error is not None
                _note(error, flow)
                raise error
            if worker.running is None and not upcoming.done() and (upto := flow.due()):
                yield flow.held(upto)
                worker.start(upto)
        for last in (False, True):
            if last and not flow.over:
                worker.start(None)
            if worker.running is not None:
                await _either(None, worker, True)
                for event in flow.take(await _result(worker)):
                    yield event
    finally:
        worker.close()
        if upcoming is not None and not upcoming.done():
            upcoming.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await upcoming
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


async def _either(upcoming: asyncio.Task[str | None] | None, worker: _Worker, full: bool) -> None:
    """Waits for the next piece or the running check; for the check alone when enough waits."""
    waited: set[asyncio.Future[Any]] = set()
    running = asyncio.wrap_future(worker.running) if worker.running is not None else None
    if running is not None:
        running.add_done_callback(_heard)
        waited.add(running)
    failed = upcoming is not None and upcoming.done() and upcoming.exception() is not None
    if upcoming is not None and not (running is not None and (full or failed)):
        waited.add(upcoming)
    await asyncio.wait(
        waited, timeout=worker.left if running is not None else None,
        return_when=asyncio.FIRST_COMPLETED,
    )  # fmt: skip


def _heard(future: asyncio.Future[Any]) -> None:
    """Takes note of an error that the worker hands over itself."""
    if not future.cancelled():
        future.exception()


async def _result(worker: _Worker) -> Step:
    assert worker.running is not None
    if worker.running.done():
        return worker.result()
    return await asyncio.to_thread(worker.give_up)


async def _source(tokens: AsyncTokens) -> AsyncIterator[str]:
    """The pieces, one by one; a plain iterable is read in the event loop's own thread."""
    if isinstance(tokens, AsyncIterable):
        try:
            async for piece in tokens:
                yield piece
        finally:
            if isinstance(tokens, AsyncIterator) and hasattr(tokens, "aclose"):
                await tokens.aclose()
        return
    for piece in tokens:
        yield piece
        await asyncio.sleep(0)


async def _next(source: AsyncIterator[str]) -> str | None:
    async for piece in source:
        return piece
    return None


def _note(error: BaseException, flow: Flow) -> None:
    if flow.waiting:
        error.add_note(
            f"groundwire: {flow.waiting} characters written before the error were not shown, "
            "because no complete claim of them was checked"
        )


def yield_texts(events: Iterable[StreamEvent]) -> Iterator[str]:
    """Yields the texts to show."""
    for event in events:
        if event.kind in ("released", "blocked") and event.text:
            yield event.text


async def ayield_texts(events: AsyncIterator[StreamEvent]) -> AsyncIterator[str]:
    """Yields the texts to show."""
    async with contextlib.aclosing(events) as opened:  # type: ignore[type-var]
        async for event in opened:
            if event.kind in ("released", "blocked") and event.text:
                yield event.text
