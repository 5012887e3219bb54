"""Structured output under guard: the sentences in its fields, and its other values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage

from groundwire.errors import BlockedError
from groundwire.guard.fields import (
    find_contradiction,
    has_false_value,
    parse_json,
    replace_texts,
    yield_leaf_texts,
    yield_sentences,
)
from groundwire.types import Report
from groundwire_langchain.check import Found, Step, has_failed
from groundwire_langchain.messages import read_text


def check_fields(data: Any, step: Step, found: Found, strict: bool = True) -> Any:
    """Returns data of the same shape with each sentence in it checked.

    The other values are read with the names of their fields. One that does not hold is not
    repaired, for others may rest on it.

    Args:
        data: JSON values.
        step: how they are checked.
        found: the evidence, what was asked, and the conversation before it.
        strict: raise where a value does not hold, or states what was taken out of a sentence.

    Raises:
        BlockedError: as ``Step.settle``, and as ``strict`` says.
    """
    texts = list(dict.fromkeys(yield_sentences(data)))
    leaves = list(dict.fromkeys(yield_leaf_texts(data)))
    both = [*texts, *leaves]
    if not both:
        return data
    reports = step.guard.check_many(both, *([item] * len(both) for item in found))
    false = [report for report in reports[len(texts) :] if has_false_value(report)]
    told = [step.explained(report, found[0]) for report in (*reports[: len(texts)], *false)]
    settled = [step.settle(report) for report in told]
    bad = [report for report in settled if has_failed(report)]
    if strict and step.on_fail != "annotate" and bad:
        reason = find_contradiction(data, bad)
        if reason is None and false:
            reason = f"the value {false[0].answer!r:.80} does not hold"
        if reason is not None:
            raise BlockedError(block_report(bad[-1], reason))
    return replace_texts(data, {report.answer: report.text for report in settled[: len(texts)]})


def block_report(report: Report, reason: str) -> Report:
    """Returns the report of a sentence, with another reason why its record may not be shown."""
    return replace(report, decision=replace(report.decision, action="block", reason=reason))


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
