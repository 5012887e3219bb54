"""Reckoning: all that a claim concludes from the cells of records, checked against them."""

from __future__ import annotations

from collections.abc import Sequence

from groundwire.evidence.cells import Line
from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.verify.tables.absences import find_absences
from groundwire.verify.tables.columns import read_tables
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.durations import find_durations
from groundwire.verify.tables.standings import find_standings
from groundwire.verify.tables.summaries import find_summaries
from groundwire.verify.tables.tallies import find_tallies
from groundwire.verify.tables.ties import find_ties
from groundwire.verify.tables.trends import find_trends


def find_conclusions(
    text: str, lines: Sequence[Line], context: Sequence[Line] = ()
) -> list[Conclusion]:
    """Returns what a claim concludes from cells of which it is sure what they come to.

    Args:
        text: the claim.
        lines: the lines of records that it speaks of.
        context: other lines of the same tables. Indexes of lines count these behind the others.
    """
    if text.rstrip().endswith("?"):
        return []
    found = find_trends(text, lines, context)
    tables = read_tables([*lines, *context])
    if not tables:
        return found
    found += find_standings(text, tables, len(lines))
    found += [
        told
        for told in find_summaries(text, tables)
        if told.holds is not False or not _is_stated(text, told, [*lines, *context])
    ]
    found += find_absences(text, tables)
    found += find_durations(text, tables)
    # "The three lines have 76 stops in total" counts no lines that have 76 stops.
    return found or find_tallies(text, tables) or find_ties(text, tables)


def _is_stated(text: str, told: Conclusion, lines: Sequence[Line]) -> bool:
    """Whether a field beside the rows has the amount that is claimed: the total of an order."""
    claimed = [v for v in parse_values(text) if told.start <= v.start < told.end]
    stated = [
        v
        for line in lines
        if claimed and not line.path
        for cell in line.cells
        for v in parse_values(cell.value)
    ]
    return any(is_same_value(value, other) for value in claimed for other in stated)
