"""Streams of chat completions: each claim is sent once it has been checked."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import httpx
from fastapi import Response

from groundwire.errors import GroundwireError
from groundwire.serve.conversation import Conversation
from groundwire.serve.engine import Engine
from groundwire.serve.extension import (
    CHECKED,
    FIELD,
    describe_ignored,
    describe_origins,
    describe_report,
    describe_unchecked,
)
from groundwire.serve.problems import Problem, make_envelope
from groundwire.serve.upstream import STREAM, Upstream, choose_headers, yield_events
from groundwire.types import Report

logger = logging.getLogger(__name__)

END = "[DONE]"
ALIVE = b": keep-alive\n\n"
HEADERS = {"cache-control": "no-cache", "x-accel-buffering": "no"}


class ChatStream(Response):
    """The response to a chat request that streams; its room is free when it has ended."""

    media_type = STREAM

    def __init__(
        self,
        engine: Engine,
        upstream: Upstream,
        response: httpx.Response,
        conversation: Conversation,
        evidence: Any,
        choices: int,
    ) -> None:
        """Takes the upstream's response, which was not read yet."""
        super().__init__(headers={**choose_headers(response), **HEADERS})
        del self.headers["content-length"]
        if evidence is not None or engine.settings.on_no_evidence != "pass":
            self.headers[CHECKED] = "true" if evidence is not None else "false"
            origins = conversation.list_origins(engine.guard.retriever) if evidence else ()
            self.headers.update(describe_origins(origins))
        self._engine = engine
        self._response = response
        self._relay = _Relay(engine, upstream, response, conversation, evidence, choices)

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
        async with aclosing(self._relay.iterate()) as pieces:
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


class _Relay:
    """What comes from the upstream, and what goes to the client of it."""

    def __init__(
        self,
        engine: Engine,
        upstream: Upstream,
        response: httpx.Response,
        conversation: Conversation,
        evidence: Any,
        choices: int,
    ) -> None:
        self.engine = engine
        self.conversation = conversation
        self.evidence = evidence
        self.frame: dict[str, Any] = {}
        self._upstream = upstream
        self._response = response
        self._choices = choices
        self._out: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._voices: dict[int, _Voice] = {}
        self._last: list[dict[str, Any]] = []

    async def iterate(self) -> AsyncGenerator[bytes, None]:
        """Yields events as bytes, and comments where nothing is said for long."""
        reading = asyncio.ensure_future(self._read())
        try:
            while True:
                try:
                    async with asyncio.timeout(self.engine.settings.keep_alive_seconds):
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

    def say(self, data: dict[str, Any] | str) -> None:
        """Sends an event."""
        text = data if isinstance(data, str) else json.dumps(data, allow_nan=False)
        self._out.put_nowait(f"data: {text}\n\n".encode("ascii"))

    async def _read(self) -> None:
        try:
            await self._follow()
            for voice in self._voices.values():
                await voice.end(None)
            for chunk in self._last:
                self.say(chunk)
            self.say(END)
        except Exception as error:
            problem = _make_problem(error)
            self.engine.metrics.add_refusal(problem.code or "defect")
            for voice in self._voices.values():
                # What was complete before is shown; of what was not, nothing is.
                await voice.end(problem)
            self.say(getattr(problem, "envelope", None) or make_envelope(problem))
        finally:
            for voice in self._voices.values():
                await voice.close()
            self._out.put_nowait(None)

    async def _follow(self) -> None:
        """Reads the upstream until its answer is complete, or nothing more may be shown."""
        pieces = self._upstream.iterate(self._response)
        async with aclosing(pieces), aclosing(yield_events(pieces)) as events:
            async for data in events:
                if data.strip() == END:
                    break
                self._take(_read_chunk(data))
                if sum(voice.over for voice in self._voices.values()) >= self._choices:
                    return
        if not self._voices or not all(v.finish or v.over for v in self._voices.values()):
            raise Problem(502, "the upstream's stream ended before its answer", "upstream_broken")

    def _take(self, chunk: dict[str, Any]) -> None:
        choices = chunk.get("choices")
        if not choices:
            self._last.append(chunk)
            return
        self.frame = {k: v for k, v in chunk.items() if k not in ("choices", "usage")}
        for choice in choices:
            if not isinstance(choice, dict) or not isinstance(choice.get("delta"), dict):
                raise Problem(502, "the upstream's choices cannot be read", "upstream_malformed")
            index = choice.get("index", 0)
            if index not in self._voices:
                self._voices[index] = _Voice(self, index)
            self._voices[index].take(choice, chunk.get("usage"))


