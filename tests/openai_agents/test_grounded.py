"""Agents of the OpenAI Agents SDK under guard: runs, streams, items, tools and output types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from agents import (
    Agent,
    OutputGuardrailTripwireTriggered,
    RunConfig,
    Runner,
    function_tool,
    set_tracing_disabled,
)
from agents.items import ItemHelpers, MessageOutputItem
from agents.testing import ScriptedModel, assistant_message, function_call
from pydantic import BaseModel

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire.types import Report
from groundwire_openai_agents import grounded, make_output_guardrail

FACTS = "The pump weighs 62 kg. The pump is red."
WRONG = "The pump weighs 64 kg. The pump is red."
RIGHT = "The pump weighs 62 kg. The pump is red."
FALSE = "The tower is blue."
GUARD = Guard(verifier=FakeVerifier())
CONFIG = RunConfig(tracing_disabled=True)


@pytest.fixture(autouse=True)
def no_traces() -> Iterator[None]:
    set_tracing_disabled(True)
    yield


@function_tool
def scale(city: str = "") -> str:
    """Weighs the pump."""
    return FACTS


def make_agent(*turns: Any, output: Any = None, **options: Any) -> Agent[Any]:
    options.setdefault("evidence", FACTS)
    model = grounded(ScriptedModel(turns), GUARD, **options)
    return Agent(name="Helper", model=model, tools=[scale], output_type=output)


async def run_whole(agent: Agent[Any], asked: Any = "How heavy?") -> tuple[Any, list[str], Any]:
    result = await Runner.run(agent, asked, run_config=CONFIG)
    return result.final_output, list_texts(result), result.to_input_list()


async def run_stream(agent: Agent[Any], asked: Any = "How heavy?") -> tuple[Any, list[str], Any]:
    result = Runner.run_streamed(agent, asked, run_config=CONFIG)
    text = ""
    async for event in result.stream_events():
        if event.type == "agent_updated_stream_event":
            continue
        if event.type == "run_item_stream_event":
            assert "64 kg" not in repr(event.item.raw_item)
        if event.type == "raw_response_event":
            assert "64 kg" not in repr(event.data)
            assert "blue" not in repr(event.data) or "function_call" in repr(event.data)
            if event.data.type == "response.output_text.delta":
                text += event.data.delta
            elif event.data.type == "response.output_text.done":
                assert event.data.text == text
                text = ""
    return result.final_output, list_texts(result), result.to_input_list()


def list_texts(result: Any) -> list[str]:
    items = [item for item in result.new_items if isinstance(item, MessageOutputItem)]
    return [ItemHelpers.text_message_output(item) for item in items]


WAYS: list[Callable[..., Any]] = [run_whole, run_stream]


@pytest.mark.parametrize("run", WAYS)
async def test_no_falsehood_is_seen(run: Callable[..., Any]) -> None:
    reports: list[Report] = []
    agent = make_agent([assistant_message(WRONG)], on_report=reports.append)
    output, texts, history = await run(agent)
    assert output == RIGHT and texts == [RIGHT]
    assert "64" not in repr(history)
    assert [(report.answer, report.question) for report in reports] == [(WRONG, "How heavy?")]


@pytest.mark.parametrize("run", WAYS)
async def test_a_blocked_answer_says_the_message_or_raises(run: Callable[..., Any]) -> None:
    output, texts, _ = await run(make_agent([assistant_message(FALSE)]))
    assert output == BLOCKED_MESSAGE and texts == [BLOCKED_MESSAGE]
    with pytest.raises(BlockedError):
        await run(make_agent([assistant_message(FALSE)], raise_blocked=True))


@pytest.mark.parametrize("run", WAYS)
async def test_calls_pass_and_their_results_are_evidence(run: Callable[..., Any]) -> None:
    call: Any = function_call("scale", {"city": "blue"}, call_id="c1")
    turns = [assistant_message(FALSE), call], [assistant_message(WRONG)]
    for tool_evidence, shown in [(True, RIGHT), (False, BLOCKED_MESSAGE)]:
        given = None if tool_evidence else FakeRetriever([])
        agent = make_agent(*turns, evidence=given, tool_evidence=tool_evidence)
        output, texts, history = await run(agent)
        assert output == shown
        assert texts == ["", shown]  # what was said beside the call did not hold
        calls = [item for item in history if item.get("type") == "function_call"]
        assert [(c["name"], c["arguments"]) for c in calls] == [("scale", call.arguments)]


@pytest.mark.parametrize("run", WAYS)
async def test_the_conversation_before_is_read(run: Callable[..., Any]) -> None:
    asked: list[str] = []

    async def search(question: str) -> str:
        asked.append(question)
        return FACTS

    reports: list[Report] = []
    options: Any = {"evidence": search, "on_report": reports.append}
    turns = [
        {"role": "user", "content": "How heavy is the pump?"},
        {"role": "assistant", "content": "It weighs 62 kg."},
        {"role": "user", "content": "And the lid?"},
    ]
    output, _, _ = await run(make_agent([assistant_message(WRONG)], **options), turns)
    assert output == RIGHT
    context = reports[0].verdicts[0].claim.context
    assert asked == ["And the lid?"]
    assert context is not None and context.question == "How heavy is the pump, and the lid?"


class Pump(BaseModel):
    summary: str
    weight_kg: int


@pytest.mark.parametrize("run", WAYS)
async def test_output_types_are_checked_value_by_value(run: Callable[..., Any]) -> None:
    async def ask(summary: str, weight: int) -> Any:
        said = Pump(summary=summary, weight_kg=weight).model_dump_json()
        evidence = "The pump weighs 62 kg. Weight: 62 kg."
        agent = make_agent([assistant_message(said)], output=Pump, evidence=evidence)
        return (await run(agent))[0]

    good = Pump(summary="The pump weighs 62 kg.", weight_kg=62)
    assert await ask("The pump weighs 62 kg.", 62) == good
    assert await ask("The pump weighs 64 kg.", 62) == good
    with pytest.raises(BlockedError, match="64"):
        await ask("The pump weighs 62 kg.", 64)


async def test_errors_and_advice_of_the_model_are_its_own() -> None:
    model = ScriptedModel([TimeoutError("too slow")])
    wrapped = grounded(model, GUARD, evidence=FACTS)
    with pytest.raises(TimeoutError, match="too slow"):
        await Runner.run(Agent(name="Helper", model=wrapped), "How heavy?", run_config=CONFIG)
    await wrapped.close()


def test_a_model_is_named_or_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    named: Any = grounded("gpt-5", GUARD, evidence=FACTS)
    assert named.model.model == "gpt-5"
    with pytest.raises(InputError, match="no model"):
        grounded(object(), GUARD)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="release"):
        grounded(ScriptedModel(), GUARD, release="word")  # type: ignore[arg-type]


def make_guarded(*turns: Any, output: Any = None, **options: Any) -> Agent[Any]:
    guardrail = make_output_guardrail(GUARD, **options)
    return Agent(
        name="Helper", model=ScriptedModel(turns), tools=[scale], output_type=output,
        output_guardrails=[guardrail],
    )  # fmt: skip


async def test_a_guardrail_stops_a_run() -> None:
    agent = make_guarded([assistant_message(RIGHT)], evidence=FACTS)
    assert (await Runner.run(agent, "How heavy?", run_config=CONFIG)).final_output == RIGHT
    agent = make_guarded([assistant_message(WRONG)], evidence=FACTS)
    with pytest.raises(OutputGuardrailTripwireTriggered) as caught:
        await Runner.run(agent, "How heavy?", run_config=CONFIG)
    found = caught.value.guardrail_result
    assert found.guardrail.get_name() == "grounding"
    (report,) = found.output.output_info
    assert report["question"] == "How heavy?" and report["text"] == RIGHT


async def test_a_guardrail_without_evidence_stops() -> None:
    """Nothing tells a guardrail what tools returned, so it does not let pass what rests on it."""
    turns = [function_call("scale", {}, call_id="c1")], [assistant_message(RIGHT)]
    with pytest.raises(OutputGuardrailTripwireTriggered):
        agent = make_guarded(*turns, evidence=FakeRetriever([]))
        await Runner.run(agent, "How heavy?", run_config=CONFIG)
    with pytest.raises(InputError, match="no evidence is given"):
        make_output_guardrail()


async def test_a_guardrail_reads_output_types() -> None:
    evidence = "The pump weighs 62 kg. Weight: 62 kg."
    for weight in (62, 64):
        said = Pump(summary="The pump weighs 62 kg.", weight_kg=weight)
        turn = [assistant_message(said.model_dump_json())]
        agent = make_guarded(turn, output=Pump, evidence=evidence)
        if weight == 62:
            result = await Runner.run(agent, "How heavy?", run_config=CONFIG)
            assert result.final_output == said
        else:
            with pytest.raises(OutputGuardrailTripwireTriggered):
                await Runner.run(agent, "How heavy?", run_config=CONFIG)
