"""groundwire for Pydantic AI.

    from groundwire_pydantic_ai import Grounding

    agent = Agent("openai:gpt-5", capabilities=[Grounding(evidence=documents)])

Needs the extra ``pydantic-ai``.
"""

from __future__ import annotations

from groundwire_pydantic_ai.capability import Grounding
from groundwire_pydantic_ai.model import GroundedModel

__all__ = ["GroundedModel", "Grounding"]
