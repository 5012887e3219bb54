"""Messages API of Anthropic: its blocks of text guarded, whole and in events."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from groundwire.errors import InputError
from groundwire.guard.forms import messages as form
from groundwire.guard.forms.copies import CopyFinder, drop_copies
from groundwire.guard.forms.events import read_error
from groundwire.guard.forms.runs import find_runs
from groundwire.guard.utterance import Outcome, Setting, Utterance

Event = dict[str, Any]

_UNREADABLE = "the answer's content cannot be read: nothing of it is shown"


def check_message(data: Event, setting: Setting) -> Event:
    """Returns a message whose text has been checked.

    Blocks of text that follow one another are one text, for a sentence may go on in the next. One
    that is blocked is left out where another block follows it; if no tool of the client was called,
    the message is said at the end, once.

    Raises:
        InputError: if it cannot be read.
        BlockedError: as ``Setting.check``.
    """
    content = data.get("content")
    if not isinstance(content, list) or not all(map(form.is_readable, content)):
        if (error := read_error(data)) is not None:
            return error
        raise InputError(_UNREADABLE)
    made, blocked, copies = list[Event](), False, list[CopyFinder]()
    runs, calls = find_runs(content, form.is_text), any(map(form.is_call, content))
    left: Outcome | None = None
    for place, run in enumerate(runs):
        if not form.is_text(run[0]):
            made += run
            continue
        written, goes_on = form.read_text(run), calls or place + 1 < len(runs)
        outcome = setting.check(written, goes_on)
        blocked = blocked or (outcome.blocked and not goes_on)
        left = left or (outcome if outcome.blocked and goes_on and not calls else None)
        if outcome.text == written and not outcome.blocked:
            made += run
            continue
        copies.append(CopyFinder(written, outcome.text))
        if outcome.text:
            made.append(form.replace_text(run[0], outcome.text))
    if left is not None and left.report is not None and not blocked:
        made.append({"type": "text", "text": setting.refuse(left.report, goes_on=False)})
        blocked = True
    kept = drop_copies(data, form.KNOWN, copies)
    made = [drop_copies(b, form.KNOWN_OF_TEXTS, copies) if form.is_text(b) else b for b in made]
    return {**kept, "content": made, **(form.BLOCKED if blocked else {})}


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
        self._copies: list[CopyFinder] = []
        self._texts: set[Any] = set()
        self._moved: dict[Any, int] = {}
        self._places = 0
        self._calls = False
        self._blocked = False
        self._left: Utterance | None = None

    def take(self, event: Event) -> list[Event]:
        """Takes an event and returns those to show now.

        Raises:
            InputError: if it cannot be read.
            BlockedError: as ``Setting.check``.
        """
        out = self._take(event)
        return [drop_copies(made, form.KNOWN_OF_EVENTS, self._copies) for made in out]

    def _take(self, event: Event) -> list[Event]:
        kind, index = event.get("type"), event.get("index")
        if kind == "message_start":
            message = event.get("message")
            if not isinstance(message, dict):
                raise InputError(_UNREADABLE)
            if message.get("content"):
                return [{**event, "message": {**message, "content": []}}]
            return [event]
        if kind == form.START:
            return self._start(event, index)
        if kind == form.PIECE and index in self._texts:
            return self._take_text(event)
        if kind == form.STOP and index in self._texts:
            return []
        if kind in (form.PIECE, form.STOP):
            delta = event.get("delta")
            if index not in self._moved or (
                isinstance(delta, dict) and delta.get("type") == "text_delta"
            ):
                raise InputError(_UNREADABLE)
            return [{**event, "index": self._moved[index]}]
        if kind in ("message_delta", "message_stop"):
            out = self.finish()
            delta = event.get("delta")
            if kind == "message_delta" and self._blocked and isinstance(delta, dict):
                event = {**event, "delta": {**delta, **form.BLOCKED}}
            return [*out, event]
        return [event]

    def _start(self, event: Event, index: Any) -> list[Event]:
        block = event.get("content_block")
        if isinstance(block, dict) and form.is_text(block):
            block = {**block, "text": block.get("text") or ""}
        if not form.is_readable(block):
            raise InputError(_UNREADABLE)
        if not form.is_text(block):
            out = self._close(goes_on=True)
            self._calls = self._calls or form.is_call(block)
            self._moved[index] = self._places
            self._places += 1
            return [*out, {**event, "index": self._moved[index]}]
        self._texts.add(index)
        if self._run is None:
            self._run = _Run(self._setting.open(), self._places)
            self._copies.append(self._run.voice.copies)
        self._run.blocks += 1
        return self._say(self._run, self._run.voice.feed(block["text"]))

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
        self._left = self._left or (run.voice if run.voice.blocked and goes_on else None)
        if not run.started:
            return out
        if not run.voice.changed and run.blocks == 1:
            out += [form.make_piece(run.index, delta) for delta in run.held]
        return [*out, form.make_stop(run.index)]

    def _say(self, run: _Run, text: str) -> list[Event]:
        """Returns the events that say a text; a block is begun when there is something to say."""
        if not text:
            return []
        out = list[Event]()
        if not run.started:
            run.started = True
            self._places += 1
            out.append(form.make_start(run.index, {"type": "text", "text": ""}))
        return [*out, form.make_text(run.index, text)]

    def finish(self) -> list[Event]:
        """Returns what may be shown of a text that was not ended when the stream was.

        A text that was blocked and followed by no call is refused here.
        """
        out = self._close(goes_on=self._calls)
        if self._left is None or self._calls or self._blocked:
            return out
        self._blocked, run = True, _Run(self._left, self._places)
        return [*out, *self._say(run, self._left.refuse()), form.make_stop(run.index)]

    def close(self) -> None:
        """Ends the check."""
        if self._run is not None:
            self._run.voice.close()
