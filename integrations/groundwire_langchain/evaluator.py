"""Evaluator for openevals and LangSmith: how much of an answer its evidence supports."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any, Never, Protocol

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.reports.scores import (
    KEY,
    compute_faithfulness,
    select_checkable,
    summarize_report,
    write_comment,
)
from groundwire_langchain.evidence import (
    find_context,
    find_history,
    find_question,
    read_message_evidence,
)
from groundwire_langchain.options import make_guard, refuse_unknown
from groundwire_langchain.runs import find_answer, find_messages, find_told

_NO_EVIDENCE = (
    "Not checked: no evidence was given. Pass it as context=, or put it under 'context' in the "
    "inputs or outputs."
)


class Evaluator(Protocol):
    """What ``grounding_evaluator`` returns."""

    def __call__(
        self,
        run: Any = None,
        example: Any = None,
        *,
        inputs: Any = None,
        outputs: Any = None,
        reference_outputs: Any = None,
        context: Any = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """Returns ``{"key", "score", "comment", "metadata"}``."""
        ...


def grounding_evaluator(
    guard: Guard | None = None,
    *,
    key: str = KEY,
    answer_key: str | None = None,
    **unknown: Never,
) -> Evaluator:
    """Returns ``fn(*, inputs, outputs, reference_outputs, context) -> dict``.

    The function follows the convention of openevals and of ``langsmith.evaluate``, and can also
    be called as ``fn(run, example)``. ``outputs`` is the answer (a string, a message, a list of
    messages, or a dict with one); the question is looked up in ``inputs``; the evidence is
    ``context``, else what lies under ``context``, ``contexts``, ``documents`` or
    ``source_documents`` in ``inputs`` or ``outputs``, else the results of tools among the
    messages, else the guard's own retriever. ``reference_outputs`` is not used.

    It returns ``{"key", "score", "comment", "metadata"}``. ``score`` is the share of checkable
    claims that are supported, from 0 to 1. It is None, and ``comment`` says why, where nothing
    could be checked: unchecked is neither right nor wrong.

    Args:
        guard: checks the answers; by default ``Guard()``.
        key: name of the score.
        answer_key: key of the answer, where outputs are dicts of another shape.
        **unknown: refused.

    Raises:
        InputError: if ``guard`` is none, or an option is unknown; from the function, if there is
            no answer in ``outputs`` or the evidence cannot be read.
        ModelError: from the function, if a model cannot be loaded.
    """
    refuse_unknown("grounding_evaluator", unknown, ("guard", "key", "answer_key"))
    used = make_guard(guard)

    def grounding(
        run: Any = None,
        example: Any = None,
        *,
        inputs: Any = None,
        outputs: Any = None,
        reference_outputs: Any = None,
        context: Any = None,
        **kwargs: Any,
    ) -> dict[str, Any]:
        outputs = getattr(run, "outputs", None) if outputs is None else outputs
        if inputs is None:
            inputs = getattr(example, "inputs", None) or getattr(run, "inputs", None)
        answer = find_answer(outputs, answer_key)
        if answer is None:
            raise InputError(_no_answer(outputs, answer_key))
        evidence = _evidence(context, inputs, outputs)
        asked = find_question(inputs) or find_question(find_messages(outputs))
        before = find_history(inputs) or find_history(find_messages(outputs))
        report = used.check(answer, evidence, asked, before)
        score, said = compute_faithfulness(report), write_comment(report)
        if score is None and evidence is None and select_checkable(report):
            said = f"{_NO_EVIDENCE} {said}"
        return {"key": key, "score": score, "comment": said, "metadata": summarize_report(report)}

    return grounding


def _evidence(context: Any, inputs: Any, outputs: Any) -> Any:
    for found in (context, find_context(inputs), find_context(outputs)):
        if found is not None and not (isinstance(found, Sized) and len(found) == 0):
            return found
    return find_told(outputs) or read_message_evidence(find_messages(inputs)) or None


def _no_answer(outputs: Any, answer_key: str | None) -> str:
    if isinstance(outputs, Mapping):
        keys = ", ".join(map(str, outputs)) or "(none)"
        return (
            f"no answer in outputs with the keys {keys}: put its text under "
            f"{answer_key or 'answer'!r}, or name its key with answer_key="
        )
    return (
        f"no answer in outputs ({type(outputs).__name__}): pass a text that is not empty, a "
        "message, or a dict with an answer"
    )
