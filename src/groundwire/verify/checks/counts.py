"""Counts of a claim that the evidence has of other things: "85 paintings" of "85 guests".

"85 guests bid on 32 paintings" has every word of "guests bid on 85 paintings", and its numbers, so
that a model takes it for support. A number counts what is named behind it; one that the evidence
has of other things alone, while it counts these things otherwise, is not what it says of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import COMPARED, DERIVED, NEGATED
from groundwire.text.words import STOP, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_NEXT = re.compile(r"\s+([^\W\d_]+(?:[-'’][^\W\d_]+)*)")
_WORDS = 3
"""Words behind a number among which the thing that it counts is looked for: an adjective or two."""

_RECKONED = 12
"""Number up to which things may be counted that the evidence names one by one."""


def check_counts(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for numbers that the evidence has of other things than the claim.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        Conflicts of kind ``"figure"``, in order, each with the number that the evidence has of
        the thing; none where the claim compares, reckons or says no, or where the evidence has its
        number of something that is not named.
    """
    text = claim.text
    counted = list(_find_counts(text))
    if not counted or any(p.search(text) for p in (NEGATED, DERIVED, COMPARED)):
        return []
    told = [(q, v, noun) for q in evidence for v, noun in _read_amounts(q.text)]
    found = []
    for value, noun in counted:
        same = [theirs for _, v, theirs in told if v.amount == value.amount]
        others = [(q, v) for q, v, theirs in told if theirs == noun and v.amount != value.amount]
        if not same or "" in same or noun in same or len({v.amount for _, v in others}) != 1:
            continue
        quote, other = others[0]
        span = value.start, value.end
        found.append(make_finding(claim, "figure", *span, "conflict", other.text, quote))
    return found


def _find_counts(text: str) -> Iterator[tuple[Value, str]]:
    """The exact numbers of a text that none reckons, each with the stem of what it counts."""
    for value, noun in _read_amounts(text):
        reckoned = (value.amount or 0.0) <= _RECKONED
        if value.kind == "number" and noun and not value.bound and not reckoned:
            yield value, noun


@lru_cache(maxsize=8192)
def _read_amounts(text: str) -> tuple[tuple[Value, str], ...]:
    """Every amount of a text with the stem of the plural behind it, or its unit; "" for neither."""
    return tuple(
        (value, value.unit or _name_counted(text, value.end))
        for value in parse_values(text)
        if value.amount is not None
    )


def _name_counted(text: str, end: int) -> str:
    for _ in range(_WORDS):
        word = _NEXT.match(text, end)
        if word is None or word[1].casefold() in STOP:
            return ""
        if word[1].endswith("s") and not word[1].endswith("ss"):
            return strip_ending(word[1])
        end = word.end()
    return ""
