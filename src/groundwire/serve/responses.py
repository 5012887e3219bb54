"""Responses: OpenAI's newer form, each message of an answer guarded as one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.guard.forms import responses as form
from groundwire.guard.forms.copies import CopyFinder
from groundwire.guard.forms.requests import list_items
from groundwire.serve.conversation import Conversation, read_conversation
from groundwire.serve.exchange import Form, Place
from groundwire.serve.extension import FIELD
from groundwire.serve.problems import Problem
from groundwire.serve.responses_stream import ResponsesRelay
from groundwire.serve.settings import Settings
from groundwire.serve.turns import Turn


class ResponsesForm(Form):
    """Requests and answers of ``POST /v1/responses``."""

    path = "/responses"
    told = "texts"
    known = form.KNOWN

    def read_request(self, body: Mapping[str, Any], settings: Settings) -> Conversation:
        """Reads the question, what was said before it, and the evidence of a request.

        What a ``previous_response_id`` or a ``conversation`` stands for is kept by the upstream:
        its turns are not seen here, and the tools' results in them are no evidence.
        """
        if body.get("background"):
            raise Problem(
                400, "an answer in the background would be fetched unchecked: send the request "
                "without background", "unguarded",
            )  # fmt: skip
        items = list_items(body)
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise Problem(400, "input is neither a text nor a list of items", "invalid")
        told = body.get("instructions")
        system = [{"role": "system", "content": told}] if isinstance(told, str) else []
        messages = [*system, *items]
        return read_conversation({"messages": messages, FIELD: body.get(FIELD)}, settings)

    def list_results(self, data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Returns what the upstream tells of its own tools in an answer."""
        return [item for item in data["output"] if not form.is_message(item)]

    def find_places(self, data: dict[str, Any]) -> Sequence[Place]:
        """Finds the texts of a whole answer: one a message."""
        output = data.get("output")
        if not isinstance(output, list) or not all(map(form.is_readable, output)):
            raise Problem(502, "the upstream's output cannot be read", "upstream_malformed")
        data.pop("output_text", None)
        return [_Message(data, i) for i, item in enumerate(output) if form.is_message(item)]

    def make_relay(self, turn: Turn, body: Mapping[str, Any]) -> ResponsesRelay:
        """Returns what guards an answer that streams."""
        return ResponsesRelay(turn)


class _Message(Place):
    """The text of a message: that of all its parts."""

    def __init__(self, data: dict[str, Any], number: int) -> None:
        self.text = form.read_text(data["output"][number])
        self.name = {"output_index": number}
        self._data = data
        self._item = data["output"][number]

    def put(self, text: str) -> None:
        form.replace_text(self._item, text)

    def drop_copies(self, copies: CopyFinder) -> None:
        kept = form.drop_copies(self._item, copies.drop)
        self._item.clear()
        self._item.update(kept)

    def block(self, message: str) -> None:
        if any(map(form.is_call, self._data["output"])):
            self.put("")
            return
        # The message is said once, whatever else was blocked before.
        first = self._data.get("incomplete_details") != form.FILTERED
        self.put(message if first else "")
        self._item["status"] = "incomplete"
        self._data |= form.BLOCKED
