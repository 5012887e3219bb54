"""Callback handlers that watch chains and agents. They score answers; they stop none.

LangChain ignores what a callback returns, and by the time a run ends its tokens have been shown.
So these handlers are for monitoring only. To keep unverified text from the reader, put the guard
into the chain or the agent instead.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Sequence
from typing import Any, Self
from uuid import UUID

from langchain_core.callbacks import AsyncCallbackHandler, BaseCallbackHandler
from langchain_core.documents import Document
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from groundwire_langchain.monitor import Monitor

__all__ = ["AsyncGroundingCallbackHandler", "GroundingCallbackHandler"]


class _Done:
    """What hooks return: it may be awaited, and is no coroutine.

    LangChain runs coroutines of handlers in another thread and waits there where a stream that
    nobody holds any more ends within an event loop. That is in the garbage collector, which may
    have interrupted the pool of those threads: such a process stands still (langchain-core 1.7).
    """

    def __await__(self) -> Generator[None]:
        yield from ()


DONE = _Done()


class _Hooks(Monitor):
    """The hooks of both handlers. None waits, so they run where LangChain calls them."""

    raise_error = False
    run_inline = True

    def on_chain_start(
        self,
        serialized: dict[str, Any],
        inputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        self._start(run_id, parent_run_id, inputs)
        return DONE

    def on_chain_end(
        self,
        outputs: dict[str, Any],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        self._end(run_id, outputs, kwargs.get("inputs"))
        return DONE

    def on_chain_error(
        self,
        error: BaseException,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        self._fail(run_id)
        return DONE

    on_llm_error = on_retriever_error = on_tool_error = on_chain_error

    def on_llm_start(
        self,
        serialized: dict[str, Any],
        prompts: list[str],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        self._start(run_id, parent_run_id, prompts[0] if prompts else None)
        return DONE

    def on_chat_model_start(
        self,
        serialized: dict[str, Any],
        messages: list[list[BaseMessage]],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        self._start(run_id, parent_run_id, messages[0] if messages else None)
        return DONE

    def on_llm_end(
        self, response: LLMResult, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        self._end(run_id, _generated(response))
        return DONE

    def on_retriever_start(
        self,
        serialized: dict[str, Any],
        query: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        self._start(run_id, parent_run_id, query)
        return DONE

    def on_retriever_end(
        self,
        documents: Sequence[Document],
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        self._found(run_id, documents)
        return DONE

    def on_tool_start(
        self,
        serialized: dict[str, Any],
        input_str: str,
        *,
        run_id: UUID,
        parent_run_id: UUID | None = None,
        **kwargs: Any,
    ) -> Any:
        inputs = kwargs.get("inputs")
        self._call(run_id, parent_run_id, input_str if inputs is None else inputs)
        return DONE

    def on_tool_end(
        self, output: Any, *, run_id: UUID, parent_run_id: UUID | None = None, **kwargs: Any
    ) -> Any:
        self._returned(run_id, output)
        return DONE


class GroundingCallbackHandler(_Hooks, BaseCallbackHandler):
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


class AsyncGroundingCallbackHandler(_Hooks, AsyncCallbackHandler):
    """The handler as an ``AsyncCallbackHandler``. Monitoring only.

    The same as ``GroundingCallbackHandler``, for places that ask for an async handler; that one
    does not block an event loop either. ``async with`` waits for the checks in a thread. Its
    hooks may be awaited, and have done their work before.
    """

    async def aclose(self, timeout: float | None = None) -> bool:
        """Does what ``close`` does; the event loop stays free."""
        return await asyncio.to_thread(self.close, timeout)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


def _nothing(self: AsyncGroundingCallbackHandler, *args: Any, **kwargs: Any) -> Any:
    return DONE


for _name in dir(AsyncCallbackHandler):
    if _name.startswith("on_") and not hasattr(_Hooks, _name):
        setattr(AsyncGroundingCallbackHandler, _name, _nothing)


def _generated(response: LLMResult) -> Any:
    """The message, or the text, that a model put out first."""
    first = next((item for row in response.generations for item in row), None)
    return first.message if isinstance(first, ChatGeneration) else getattr(first, "text", None)
