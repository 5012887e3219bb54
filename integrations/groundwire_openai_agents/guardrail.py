"""Output guardrail of the OpenAI Agents SDK, for agents that do not stream."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from typing import Any

from agents import Agent, GuardrailFunctionOutput, OutputGuardrail, RunContextWrapper
from pydantic_core import to_jsonable_python

from groundwire.errors import BlockedError
from groundwire.guard.clients.exchange import make_options
from groundwire.guard.guard import Guard
from groundwire.guard.structured import has_failed
from groundwire.types import Report
from groundwire_openai_agents.model import read_input


def make_output_guardrail(
    guard: Guard | None = None, *, evidence: Any = None, name: str = "grounding"
) -> OutputGuardrail[Any]:
    """Returns a guardrail that stops a run whose final output does not hold.

        agent = Agent(name="Helper", output_guardrails=[make_output_guardrail(evidence=documents)])

    It repairs nothing, in a stream it speaks when all was shown, and what tools returned in the
    run is not told to it: use ``grounded`` there. The reports are the ``output_info`` of its
    result.

    Args:
        guard: checks the output; by default ``Guard()``.
        evidence: as in ``grounded``.
        name: of the guardrail, in traces.
    """
    options = make_options(guard or Guard(), evidence)

    async def check(
        context: RunContextWrapper[Any], agent: Agent[Any], output: Any
    ) -> GuardrailFunctionOutput:
        structured = not isinstance(output, str)
        found = await options.afind_setting(read_input(context.turn_input, structured))
        reports: list[Report] = []
        setting = replace(found, on_report=reports.append)
        text = json.dumps(to_jsonable_python(output)) if structured else output
        blocked = False
        try:
            await asyncio.to_thread(setting.check, text)
        except BlockedError:
            blocked = True
        failed = blocked or any(map(has_failed, reports))
        return GuardrailFunctionOutput([report.to_dict() for report in reports], failed)

    return OutputGuardrail(check, name)
