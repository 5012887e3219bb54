"""Streams of responses: the text of a message is the same in every event that holds it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from groundwire.guard.forms import responses as form
from groundwire.serve.problems import Problem
from groundwire.serve.relay import Relay, UpstreamProblem
from groundwire.serve.turns import Turn
from groundwire.serve.voices import Voice


class ResponsesRelay(Relay):
    """Events of a response, guarded; what is no text of a message goes on in its place."""

    path = "/v1/responses"

    def __init__(self, turn: Turn) -> None:
        """Takes the turn, whose evidence is open."""
        super().__init__(turn)
        self.calls = False
        """Whether the answer calls tools of the client."""
        self._sent = 0
        self._response: dict[str, Any] = {}
        self._end: dict[str, Any] | None = None
        self._messages: dict[int, _Message] = {}
        self._others: dict[int, dict[str, Any]] = {}

    @property
    def voices(self) -> Sequence[Voice]:
        """The texts that are being checked."""
        return [message.voice for message in self._messages.values()]

    def say(self, data: dict[str, Any] | str) -> None:
        """Sends an event under the next number."""
        if isinstance(data, dict):
            data = self.drop_copies(data, form.KNOWN_OF_EVENTS) | {"sequence_number": self._sent}
            self._sent += 1
        super().say(data)

    def fail(self, problem: Problem) -> None:
        """Sends why the answer is not complete."""
        if isinstance(problem, UpstreamProblem):
            super().fail(problem)
        else:
            told = {"code": problem.code, "message": problem.detail, "param": None}
            self.say({"type": "error", **told})

    async def take(self, event: dict[str, Any]) -> bool:
        """Takes an event."""
        kind, number = str(event.get("type")), event.get("output_index")
        if isinstance(event.get("response"), dict):
            self._response = event["response"]
            if kind in form.ENDS:
                self._end = event
                return True
            self.say({**event, "response": self._seal(self._response)})
        elif kind in (form.ADDED, form.DONE) and not _is_item(event, kind):
            self._refuse(event, "the upstream's output cannot be read")
        elif kind == form.ADDED and form.is_message(event["item"]):
            message = self._messages[event["output_index"]] = _Message(self, event)
            self.say(message.open(event))
        elif kind.startswith(form.SOUND):
            self._refuse(event, "an answer in sound cannot be checked")
        elif isinstance(number, int) and number in self._messages:
            await self._messages[number].take(event)
        elif kind in form.SPOKEN or (kind == form.DONE and form.is_message(event["item"])):
            self._refuse(event, "the upstream spoke of what it did not open")
        else:
            if kind in (form.ADDED, form.DONE):
                await self._note(event["item"], event["output_index"])
            self.say(event)
        return any(voice.over for voice in self.voices)

    async def finish(self) -> None:
        """Sends what ends the answer."""
        if self._end is None and not any(voice.over for voice in self.voices):
            raise Problem(502, "the upstream's stream ended before its answer", "upstream_broken")
        failed = self._end is not None and self._end["type"] == form.FAILED
        if self._end is not None and not failed:
            await self._open_unseen()
        for message in self._messages.values():
            if failed:
                await message.voice.end(Problem(502, "the upstream failed", "upstream_error"))
            else:
                await message.close(None)
        blocked = [message for message in self._messages.values() if message.waits]
        for message in blocked:
            message.send_end(message is blocked[0])
        response = self._seal(self._response)
        if self._end is None:
            items = {n: m.item for n, m in self._messages.items()} | self._others
            response["output"] = [items[n] for n in sorted(items)]
        event = {"type": form.INCOMPLETE, **(self._end or {}), "response": response}
        if blocked:
            event["type"] = form.INCOMPLETE
            response |= form.BLOCKED
        made = self._messages.items()
        told = [{"output_index": n, **m.voice.told} for n, m in made if m.voice.told]
        response |= self.turn.describe("texts", told)
        self.say(event)

    def _refuse(self, event: dict[str, Any], why: str) -> None:
        """Refuses an event that may hold text; where none is checked, it goes on."""
        if self.turn.holds:
            raise Problem(502, why, "upstream_malformed")
        self.say(event)

    async def _note(self, item: dict[str, Any], number: int) -> None:
        """Notes an item that is no message: a call of a tool, or what a tool found."""
        self._others[number] = item
        if form.is_call(item):
            self.calls = True
            for message in self._messages.values():
                if message.waits:
                    message.send_end(False)
        await self.turn.hear_results(list(self._others.values()))

    async def _open_unseen(self) -> None:
        """Takes messages of the whole response that no event told of before."""
        output = self._response.get("output") or []
        if not isinstance(output, list) or not all(map(form.is_readable, output)):
            if self.turn.holds:
                raise Problem(502, "the upstream's output cannot be read", "upstream_malformed")
            return
        others = [item for item in output if not form.is_message(item)]
        await self.turn.hear_results(others)
        for number, item in enumerate(output):
            if form.is_message(item) and self._find(number, item) is None:
                if not self.turn.holds:
                    place = {"output_index": number, "item": item}
                    self._messages[number] = _Message(self, place)
                    self._messages[number].voice.feed(form.read_text(item))
                    continue
                place = {"output_index": number, "item": item}
                await self.take({"type": form.ADDED, **place})
                for i, part in enumerate(item["content"]):
                    place = {"output_index": number, "item_id": item.get("id"), "content_index": i}
                    await self.take({"type": form.PART_ADDED, **place, "part": part})
                await self.take({"type": form.DONE, "output_index": number, "item": item})

    def _find(self, number: int, item: dict[str, Any]) -> _Message | None:
        """The message that an item of the whole response is, by its id or its number."""
        named = [m for m in self._messages.values() if m.name == item.get("id") is not None]
        return named[0] if named else self._messages.get(number)

    def _seal(self, response: dict[str, Any]) -> dict[str, Any]:
        """A response in which each message holds what was shown of it."""
        sealed = form.strip_text(response)
        output = sealed.get("output")
        if isinstance(output, list):
            sealed["output"] = [self._seal_item(n, item) for n, item in enumerate(output)]
        return self.drop_copies(sealed, form.KNOWN)

    def _seal_item(self, number: int, item: Any) -> Any:
        if not isinstance(item, dict) or not form.is_message(item):
            return item if form.is_readable(item) or not self.turn.holds else {}
        message = self._find(number, item)
        if message is None or not form.is_readable(item):
            return {**item, "content": []} if self.turn.holds else item
        return message.seal(item)


class _Message:
    """A message that streams: its parts of text are one text, in the first one's place."""

    def __init__(self, relay: ResponsesRelay, event: dict[str, Any]) -> None:
        self.voice = Voice(relay.turn, self._show)
        self.name = event["item"].get("id")
        self.waits = False
        self.item: dict[str, Any] = {**event["item"], "content": []}
        self._relay = relay
        self._holds = relay.turn.holds
        self._number = event["output_index"]
        self._places: dict[int, int | None] = {}
        self._text_place: int | None = None
        self._texts: dict[int, str] = {}
        self._marks: list[dict[str, Any]] = []
        self._closing: dict[str, Any] | None = None
        self._closed = False
        self._is_told = False

    def open(self, event: dict[str, Any]) -> dict[str, Any]:
        """Returns the event that opens the message for the client."""
        return {**event, "item": self.item} if self._holds else event

    async def take(self, event: dict[str, Any]) -> None:
        """Takes an event of the message."""
        kind, number = event["type"], event.get("content_index")
        if not self._holds:
            said = event.get("delta") if kind == form.DELTA else None
            self.voice.feed(said if isinstance(said, str) else "")
            if kind == form.DONE:
                await self._close_unseen(event)
            self._relay.say(event)
            return
        if kind == form.DONE:
            await self.close(event)
            return
        part = event.get("part")
        if part is not None and not form.is_part(part, whole=False):
            raise Problem(502, "the upstream's text cannot be read", "upstream_malformed")
        if not isinstance(part, dict) or not form.is_text(part):
            part = None
        if kind == form.DELTA:
            self._hear(number, self._texts.get(number or 0, "") + _read(event.get("delta")))
        elif kind == form.TEXT_DONE:
            self._hear(number, _read(event.get("text")))
        elif kind == form.MARKED:
            self._marks.append(event)
        elif part is not None:
            before = self._texts.get(number or 0, "") if kind == form.PART_ADDED else ""
            self._hear(number, before or _read(part.get("text", "")))
            place = self._place(number, True)
            if kind == form.PART_ADDED and place is not None:
                kept = self._relay.drop_copies(part, form.KNOWN_OF_PARTS)
                empty = form.rewrite_part(kept, "")
                self._relay.say({**event, "content_index": place, "part": empty})
        else:
            place = self._place(number, False) if isinstance(number, int) else None
            self._relay.say(event if place is None else {**event, "content_index": place})

    async def close(self, event: dict[str, Any] | None) -> None:
        """Ends the message, and sends its end, unless it was blocked: that waits for calls."""
        if self._closed:
            return
        self._closed = True
        if not self._holds:
            await self.voice.end()
            return
        item = dict(event["item"]) if event is not None else {**self.item, "content": []}
        item["content"] = list(item["content"])
        for number, part in enumerate(item["content"]):
            if form.is_text(part):
                self._hear(number, part["text"])
        self.voice.complete()
        await self.voice.end()
        self.item = item
        closing = {"type": form.DONE, "output_index": self._number, **(event or {})}
        self._closing = closing
        if self.voice.blocked and not self._relay.calls:
            self.waits = True
        else:
            self.send_end(False)

    async def _close_unseen(self, event: dict[str, Any]) -> None:
        """Ends a message that is not checked; its text may come in its last event alone."""
        if not self.voice.heard and form.is_readable(event["item"]):
            self.voice.feed(form.read_text(event["item"]))
        await self.close(event)

    def send_end(self, says: bool) -> None:
        """Sends what ends the message.

        Args:
            says: whether the message of a blocked answer is said.
        """
        self.waits = False
        if says:
            self.voice.show(self.voice.blocked)
            self.item["status"] = "incomplete"
        self.item = self.seal(self.item)
        self._is_told = True
        if self._text_place is not None:
            part = next(filter(form.is_text, self.item["content"]))
            place = self._frame()
            if part["annotations"]:
                for mark in self._marks:
                    self._relay.say({**mark, **place})
            for end in form.make_ends(place, part):
                self._relay.say(end)
        self._relay.say({**(self._closing or {}), "item": self.item})

    def seal(self, item: dict[str, Any]) -> dict[str, Any]:
        """Returns the message with what was shown of it."""
        if not self._holds:
            return item
        if self._is_told:
            return self.item
        parts = item.get("content") or []
        texts = list(filter(form.is_text, parts))
        if self._text_place is not None and not texts:
            texts = [{"type": "output_text", "text": "", "annotations": []}]
            parts = [*texts, *parts]
        sealed = form.drop_copies({**item, "content": parts}, self._relay.drop_copies)
        form.replace_text(sealed, self.voice.shown)
        if len(texts) == 1 and texts[0]["text"] == self.voice.shown:
            marks = texts[0].get("annotations") or []
            sealed["content"] = [
                {**p, "annotations": marks} if form.is_text(p) else p for p in sealed["content"]
            ]
        return sealed

    def _hear(self, number: Any, text: str) -> None:
        """Takes the text of a part so far: what is new of it is said by the model."""
        if not isinstance(number, int) or not text.startswith(self._texts.get(number, "")):
            raise Problem(502, "the upstream's text cannot be read", "upstream_malformed")
        self._place(number, True)
        self.voice.feed(text[len(self._texts.get(number, "")) :])
        self._texts[number] = text

    def _place(self, number: Any, speaks: bool) -> int | None:
        """Where a part stands for the client; None for a text that another one holds."""
        if number not in self._places:
            if speaks and self._text_place is not None:
                self._places[number] = None
            else:
                place = sum(place is not None for place in self._places.values())
                self._places[number] = place
                self._text_place = place if speaks else self._text_place
        return self._places[number]

    def _frame(self) -> dict[str, Any]:
        place = {"output_index": self._number, "content_index": self._text_place}
        return {"item_id": self.name, **place}

    def _show(self, text: str) -> None:
        self._relay.say(form.make_delta(self._frame(), text))


def _is_item(event: dict[str, Any], kind: str) -> bool:
    """Whether the item of an event, and the place of it, can be read."""
    item = event.get("item")
    if not isinstance(event.get("output_index"), int) or not isinstance(item, dict):
        return False
    if kind == form.ADDED and form.is_message(item):
        return True
    return form.is_readable(item)


def _read(text: object) -> str:
    if not isinstance(text, str):
        raise Problem(502, "the upstream's text cannot be read", "upstream_malformed")
    return text
