"""Messages: Anthropic's form, each run of text blocks of an answer guarded as one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.serve.conversation import Conversation, read_conversation
from groundwire.serve.copies import CopyFinder
from groundwire.serve.exchange import Form, Place
from groundwire.serve.extension import FIELD
from groundwire.serve.messages_stream import CALL, KNOWN_OF_TEXTS, REFUSAL, MessagesRelay, is_block
from groundwire.serve.problems import Problem
from groundwire.serve.settings import Settings
from groundwire.serve.turns import Turn


class MessagesForm(Form):
    """Requests and answers of ``POST /v1/messages``."""

    path = "/messages"
    told = "texts"
    known = (
        "id",
        "type",
        "role",
        "model",
        "content",
        "stop_reason",
        "stop_sequence",
        "usage",
        FIELD,
    )

    def read_request(self, body: Mapping[str, Any], settings: Settings) -> Conversation:
        """Reads the question, what was said before it, and the evidence of a request."""
        given = body.get("messages")
        if not isinstance(given, list) or not all(isinstance(item, dict) for item in given):
            raise Problem(400, "messages is no list of objects", "invalid")
        system = {"role": "system", "content": body.get("system")}
        messages = [system, *given]
        return read_conversation({"messages": messages, FIELD: body.get(FIELD)}, settings)

    def is_json(self, body: Mapping[str, Any]) -> bool:
        """Whether a request asks for an answer in JSON."""
        config = body.get("output_config")
        asked = config.get("format") if isinstance(config, dict) else body.get("output_format")
        return isinstance(asked, dict) and asked.get("type") == "json_schema"

    def list_results(self, data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Returns what the upstream tells of its own tools in an answer."""
        blocks = [block for block in data["content"] if block.get("type") != "text"]
        return [{"role": "assistant", "content": blocks}]

    def find_places(self, data: dict[str, Any]) -> Sequence[Place]:
        """Finds the texts of a whole answer: one a run of text blocks."""
        blocks = data.get("content")
        if not isinstance(blocks, list) or not all(map(_is_readable, blocks)):
            raise Problem(502, "the upstream's content cannot be read", "upstream_malformed")
        runs: list[list[dict[str, Any]]] = []
        for before, block in zip([None, *blocks], blocks, strict=False):
            if block.get("type") == "text":
                if before is None or before.get("type") != "text":
                    runs.append([])
                runs[-1].append(block)
        return [_Run(data, run) for run in runs]

    def make_relay(self, turn: Turn, body: Mapping[str, Any]) -> MessagesRelay:
        """Returns what guards an answer that streams."""
        return MessagesRelay(turn)


class _Run(Place):
    """The text of blocks that follow each other: citations cut a sentence into several."""

    def __init__(self, data: dict[str, Any], blocks: list[dict[str, Any]]) -> None:
        self.text = "".join(block["text"] for block in blocks)
        self.name = {"index": next(i for i, b in enumerate(data["content"]) if b is blocks[0])}
        self._data = data
        self._blocks = blocks

    def put(self, text: str) -> None:
        first, rest = self._blocks[0], self._blocks[1:]
        first["text"] = text
        if first.get("citations"):
            first["citations"] = None
        self._drop(rest)

    def block(self, message: str) -> None:
        self._drop(self._blocks)
        calls = any(block.get("type") == CALL for block in self._data["content"])
        # The message is said once, whatever else was blocked before.
        if not calls and self._data.get("stop_reason") != REFUSAL:
            self._data["content"].append({"type": "text", "text": message})
            self._data["stop_reason"], self._data["stop_sequence"] = REFUSAL, None

    def drop_copies(self, copies: CopyFinder) -> None:
        for block in self._blocks:
            kept = copies.drop(block, KNOWN_OF_TEXTS)
            block.clear()
            block.update(kept)

    def _drop(self, blocks: list[dict[str, Any]]) -> None:
        kept = [b for b in self._data["content"] if not any(b is block for block in blocks)]
        self._data["content"] = kept


def _is_readable(block: object) -> bool:
    """Whether the text of a block can be read, so that none goes by unseen."""
    return isinstance(block, dict) and is_block(block)
