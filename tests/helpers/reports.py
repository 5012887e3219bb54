"""What the tests of the spine share: what must hold for every report."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

import groundwire
from groundwire.claims.splitter import ClaimSplitter
from groundwire.guard.messages import choose_message
from groundwire.policy import ThresholdPolicy
from groundwire.repair.edits import apply_edits
from groundwire.types import Report

SCHEMA: dict[str, Any] = json.loads(
    (Path(groundwire.__file__).parent / "report.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


def same(report: Report) -> Report:
    """The report without the times that it took, which differ from run to run."""
    return replace(report, timings={})


def holds(report: Report, policy: ThresholdPolicy | None = None) -> Report:
    """Asserts what must be true of any report of a guard with the default splitter."""
    policy = policy or ThresholdPolicy.balanced()
    VALIDATOR.validate(report.to_dict())
    assert Report.from_json(report.to_json()) == report
    for verdict in report.verdicts:
        claim = verdict.claim
        assert claim.text == report.answer[claim.start : claim.end]
    assert all(0 <= i < len(report.verdicts) for i in report.decision.flagged)
    if report.decision.action == "block":
        assert report.text == choose_message(report.question, report.answer)
        assert report.text_verdicts == ()
        return report
    claims = ClaimSplitter().split(report.text, report.question)
    assert [verdict.claim for verdict in report.text_verdicts] == claims
    assert all(policy.allows(verdict) for verdict in report.text_verdicts)
    assert apply_edits(report.answer, report.decision.edits) == report.text
    if report.decision.action == "pass":
        assert report.text == report.answer
        assert report.text_verdicts == report.verdicts
    else:
        assert any(verdict.claim.checkable for verdict in report.text_verdicts)
    return report
