from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
import types
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langchain_core.runnables import RunnableSerializable
from pydantic import BaseModel

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire.types import LABELS
from groundwire_langchain.questions import ACTIONS, GROUNDED, choose_answer, classify, find_subject

FACTS = "The pump weighs 62 kg. The pump is red."
WRONG = "The pump weighs 64 kg. The pump is red."
QUESTION = "How much does the pump weigh?"
GUARD = Guard(verifier=FakeVerifier())
MODULE = "groundwire_langchain.decisions"


class NoulCriteria(BaseModel):
    true: Any = None
    false: Any = None


class Noul(BaseModel):
    type: Literal["noul"] = "noul"
    instructions: Any
    criteria: NoulCriteria | None = None


class Choice(BaseModel):
    type: Literal["choice"] = "choice"
    criteria: dict[str, Any]
    instructions: Any = "What is to be done with the answer?"


class Score(BaseModel):
    type: Literal["score"] = "score"
    criteria: list[Any]
    instructions: Any


class ClassifierResponse(BaseModel):
    model: str
    answers: dict[str, Any]


class BaseDecisionModel(RunnableSerializable[dict[str, Any], ClassifierResponse]):
    model: str

    def invoke(self, input: Any, config: Any = None, **_: Any) -> ClassifierResponse:
        answers: ClassifierResponse = self._classify(  # type: ignore[attr-defined]
            input["state"], dict(input["questions"])
        )
        return answers


ASK = {"ok": Noul(instructions=GROUNDED)}
ACT = {"do": Choice(criteria=dict.fromkeys(ACTIONS))}
SORT = {"is": Choice(criteria=dict.fromkeys(reversed(LABELS)))}
TURN = [HumanMessage(QUESTION), ToolMessage(FACTS, tool_call_id="1")]


def noul(state: Any, guard: Guard = GUARD) -> float:
    support: float = classify(guard, state, ASK)["ok"]["noul"]
    return support


@pytest.mark.parametrize(
    ("state", "support"),
    [
        ({"answer": FACTS, "context": FACTS, "question": QUESTION}, 0.99),
        ({"answer": WRONG, "context": [Document(FACTS)]}, 0.01),
        ({"answer": AIMessage(FACTS + " It is loud."), "documents": [FACTS]}, 0.1),
        ({"messages": [*TURN, AIMessage(FACTS)]}, 0.99),
        ({"messages": [*TURN, AIMessage(FACTS)], "context": "The pump is red."}, 0.1),
        ([*TURN, AIMessage(WRONG)], 0.01),
        ([AIMessage(FACTS), *TURN, AIMessage(WRONG)], 0.01),
        ([{"role": "user", "content": QUESTION},
          {"role": "tool", "content": FACTS, "tool_call_id": "1"},
          {"role": "assistant", "content": FACTS}], 0.99),
        (FACTS, 0.0),
        (AIMessage(FACTS), 0.0),
        ([HumanMessage("Hi"), AIMessage("Hello!")], 1.0),
    ],
)  # fmt: skip
def test_a_noul_has_the_lowest_support(state: Any, support: float) -> None:
    assert noul(state) == support


def test_the_guard_may_have_a_retriever() -> None:
    guard = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([FACTS]))
    assert noul(FACTS, guard) == 0.99


def test_the_question_is_the_last_one() -> None:
    state = [HumanMessage("Hi"), AIMessage("Hi!"), *TURN, AIMessage(FACTS)]
    subject = find_subject(state)
    assert (subject.question, subject.answer, subject.evidence) == (QUESTION, FACTS, [FACTS])
    assert find_subject(FACTS).question is None


@pytest.mark.parametrize(
    ("answer", "action", "label"),
    [
        (FACTS, {"pass": 0.99, "rewrite": 0.0, "block": 0.01}, "supported"),
        (WRONG, {"pass": 0.01, "rewrite": 0.99, "block": 0.0}, "contradicted"),
        (FACTS + " It is loud.", {"pass": 0.1, "rewrite": 0.9, "block": 0.0}, "unsupported"),
        ("Hello!", {"pass": 1.0, "rewrite": 0.0, "block": 0.0}, "no_claim"),
    ],
)
def test_a_choice_is_what_the_policy_decides(
    answer: str, action: dict[str, float], label: str
) -> None:
    found = classify(GUARD, {"answer": answer, "context": FACTS}, {**ACT, **SORT})
    assert found["do"]["probabilities"] == pytest.approx(action)
    assert found["do"]["choice"] == max(action, key=lambda name: action[name])
    assert found["do"]["confidence"] == max(found["do"]["probabilities"].values())
    assert found["is"]["choice"] == label
    assert set(found["is"]["probabilities"]) == set(LABELS)
    assert sum(found["is"]["probabilities"].values()) == pytest.approx(1.0)


def test_what_could_not_be_checked_is_blocked() -> None:
    found = classify(GUARD, FACTS, {**ACT, **SORT, **ASK})
    assert found["do"]["choice"] == "block"
    assert found["do"]["probabilities"]["block"] == found["do"]["confidence"] == 1.0
    assert (found["is"]["choice"], found["is"]["confidence"]) == ("unchecked", 1.0)
    assert found["ok"] == {"type": "noul", "noul": 0.0}


