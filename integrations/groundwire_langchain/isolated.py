"""Isolated calls of a model that no callback, tracer or hook of the surrounding run hears."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.runnables import Runnable, RunnableBinding, RunnableConfig
from langchain_core.tracers import context as tracing

ALONE: RunnableConfig = {"callbacks": [], "tags": ["nostream"]}


def _quiet() -> contextvars.Context:
    """A copy of the context in which the hooks of ``register_configure_hook`` are off."""
    context = contextvars.copy_context()
    for hook in getattr(tracing, "_configure_hooks", []):
        context.run(hook[0].set, None)
    return context


def invoke(model: Runnable[Any, Any], messages: Any, **kwargs: Any) -> Any:
    """Returns what the model answers."""
    return _quiet().run(model.invoke, messages, ALONE, **kwargs)


async def ainvoke(model: Runnable[Any, Any], messages: Any, **kwargs: Any) -> Any:
    """Returns what the model answers."""
    running = model.ainvoke(messages, ALONE, **kwargs)
    return await asyncio.get_running_loop().create_task(running, context=_quiet())


def stream(model: Runnable[Any, Any], messages: Any, **kwargs: Any) -> Iterator[Any]:
    """Yields the chunks of the model's answer."""
    context = _quiet()
    chunks = context.run(model.stream, messages, ALONE, **kwargs)
    end = object()
    try:
        while (chunk := context.run(next, chunks, end)) is not end:
            yield chunk
    finally:
        if hasattr(chunks, "close"):
            context.run(chunks.close)


async def astream(model: Runnable[Any, Any], messages: Any, **kwargs: Any) -> AsyncIterator[Any]:
    """Yields the chunks of the model's answer."""
    context, loop = _quiet(), asyncio.get_running_loop()
    chunks: Any = context.run(model.astream, messages, ALONE, **kwargs)
    end = object()

    async def following() -> Any:
        return await anext(chunks, end)

    try:
        while (chunk := await loop.create_task(following(), context=context)) is not end:
            yield chunk
    finally:
        if hasattr(chunks, "aclose"):
            await chunks.aclose()


class Once(RunnableBinding[Any, Any]):
    """Streams what its chain returns, once: a parser of chunks would lose a whole message."""

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Yields the result."""
        yield self.invoke(input, config, **kwargs)

    async def astream(
        self, input: Any, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Yields the result."""
        yield await self.ainvoke(input, config, **kwargs)

    def transform(
        self, input: Iterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[Any]:
        """Yields the result of the whole input."""
        parts = list(input)
        if parts:
            yield self.invoke(add_chunks(parts), config, **kwargs)

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Yields the result of the whole input."""
        parts = [part async for part in input]
        if parts:
            yield await self.ainvoke(add_chunks(parts), config, **kwargs)


def add_chunks(parts: list[Any]) -> Any:
    """Returns the sum of the chunks of a stream; of what has none, the last."""
    total = parts[0]
    for part in parts[1:]:
        try:
            total = total + part
        except TypeError:
            total = part
    return total
