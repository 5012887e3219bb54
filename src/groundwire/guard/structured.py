"""Structured output under guard: sentences repaired in their fields, false values refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from groundwire.errors import BlockedError
from groundwire.guard.fields import (
    find_contradiction,
    has_false_value,
    replace_texts,
    yield_leaf_texts,
    yield_sentences,
)
from groundwire.types import Report


def check_fields(
    data: Any,
    check: Callable[[list[str]], Sequence[Report]],
    settle: Callable[[Report], Report],
    strict: bool = True,
) -> Any:
    """Returns data of the same shape with each sentence in it checked.

    The other values are read with the names of their fields. One that does not hold is not
    repaired, for others may rest on it.

    Args:
        data: JSON values.
        check: gives a report for each of the texts.
        settle: returns the report of a sentence, or of a value that does not hold, with what is
            shown as its text.
        strict: raise where a value does not hold, or states what was taken out of a sentence.

    Raises:
        BlockedError: as ``settle``, and as ``strict`` says.
    """
    texts = list(dict.fromkeys(yield_sentences(data)))
    leaves = list(dict.fromkeys(yield_leaf_texts(data)))
    both = [*texts, *leaves]
    if not both:
        return data
    reports = check(both)
    false = [report for report in reports[len(texts) :] if has_false_value(report)]
    settled = [settle(report) for report in (*reports[: len(texts)], *false)]
    bad = [report for report in settled if has_failed(report)]
    if strict and bad:
        reason = find_contradiction(data, bad)
        if reason is None and false:
            reason = f"the value {false[0].answer!r:.80} does not hold"
        if reason is not None:
            raise BlockedError(block_report(bad[-1], reason))
    return replace_texts(data, {report.answer: report.text for report in settled[: len(texts)]})


def has_failed(report: Report) -> bool:
    """Whether the policy did not let the answer pass as it was."""
    return report.decision.action != "pass" or bool(report.decision.flagged)


def block_report(report: Report, reason: str) -> Report:
    """Returns the report of a sentence, with another reason why its record may not be shown."""
    return replace(report, decision=replace(report.decision, action="block", reason=reason))