def test_a_policy_that_lets_all_pass_gives_no_confidence() -> None:
    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy.observe())
    found = classify(guard, FACTS, ACT)["do"]
    assert (found["choice"], found["confidence"]) == ("pass", 0.0)
    assert found["probabilities"]["block"] == 1.0


def test_probabilities_add_up() -> None:
    for chosen in ACTIONS:
        found = choose_answer(chosen, 0.25, "pass", "block", ACTIONS)
        assert sum(found["probabilities"].values()) == 1.0


@pytest.mark.parametrize(
    "instructions",
    [
        "Is the last answer in the state grounded in the documents?",
        "Is every claim supported by the context?",
        "Is the reply FAITHFUL to its sources?",
    ],
)
def test_other_words_for_the_question_are_understood(instructions: str) -> None:
    questions = {"q": Noul(instructions=instructions, criteria=NoulCriteria(true="It is."))}
    assert classify(GUARD, {"answer": FACTS, "context": FACTS}, questions)["q"]["noul"] == 0.99


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Noul(instructions="Is the customer angry?"), "only answers whether an answer is grounded"),
        (Noul(instructions="Does the answer hallucinate?"), "only answers whether"),
        (Noul(instructions="Is the answer not grounded?"), "only answers whether"),
        (Noul(instructions="Isn't it supported?"), "only answers whether"),
        (Noul(instructions="Is it ungrounded?"), "only answers whether"),
        (Noul(instructions=GROUNDED, criteria=NoulCriteria(true="It hallucinates.")),
         "only answers whether"),
        (Choice(criteria={"yes": None, "no": None}), "chooses among 'yes', 'no': use"),
        (Choice(criteria={"pass": None, "block": None}), "pass, rewrite, block, or supported"),
        (Score(criteria=["low", "high"], instructions=GROUNDED), "is a 'score'"),
        ("Is it grounded?", "is a 'str'"),
    ],
)  # fmt: skip
def test_other_questions_are_refused(question: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        classify(GUARD, {"answer": FACTS, "context": FACTS}, {**ASK, "q": question})


@pytest.mark.parametrize(
    "state",
    ["", [], {}, None, HumanMessage("Hi"), [HumanMessage("Hi")], {"context": FACTS},
     [AIMessage("Hi!"), HumanMessage(QUESTION)]],
)  # fmt: skip
def test_a_state_without_an_answer_is_refused(state: Any) -> None:
    with pytest.raises(InputError, match="no answer in the state"):
        classify(GUARD, state, ASK)


def test_messages_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="messages cannot be read"):
        classify(GUARD, [7], ASK)


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The module ``decisions`` on a tiny stand-in for that of LangChain."""
    fake = types.ModuleType("langchain_core.decisions")
    fake.__dict__.update(BaseDecisionModel=BaseDecisionModel, ClassifierResponse=ClassifierResponse)
    monkeypatch.setitem(sys.modules, "langchain_core.decisions", fake)
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    yield importlib.import_module(MODULE)
    sys.modules.pop(MODULE, None)


def test_the_model_answers(stand_in: Any) -> None:
    model = stand_in.GroundingDecisionModel(guard=GUARD)
    request = {"state": {"answer": WRONG, "context": FACTS}, "questions": {**ASK, **ACT}}
    response = model.invoke(request)
    assert response.model == "groundwire"
    assert response.answers["ok"]["noul"] == 0.01
    assert response.answers["do"]["choice"] == "rewrite"
    assert asyncio.run(model.ainvoke(request)) == response
    assert model.batch([request, request]) == [response, response]


@pytest.mark.skipif(
    importlib.util.find_spec("langchain_core.decisions") is not None, reason="langchain-core 1.8"
)
def test_without_decisions_the_import_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, MODULE, raising=False)
    with pytest.raises(ImportError, match=r"install 'langchain-core>=1\.8', or"):
        importlib.import_module(MODULE)


@pytest.mark.skipif(
    importlib.util.find_spec("langchain_core.decisions") is None, reason="langchain-core < 1.8"
)
def test_the_model_answers_with_the_types_of_langchain() -> None:
    real: Any = importlib.import_module("langchain_core.decisions")
    model = importlib.import_module(MODULE).GroundingDecisionModel(guard=GUARD)
    questions = {
        "ok": real.Noul(instructions=GROUNDED),
        "do": real.Choice(criteria=dict.fromkeys(ACTIONS), instructions="What is to be done?"),
    }
    state = {"messages": [*TURN, AIMessage(WRONG)]}
    response = model.invoke({"state": state, "questions": questions})
    assert response.nouls["ok"].noul == 0.01
    assert response.choices["do"].choice == "rewrite"
    assert asyncio.run(model.ainvoke({"state": state, "questions": questions})) == response
    with pytest.raises(InputError, match="is a 'box'"):
        model.invoke({"state": state, "questions": {"b": real.Box(instructions="Where?")}})
