"""Records of an audit: one line of ``reports.jsonl`` about each answer.

The line is JSON in ASCII with sorted keys and no spaces (``encode_canonical``), so that equal
records are equal bytes. Its keys:

- ``index``: place of the answer in the input, from 0, over all files;
- ``answer_id``, ``place``, ``fields``: of its ``Item``;
- ``left_out``: fields that it has not: ``{"long": names of too long ones, "more": how many}``;
- ``documents``: of the evidence that was given with the answer, or that a quote is from:
  ``[{"source", "sha256", "length"}]``, where the hash is of the UTF-8 text and the length counts
  characters (both null for a document of an index, whose whole text is not at hand); of those of
  the record itself also ``title``, the first line;
- ``own_evidence``: whether the answer was checked against evidence of its own record;
- ``contexts``: the text around each quote: ``[{"source", "start", "end", "text"}]``;
- ``report``: the JSON form of the ``Report`` without its timings;
- ``causes``: for each verdict, why it is flagged (``CAUSES``), or ``""``;
- ``previous``, ``hash``: the chain (``groundwire.audit.hash_chain``).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from groundwire.types import Verdict
from groundwire.verify.checks.finding import find_kind, name_cause

Record: TypeAlias = dict[str, Any]

CAUSES = (
    "number", "date", "name", "quote", "reversed", "contradicted", "invented", "no evidence",
    "unreadable",
)  # fmt: skip
"""Why a claim is flagged, in the order in which one is chosen."""


def encode_canonical(value: Any) -> str:
    """Returns JSON in one form: ASCII, sorted keys, no spaces, no NaN.

    Raises:
        ValueError: if a number is not finite.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def make_document_key(document: Mapping[str, Any]) -> str:
    """Returns what a document is known by: the hash of its text, or else of its name."""
    known: str | None = document["sha256"]
    if known is not None:
        return known
    return hashlib.sha256(document["source"].encode("utf-8", "surrogatepass")).hexdigest()


def find_cause(verdict: Verdict, evidence_given: bool) -> str:
    """Returns why a claim is flagged: one of ``CAUSES``, or ``""`` if it is not.

    A conflict that decides says most, then one that only informs, then what the evidence lacks; a
    claim without any is ``contradicted`` or ``invented``. ``unchecked`` is ``no evidence`` or
    ``unreadable``.

    Args:
        verdict: of the claim.
        evidence_given: whether there was anything to check it against.
    """
    if verdict.label in ("supported", "no_claim"):
        return ""
    if verdict.label == "unchecked":
        return "unreadable" if evidence_given else "no evidence"
    conflicts = [f for f in verdict.findings if f.status == "conflict"]
    deciding = [f for f in conflicts if find_kind(f.kind).vetoes]
    missing = [f for f in verdict.findings if f.status == "missing"]
    if found := deciding or conflicts or missing:
        return min(map(name_cause, found), key=CAUSES.index)
    return "contradicted" if verdict.label == "contradicted" else "invented"


def format_count(number: int, noun: str) -> str:
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
        repeated: answers that came again in later records of a conversation and were left out.
    """

    answers: int = 0
    rejected: int = 0
    flagged: int = 0
    claims: int = 0
    labels: Counter[str] = field(default_factory=Counter)
    actions: Counter[str] = field(default_factory=Counter)
    own_evidence: int = 0
    repeated: int = 0

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
            "own_evidence": self.own_evidence, "repeated": self.repeated,
        }  # fmt: skip
