"""The guard as a node of a graph."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, TypedDict

import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage
from langgraph.graph import END, START, StateGraph
from langgraph.graph.message import add_messages

from groundwire.errors import InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeVerifier
from groundwire_langchain import GroundedRunnable, grounded, grounding_edge, grounding_node

FACTS = "The pump weighs 62 kg. It runs on 230 V."
GUARD = Guard(verifier=FakeVerifier())


class State(TypedDict, total=False):
    question: str
    answer: str
    documents: list[Document]
    groundwire: dict[str, Any]
    tries: int


class Talk(TypedDict, total=False):
    messages: Annotated[list[Any], add_messages]
    groundwire: dict[str, Any]


def app(answers: list[str]) -> Any:
    graph: Any = StateGraph(State)

    def write(state: State) -> dict[str, Any]:
        tries = state.get("tries", 0)
        return {"answer": answers[tries], "tries": tries + 1}

    graph.add_node("write", write)
    graph.add_node("verify", grounding_node(GUARD))
    graph.add_edge(START, "write")
    graph.add_edge("write", "verify")
    routes = {"supported": END, "repair": END, "refuse": "write"}
    graph.add_conditional_edges("verify", grounding_edge, routes)
    return graph.compile()


@pytest.mark.parametrize(
    ("answers", "shown", "tries"),
    [
        (["The pump weighs 62 kg."], "The pump weighs 62 kg.", 1),
        (["The pump weighs 64 kg."], "The pump weighs 62 kg.", 1),
        (["It sings opera.", "It runs on 230 V."], "It runs on 230 V.", 2),
    ],
)
def test_the_edge_follows_the_report(answers: list[str], shown: str, tries: int) -> None:
    start = {"question": "What is it?", "documents": [Document(FACTS)]}
    state = app(answers).invoke(start)
    assert (state["answer"], state["tries"]) == (shown, tries)
    assert state["groundwire"]["question"] == "What is it?"
    assert asyncio.run(app(answers).ainvoke(start))["answer"] == shown


def test_messages_with_tool_results() -> None:
    graph: Any = StateGraph(Talk)
    graph.add_node("verify", grounding_node(GUARD))
    graph.add_edge(START, "verify")
    graph.add_edge("verify", END)
    made = graph.compile()
    call: Any = {"name": "search", "args": {}, "id": "1", "type": "tool_call"}
    messages = [
        HumanMessage("What?"),
        AIMessage("", tool_calls=[call]),
        ToolMessage(FACTS, tool_call_id="1"),
        AIMessage("The pump weighs 62 kg. It sings opera.", id="a"),
    ]
    state = made.invoke({"messages": messages})
    assert state["messages"][-1].text == "The pump weighs 62 kg." and len(state["messages"]) == 4
    assert "opera" not in repr(state)
    assert grounding_edge(state) == "repair"
    alone = made.invoke({"messages": [HumanMessage("What?"), AIMessage("It is red.")]})
    assert alone["messages"][-1].text == BLOCKED_MESSAGE
    assert grounding_edge(alone) == "refuse"
    assert grounding_edge({}) == "refuse"


def test_the_edge_refuses_a_verdict_of_another_answer() -> None:
    good = "The pump weighs 62 kg."
    for key in (None, "reply"):
        state: Any = {key or "answer": good, "documents": [Document(FACTS)]}
        state |= grounding_node(GUARD, answer_key=key).invoke(state)
        assert grounding_edge(state) == "supported"
        assert grounding_edge({**state, key or "answer": "It sings opera."}) == "refuse"
    talk: Any = {"messages": [HumanMessage("What?"), AIMessage(good)]}
    talk |= grounding_node(GUARD, evidence=[FACTS]).invoke(talk)
    assert grounding_edge(talk) == "supported"
    talk["messages"] = [*talk["messages"], AIMessage("It sings opera.")]
    assert grounding_edge(talk) == "refuse"


def test_a_graph_is_not_streamed_through_a_chain() -> None:
    start: Any = {"question": "What is it?", "documents": [Document(FACTS)]}
    graph = app(["The pump weighs 64 kg."])
    assert grounded(graph, GUARD).invoke(start)["answer"] == "The pump weighs 62 kg."

    async def astream(made: Any, **options: Any) -> list[Any]:
        return [part async for part in made.astream(start, **options)]

    step = GroundedRunnable(GUARD, evidence=[FACTS])
    for made in (grounded(graph, GUARD), graph | step, grounded(graph.with_config(tags=["a"]))):
        with pytest.raises(InputError, match=r"GroundingMiddleware.*grounding_node"):
            list(made.stream(start))
        with pytest.raises(InputError, match=r"GroundingMiddleware.*grounding_node"):
            asyncio.run(astream(made))
    for mode in ("values", "messages"):
        with pytest.raises(InputError, match=r"stream_mode='.*is an option of a graph"):
            list(grounded(graph, GUARD).stream(start, stream_mode=mode))
        with pytest.raises(InputError, match=r"stream_mode='.*is an option of a graph"):
            asyncio.run(astream(grounded(graph, GUARD), stream_mode=mode))