class _Voice:
    """One choice of an answer that streams."""

    def __init__(self, relay: _Relay, index: int) -> None:
        self.finish: dict[str, Any] | None = None
        self.over = False
        self._relay = relay
        self._index = index
        self._usage: Any = None
        self._calls = False
        self._spoke = False
        self._ended = False
        self._tokens: asyncio.Queue[str | Problem | None] = asyncio.Queue()
        self._task: asyncio.Task[None] | None = None
        self._report: Report | None = None
        self._blocked = ""
        self._mode = "check" if relay.evidence is not None else relay.engine.settings.on_no_evidence

    def take(self, choice: dict[str, Any], usage: Any) -> None:
        """Takes a part of the choice: text goes to the guard, all else goes on at once."""
        self._usage = usage or self._usage
        if self.over:
            return
        delta = dict(choice["delta"])
        self._calls = self._calls or bool(delta.get("tool_calls") or delta.get("function_call"))
        content = delta.get("content")
        if content is not None and not isinstance(content, str):
            raise Problem(502, "the upstream's text cannot be read", "upstream_malformed")
        if content and self._mode in ("check", "block"):
            del delta["content"]
            # Logprobs are those of the text as it was written, and cut as it was.
            choice = {**choice, "logprobs": None} if "logprobs" in choice else choice
            self._feed(content)
        self._spoke = self._spoke or bool(content and content.strip())
        rest = {**choice, "delta": delta}
        if choice.get("finish_reason") is not None:
            self.finish = rest
            self._tokens.put_nowait(None)
        elif delta:
            self._say(rest)

    async def end(self, problem: Problem | None) -> None:
        """Waits until all that may be shown was sent; sends the end where there is no problem."""
        if self._ended:
            return
        self._ended = True
        self._tokens.put_nowait(problem)
        if self._task is not None:
            try:
                await self._task
            except Problem:
                if problem is None:
                    raise
                return
            except Exception as error:
                if problem is None:
                    raise _make_problem(error) from error
                return
        if problem is None:
            self._say_end()

    async def close(self) -> None:
        """Ends the check."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _feed(self, text: str) -> None:
        if self._mode != "check":
            return
        if self._task is None:
            self._task = asyncio.ensure_future(self._check())
        self._tokens.put_nowait(text)

    async def _check(self) -> None:
        relay = self._relay
        events = relay.engine.guard.astream_events(
            self._pieces(), relay.evidence, relay.conversation.question,
            relay.conversation.history, deadline=relay.engine.settings.check_seconds,
        )  # fmt: skip
        async with aclosing(events) as opened:  # type: ignore[type-var]
            async for event in opened:
                if event.kind == "released":
                    self._say_text(event.text)
                elif event.kind == "blocked":
                    self._blocked = event.text
                    self.over = self.finish is None
                if event.report is not None:
                    self._report = event.report

    async def _pieces(self) -> AsyncIterator[str]:
        while (piece := await self._tokens.get()) is not None:
            if isinstance(piece, Problem):
                raise piece
            yield piece

    def _say_text(self, text: str) -> None:
        self._say({"index": self._index, "delta": {"content": text}, "finish_reason": None})

    def _say_end(self) -> None:
        """Sends what ends the choice: the message of a blocked answer, and why it stopped."""
        engine = self._relay.engine
        if self._mode == "block" and self._spoke:
            self._blocked = engine.guard.blocked_message
        reason = (self.finish or {}).get("finish_reason")
        if self._blocked and (not self._calls or self.finish is None):
            self._say_text(self._blocked)
            reason = "content_filter"
        last = {"index": self._index, "delta": {}, **(self.finish or {}), "finish_reason": reason}
        self._say(last, self._describe())

    def _describe(self) -> dict[str, Any] | None:
        metrics, told = self._relay.engine.metrics, None
        if self._report is not None:
            metrics.add_report(self._report)
            told = describe_report(self._report)
        elif self._spoke and self._mode != "check":
            metrics.add_unevidenced(self._mode)
            told = describe_unchecked(self._mode) if self._mode != "pass" else None
        if told is None or self._relay.engine.settings.verdicts == "none":
            return None
        ignored = describe_ignored(self._relay.conversation.ignored)
        return {"choices": [{"index": self._index, **told}], **ignored}

    def _say(self, choice: dict[str, Any], told: dict[str, Any] | None = None) -> None:
        chunk = {**self._relay.frame, "choices": [choice]}
        if told is not None:
            chunk[FIELD] = told
        if self._usage is not None and choice.get("finish_reason") is not None:
            chunk["usage"] = self._usage
        self._relay.say(chunk)


class _UpstreamError(Problem):
    """What the upstream said of its own failure, handed on as it is."""

    def __init__(self, envelope: dict[str, Any]) -> None:
        super().__init__(502, "the upstream failed", "upstream_error")
        self.envelope = envelope


def _read_chunk(data: str) -> dict[str, Any]:
    try:
        chunk = json.loads(data)
    except (ValueError, RecursionError):
        chunk = None
    if not isinstance(chunk, dict) or not isinstance(chunk.get("choices", []), list):
        raise Problem(502, "the upstream sent what is no event", "upstream_malformed")
    if chunk.get("error"):
        raise _UpstreamError(chunk)
    return chunk


def _make_problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, GroundwireError):
        return Problem(502, str(error), "unchecked")
    logger.error("a stream failed", exc_info=error)
    return Problem(500, "something went wrong here; the log of the server says what", "defect")


async def _wait_gone(receive: Any) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
