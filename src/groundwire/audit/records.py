"""One line of ``reports.jsonl``: what an audit writes about one answer.

The line is JSON in ASCII with sorted keys and no spaces (``canonical``), so that equal records
are equal bytes. Its keys:

- ``index``: place of the answer in the input, from 0, over all files;
- ``answer_id``, ``place``, ``fields``: of its ``Item``;
- ``left_out``: fields that it has not: ``{"long": names of too long ones, "more": how many}``;
- ``documents``: of the evidence that was given with the answer, or that a quote is from:
  ``[{"source", "sha256", "length"}]``, where the hash is of the UTF-8 text and the length counts
  characters (both null for a document of an index, whose whole text is not at hand);
- ``own_evidence``: whether the answer was checked against evidence of its own record;
- ``contexts``: the text around each quote: ``[{"source", "start", "end", "text"}]``;
- ``report``: the JSON form of the ``Report`` without its timings;
- ``causes``: for each verdict, why it is flagged (``CAUSES``), or ``""``;
- ``previous``, ``hash``: the chain (``groundwire.audit.chain``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeAlias

from groundwire.types import Verdict

Record: TypeAlias = dict[str, Any]

CAUSES = (
    "number", "date", "name", "quote", "reversed", "contradicted", "invented", "no evidence",
    "unreadable",
)  # fmt: skip
"""Why a claim is flagged, in the order in which one is chosen."""

_BY_FINDING = {
    "name": "name", "place": "name", "quote": "quote", "negation": "reversed", "date": "date",
    "comparison": "reversed", "order": "reversed", "time": "date", "decade": "date", "day": "date",
}  # fmt: skip


def canonical(value: Any) -> str:
    """Returns JSON in one form: ASCII, sorted keys, no spaces, no NaN.

    Raises:
        ValueError: if a number is not finite.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def document_key(document: Mapping[str, Any]) -> str:
    """Returns what a document is known by: the hash of its text, or else of its name."""
    known: str | None = document["sha256"]
    if known is not None:
        return known
    return hashlib.sha256(document["source"].encode("utf-8", "surrogatepass")).hexdigest()


def cause_of(verdict: Verdict, evidence_given: bool) -> str:
    """Returns why a claim is flagged: one of ``CAUSES``, or ``""`` if it is not.

    A conflicting finding says most, then one that the evidence lacks; a claim without either is
    ``contradicted`` or ``invented``. ``unchecked`` is ``no evidence`` or ``unreadable``.

    Args:
        verdict: of the claim.
        evidence_given: whether there was anything to check it against.
    """
    if verdict.label in ("supported", "no_claim"):
        return ""
    if verdict.label == "unchecked":
        return "unreadable" if evidence_given else "no evidence"
    kinds = {
        status: [_BY_FINDING.get(f.kind, "number") for f in verdict.findings if f.status == status]
        for status in ("conflict", "missing")
    }
    found = kinds["conflict"] or kinds["missing"]
    if found:
        return min(found, key=CAUSES.index)
    return "contradicted" if verdict.label == "contradicted" else "invented"
