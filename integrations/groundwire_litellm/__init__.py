"""groundwire for LiteLLM: a guardrail of its proxy, in its own process.

    guardrails:
      - guardrail_name: groundwire
        litellm_params:
          guardrail: groundwire_litellm.Grounding
          mode: post_call
          default_on: true
          evidence: [handbook/]

Needs the extra ``litellm``. Without it, or in another process, ``groundwire serve`` answers
LiteLLM's ``generic_guardrail_api``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundwire_litellm.guardrail import Grounding

__all__ = ["Grounding"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from groundwire_litellm.guardrail import Grounding

    return Grounding


def __dir__() -> list[str]:
    return sorted(__all__)
