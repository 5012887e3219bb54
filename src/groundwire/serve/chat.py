"""Chat completions: OpenAI's older form, its choices guarded apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.guard.forms import chat as form
from groundwire.guard.forms.copies import CopyFinder
from groundwire.guard.forms.requests import is_speech_wanted
from groundwire.serve.chat_stream import ChatRelay
from groundwire.serve.conversation import Conversation, read_conversation
from groundwire.serve.exchange import Form, Place
from groundwire.serve.problems import Problem
from groundwire.serve.relay import Relay
from groundwire.serve.settings import Settings
from groundwire.serve.turns import Turn


class ChatForm(Form):
    """Requests and answers of ``POST /v1/chat/completions``."""

    path = "/chat/completions"
    told = "choices"
    known = form.KNOWN

    def read_request(self, body: Mapping[str, Any], settings: Settings) -> Conversation:
        """Reads the question, what was said before it, and the evidence of a request."""
        if is_speech_wanted(body):
            raise Problem(400, "an answer in sound cannot be checked: ask for text", "unguarded")
        return read_conversation(body, settings)

    def find_places(self, data: dict[str, Any]) -> Sequence[Place]:
        """Finds the texts of a whole answer: one a choice."""
        choices = data.get("choices")
        if not isinstance(choices, list) or not all(map(_is_choice, choices)):
            raise Problem(502, "the upstream's choices cannot be read", "upstream_malformed")
        return list(map(_Choice, choices))

    def make_relay(self, turn: Turn, body: Mapping[str, Any]) -> Relay:
        """Returns what guards an answer that streams."""
        many = body.get("n")
        return ChatRelay(turn, many if isinstance(many, int) else 1)


class _Choice(Place):
    """The text of a choice."""

    def __init__(self, choice: dict[str, Any]) -> None:
        self.text = form.read_text(choice["message"])
        self.name = {"index": choice.get("index", 0)}
        self._choice = choice

    def put(self, text: str) -> None:
        self._set(form.replace_text(self._choice, text))

    def drop_copies(self, copies: CopyFinder) -> None:
        self._set(form.drop_copies(self._choice, copies.drop))

    def block(self, message: str) -> None:
        goes_on = form.has_calls(self._choice["message"])
        self._set(form.replace_text(self._choice, None if goes_on else message, not goes_on))

    def _set(self, choice: dict[str, Any]) -> None:
        self._choice.clear()
        self._choice.update(choice)


def _is_choice(choice: object) -> bool:
    return isinstance(choice, dict) and form.is_readable(choice.get("message"))
