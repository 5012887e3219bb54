"""Conclusions of a claim that the cells of a table contradict: "fell", "the cheapest", "all"."""

from __future__ import annotations

from collections.abc import Sequence

from groundwire.evidence.cells import Line
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.tables.reckoning import find_conclusions


def check_conclusions(
    claim: Claim,
    kept: Sequence[tuple[Quote, Line]],
    dropped: Sequence[tuple[Quote, Line]] = (),
) -> list[Finding]:
    """Compares what a claim concludes from several cells with what these come to.

    Args:
        claim: the claim; findings carry offsets into its answer.
        kept: lines of the records that it speaks of, with the sentences that they stand for.
        dropped: lines of the other records of the same tables.

    Returns:
        Conflicts of kind ``"comparison"`` where the cells show otherwise, in order, and figures
        that are missing where they come to another one.
    """
    placed = [*kept, *dropped]
    own, rest = ([line for _, line in lines] for lines in (kept, dropped))
    found = []
    for told in find_conclusions(claim.text, own, rest):
        if told.holds is False and told.kind == "figure":
            found.append(make_finding(claim, "figure", told.start, told.end))
        elif told.holds is False:
            place, quote = (told.start, told.end), placed[told.line][0]
            found.append(make_finding(claim, "comparison", *place, "conflict", told.said, quote))
    return found
