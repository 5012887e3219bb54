"""Messages API of Anthropic: its blocks of text, whole and in events, and how they are remade."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeGuard

Event = dict[str, Any]

REFUSAL = "refusal"
BLOCKED = {"stop_reason": REFUSAL, "stop_sequence": None}
"""How a message ends whose text was blocked."""

KNOWN = (
    "id", "type", "role", "model", "content", "stop_reason", "stop_sequence", "usage",
    "x-groundwire",
)  # fmt: skip
KNOWN_OF_TEXTS = ("type", "text", "citations")
KNOWN_OF_EVENTS = ("type", "message", "content_block", "delta", "usage", "error", "x-groundwire")

START = "content_block_start"
PIECE = "content_block_delta"
STOP = "content_block_stop"


def is_readable(block: object) -> TypeGuard[Event]:
    """Whether a block says of which kind it is; text stands in none but those of text."""
    if not isinstance(block, dict):
        return False
    if is_text(block):
        return isinstance(block.get("text"), str)
    return isinstance(block.get("type"), str) and "text" not in block


def is_text(block: Event) -> bool:
    """Whether a block is one of text."""
    return block.get("type") == "text"


def is_call(block: Event) -> bool:
    """Whether a block waits for what the client does: then the turn goes on."""
    return block.get("type") == "tool_use"  # those of the upstream's own tools do not


def read_text(run: Sequence[Event]) -> str:
    """Returns the text of blocks that follow one another."""
    return "".join(block["text"] for block in run)


def replace_text(block: Event, text: str) -> Event:
    """Returns a block that says another text, for which its citations may not hold."""
    made = {**block, "text": text}
    if made.get("citations"):
        made["citations"] = None
    return made


def make_start(index: int, block: Event) -> Event:
    """Returns the event that opens a block."""
    return {"type": START, "index": index, "content_block": block}


def make_piece(index: int | None, delta: Event) -> Event:
    """Returns the event of a piece of a block."""
    return {"type": PIECE, "index": index, "delta": delta}


def make_text(index: int, text: str) -> Event:
    """Returns the event that says a piece of text of a block."""
    return make_piece(index, {"type": "text_delta", "text": text})


def make_stop(index: int | None) -> Event:
    """Returns the event that ends a block."""
    return {"type": STOP, "index": index}
