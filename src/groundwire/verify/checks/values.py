"""Deterministic checks: the values and names of a claim against evidence sentences.

A check is any callable ``(claim, evidence) -> list[Finding]``; the evidence is the exact
sentences that were selected for the claim. The checks put precision first: a conflict is
reported only where one evidence sentence clearly speaks about the same thing and says
otherwise; everything else that the evidence does not state is ``missing``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeAlias

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.around import rate_end
from groundwire.verify.astray import astray, same_frame
from groundwire.verify.compare import (
    compatible,
    excluded,
    exclusive_dates,
    holds,
    may_be_same,
    other_currency,
    other_rate,
    same_value,
)
from groundwire.verify.contrast import check_contrast
from groundwire.verify.copies import check_copies
from groundwire.verify.derived import DERIVED, derivable, may_follow
from groundwire.verify.fields import check_fields
from groundwire.verify.findings import Check, Status, finding
from groundwire.verify.literals import check_literals
from groundwire.verify.names import check_names
from groundwire.verify.ranges import inside
from groundwire.verify.roles import closest, lone_ones, members, noun, other_column, part
from groundwire.verify.topic import NEGATED, overlap, same_topic, topic
from groundwire.verify.values import Value, parse_values

__all__ = [
    "Check",
    "check_contrast",
    "check_copies",
    "check_fields",
    "check_literals",
    "check_names",
    "check_values",
    "same_value",
]

_FEW = 2
_SHIFTED = re.compile(
    r"\b(?:days?|weeks?|months?|years?|decades?) (?:later|earlier|before|after|ago|previously)\b"
    r"|\b(?:following|next|previous|same) (?:day|week|month|year)\b",
    re.IGNORECASE,
)


def check_values(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Compares every value of the claim with the values that the evidence states.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        One finding for each value, in order.
    """
    values = parse_values(claim.text)
    if not values:
        return []
    stated = [(quote, parse_values(quote.text)) for quote in evidence]
    stated.sort(key=lambda item: (-overlap(claim.text, item[0].text), item[0].text))
    rivals = _rivals(claim, values, stated)
    found = []
    for value in values:
        hits = [(q, o) for q, others in stated for o in others if same_value(value, o)]
        hit = hits[0] if hits else None
        status: Status = "match"
        rival = _conflict(claim, value, values, rivals, [q.text for q, _ in hits])
        if rival is not None:
            hit, status = rival, "conflict"
        if hit is None:
            found.append(finding(claim, value.kind, value.start, value.end))
        else:
            quote, other = hit
            end, text = value.end, other.text
            if status == "conflict" and other_rate(value, other):
                end = rate_end(claim.text, value)
                text = quote.text[other.start : rate_end(quote.text, other)]
            found.append(finding(claim, value.kind, value.start, end, status, text, quote))
    return found


_Stated: TypeAlias = Sequence[tuple[Quote, list[Value]]]
_Rivals: TypeAlias = Sequence[tuple[Quote, list[Value], list[Value]]]


def _rivals(claim: Claim, values: Sequence[Value], stated: _Stated) -> _Rivals:
    """The sentences about the same thing: all their values, and those the claim lacks."""
    if DERIVED.search(claim.text) or NEGATED.search(claim.text):
        return []
    return [
        (quote, [*others, *_ones(claim, quote)], [*_free(values, others), *_ones(claim, quote)])
        for quote, others in stated
        if same_topic(claim.text, quote.text) or same_frame(claim.text, quote.text)
    ]


def _free(values: Sequence[Value], others: Sequence[Value]) -> list[Value]:
    return [o for o in others if not any(same_value(v, o) for v in values)]


def _ones(claim: Claim, quote: Quote) -> list[Value]:
    """The lone "one" of a sentence that has the words of the claim and hardly more."""
    wanted, told = topic(claim.text), topic(quote.text) - {"one"}
    if not wanted <= told or len(told - wanted) > _FEW:
        return []
    return list(lone_ones(quote.text))


def _conflict(
    claim: Claim,
    value: Value,
    values: Sequence[Value],
    sentences: _Rivals,
    holding: Sequence[str],
) -> tuple[Quote, Value] | None:
    """The other value in the role of the claim's, if it is clear; ``holding`` has the claim's."""
    if value.kind == "ordinal":
        return None
    hits = []
    for quote, others, free in sentences:
        if quote.text in holding or any(may_be_same(value, other) for other in others):
            continue
        rivals = [
            other
            for other in free
            if _rival(claim, value, quote, other)
            and not inside(value, claim.text, other, quote.text)
        ]
        if len(rivals) > 1:
            rivals = closest(claim.text, value, quote.text, rivals)
        if (
            len(rivals) == 1
            and not _qualified(value, values, others)
            and not derivable(value, values, others)
            and not may_follow(value, claim.text, rivals[0], quote.text)
            and not (value.bound and any(holds(value, other) for other in others))
        ):
            hits.append((quote, rivals[0]))
    if len({other.key for _, other in hits}) != 1:
        return None
    if not holding:
        return hits[0]
    return next((h for h in hits if astray(claim.text, value, values, h[0].text, holding)), None)


def _rival(claim: Claim, value: Value, quote: Quote, other: Value) -> bool:
    """Whether ``other`` stands in the role of ``value`` and excludes it."""
    if other_currency(value, other):
        return True
    if not compatible(value, other) or other_column(claim.text, quote.text, other):
        return False
    if value.kind == "number":
        counted = noun(claim.text, value)
        alike = bool(counted) and counted == noun(quote.text, other)
        return alike and not members(claim.text, value) and excluded(value, other)
    if value.kind in ("date", "decade", "time"):
        shifted = value.kind != "time" and _SHIFTED.search(quote.text)
        return not shifted and exclusive_dates(value, other)
    if part(claim.text, value) or part(quote.text, other):
        return False
    return excluded(value, other)


def _qualified(value: Value, values: Sequence[Value], others: Sequence[Value]) -> bool:
    """Whether another value of the claim shows that the sentence is about another case."""
    dated = ("date", "decade", "time")
    for other in values:
        relevant = value.kind in dated or other.kind in dated
        if other is value or not relevant or any(same_value(other, o) for o in others):
            continue
        if any(o.kind == other.kind for o in others):
            return True
    return False
