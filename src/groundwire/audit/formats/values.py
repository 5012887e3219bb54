"""Questions and answers inside of the inputs and outputs that frameworks record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.audit.formats.messages import (
    content_text,
    is_chat,
    is_message,
    last,
    parts_text,
)
from groundwire.audit.inputs.parsing import loaded

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


def question_in(value: Any) -> str | None:
    """Returns the question of inputs: a text, the last message of a user, or a usual field."""
    return _find(value, (*QUESTIONS, "messages", "text", "content"), "user", _DEEPEST)


def answer_in(value: Any) -> str | None:
    """Returns the answer of outputs: a text, the last message of a model, or a usual field."""
    names = (*ANSWERS, "messages", "result", "text", "content", "message", "final_output")
    return _find(value, names, "assistant", _DEEPEST)


def _find(value: Any, names: Sequence[str], role: str, depth: int) -> str | None:
    if isinstance(value, str):
        inner = loaded(value)
        found = None if inner is value else _find(inner, names, role, depth - 1)
        # JSON inside of an output is an answer too; an output that is JSON is what holds it.
        return found or (_unquoted(value) if inner is value or depth < _DEEPEST else None)
    if not depth or not value:
        return None
    if is_chat(value):
        return last(value, role)
    if isinstance(value, list):
        return parts_text(value) or _find(value[0], names, role, depth - 1)
    if not isinstance(value, Mapping):
        return None
    if is_message(value):
        return last([value], role) or (content_text(value) if role == "user" else None) or None
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
        inner = loaded(f"[{text}]")
        if isinstance(inner, list) and len(inner) == 1 and isinstance(inner[0], str):
            text = inner[0]
    return text if text.strip() else None
