"""Hours of a claim that a line of opening hours shows otherwise."""

from __future__ import annotations

from collections.abc import Sequence

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.weeks import read_week


def check_hours(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Compares when a claim says that something is open with the hours that sentences tell.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        At most one conflict, of kind ``"hours"`` on a time that is another one and of kind
        ``"negation"`` where a day is open that is said to be closed, or the other way round.
    """
    told = read_week(claim.text, [quote.text for quote in evidence])
    if told is None or told.holds:
        return []
    kind = "hours" if told.timed else "negation"
    quote = evidence[told.sentence]
    return [make_finding(claim, kind, told.start, told.end, "conflict", told.found, quote)]
