"""Model of Pydantic AI under guard, whole and streamed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pydantic_ai import RunContext
from pydantic_ai.messages import (
    BaseToolCallPart,
    BaseToolReturnPart,
    ModelMessage,
    ModelRequest,
    ModelResponse,
    ModelResponsePart,
    ModelResponseStreamEvent,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    SpeechPart,
    TextPart,
    TextPartDelta,
    ThinkingPartDelta,
    ToolCallPartDelta,
    UserPromptPart,
)
from pydantic_ai.models import Model, ModelRequestParameters, StreamedResponse
from pydantic_ai.models.batch import BatchRequest, BatchResult
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import RequestUsage

from groundwire.errors import InputError
from groundwire.guard.clients.conversation import Conversation, read_turns
from groundwire.guard.clients.exchange import Options
from groundwire.guard.utterance import Setting, Utterance

_SPEECH = "the model answered with speech, which cannot be checked: ask for text"


class GroundedModel(WrapperModel):
    """Model that says what another one says, as far as it holds; see ``Grounding``."""

    def __init__(self, model: Model, options: Options) -> None:
        """Takes the model and how its answers are checked."""
        super().__init__(model)
        self._options = options

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Returns the response, checked."""
        response = await super().request(messages, model_settings, model_request_parameters)
        setting = await self._find_setting(messages, model_request_parameters)
        tools = _list_output_tools(model_request_parameters)
        return await asyncio.to_thread(check_response, response, setting, tools)

    @asynccontextmanager
    async def request_stream(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
        run_context: RunContext[Any] | None = None,
    ) -> AsyncGenerator[StreamedResponse]:
        """Gives the stream, of which each claim is told once it has been checked."""
        setting = await self._find_setting(messages, model_request_parameters)
        async with super().request_stream(
            messages, model_settings, model_request_parameters, run_context
        ) as inner:
            stream = GroundedStream(model_request_parameters, inner, setting)
            try:
                yield stream
            finally:
                stream.close_check()

    def batch_decode(self, result: BatchResult, request: BatchRequest) -> ModelResponse:
        """Refuses: put ``BatchModelRequests`` behind ``Grounding``, which checks what it gives."""
        raise InputError(
            "an answer of a batch is read past the guard: put Grounding before BatchModelRequests "
            "among the capabilities"
        )

    async def _find_setting(
        self, messages: Sequence[ModelMessage], parameters: ModelRequestParameters
    ) -> Setting:
        return await self._options.afind_setting(read_messages(messages, parameters))


def read_messages(
    messages: Sequence[ModelMessage], parameters: ModelRequestParameters
) -> Conversation:
    """Returns the question, the turns before it and the results of tools in a history."""
    turns = [turn for message in messages for turn in _yield_turns(message)]
    structured = parameters.output_mode in ("native", "prompted")
    return read_turns(turns, "messages", structured)


def _yield_turns(message: ModelMessage) -> Iterator[dict[str, Any]]:
    """Yields what was said and returned, in the form of chat messages."""
    if isinstance(message, ModelRequest):
        for part in message.parts:
            if isinstance(part, UserPromptPart):
                yield {"role": "user", "content": _read_prompt(part)}
            elif isinstance(part, BaseToolReturnPart):
                yield from _yield_results([part])
        return
    text = "".join(part.content for part in message.parts if isinstance(part, TextPart))
    calls = [
        {
            "id": part.tool_call_id,
            "type": "function",
            "function": {"name": part.tool_name, "arguments": part.args_as_json_str()},
        }
        for part in message.parts
        if isinstance(part, BaseToolCallPart)
    ]
    yield {"role": "assistant", "content": text, "tool_calls": calls}
    yield from _yield_results(message.parts)


def _yield_results(parts: Sequence[Any]) -> Iterator[dict[str, Any]]:
    for part in parts:
        if isinstance(part, BaseToolReturnPart) and part.outcome == "success":
            yield {
                "role": "tool",
                "tool_call_id": part.tool_call_id,
                "name": part.tool_name,
                "content": part.model_response_str(),
            }


def _read_prompt(part: UserPromptPart) -> str:
    if isinstance(part.content, str):
        return part.content
    texts = (getattr(item, "content", item) for item in part.content)
    return "\n".join(text for text in texts if isinstance(text, str))


def _list_output_tools(parameters: ModelRequestParameters) -> frozenset[str]:
    return frozenset(tool.name for tool in parameters.output_tools)


def check_response(
    response: ModelResponse, setting: Setting, output_tools: frozenset[str] = frozenset()
) -> ModelResponse:
    """Returns a response whose text, and whose calls of output tools, have been checked.

    Parts of text that follow one another are one text.

    Raises:
        InputError: if it holds speech.
        BlockedError: as ``Setting.check``.
    """
    parts, made, place = list(response.parts), list[ModelResponsePart](), 0
    while place < len(parts):
        part = parts[place]
        if isinstance(part, SpeechPart):
            raise InputError(_SPEECH)
        if not isinstance(part, TextPart):
            made.append(_check_call(part, setting, output_tools))
            place += 1
            continue
        end = next(
            (n for n in range(place, len(parts)) if not isinstance(parts[n], TextPart)), len(parts)
        )
        run = [text for text in parts[place:end] if isinstance(text, TextPart)]
        written = "".join(text.content for text in run)
        outcome = setting.check(written, goes_on=end < len(parts))
        if outcome.text == written and not outcome.blocked:
            made += run
        elif outcome.text:
            # Citations are of the text that was written.
            made.append(replace(part, content=outcome.text, citations=None))
        place = end
    return replace(response, parts=made)


