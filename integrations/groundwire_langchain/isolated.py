"""Running a model where no callback, tracer or hook of the surrounding run hears it."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
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
