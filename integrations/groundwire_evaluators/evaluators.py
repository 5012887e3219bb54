"""Evaluators in the forms that other tools call; what they return is of the tool's own classes.

A tool that is not installed is not needed to make its evaluator: objects with the same names stand
in for its classes then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from groundwire.audit.formats.plain import read_output
from groundwire.guard.guard import Guard
from groundwire.reports.scores import (
    KEY,
    compute_faithfulness,
    compute_grade,
    select_checkable,
    summarize_report,
    write_comment,
)
from groundwire.types import Report

OUTCOME = "groundwire_outcome"
"""Name of the second score in Langfuse: ``pass``, ``rewrite``, ``block`` or ``unchecked``."""


def make_langfuse_evaluator(guard: Guard | None = None) -> Callable[..., list[Any]]:
    """Returns an evaluator for ``run_experiment`` of Langfuse.

    It gives two evaluations: the share of supported claims, where anything could be checked, and
    the outcome.
    """
    used = guard or Guard()
    evaluation = _find("langfuse", "Evaluation", SimpleNamespace)

    def grounding(
        *,
        input: Any = None,
        output: Any = None,
        expected_output: Any = None,
        metadata: Any = None,
        **_: Any,
    ) -> list[Any]:
        report = _check(used, input, output)
        score, outcome = compute_faithfulness(report), _decide_outcome(report)
        made: dict[str, Any] = {
            "comment": write_comment(report), "metadata": summarize_report(report)
        }  # fmt: skip
        told = [evaluation(name=OUTCOME, value=outcome, data_type="CATEGORICAL", **made)]
        if score is None:
            return told
        return [evaluation(name=KEY, value=score, data_type="NUMERIC", **made), *told]

    return grounding


def make_phoenix_evaluator(guard: Guard | None = None) -> Any:
    """Returns an evaluator of ``phoenix.evals`` over ``input``, ``output`` and ``context``."""
    used = guard or Guard()
    score = _find("phoenix.evals", "Score", SimpleNamespace)

    def grounding(output: Any, input: Any = None, context: Any = None) -> Any:
        given = input if context is None else {"question": input, "context": context}
        report = _check(used, given, output)
        return score(
            name=KEY, score=compute_faithfulness(report), label=_decide_outcome(report),
            explanation=write_comment(report), metadata=summarize_report(report), kind="code",
            direction="maximize",
        )  # fmt: skip

    wrap = _find("phoenix.evals", "create_evaluator", None)
    if wrap is None:
        return grounding
    return wrap(name=KEY, kind="code", direction="maximize")(grounding)


def make_deepeval_metric(threshold: float = 1.0, guard: Guard | None = None) -> Any:
    """Returns a metric of DeepEval, for test cases with ``retrieval_context`` or ``context``.

    Args:
        threshold: the share of claims that must be supported.
        guard: checks the answers; by default ``Guard()``.
    """
    base: type[Any] = _find("deepeval.metrics", "BaseMetric", object)

    # DeepEval makes copies of a metric from the arguments that are also its attributes.
    class GroundingMetric(base):  # type: ignore[misc]
        """Share of the claims of an answer that its context supports."""

        def __init__(self, threshold: float = threshold, guard: Guard | None = guard) -> None:
            self.threshold = threshold
            self.guard = guard or Guard()
            self.score: float | None = None
            self.reason: str | None = None
            self.success: bool | None = None
            self.error: str | None = None
            self.async_mode = True
            self.include_reason = True
            self.strict_mode = False
            self.verbose_mode = False
            self.evaluation_model = None
            self.evaluation_cost = None

        def measure(self, test_case: Any, *args: Any, **kwargs: Any) -> float:
            """Checks a test case and returns its score."""
            return self._take(_check(self.guard, _read_case(test_case), test_case.actual_output))

        async def a_measure(self, test_case: Any, *args: Any, **kwargs: Any) -> float:
            """Does what ``measure`` does in a worker thread."""
            report = await _acheck(self.guard, _read_case(test_case), test_case.actual_output)
            return self._take(report)

        def is_successful(self) -> bool:
            """Whether the score of the last test case reached the threshold."""
            return self.error is None and bool(self.success)

        @property
        def __name__(self) -> str:
            return "Grounding"

        def _take(self, report: Report) -> float:
            score = compute_grade(report)
            self.score, self.reason = score, write_comment(report)
            self.success = score >= self.threshold
            return score

    return GroundingMetric()


def make_inspect_scorer(guard: Guard | None = None) -> Any:
    """Returns a scorer of Inspect (``inspect_ai``); evidence is in the metadata of a sample."""
    used = guard or Guard()
    made = _find("inspect_ai.scorer", "Score", SimpleNamespace)

    def grounding() -> Callable[[Any, Any], Awaitable[Any]]:
        async def score(state: Any, target: Any) -> Any:
            given = {**(state.metadata or {}), "question": state.input_text}
            report = await _acheck(used, given, state.output.completion)
            return made(
                value=compute_grade(report), answer=state.output.completion,
                explanation=write_comment(report), metadata=summarize_report(report),
            )  # fmt: skip

        return score

    wrap = _find("inspect_ai.scorer", "scorer", None)
    if wrap is None:
        return grounding()
    module = import_module("inspect_ai.scorer")
    return wrap(metrics=[module.mean(), module.stderr()], name=KEY)(grounding)()


def _find(module: str, name: str, otherwise: Any) -> Any:
    """A name of a tool, or what stands in for it where the tool is not installed."""
    try:
        return getattr(import_module(module), name)
    except ModuleNotFoundError as error:
        if f"{module}.".startswith(f"{error.name}."):
            return otherwise
        raise


def _check(guard: Guard, inputs: Any, output: Any) -> Report:
    item = read_output(inputs, output)
    return guard.check(item.answer, item.evidence, item.question)


async def _acheck(guard: Guard, inputs: Any, output: Any) -> Report:
    item = read_output(inputs, output)
    return await guard.acheck(item.answer, item.evidence, item.question)


def _read_case(test_case: Any) -> dict[str, Any]:
    contexts = (getattr(test_case, name, None) for name in ("retrieval_context", "context"))
    found = next((context for context in contexts if context), None)
    return {"question": test_case.input, "context": found}


def _decide_outcome(report: Report) -> str:
    if compute_faithfulness(report) is None and select_checkable(report):
        return "unchecked"
    return report.decision.action
