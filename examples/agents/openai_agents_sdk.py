"""An agent of the OpenAI Agents SDK whose answers are checked against what its tools returned.

python examples/agents/openai_agents_sdk.py
GROUNDWIRE_MODEL=gpt-5-mini python examples/agents/openai_agents_sdk.py
"""

from __future__ import annotations

import asyncio
import os

from agents import Agent, RunConfig, Runner, function_tool
from agents.testing import ScriptedModel, assistant_message, function_call

from groundwire_openai_agents import grounded

TERMS = "The Aurora pump weighs 62 kg. The warranty of the Aurora pump lasts 24 months."
QUESTION = "What does the Aurora pump weigh, and how long is its warranty?"
SAID = "The Aurora pump weighs 62 kg. The warranty of the Aurora pump lasts 36 months."


@function_tool
def look_up(product: str) -> str:
    """Returns the data sheet of a product."""
    return TERMS


scripted = ScriptedModel(
    [
        [function_call("look_up", {"product": "Aurora pump"}, call_id="call-1")],
        [assistant_message(SAID)],
    ]
)
model = grounded(os.environ.get("GROUNDWIRE_MODEL") or scripted)
agent = Agent(name="Helper", model=model, tools=[look_up])


async def main() -> None:
    result = Runner.run_streamed(agent, QUESTION, run_config=RunConfig(tracing_disabled=True))
    async for event in result.stream_events():
        if event.type == "raw_response_event" and event.data.type == "response.output_text.delta":
            print(event.data.delta, end="", flush=True)
    print()


if __name__ == "__main__":
    asyncio.run(main())
