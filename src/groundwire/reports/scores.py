"""Scores of a report: one number, one sentence, one dict."""

from __future__ import annotations

from collections import Counter
from typing import Any

from groundwire.types import Report, Verdict

KEY = "groundwire_faithfulness"
"""Name of the score where answers are evaluated."""

_SHOWN = 3
"""Flagged claims that a comment quotes."""


def select_checkable(report: Report) -> list[Verdict]:
    """Returns the verdicts on what states something."""
    return [verdict for verdict in report.verdicts if verdict.label != "no_claim"]


def compute_faithfulness(report: Report) -> float | None:
    """Returns the share of checkable claims that are supported.

    An unchecked claim counts as not supported beside others that were checked. None where
    nothing was: no claim at all, or every one unchecked.
    """
    verdicts = select_checkable(report)
    if all(verdict.label == "unchecked" for verdict in verdicts):
        return None
    return sum(verdict.label == "supported" for verdict in verdicts) / len(verdicts)


def compute_grade(report: Report) -> float:
    """Returns the share of checkable claims that are supported, where a number is needed.

    1.0 where nothing is claimed; 0.0 where nothing that is claimed could be checked.
    """
    score = compute_faithfulness(report)
    return score if score is not None else float(not select_checkable(report))


def find_lowest_support(report: Report) -> float:
    """Returns the lowest probability of support among checkable claims.

    An unchecked claim, or one without a score, has 0.0. An answer that claims nothing has 1.0.
    """
    scores = [0.0 if v.label == "unchecked" else _score(v) for v in select_checkable(report)]
    return min(scores, default=1.0)


def _score(verdict: Verdict) -> float:
    score = verdict.score
    return float(score) if score is not None and 0.0 <= score <= 1.0 else 0.0


def write_comment(report: Report) -> str:
    """Returns the reason of the decision, and the first claims that were flagged."""
    flagged = [f"{v.label}: {v.claim.text!r}" for v in report.flagged]
    more = [f"and {len(flagged) - _SHOWN} more"] if len(flagged) > _SHOWN else []
    return " ".join([report.decision.reason, "; ".join([*flagged[:_SHOWN], *more])]).strip()


def summarize_report(report: Report) -> dict[str, Any]:
    """Returns the decision, claims by label, the flagged claims and the versions, as JSON."""
    return {
        "action": report.decision.action,
        "labels": dict(Counter(verdict.label for verdict in report.verdicts)),
        "flagged": [verdict.claim.text for verdict in report.flagged],
        "versions": dict(report.versions),
    }
