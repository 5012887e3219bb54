"""Chat completions: the text of each choice guarded, whole and in chunks."""

from __future__ import annotations

from typing import Any

from groundwire.errors import InputError
from groundwire.guard.utterance import Setting, Utterance

Event = dict[str, Any]

_UNREADABLE = "the answer's choices cannot be read: nothing of it is shown"


def check_chat(data: Event, setting: Setting) -> Event:
    """Returns a chat completion whose text has been checked.

    Raises:
        InputError: if it cannot be read.
        BlockedError: as ``Setting.check``.
    """
    choices = data.get("choices")
    if not isinstance(choices, list):
        if "error" in data:
            return data
        raise InputError(_UNREADABLE)
    return {**data, "choices": [_check_choice(choice, setting) for choice in choices]}


def _check_choice(given: Any, setting: Setting) -> Event:
    if not isinstance(given, dict) or not isinstance(given.get("message"), dict):
        raise InputError(_UNREADABLE)
    choice = _drop_text(given)
    message = choice["message"]
    written = _read_content(message)
    calls = _has_calls(message)
    outcome = setting.check(written, calls)
    if outcome.text == written and not outcome.blocked:
        return choice
    # Annotations are places in the text that was written, and logprobs its tokens.
    kept = {key: value for key, value in message.items() if key != "annotations"}
    made = {**choice, "message": {**kept, "content": outcome.text or None}}
    if choice.get("logprobs") is not None:
        made["logprobs"] = None
    if outcome.blocked and not calls:
        made["finish_reason"] = "content_filter"
    return made


def _read_content(message: Event) -> str:
    if message.get("audio") is not None:
        raise InputError("the answer is speech, which cannot be checked: ask for text")
    content = message.get("content")
    if content is None or isinstance(content, str):
        return content or ""
    if isinstance(content, list) and all(
        isinstance(part, dict) and isinstance(part.get("text"), str) for part in content
    ):
        return "".join(part["text"] for part in content)
    raise InputError(_UNREADABLE)


def _drop_text(choice: Event) -> Event:
    """Returns a choice without the field of older completions, which some servers fill, too."""
    return {key: value for key, value in choice.items() if key != "text"}


def _has_calls(said: Event) -> bool:
    return bool(said.get("tool_calls") or said.get("function_call"))


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
            if choices is None and "error" not in event:
                raise InputError(_UNREADABLE)
            return [event]
        self._frame = {k: v for k, v in event.items() if k not in ("choices", "usage")}
        out: list[Event] = []
        for choice in choices:
            if not isinstance(choice, dict) or not isinstance(choice.get("delta"), dict):
                raise InputError(_UNREADABLE)
            out += self._take(event, choice)
        return out

    def _take(self, event: Event, choice: Event) -> list[Event]:
        index = choice.get("index", 0)
        voice = self._voices.setdefault(index, self._setting.open())
        delta = dict(choice["delta"])
        written = _read_content(delta)
        if _has_calls(delta):
            self._calls.add(index)
        if written:
            del delta["content"]
        rest = {**_drop_text(choice), "delta": delta}
        if rest.get("logprobs") is not None:
            rest["logprobs"] = None
        text = voice.feed(written)
        ends = choice.get("finish_reason") is not None
        if ends:
            text += voice.end(index in self._calls)
            if voice.blocked and index not in self._calls:
                rest["finish_reason"] = "content_filter"
        said = [self._say(index, text)] if text else []
        if not (delta or ends or event.get("usage")):
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

    def _say(self, index: int, text: str) -> Event:
        choice = {"index": index, "delta": {"content": text}, "finish_reason": None}
        return {**self._frame, "choices": [choice]}
