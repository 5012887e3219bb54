from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langsmith.evaluation import run_evaluator
from langsmith.schemas import Example, Run

from groundwire.errors import InputError, ModelError
from groundwire.guard.guard import Guard
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire_langchain.evaluator import grounding_evaluator

FACTS = "The pump weighs 62 kg. The pump is red."
WRONG = "The pump weighs 64 kg. The pump is red."
QUESTION = "How much does the pump weigh?"
EVALUATE = grounding_evaluator(Guard(verifier=FakeVerifier()))


@pytest.mark.parametrize(
    ("inputs", "outputs", "context"),
    [
        (QUESTION, WRONG, FACTS),
        ({"question": QUESTION}, {"answer": WRONG}, [Document(FACTS)]),
        ({"question": QUESTION, "context": FACTS}, AIMessage(WRONG), None),
        ({"question": QUESTION, "contexts": [FACTS]}, {"output": WRONG}, []),
        ({"query": QUESTION, "documents": [FACTS]}, {"result": WRONG}, None),
        ({"query": QUESTION}, {"result": WRONG, "source_documents": [Document(FACTS)]}, ()),
        (None, [HumanMessage(QUESTION), ToolMessage(FACTS, tool_call_id="1"), AIMessage(WRONG)],
         None),
    ],
)  # fmt: skip
def test_the_score_is_the_share_that_is_supported(inputs: Any, outputs: Any, context: Any) -> None:
    result = EVALUATE(inputs=inputs, outputs=outputs, context=context, reference_outputs="x")
    assert list(result) == ["key", "score", "comment", "metadata"]
    assert (result["key"], result["score"]) == ("groundwire_faithfulness", 0.5)
    assert "contradicted: 'The pump weighs 64 kg.'" in result["comment"]
    metadata = json.loads(json.dumps(result["metadata"]))
    assert metadata["labels"] == {"contradicted": 1, "supported": 1}
    assert metadata["flagged"] == ["The pump weighs 64 kg."]
    assert metadata["action"] == "rewrite"


@pytest.mark.parametrize("context", [None, [], "", (), [" "]])
def test_without_evidence_there_is_no_score(context: Any) -> None:
    result = EVALUATE(inputs=QUESTION, outputs=WRONG, context=context)
    assert result["score"] is None
    if context != [" "]:
        assert result["comment"].startswith("Not checked: no evidence was given.")
    assert "No claim could be checked" in result["comment"]
    assert result["metadata"]["labels"] == {"unchecked": 2}


def test_what_claims_nothing_has_no_score() -> None:
    result = EVALUATE(inputs="Hi", outputs="Hello!", context=None)
    assert (result["score"], result["comment"]) == (None, "There was nothing to check.")


def test_the_guard_may_have_a_retriever() -> None:
    guard = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([FACTS]))
    assert grounding_evaluator(guard, key="k")(outputs=FACTS) | {"metadata": 0} == {
        "key": "k", "score": 1.0, "comment": "All 2 claims are supported.", "metadata": 0
    }  # fmt: skip


def test_a_comment_names_the_first_claims() -> None:
    wrong = " ".join(f"The pump weighs {i} kg." for i in range(70, 75))
    result = EVALUATE(outputs=wrong, context=FACTS)
    assert result["score"] == 0.0
    assert result["comment"].endswith("'The pump weighs 72 kg.'; and 2 more")


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        (None, r"no answer in outputs \(NoneType\)"),
        ("", r"no answer in outputs \(str\): pass a text that is not empty"),
        ({"reply": WRONG}, "with the keys reply: put its text under 'answer', or name"),
        ({}, r"with the keys \(none\)"),
    ],
)
def test_no_answer_is_an_error(outputs: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        EVALUATE(outputs=outputs, context=FACTS)


def test_the_key_of_the_answer_can_be_named() -> None:
    evaluate = grounding_evaluator(Guard(verifier=FakeVerifier()), answer_key="reply")
    assert evaluate(outputs={"reply": FACTS, "answer": WRONG}, context=FACTS)["score"] == 1.0
    with pytest.raises(InputError, match="under 'reply'"):
        evaluate(outputs={"answer": WRONG}, context=FACTS)


def test_errors_of_the_guard_pass_through() -> None:
    class Broken:
        def verify(self, claims: Any, evidence: Any) -> Any:
            raise ModelError("no weights")

    with pytest.raises(ModelError, match="no weights"):
        grounding_evaluator(Guard(verifier=Broken()))(outputs=WRONG, context=FACTS)
    with pytest.raises(InputError, match="is no evidence"):
        EVALUATE(outputs=WRONG, context=[3.5])


@dataclass
class Traced:
    inputs: Any
    outputs: Any


def test_a_run_and_an_example_can_be_given() -> None:
    run = Traced({"question": QUESTION, "context": FACTS}, {"answer": WRONG})
    assert EVALUATE(run, None)["score"] == 0.5
    example = Traced({"question": QUESTION, "context": WRONG}, {"answer": FACTS})
    assert EVALUATE(run, example)["score"] == 1.0


def test_langsmith_takes_it_as_an_evaluator() -> None:
    now = datetime.now(UTC)
    run_id, trace_id = uuid.uuid4(), uuid.uuid4()
    run = Run(
        name="chain", run_type="chain", start_time=now, inputs={}, outputs={"answer": WRONG},
        id=run_id, trace_id=trace_id,
    )  # fmt: skip
    inputs = {"question": QUESTION, "context": FACTS}
    example = Example(id=uuid.uuid4(), dataset_id=uuid.uuid4(), inputs=inputs, created_at=now)
    result: Any = run_evaluator(EVALUATE).evaluate_run(run, example)
    assert (result.key, result.score) == ("groundwire_faithfulness", 0.5)
