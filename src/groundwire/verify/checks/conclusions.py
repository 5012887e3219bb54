"""Conclusions of a claim that the cells of a table contradict: "fell", "the cheapest", "all"."""

from __future__ import annotations

from collections.abc import Sequence

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.tables.conclusion import Conclusion


def check_conclusions(
    claim: Claim, conclusions: Sequence[Conclusion], quotes: Sequence[Quote]
) -> list[Finding]:
    """Compares what a claim concludes from several cells with what these come to.

    Args:
        claim: the claim; findings carry offsets into its answer.
        conclusions: what it concludes from the cells of records.
        quotes: by the index of a line, the sentence that the line stands for.

    Returns:
        Conflicts where the cells show otherwise, in order, of kind ``"row"`` where one cell stands
        in the place of what is claimed and else ``"comparison"``, and figures that are missing
        where they come to another one.
    """
    found = []
    for told in conclusions:
        if told.holds is False and told.kind == "figure":
            place = told.start, told.end
            found.append(make_finding(claim, "figure", *place, "missing", told.said))
        elif told.holds is False:
            place, quote = (told.start, told.end), quotes[told.line]
            found.append(make_finding(claim, told.kind, *place, "conflict", told.said, quote))
    return found
