"""Structured output: sentences in its fields, and the values beside them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from langchain.agents import create_agent
from langchain.agents.middleware import ModelFallbackMiddleware
from langchain.agents.structured_output import ProviderStrategy, ToolStrategy
from langchain_core.language_models.fake_chat_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.runnables import RunnableLambda
from langgraph.checkpoint.memory import InMemorySaver
from pydantic import BaseModel

from groundwire.errors import BlockedError
from groundwire.guard.fields import (
    find_contradiction,
    has_false_value,
    write_leaf,
    yield_leaf_texts,
)
from groundwire.guard.guard import Guard
from groundwire.guard.structured import check_fields
from groundwire.testing import FakeVerifier
from groundwire.types import Report
from groundwire_langchain import GroundedChatModel, GroundingMiddleware
from groundwire_langchain.runs import write_structured

FACTS = "The stay has 20 nights. The pump weighs 62 kg. It runs on 230 V."
WRONG = "The stay has 30 nights."
RIGHT = "The stay has 20 nights."
GUARD = Guard(verifier=FakeVerifier())
ASK: Any = {"messages": [HumanMessage("How long is the stay?")]}


class Stay(BaseModel):
    """A stay."""

    summary: str
    nights: int


class Tooled(GenericFakeChatModel):
    def bind_tools(self, tools: Any, **kwargs: Any) -> Any:
        return self.bind(tools=[])


def message(summary: str, nights: int, place: int = 1) -> AIMessage:
    args = {"summary": summary, "nights": nights}
    call: Any = {"name": "Stay", "args": args, "id": f"c{place}", "type": "tool_call"}
    return AIMessage("", tool_calls=[call])


def agent(*said: AIMessage, format: Any = None, **options: Any) -> Any:
    parts = [GroundingMiddleware(GUARD, evidence=[FACTS], **options)]
    saver = InMemorySaver() if options.get("on_fail") == "interrupt" else None
    return create_agent(
        Tooled(messages=iter(said)), [], middleware=parts, checkpointer=saver,
        response_format=format or ToolStrategy(Stay),
    )  # fmt: skip


@pytest.mark.parametrize("release", ["answer", "claim", "token"])
def test_fields_that_agree_with_the_repaired_sentence_pass(release: Any) -> None:
    made = agent(message(WRONG, 20), release=release)
    state = made.invoke(ASK)
    assert state["structured_response"] == Stay(summary=RIGHT, nights=20)
    made = agent(message(RIGHT, 20), release=release)
    assert made.invoke(ASK)["structured_response"] == Stay(summary=RIGHT, nights=20)


@pytest.mark.parametrize("on_fail", ["rewrite", "block", "raise", "retry", "interrupt"])
@pytest.mark.parametrize("release", ["answer", "claim", "token"])
def test_a_field_that_still_states_what_was_repaired_blocks(on_fail: Any, release: Any) -> None:
    said = [message(WRONG, 30), message(WRONG, 30, 2)]
    made = agent(*said, on_fail=on_fail, release=release)
    with pytest.raises(BlockedError, match="'nights' still states 30") as caught:
        made.invoke(ASK, {"configurable": {"thread_id": "1"}})
    assert caught.value.report.decision.action == "block"
    with pytest.raises(BlockedError):
        again = agent(*said, on_fail=on_fail, release=release)
        list(again.stream(ASK, {"configurable": {"thread_id": "2"}}, stream_mode="messages"))


def test_retry_asks_again_and_annotate_lets_through() -> None:
    made = agent(message(WRONG, 30), message(RIGHT, 20, 2), on_fail="retry")
    assert made.invoke(ASK)["structured_response"] == Stay(summary=RIGHT, nights=20)
    noted = agent(message(WRONG, 30), on_fail="annotate").invoke(ASK)
    assert noted["structured_response"] == Stay(summary=WRONG, nights=30)
    off = agent(message(WRONG, 30), check_structured=False).invoke(ASK)
    assert off["structured_response"].nights == 30


def test_json_of_a_provider_is_held_against_its_sentences_too() -> None:
    def said(nights: int) -> AIMessage:
        return AIMessage(json.dumps({"summary": WRONG, "nights": nights}))

    good = agent(said(20), format=ProviderStrategy(Stay)).invoke(ASK)
    assert good["structured_response"] == Stay(summary=RIGHT, nights=20)
    with pytest.raises(BlockedError, match="nights"):
        agent(said(30), format=ProviderStrategy(Stay)).invoke(ASK)


def test_other_calls_beside_it_do_not_let_it_through() -> None:
    both = message(WRONG, 30)
    other: Any = {"name": "search", "args": {}, "id": "c9", "type": "tool_call"}
    both = both.model_copy(update={"tool_calls": [*both.tool_calls, other]})
    with pytest.raises(BlockedError, match="nights"):
        agent(both).invoke(ASK)


def test_fields_of_a_model_that_another_middleware_put_in_are_checked() -> None:
    class Down(Tooled):
        def _generate(self, *args: Any, **kwargs: Any) -> Any:
            raise ConnectionError("down")

    def ask(said: AIMessage) -> Any:
        spare = ModelFallbackMiddleware(Tooled(messages=iter([said])))
        parts: list[Any] = [GroundingMiddleware(GUARD, evidence=[FACTS]), spare]
        made: Any = create_agent(
            Down(messages=iter([])), [], middleware=parts,
            response_format=ToolStrategy(Stay),
        )  # fmt: skip
        return made.invoke(ASK)

    assert ask(message(RIGHT, 20))["structured_response"] == Stay(summary=RIGHT, nights=20)
    with pytest.raises(BlockedError):
        ask(message(WRONG, 20))


def test_with_structured_output_of_a_guarded_model() -> None:
    def ask(nights: int, **options: Any) -> Any:
        inner = Tooled(messages=iter([message(WRONG, nights)]))
        safe = GroundedChatModel(inner, GUARD, evidence=[FACTS], **options)
        return safe.with_structured_output(Stay).invoke("How long?")

    assert ask(20) == Stay(summary=RIGHT, nights=20)
    with pytest.raises(BlockedError, match="'nights' still states 30"):
        ask(30)
    assert ask(30, on_fail="annotate") == Stay(summary=WRONG, nights=30)


@pytest.mark.parametrize(
    ("sentence", "values", "told"),
    [
        (WRONG, {"nights": 30}, True),
        (WRONG, {"nights": 30.0}, True),
        (WRONG, {"nights": "30 nights"}, True),
        (WRONG, {"rooms": [{"stay": {"n": 30}}]}, True),
        ("The stay has thirty nights.", {"nights": 30}, True),
        (WRONG, {"nights": 20}, False),
        (WRONG, {"nights": None, "rooms": 3}, False),
        ("It sings opera at dawn.", {"hobby": "Opera"}, True),
        ("It sings opera at dawn.", {"hobby": "chess"}, False),
        ("The booking was made on 3 May 1999.", {"date": "1999-05-03"}, True),
        ("The booking was made on 3 May 1999.", {"count": 3}, False),
        ("The fee is 12% of it all.", {"fee": 0.12}, True),
        ("The booking is refundable until May.", {"refundable": True}, True),
        ("The booking is refundable until May.", {"isRefundable": True}, True),
        ("The booking is refundable until May.", {"smoking": False}, False),
    ],
)
def test_which_values_still_state_what_was_taken_out(
    sentence: str, values: dict[str, Any], told: bool
) -> None:
    report: Report = GUARD.check(sentence, [FACTS])
    assert report.flagged
    assert (find_contradiction({"summary": sentence, **values}, [report]) is not None) is told


def test_values_beside_sentences_that_hold_are_left_alone() -> None:
    report = GUARD.check(RIGHT, [FACTS])
    assert find_contradiction({"nights": 20, "other": 30}, [report]) is None


def test_a_stream_of_structured_output_is_the_object_once() -> None:
    def ask(**options: Any) -> Any:
        inner = Tooled(messages=iter([message(WRONG, 20)]))
        safe = GroundedChatModel(inner, GUARD, evidence=[FACTS])
        return safe.with_structured_output(Stay, **options)

    async def collect(chain: Any) -> list[Any]:
        return [part async for part in chain.astream("How long?")]

    wanted = Stay(summary=RIGHT, nights=20)
    assert list(ask().stream("How long?")) == [wanted]
    assert asyncio.run(collect(ask())) == [wanted]
    prompt = RunnableLambda(lambda question: question)
    assert list((prompt | ask()).stream("How long?")) == [wanted]
    assert asyncio.run(collect(prompt | ask())) == [wanted]
    (raw,) = ask(include_raw=True).stream("How long?")
    assert raw["parsed"] == wanted and raw["parsing_error"] is None
    assert WRONG not in repr(raw["raw"].tool_calls)
    (raw,) = asyncio.run(collect(ask(include_raw=True)))
    assert raw["parsed"] == wanted


def test_only_the_value_that_is_wrong_is_blamed() -> None:
    facts = "Order A-7 costs 149 EUR. It arrives on 21 March 2026."
    report = GUARD.check("Order A-7 costs 194 EUR.", [facts])
    assert any(finding.status != "match" for v in report.flagged for finding in v.findings)
    data = {"summary": report.answer, "order": "A-7", "note": "costs", "paid": True}
    assert find_contradiction(data, [report]) is None
    told = find_contradiction({**data, "total": 194}, [report])
    assert told is not None and "'total' still states 194" in told


def test_where_nobody_knows_what_is_wrong_the_sentence_is_named() -> None:
    report = GUARD.check("It sings opera at dawn.", [FACTS])
    told = find_contradiction({"summary": report.answer, "hobby": "Opera"}, [report])
    assert told is not None and "the sentence 'It sings opera at dawn.' does not hold" in told
    assert "still states" not in told


class Weight(BaseModel):
    """A weight, told twice."""

    weight: str
    pump_kg: float
    confidence: float = 0.5


def weigh(weight: str, kg: float, place: int = 1) -> AIMessage:
    args = {"weight": weight, "pump_kg": kg, "confidence": 0.5}
    call: Any = {"name": "Weight", "args": args, "id": f"c{place}", "type": "tool_call"}
    return AIMessage("", tool_calls=[call])


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("weight_kg", 64, "weight: 64 kg"),
        ("maxConnections", 100, "max connections: 100"),
        ("kg", 64, "64 kg"),
        ("weight", "64 kg", "weight: 64 kg"),
        ("color", "red", "color: red"),
        ("", 7, "7"),
        ("release_year", 2019, "release year: 2019"),
        ("has_lamp", True, "has lamp: True"),
        ("delta_kg", -3.5, "delta: -3.5 kg"),
    ],
)
def test_a_value_is_read_with_the_name_of_its_field(name: str, value: Any, text: str) -> None:
    assert write_leaf(name, value) == text


def test_which_leaves_are_read() -> None:
    data = {
        "pump": [{"weight_kg": 62, "made in": "Lyon"}], "ok": True, "none": None, "empty": " ",
        "summary": RIGHT, "confidence": 0.9, "score": 7,
    }  # fmt: skip
    assert list(yield_leaf_texts(data)) == ["weight: 62 kg", "made in: Lyon", "score: 7"]
    assert write_structured({"pump": {"weight": "62 kg"}, "summary": RIGHT}) == (
        f"weight: 62 kg\n{RIGHT}"
    )


def test_a_name_that_says_a_sentence_is_read() -> None:
    heavy, light = "The pump weighs 64 kg", "The pump weighs 62 kg"
    assert heavy in list(yield_leaf_texts([{"claims": {heavy: True}}]))
    others: list[Any] = [False, None, "it does", 3, [1], {"sure": "yes"}]
    assert not any(heavy in list(yield_leaf_texts({heavy: value})) for value in others)
    assert not list(yield_leaf_texts({"Does the pump weigh 64 kg?": True}))

    def read(data: Any) -> Any:
        def check(texts: list[str]) -> list[Report]:
            return GUARD.check_many(texts, [[FACTS]] * len(texts))

        return check_fields(data, check, lambda report: report)

    assert read({light: True, "nights": 20}) == {light: True, "nights": 20}
    with pytest.raises(BlockedError, match="64 kg"):
        read({"claims": {heavy: True}})


@pytest.mark.parametrize(
    ("text", "false"),
    [("weight: 64 kg", False), ("pump weighs: 64 kg", True), ("pump weighs: 62 kg", False)],
)
def test_a_value_is_false_by_what_the_evidence_states(text: str, false: bool) -> None:
    assert has_false_value(GUARD.check(text, [FACTS])) is false
    assert has_false_value(GUARD.check(text, []))


@pytest.mark.parametrize(("weight", "kg"), [("64 kg", 64), ("62 kg", 64), ("64 kg", 62)])
def test_a_bare_value_that_does_not_hold_blocks(weight: str, kg: float) -> None:
    facts = "The weight is 62 kg. The pump has 62 kg."

    def ask(said: AIMessage, **options: Any) -> Any:
        inner = Tooled(messages=iter([said]))
        safe = GroundedChatModel(inner, GUARD, evidence=[facts], **options)
        return safe.with_structured_output(Weight).invoke("How heavy?")

    assert ask(weigh("62 kg", 62)) == Weight(weight="62 kg", pump_kg=62)
    with pytest.raises(BlockedError, match=r"still states .?64"):
        ask(weigh(weight, kg))
    assert ask(weigh(weight, kg), on_fail="annotate") == Weight(weight=weight, pump_kg=kg)

    def run(*said: AIMessage, **options: Any) -> Any:
        parts = [GroundingMiddleware(GUARD, evidence=[facts], **options)]
        made = create_agent(
            Tooled(messages=iter(said)), [], middleware=parts, response_format=ToolStrategy(Weight)
        )
        return made.invoke({"messages": [HumanMessage("How heavy?")]})["structured_response"]

    assert run(weigh("62 kg", 62)) == Weight(weight="62 kg", pump_kg=62)
    with pytest.raises(BlockedError, match=r"still states .?64"):
        run(weigh(weight, kg))
    again = run(weigh(weight, kg), weigh("62 kg", 62, 2), on_fail="retry")
    assert again == Weight(weight="62 kg", pump_kg=62)
    assert run(weigh(weight, kg), check_structured=False).pump_kg == kg
