"""Evaluators in the forms of other tools, which are not installed here: their shapes."""

from __future__ import annotations

import inspect
from types import SimpleNamespace
from typing import Any

import pytest

from groundwire.guard.guard import Guard
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire_evaluators import (
    make_deepeval_metric,
    make_inspect_scorer,
    make_langfuse_evaluator,
    make_phoenix_evaluator,
)

MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months."
ANSWER = "The kettle holds 1.7 litres. The warranty lasts 36 months."
ASKED = "How long is the warranty?"
GUARD = Guard(verifier=FakeVerifier())


def test_langfuse_gets_a_number_and_an_outcome() -> None:
    evaluate = make_langfuse_evaluator(GUARD)
    given = {"question": ASKED, "context": [MANUAL], "answer": MANUAL}
    number, outcome = evaluate(input=given, output=ANSWER, expected_output=MANUAL, metadata=None)
    assert (number.name, number.value, number.data_type) == (
        "groundwire_faithfulness",
        0.5,
        "NUMERIC",
    )
    assert (outcome.value, outcome.data_type) == ("rewrite", "CATEGORICAL")
    assert "36 months" in number.comment and number.metadata["labels"]["contradicted"] == 1


def test_langfuse_gets_no_number_for_what_could_not_be_checked() -> None:
    (outcome,) = make_langfuse_evaluator(GUARD)(input=ASKED, output=ANSWER)
    assert outcome.value == "unchecked"
    own = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([MANUAL]))
    assert make_langfuse_evaluator(own)(input=ASKED, output=MANUAL)[0].value == 1.0


def test_phoenix_gets_a_score() -> None:
    evaluate = make_phoenix_evaluator(GUARD)
    assert list(inspect.signature(evaluate).parameters) == ["output", "input", "context"]
    found = evaluate(output=ANSWER, input=ASKED, context=MANUAL)
    assert (found.score, found.label, found.kind) == (0.5, "rewrite", "code")
    assert evaluate(output=ANSWER, input={"question": ASKED, "documents": [MANUAL]}).score == 0.5
    assert evaluate(output=ANSWER).score is None
    assert evaluate(output="Hello!").label == "pass"


async def test_deepeval_gets_a_metric() -> None:
    metric = make_deepeval_metric(threshold=0.6, guard=GUARD)
    case = SimpleNamespace(input=ASKED, actual_output=ANSWER, retrieval_context=[MANUAL])
    assert metric.measure(case) == 0.5
    assert not metric.is_successful() and "36 months" in metric.reason
    good = SimpleNamespace(input=ASKED, actual_output=MANUAL, context=[MANUAL])
    assert await metric.a_measure(good) == 1.0
    assert metric.is_successful() and metric.__name__ == "Grounding"
    blind = SimpleNamespace(input=ASKED, actual_output=MANUAL, retrieval_context=None)
    assert metric.measure(blind) == 0.0 and not metric.is_successful()
    # So DeepEval copies a metric.
    names = inspect.signature(type(metric).__init__).parameters.keys() - {"self"}
    copy = type(metric)(**{name: vars(metric)[name] for name in names})
    assert (copy.threshold, copy.guard) == (0.6, GUARD)


async def test_inspect_gets_a_scorer() -> None:
    def state(completion: str, **metadata: Any) -> Any:
        output = SimpleNamespace(completion=completion)
        return SimpleNamespace(input_text=ASKED, output=output, metadata=metadata)

    score = make_inspect_scorer(GUARD)
    found = await score(state(ANSWER, context=[MANUAL], answer=MANUAL), None)
    assert (found.value, found.answer) == (0.5, ANSWER)
    assert "36 months" in found.explanation
    assert (await score(state(ANSWER), None)).value == 0.0


def test_a_tool_that_is_broken_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    (tmp_path / "langfuse.py").write_text("import no_such_module_of_langfuse")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_of_langfuse"):
        make_langfuse_evaluator(GUARD)
