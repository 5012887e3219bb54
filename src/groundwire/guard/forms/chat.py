"""Chat completions: the text of a choice, whole and in chunks, and how it is said anew."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundwire.guard.forms.copies import THOUGHTS, Drop

Event = dict[str, Any]

FILTERED = "content_filter"
"""Why a choice ends whose text was blocked."""

KNOWN = ("id", "object", "created", "model", "choices", "usage", "x-groundwire")
KNOWN_OF_CHOICES = ("index", "logprobs", "finish_reason")
KNOWN_OF_MESSAGES = ("role", "content", "refusal", "tool_calls", "function_call", *THOUGHTS)

_AGAIN = ("message", "text")
"""Members of a choice that streams in which some servers say all of its text so far."""


def is_readable(said: object) -> bool:
    """Whether the text of a message or a delta can be read, so that none goes by unseen."""
    if not isinstance(said, dict) or said.get("audio"):
        return False
    content = said.get("content")
    if isinstance(content, list):
        return all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in content)
    return content is None or isinstance(content, str)


def read_text(said: Mapping[str, Any]) -> str:
    """Returns the text of a message or a delta: a sentence may go on in its next part."""
    content = said.get("content") or ""
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def has_calls(said: Mapping[str, Any]) -> bool:
    """Whether a message or a delta calls tools: then the turn goes on."""
    return bool(said.get("tool_calls") or said.get("function_call"))


def replace_text(choice: Event, text: str | None, blocked: bool = False) -> Event:
    """Returns a choice that says another text; what told of the old one goes.

    Args:
        choice: of a whole answer.
        text: what it says.
        blocked: whether the text is the message of a blocked answer.
    """
    # Annotations are places in the text that was written, and logprobs its tokens.
    said = {key: value for key, value in choice["message"].items() if key != "annotations"}
    made = {**choice, "message": {**said, "content": text}}
    if choice.get("logprobs") is not None:
        made["logprobs"] = None
    if blocked:
        made["finish_reason"] = FILTERED
    return made


def strip_text(choice: Event) -> Event:
    """Returns a choice of a chunk without its text, and without what tells of it."""
    delta = dict(choice["delta"])
    if delta.get("content"):
        del delta["content"]
    rest = {**{k: v for k, v in choice.items() if k not in _AGAIN}, "delta": delta}
    if rest.get("logprobs") is not None:
        rest["logprobs"] = None
    return rest


def make_delta(index: int, text: str) -> Event:
    """Returns a choice of a chunk that says a piece of text."""
    return {"index": index, "delta": {"content": text}, "finish_reason": None}


def drop_copies(choice: Event, drop: Drop) -> Event:
    """Returns a choice without what repeats a text beside it.

    Args:
        choice: whole, or of a chunk.
        drop: drops such members of an object, but for those that are known.
    """
    name = "message" if "message" in choice else "delta"
    kept = drop(choice, (*KNOWN_OF_CHOICES, name))
    return {**kept, name: drop(choice[name], KNOWN_OF_MESSAGES)}
