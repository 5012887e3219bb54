"""Model of the OpenAI Agents SDK under guard, whole and streamed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

from agents import AgentOutputSchemaBase, Handoff, Model, ModelResponse, ModelSettings, Tool
from agents.items import TResponseInputItem, TResponseOutputItem, TResponseStreamEvent
from agents.models.interface import ModelTracing
from openai.types.responses import (
    ResponseContentPartAddedEvent,
    ResponseContentPartDoneEvent,
    ResponseOutputItemAddedEvent,
    ResponseOutputItemDoneEvent,
    ResponseOutputMessage,
    ResponseTextDeltaEvent,
    ResponseTextDoneEvent,
)

from groundwire.errors import InputError
from groundwire.guard.clients.conversation import Conversation, read_turns
from groundwire.guard.clients.exchange import Options, make_options
from groundwire.guard.clients.responses import ResponsesRelay, check_output
from groundwire.guard.guard import Guard
from groundwire.guard.stream_state import Release
from groundwire.guard.utterance import Setting
from groundwire.types import Report

_EVENTS: dict[str, Any] = {
    "response.content_part.added": ResponseContentPartAddedEvent,
    "response.content_part.done": ResponseContentPartDoneEvent,
    "response.output_item.added": ResponseOutputItemAddedEvent,
    "response.output_item.done": ResponseOutputItemDoneEvent,
    "response.output_text.delta": ResponseTextDeltaEvent,
    "response.output_text.done": ResponseTextDoneEvent,
}
"""Events that are written anew; all others are the model's own."""


def grounded(
    model: Model | str | None = None,
    guard: Guard | None = None,
    *,
    evidence: Any = None,
    tool_evidence: bool = True,
    release: Release = "claim",
    deadline: float | None = None,
    raise_blocked: bool = False,
    on_report: Callable[[Report], object] | None = None,
) -> Model:
    """Returns a model of which no word is seen that was not checked.

        agent = Agent(name="Helper", model=grounded("gpt-5", evidence=documents))

    All events of a stream, the items of the run and what ``Runner.run`` returns agree. Calls of
    tools, handoffs, reasoning and refusals pass; of an output type's JSON every value is checked,
    and one that does not hold raises ``BlockedError``. A blocked answer says the guard's message;
    where a call follows it, nothing.

    Args:
        model: the model, or its name as ``Agent(model=...)`` takes it.
        guard: checks its answers; by default ``Guard()``.
        evidence: as ``Guard.check`` takes it, or a function of the question, which may be async.
            None takes the guard's own retriever.
        tool_evidence: what tools returned in the conversation is evidence, too.
        release: as in ``Guard.stream``.
        deadline: as in ``Guard.stream``.
        raise_blocked: raise ``BlockedError`` instead of saying the guard's message.
        on_report: called with the report of every text.

    Raises:
        InputError: if it is no model, or an option cannot be used.
    """
    if isinstance(model, str) or model is None:
        from agents.models.multi_provider import MultiProvider

        model = MultiProvider().get_model(model)
    if not isinstance(model, Model):
        raise InputError(f"{model!r:.60} is no model of the Agents SDK: pass one, or its name")
    options = make_options(
        guard or Guard(), evidence, tool_evidence=tool_evidence, release=release,
        deadline=deadline, raise_blocked=raise_blocked, on_report=on_report,
    )  # fmt: skip
    return GroundedModel(model, options)


class GroundedModel(Model):
    """Model that says what another one says, as far as it holds; see ``grounded``."""

    def __init__(self, model: Model, options: Options) -> None:
        """Takes the model and how its answers are checked."""
        self.model = model
        self._options = options

    async def get_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        **options: Any,
    ) -> ModelResponse:
        """Returns the response, checked."""
        response = await self.model.get_response(
            system_instructions, input, model_settings, tools, output_schema, handoffs, tracing,
            **options,
        )  # fmt: skip
        setting = await self._find_setting(input, output_schema)
        output = await asyncio.to_thread(_check_items, response.output, setting)
        return replace(response, output=output)

    async def stream_response(
        self,
        system_instructions: str | None,
        input: str | list[TResponseInputItem],
        model_settings: ModelSettings,
        tools: list[Tool],
        output_schema: AgentOutputSchemaBase | None,
        handoffs: list[Handoff],
        tracing: ModelTracing,
        **options: Any,
    ) -> AsyncIterator[TResponseStreamEvent]:
        """Yields the events, of which each claim is told once it has been checked."""
        setting = await self._find_setting(input, output_schema)
        relay = ResponsesRelay(setting, marks=False)
        events = self.model.stream_response(
            system_instructions, input, model_settings, tools, output_schema, handoffs, tracing,
            **options,
        )  # fmt: skip
        try:
            async for event in events:
                data = event.model_dump(warnings=False)
                for made in await asyncio.to_thread(relay.take, data):
                    yield event if made is data else _make_event(event, made)
            for made in await asyncio.to_thread(relay.finish):
                yield _EVENTS[made["type"]].model_validate(made)
        finally:
            relay.close()
            if (close := getattr(events, "aclose", None)) is not None:
                await close()

    async def _find_setting(
        self, input: str | list[TResponseInputItem], schema: AgentOutputSchemaBase | None
    ) -> Setting:
        structured = schema is not None and not schema.is_plain_text()
        return await self._options.afind_setting(read_input(input, structured))

    async def close(self) -> None:
        """Closes the model."""
        await self.model.close()

    def get_retry_advice(self, request: Any) -> Any:
        """Returns what the model advises."""
        return self.model.get_retry_advice(request)

    async def _cleanup_on_run_end(self, owner: object) -> None:
        await self.model._cleanup_on_run_end(owner)


def read_input(input: str | list[TResponseInputItem], structured: bool = False) -> Conversation:
    """Returns the question, the turns before it and the results of tools in an input."""
    items: Any = [{"role": "user", "content": input}] if isinstance(input, str) else input
    return read_turns(items, "input", structured)


def _check_items(output: list[TResponseOutputItem], setting: Setting) -> list[TResponseOutputItem]:
    data = [item.model_dump(warnings=False) for item in output]
    checked, *_ = check_output(data, setting)
    return _put_contents(output, checked)


def _put_contents(output: list[Any], checked: list[Any]) -> list[Any]:
    """Returns the items, the messages among them with the content of those that were checked."""
    return [
        ResponseOutputMessage.model_validate({**made, "content": made["content"]})
        if made.get("type") == "message"
        else item
        for item, made in zip(output, checked, strict=True)
    ]


def _make_event(event: Any, made: dict[str, Any]) -> Any:
    """Returns an event of what was made of the model's own one."""
    if made["type"] in _EVENTS:
        return _EVENTS[made["type"]].model_validate(made)
    if made["type"] != event.type:
        raise InputError(f"the model streamed {event.type}, which cannot be read")
    number = {"sequence_number": made["sequence_number"]} if "sequence_number" in made else {}
    response = getattr(event, "response", None)
    if response is None:
        return event.model_copy(update={**number, **_find_changes(event, made)})
    output = _put_contents(response.output, made["response"].get("output") or [])
    return event.model_copy(
        update={**number, "response": response.model_copy(update={"output": output})}
    )


def _find_changes(event: Any, made: dict[str, Any]) -> dict[str, Any]:
    kept = ("content_index",)
    return {key: made[key] for key in kept if key in made and hasattr(event, key)}
