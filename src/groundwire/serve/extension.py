"""Extension of OpenAI's form: what a client is told of the check of its answer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from groundwire.evidence.transcripts import Ignored
from groundwire.types import Report

FIELD = "x-groundwire"
"""The field of a request that holds evidence and a question, and of a response with its check."""

ACTION = "x-groundwire-action"
CHECKED = "x-groundwire-checked"
EVIDENCE = "x-groundwire-evidence"
"""The header that says who the evidence is from, or ``none``."""

MOST_IGNORED = 20
"""Pieces of a conversation that are told of as ignored; all are counted."""

EXCLUDED = "x-groundwire-excluded"
"""The rule of the settings that excluded an answer: header, model, marker or json."""
UNCHECKED = "There was no evidence to check against."


def describe_report(report: Report) -> dict[str, Any]:
    """Returns what is told of a check; no word that may not be shown is part of it."""
    labels = Counter(verdict.label for verdict in report.verdicts)
    decision = report.decision
    return {
        "checked": True, "action": decision.action, "reason": decision.reason,
        "labels": dict(sorted(labels.items())),
    }  # fmt: skip


def describe_unchecked(mode: str, excluded: str | None = None) -> dict[str, Any]:
    """Returns what is told of an answer that was not checked.

    Args:
        mode: what is done without evidence.
        excluded: the rule that excludes the answer, where one does.
    """
    if excluded is not None:
        reason = f"A rule of the settings ({excluded}) excludes it."
        return {"checked": False, "action": "pass", "reason": reason, "excluded": excluded}
    action = "block" if mode == "block" else "pass"
    return {"checked": False, "action": action, "reason": UNCHECKED}


def describe_origins(origins: Sequence[str]) -> dict[str, str]:
    """Returns the header that says who the evidence is from."""
    return {EVIDENCE: ", ".join(origins) or "none"}


def describe_ignored(ignored: Sequence[Ignored]) -> dict[str, Any]:
    """Returns what is told of what looks like evidence and is none."""
    told = [{"place": item.place, "why": item.why} for item in ignored[:MOST_IGNORED]]
    return {"ignored": told} if told else {}
