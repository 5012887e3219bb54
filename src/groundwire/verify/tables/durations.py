"""Durations: how long what a row tells lasts, from when it begins and when it ends.

"The course lasts an hour and a half" stands in no cell where the row has "17:30-19:00", or two
columns for both ends; the two moments come to it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.quantities.compare import is_excluded, is_perhaps_same, is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.quantities.ranges import find_ranges
from groundwire.quantities.value import Value
from groundwire.text.english import DERIVED, NEGATED
from groundwire.verify.tables.columns import Table, find_stems, has_stem, stem_word
from groundwire.verify.tables.conclusion import Conclusion
from groundwire.verify.tables.part import Part
from groundwire.verify.tables.ties import find_mentions

_LASTING = re.compile(
    r"\b(?:lasts?|lasted|takes?|took|runs?|ran|goes|duration|travel time|long|length|journey|trip|"
    r"ride)\b",
    re.IGNORECASE,
)
"""Words with which a claim says how long something is."""

_BEGINS = frozenset(map(stem_word, ("departs", "start", "begin", "open", "from", "departure")))
_ENDS = frozenset(map(stem_word, ("arrives", "end", "finish", "close", "until", "arrival")))
_DAY = 24 * 60
_SECOND = "s"


def find_durations(text: str, tables: Sequence[Table]) -> list[Conclusion]:
    """Returns how long a claim says that what one row tells lasts.

    Args:
        text: the claim.
        tables: what it may speak of.
    """
    derived = {m[0].casefold() for m in DERIVED.finditer(text)} - {"half"}
    if not _LASTING.search(text) or NEGATED.search(text) or derived:
        return []
    found = (_read_duration(Part(text, 0, len(text), table)) for table in tables)
    return [told for told in found if told is not None]


def _read_duration(part: Part) -> Conclusion | None:
    table = part.table
    named = [mention.rows for mention in find_mentions(part)]
    subjects = frozenset[int]().union(*named).intersection(*named)
    spans = [v for v in part.values if v.unit == _SECOND and v.kind == "quantity"]
    if len(subjects) != 1 or len(spans) != 1 or not _LASTING.search(part.written):
        return None
    if any(c.unit == _SECOND for c in table.columns):
        return None  # a column tells it
    (row,), (value,) = subjects, spans
    told = _find_moments(table, row)
    if told is None:
        return None
    columns, minutes = told
    if minutes <= 0:
        return None
    lasting = parse_values(f"{minutes:g} minutes")[0]
    same = is_same_value(value, lasting) or is_perhaps_same(value, lasting)
    holds = same or (bool(value.bound) and not is_excluded(value, lasting))
    cells = ", ".join(f"{name}: {table.rows[row][name].value}" for name in columns)
    said = f"{table.keys[row].value}: {cells}, which is {_write_span(minutes)}"
    lines = tuple(dict.fromkeys(table.find_line(row, name) for name in columns))
    note = part.write() if holds else ""
    return Conclusion(value.start, value.end, lines[0], holds, said, note, lines=lines)


def _find_moments(table: Table, row: int) -> tuple[tuple[str, ...], float] | None:
    """The cells that tell when it begins and ends, and how many minutes lie between."""
    cells = table.rows[row]
    ranges = {
        name: found[0]
        for name, cell in cells.items()
        if len(found := find_ranges(cell.value)) == 1 and found[0].low.kind == "time"
    }
    if len(ranges) == 1:
        ((name, span),) = ranges.items()
        return (name,), _measure(span.low, span.high)
    ends: list[tuple[str, Value]] = []
    for wanted in (_BEGINS, _ENDS):
        hits = [
            (name, values[0])
            for name, cell in cells.items()
            if any(has_stem(find_stems(name), stem) for stem in wanted)
            and len(values := parse_values(cell.value)) == 1
            and values[0].kind == "time"
        ]
        if len(hits) != 1:
            return None
        ends += hits
    (first, begins), (last, stops) = ends
    return (first, last), _measure(begins, stops)


def _measure(begins: Value, stops: Value) -> float:
    """Minutes from one time of day to the next time that it is the other one."""
    if begins.zone != stops.zone:
        return 0.0
    return ((stops.key[0] or 0.0) - (begins.key[0] or 0.0)) % _DAY


def _write_span(minutes: float) -> str:
    hours, rest = divmod(round(minutes), 60)
    parts = [f"{hours} h"] if hours else []
    return " ".join(parts + ([f"{rest} min"] if rest or not hours else []))
