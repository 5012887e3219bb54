"""A chain whose stream is its result, in one piece."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from langchain_core.runnables import RunnableBinding, RunnableConfig


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
            yield self.invoke(added(parts), config, **kwargs)

    async def atransform(
        self, input: AsyncIterator[Any], config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """Yields the result of the whole input."""
        parts = [part async for part in input]
        if parts:
            yield await self.ainvoke(added(parts), config, **kwargs)


def added(parts: list[Any]) -> Any:
    """Returns the sum of the chunks of a stream; of what has none, the last."""
    total = parts[0]
    for part in parts[1:]:
        try:
            total = total + part
        except TypeError:
            total = part
    return total