def _check_call(
    part: ModelResponsePart, setting: Setting, output_tools: frozenset[str]
) -> ModelResponsePart:
    if not isinstance(part, BaseToolCallPart) or part.tool_name not in output_tools:
        return part
    args = part.args
    try:
        data = json.loads(args) if isinstance(args, str) else args
    except ValueError:
        # No output is made of it, and the model is asked again.
        return part
    checked = setting.check_fields(data)
    if checked == data:
        return part
    return replace(part, args=json.dumps(checked) if isinstance(args, str) else checked)


@dataclass
class _Run:
    """Parts of text that follow one another, as one part."""

    voice: Utterance
    first: TextPart
    number: int


@dataclass
class GroundedStream(StreamedResponse):
    """Stream of a response, of which each claim is told once it has been checked."""

    inner: StreamedResponse
    setting: Setting
    _run: _Run | None = field(default=None, init=False, repr=False)
    _texts: set[int] = field(default_factory=set, init=False, repr=False)
    _outputs: set[int] = field(default_factory=set, init=False, repr=False)
    _runs: int = field(default=0, init=False, repr=False)

    async def _get_event_iterator(self) -> AsyncIterator[ModelResponseStreamEvent]:
        async for event in self.inner:
            for made in await self._take(event):
                yield made
        for made in await self._close_run(goes_on=False):
            yield made

    async def _take(self, event: ModelResponseStreamEvent) -> list[ModelResponseStreamEvent]:
        if isinstance(event, PartStartEvent):
            return await self._start(event)
        if isinstance(event, PartDeltaEvent):
            return await self._take_delta(event)
        if isinstance(event, PartEndEvent) and event.index in self._outputs:
            tools = _list_output_tools(self.model_request_parameters)
            part = await asyncio.to_thread(_check_call, event.part, self.setting, tools)
            return [self._parts_manager.handle_part(vendor_part_id=event.index, part=part)]
        # Ends of parts, and what of them is the result, are told anew.
        return []

    async def _start(self, event: PartStartEvent) -> list[ModelResponseStreamEvent]:
        part = event.part
        if isinstance(part, SpeechPart):
            raise InputError(_SPEECH)
        if isinstance(part, TextPart):
            self._texts.add(event.index)
            if self._run is None:
                self._runs += 1
                self._run = _Run(self.setting.open(), part, self._runs)
            return await self._feed(part.content)
        out = await self._close_run(goes_on=True)
        outputs = _list_output_tools(self.model_request_parameters)
        if isinstance(part, BaseToolCallPart) and part.tool_name in outputs:
            # Its values can be checked when it is whole.
            self._outputs.add(event.index)
            return out
        manager = self._parts_manager
        return [*out, manager.handle_part(vendor_part_id=event.index, part=replace(part))]

    async def _take_delta(self, event: PartDeltaEvent) -> list[ModelResponseStreamEvent]:
        delta, index, manager = event.delta, event.index, self._parts_manager
        if index in self._outputs:
            return []
        if isinstance(delta, TextPartDelta) and index in self._texts:
            return await self._feed(delta.content_delta)
        if isinstance(delta, ThinkingPartDelta):
            return list(
                manager.handle_thinking_delta(
                    vendor_part_id=index,
                    content=delta.content_delta,
                    signature=delta.signature_delta,
                    provider_name=delta.provider_name,
                    provider_details=delta.provider_details,
                )
            )
        if isinstance(delta, ToolCallPartDelta):
            return list(
                manager.handle_tool_call_delta_events(
                    vendor_part_id=index,
                    tool_name=delta.tool_name_delta,
                    args=delta.args_delta,
                    tool_call_id=delta.tool_call_id,
                    provider_name=delta.provider_name,
                    provider_details=delta.provider_details,
                )
            )
        raise InputError(f"the model streamed {type(delta).__name__}, which cannot be checked")

    async def _feed(self, text: str) -> list[ModelResponseStreamEvent]:
        assert self._run is not None
        fresh = await asyncio.to_thread(self._run.voice.feed, text)
        return self._say(self._run, fresh)

    async def _close_run(self, goes_on: bool) -> list[ModelResponseStreamEvent]:
        run, self._run = self._run, None
        if run is None:
            return []
        return self._say(run, await asyncio.to_thread(run.voice.end, goes_on))

    def _say(self, run: _Run, text: str) -> list[ModelResponseStreamEvent]:
        if not text:
            return []
        events = self._parts_manager.handle_text_delta(
            vendor_part_id=f"text {run.number}",
            content=text,
            id=run.first.id,
            provider_name=run.first.provider_name,
            provider_details=run.first.provider_details,
        )
        return list(events)

    def close_check(self) -> None:
        """Ends the check; what was not told will not be."""
        if self._run is not None:
            self._run.voice.close()

    def get(self) -> ModelResponse:
        """Returns the response, as far as it was told."""
        own, written = super().get(), self.inner.get()
        state = written.state if written.state == "suspended" else own.state
        return replace(written, parts=own.parts, state=state)

    async def close_stream(self) -> None:
        """Closes the model's own stream."""
        self.close_check()
        await self.inner.cancel()

    @property
    def usage(self) -> RequestUsage:
        """Usage that the model told of."""
        return self.inner.usage

    @property
    def model_name(self) -> str:
        """Name of the model."""
        return self.inner.model_name

    @property
    def provider_name(self) -> str | None:
        """Name of its provider."""
        return self.inner.provider_name

    @property
    def provider_url(self) -> str | None:
        """URL of its provider."""
        return self.inner.provider_url

    @property
    def timestamp(self) -> datetime:
        """Time of the response."""
        return self.inner.timestamp
