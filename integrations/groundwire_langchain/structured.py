"""Structured output of messages under guard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from langchain_core.messages import AIMessage

from groundwire.guard import structured
from groundwire.guard.fields import parse_json
from groundwire_langchain.check import Found, Step
from groundwire_langchain.messages import read_text


def check_fields(data: Any, step: Step, found: Found, strict: bool = True) -> Any:
    """Returns data of the same shape with each sentence and value in it checked.

    Args:
        data: JSON values.
        step: how they are checked.
        found: the evidence, what was asked, and the conversation before it.
        strict: raise where a value does not hold, or states what was taken out of a sentence.

    Raises:
        BlockedError: as ``Step.settle``, and as ``strict`` says.
    """
    return structured.check_fields(
        data,
        lambda texts: step.guard.check_many(texts, *([item] * len(texts) for item in found)),
        lambda report: step.settle(step.explained(report, found[0])),
        strict and step.on_fail != "annotate",
    )


def check_message(
    message: AIMessage,
    tools: frozenset[str],
    step: Step,
    found: Found,
    strict: bool = True,
) -> AIMessage:
    """Returns a message with its structured answer checked.

    That is the arguments of its calls of ``tools``, or its text where that is a JSON object.

    Raises:
        BlockedError: as ``check_fields``.
    """
    calls = [
        {**call, "args": check_fields(call["args"], step, found, strict)}
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
    if (data := parse_json(read_text(message))) is not None:
        update["content"] = json.dumps(check_fields(data, step, found, strict))
    return message.model_copy(update=update)


def _is_call(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("type") in ("tool_use", "tool_call")
