"""Arithmetic of values that follow from others: sums, complements, return fares, reductions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.quantities.compare import convert_amounts, is_compatible
from groundwire.quantities.value import Value
from groundwire.verify.checks.topic import find_topic

DERIVED = re.compile(
    r"\b(?:totals?|sum|altogether|combined|averages?|averaged|difference|twice|double|half|"
    r"remaining|another|additional|overall)\b",
    re.IGNORECASE,
)
"""Words of a claim that may give a value that the evidence does not state as such."""

_BOTH_WAYS = re.compile(
    r"\b(?:round[\s-]trips?|return|(?:each|one|both)[\s-]ways?|there and back|per direction)\b",
    re.IGNORECASE,
)
_REDUCED = re.compile(
    r"\b(?:reduc(?:ed|tion)|off|discount(?:s|ed)?|sales?|instead of|special offer|coupon"
    r"|voucher)\b",
    re.IGNORECASE,
)
_NEAR = 1e-6


def is_derivable(value: Value, values: Sequence[Value], others: Sequence[Value]) -> bool:
    """Whether the evidence's values give the claim's: a sum, a difference, a mean, a multiple.

    A multiple needs its factor in the claim ("two adults pay $24" where one pays $12).

    Args:
        value: a value of the claim.
        values: all values of the claim.
        others: those of the evidence sentence.
    """
    alike = [o.key[0] or 0.0 for o in others if is_compatible(value, o)]
    if value.kind in ("date", "time"):
        return False
    target = value.key[0] or 0.0
    factors = [v.key[0] or 0.0 for v in values if v.kind == "number" and v is not value]
    results = [n * a for n in factors if 2 <= n <= 100 for a in alike[:8]]
    if len(alike) > 1:
        results += [sum(alike), sum(alike) / len(alike)]
    for i, a in enumerate(alike[:8]):
        results += [r for b in alike[i + 1 : 8] for r in (a + b, abs(a - b))]
    return any(_equal(target, r) for r in results)


def is_consistent(value: Value, claim: str, other: Value, sentence: str) -> bool:
    """Whether two values may both be true, as one is what the other leaves or makes.

    The rest of a whole (20 % and 80 %), a fare and the return fare, a price and the reduced one;
    sentences of the same words do not tell two such things.

    Args:
        value: a value of the claim.
        claim: the text of the claim.
        other: a value of the sentence.
        sentence: the text of the sentence.
    """
    if not is_compatible(value, other):
        return False
    a, b = convert_amounts(value, other)
    both = f"{claim}\n{sentence}"
    if _BOTH_WAYS.search(both) and (_equal(a, 2 * b) or _equal(b, 2 * a)):
        return find_topic(claim) != find_topic(sentence)
    whole = value.kind == "percent" and _equal(a + b, 100.0)
    reduced = value.kind == "money" and _REDUCED.search(both) is not None
    return (whole or reduced) and find_topic(claim) != find_topic(sentence)


def _equal(a: float, b: float) -> bool:
    return abs(a - b) <= _NEAR * max(1.0, abs(b))
