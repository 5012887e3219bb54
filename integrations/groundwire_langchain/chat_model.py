"""A chat model that says nothing which was not checked, not even to callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig
from pydantic import ConfigDict, Field

from groundwire.errors import InputError
from groundwire.guard import Guard
from groundwire_langchain.carriers import text_of
from groundwire_langchain.evidence import message_evidence, question_of, resolve
from groundwire_langchain.step import OnFail, Step
from groundwire_langchain.structured import check_message, json_object

ALONE: RunnableConfig = {"callbacks": [], "tags": ["nostream"]}
"""The model behind the guard runs without the callbacks of the run, so no token reaches them."""


class GroundedChatModel(BaseChatModel):
    """Wraps a chat model: what it answers, streams or tells callbacks has been checked.

        model = GroundedChatModel(model=ChatOpenAI(...), evidence=retriever)

    The evidence is what ``evidence`` says, else what the tools of the conversation returned,
    else what the guard's own retriever finds. Messages that call tools keep their calls; their
    words are checked too. Since the inner model runs without the callbacks of the run, token
    counts reach them by ``usage_metadata`` alone.

    Attributes:
        model: the model that answers.
        guard: checks its answers.
        evidence: a function of the list of messages, a retriever, or texts and Documents.
        question: what the reader asked; by default the last human message.
        on_fail: as in ``GroundedRunnable``.
        release: ``"claim"`` or ``"answer"``.
        deadline: seconds, see ``Guard.stream``.
        cite: add standard citations to whole answers.
        full_report: keep the words that were not let through in the report.
        structured: the answer is structured output: check the sentences in its fields.
    """

    model: BaseChatModel
    guard: Any = Field(default_factory=Guard, exclude=True)
    evidence: Any = Field(default=None, exclude=True)
    question: str | None = None
    on_fail: OnFail = "rewrite"
    release: str = "claim"
    deadline: float | None = None
    cite: bool = False
    full_report: bool = False
    on_report: Any = Field(default=None, exclude=True)
    structured: bool = False

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def model_post_init(self, context: Any, /) -> None:
        """Checks the settings.

        Raises:
            InputError: if one cannot be used; pydantic makes a ``ValidationError`` of it.
        """
        super().model_post_init(context)
        if self.on_fail == "retry":
            raise InputError("on_fail is 'retry': use grounded(chain, on_fail='retry')")
        self.step()
        if self.profile is None and self.model.profile is not None:
            self.profile = self.model.profile

    @property
    def _llm_type(self) -> str:
        return f"groundwire-{self.model._llm_type}"

    def step(self) -> Step:
        """The settings as one object."""
        return Step(
            self.guard, self.on_fail, None, self.cite, self.release,  # type: ignore[arg-type]
            self.deadline, self.full_report, self.on_report,
        )  # fmt: skip

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        """Binds tools as the inner model does."""
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        bound = self.model.bind_tools(tools, **kwargs)
        if isinstance(bound, RunnableBinding):
            return self.bind(**bound.kwargs)
        if isinstance(bound, BaseChatModel):
            return self.model_copy(update={"model": bound})
        raise InputError(
            f"{type(self.model).__name__}.bind_tools returns {type(bound).__name__}: wrap the "
            "model that it returns, or use GroundedRunnable behind it"
        )

    def _find(self, messages: list[BaseMessage]) -> tuple[Any, str | None]:
        asked = self.question or question_of(messages)
        if self.evidence is not None:
            return resolve(self.evidence, messages), asked
        return message_evidence(messages) or None, asked

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        draft = self.model.invoke(messages, ALONE, **_stop(stop), **kwargs)
        return _result(self._checked(draft, *self._find(messages)))

    def _checked(self, draft: AIMessage, evidence: Any, question: str | None) -> Any:
        if self.structured and (draft.tool_calls or json_object(text_of(draft)) is not None):
            tools = frozenset(call["name"] for call in draft.tool_calls)
            checked = check_message(draft, tools, self.step(), evidence, question)
            if json_object(text_of(checked)) is not None or not text_of(checked).strip():
                return checked
            draft = checked
        return self.step().check(draft, evidence, question)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        draft = await self.model.ainvoke(messages, ALONE, **_stop(stop), **kwargs)
        evidence, question = await asyncio.to_thread(self._find, messages)
        return _result(await asyncio.to_thread(self._checked, draft, evidence, question))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        chunks = self.model.stream(messages, ALONE, **_stop(stop), **kwargs)
        for chunk in self.step().speak(chunks, lambda _: self._find(messages)):
            made = _chunk(chunk)
            if run_manager is not None:
                run_manager.on_llm_new_token(made.text, chunk=made)
            yield made

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        chunks = self.model.astream(messages, ALONE, **_stop(stop), **kwargs)
        async for chunk in self.step().aspeak(chunks, lambda _: self._find(messages)):
            made = _chunk(chunk)
            if run_manager is not None:
                await run_manager.on_llm_new_token(made.text, chunk=made)
            yield made


def _stop(stop: list[str] | None) -> dict[str, Any]:
    return {} if stop is None else {"stop": stop}


def _result(message: Any) -> ChatResult:
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunk(message: Any) -> ChatGenerationChunk:
    if not isinstance(message, AIMessageChunk):
        fields = message.model_dump(exclude={"type"})
        message = AIMessageChunk(**fields)
    return ChatGenerationChunk(message=message)
