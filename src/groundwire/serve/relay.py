"""Relay of an answer that streams: what comes from the upstream, and what of it goes on."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from typing import Any

import httpx
from fastapi import Response

from groundwire.guard.forms.copies import drop_copies
from groundwire.guard.forms.events import END, encode_event, read_error
from groundwire.serve.problems import Problem, make_envelope
from groundwire.serve.turns import Turn
from groundwire.serve.upstream import STREAM, Upstream, choose_headers, parse_json, yield_events
from groundwire.serve.voices import Voice, make_stream_problem

ALIVE = b": keep-alive\n\n"
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class Relay(ABC):
    """Events of an upstream, guarded: one subclass for each form of an API."""

    path: str
    """Of the route, whose errors follow it."""

    has_names = True
    """Whether an event is sent with its type as its name."""

    def __init__(self, turn: Turn) -> None:
        """Takes the turn, whose evidence is open."""
        self.turn = turn
        self._out: asyncio.Queue[bytes | None] = asyncio.Queue()

    @property
    @abstractmethod
    def voices(self) -> Sequence[Voice]:
        """The texts that are being checked."""

    @abstractmethod
    async def take(self, event: dict[str, Any]) -> bool:
        """Takes an event, and says whether the answer is complete or may not go on.

        Raises:
            Problem: if the event cannot be read, or is an error.
        """

    @abstractmethod
    async def finish(self) -> None:
        """Sends what ends the answer.

        Raises:
            Problem: if the upstream broke off.
        """

    def fail(self, problem: Problem) -> None:
        """Sends why the answer is not complete."""
        self.say(getattr(problem, "event", None) or make_envelope(problem, self.path))

    def drop_copies(self, data: dict[str, Any], known: Collection[str]) -> dict[str, Any]:
        """Returns an object without what repeats a text that waits here.

        Args:
            data: the object.
            known: members that are kept, whatever they say.
        """
        finders = (voice.copies for voice in self.voices) if self.turn.holds else ()
        return drop_copies(data, known, finders)

    def say(self, data: dict[str, Any] | str) -> None:
        """Sends an event."""
        self._out.put_nowait(encode_event(data, self.has_names))

    async def iterate(
        self, upstream: Upstream, response: httpx.Response
    ) -> AsyncGenerator[bytes, None]:
        """Yields events as bytes, and comments where nothing is said for long."""
        reading = asyncio.ensure_future(self._read(upstream, response))
        try:
            while True:
                try:
                    async with asyncio.timeout(self.turn.engine.settings.keep_alive_seconds):
                        piece = await self._out.get()
                except TimeoutError:
                    yield ALIVE
                    continue
                if piece is None:
                    return
                yield piece
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _read(self, upstream: Upstream, response: httpx.Response) -> None:
        try:
            pieces = upstream.iterate(response)
            async with aclosing(pieces), aclosing(yield_events(pieces)) as events:
                async for data in events:
                    if data.strip() == END or await self.take(_read_event(data)):
                        break
            await self.finish()
        except Exception as error:
            problem = make_stream_problem(error)
            self.turn.engine.metrics.add_refusal(problem.code or "defect")
            for voice in self.voices:
                # What was complete before is shown; of what was not, nothing is.
                await voice.end(problem)
            self.fail(problem)
        finally:
            for voice in self.voices:
                await voice.close()
            self._out.put_nowait(None)


class GuardedStream(Response):
    """The response to a request that streams; its room is free when it has ended."""

    media_type = STREAM

    def __init__(self, upstream: Upstream, response: httpx.Response, relay: Relay) -> None:
        """Takes the upstream's response, which was not read yet."""
        super().__init__(headers={**choose_headers(response), **HEADERS, **relay.turn.headers})
        del self.headers["content-length"]
        self._engine = relay.turn.engine
        self._upstream = upstream
        self._response = response
        self._relay = relay

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Sends the answer, until it ends or the client is gone."""
        work = asyncio.ensure_future(self._write(send))
        gone = asyncio.ensure_future(_wait_gone(receive))
        try:
            # A client that never reads holds its room no longer than an answer may take.
            async with asyncio.timeout(self._engine.settings.chat_seconds):
                await asyncio.wait({work, gone}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        except TimeoutError:
            self._engine.metrics.add_refusal("time")
        finally:
            self._engine.chats -= 1
            for future in (work, gone):
                future.cancel()
            await asyncio.gather(work, gone, return_exceptions=True)
            await self._response.aclose()

    async def _write(self, send: Any) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        async with aclosing(self._relay.iterate(self._upstream, self._response)) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class UpstreamProblem(Problem):
    """What the upstream said of its own failure, handed on as it is."""

    def __init__(self, event: dict[str, Any]) -> None:
        super().__init__(502, "the upstream failed", "upstream_error")
        self.event = event


def _read_event(data: str) -> dict[str, Any]:
    try:
        event = parse_json(data)
    except (ValueError, RecursionError):
        event = None
    if not isinstance(event, dict):
        raise Problem(502, "the upstream sent what is no event", "upstream_malformed")
    if (error := read_error(event)) is not None:
        raise UpstreamProblem(error)
    return event


async def _wait_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
