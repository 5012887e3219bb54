"""Structured output under guard: the sentences in its fields."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage

from groundwire.errors import BlockedError
from groundwire.types import Report
from groundwire_langchain.carriers import text_of
from groundwire_langchain.leaves import SENTENCE, contradiction
from groundwire_langchain.step import Step, failed


def check_fields(
    data: Any, step: Step, evidence: Any, question: str | None, strict: bool = True
) -> Any:
    """Returns data of the same shape with each sentence in it checked.

    Args:
        data: JSON values.
        step: how they are checked.
        evidence: as ``Guard.check`` takes it.
        question: what was asked.
        strict: raise where another value states what was taken out of a sentence.

    Raises:
        BlockedError: as ``Step.settle``, and as ``strict`` says.
    """
    texts = list(dict.fromkeys(sentences(data)))
    if not texts:
        return data
    found = step.guard.check_many(texts, [evidence] * len(texts), [question] * len(texts))
    settled = [step.settle(step.explained(report, evidence)) for report in found]
    bad = [report for report in settled if failed(report)]
    if strict and step.on_fail != "annotate" and (reason := contradiction(data, bad)):
        raise BlockedError(blocked(bad[-1], reason))
    return _replaced(data, {report.answer: report.text for report in settled})


def blocked(report: Report, reason: str) -> Report:
    """Returns the report of a sentence, with another reason why its record may not be shown."""
    return replace(report, decision=replace(report.decision, action="block", reason=reason))


def check_message(
    message: AIMessage,
    tools: frozenset[str],
    step: Step,
    evidence: Any,
    question: str | None,
    strict: bool = True,
) -> AIMessage:
    """Returns a message with its structured answer checked.

    That is the arguments of its calls of ``tools``, or its text where that is a JSON object.

    Raises:
        BlockedError: as ``check_fields``.
    """
    calls = [
        {**call, "args": check_fields(call["args"], step, evidence, question, strict)}
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
        update["content"] = json.dumps(check_fields(data, step, evidence, question, strict))
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


def sentences(data: Any) -> Iterator[str]:
    """Yields the texts in data that are read as sentences."""
    if isinstance(data, str):
        if len(data.split()) >= SENTENCE:
            yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from sentences(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from sentences(value)


def _replaced(data: Any, shown: Mapping[str, str]) -> Any:
    if isinstance(data, str):
        return shown.get(data, data)
    if isinstance(data, Mapping):
        return {key: _replaced(value, shown) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_replaced(value, shown) for value in data]
    return data
