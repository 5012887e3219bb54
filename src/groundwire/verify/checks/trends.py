"""Trends of a claim that the two values of a row contradict: "fell" where they rose."""

from __future__ import annotations

from collections.abc import Sequence

from groundwire.evidence.cells import Line
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.trends import find_trends


def check_trends(
    claim: Claim,
    kept: Sequence[tuple[Quote, Line]],
    dropped: Sequence[tuple[Quote, Line]] = (),
) -> list[Finding]:
    """Compares the directions that a claim states with the values of two periods.

    Args:
        claim: the claim; findings carry offsets into its answer.
        kept: lines of the records that it speaks of, with the sentences that they stand for.
        dropped: lines of the other records of the same tables.

    Returns:
        Conflicts of kind ``"comparison"``, in order.
    """
    if claim.text.rstrip().endswith("?"):
        return []
    trends = find_trends(claim.text, [line for _, line in kept], [line for _, line in dropped])
    found = []
    for trend in trends:
        if not trend.holds:
            cells = trend.earlier, trend.later
            said = "; ".join(f"{cell.key}: {cell.value}" for cell in cells)
            place, quote = (trend.start, trend.end), kept[trend.line][0]
            found.append(make_finding(claim, "comparison", *place, "conflict", said, quote))
    return found
