"""Chat messages of any vendor as turns: who speaks, and what is said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundwire.audit.inputs.parsing import loaded

_ROLES = {
    "user": "user", "human": "user",
    "assistant": "assistant", "ai": "assistant", "gpt": "assistant", "model": "assistant",
    "bot": "assistant", "chatbot": "assistant",
    "system": "system", "developer": "system",
    "tool": "retrieved", "function": "retrieved", "ipython": "retrieved",
    "observation": "retrieved", "context": "retrieved", "document": "retrieved",
    "documents": "retrieved", "retrieval": "retrieved", "retriever": "retrieved",
    "function_call_output": "retrieved",
}  # fmt: skip

_SPEAKERS = ("role", "from", "type", "sender", "author")
_CONTENTS = ("content", "value", "text", "parts", "output")
_TEXT_PARTS = ("text", "output_text", "input_text")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message.

    Attributes:
        role: ``"user"``, ``"assistant"``, ``"system"``, ``"retrieved"`` (results of tools and
            what a retriever found) or ``""``.
        text: its text; empty if it has none, as calls of tools and pictures.
        position: its place among the messages, from 0.
        data: the message.
    """

    role: str
    text: str
    position: int
    data: Mapping[str, Any]


def is_message(value: Any) -> bool:
    """Whether it is a message with a known role."""
    return isinstance(value, Mapping) and bool(_role(_unwrapped(value)))


def is_chat(value: Any) -> bool:
    """Whether it is a list of messages, or a list that holds one such list."""
    value = loaded(value)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return False
    return any(is_message(item) for item in value)


def turns(value: Any) -> list[Turn]:
    """Returns the messages of a list for which ``is_chat`` holds."""
    value = loaded(value)
    if isinstance(value[0], list):
        value = value[0]
    messages = [_unwrapped(item) for item in value]
    return [Turn(_role(m), content_text(m), i, m) for i, m in enumerate(messages)]


def last(value: Any, role: str) -> str | None:
    """Returns the last text of a role in a list of messages, or None."""
    found = [turn.text for turn in turns(value) if turn.role == role and turn.text]
    return found[-1] if found else None


def content_text(message: Mapping[str, Any]) -> str:
    """Returns the text of a message: a string, or the text parts of a list, a line each."""
    for key in _CONTENTS:
        if message.get(key) is not None:
            return parts_text(message[key])
    return ""


def parts_text(content: Any) -> str:
    """Returns the text of content; parts that are no text (pictures, refusals) have none."""
    if isinstance(content, str):
        return content if content.strip() else ""
    if isinstance(content, list):
        return "\n".join(filter(None, map(parts_text, content)))
    if isinstance(content, Mapping) and content.get("type", "text") in _TEXT_PARTS:
        text = content.get("text")
        return parts_text(text.get("value") if isinstance(text, Mapping) else text)
    return ""


def _unwrapped(message: Mapping[str, Any]) -> Mapping[str, Any]:
    """A message as LangChain serializes it, or stores it (``{"type", "data"}``), as itself."""
    name, inner = message.get("id"), message.get("kwargs")
    if message.get("lc") and isinstance(inner, Mapping) and isinstance(name, list) and name:
        return {"role": str(name[-1]), **{k: v for k, v in inner.items() if k != "type"}}
    inner = message.get("data")
    if isinstance(inner, Mapping) and "content" in inner and "content" not in message:
        return {**inner, "type": message.get("type")}
    return message


def _role(message: Mapping[str, Any]) -> str:
    for key in _SPEAKERS:
        value = message.get(key)
        if isinstance(value, Mapping):
            value = value.get("role")
        if isinstance(value, str):
            name = value.lower().removesuffix("chunk").removesuffix("message")
            if name in _ROLES:
                return _ROLES[name]
    return ""
