"""Voice of an answer that streams: one text, heard in pieces and shown once it was checked."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from groundwire.errors import GroundwireError
from groundwire.guard.forms.copies import CopyFinder
from groundwire.guard.stream_state import StreamEvent
from groundwire.serve.extension import describe_report
from groundwire.serve.problems import Problem
from groundwire.serve.turns import Turn
from groundwire.types import Report

logger = logging.getLogger(__name__)


class Voice:
    """One text of an answer.

    Attributes:
        heard: what the model said of it.
        shown: what was shown of it.
        blocked: what is said in its place, or behind it.
        over: nothing more may be shown, whatever the model goes on to say.
        told: what a client is told of its check; None where it is told nothing.
        copies: finds what repeats it.
    """

    def __init__(
        self,
        turn: Turn,
        show: Callable[[str], None],
        tell: Callable[[StreamEvent], None] | None = None,
    ) -> None:
        """Takes what sends a piece that may be shown, and what else hears the guard's events."""
        self.heard = ""
        self.shown = ""
        self.blocked = ""
        self.over = False
        self.told: dict[str, Any] | None = None
        self.copies = CopyFinder()
        self._turn = turn
        self._mode = turn.mode
        self._send = show
        self._tell = tell
        self._complete = False
        self._ended = False
        self._wait = _Wait()
        self._pieces: asyncio.Queue[str | Problem | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._report: Report | None = None

    def feed(self, text: str) -> None:
        """Takes what the model says next."""
        self.heard += text
        self.copies.hear(text)
        if self._mode in ("check", "fields"):
            if self._task is None:
                work = self._check() if self._mode == "check" else self._check_fields()
                self._task = asyncio.ensure_future(work)
            self._wait.hear(len(self.heard) - len(text))
            self._pieces.put_nowait(text)

    def complete(self) -> None:
        """Takes that the model has said all of it."""
        self._complete = True
        self._pieces.put_nowait(None)

    def show(self, text: str) -> None:
        """Sends a piece."""
        self.shown += text
        self._send(text)

    async def end(self, problem: Problem | None = None) -> None:
        """Waits until all that may be shown was sent.

        Args:
            problem: why the text is not complete; what was complete before is shown all the same.

        Raises:
            Problem: if the text cannot be checked.
        """
        if self._ended:
            return
        self._ended = True
        self._pieces.put_nowait(problem)
        if self._task is not None:
            try:
                await self._task
            except Exception as error:
                if problem is None:
                    raise make_stream_problem(error) from error
                return
        if problem is not None and self._mode in ("pass", "label", "exclude") and self.heard:
            self._turn.judge_unseen(self.heard)  # it was shown as it came, and counts
        if problem is not None or not self.heard.strip():
            return
        if self._report is not None:
            action = self._report.decision.action
            self._turn.engine.count([self._report], action)
            if not self._turn.watched:
                self._turn.watched = True
                self._turn.engine.watch([self._report])
            self.told = describe_report(self._report)
        elif self._mode not in ("check", "fields"):
            outcome = self._turn.judge_unseen(self.heard)
            self.told = outcome.told
            self.blocked = outcome.text if outcome.action == "block" else ""

    async def close(self) -> None:
        """Ends the check."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _check(self) -> None:
        turn = self._turn
        events = turn.engine.guard.astream_events(
            self._iterate(), turn.evidence, turn.conversation.question,
            turn.conversation.history, deadline=turn.engine.settings.check_seconds,
        )  # fmt: skip
        async with aclosing(events) as opened:  # type: ignore[type-var]
            async for event in opened:
                if self._tell is not None:
                    self._tell(event)
                if event.kind == "held":
                    self._wait.look(len(event.text))
                elif event.kind == "removed":
                    self._wait.drop()
                if event.kind == "released":
                    self.show(event.text)
                    turn.engine.metrics.add_hold(self._wait.release())
                elif event.kind == "blocked":
                    self.blocked = event.text
                    self.over = not self._complete
                if event.report is not None:
                    self._report = event.report

    async def _check_fields(self) -> None:
        async for _ in self._iterate():
            pass
        if self.heard.strip():
            (outcome,) = await self._turn.judge([self.heard])
            self.told = outcome.told
            if outcome.action == "block":
                self.blocked = outcome.text
            else:
                self.show(outcome.text)
                self._turn.engine.metrics.add_hold(self._wait.release())

    async def _iterate(self) -> AsyncIterator[str]:
        while (piece := await self._pieces.get()) is not None:
            if isinstance(piece, Problem):
                raise piece
            yield piece


class _Wait:
    """How long what is released had waited, from its oldest character on."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[int, float]] = deque()
        self._looked = self._last = self._begun = 0
        self._dropped = False

    def hear(self, start: int) -> None:
        """Takes a piece, which begins at a character of the text."""
        self._pieces.append((start, time.monotonic()))

    def look(self, length: int) -> None:
        """Takes that so many further characters are being checked."""
        if self._dropped:
            self._begun, self._dropped = self._looked, False
        self._last = self._looked
        self._looked += length

    def drop(self) -> None:
        """Takes that something of what was looked at last is not shown."""
        self._begun, self._dropped = max(self._begun, self._last), True

    def release(self) -> float:
        """Takes that the rest of it is shown; returns the seconds that it had waited."""
        while len(self._pieces) > 1 and self._pieces[1][0] <= self._begun:
            self._pieces.popleft()
        self._begun, self._dropped = self._looked, False
        return time.monotonic() - self._pieces[0][1] if self._pieces else 0.0


def make_stream_problem(error: Exception) -> Problem:
    """Returns why a stream breaks off, as a client is told it."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, GroundwireError):
        return Problem(502, str(error), "unchecked")
    logger.error("a stream failed", exc_info=error)
    return Problem(500, "something went wrong here; the log of the server says what", "defect")
