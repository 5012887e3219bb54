"""Items of OpenAI's Responses API: messages and their texts, and calls of tools."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeAlias

Drop: TypeAlias = Callable[[dict[str, Any], Collection[str]], dict[str, Any]]

TEXT = "output_text"
REFUSAL = "refusal"
KNOWN_OF_PARTS = ("type", "text", "refusal", "annotations", "logprobs")
KNOWN_OF_ITEMS = ("id", "type", "role", "status", "content")
KNOWN = (
    "id", "object", "model", "status", "output", "instructions", "metadata", "tools", "tool_choice",
    "text", "prompt", "error", "incomplete_details", "usage", "x-groundwire",
)  # fmt: skip
"""Members of a response that are kept, whatever they say: what the request said is told again."""

FILTERED = {"reason": "content_filter"}
"""Why a response is incomplete whose answer was blocked."""


def mark_blocked(data: dict[str, Any]) -> None:
    """Marks a response as one whose answer was blocked."""
    data["status"] = "incomplete"
    data["incomplete_details"] = dict(FILTERED)


def is_readable(item: object) -> bool:
    """Whether the text of an output item can be read, so that none goes by unseen."""
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        return False
    if item["type"] != "message":
        # Who speaks is told of messages alone.
        return "role" not in item
    parts = item.get("content")
    return isinstance(parts, list) and all(map(is_part, parts))


def is_part(part: object) -> bool:
    """Whether a part of a message is a text or a refusal; no other can be checked."""
    if not isinstance(part, dict):
        return False
    return part.get("type") == REFUSAL or (
        part.get("type") == TEXT and isinstance(part.get("text"), str)
    )


def is_call(item: Mapping[str, Any]) -> bool:
    """Whether an output item waits for what the client does: then the turn goes on."""
    kind = str(item.get("type"))
    waits = bool(item.get("call_id")) and kind.endswith("_call")
    return waits or kind == "mcp_approval_request"


def read_parts(item: Mapping[str, Any]) -> str:
    """Returns the text of a message: its parts are one text for whoever reads them."""
    return "".join(part["text"] for part in item["content"] if part.get("type") == TEXT)


def drop_copies(item: dict[str, Any], drop: Drop) -> dict[str, Any]:
    """Returns a message without what repeats the text beside it.

    Args:
        item: the message.
        drop: drops such members of an object, but for those that are known.
    """
    kept = drop(item, KNOWN_OF_ITEMS)
    kept["content"] = [drop(part, KNOWN_OF_PARTS) for part in item["content"]]
    return kept


def replace_text(item: dict[str, Any], text: str) -> None:
    """Puts another text into a message; what told of the old one (tokens, offsets) goes."""
    parts = item["content"]
    first = next((part for part in parts if part.get("type") == TEXT), None)
    if first is not None:
        logprobs: dict[str, Any] = {"logprobs": []} if "logprobs" in first else {}
        put = {**first, "text": text, "annotations": [], **logprobs}
        kept = [p for p in parts if p is first or p.get("type") != TEXT]
        item["content"] = [put if part is first else part for part in kept]
