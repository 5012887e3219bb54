"""Streams of messages: each claim of a run of text blocks is sent once it has been checked."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from groundwire.guard.forms import messages as form
from groundwire.serve.problems import Problem
from groundwire.serve.relay import Relay, UpstreamProblem
from groundwire.serve.turns import Turn
from groundwire.serve.voices import Voice


class MessagesRelay(Relay):
    """Events of a message, guarded; blocks that are no text go on in their place."""

    path = "/v1/messages"

    def __init__(self, turn: Turn) -> None:
        """Takes the turn, whose evidence is open."""
        super().__init__(turn)
        self._runs: list[_Run] = []
        self._run: _Run | None = None
        self._texts: dict[Any, _Block] = {}
        self._others: dict[Any, int] = {}
        self._tools: dict[Any, dict[str, Any]] = {}
        self._opened = 0
        self._calls = False
        self._blocked = ""
        self._usage: dict[str, Any] = {"output_tokens": 0}
        self._is_ended = False

    @property
    def voices(self) -> Sequence[Voice]:
        """The texts that are being checked."""
        return [run.voice for run in self._runs]

    def say(self, data: dict[str, Any] | str) -> None:
        """Sends an event."""
        super().say(data if isinstance(data, str) else self.drop_copies(data, form.KNOWN_OF_EVENTS))

    def open(self, block: dict[str, Any]) -> int:
        """Opens a block for the client and returns its number."""
        number, self._opened = self._opened, self._opened + 1
        self.say(form.make_start(number, block))
        return number

    def say_text(self, number: int, text: str) -> None:
        """Sends a piece of text of a block."""
        self.say(form.make_text(number, text))

    def fail(self, problem: Problem) -> None:
        """Sends why the answer is not complete."""
        if isinstance(problem, UpstreamProblem) and problem.event.get("type") != "error":
            # An error in another envelope would be none for Anthropic's clients.
            error = problem.event["error"]
            told = error.get("message") if isinstance(error, dict) else error
            problem = Problem(502, str(told), problem.code)
        super().fail(problem)

    async def take(self, event: dict[str, Any]) -> bool:
        """Takes an event."""
        if any(voice.over for voice in self.voices):
            return True
        kind, number = event.get("type"), event.get("index")
        if kind in (form.PIECE, form.STOP) and not isinstance(number, int):
            raise Problem(502, "the upstream spoke of no block", "upstream_malformed")
        if kind == "message_start":
            self._start(event)
        elif kind == form.START:
            await self._take_start(event)
        elif kind == form.PIECE and number in self._texts:
            self._take_piece(event, self._texts[number])
        elif kind == form.STOP and number in self._texts:
            # A block stays open until what follows tells whether its text goes on in another.
            if not self._texts[number].run.holds:
                self.say({**event, "index": self._others[number]})
        elif kind in (form.PIECE, form.STOP):
            if number not in self._others:
                raise Problem(502, "the upstream spoke of no block", "upstream_malformed")
            delta = event.get("delta")
            if self.turn.holds and isinstance(delta, dict) and delta.get("type") == "text_delta":
                raise Problem(502, "the upstream said text in no block of it", "upstream_malformed")
            self._note_input(event, number)
            self.say({**event, "index": self._others[number]})
        elif kind == "message_delta":
            await self._take_end(event)
        elif kind == "message_stop":
            await self._end_run(last=True)
            self._is_ended = True
            self.say(event)
            return True
        else:
            self.say(event)
        return False

    async def finish(self) -> None:
        """Sends what ends the answer."""
        if any(voice.over for voice in self.voices):
            usage = {"output_tokens": self._usage.get("output_tokens", 0)}
            await self._take_end({"type": "message_delta", "delta": form.BLOCKED, "usage": usage})
            self.say({"type": "message_stop"})
        elif not self._is_ended:
            raise Problem(502, "the upstream's stream ended before its answer", "upstream_broken")

    def _start(self, event: dict[str, Any]) -> None:
        message = event.get("message")
        if not isinstance(message, dict) or message.get("content"):
            raise Problem(502, "the upstream's message cannot be read", "upstream_malformed")
        if isinstance(message.get("usage"), dict):
            self._usage = message["usage"]
        self.say(event)

    async def _take_start(self, event: dict[str, Any]) -> None:
        block, number = event.get("content_block"), event.get("index")
        if not form.is_readable(block) or not isinstance(number, int):
            raise Problem(502, "the upstream's block cannot be read", "upstream_malformed")
        if not form.is_text(block):
            await self._end_run(last=False)
            self._calls = self._calls or form.is_call(block)
            self._others[number] = self.open(block)
            # The input of a call is told in pieces, and its result may only repeat it.
            given = block.get("input")
            self._tools[number] = {**block, "input": json.dumps(given) if given else ""}
            if str(block.get("type")).endswith("tool_result"):
                told = [{"role": "assistant", "content": list(self._tools.values())}]
                await self.turn.hear_results(told)
            return
        if self._run is None:
            self._run = _Run(self)
            self._runs.append(self._run)
        run = self._run
        self._texts[number] = run.begin(block)
        if not run.holds:
            self._others[number] = run.index = self.open(block)
        run.hear(block.get("text", ""))

    def _note_input(self, event: dict[str, Any], number: Any) -> None:
        delta = event.get("delta")
        piece = delta.get("partial_json") if isinstance(delta, dict) else None
        block = self._tools.get(number, {})
        if isinstance(piece, str) and block:
            block["input"] += piece

    def _take_piece(self, event: dict[str, Any], block: _Block) -> None:
        delta, run = event.get("delta"), block.run
        if not isinstance(delta, dict):
            raise Problem(502, "the upstream's text cannot be read", "upstream_malformed")
        if delta.get("type") == "text_delta":
            run.hear(delta.get("text"))
        elif run.holds:
            block.more.append(delta)
        if not run.holds:
            self.say({**event, "index": self._others[event["index"]]})

    async def _take_end(self, event: dict[str, Any]) -> None:
        await self._end_run(last=True)
        delta = event.get("delta")
        if self._blocked and not self._calls and isinstance(delta, dict):
            number = self.open({"type": "text", "text": ""})
            self.say_text(number, self._blocked)
            self.say(form.make_stop(number))
            self._blocked = ""
        if any(run.voice.blocked for run in self._runs) and not self._calls:
            event = {**event, "delta": {**(delta or {}), **form.BLOCKED}}
        told = [{"index": run.index, **run.voice.told} for run in self._runs if run.voice.told]
        self.say({**event, **self.turn.describe("texts", told)})

    async def _end_run(self, last: bool) -> None:
        """Ends the run of text blocks; the message of a blocked one comes last of all."""
        run, self._run = self._run, None
        if run is None:
            return
        run.voice.complete()
        await run.voice.end()
        if run.voice.blocked and last and not self._calls and not self._blocked:
            run.voice.show(run.voice.blocked)
        elif run.voice.blocked:
            self._blocked = self._blocked or run.voice.blocked.lstrip()
        run.close()


@dataclass(slots=True)
class _Block:
    """A block of text as the upstream sent it; ``more`` is what told of it, such as citations."""

    run: _Run
    start: int
    block: dict[str, Any]
    more: list[dict[str, Any]] = field(default_factory=list)


class _Run:
    """Text blocks that follow each other: one text, since citations cut a sentence into several.

    As long as what is shown is what was heard, it is shown in the blocks that the upstream made,
    with their citations; from where it is not, in one.
    """

    def __init__(self, relay: MessagesRelay) -> None:
        self.voice = Voice(relay.turn, self._show)
        self.holds = relay.turn.holds
        self.index = 0
        self._relay = relay
        self._blocks: list[_Block] = []
        self._open: int | None = None
        self._sent = 0
        self._is_same = True
        self._length = 0

    def begin(self, block: dict[str, Any]) -> _Block:
        """Begins a block and returns it."""
        self._blocks.append(_Block(self, len(self.voice.heard), block))
        return self._blocks[-1]

    def hear(self, text: object) -> None:
        """Takes what the model says next."""
        if not isinstance(text, str):
            raise Problem(502, "the upstream's text cannot be read", "upstream_malformed")
        if text:
            self.voice.feed(text)

    def close(self) -> None:
        """Ends the block that is open."""
        if self._open is not None:
            self._end_block(self.voice.shown == self.voice.heard)

    def _show(self, text: str) -> None:
        """Shows text in the upstream's blocks as long as it is the upstream's text."""
        before = self._length
        self._length += len(text)
        self._is_same = self._is_same and self.voice.heard.startswith(text, before)
        while self._is_same and self._sent + 1 < len(self._blocks):
            cut = self._blocks[self._sent + 1].start
            if cut >= self._length:
                break
            self._say(text[: cut - before])
            text, before = text[cut - before :], cut
            if self._open is not None:
                self._end_block(True)
            self._sent += 1
        self._say(text)

    def _say(self, text: str) -> None:
        if not text:
            return
        if self._open is None:
            block = self._blocks[self._sent].block
            block = self._relay.drop_copies(block, form.KNOWN_OF_TEXTS)
            kept = {k: v for k, v in block.items() if k not in ("text", "citations")}
            self._open = self._relay.open({**kept, "text": ""})
            self.index = self._open
        self._relay.say_text(self._open, text)

    def _end_block(self, same: bool) -> None:
        for delta in self._blocks[self._sent].more if same else ():
            self._relay.say(form.make_piece(self._open, delta))
        self._relay.say(form.make_stop(self._open))
        self._open = None
