"""Judgment of a row by the check of its texts: its label, weight, claims and repairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from groundwire.audit.records import Record
from groundwire.claims.corrections import is_correction, is_denial_cut
from groundwire.train.data.forms import Part
from groundwire.train.data.reading import Example
from groundwire.types import Edit

RowLabel: TypeAlias = Literal["faithful", "unfaithful", "uncheckable"]

NOTHING = "nothing to check"
"""Why a row is ``uncheckable`` that makes no claim, such as a refusal."""

UNCHECKED = "not all claims could be checked"
"""Why a row is ``uncheckable`` of which no claim is known to be wrong."""

Found: TypeAlias = tuple[Part, Mapping[str, Any]]
"""A text that was checked, with its record, or the rejected line that stands for it."""


@dataclass(slots=True)
class Judged:
    """What is known of the texts of a row.

    Attributes:
        label: faithful if all claims are supported, unfaithful if one is not, uncheckable else.
        reason: why it is uncheckable.
        weight: the lowest score of a claim, for soft truncation: 1 where nothing is claimed, 0
            where something could not be checked.
        claims: of all its texts, also those that it does not teach.
        edits: that make the repairs.
        repairs: verified texts by the names of the parts that they replace.
        repaired: the weight of the row with its repairs; None if a part has none.
        parts: label and lowest score of each part.
    """

    label: RowLabel = "uncheckable"
    reason: str = ""
    weight: float = 0.0
    claims: list[dict[str, Any]] = field(default_factory=list)
    edits: list[dict[str, Any]] = field(default_factory=list)
    repairs: dict[str, str] = field(default_factory=dict)
    repaired: float | None = None
    parts: dict[str, tuple[RowLabel, float]] = field(default_factory=dict)

    @property
    def blind(self) -> bool:
        """Whether something of it could not be checked."""
        return self.label == "uncheckable" and self.reason != NOTHING


def judge_row(example: Example, found: Sequence[Found]) -> Judged:
    """Returns what is known of a row.

    A row is judged by what it teaches: a preference by its chosen text. One that teaches nothing
    (an unpaired text with the label false) is judged by the text that it shows.
    """
    result = Judged()
    reasons: dict[str, str] = {}
    weights: dict[str, float] = {}
    for part, record in found:
        label, reason = label_text(record)
        lowest = _lowest(record)
        result.parts[part.name] = label, lowest
        reasons[part.name] = reason
        result.claims += _claims(part, record)
        result.edits += _edits(part, record)
        repair = _repair(record)
        if repair is None:
            continue
        result.repairs[part.name], weights[part.name] = repair
    deciding = [part.name for part in example.taught or example.parts]
    _decide(result, deciding, reasons, example.problem)
    whole = all(
        name in result.parts and (_holds(result, name, reasons) or name in result.repairs)
        for name in deciding
    )
    if whole and any(name in result.repairs for name in deciding):
        result.repaired = min(weights.get(name, result.parts[name][1]) for name in deciding)
    return result


def _holds(result: Judged, name: str, reasons: Mapping[str, str]) -> bool:
    return result.parts[name][0] == "faithful" or reasons[name] == NOTHING


def _decide(
    result: Judged, deciding: Sequence[str], reasons: Mapping[str, str], problem: str
) -> None:
    known = [result.parts[name][0] for name in deciding if name in result.parts]
    if "unfaithful" in known:
        result.label = "unfaithful"
    elif not known:
        result.reason = problem or "empty"
        return
    else:
        why = [reasons[name] for name in deciding if reasons.get(name)]
        blind = [reason for reason in why if reason != NOTHING]
        if blind or "faithful" not in known:
            result.reason = blind[0] if blind else NOTHING
        else:
            result.label = "faithful"
    result.weight = min(result.parts[name][1] for name in deciding if name in result.parts)


def is_wrong(record: Record, number: int) -> bool:
    """Whether a claim was checked and does not hold; a correction of the question does."""
    flagged = number in record["report"]["decision"]["flagged"]
    unchecked = record["report"]["verdicts"][number]["label"] == "unchecked"
    return flagged and not unchecked and not _corrects(record, number)


def _corrects(record: Record, number: int) -> bool:
    """Whether a claim at the beginning denies what the question takes for granted, and no more."""
    question, verdicts = record["report"]["question"], record["report"]["verdicts"]
    checked = [at for at, one in enumerate(verdicts) if one["label"] != "no_claim"]
    if not question or number not in checked[:2]:
        return False
    verdict = verdicts[number]
    if any(finding["status"] == "conflict" for finding in verdict["findings"]):
        return False
    holding = [one["claim"]["text"] for one in verdicts if one["label"] == "supported"]
    quotes = [quote["text"] for quote in verdict["quotes"]]
    stated = any(finding["status"] == "match" for finding in verdict["findings"])
    if not holding and not stated:
        return False
    missing = [f["claimed"] for f in verdict["findings"] if f["status"] == "missing"]
    return is_correction(verdict["claim"]["text"], question, " ".join(holding + quotes), missing)


def label_text(record: Mapping[str, Any]) -> tuple[RowLabel, str]:
    """Returns the label of a text by its record, and why it is ``uncheckable``."""
    if "report" not in record:
        return "uncheckable", str(record["cause"])
    verdicts = record["report"]["verdicts"]
    if any(is_wrong(dict(record), number) for number in range(len(verdicts))):
        return "unfaithful", ""
    labels = {verdict["label"] for verdict in verdicts}
    if "unchecked" in labels:
        return "uncheckable", UNCHECKED
    holds = any(label in ("supported", "contradicted", "unsupported") for label in labels)
    return ("faithful", "") if holds else ("uncheckable", NOTHING)


def _lowest(record: Mapping[str, Any]) -> float:
    if "report" not in record:
        return 0.0
    verdicts = record["report"]["verdicts"]
    counted = [v for number, v in enumerate(verdicts) if not _corrects(dict(record), number)]
    return find_lowest_score(counted or verdicts)


def find_lowest_score(verdicts: Sequence[Mapping[str, Any]]) -> float:
    """Returns the lowest score of claims: 1 without claims, 0 if one could not be checked."""
    scores = [v["score"] or 0.0 for v in verdicts if v["label"] != "no_claim"]
    return round(min(scores, default=1.0), 4)


def _claims(part: Part, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "report" not in record:
        return []
    return [
        {
            "part": part.name, "text": v["claim"]["text"], "start": v["claim"]["start"],
            "end": v["claim"]["end"], "label": v["label"], "score": v["score"],
            "cause": record["causes"][number],
            "wrong": is_wrong(dict(record), number),
            "spans": [[span["start"], span["end"]] for span in v["spans"]],
            "quotes": [quote["text"] for quote in v["quotes"]],
            "reason": v["reason"],
        }
        for number, v in enumerate(record["report"]["verdicts"])
    ]  # fmt: skip


def _edits(part: Part, record: Mapping[str, Any]) -> list[dict[str, Any]]:
    if "report" not in record:
        return []
    return [{"part": part.name, **edit} for edit in record["report"]["decision"]["edits"]]


def _repair(record: Mapping[str, Any]) -> tuple[str, float] | None:
    """The text of a rewrite that was verified, and its weight; none that cut a correction."""
    if "report" not in record or record["report"]["decision"]["action"] != "rewrite":
        return None
    report = record["report"]
    edits = [Edit(e["start"], e["end"], e["text"]) for e in report["decision"]["edits"]]
    if is_denial_cut(report["answer"], edits):
        return None
    labels = {verdict["label"] for verdict in report["text_verdicts"]}
    if not report["text"].strip() or "supported" not in labels:
        return None
    if labels - {"supported", "no_claim"}:
        return None
    return report["text"].strip(), find_lowest_score(report["text_verdicts"])
