"""Responses API: its messages and their parts of text, whole and in events, and calls of tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeGuard

from groundwire.guard.forms.copies import Drop

Event = dict[str, Any]

FILTERED = {"reason": "content_filter"}
"""Why a response is incomplete whose answer was blocked."""
BLOCKED = {"status": "incomplete", "incomplete_details": FILTERED}
"""How such a response ends."""

KNOWN_OF_PARTS = ("type", "text", "refusal", "annotations", "logprobs")
KNOWN_OF_ITEMS = ("id", "type", "role", "status", "content")
KNOWN_OF_EVENTS = (
    "type", "item_id", "response", "item", "part", "delta", "text", "refusal", "arguments", "code",
    "input", "annotation", "logprobs", "x-groundwire", "message", "param",
)  # fmt: skip
KNOWN = (
    "id", "object", "model", "status", "output", "instructions", "metadata", "tools", "tool_choice",
    "text", "prompt", "error", "incomplete_details", "usage", "x-groundwire",
)  # fmt: skip
"""Members of a response that are kept, whatever they say: what the request said is told again."""

ADDED = "response.output_item.added"
DONE = "response.output_item.done"
PART_ADDED = "response.content_part.added"
PART_DONE = "response.content_part.done"
DELTA = "response.output_text.delta"
TEXT_DONE = "response.output_text.done"
MARKED = "response.output_text.annotation.added"
SPOKEN = (PART_ADDED, DELTA, TEXT_DONE, PART_DONE, MARKED)
SOUND = ("response.audio", "response.output_audio")
FAILED = "response.failed"
INCOMPLETE = "response.incomplete"
ENDS = ("response.completed", INCOMPLETE, FAILED)


def is_message(item: Mapping[str, Any]) -> bool:
    """Whether an output item is a message."""
    return item.get("type") == "message"


def is_readable(item: object) -> TypeGuard[Event]:
    """Whether the text of an output item can be read, so that none goes by unseen."""
    if not isinstance(item, dict) or not isinstance(item.get("type"), str):
        return False
    if not is_message(item):
        # Who speaks is told of messages alone.
        return "role" not in item
    parts = item.get("content")
    return isinstance(parts, list) and all(map(is_part, parts))


def is_text(part: Mapping[str, Any]) -> bool:
    """Whether a part of a message is one of text."""
    return part.get("type") in ("output_text", "text")


def is_part(part: object, whole: bool = True) -> TypeGuard[Event]:
    """Whether a part of a message is a text or a refusal; no other can be checked.

    Args:
        part: the part.
        whole: whether its text must be there; an event may tell of it before.
    """
    if not isinstance(part, dict):
        return False
    said = part.get("text") if whole else part.get("text", "")
    return part.get("type") == "refusal" or (is_text(part) and isinstance(said, str))


def is_call(item: Mapping[str, Any]) -> bool:
    """Whether an output item waits for what the client does: then the turn goes on."""
    kind = str(item.get("type"))
    waits = bool(item.get("call_id")) and kind.endswith("_call")
    return waits or kind == "mcp_approval_request"


def read_text(item: Mapping[str, Any]) -> str:
    """Returns the text of a message: its parts are one text for whoever reads them."""
    return "".join(part["text"] for part in item["content"] if is_text(part))


def replace_text(item: Event, text: str) -> None:
    """Puts another text into a message, in the place of its first part of text."""
    parts = item["content"]
    first = next(filter(is_text, parts), None)
    if first is not None:
        kept = [p for p in parts if p is first or not is_text(p)]
        item["content"] = [rewrite_part(p, text) if p is first else p for p in kept]


def rewrite_part(part: Event, text: str) -> Event:
    """Returns a part that says another text; what told of the old one (tokens, offsets) goes."""
    logprobs: Event = {"logprobs": []} if "logprobs" in part else {}
    return {**part, "text": text, "annotations": [], **logprobs}


def strip_text(response: Event) -> Event:
    """Returns a response without its text beside the output, which some servers send along."""
    return {name: value for name, value in response.items() if name != "output_text"}


def drop_copies(item: Event, drop: Drop) -> Event:
    """Returns a message without what repeats the text beside it.

    Args:
        item: the message.
        drop: drops such members of an object, but for those that are known.
    """
    kept = drop(item, KNOWN_OF_ITEMS)
    kept["content"] = [drop(part, KNOWN_OF_PARTS) for part in item["content"]]
    return kept


def make_delta(place: Event, text: str) -> Event:
    """Returns the event that says a piece of text of a part, which has a place."""
    return {"type": DELTA, **place, "delta": text, "logprobs": []}


def make_ends(place: Event, part: Event) -> list[Event]:
    """Returns the events that end a part of text."""
    return [
        {"type": TEXT_DONE, **place, "text": part["text"], "logprobs": []},
        {"type": PART_DONE, **place, "part": part},
    ]
