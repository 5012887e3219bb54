"""Graph node of LangGraph that guards, with the edge that follows it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Literal, Never, TypeAlias

from langchain_core.runnables import RunnableLambda

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire_langchain.check import Step
from groundwire_langchain.evidence import (
    check_evidence,
    find_context,
    find_history,
    find_question,
    read_message_evidence,
    resolve_evidence,
)
from groundwire_langchain.messages import METADATA, read_text
from groundwire_langchain.options import accept_old_names, make_guard, refuse_unknown

Route: TypeAlias = Literal["supported", "repair", "refuse"]

_KEY = "answer_key"


@accept_old_names("evidence")
def grounding_node(
    guard: Guard | None = None,
    *,
    evidence: Any = None,
    answer_key: str | None = None,
    on_report: Callable[[Any], object] | None = None,
    **unknown: Never,
) -> RunnableLambda[Any, dict[str, Any]]:
    """Returns a node that checks the answer in the state and writes back what holds.

        graph.add_node("verify", grounding_node())
        graph.add_conditional_edges("verify", grounding_edge, {
            "supported": END, "repair": END, "refuse": "search_again"})

    The answer is the last message of ``messages``, or the state's ``answer``; the evidence lies
    in its ``context`` or ``documents``, or in what tools returned. The node writes the answer
    where it found it, and the report, as plain JSON with what was not let through masked, under
    ``"groundwire"``: the state's schema needs that key (a ``dict``).

    Args:
        guard: by default one with the embedded models.
        evidence: a key of the state, a function of it, a retriever, or texts and Documents.
        answer_key: of the answer in the state.
        on_report: called with each report, unmasked.
        **unknown: refused.

    Raises:
        InputError: if an option is unknown or its value cannot be used.
    """
    refuse_unknown("grounding_node", unknown, ("guard", "evidence", "answer_key", "on_report"))
    check_evidence(evidence)
    step = Step(make_guard(guard), key=answer_key, on_report=on_report)

    def verify(state: Any) -> dict[str, Any]:
        values = dict(state) if isinstance(state, dict) else dict(vars(state))
        asked, before = find_question(values), find_history(values)
        messages = values.get("messages")
        found = resolve_evidence(evidence, values) if evidence is not None else find_context(values)
        if found is None and messages:
            found = read_message_evidence(messages) or None
        if messages and answer_key is None and "answer" not in values:
            out = step.check(messages[-1], found, asked, before)
            report = getattr(out, "response_metadata", {}).get(METADATA)
            return {"messages": [out], METADATA: report}
        out = step.check(values, found, asked, before)
        made = {key: value for key, value in out.items() if values.get(key) is not value}
        if answer_key is not None and isinstance(made.get(METADATA), dict):
            made[METADATA] = {**made[METADATA], _KEY: answer_key}
        return made

    async def averify(state: Any) -> dict[str, Any]:
        return await asyncio.to_thread(verify, state)

    return RunnableLambda(verify, averify, name="groundwire")


def grounding_edge(state: Any) -> Route:
    """Says where a graph goes on after ``grounding_node``.

    Returns:
        ``"supported"``: the answer passed as it was. ``"repair"``: it was repaired or shortened
        and holds now. ``"refuse"``: it was blocked, there is no report, or the report is of
        another answer than the state has now.
    """
    values = state if isinstance(state, dict) else vars(state)
    report = values.get(METADATA) or {}
    action = report.get("decision", {}).get("action")
    routes: dict[Any, Route] = {"pass": "supported", "rewrite": "repair"}
    return routes.get(action, "refuse") if _said(values, report) else "refuse"


def _said(values: dict[str, Any], report: dict[str, Any]) -> bool:
    """Whether the answer in a state is what a report lets it say."""
    key = report.get(_KEY)
    messages = values.get("messages")
    try:
        if messages and key is None and "answer" not in values:
            return read_text(messages[-1]) == report.get("text")
        return read_text(values, key) == report.get("text")
    except InputError:
        return False
