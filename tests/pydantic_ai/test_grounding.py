"""Agents of Pydantic AI under guard: runs, streams, history, tools and output types."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent
from pydantic_ai.capabilities import BatchModelRequests
from pydantic_ai.messages import (
    ModelMessage,
    ModelRequest,
    ModelResponse,
    TextPart,
    ThinkingPart,
    ToolCallPart,
    UserPromptPart,
)
from pydantic_ai.models.function import (
    AgentInfo,
    DeltaThinkingPart,
    DeltaToolCall,
    FunctionModel,
)
from pydantic_ai.output import NativeOutput, PromptedOutput

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire.types import Report
from groundwire_pydantic_ai import Grounding
from model_server import split_pieces

FACTS = "The pump weighs 62 kg. The pump is red."
WRONG = "The pump weighs 64 kg. The pump is red."
RIGHT = "The pump weighs 62 kg. The pump is red."
FALSE = "The tower is blue."
GUARD = Guard(verifier=FakeVerifier())

Turn = list[Any]


def make_model(*turns: Turn) -> FunctionModel:
    """Returns a model whose turns have these parts: texts, thoughts and calls."""
    left, streamed = list(turns), list(turns)

    def answer(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        parts = [TextPart(part) if isinstance(part, str) else part for part in left.pop(0)]
        return ModelResponse(parts=parts)

    async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
        for number, part in enumerate(streamed.pop(0)):
            if isinstance(part, str):
                for piece in split_pieces(part):
                    yield piece
            elif isinstance(part, ThinkingPart):
                yield {number: DeltaThinkingPart(content=part.content)}
            else:
                args = part.args_as_json_str()
                yield {number: DeltaToolCall(part.tool_name, "", tool_call_id=part.tool_call_id)}
                for piece in split_pieces(args):
                    yield {number: DeltaToolCall(json_args=piece)}

    return FunctionModel(answer, stream_function=stream)


def make_agent(*turns: Turn, output: Any = str, **options: Any) -> Agent[None, Any]:
    options.setdefault("evidence", FACTS)
    agent: Agent[None, Any] = Agent(
        make_model(*turns), output_type=output, capabilities=[Grounding(GUARD, **options)]
    )

    @agent.tool_plain
    def scale(city: str = "") -> str:
        return FACTS

    return agent


async def run_whole(agent: Agent[None, Any]) -> tuple[Any, list[ModelMessage]]:
    result = await agent.run("How heavy?")
    return result.output, result.all_messages()


async def run_deltas(agent: Agent[None, Any]) -> tuple[Any, list[ModelMessage]]:
    text = ""
    async with agent.run_stream("How heavy?") as stream:
        async for delta in stream.stream_text(delta=True, debounce_by=None):
            assert "64" not in delta and "blue" not in delta
            text += delta
        assert await stream.get_output() == text
        return text, stream.all_messages()


async def run_events(agent: Agent[None, Any]) -> tuple[Any, list[ModelMessage]]:
    output, messages = None, list[ModelMessage]()
    async with agent.run_stream_events("How heavy?") as events:
        async for event in events:
            assert "64 kg" not in repr(event)
            if (result := getattr(event, "result", None)) is not None and hasattr(result, "output"):
                output, messages = result.output, result.all_messages()
    return output, messages


WAYS: list[Callable[..., Any]] = [run_whole, run_deltas, run_events]


def texts(messages: list[ModelMessage]) -> list[str]:
    return [
        part.content
        for message in messages
        if isinstance(message, ModelResponse)
        for part in message.parts
        if isinstance(part, TextPart)
    ]


@pytest.mark.parametrize("run", WAYS)
async def test_no_falsehood_is_seen(run: Callable[..., Any]) -> None:
    reports: list[Report] = []
    output, messages = await run(make_agent([WRONG], on_report=reports.append))
    assert output == RIGHT
    assert texts(messages) == [RIGHT]
    assert "64 kg" not in repr(messages)
    assert [(report.answer, report.question) for report in reports] == [(WRONG, "How heavy?")]


@pytest.mark.parametrize("run", WAYS)
async def test_a_blocked_answer_says_the_message_or_raises(run: Callable[..., Any]) -> None:
    output, messages = await run(make_agent([FALSE]))
    assert output == BLOCKED_MESSAGE and texts(messages) == [BLOCKED_MESSAGE]
    with pytest.raises(BlockedError):
        await run(make_agent([FALSE], raise_blocked=True))


@pytest.mark.parametrize("run", WAYS)
async def test_calls_of_tools_and_thoughts_pass_and_results_are_evidence(
    run: Callable[..., Any],
) -> None:
    call = ToolCallPart("scale", {"city": "blue 6 4"}, tool_call_id="c1")
    turns: list[Turn] = [[ThinkingPart("Maybe 6 4?"), FALSE, call], [WRONG]]
    for tool_evidence, shown in [(True, RIGHT), (False, BLOCKED_MESSAGE)]:
        given = None if tool_evidence else FakeRetriever([])
        agent = make_agent(*turns, evidence=given, tool_evidence=tool_evidence)
        output, messages = await run(agent)
        assert output == shown
        assert texts(messages) == [shown]  # what was said beside the call did not hold
        first = next(m for m in messages if isinstance(m, ModelResponse))
        kept = [part for part in first.parts if not isinstance(part, TextPart)]
        assert [type(part) for part in kept] == [ThinkingPart, ToolCallPart]
        made = kept[1]
        assert isinstance(made, ToolCallPart) and made.tool_call_id == "c1"
        assert made.args_as_dict() == {"city": "blue 6 4"}


@pytest.mark.parametrize("run", WAYS)
async def test_texts_around_thoughts_are_told_apart(run: Callable[..., Any]) -> None:
    turn: Turn = [ThinkingPart("Hm."), WRONG]
    output, messages = await run(make_agent(turn))
    assert output == RIGHT
    (response,) = (m for m in messages if isinstance(m, ModelResponse))
    assert [type(part) for part in response.parts] == [ThinkingPart, TextPart]


class Pump(BaseModel):
    summary: str
    weight_kg: int


VALUES = "The pump weighs 62 kg. Weight: 62 kg."


def make_output(kind: str, args: dict[str, Any]) -> tuple[Any, Turn]:
    """Returns an output type and the turn in which a model gives it."""
    pump = Pump.model_construct(**args)
    if kind == "tool":
        return Pump, [ToolCallPart("final_result", args, tool_call_id="c1")]
    if kind == "native":
        return NativeOutput(Pump), [pump.model_dump_json()]
    return PromptedOutput(Pump), [f"```json\n{pump.model_dump_json()}\n```"]


@pytest.mark.parametrize("kind", ["tool", "native", "prompted"])
@pytest.mark.parametrize("streams", [False, True])
async def test_output_types_are_checked_value_by_value(kind: str, streams: bool) -> None:
    async def ask(summary: str, weight: int) -> Any:
        output, turn = make_output(kind, {"summary": summary, "weight_kg": weight})
        agent = make_agent(turn, output=output, evidence=VALUES)
        if not streams:
            return (await agent.run("How heavy?")).output
        async with agent.run_stream("How heavy?") as stream:
            async for part in stream.stream_output(debounce_by=None):
                assert "64" not in repr(part)
            return await stream.get_output()

    good = Pump(summary="The pump weighs 62 kg.", weight_kg=62)
    assert await ask("The pump weighs 62 kg.", 62) == good
    assert await ask("The pump weighs 64 kg.", 62) == good
    with pytest.raises(BlockedError, match="64"):
        await ask("The pump weighs 62 kg.", 64)


async def test_the_conversation_before_and_a_function_of_the_question() -> None:
    asked: list[str] = []

    async def search(question: str) -> str:
        asked.append(question)
        return FACTS

    reports: list[Report] = []
    agent = make_agent([WRONG], evidence=search, on_report=reports.append)
    before: list[ModelMessage] = [
        ModelRequest(parts=[UserPromptPart("How heavy is the pump?")]),
        ModelResponse(parts=[TextPart("It weighs 62 kg.")]),
    ]
    result = await agent.run("And the lid?", message_history=before)
    assert result.output == RIGHT
    context = reports[0].verdicts[0].claim.context
    assert asked == ["And the lid?"]
    assert context is not None and context.question == "How heavy is the pump, and the lid?"


async def test_a_failed_tool_is_no_evidence() -> None:
    call = ToolCallPart("broken", {}, tool_call_id="c1")
    agent = make_agent([call], [WRONG], evidence=None)

    @agent.tool_plain(retries=2)
    def broken() -> str:
        from pydantic_ai import ModelRetry

        raise ModelRetry(FACTS)

    assert (await agent.run("How heavy?")).output == BLOCKED_MESSAGE


async def test_a_stream_that_is_left_shows_nothing_more() -> None:
    agent = make_agent([WRONG * 20])
    async with agent.run_stream("How heavy?") as stream:
        async for text in stream.stream_text(debounce_by=None):
            assert "64" not in text
            break


async def test_batches_stand_behind_the_guard() -> None:
    model = Grounding(GUARD, evidence=FACTS).get_wrapper_model(make_model([WRONG]))
    assert model.model_name == make_model().model_name
    with pytest.raises(InputError, match=f"before {BatchModelRequests.__name__}"):
        model.batch_decode(None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [FACTS, [FACTS]])
def test_evidence_is_given_by_name(given: Any) -> None:
    with pytest.raises(InputError, match="evidence="):
        Grounding(given)
