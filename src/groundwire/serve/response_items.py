"""Items of OpenAI's Responses API: messages and their texts, and calls of tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TEXT = "output_text"
FILTERED = {"reason": "content_filter"}
"""Why a response is incomplete whose answer was blocked."""


def mark_blocked(data: dict[str, Any]) -> None:
    """Marks a response as one whose answer was blocked."""
    data["status"] = "incomplete"
    data["incomplete_details"] = dict(FILTERED)


def is_readable(item: object) -> bool:
    """Whether the text of an output item can be read, so that none goes by unseen."""
    if not isinstance(item, dict):
        return False
    if item.get("type") != "message":
        return True
    parts = item.get("content")
    return isinstance(parts, list) and all(
        isinstance(part, dict) and (part.get("type") != TEXT or isinstance(part.get("text"), str))
        for part in parts
    )


def is_call(item: Mapping[str, Any]) -> bool:
    """Whether an output item waits for what the client does: then the turn goes on."""
    kind = str(item.get("type"))
    waits = bool(item.get("call_id")) and kind.endswith("_call")
    return waits or kind == "mcp_approval_request"


def read_parts(item: Mapping[str, Any]) -> str:
    """Returns the text of a message: its parts are one text for whoever reads them."""
    return "".join(part["text"] for part in item["content"] if part.get("type") == TEXT)


def replace_text(item: dict[str, Any], text: str) -> None:
    """Puts another text into a message; what told of the old one (tokens, offsets) goes."""
    parts = item["content"]
    first = next((part for part in parts if part.get("type") == TEXT), None)
    if first is not None:
        logprobs: dict[str, Any] = {"logprobs": []} if "logprobs" in first else {}
        put = {**first, "text": text, "annotations": [], **logprobs}
        kept = [p for p in parts if p is first or p.get("type") != TEXT]
        item["content"] = [put if part is first else part for part in kept]
