"""An agent of Pydantic AI whose answers are checked against what its tools returned.

python examples/agents/pydantic_ai_agent.py
GROUNDWIRE_MODEL=openai:gpt-5-mini python examples/agents/pydantic_ai_agent.py
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from typing import Any

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel

from groundwire_pydantic_ai import Grounding

TERMS = "The Aurora pump weighs 62 kg. The warranty of the Aurora pump lasts 24 months."
QUESTION = "What does the Aurora pump weigh, and how long is its warranty?"
SAID = ["The Aurora pump weighs 62 kg. ", "The warranty of the Aurora pump ", "lasts 36 months."]


async def say(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[Any]:
    """Looks the pump up, and says something else then."""
    if len(messages) == 1:
        yield {0: DeltaToolCall("look_up", '{"product": "Aurora pump"}')}
    else:
        for piece in SAID:
            yield piece


agent: Agent[None, str] = Agent(
    os.environ.get("GROUNDWIRE_MODEL") or FunctionModel(stream_function=say),
    capabilities=[Grounding()],
)


@agent.tool_plain
def look_up(product: str) -> str:
    """Returns the data sheet of a product."""
    return TERMS


async def main() -> None:
    async with agent.run_stream(QUESTION) as result:
        async for piece in result.stream_text(delta=True):
            print(piece, end="", flush=True)
    print()


if __name__ == "__main__":
    asyncio.run(main())
