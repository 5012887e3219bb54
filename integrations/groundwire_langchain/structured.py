"""Structured output under guard: the sentences in its fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from langchain_core.messages import AIMessage

from groundwire.errors import BlockedError
from groundwire.quantities.parse import parse_values
from groundwire.types import Report
from groundwire_langchain.check import Found, Step, has_failed
from groundwire_langchain.messages import read_text

SENTENCE = 4
"""Words from which on a field is read as a sentence; shorter ones are values, and not checked."""

_WORD = re.compile(r"[^\W\d_]{4,}")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def find_contradiction(data: Any, reports: Sequence[Report]) -> str | None:
    """Says which value still states what was taken out of a sentence; None where none does.

    Where the findings of a flagged claim say which of its values are wrong, only a field that
    states one of those does. Elsewhere it is one that states a value or a word (of four letters
    and more) that the sentence lost, or a truth value whose key stands in the claim; which of
    the two is wrong is not known then, and the sentence is named.

    Args:
        data: JSON values.
        reports: of the sentences in them, with what is shown as their text.
    """
    leaves = list(yield_values(data, ""))
    for report in reports:
        kept = _stated(report.text)
        for verdict in report.flagged:
            claim = verdict.claim.text
            wrong = [f.claimed for f in verdict.findings if f.status != "match"]
            lost = set().union(*map(_stated, wrong or [claim])) - kept
            for name, leaf in leaves:
                if wrong and not isinstance(leaf, bool):
                    if _stated(str(leaf)) & lost or _is_one(leaf, wrong):
                        return _told(name, leaf)
                elif not wrong and _shares(name, leaf, claim, lost):
                    return (
                        f"the sentence {claim!r:.120} does not hold, and the field "
                        f"{name or '(root)'!r} may rest on it"
                    )
    return None


def _shares(name: str, leaf: Any, claim: str, lost: set[Any]) -> bool:
    if not isinstance(leaf, bool):
        return bool(_stated(str(leaf)) & lost)
    both = {part.casefold() for part in _PART.findall(name)} & _words(claim)
    return any(len(word) >= SENTENCE for word in both)


def _is_one(leaf: Any, wrong: Sequence[str]) -> bool:
    return str(leaf).strip().casefold() in {text.strip().casefold() for text in wrong}


def _told(name: str, leaf: Any) -> str:
    return f"the field {name or '(root)'!r} still states {leaf!r:.40}, which does not hold"


def yield_values(data: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Yields the leaves that are no sentences, each with the nearest key above it."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            yield from yield_values(value, str(key))
    elif isinstance(data, list | tuple):
        for value in data:
            yield from yield_values(value, name)
    elif isinstance(data, bool | int | float) or (
        isinstance(data, str) and len(data.split()) < SENTENCE
    ):
        yield name, data


def _words(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text)}


def _stated(text: str) -> set[Any]:
    """The numbers, dates and words of a text, in a form in which they can be compared."""
    found: set[Any] = set(_words(text))
    rest = text
    for value in parse_values(text):
        found.add(value.key)
        if value.kind == "date":
            found.add(value.key[:1])
        if value.kind in ("date", "time"):
            rest = rest[: value.start] + " " * (value.end - value.start) + rest[value.end :]
        elif value.kind == "percent" and value.key[0] is not None:
            found.add((round(value.key[0] / 100, 9),))
    return found | {(float(number),) for number in _NUMBER.findall(rest.replace(",", ""))}


def check_fields(data: Any, step: Step, found: Found, strict: bool = True) -> Any:
    """Returns data of the same shape with each sentence in it checked.

    Args:
        data: JSON values.
        step: how they are checked.
        found: the evidence, what was asked, and the conversation before it.
        strict: raise where another value states what was taken out of a sentence.

    Raises:
        BlockedError: as ``Step.settle``, and as ``strict`` says.
    """
    texts = list(dict.fromkeys(yield_sentences(data)))
    if not texts:
        return data
    reports = step.guard.check_many(texts, *([item] * len(texts) for item in found))
    settled = [step.settle(step.explained(report, found[0])) for report in reports]
    bad = [report for report in settled if has_failed(report)]
    if strict and step.on_fail != "annotate" and (reason := find_contradiction(data, bad)):
        raise BlockedError(block_report(bad[-1], reason))
    return _replaced(data, {report.answer: report.text for report in settled})


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


def parse_json(text: str) -> Any | None:
    """Returns the JSON object or array that a text is; None for any other text."""
    if text.strip()[:1] not in ("{", "["):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _is_call(block: Any) -> bool:
    return isinstance(block, Mapping) and block.get("type") in ("tool_use", "tool_call")


def yield_sentences(data: Any) -> Iterator[str]:
    """Yields the texts in data that are read as sentences."""
    if isinstance(data, str):
        if len(data.split()) >= SENTENCE:
            yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from yield_sentences(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from yield_sentences(value)


def _replaced(data: Any, shown: Mapping[str, str]) -> Any:
    if isinstance(data, str):
        return shown.get(data, data)
    if isinstance(data, Mapping):
        return {key: _replaced(value, shown) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_replaced(value, shown) for value in data]
    return data
