"""Masking of a report: a copy without the words that may not be shown."""

from __future__ import annotations

import re
from dataclasses import replace

from groundwire.types import Claim, Finding, Report, Verdict

MASK = "█"
"""Stands for each character that is hidden, so that all offsets stay what they are."""

_SIGN = re.compile(r"\S")


def mask(report: Report) -> Report:
    """Returns the report with every claim that was not let through made unreadable.

    Each of its characters but white space becomes ``█`` in the answer, in the claim, in the
    context of later claims and in findings. What is left can be kept where readers, logs or the
    model itself may see it.
    """
    blocked = report.decision.action == "block"
    shown = ("supported", "no_claim")
    hidden = {
        i
        for i, verdict in enumerate(report.verdicts)
        if i in report.decision.flagged or (blocked and verdict.label not in shown)
    }
    if not hidden and not blocked:
        return report
    answer = report.answer
    for i in hidden:
        claim = report.verdicts[i].claim
        answer = answer[: claim.start] + _hide(claim.text) + answer[claim.end :]
    words = {report.verdicts[i].claim.text for i in hidden}
    verdicts = tuple(
        _masked(verdict, words) if i in hidden else _in_context(verdict, words)
        for i, verdict in enumerate(report.verdicts)
    )
    text_verdicts = tuple(_in_context(verdict, words) for verdict in report.text_verdicts)
    return replace(report, answer=answer, verdicts=verdicts, text_verdicts=text_verdicts)


def _hide(text: str) -> str:
    return _SIGN.sub(MASK, text)


def _masked(verdict: Verdict, words: set[str]) -> Verdict:
    findings = tuple(_finding(finding) for finding in verdict.findings)
    claim = _context(replace(verdict.claim, text=_hide(verdict.claim.text)), words)
    reason = verdict.reason if verdict.label == "unchecked" else ""
    return replace(verdict, claim=claim, findings=findings, reason=reason)


def _finding(finding: Finding) -> Finding:
    return replace(finding, claimed=_hide(finding.claimed))


def _in_context(verdict: Verdict, words: set[str]) -> Verdict:
    return replace(verdict, claim=_context(verdict.claim, words))


def _context(claim: Claim, words: set[str]) -> Claim:
    preceding = tuple(_hide(t) if t in words else t for t in claim.context.preceding)
    return replace(claim, context=replace(claim.context, preceding=preceding))
