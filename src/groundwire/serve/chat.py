"""Chat completions: OpenAI's older form, its choices guarded apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.serve.chat_stream import KNOWN, KNOWN_OF_CHOICES, KNOWN_OF_MESSAGES, ChatRelay
from groundwire.serve.conversation import Conversation, read_conversation, read_text
from groundwire.serve.copies import CopyFinder
from groundwire.serve.exchange import Form, Place
from groundwire.serve.problems import Problem
from groundwire.serve.relay import Relay
from groundwire.serve.settings import Settings
from groundwire.serve.turns import Turn

JSON_KINDS = ("json_object", "json_schema")


class ChatForm(Form):
    """Requests and answers of ``POST /v1/chat/completions``."""

    path = "/chat/completions"
    told = "choices"
    known = KNOWN

    def read_request(self, body: Mapping[str, Any], settings: Settings) -> Conversation:
        """Reads the question, what was said before it, and the evidence of a request."""
        asked = body.get("modalities")
        if isinstance(asked, str | list) and "audio" in asked:
            raise Problem(400, "an answer in sound cannot be checked: ask for text", "unguarded")
        return read_conversation(body, settings)

    def is_json(self, body: Mapping[str, Any]) -> bool:
        """Whether a request asks for an answer in JSON."""
        asked = body.get("response_format")
        return isinstance(asked, dict) and asked.get("type") in JSON_KINDS

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
        self.text = read_text(choice["message"].get("content"))
        self.name = {"index": choice.get("index", 0)}
        self._choice = choice

    def put(self, text: str | None) -> None:
        self._choice["message"]["content"] = text
        # Both tell of the text that was written: its tokens, and places in it.
        if self._choice.get("logprobs") is not None:
            self._choice["logprobs"] = None
        self._choice["message"].pop("annotations", None)

    def drop_copies(self, copies: CopyFinder) -> None:
        kept = copies.drop(self._choice, KNOWN_OF_CHOICES)
        kept["message"] = copies.drop(self._choice["message"], KNOWN_OF_MESSAGES)
        self._choice.clear()
        self._choice.update(kept)

    def block(self, message: str) -> None:
        said = self._choice["message"]
        if said.get("tool_calls") or said.get("function_call"):
            self.put(None)
        else:
            self.put(message)
            self._choice["finish_reason"] = "content_filter"


def _is_choice(choice: object) -> bool:
    """Whether the text of a choice can be read, so that none goes by unseen."""
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        return False
    content = choice["message"].get("content")
    if choice["message"].get("audio"):
        return False
    if isinstance(content, list):
        return all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in content)
    return content is None or isinstance(content, str)
