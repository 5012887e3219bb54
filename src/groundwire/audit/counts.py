"""What an audit counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from groundwire.audit.record import Record


def counted(number: int, noun: str) -> str:
    """Returns a number with its noun: ``1 answer``, ``1,200 answers``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@dataclass(slots=True)
class Counts:
    """Numbers of answers and claims.

    Attributes:
        answers: that were checked.
        rejected: lines that were no answers, and answers whose check failed.
        flagged: answers that were not passed, or in which something is not known to be supported.
        claims: spans of the answers, ``no_claim`` included.
        labels: claims by label.
        actions: answers by what was decided.
        own_evidence: answers that were checked against evidence of their own record.
    """

    answers: int = 0
    rejected: int = 0
    flagged: int = 0
    claims: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    own_evidence: int = 0

    def add(self, record: Record) -> None:
        """Counts an answer."""
        report = record["report"]
        labels = [verdict["label"] for verdict in report["verdicts"]]
        action = report["decision"]["action"]
        unverified = any(label not in ("supported", "no_claim") for label in labels)
        self.answers += 1
        self.flagged += unverified or action != "pass"
        self.claims += len(labels)
        self.labels.update(labels)
        self.actions[action] += 1
        self.own_evidence += bool(record.get("own_evidence"))

    def reject(self) -> None:
        """Counts a line that is no answer."""
        self.rejected += 1

    def include(self, other: Mapping[str, Any]) -> None:
        """Adds what was counted elsewhere, from its JSON."""
        for name in ("answers", "rejected", "flagged", "claims"):
            setattr(self, name, getattr(self, name) + other[name])
        self.own_evidence += other.get("own_evidence", 0)
        self.labels.update(other["labels"])
        self.actions.update(other["actions"])

    def to_dict(self) -> dict[str, Any]:
        """Returns the JSON form."""
        return {
            "answers": self.answers, "rejected": self.rejected, "flagged": self.flagged,
            "claims": self.claims, "labels": dict(sorted(self.labels.items())),
            "actions": dict(sorted(self.actions.items())),
            "own_evidence": self.own_evidence,
        }  # fmt: skip
