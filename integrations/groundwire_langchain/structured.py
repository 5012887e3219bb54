"""Structured output under guard: the sentences in its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from langchain_core.messages import AIMessage

from groundwire_langchain.carriers import text_of
from groundwire_langchain.step import Step

SENTENCE = 4
"""Words from which on a field is read as a sentence; shorter ones are values, and not checked."""


def check_fields(data: Any, step: Step, evidence: Any, question: str | None) -> Any:
    """Returns data of the same shape with each sentence in it checked.

    Args:
        data: JSON values.
        step: how they are checked.
        evidence: as ``Guard.check`` takes it.
        question: what was asked.

    Raises:
        BlockedError: as ``Step.settle``.
    """
    texts = list(dict.fromkeys(_sentences(data)))
    if not texts:
        return data
    reports = step.guard.check_many(texts, [evidence] * len(texts), [question] * len(texts))
    shown = {t: step.settle(report).text for t, report in zip(texts, reports, strict=True)}
    return _replaced(data, shown)


def check_message(
    message: AIMessage, tools: frozenset[str], step: Step, evidence: Any, question: str | None
) -> AIMessage:
    """Returns a message with its structured answer checked.

    That is the arguments of its calls of ``tools``, or its text where that is a JSON object.
    """
    calls = [
        {**call, "args": check_fields(call["args"], step, evidence, question)}
        if call["name"] in tools
        else call
        for call in message.tool_calls
    ]
    update: dict[str, Any] = {"tool_calls": calls}
    if any(call["name"] in tools for call in message.tool_calls):
        update["additional_kwargs"] = {
            key: value for key, value in message.additional_kwargs.items() if key != "tool_calls"
        }
        if not isinstance(message.content, str):
            update["content"] = [b for b in message.content if not _is_call(b)]
    if (data := json_object(text_of(message))) is not None:
        update["content"] = json.dumps(check_fields(data, step, evidence, question))
    return message.model_copy(update=update)


def json_object(text: str) -> Any | None:
    """Returns the JSON object or array that a text is; None for any other text."""
    if text.strip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_call(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("type") in ("tool_use", "tool_call")


def _sentences(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        if len(data.split()) >= SENTENCE:
            yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _sentences(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _sentences(value)


def _replaced(data: Any, shown: Mapping[str, str]) -> Any:
    if isinstance(data, str):
        return shown.get(data, data)
    if isinstance(data, Mapping):
        return {key: _replaced(value, shown) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_replaced(value, shown) for value in data]
    return data
