"""Standings: where a claim says that a row stands among the others of its table.

"Alder is the cheapest" and "Alder is cheaper than Vega" stand in no row; they follow from all rows
of one column. A standing is read only from a clause that says nothing else: rows, column and
degree account for every word of it, so that "the cheapest with breakfast" is left to the model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.quantities.compare import is_compatible, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import HEDGES, NEGATED
from groundwire.text.words import WORD, strip_ending
from groundwire.verify.tables.columns import Column, Table
from groundwire.verify.tables.conclusion import (
    Conclusion,
    Failing,
    divide_clauses,
    is_all_said,
    write_note,
)
from groundwire.verify.tables.degrees import Degree, choose_column, find_degrees

_OTHERS = re.compile(
    r"than\s+(?:all|any|every|both|the)?\s*(?:of\s+)?(?:the\s+)?(?:other|others|rest)\b", re.I
)
_PRONOUN = re.compile(r"^\W*(?:it|this|that)\b", re.IGNORECASE)


def find_standings(text: str, tables: Sequence[Table], own: int) -> list[Conclusion]:
    """Returns the standings that a claim states of rows of which it is sure what they have.

    Args:
        text: the claim.
        tables: what it may speak of.
        own: how many lines the claim speaks of; others come behind them.
    """
    degrees = [] if NEGATED.search(text) else list(find_degrees(text))
    found = []
    for table in tables if degrees else ():
        for start, end in divide_clauses(text, table):
            inside = [d for d in degrees if start <= d.start < end]
            if len(inside) == 1 and not set(_read_words(text[start:end])) & HEDGES:
                standing = _read_standing(text, (start, end), inside[0], table, own)
                found += [] if standing is None else [standing]
    return found


def _read_words(text: str) -> list[str]:
    return [m[0].casefold() for m in WORD.finditer(text)]


def _read_standing(
    text: str, span: tuple[int, int], degree: Degree, table: Table, own: int
) -> Conclusion | None:
    """The standing that a clause states; None where it says more, or is not sure.

    Args:
        text: the claim.
        span: offsets of the clause.
        degree: its word that compares.
        table: what it may speak of.
        own: how many lines the claim speaks of; the others come behind them.
    """
    start, end = span
    clause = text[start:end]
    rows = {row: (a + start, b + start) for row, (a, b) in table.find_rows(clause).items()}
    taken = frozenset(
        strip_ending(word) for a, b in rows.values() for word in _read_words(text[a:b])
    )
    chosen = choose_column(degree, clause, table.columns, taken)
    if chosen is None:
        chosen = choose_column(degree, text, table.columns, taken)
    if chosen is None:
        return None
    column, upward = chosen
    subjects = [row for row, (a, _) in rows.items() if not degree.compares or a < degree.start]
    if not rows and not degree.compares:
        return _read_extreme(text, span, degree, table, column, upward)
    if not subjects:
        whole = [row for row in table.find_rows(text) if row not in rows]
        if not whole and _PRONOUN.search(clause):
            whole = [row for row, place in enumerate(table.places) if place < own]
        subjects = whole
    if len(subjects) != 1 or subjects[0] not in column.values:
        return None
    subject = subjects[0]
    objects = [row for row in rows if row != subject]
    if degree.compares:
        everyone = not objects and _OTHERS.search(text, degree.start, end)
        objects = [row for row in column.values if row != subject] if everyone else objects
        if not objects or any(row not in column.values for row in objects):
            return None
    elif objects:
        return None
    gap = _find_gap(text, start, degree, column) if degree.compares else None
    known = [*rows.values(), (degree.start, degree.end), *([(gap.start, gap.end)] if gap else [])]
    mine = column.values[subject]
    if not is_all_said(text, span, known, table, column.stems, mine):
        return None
    kind: Failing = "comparison"
    if degree.compares:
        wrong = [row for row in objects if not _is_beyond(mine, column.values[row], upward)]
        if gap is not None and not wrong:
            wrong = [row for row in objects if not _is_gap(gap, mine, column.values[row])]
        holds: bool | None = not wrong
    else:
        before = [r for r, v in column.values.items() if _is_beyond(v, mine, upward)]
        wrong = before if len(before) >= degree.rank else []
        complete = len(column.values) == len(table.rows)
        # Rows that are not here may stand before those that are, but take none of them away.
        holds = False if wrong else (len(before) == degree.rank - 1 and complete) or None
        if not wrong and complete and len(before) < degree.rank - 1:
            holds, kind = False, "figure"
    shown = wrong[0] if wrong else subject
    said = "; ".join(
        f"{table.keys[row].value}: {table.rows[row][column.name].value}"
        for row in dict.fromkeys((*wrong[:1], subject))
    )
    note = write_note(clause, "" if subject in rows else table.keys[subject].value)
    note = note if holds else ""
    return Conclusion(degree.start, degree.end, table.places[shown], holds, said, note, kind)


def _read_extreme(
    text: str, span: tuple[int, int], degree: Degree, table: Table, column: Column, upward: bool
) -> Conclusion | None:
    """What a clause says of the end of a column without a row: "the lowest price is 329 USD"."""
    start, end = span
    values = [v for v in parse_values(text) if start <= v.start < end and not v.bound]
    first = next(iter(column.values.values()))
    if len(values) != 1 or not is_compatible(values[0], first) or degree.rank != 1:
        return None
    value = values[0]
    taken = [(degree.start, degree.end), (value.start, value.end)]
    if not is_all_said(text, span, taken, table, column.stems):
        return None
    beyond = [row for row, v in column.values.items() if _is_beyond(v, value, upward)]
    beyond = [row for row in beyond if not is_same_value(value, column.values[row])]
    same = [row for row, v in column.values.items() if is_same_value(value, v)]
    complete = len(column.values) == len(table.rows)
    holds = False if beyond else bool(same and complete) or None
    row = (beyond or same or [0])[0]
    said = f"{table.keys[row].value}: {table.rows[row][column.name].value}"
    note = write_note(text[start:end]) if holds else ""
    return Conclusion(degree.start, degree.end, table.places[row], holds, said, note)


def _is_beyond(value: Value, other: Value, upward: bool) -> bool:
    """Whether a value is past another one, in the direction that a word names."""
    pairs = zip(value.key, other.key, strict=True)
    a, b = zip(*((x, y) for x, y in pairs if x is not None and y is not None), strict=True)
    return a > b if upward else a < b


def _find_gap(text: str, start: int, degree: Degree, column: Column) -> Value | None:
    """The amount before a word that compares, by which two rows differ: "18 g more"."""
    first = next(iter(column.values.values()))
    for value in parse_values(text):
        near = start <= value.start and not text[value.end : degree.start].strip()
        if value.end <= degree.start and near and is_compatible(value, first):
            return value
    return None


def _is_gap(gap: Value, value: Value, other: Value) -> bool:
    a, b, said = value.key[0] or 0.0, other.key[0] or 0.0, gap.key[0] or 0.0
    return abs(abs(a - b) - said) <= max(gap.step / 2, 1e-9 * abs(said))
