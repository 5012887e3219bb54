"""Streams of chat completions: each claim of a choice is sent once it has been checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundwire.guard.forms import chat as form
from groundwire.guard.forms.events import END
from groundwire.serve.problems import Problem
from groundwire.serve.relay import Relay
from groundwire.serve.turns import Turn
from groundwire.serve.voices import Voice


class ChatRelay(Relay):
    """Chunks of an answer, guarded.

    Attributes:
        frame: the members of a chunk that all have.
    """

    path = "/v1/chat/completions"
    has_names = False

    def __init__(self, turn: Turn, choices: int) -> None:
        """Takes how many choices the request wants."""
        super().__init__(turn)
        self.frame: dict[str, Any] = {}
        self._wanted = choices
        self._choices: dict[int, _Choice] = {}
        self._last: list[dict[str, Any]] = []

    @property
    def voices(self) -> Sequence[Voice]:
        """The texts that are being checked."""
        return [choice.voice for choice in self._choices.values()]

    async def take(self, event: dict[str, Any]) -> bool:
        """Takes a chunk."""
        choices = event.get("choices", [])
        if not isinstance(choices, list):
            raise Problem(502, "the upstream sent what is no event", "upstream_malformed")
        if not choices:
            self._last.append(event)
            return False
        for choice in choices:
            index = choice.get("index", 0) if isinstance(choice, dict) else None
            if not isinstance(index, int) or not isinstance(choice.get("delta"), dict):
                raise Problem(502, "the upstream's choices cannot be read", "upstream_malformed")
            if index not in self._choices:
                self._choices[index] = _Choice(self, index)
            self._choices[index].hear(choice)
        frame = {k: v for k, v in event.items() if k not in ("choices", "usage")}
        self.frame = self.drop_copies(frame, form.KNOWN)
        for choice in choices:
            self._choices[choice.get("index", 0)].take(choice, event.get("usage"))
        return sum(voice.over for voice in self.voices) >= self._wanted

    async def finish(self) -> None:
        """Sends what ends the answer."""
        made = self._choices.values()
        if not made or not all(choice.finish or choice.voice.over for choice in made):
            raise Problem(502, "the upstream's stream ended before its answer", "upstream_broken")
        for choice in made:
            await choice.end()
        for chunk in self._last:
            self.say(self.drop_copies(chunk, form.KNOWN))
        self.say(END)


class _Choice:
    """One choice of an answer that streams."""

    def __init__(self, relay: ChatRelay, index: int) -> None:
        self.finish: dict[str, Any] | None = None
        self.voice = Voice(relay.turn, self._say_text)
        self._relay = relay
        self._index = index
        self._usage: Any = None
        self._calls = False

    def hear(self, choice: dict[str, Any]) -> None:
        """Takes the text of a part of the choice: it goes to the guard."""
        content = choice["delta"].get("content")
        if choice["delta"].get("audio") and self._relay.turn.holds:
            raise Problem(502, "an answer in sound cannot be checked", "upstream_malformed")
        if content is not None and not isinstance(content, str):
            raise Problem(502, "the upstream's text cannot be read", "upstream_malformed")
        if content and not self.voice.over:
            self.voice.feed(content)

    def take(self, choice: dict[str, Any], usage: Any) -> None:
        """Takes the rest of a part of the choice: it goes on at once."""
        self._usage = usage or self._usage
        if self.voice.over:
            return
        self._calls = self._calls or form.has_calls(choice["delta"])
        if self._relay.turn.holds:
            choice = form.drop_copies(form.strip_text(choice), self._relay.drop_copies)
        if choice.get("finish_reason") is not None:
            self.finish = choice
            self.voice.complete()
        elif choice["delta"]:
            self._say(choice)

    async def end(self) -> None:
        """Sends the end: the message of a blocked answer, and why it stopped."""
        await self.voice.end()
        reason = (self.finish or {}).get("finish_reason")
        if self.voice.blocked and (not self._calls or self.finish is None):
            self._say_text(self.voice.blocked)
            reason = form.FILTERED
        last = {"index": self._index, "delta": {}, **(self.finish or {}), "finish_reason": reason}
        told = [{"index": self._index, **self.voice.told}] if self.voice.told else []
        self._say(last, self._relay.turn.describe("choices", told))

    def _say_text(self, text: str) -> None:
        self._say(form.make_delta(self._index, text))

    def _say(self, choice: dict[str, Any], more: dict[str, Any] | None = None) -> None:
        chunk = {**self._relay.frame, "choices": [choice], **(more or {})}
        if self._usage is not None and choice.get("finish_reason") is not None:
            chunk["usage"] = self._usage
        self._relay.say(chunk)
