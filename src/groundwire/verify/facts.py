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
from groundwire.verify.findings import Check, Status, finding
from groundwire.verify.literals import check_literals
from groundwire.verify.names import check_names
from groundwire.verify.topic import NEGATED, overlap, same_topic
from groundwire.verify.values import Value, parse_values
from groundwire.verify.words import STOP, WORD, content_words, stem

__all__ = [
    "Check",
    "check_contrast",
    "check_literals",
    "check_names",
    "check_values",
    "same_value",
]

_DERIVED = re.compile(
    r"\b(?:totals?|sum|altogether|combined|averages?|averaged|difference|twice|double|half|"
    r"remaining|another|additional|overall)\b",
    re.IGNORECASE,
)

_SHIFTED = re.compile(
    r"\b(?:days?|weeks?|months?|years?|decades?) (?:later|earlier|before|after|ago|previously)\b"
    r"|\b(?:following|next|previous|same) (?:day|week|month|year)\b",
    re.IGNORECASE,
)
_SOME_OF = re.compile(r"\b(?:first|last|final|next|past|previous|another)\s+$", re.IGNORECASE)
_DISTANCE = re.compile(r"\s+(?:ago|later|earlier|before|after|prior)\b", re.IGNORECASE)
_ARE = re.compile(r"(?<!\bthere )(?<!\bhere )\b(?:are|were)\s+$", re.IGNORECASE)


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
        hit = next(((q, o) for q, others in stated for o in others if same_value(value, o)), None)
        status: Status = "match"
        if hit is None:
            hit, status = _conflict(claim, value, values, rivals), "conflict"
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
    if _DERIVED.search(claim.text) or NEGATED.search(claim.text):
        return []
    return [
        (quote, others, [o for o in others if not any(same_value(v, o) for v in values)])
        for quote, others in stated
        if others and same_topic(claim.text, quote.text)
    ]


def _conflict(
    claim: Claim, value: Value, values: Sequence[Value], sentences: _Rivals
) -> tuple[Quote, Value] | None:
    if value.kind == "ordinal":
        return None
    hits = []
    for quote, others, free in sentences:
        rivals = [
            other
            for other in free
            if _rival(claim, value, quote, other) and not may_be_same(value, other)
        ]
        if len(rivals) > 1:
            rivals = _closest(claim, value, quote, rivals)
        if (
            len(rivals) == 1
            and not _qualified(value, values, others)
            and not _derivable(value, values, others)
            and not (value.bound and any(holds(value, other) for other in others))
        ):
            hits.append((quote, rivals[0]))
    return hits[0] if len({other.key for _, other in hits}) == 1 else None


def _rival(claim: Claim, value: Value, quote: Quote, other: Value) -> bool:
    """Whether ``other`` stands in the role of ``value`` and excludes it."""
    if other_currency(value, other):
        return True
    if not compatible(value, other) or _other_column(claim.text, quote.text, other):
        return False
    if value.kind == "number":
        noun = _noun(claim.text, value)
        alike = bool(noun) and noun == _noun(quote.text, other)
        return alike and not _members(claim.text, value) and excluded(value, other)
    if value.kind in ("date", "decade"):
        return not _SHIFTED.search(quote.text) and exclusive_dates(value, other)
    if _part(claim.text, value) or _part(quote.text, other):
        return False
    return excluded(value, other)


def _other_column(claim: str, sentence: str, other: Value) -> bool:
    """Whether a value stands in a record ("key: value; key: value"), under a key not claimed."""
    if sentence.count(";") < 2 or sentence.count(":") < 2:
        return False
    head = sentence[: other.start]
    key = head[head.rfind(";") + 1 :].rpartition(":")[0]
    return not content_words(key) & content_words(claim)


def _members(text: str, value: Value) -> bool:
    """Whether some are counted of what may be more ("Ann and Bob are two engineers")."""
    return bool(_ARE.search(text[max(0, value.start - 24) : value.start]))


def _part(text: str, value: Value) -> bool:
    """Whether a span of time is one of several ("the first ten years") or a distance ("ago")."""
    lead = text[max(0, value.start - 24) : value.start]
    return bool(_SOME_OF.search(lead) or _DISTANCE.match(text, value.end))


def _noun(text: str, value: Value) -> str:
    """The word after a bare number, or the label before it ("chapter 4", as ``:chapter``)."""
    after = re.compile(r"[\s-]+(?:(?:of|the|different|new|other)\s+)?([^\W\d_]{2,})").match(
        text, value.end
    )
    if after and after[1].casefold() not in STOP:
        return stem(after[1])
    before = re.search(r"([^\W\d_]{2,})[\s:]+$", text[max(0, value.start - 40) : value.start])
    return ":" + stem(before[1]) if before and before[1].casefold() not in STOP else ""


def _closest(claim: Claim, value: Value, quote: Quote, rivals: list[Value]) -> list[Value]:
    """The one rival whose near words agree best with those of the value; none on a tie."""
    near = _near(claim.text, value)
    scored = sorted(((len(near & _near(quote.text, o)), o.start, o) for o in rivals), reverse=True)
    return [scored[0][2]] if scored[0][0] > scored[1][0] else []


def _near(text: str, value: Value) -> set[str]:
    before = [w[0] for w in WORD.finditer(text, max(0, value.start - 60), value.start)]
    after = [w[0] for w in WORD.finditer(text, value.end, min(len(text), value.end + 60))]
    return {stem(word) for word in [*before[-5:], *after[:4]] if word.casefold() not in STOP}


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


def _derivable(value: Value, values: Sequence[Value], others: Sequence[Value]) -> bool:
    """Whether the evidence's values give the claim's: a sum, a difference, a mean, a multiple.

    A multiple needs its factor in the claim ("two adults pay $24" where one pays $12).
    """
    alike = [o.key[0] or 0.0 for o in others if compatible(value, o)]
    if value.kind in ("date", "time"):
        return False
    target = value.key[0] or 0.0
    factors = [v.key[0] or 0.0 for v in values if v.kind == "number" and v is not value]
    results = [n * a for n in factors if 2 <= n <= 100 for a in alike[:8]]
    if len(alike) > 1:
        results += [sum(alike), sum(alike) / len(alike)]
    for i, a in enumerate(alike[:8]):
        results += [r for b in alike[i + 1 : 8] for r in (a + b, abs(a - b))]
    return any(abs(target - r) <= 1e-6 * max(1.0, abs(r)) for r in results)
