"""Callback handlers that watch chains and agents. They score answers; they stop none.

LangChain ignores what a callback returns, and by the time a run ends its tokens have been shown.
So these handlers are for monitoring only. To keep unverified text from the reader, put the guard
into the chain or the agent instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Self
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult
from typing_extensions import override

from groundwire_langchain.monitor import Monitor

__all__ = ["AsyncGroundingCallbackHandler", "GroundingCallbackHandler"]


class GroundingCallbackHandler(Monitor, BaseCallbackHandler):
    """Checks, in the background, what chains and agents answered. Monitoring only.

    It changes no answer and stops no run: what it reports has been shown already. It collects
    what a root run retrieves and its tools return, its question and its final answer, and checks
    the answer in one worker thread once the run has ended:

        with GroundingCallbackHandler(guard, reports="reports.jsonl") as handler:
            chain.invoke(question, config={"callbacks": [handler]})

    Pass it in the config of the outermost call: it sees what runs below the place where it was
    put. One handler serves any number of runs, threads and event loops. ``invoke``, ``stream``,
    ``batch`` and their async forms work alike; the arguments are those of ``Monitor``.
    """

    raise_error = False
    run_inline = True

    @override
    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, inputs)

    @override
    def on_chain_end(
        self,
        outputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._end(run_id, outputs, kwargs.get("inputs"))

    @override
    def on_chain_error(
        self,
        error: BaseException,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._fail(run_id)

    on_llm_error = on_retriever_error = on_tool_error = on_chain_error

    @override
    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, prompts[0] if prompts else None)

    @override
    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, messages[0] if messages else None)

    @override
    def on_llm_end(
        self, response: LLMResult, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        self._end(run_id, _generated(response))

    @override
    def on_retriever_start(
        self,
        serialized: dict[str, Any],
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, query)

    @override
    def on_retriever_end(
        self,
        documents: Sequence[Document],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._found(run_id, documents)

    @override
    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, input_str)

    @override
    def on_tool_end(
        self, output: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        self._returned(run_id, output)


class AsyncGroundingCallbackHandler(Monitor, AsyncCallbackHandler):
    """The handler as an ``AsyncCallbackHandler``. Monitoring only.

    The same as ``GroundingCallbackHandler``, for places that ask for an async handler; that one
    does not block an event loop either. ``async with`` waits for the checks in a thread.
    """

    raise_error = False

    async def aclose(self, timeout: float | None = None) -> bool:
        """Does what ``close`` does; the event loop stays free."""
        return await asyncio.to_thread(self.close, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    @override
    async def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, inputs)

    @override
    async def on_chain_end(
        self,
        outputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._end(run_id, outputs, kwargs.get("inputs"))

    @override
    async def on_chain_error(
        self,
        error: BaseException,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._fail(run_id)

    on_llm_error = on_retriever_error = on_tool_error = on_chain_error

    @override
    async def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, prompts[0] if prompts else None)

    @override
    async def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, messages[0] if messages else None)

    @override
    async def on_llm_end(
        self, response: LLMResult, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        self._end(run_id, _generated(response))

    @override
    async def on_retriever_start(
        self,
        serialized: dict[str, Any],
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, query)

    @override
    async def on_retriever_end(
        self,
        documents: Sequence[Document],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._found(run_id, documents)

    @override
    async def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> None:
        self._start(run_id, parent_run_id, input_str)

    @override
    async def on_tool_end(
        self, output: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> None:
        self._returned(run_id, output)


def _generated(response: LLMResult) -> Any:
    """The message, or the text, that a model put out first."""
    first = next((item for row in response.generations for item in row), None)
    return first.message if isinstance(first, ChatGeneration) else getattr(first, "text", None)
