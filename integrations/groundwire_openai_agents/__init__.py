"""groundwire for the OpenAI Agents SDK.

    from groundwire_openai_agents import grounded

    agent = Agent(name="Helper", model=grounded("gpt-5", evidence=documents))

Needs the extra ``openai-agents``.
"""

from __future__ import annotations

from groundwire_openai_agents.guardrail import make_output_guardrail
from groundwire_openai_agents.model import GroundedModel, grounded

__all__ = ["GroundedModel", "grounded", "make_output_guardrail"]
