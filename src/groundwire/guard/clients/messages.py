"""Messages API of Anthropic: its blocks of text guarded, whole and in events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from groundwire.errors import InputError
from groundwire.guard.utterance import Setting, Utterance

Event = dict[str, Any]

_UNREADABLE = "the answer's content cannot be read: nothing of it is shown"
_BLOCKED = "refusal"


def check_message(data: Event, setting: Setting) -> Event:
    """Returns a message whose text has been checked.

    Blocks of text that follow one another are one text, for a sentence may go on in the next.

    Raises:
        InputError: if it cannot be read.
        BlockedError: as ``Setting.check``.
    """
    content = data.get("content")
    if not isinstance(content, list) or not all(isinstance(block, dict) for block in content):
        if data.get("type") == "error":
            return data
        raise InputError(_UNREADABLE)
    made, blocked, place = list[Any](), False, 0
    while place < len(content):
        run = _find_run(content, place)
        place += len(run) or 1
        if not run:
            made.append(content[place - 1])
            continue
        written = "".join(block["text"] for block in run)
        goes_on = place < len(content)
        outcome = setting.check(written, goes_on)
        blocked = blocked or (outcome.blocked and not goes_on)
        if outcome.text == written and not outcome.blocked:
            made += run
        elif outcome.text:
            # Citations of the text that was written: they may not hold for what is said now.
            made.append({"type": "text", "text": outcome.text, "citations": None})
    stop = {"stop_reason": _BLOCKED} if blocked else {}
    return {**data, "content": made, **stop}


def _find_run(content: list[Any], place: int) -> list[Any]:
    run = []
    for block in content[place:]:
        if block.get("type") != "text":
            break
        if not isinstance(block.get("text"), str):
            raise InputError(_UNREADABLE)
        run.append(block)
    return run


@dataclass(slots=True)
class _Run:
    """Blocks of text that follow one another, as one block."""

    voice: Utterance
    index: int
    started: bool = False
    blocks: int = 0
    held: list[Event] = field(default_factory=list)


class MessagesRelay:
    """Events of a message that streams, and what may be shown of them."""

    def __init__(self, setting: Setting) -> None:
        """Takes how its text is checked."""
        self._setting = setting
        self._run: _Run | None = None
        self._texts: set[Any] = set()
        self._moved: dict[Any, int] = {}
        self._places = 0
        self._blocked = False

    def take(self, event: Event) -> list[Event]:
        """Takes an event and returns those to show now.

        Raises:
            InputError: if it cannot be read.
            BlockedError: as ``Setting.check``.
        """
        kind, index = event.get("type"), event.get("index")
        if kind == "message_start":
            message = event.get("message")
            if not isinstance(message, dict):
                raise InputError(_UNREADABLE)
            if message.get("content"):
                return [{**event, "message": {**message, "content": []}}]
            return [event]
        if kind == "content_block_start":
            return self._start(event, index)
        if kind == "content_block_delta" and index in self._texts:
            return self._take_text(event)
        if kind == "content_block_stop" and index in self._texts:
            return []
        if kind in ("content_block_delta", "content_block_stop"):
            if index not in self._moved:
                raise InputError(_UNREADABLE)
            return [{**event, "index": self._moved[index]}]
        if kind in ("message_delta", "message_stop"):
            out = self._close(goes_on=False)
            delta = event.get("delta")
            if kind == "message_delta" and self._blocked and isinstance(delta, dict):
                event = {**event, "delta": {**delta, "stop_reason": _BLOCKED}}
            return [*out, event]
        return [event]

    def _start(self, event: Event, index: Any) -> list[Event]:
        block = event.get("content_block")
        if not isinstance(block, dict):
            raise InputError(_UNREADABLE)
        if block.get("type") != "text":
            out = self._close(goes_on=True)
            self._moved[index] = self._places
            self._places += 1
            return [*out, {**event, "index": self._moved[index]}]
        self._texts.add(index)
        if self._run is None:
            self._run = _Run(self._setting.open(), self._places)
        self._run.blocks += 1
        return self._say(self._run, self._run.voice.feed(block.get("text") or ""))

    def _take_text(self, event: Event) -> list[Event]:
        delta, run = event.get("delta"), self._run
        if not isinstance(delta, dict) or run is None:
            raise InputError(_UNREADABLE)
        if delta.get("type") == "text_delta" and isinstance(delta.get("text"), str):
            return self._say(run, run.voice.feed(delta["text"]))
        if delta.get("type") != "citations_delta":
            raise InputError(_UNREADABLE)
        run.held.append(delta)
        return []

    def _close(self, goes_on: bool) -> list[Event]:
        run, self._run = self._run, None
        if run is None:
            return []
        out = self._say(run, run.voice.end(goes_on))
        self._blocked = self._blocked or (run.voice.blocked and not goes_on)
        if not run.started:
            return out
        if not run.voice.changed and run.blocks == 1:
            out += [
                {"type": "content_block_delta", "index": run.index, "delta": delta}
                for delta in run.held
            ]
        return [*out, {"type": "content_block_stop", "index": run.index}]

    def _say(self, run: _Run, text: str) -> list[Event]:
        """Returns the events that say a text; a block is begun when there is something to say."""
        if not text:
            return []
        out = list[Event]()
        if not run.started:
            run.started = True
            self._places += 1
            block = {"type": "text", "text": ""}
            out.append({"type": "content_block_start", "index": run.index, "content_block": block})
        delta = {"type": "text_delta", "text": text}
        return [*out, {"type": "content_block_delta", "index": run.index, "delta": delta}]

    def finish(self) -> list[Event]:
        """Returns what may be shown of a text that was not ended when the stream was."""
        return self._close(goes_on=False)

    def close(self) -> None:
        """Ends the check."""
        if self._run is not None:
            self._run.voice.close()
