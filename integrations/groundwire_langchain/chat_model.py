"""Chat model that says nothing which was not checked, not even to callbacks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any, Literal

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable, RunnableBinding
from pydantic import ConfigDict, Field

from groundwire.errors import InputError
from groundwire.guard.fields import parse_json
from groundwire.guard.guard import Guard
from groundwire_langchain import isolated as alone
from groundwire_langchain.check import Found, OnFail, Step
from groundwire_langchain.evidence import (
    check_evidence,
    find_history,
    find_question,
    read_message_evidence,
    resolve_evidence,
)
from groundwire_langchain.isolated import Once
from groundwire_langchain.messages import read_text
from groundwire_langchain.options import (
    accept_old_names,
    explain_errors,
    make_guard,
    refuse_unknown,
)
from groundwire_langchain.structured import check_message


class GroundedChatModel(BaseChatModel):
    """Wraps a chat model: what it answers, streams or tells callbacks has been checked.

        model = GroundedChatModel(ChatOpenAI(...), evidence=retriever)

    The evidence is what ``evidence`` says, else what the tools of the conversation returned,
    else what the guard's own retriever finds; context that was put into a prompt is no evidence.
    Messages that call tools keep their calls; their
    words are checked too. The inner model runs without the callbacks, tracers and hooks of the
    run; a tracer that an environment variable turns on (LangSmith) still records it.

    Attributes:
        model: the model that answers.
        guard: checks its answers.
        evidence: a function of the list of messages, a retriever, or a list of texts and
            Documents.
        question: what the reader asked; by default the last human message. The messages before
            it complete it where it leaves out what they said (see ``Guard.check``).
        on_fail: as in ``GroundedRunnable``.
        release: ``"claim"`` or ``"answer"``.
        deadline: seconds, see ``Guard.stream``.
        cite: add standard citations to whole answers.
        full_report: keep the words that were not let through in the report.
        structured: the answer is structured output: check the sentences in its fields, and its
            values with the names of theirs; raise ``BlockedError`` where a value does not hold,
            or still states what was taken out of a sentence;
            with ``"fields"`` the caller looks for that.
        keep_reasoning: pass the model's reasoning on, unchecked. Providers that want their
            reasoning back with the results of tools (Anthropic's extended thinking) need it.
        cache: off, since the same messages may meet other evidence; the inner model has its own.
    """

    model: Any
    guard: Any = Field(default_factory=Guard, exclude=True)
    evidence: Any = Field(default=None, exclude=True)
    question: str | None = None
    on_fail: OnFail = "rewrite"
    release: str = "claim"
    deadline: float | None = None
    cite: bool = False
    full_report: bool = False
    on_report: Any = Field(default=None, exclude=True)
    structured: bool | Literal["fields"] = False
    keep_reasoning: bool = False
    cache: Any = Field(default=False, exclude=True)

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @accept_old_names("on_fail", "release", "evidence")
    def __init__(self, *given: Any, **options: Any) -> None:
        """Takes the model and the guard, by place in any order or by name; the rest by name.

        Raises:
            InputError: if an option is unknown or its value cannot be used.
        """
        owner = type(self)
        for item in given:
            name = "model" if isinstance(item, Runnable) else "guard"
            if name == "guard" and not callable(getattr(item, "check_many", None)):
                raise InputError(f"{item!r:.60} is no chat model and no Guard: pass one of them")
            if name in options:
                raise InputError(f"{name} is given twice, the second time as {item!r:.60}")
            options[name] = item
        refuse_unknown(owner.__name__, options, (*owner.model_fields, "callbacks"))
        options["guard"] = make_guard(options.get("guard"))
        with explain_errors(owner.__name__):
            super().__init__(**options)

    def model_post_init(self, context: Any, /) -> None:
        """Checks the settings that pydantic does not know.

        Raises:
            InputError: if one cannot be used.
        """
        super().model_post_init(context)
        if isinstance(self.evidence, str):
            raise InputError(
                f"evidence is the string {self.evidence!r:.60}: pass a text as [text]; a chat "
                "model is given messages, so there is no dict of which it could be a key"
            )
        check_evidence(self.evidence)
        if self.on_fail == "retry":
            raise InputError("on_fail is 'retry': use grounded(chain, on_fail='retry')")
        self.step()
        if not isinstance(self.model, Runnable):
            raise InputError(f"{self.model!r:.60} is no chat model: pass one")
        if self.profile is None:
            self.profile = getattr(self.model, "profile", None)

    @property
    def _llm_type(self) -> str:
        return f"groundwire-{getattr(self.model, '_llm_type', 'model')}"

    def step(self) -> Step:
        """The settings as one object."""
        return Step(
            self.guard, self.on_fail, None, self.cite, self.release,  # type: ignore[arg-type]
            self.deadline, self.full_report, self.on_report, self.keep_reasoning,
        )  # fmt: skip

    def bind_tools(
        self, tools: Sequence[Any], *, tool_choice: str | None = None, **kwargs: Any
    ) -> Runnable[Any, AIMessage]:
        """Binds tools as the inner model does."""
        if tool_choice is not None:
            kwargs["tool_choice"] = tool_choice
        bound = self.model.bind_tools(tools, **kwargs)
        if isinstance(bound, RunnableBinding) and bound.bound is self.model:
            return self.bind(**bound.kwargs)
        return self.model_copy(update={"model": bound})

    def with_structured_output(self, schema: Any, **kwargs: Any) -> Any:
        """As of any chat model, with the fields checked.

        The chain raises ``BlockedError`` where a value does not hold (see ``structured``).
        Its stream is one piece.
        """
        own = self.model_copy(update={"structured": True, "disable_streaming": True})
        return Once(bound=super(GroundedChatModel, own).with_structured_output(schema, **kwargs))

    def get_num_tokens(self, text: str) -> int:
        """Counts as the inner model does."""
        return int(self.model.get_num_tokens(text))

    def get_num_tokens_from_messages(self, *args: Any, **kwargs: Any) -> int:
        """Counts as the inner model does."""
        return int(self.model.get_num_tokens_from_messages(*args, **kwargs))

    def get_token_ids(self, text: str) -> list[int]:
        """Counts as the inner model does."""
        return list(self.model.get_token_ids(text))

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> Any:
        own = getattr(self.model, "_get_ls_params", super()._get_ls_params)
        return own(stop=stop, **kwargs)

    def _find(self, messages: list[BaseMessage]) -> Found:
        asked, before = self.question or find_question(messages), find_history(messages)
        if self.evidence is not None:
            return resolve_evidence(self.evidence, messages), asked, before
        return read_message_evidence(messages) or None, asked, before

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        draft = alone.invoke(self.model, messages, **_stop(stop), **kwargs)
        return _result(self._checked(draft, self._find(messages)))

    def _checked(self, draft: AIMessage, found: Found) -> Any:
        if self.structured and (draft.tool_calls or parse_json(read_text(draft)) is not None):
            tools = frozenset(call["name"] for call in draft.tool_calls)
            strict = self.structured != "fields"
            checked = check_message(draft, tools, self.step(), found, strict)
            if parse_json(read_text(checked)) is not None or not read_text(checked).strip():
                return checked
            draft = checked
        return self.step().check(draft, *found)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        draft = await alone.ainvoke(self.model, messages, **_stop(stop), **kwargs)
        found = await asyncio.to_thread(self._find, messages)
        return _result(await asyncio.to_thread(self._checked, draft, found))

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        chunks = alone.stream(self.model, messages, **_stop(stop), **kwargs)
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
        chunks = alone.astream(self.model, messages, **_stop(stop), **kwargs)
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
