"""Messages: Anthropic's form, each run of text blocks of an answer guarded as one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.guard.forms import messages as form
from groundwire.guard.forms.copies import CopyFinder
from groundwire.guard.forms.runs import find_runs
from groundwire.serve.conversation import Conversation, read_conversation
from groundwire.serve.exchange import Form, Place
from groundwire.serve.extension import FIELD
from groundwire.serve.messages_stream import MessagesRelay
from groundwire.serve.problems import Problem
from groundwire.serve.settings import Settings
from groundwire.serve.turns import Turn


class MessagesForm(Form):
    """Requests and answers of ``POST /v1/messages``."""

    path = "/messages"
    told = "texts"
    known = form.KNOWN

    def read_request(self, body: Mapping[str, Any], settings: Settings) -> Conversation:
        """Reads the question, what was said before it, and the evidence of a request."""
        given = body.get("messages")
        if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            raise Problem(400, "messages is no list of objects", "invalid")
        system = {"role": "system", "content": body.get("system")}
        told = {"messages": [system, *given], FIELD: body.get(FIELD)}
        return read_conversation(told, settings)

    def list_results(self, data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Returns what the upstream tells of its own tools in an answer."""
        blocks = [block for block in data["content"] if not form.is_text(block)]
        return [{"role": "assistant", "content": blocks}]

    def find_places(self, data: dict[str, Any]) -> Sequence[Place]:
        """Finds the texts of a whole answer: one a run of text blocks."""
        blocks = data.get("content")
        if not isinstance(blocks, list) or not all(map(form.is_readable, blocks)):
            raise Problem(502, "the upstream's content cannot be read", "upstream_malformed")
        runs = find_runs(blocks, form.is_text)
        return [_Run(data, run) for run in runs if form.is_text(run[0])]

    def make_relay(self, turn: Turn, body: Mapping[str, Any]) -> MessagesRelay:
        """Returns what guards an answer that streams."""
        return MessagesRelay(turn)


class _Run(Place):
    """The text of blocks that follow each other."""

    def __init__(self, data: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
        self.text = form.read_text(blocks)
        self.name = {"index": next(i for i, b in enumerate(data["content"]) if b is blocks[0])}
        self._data = data
        self._blocks = blocks

    def put(self, text: str) -> None:
        first, rest = self._blocks[0], self._blocks[1:]
        first.update(form.replace_text(first, text))
        self._drop(rest)

    def block(self, message: str) -> None:
        self._drop(self._blocks)
        calls = any(map(form.is_call, self._data["content"]))
        # The message is said once, whatever else was blocked before.
        if not calls and self._data.get("stop_reason") != form.REFUSAL:
            self._data["content"].append({"type": "text", "text": message})
            self._data |= form.BLOCKED

    def drop_copies(self, copies: CopyFinder) -> None:
        for block in self._blocks:
            kept = copies.drop(block, form.KNOWN_OF_TEXTS)
            block.clear()
            block.update(kept)

    def _drop(self, blocks: list[dict[str, Any]]) -> None:
        kept = [b for b in self._data["content"] if not any(b is block for block in blocks)]
        self._data["content"] = kept
