"""Capability that guards what the models of an agent say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.models import Model

from groundwire.errors import InputError
from groundwire.guard.clients.exchange import make_options
from groundwire.guard.guard import Guard
from groundwire.guard.stream_state import Release
from groundwire.types import Report
from groundwire_pydantic_ai.model import GroundedModel


class Grounding(AbstractCapability[Any]):
    """Guards an agent: no word of its models is seen that was not checked.

        agent = Agent("openai:gpt-5", capabilities=[Grounding(evidence=documents)])

    The model that serves a request is wrapped, so runs, streams, their deltas, hooks and the
    message history agree. Calls of tools and thinking pass; the arguments of output tools, and
    JSON that an output type asks for, are checked value by value, and one that does not hold
    raises ``BlockedError``. A blocked answer says the guard's message; beside calls of tools,
    nothing.

    Put it first among the capabilities: those before it see what it lets through, and what those
    behind it change is checked.
    """

    def __init__(
        self,
        guard: Guard | None = None,
        *,
        evidence: Any = None,
        tool_evidence: bool = True,
        release: Release = "claim",
        deadline: float | None = None,
        raise_blocked: bool = False,
        on_report: Callable[[Report], object] | None = None,
    ) -> None:
        """Sets how answers are checked.

        Args:
            guard: checks them; by default ``Guard()``.
            evidence: as ``Guard.check`` takes it, or a function of the question, which may be
                async. None takes the guard's own retriever.
            tool_evidence: what tools returned in the conversation is evidence, too.
            release: as in ``Guard.stream``.
            deadline: as in ``Guard.stream``.
            raise_blocked: raise ``BlockedError`` instead of saying the guard's message.
            on_report: called with the report of every text.

        Raises:
            InputError: if an option cannot be used.
        """
        if guard is not None and not isinstance(guard, Guard):
            raise InputError(f"{guard!r:.60} is no Guard: pass evidence by name, evidence=...")
        self._options = make_options(
            guard or Guard(), evidence, tool_evidence=tool_evidence, release=release,
            deadline=deadline, raise_blocked=raise_blocked, on_report=on_report,
        )  # fmt: skip

    def get_wrapper_model(self, model: Model) -> Model:
        """Returns the model under guard."""
        return GroundedModel(model, self._options)
