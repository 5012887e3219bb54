"""Runnable: the guard as a step of a chain."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.callbacks import adispatch_custom_event, dispatch_custom_event
from langchain_core.runnables import RunnableConfig, RunnableSerializable
from pydantic import ConfigDict, Field

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire_langchain.check import Found, OnFail, Step
from groundwire_langchain.evidence import (
    check_evidence,
    find_history,
    find_question,
    resolve_evidence,
)
from groundwire_langchain.messages import METADATA
from groundwire_langchain.options import (
    accept_old_names,
    explain_errors,
    make_guard,
    refuse_graph_options,
    refuse_unknown,
)

EVENT = "groundwire.report"
"""Name of the custom event that carries each report (``astream_events``, ``on_custom_event``)."""


class GroundedRunnable(RunnableSerializable[Any, Any]):
    """Checks the answer that reaches it and passes on what holds, in the kind it came in.

        chain = prompt | model | GroundedRunnable(guard, evidence=retriever)

    It takes a string, a message (of text or content blocks), or a dict with an answer and,
    mostly, a question and a context. Reports travel in ``response_metadata["groundwire"]`` of a
    message, under ``"groundwire"`` in a dict, and as custom event ``groundwire.report``; the
    words that were not let through are masked in them unless ``full_report`` is set. Streams
    pass claim by claim. ``batch`` scores all its answers in shared batches.

    Tokens of the model itself stay visible to callbacks and ``astream_events``;
    ``GroundedChatModel`` closes that too.

    Attributes:
        guard: checks the answers; by default one with the embedded models.
        evidence: where the evidence is: the key of the dict that arrives (a string), a function
            of what arrives, a retriever (LangChain's or groundwire's), or a list of texts and
            Documents. None takes the dict's ``context`` or ``documents``, else the guard's own
            retriever. One text is given as ``[text]``: a string is a key here, unlike in
            ``Guard.check``.
        question: the key of the question in the dict, or a function of what arrives.
        history: the conversation before it, of messages, dicts or pairs: its key in the dict, or a
            function of what arrives. None takes the dict's ``history``, ``chat_history`` or
            ``messages``. See ``Guard.check``; it is no evidence.
        on_fail: ``"rewrite"`` (repairs, removes, blocks as the policy says), ``"block"``,
            ``"raise"`` (``BlockedError``) or ``"annotate"`` (lets everything through, with its
            report). ``"retry"`` needs a model to ask again: see ``GroundedChain``.
        answer_key: of the answer in dicts; by default ``answer``, ``output``, ``result`` ...
        cite: add citations: standard annotations on a message, numbers and sources on a string.
            A streamed answer has them in its report only.
        release: ``"claim"`` or ``"answer"``, see ``Guard.stream``.
        deadline: seconds, see ``Guard.stream``.
        full_report: keep the words that were not let through in the report.
        keep_reasoning: pass the model's reasoning on, unchecked; otherwise it is left out.
    """

    guard: Any = Field(default_factory=Guard, exclude=True)
    evidence: Any = Field(default=None, exclude=True)
    question: Any = Field(default=None, exclude=True)
    history: Any = Field(default=None, exclude=True)
    on_fail: OnFail = "rewrite"
    answer_key: str | None = None
    cite: bool = False
    release: str = "claim"
    deadline: float | None = None
    full_report: bool = False
    on_report: Any = Field(default=None, exclude=True)
    keep_reasoning: bool = False

    model_config = ConfigDict(arbitrary_types_allowed=True)

    @accept_old_names("on_fail", "release", "evidence")
    def __init__(self, guard: Any = None, **options: Any) -> None:
        """Takes the guard, by place or by name, and the other attributes by name.

        Raises:
            InputError: if an option is unknown or its value cannot be used.
        """
        owner = type(self)
        refuse_unknown(owner.__name__, options, owner.model_fields)
        with explain_errors(owner.__name__):
            super().__init__(**{**options, "guard": make_guard(guard)})

    def model_post_init(self, context: Any, /) -> None:
        """Checks the settings that pydantic does not know.

        Raises:
            InputError: if one cannot be used.
        """
        super().model_post_init(context)
        if self.on_fail == "retry" and type(self) is GroundedRunnable:
            raise InputError(
                "on_fail is 'retry', but a step cannot ask its model again: use "
                "grounded(chain, on_fail='retry')"
            )
        check_evidence(self.evidence)
        check_history(self.history)
        self.step()

    def step(self) -> Step:
        """The settings as one object."""
        return Step(
            self.guard, self.on_fail, self.answer_key, self.cite,
            self.release, self.deadline, self.full_report, self.on_report, self.keep_reasoning,  # type: ignore[arg-type]
        )  # fmt: skip

    def find(self, value: Any) -> Found:
        """The evidence, the question and the history for a value."""
        if self.question is None:
            asked = find_question(value) if isinstance(value, dict) else None
        elif callable(self.question):
            asked = self.question(value)
        else:
            asked = value.get(self.question) if isinstance(value, dict) else None
        return resolve_evidence(self.evidence, value), asked, self.find_before(value)

    def find_before(self, value: Any) -> Any:
        """The conversation before what was asked; None where a value has none.

        Raises:
            InputError: if the key that ``history`` names is not there.
        """
        if self.history is None:
            return find_history(value) or None
        if callable(self.history):
            return self.history(value)
        if not isinstance(value, dict) or self.history not in value:
            raise InputError(
                f"history={self.history!r:.60} is read as the key of a dict, and the step was "
                f"given {value!r:.60}: pass a dict that has it, or give a function of what arrives"
            )
        return value[self.history]

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Checks one answer."""
        refuse_graph_options(kwargs)
        return self._call_with_config(self._one, input, config, **kwargs)

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> Any:
        """Checks one answer in a thread."""
        refuse_graph_options(kwargs)
        return await self._acall_with_config(self._aone, input, config, **kwargs)

    def batch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Checks answers in shared batches."""
        return self._batch_with_config(
            self._many, inputs, config, return_exceptions=return_exceptions, **kwargs
        )

    async def abatch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Checks answers in shared batches, in a thread."""
        return await self._abatch_with_config(
            self._amany, inputs, config, return_exceptions=return_exceptions, **kwargs
        )

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Passes a stream on, claim by claim."""
        refuse_graph_options(kwargs)
        yield from self._transform_stream_with_config(input, self._flow, config, **kwargs)

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Passes a stream on, claim by claim."""
        refuse_graph_options(kwargs)
        async for chunk in self._atransform_stream_with_config(
            input, self._aflow, config, **kwargs
        ):
            yield chunk

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Checks one answer as a stream of its claims."""
        yield from self.transform(iter([input]), config, **kwargs)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Checks one answer as a stream of its claims."""

        async def once() -> AsyncIterator[Any]:
            yield input

        async for chunk in self.atransform(once(), config, **kwargs):
            yield chunk

    def _one(self, value: Any, run_manager: Any, config: RunnableConfig) -> Any:
        out = self.step().check(value, *self.find(value))
        send_report(out, config)
        return out

    async def _aone(self, value: Any, run_manager: Any, config: RunnableConfig) -> Any:
        found = await asyncio.to_thread(self.find, value)
        out = await self.step().acheck(value, *found)
        await asend_report(out, config)
        return out

    def _many(self, values: list[Any], run_manager: Any, config: list[RunnableConfig]) -> list[Any]:
        out = self._checked(values)
        for value, own in zip(out, config, strict=True):
            send_report(value, own)
        return out

    async def _amany(
        self, values: list[Any], run_manager: Any, config: list[RunnableConfig]
    ) -> list[Any]:
        out = await asyncio.to_thread(self._checked, values)
        for value, own in zip(out, config, strict=True):
            await asend_report(value, own)
        return out

    def _checked(self, values: list[Any]) -> list[Any]:
        found: list[Any] = []
        for value in values:
            try:
                found.append(self.find(value))
            except Exception as error:
                found.append(error)
        good = [i for i, item in enumerate(found) if not isinstance(item, Exception)]
        checked = self.step().check_many([values[i] for i in good], [found[i] for i in good])
        for i, value in zip(good, checked, strict=True):
            found[i] = value
        return found

    def _flow(
        self, chunks: Iterator[Any], run_manager: Any, config: RunnableConfig
    ) -> Iterator[Any]:
        for chunk in self.step().speak(chunks, self.find):
            send_report(chunk, config)
            yield chunk

    async def _aflow(
        self, chunks: AsyncIterator[Any], run_manager: Any, config: RunnableConfig
    ) -> AsyncIterator[Any]:
        async for chunk in self.step().aspeak(chunks, self.find):
            await asend_report(chunk, config)
            yield chunk


def check_history(history: Any) -> None:
    """Refuses what cannot tell where a step finds the conversation so far.

    Raises:
        InputError: if it is no key and no function.
    """
    if history is not None and not isinstance(history, str) and not callable(history):
        raise InputError(
            f"history is {history!r:.60}, a {type(history).__name__}, the same for every answer: "
            "give its key in the dict, or a function of what arrives"
        )


def find_report(value: Any) -> dict[str, Any] | None:
    """Returns the report that a value carries, as a dict; None for none."""
    if isinstance(value, dict):
        found = value.get(METADATA)
    else:
        found = getattr(value, "response_metadata", {}).get(METADATA)
    return found if isinstance(found, dict) else None


def send_report(value: Any, config: RunnableConfig) -> None:
    """Sends the report that a value carries as a custom event."""
    if (report := find_report(value)) is not None:
        dispatch_custom_event(EVENT, report, config=config)


async def asend_report(value: Any, config: RunnableConfig) -> None:
    """The async form of ``send_report``."""
    if (report := find_report(value)) is not None:
        await adispatch_custom_event(EVENT, report, config=config)
