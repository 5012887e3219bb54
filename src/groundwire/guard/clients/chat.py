"""Chat completions: the text of each choice guarded, whole and in chunks."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from typing import Any, NoReturn

from groundwire.errors import InputError
from groundwire.guard.forms import chat as form
from groundwire.guard.forms.copies import CopyFinder, drop_copies
from groundwire.guard.forms.events import read_error
from groundwire.guard.utterance import Setting, Utterance

Event = dict[str, Any]


def check_chat(data: Event, setting: Setting) -> Event:
    """Returns a chat completion whose text has been checked.

    Raises:
        InputError: if it cannot be read.
        BlockedError: as ``Setting.check``.
    """
    choices = data.get("choices")
    if not isinstance(choices, list):
        if (error := read_error(data)) is not None:
            return error
        _refuse(choices)
    made, copies = list[Event](), list[CopyFinder]()
    for choice in choices:
        if not isinstance(choice, dict) or not form.is_readable(choice.get("message")):
            _refuse(choice)
        checked = _check_choice(choice, setting)
        if checked is not choice:
            said = choice["message"], checked["message"]
            copies.append(CopyFinder(*map(form.read_text, said)))
        # The field of older completions, which some servers fill, too.
        made.append({key: value for key, value in checked.items() if key != "text"})
    if copies:
        drop = partial(drop_copies, finders=copies)
        made = [form.drop_copies(choice, drop) for choice in made]
    return {**drop_copies(data, form.KNOWN, copies), "choices": made}


def _check_choice(choice: Event, setting: Setting) -> Event:
    written, calls = form.read_text(choice["message"]), form.has_calls(choice["message"])
    outcome = setting.check(written, calls)
    if outcome.text == written and not outcome.blocked:
        return choice
    return form.replace_text(choice, outcome.text or None, outcome.blocked and not calls)


def _refuse(choice: Any) -> NoReturn:
    said = choice.get("message", choice.get("delta")) if isinstance(choice, dict) else None
    if isinstance(said, dict) and said.get("audio"):
        raise InputError("the answer is speech, which cannot be checked: ask for text")
    raise InputError("the answer's choices cannot be read: nothing of it is shown")


class ChatRelay:
    """Chunks of a chat completion that streams, and what may be shown of them."""

    def __init__(self, setting: Setting) -> None:
        """Takes how the choices are checked."""
        self._setting = setting
        self._voices: dict[int, Utterance] = {}
        self._calls: set[int] = set()
        self._frame: Event = {}

    def take(self, event: Event) -> list[Event]:
        """Takes a chunk and returns those to show now.

        Raises:
            InputError: if it cannot be read.
            BlockedError: as ``Setting.check``.
        """
        choices = event.get("choices")
        if not choices:
            if choices is None and not event.get("error"):
                _refuse(event)
            return [self._drop_copies(event, form.KNOWN)]
        for choice in choices:
            if not isinstance(choice, dict) or not form.is_readable(choice.get("delta")):
                _refuse(choice)
        texts = [self._feed(choice) for choice in choices]
        event = self._drop_copies(event, form.KNOWN)
        self._frame = {k: v for k, v in event.items() if k not in ("choices", "usage")}
        pairs = zip(choices, texts, strict=True)
        return [made for choice, text in pairs for made in self._take(event, choice, text)]

    def _feed(self, choice: Event) -> str:
        index = choice.get("index", 0)
        if form.has_calls(choice["delta"]):
            self._calls.add(index)
        voice = self._voices.setdefault(index, self._setting.open())
        return voice.feed(form.read_text(choice["delta"]))

    def _take(self, event: Event, choice: Event, text: str) -> list[Event]:
        index = choice.get("index", 0)
        voice = self._voices[index]
        rest = form.drop_copies(form.strip_text(choice), self._drop_copies)
        ends = choice.get("finish_reason") is not None
        if ends:
            text += voice.end(index in self._calls)
            if voice.blocked and index not in self._calls:
                rest["finish_reason"] = form.FILTERED
        said = [self._say(index, text)] if text else []
        if not (rest["delta"] or ends or event.get("usage")):
            return said
        passed = {**event, "choices": [rest]}
        return [*said, passed] if ends else [passed, *said]

    def finish(self) -> list[Event]:
        """Returns what may be shown of choices that were not ended when the stream was."""
        out = []
        for index, voice in self._voices.items():
            if text := voice.end(index in self._calls):
                out.append(self._say(index, text))
        return out

    def close(self) -> None:
        """Ends the checks."""
        for voice in self._voices.values():
            voice.close()

    def _drop_copies(self, data: Event, known: Collection[str]) -> Event:
        return drop_copies(data, known, (voice.copies for voice in self._voices.values()))

    def _say(self, index: int, text: str) -> Event:
        return {**self._frame, "choices": [form.make_delta(index, text)]}
