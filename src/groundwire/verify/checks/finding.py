"""Findings of deterministic checks: how one is made, and what each kind of them means.

``KINDS`` is the one table that the verdict, the repair and the audit read: whether a conflict
overrules the model, how it is mended, and what an audit calls it. A new kind is one row here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from groundwire.errors import InputError
from groundwire.quantities.identifiers import read_identifiers
from groundwire.quantities.parse import parse_values
from groundwire.types import Claim, Finding, Quote

Status: TypeAlias = Literal["match", "conflict", "missing"]
Check: TypeAlias = Callable[[Claim, Sequence[Quote]], list[Finding]]
"""Any callable ``(claim, evidence sentences) -> findings``."""


@dataclass(frozen=True, slots=True)
class FindingKind:
    """What a kind of finding means to those that read it.

    Attributes:
        name: the ``kind`` of its findings.
        vetoes: whether a conflict makes a claim contradicted, whatever the model says. Kinds
            that are too rare on development data, or wrong too often, only guide the repair.
        repair: ``"value"`` where what the evidence says may be put in the place of what was
            claimed, ``"word"`` where that mends a claim only if one single word differs.
        cause: what an audit calls a claim that is flagged for it (``audit.records.CAUSES``); None
            where the kind tells only where the fault was found, and what was claimed says the rest.
        caps: whether a claim in which one is found cannot be supported, though it need not be
            contradicted.
        shown: what readers see it called, where its name tells them too little.
    """

    name: str
    vetoes: bool
    repair: Literal["value", "word"]
    cause: Literal["number", "date", "name", "quote", "reversed"] | None
    caps: bool = False
    shown: str = ""


# An audit counts links, addresses, phone numbers, code and versions as numbers: all of them are
# strings that must stand in the evidence sign by sign.
KINDS: dict[str, FindingKind] = {
    kind.name: kind
    for kind in (
        FindingKind("number", True, "value", "number"),
        FindingKind("ordinal", True, "value", "number"),
        FindingKind("percent", True, "value", "number"),
        FindingKind("money", True, "value", "number"),
        FindingKind("quantity", True, "value", "number"),
        FindingKind("date", True, "value", "date"),
        FindingKind("time", True, "value", "date"),
        FindingKind("decade", False, "value", "date"),
        FindingKind("name", True, "value", "name"),
        FindingKind("place", False, "value", "name"),
        FindingKind("quote", False, "word", "quote"),
        FindingKind("negation", True, "word", "reversed"),
        FindingKind("comparison", True, "word", "reversed"),
        FindingKind("order", True, "word", "reversed"),
        FindingKind("hedge", False, "word", "reversed", caps=True, shown="certainty"),
        FindingKind("figure", False, "word", "number", caps=True, shown="number"),
        FindingKind("moment", False, "word", "date", caps=True, shown="date or time"),
        FindingKind("literal", False, "word", "number", caps=True, shown="version or code"),
        FindingKind("row", True, "value", None, shown="row of a table"),
        FindingKind("hours", True, "word", "date", shown="opening hours"),
        FindingKind("clause", True, "value", None, shown="what it is said of"),
        FindingKind("url", True, "value", "number"),
        FindingKind("email", True, "value", "number"),
        FindingKind("phone", True, "value", "number"),
        FindingKind("code", True, "value", "number"),
        FindingKind("version", True, "value", "number"),
        FindingKind("reference", True, "value", "number"),
    )
}
"""Every kind of finding by its name."""


def find_kind(name: str) -> FindingKind:
    """Returns what a kind of finding means.

    Raises:
        InputError: if the table has no such kind, so that none is read as another one.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise InputError(
            f"finding kind {name!r} is unknown: use one of {', '.join(KINDS)}, or add a row to "
            "groundwire.verify.checks.finding.KINDS"
        )
    return kind


def describe_kind(name: str) -> str:
    """Returns what readers see a kind of finding called; an unknown one by its name."""
    kind = KINDS.get(name)
    return kind.shown or name if kind else name


def name_cause(finding: Finding) -> str:
    """Returns what an audit calls a claim that is flagged for a finding.

    A row or clause may give a number, a date or a name to the wrong thing: which of them, what
    was claimed tells. Words that are none of these just contradict the evidence.

    Raises:
        InputError: if the table has no kind of that name.
    """
    cause = find_kind(finding.kind).cause
    if cause is not None:
        return cause
    said = finding.claimed
    kinds: list[str] = [item.kind for item in parse_values(said)]
    kinds += [item.kind for item in read_identifiers(said)]
    for kind in kinds:
        if (cause := find_kind(kind).cause) is not None:
            return cause
    named = any(word[:1].isupper() for word in said.split())
    return "name" if named else "contradicted"


def make_finding(
    claim: Claim,
    kind: str,
    start: int,
    end: int,
    status: Status = "missing",
    found: str | None = None,
    quote: Quote | None = None,
) -> Finding:
    """Returns a finding on ``claim.text[start:end]``, with the offsets of the answer.

    Raises:
        InputError: if the table has no such kind.
    """
    span = claim.start + start, claim.start + end
    return Finding(find_kind(kind).name, status, claim.text[start:end], *span, found, quote)
