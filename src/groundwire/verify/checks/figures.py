"""Figures of the evidence that a claim states in another unit, currency or scale.

"480 dollars" where the evidence has 480 EUR, "$4,310" where it has 4,310 million dollars: the
digits are there, and a model takes them for support. Nothing that the evidence says is that value,
so the claim cannot be supported; what is meant instead the check does not know.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.quantities.compare import is_perhaps_same, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import DERIVED, NEGATED
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_KINDS = ("money", "quantity", "percent")
"""Kinds with a unit, which two figures of equal digits can differ in."""

_DIGITS = re.compile(r"\d+(?:[.,'’\s\u00a0\u202f]\d+)*")
_SPACES = re.compile(r"[,'’\s\u00a0\u202f]")


def check_figures(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for digits that the evidence has in another unit alone.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        Conflicts of kind ``"figure"``, in order; none where the claim reckons or denies.
    """
    if NEGATED.search(claim.text) or DERIVED.search(claim.text):
        return []
    stated = [(quote, value) for quote in evidence for value in parse_values(quote.text)]
    found = []
    for value in parse_values(claim.text):
        if value.kind not in _KINDS or not (digits := _read_digits(value)):
            continue
        if any(is_same_value(value, v) or is_perhaps_same(value, v) for _, v in stated):
            continue
        # A bare number may have any unit: that of its column, or of the words around it.
        twins = [(q, v) for q, v in stated if v.kind in _KINDS and _read_digits(v) == digits]
        if twins:
            quote, twin = twins[0]
            found.append(
                make_finding(claim, "figure", value.start, value.end, "conflict", twin.text, quote)
            )
    return found


def _read_digits(value: Value) -> str:
    """The digits of a value as they are written, without marks between groups; else nothing."""
    match = _DIGITS.search(value.text)
    return _SPACES.sub("", match[0]) if match else ""
