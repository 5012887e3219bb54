"""What is found in chains, agents and graphs: the conversation before a question."""

from __future__ import annotations

import asyncio
import io
import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.prompt_values import ChatPromptValue
from langchain_core.runnables import RunnableLambda

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.testing import FakeVerifier
from groundwire_langchain import (
    GroundedChatModel,
    GroundedRunnable,
    GroundingCallbackHandler,
    GroundingMiddleware,
    grounded,
    grounding_node,
)
from groundwire_langchain.evidence import find_history
from groundwire_langchain.questions import find_subject

FACTS = "The old pump weighs 80 kg. The new pump weighs 62 kg."
ANSWER = "The new pump weighs 62 kg."
ASKED = "And the new pump?"
GUARD = Guard(verifier=FakeVerifier())
BEFORE: list[Any] = [
    SystemMessage("The new pump is made of gold."),
    HumanMessage("What does the old pump weigh?"),
    AIMessage("80 kg."),
]
TALK: list[Any] = [*BEFORE, HumanMessage(ASKED)]


def model() -> GenericFakeChatModel:
    return GenericFakeChatModel(messages=iter([AIMessage(ANSWER)] * 3))


def read(report: Any) -> tuple[str | None, str | None]:
    """What was asked, and what the first claim was read with."""
    return report["question"], report["verdicts"][0]["claim"]["context"]["question"]


EXPECTED = (ASKED, "What does the new pump weigh?")


@pytest.mark.parametrize(
    "value",
    [
        TALK,
        {"messages": TALK},
        {"question": ASKED, "chat_history": TALK[:-1]},
        {"question": ASKED, "history": [("human", BEFORE[1].content), ("ai", "80 kg.")]},
        {"input": TALK},
        ChatPromptValue(messages=TALK),
        [
            {"role": "user", "content": "What does the old pump weigh?"},
            {"role": "assistant", "content": [{"type": "text", "text": "80 kg."}]},
            {"role": "user", "content": ASKED},
        ],
    ],
)  # fmt: skip
def test_where_a_history_is_found(value: Any) -> None:
    found = find_history(value)
    assert found[:2] == [("user", "What does the old pump weigh?"), ("assistant", "80 kg.")]
    report = GUARD.check(ANSWER, FACTS, ASKED, found).to_dict()
    assert read(report) == EXPECTED


@pytest.mark.parametrize("value", ["Hi", None, 7, {"question": "Hi"}, {"messages": "Hi"}, [7]])
def test_where_none_is_found(value: Any) -> None:
    assert find_history(value) == []


def test_tools_and_notes_of_the_guard_are_no_turns() -> None:
    note = HumanMessage("Write it again.", additional_kwargs={"lc_source": "groundwire"})
    messages = [*TALK, ToolMessage("62 kg", tool_call_id="1"), note]
    assert find_history(messages) == find_history(TALK)


@pytest.mark.parametrize(
    ("value", "history"),
    [
        ({"answer": ANSWER, "question": ASKED, "chat_history": BEFORE}, None),
        ({"answer": ANSWER, "question": ASKED, "past": BEFORE}, "past"),
        ({"answer": ANSWER, "question": ASKED, "past": BEFORE}, lambda value: value["past"]),
        ({"answer": ANSWER, "messages": TALK}, None),
    ],
)
def test_a_step_reads_the_history_of_its_dict(value: Any, history: Any) -> None:
    step = GroundedRunnable(GUARD, evidence=[FACTS], history=history)
    assert read(step.invoke(value)["groundwire"]) == EXPECTED
    assert read(asyncio.run(step.ainvoke(value))["groundwire"]) == EXPECTED
    assert [read(out["groundwire"]) for out in step.batch([value, value])] == [EXPECTED] * 2
    last = list(step.stream(value))[-1]
    assert read(last["groundwire"]) == EXPECTED


def test_histories_of_a_wrong_kind() -> None:
    with pytest.raises(InputError, match="a list, the same for every answer: give its key"):
        GroundedRunnable(GUARD, history=BEFORE)
    step = GroundedRunnable(GUARD, evidence=[FACTS], history="past")
    with pytest.raises(InputError, match="history='past' is read as the key of a dict"):
        step.invoke({"answer": ANSWER, "question": ASKED})
    with pytest.raises(InputError, match=r"history\[0\] is 7"):
        step.invoke({"answer": ANSWER, "question": ASKED, "past": [7]})


def test_a_chain_and_a_model_read_the_messages_before() -> None:
    chain = grounded(RunnableLambda(lambda messages: messages) | model(), GUARD, evidence=[FACTS])
    assert read(chain.invoke(TALK).response_metadata["groundwire"]) == EXPECTED
    chat = GroundedChatModel(model(), GUARD, evidence=[FACTS])
    assert read(chat.invoke(TALK).response_metadata["groundwire"]) == EXPECTED
    pieces = list(GroundedChatModel(model(), GUARD, evidence=[FACTS]).stream(TALK))
    said = pieces[0]
    for piece in pieces[1:]:
        said += piece
    assert read(said.response_metadata["groundwire"]) == EXPECTED


def test_an_agent_a_graph_a_callback_and_a_state_read_them_too() -> None:
    middleware = GroundingMiddleware(GUARD, evidence=[FACTS])
    state = create_agent(model(), [], middleware=[middleware]).invoke({"messages": TALK})
    assert read(state["messages"][-1].response_metadata["groundwire"]) == EXPECTED
    node = grounding_node(GUARD, evidence=[FACTS])
    assert read(node.invoke({"messages": [*TALK, AIMessage(ANSWER)]})["groundwire"]) == EXPECTED
    written = io.StringIO()
    with GroundingCallbackHandler(GUARD, reports=written) as handler:
        model().invoke(TALK, {"callbacks": [handler]})
        handler.flush()
    assert read(json.loads(written.getvalue())) == EXPECTED
    subject = find_subject([*TALK, AIMessage(ANSWER)])
    assert subject.history is not None
    report = GUARD.check(subject.answer, FACTS, subject.question, subject.history)
    assert read(report.to_dict()) == EXPECTED
