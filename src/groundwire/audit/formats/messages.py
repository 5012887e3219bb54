"""Chat messages of any vendor as turns: who speaks, and what is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwire.io.json_text import unpack_json

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
    value = unpack_json(value)
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        return False
    return any(is_message(item) for item in value)


def read_turns(value: Any) -> list[Turn]:
    """Returns the messages of a list for which ``is_chat`` holds."""
    value = unpack_json(value)
    if isinstance(value[0], list):
        value = value[0]
    messages = [_unwrapped(item) for item in value]
    return [Turn(_role(m), join_content(m), i, m) for i, m in enumerate(messages)]


def find_last_text(value: Any, role: str) -> str | None:
    """Returns the last text of a role in a list of messages, or None."""
    found = [turn.text for turn in read_turns(value) if turn.role == role and turn.text]
    return found[-1] if found else None


def join_content(message: Mapping[str, Any]) -> str:
    """Returns the text of a message: a string, or the text parts of a list, a line each."""
    for key in _CONTENTS:
        if message.get(key) is not None:
            return join_parts(message[key])
    return ""


def join_parts(content: Any) -> str:
    """Returns the text of content; parts that are no text (pictures, refusals) have none."""
    if isinstance(content, str):
        return content if content.strip() else ""
    if isinstance(content, list):
        return "\n".join(filter(None, map(join_parts, content)))
    if isinstance(content, Mapping) and content.get("type", "text") in _TEXT_PARTS:
        text = content.get("text")
        return join_parts(text.get("value") if isinstance(text, Mapping) else text)
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


QUESTIONS = ("question", "query", "user_input", "prompt", "input", "instruction", "user_query")
"""Usual names of what was asked, in the order in which one is taken."""

ANSWERS = (
    "answer", "response", "output", "completion", "generation", "reply", "prediction",
    "generated_answer", "generated_text", "model_answer", "model_response", "model_output",
)  # fmt: skip
"""Usual names of the answer, in the order in which one is taken."""

CONTEXTS = (
    "contexts", "context", "retrieved_contexts", "retrieval_context", "documents", "docs",
    "passages", "evidence", "chunks", "source_documents", "retrieved_documents", "knowledge",
)  # fmt: skip
"""Usual names of what the answer was given from; all that a record has are taken."""

CHATS = (
    "messages", "conversation", "conversations", "prompt", "input", "chat_history", "history"
)  # fmt: skip
"""Usual names of a list of messages."""

_DEEPEST = 5


def find_question(value: Any) -> str | None:
    """Returns the question of inputs: a text, the last message of a user, or a usual field."""
    return _find(value, (*QUESTIONS, "messages", "text", "content"), "user", _DEEPEST)


def find_answer(value: Any) -> str | None:
    """Returns the answer of outputs: a text, the last message of a model, or a usual field."""
    names = (*ANSWERS, "messages", "result", "text", "content", "message", "final_output")
    return _find(value, names, "assistant", _DEEPEST)


def _find(value: Any, names: Sequence[str], role: str, depth: int) -> str | None:
    if isinstance(value, str):
        inner = unpack_json(value)
        found = None if inner is value else _find(inner, names, role, depth - 1)
        # JSON inside of an output is an answer too; an output that is JSON is what holds it.
        return found or (_unquoted(value) if inner is value or depth < _DEEPEST else None)
    if not depth or not value:
        return None
    if is_chat(value):
        return find_last_text(value, role)
    if isinstance(value, list):
        return join_parts(value) or _find(value[0], names, role, depth - 1)
    if not isinstance(value, Mapping):
        return None
    if is_message(value):
        return (
            find_last_text([value], role)
            or (join_content(value) if role == "user" else None)
            or None
        )
    for key in ("choices", "generations", "outputs", "kwargs"):
        if value.get(key) and (found := _find(value[key], names, role, depth - 1)):
            return found
    for key in names:
        if key in value and (found := _find(value[key], names, role, depth - 1)):
            return found
    texts = [item for item in value.values() if isinstance(item, str) and item.strip()]
    return texts[0] if len(value) == len(texts) == 1 else None


def _unquoted(text: str) -> str | None:
    """A text, or the text that a JSON string holds; None if there is none."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        inner = unpack_json(f"[{text}]")
        if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], str):
            text = inner[0]
    return text if text.strip() else None
