"""The guard as middleware of agents: nothing unverified in any stream, state or history."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware, PIIMiddleware
from langchain.agents.structured_output import ToolStrategy
from langchain_core.documents import Document
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, MessagesState, StateGraph
from langgraph.types import Command
from pydantic import BaseModel

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeVerifier
from groundwire.types import Report
from groundwire_langchain import GroundingMiddleware
from groundwire_langchain.actions import find_claimed_verb

FACTS = "The pump weighs 62 kg. It runs on 230 V. The pump was made in Lyon in 1998."
GOOD = "The pump weighs 62 kg."
LIE = "It sings opera at dawn."
ANSWER = f"{GOOD} It runs on 120 V. {LIE} The pump was made in Lyon in 1998."
SHOWN = f"{GOOD} It runs on 230 V. The pump was made in Lyon in 1998."
PLANTED = ("opera", "120 V")
ASK: Any = {"messages": [HumanMessage("What is the pump?")]}


class Scripted(GenericFakeChatModel):
    """Says its messages one after another, word by word where it streams."""

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, Any]:
        return self.bind(tools=[getattr(t, "name", str(t)) for t in tools])

    def _stream(self, messages: Any, *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        message = self._generate(messages).generations[0].message
        for word in re.findall(r"\S+\s*", message.text):
            yield ChatGenerationChunk(message=AIMessageChunk(content=word))
        calls = [
            tool_call_chunk(name=c["name"], args=json.dumps(c["args"]), id=c["id"], index=i)
            for i, c in enumerate(getattr(message, "tool_calls", []))
        ]
        if calls:
            yield ChatGenerationChunk(message=AIMessageChunk(content="", tool_call_chunks=calls))


@tool(response_format="content_and_artifact")
def search(query: str) -> tuple[str, list[Document]]:
    """Looks something up."""
    return "found", [Document(FACTS)]


@tool
def book_table(people: int, time: str) -> str:
    """Books a table."""
    return f"Booked for {people} at {time}."


@tool
def broken(query: str) -> str:
    """Fails."""
    raise ValueError("no")


def call(name: str, place: int = 1, **args: Any) -> AIMessage:
    made = {"name": name, "args": args, "id": f"c{place}", "type": "tool_call"}
    return AIMessage("", tool_calls=[made])


def scripted(*messages: Any) -> Scripted:
    return Scripted(messages=iter([AIMessage(m) if isinstance(m, str) else m for m in messages]))


def guarded(**options: Any) -> GroundingMiddleware:
    return GroundingMiddleware(Guard(verifier=FakeVerifier()), **options)


def agent(*messages: Any, middleware: Sequence[Any] | None = None, **options: Any) -> Any:
    said = messages or (call("search", query="pump"), ANSWER)
    own = [guarded()] if middleware is None else middleware
    tools = options.pop("tools", [search, book_table])
    return create_agent(scripted(*said), tools, middleware=own, **options)


def clean(value: Any) -> str:
    text = repr(value)
    assert not any(lie in text for lie in PLANTED), text
    return text


def last(state: Any) -> AIMessage:
    message: AIMessage = state["messages"][-1]
    return message


MODES = ["values", "updates", "messages", "custom", ["updates", "messages", "values"]]


@pytest.mark.parametrize("release", ["answer", "claim"])
@pytest.mark.parametrize("mode", MODES)
def test_no_leak_in_any_stream(release: Any, mode: Any) -> None:
    def fresh() -> Any:
        return agent(middleware=[guarded(release=release)])

    async def collect() -> list[Any]:
        return [part async for part in fresh().astream(ASK, stream_mode=mode)]

    for parts in (list(fresh().stream(ASK, stream_mode=mode)), asyncio.run(collect())):
        text = clean(parts)
        assert mode == "custom" or "230 V" in text


@pytest.mark.parametrize("release", ["answer", "claim"])
def test_no_leak_in_results_states_and_events(release: Any) -> None:
    def fresh(**options: Any) -> Any:
        return agent(middleware=[guarded(release=release)], **options)

    assert last(fresh().invoke(ASK)).text == SHOWN
    assert last(asyncio.run(fresh().ainvoke(ASK))).text == SHOWN
    for state in fresh().batch([ASK]):
        clean(state)
    saver = InMemorySaver()
    config: Any = {"configurable": {"thread_id": "1"}}
    kept = fresh(checkpointer=saver)
    clean(kept.invoke(ASK, config))
    clean(list(kept.get_state_history(config)))
    clean(list(saver.list(config)))
    clean(saver.storage)

    async def events() -> list[Any]:
        return [event async for event in fresh().astream_events(ASK, version="v2")]

    assert "230 V" in clean(asyncio.run(events()))


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
@pytest.mark.parametrize("release", ["answer", "claim"])
def test_no_leak_in_events_of_the_new_protocol(release: Any) -> None:
    made = agent(middleware=[guarded(release=release)])
    assert "230 V" in clean(list(made.stream_events(ASK, version="v3")))

    async def events() -> list[Any]:
        run = agent(middleware=[guarded(release=release)]).astream_events(ASK, version="v3")
        run = run if hasattr(run, "__aiter__") else await run
        return [event async for event in run]

    assert "230 V" in clean(asyncio.run(events()))


def test_claims_stream_one_by_one() -> None:
    parts = agent(middleware=[guarded(release="claim")]).stream(ASK, stream_mode="messages")
    said = [m.text for m, meta in parts if meta["langgraph_node"] == "model" and m.text]
    assert "".join(said) == SHOWN and len(said) > 1


def test_raw_tokens_are_out_where_they_are_released() -> None:
    """Pins what the docs say of ``release="token"``."""
    raw = agent(middleware=[guarded(release="token")])
    assert "opera" in repr(list(raw.stream(ASK, stream_mode="messages")))
    clean(agent(middleware=[guarded(release="token")]).invoke(ASK))


def test_the_report_is_plain_json_in_the_message() -> None:
    message = last(agent().invoke(ASK))
    report = Report.from_dict(json.loads(json.dumps(message.response_metadata["groundwire"])))
    assert report.text == SHOWN and report.question == "What is the pump?"


def test_stacked_with_pii_and_in_any_order() -> None:
    mail = f"{GOOD} Write to bob@example.org. {LIE}"
    for order in (0, 1):
        parts: list[Any] = [PIIMiddleware("email", strategy="redact", apply_to_output=True)]
        parts.insert(order, guarded())
        state = agent(call("search", query="x"), mail, middleware=parts).invoke(ASK)
        assert "bob@" not in clean(state)
        assert GOOD in last(state).text


def test_two_of_one_kind_need_names() -> None:
    with pytest.raises(AssertionError):
        agent(middleware=[guarded(), guarded()])
    twice = agent(middleware=[guarded(), guarded(name="second")])
    assert last(twice.invoke(ASK)).text == SHOWN


def test_what_a_fallback_model_says_is_checked() -> None:
    class Down(Scripted):
        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            raise ConnectionError("down")

        def _stream(self, *args: Any, **kwargs: Any) -> Any:
            raise ConnectionError("down")

    spare = scripted(call("search", query="pump"), ANSWER)
    stacks: list[list[Any]] = [
        [guarded(), ModelFallbackMiddleware(spare)],
        [ModelFallbackMiddleware(scripted(call("search", query="p"), ANSWER)), guarded()],
    ]
    for parts in stacks:
        made: Any = create_agent(Down(messages=iter([])), [search], middleware=parts)
        assert last(made.invoke(ASK)).text == SHOWN


def test_in_a_subgraph() -> None:
    graph = StateGraph(MessagesState)
    graph.add_node("agent", agent())
    graph.add_edge(START, "agent")
    graph.add_edge("agent", END)
    app: Any = graph.compile()
    clean(list(app.stream(ASK, stream_mode=["messages", "updates", "values"], subgraphs=True)))


def test_no_tool_no_evidence_passes_nothing() -> None:
    assert last(agent(ANSWER, tools=[]).invoke(ASK)).text == BLOCKED_MESSAGE
    own = [guarded(evidence=[FACTS])]
    assert last(agent(ANSWER, tools=[], middleware=own).invoke(ASK)).text == SHOWN
    of_state = [guarded(evidence=lambda state: [Document(FACTS)] if state["messages"] else [])]
    assert last(agent(ANSWER, tools=[], middleware=of_state).invoke(ASK)).text == SHOWN


def test_retry_asks_again_and_then_repairs() -> None:
    reports: list[Report] = []
    parts = [guarded(on_fail="retry", max_retries=1, on_report=reports.append)]
    said = (call("search", query="p"), ANSWER, GOOD)
    made = agent(*said, middleware=parts)
    state = made.invoke(ASK)
    assert last(state).text == GOOD and len(state["messages"]) == 4
    clean(state)
    assert [report.decision.action for report in reports] == ["rewrite", "pass"]
    parts = [guarded(on_fail="retry", max_retries=1)]
    again = agent(call("search", query="p"), ANSWER, ANSWER, middleware=parts)
    shown = clean(list(again.stream(ASK, stream_mode=["messages", "values"])))
    assert shown.count("230 V") >= 1


def test_end_error_and_annotate() -> None:
    said = (call("search", query="p"), ANSWER)
    ended = agent(*said, middleware=[guarded(on_fail="block", violation_message="No: {reason}")])
    state = ended.invoke(ASK)
    assert last(state).text.startswith("No: 2 of 4 claims") and not last(state).tool_calls
    with pytest.raises(BlockedError) as caught:
        agent(*said, middleware=[guarded(on_fail="raise")]).invoke(ASK)
    assert caught.value.report.answer == ANSWER
    noted = agent(*said, middleware=[guarded(on_fail="annotate")]).invoke(ASK)
    assert last(noted).text == ANSWER
    assert last(noted).response_metadata["groundwire"]["decision"]["flagged"] == [1, 2]
    replaced = agent(*said, middleware=[guarded(violation_message="Sorry.")]).invoke(ASK)
    assert last(replaced).text == "Sorry."


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"type": "approve"}, ANSWER),
        ({"type": "edit", "text": "It is a pump."}, "It is a pump."),
        ({"type": "reject"}, BLOCKED_MESSAGE),
        ({"decisions": [{"type": "respond", "message": "Ask me."}]}, "Ask me."),
    ],
)
def test_interrupt_asks_a_person_and_checks_once(answer: Any, text: str) -> None:
    reports: list[Report] = []
    parts = [guarded(on_fail="interrupt", on_report=reports.append)]
    made = agent(middleware=parts, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    first = made.invoke(ASK, config)
    (asked,) = first["__interrupt__"]
    assert asked.value["draft"] == ANSWER and asked.value["text"] == SHOWN
    clean(first["messages"])
    assert "groundwire_draft" not in first
    state = made.invoke(Command(resume=answer), config)
    assert last(state).text == text
    assert len(reports) == 1


def test_interrupt_resumed_with_nonsense_asks_again() -> None:
    parts = [guarded(on_fail="interrupt")]
    made = agent(middleware=parts, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "1"}}
    made.invoke(ASK, config)
    for nonsense in ("perhaps", {"type": "edit"}):
        (asked,) = made.invoke(Command(resume=nonsense), config)["__interrupt__"]
        assert "resumed with" in asked.value["error"] and asked.value["draft"] == ANSWER
    again = made.invoke(Command(resume={"type": "reject"}), config)
    assert last(again).text == BLOCKED_MESSAGE


def test_interrupt_without_a_checkpointer_is_an_error_before_the_model_runs() -> None:
    asked: list[Any] = []

    class Asked(Scripted):
        def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
            asked.append(messages)
            return super()._generate(messages, *args, **kwargs)

    def fresh(**options: Any) -> Any:
        said = Asked(messages=iter([call("search", query="p"), AIMessage(ANSWER)]))
        parts = [guarded(on_fail="interrupt")]
        return create_agent(said, [search], middleware=parts, **options)

    with pytest.raises(InputError, match="no checkpointer"):
        fresh().invoke(ASK)
    with pytest.raises(InputError, match="no checkpointer"):
        asyncio.run(fresh().ainvoke(ASK))
    assert not asked
    graph = StateGraph(MessagesState)
    graph.add_node("agent", fresh())
    graph.add_edge(START, "agent")
    config: Any = {"configurable": {"thread_id": "1"}}
    app: Any = graph.compile(checkpointer=InMemorySaver())
    assert app.invoke(ASK, config)["__interrupt__"]
    assert last(app.invoke(Command(resume={"type": "approve"}), config)).text == ANSWER


class Sheet(BaseModel):
    """A data sheet."""

    title: str
    summary: str
    notes: list[str]


@pytest.mark.parametrize("mode", ["values", "messages", "updates"])
def test_sentences_of_structured_output_are_checked(mode: Any) -> None:
    sheet = call("Sheet", 2, title="Pump", summary=ANSWER, notes=[GOOD, LIE])
    made = agent(call("search", query="p"), sheet, response_format=ToolStrategy(Sheet))
    parts = list(made.stream(ASK, stream_mode=mode))
    clean(parts)
    made = agent(call("search", query="p"), sheet, response_format=ToolStrategy(Sheet))
    state = made.invoke(ASK)
    assert state["structured_response"].summary == SHOWN
    assert state["structured_response"].notes == [GOOD, BLOCKED_MESSAGE]
    clean(state)


def test_claimed_actions_need_a_successful_call() -> None:
    said = "I have booked a table for 2 at 7 pm."
    lied = agent(call("search", query="p"), f"{GOOD} {said}")
    assert last(lied.invoke(ASK)).text == GOOD
    done = agent(call("book_table", people=2, time="7 pm"), said)
    assert last(done.invoke(ASK)).text == said
    other = agent(call("book_table", people=2, time="7 pm"), "I have booked a table for 4 at 7 pm.")
    assert "for 4" not in last(other.invoke(ASK)).text
    off = agent(
        call("search", query="p"), f"{GOOD} {said}", middleware=[guarded(check_actions=False)]
    )
    assert "booked" not in last(off.invoke(ASK)).text


@pytest.mark.parametrize(
    ("text", "verb"),
    [
        ("I have booked a table.", "booked"), ("I've just emailed Bob.", "emailed"),
        ("Your order has been cancelled.", "cancelled"), ("I sent it.", "sent"),
        ("I looked it up.", "looked"), ("He booked a table.", None), ("I can book one.", None),
        ("The pump was made in 1998.", None), ("I will send it.", None),
    ],
)  # fmt: skip
def test_which_sentences_claim_an_action(text: str, verb: str | None) -> None:
    assert find_claimed_verb(text) == verb


def test_a_failed_call_is_neither_evidence_nor_an_action() -> None:
    state: Any = {
        "messages": [
            HumanMessage("Book."), call("book_table", people=2, time="7"),
            ToolMessage(f"Error: {FACTS}", tool_call_id="c1", status="error"),
        ]
    }  # fmt: skip
    made = create_agent(scripted(f"I have booked it. {GOOD}"), [search], middleware=[guarded()])
    assert last(made.invoke(state)).text == BLOCKED_MESSAGE


def test_earlier_verified_answers_are_evidence() -> None:
    saver = InMemorySaver()
    config: Any = {"configurable": {"thread_id": "1"}}
    made = agent(call("search", query="p"), ANSWER, GOOD, checkpointer=saver)
    made.invoke(ASK, config)
    again = made.invoke({"messages": [HumanMessage("How heavy, again?")]}, config)
    assert last(again).text == GOOD


def test_words_beside_a_tool_call_are_checked_and_the_call_stays() -> None:
    both = call("search", query="p").model_copy(update={"content": f"Let me see. {LIE}"})
    state = agent(both, GOOD).invoke(ASK)
    clean(state)
    assert state["messages"][1].tool_calls and last(state).text == GOOD


def test_two_hundred_runs_of_one_agent_do_not_mix() -> None:
    @tool
    def weigh(number: int) -> str:
        """Weighs a pump."""
        return f"Pump {number} weighs {number} kg."

    class Echo(Scripted):
        def _generate(self, messages: Any, *args: Any, **kwargs: Any) -> Any:
            number = next(m.text for m in messages if isinstance(m, HumanMessage))
            said: Any = call("weigh", number=int(number))
            if isinstance(messages[-1], ToolMessage):
                lie = f"Pump {number} weighs {int(number) + 1} kg."
                said = AIMessage(f"Pump {number} weighs {number} kg. {lie}")
            return ChatResult(generations=[ChatGeneration(message=said)])

    made = create_agent(Echo(messages=iter([])), [weigh], middleware=[guarded()])

    async def run() -> list[Any]:
        asks: list[Any] = [{"messages": [HumanMessage(str(n))]} for n in range(200)]
        return list(await asyncio.gather(*(made.ainvoke(ask) for ask in asks)))

    for number, state in enumerate(asyncio.run(run())):
        assert last(state).text.startswith(f"Pump {number} weighs {number} kg.")
        assert f"{number + 1} kg" not in last(state).text


@pytest.mark.parametrize(
    "options", [{"on_fail": "explode"}, {"release": "raw"}, {"max_retries": -1}]
)
def test_bad_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        guarded(**options)


def test_reasoning_before_a_tool_call_stays_out_of_the_state() -> None:
    thinking = call("search", query="p").model_copy(
        update={
            "content": [{"type": "thinking", "thinking": LIE}],
            "additional_kwargs": {"reasoning_content": LIE},
        }
    )
    clean(agent(thinking, GOOD).invoke(ASK))
    kept = agent(thinking, GOOD, middleware=[guarded(keep_reasoning=True)]).invoke(ASK)
    assert "opera" in repr(kept)


def test_a_bound_model_leaks_nothing() -> None:
    bound: Any = scripted(ANSWER).bind(stop=["x"])
    made: Any = create_agent(bound, [], middleware=[guarded(evidence=[FACTS])])
    for mode in ("messages", "values"):
        bound = scripted(ANSWER).bind(stop=["x"])
        made = create_agent(bound, [], middleware=[guarded(evidence=[FACTS])])
        assert "230 V" in clean(list(made.stream(ASK, stream_mode=mode)))


def test_words_before_a_tool_call_are_no_refusal() -> None:
    lead = call("search", query="p").model_copy(update={"content": "The pump is surely red."})
    for on_fail in ("rewrite", "retry", "block", "raise"):
        parts = [guarded(on_fail=on_fail)]
        state = agent(lead, GOOD, middleware=parts).invoke(ASK)
        assert BLOCKED_MESSAGE not in repr(state) and last(state).text == GOOD
        assert [m.text for m in state["messages"]] == ["What is the pump?", "", "found", GOOD]
