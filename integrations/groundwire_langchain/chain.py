"""Chain under guard, whole, in one line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import merge_configs
from pydantic import Field

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.guard.structured import has_failed
from groundwire.types import Report
from groundwire_langchain.check import Found, OnFail, write_feedback
from groundwire_langchain.evidence import (
    QUESTIONS,
    RetrievedDocuments,
    find_context,
    find_question,
    resolve_evidence,
)
from groundwire_langchain.isolated import add_chunks
from groundwire_langchain.messages import has_tool_calls, read_text
from groundwire_langchain.options import GRAPH, accept_old_names, is_graph
from groundwire_langchain.runnable import GroundedRunnable, asend_report, send_report


class GroundedChain(GroundedRunnable):
    """A chain whose answers are checked before they leave it; made by ``grounded``.

    The evidence is what ``evidence`` says, else the context in the chain's output or input, else
    the documents that its retrievers and tools gave in the same run, else what the guard's own
    retriever finds. Only runs that LangChain tells callbacks of are seen: a plain function that
    looks something up, or calls ``vectorstore.similarity_search``, is not, nor is context that
    was put into a prompt; give ``evidence=`` then.

    Attributes:
        chain: any runnable that ends in a string, a message or a dict with an answer.
        max_retries: times that the chain is asked again with ``on_fail="retry"``; what does not
            hold even then is repaired or removed.
        ask_again: makes the input of the next try of an input and a report; the default adds
            what failed to the question.
    """

    chain: Runnable[Any, Any]
    max_retries: int = Field(default=1, ge=0)
    ask_again: Any = Field(default=None, exclude=True)

    @accept_old_names("on_fail", "release", "evidence")
    def __init__(self, guard: Any = None, **options: Any) -> None:
        """Takes the guard, by place or by name, and the other attributes by name.

        Raises:
            InputError: if an option is unknown or its value cannot be used.
        """
        super().__init__(guard, **options)

    def _inner(self, config: RunnableConfig) -> tuple[RunnableConfig, RetrievedDocuments]:
        seen = RetrievedDocuments()
        return merge_configs(config, {"callbacks": [seen], "tags": ["nostream"]}), seen

    def find_in_run(self, asked: Any, output: Any, seen: RetrievedDocuments) -> Found:
        """The evidence, the question and the history of one run."""
        question, before = self._question(asked), self.find_before(asked)
        if self.evidence is not None:
            both = {**_dict(asked), **_dict(output)}
            return resolve_evidence(self.evidence, both or asked), question, before
        found = find_context(output)
        found = find_context(asked) if found is None else found
        return (found if found is not None else seen.documents or None), question, before

    def _question(self, asked: Any) -> str | None:
        if callable(self.question):
            found = self.question(asked)
            return found if isinstance(found, str) else None
        if isinstance(self.question, str):
            return _dict(asked).get(self.question)
        return find_question(asked)

    def _one(self, value: Any, run_manager: Any, config: RunnableConfig) -> Any:
        step, asked = self.step(), value
        for left in range(self._tries(), -1, -1):
            inner, seen = self._inner(config)
            output = self.chain.invoke(asked, inner)
            text = read_text(output, self.answer_key)
            if not text.strip():
                return step.quiet(output)
            found = self.find_in_run(value, output, seen)
            report = self.guard.check(text, *found)
            report = step.explained(report, found[0], has_tool_calls(output))
            if not (left and has_failed(report)):
                break
            asked = self._again(value, report)
        out = step.apply(output, report)
        send_report(out, config)
        return out

    async def _aone(self, value: Any, run_manager: Any, config: RunnableConfig) -> Any:
        step, asked = self.step(), value
        for left in range(self._tries(), -1, -1):
            inner, seen = self._inner(config)
            output = await self.chain.ainvoke(asked, inner)
            text = read_text(output, self.answer_key)
            if not text.strip():
                return step.quiet(output)
            found = await asyncio.to_thread(self.find_in_run, value, output, seen)
            report = await self.guard.acheck(text, *found)
            report = step.explained(report, found[0], has_tool_calls(output))
            if not (left and has_failed(report)):
                break
            asked = self._again(value, report)
        out = step.apply(output, report)
        await asend_report(out, config)
        return out

    def batch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """Runs the chain on each input, as far as ``max_concurrency`` allows at once."""
        return Runnable.batch(self, inputs, config, return_exceptions=return_exceptions, **kwargs)

    async def abatch(
        self,
        inputs: list[Any],
        config: RunnableConfig | list[RunnableConfig] | None = None,
        *,
        return_exceptions: bool = False,
        **kwargs: Any,
    ) -> list[Any]:
        """The async form of ``batch``."""
        return await Runnable.abatch(
            self, inputs, config, return_exceptions=return_exceptions, **kwargs
        )

    def _flow(
        self, chunks: Iterator[Any], run_manager: Any, config: RunnableConfig
    ) -> Iterator[Any]:
        value = self._streamed(list(chunks))
        if self.on_fail == "retry":
            yield self._one(value, run_manager, config)
            return
        inner, seen = self._inner(config)
        source = self.chain.stream(value, inner)
        for chunk in self.step().speak(source, lambda known: self.find_in_run(value, known, seen)):
            send_report(chunk, config)
            yield chunk

    async def _aflow(
        self, chunks: AsyncIterator[Any], run_manager: Any, config: RunnableConfig
    ) -> AsyncIterator[Any]:
        value = self._streamed([chunk async for chunk in chunks])
        if self.on_fail == "retry":
            yield await self._aone(value, run_manager, config)
            return
        inner, seen = self._inner(config)
        source = self.chain.astream(value, inner)
        async for chunk in self.step().aspeak(
            source, lambda known: self.find_in_run(value, known, seen)
        ):
            await asend_report(chunk, config)
            yield chunk

    def _streamed(self, chunks: list[Any]) -> Any:
        if is_graph(self.chain):
            raise InputError(f"{type(self.chain).__name__} cannot be streamed here: {GRAPH}")
        return add_chunks(chunks)

    def _tries(self) -> int:
        return self.max_retries if self.on_fail == "retry" else 0

    def _again(self, value: Any, report: Report) -> Any:
        if self.ask_again is not None:
            return self.ask_again(value, report)
        return ask_again(value, write_feedback(report))


def ask_again(value: Any, note: str) -> Any:
    """Returns the input of a chain with a note to its model.

    Raises:
        InputError: if it has no place for one.
    """
    if isinstance(value, str):
        return f"{value}\n\n{note}"
    if isinstance(value, Mapping):
        for key in QUESTIONS:
            if key in value:
                return {**value, key: ask_again(value[key], note)}
    elif hasattr(value, "to_messages"):
        return [*value.to_messages(), HumanMessage(note)]
    elif isinstance(value, BaseMessage):
        return [value, HumanMessage(note)]
    elif isinstance(value, Sequence):
        return [*value, HumanMessage(note)]
    raise InputError(
        f"on_fail is 'retry', and an input of type {type(value).__name__} has no question to add "
        "to: give ask_again=, a function of the input and the report"
    )


@accept_old_names("on_fail", "release", "evidence")
def grounded(
    chain: Runnable[Any, Any] | Callable[[Any], Any],
    guard: Guard | None = None,
    *,
    evidence: Any = None,
    on_fail: OnFail = "rewrite",
    max_retries: int = 1,
    **options: Any,
) -> GroundedChain:
    """Returns a chain with its answers checked.

        safe = grounded(rag_chain)            # the documents that it retrieves are the evidence
        safe = grounded(chain, evidence=retriever)

    Args:
        chain: a runnable, or a function, that takes a question (a string, a dict or messages).
        guard: by default one with the embedded models.
        evidence: as in ``GroundedRunnable``.
        on_fail: as in ``GroundedRunnable``, or ``"retry"``.
        max_retries: see ``GroundedChain``.
        options: further attributes of ``GroundedChain``.

    Raises:
        InputError: if ``chain`` is no runnable, or an option is unknown or its value cannot be
            used.
    """
    if not isinstance(chain, Runnable):
        from langchain_core.runnables.base import coerce_to_runnable

        try:
            chain = coerce_to_runnable(chain)
        except TypeError as error:
            raise InputError(f"{chain!r:.60} is no runnable: {error}") from error
    if not isinstance(max_retries, int) or max_retries < 0:
        raise InputError(f"max_retries is {max_retries!r}: give 0 or more")
    return GroundedChain(
        guard, chain=chain, on_fail=on_fail, max_retries=max_retries, evidence=evidence, **options,
    )  # fmt: skip


def _dict(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}
