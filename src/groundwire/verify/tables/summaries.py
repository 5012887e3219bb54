"""Summaries: what a claim says of a column as a whole: its total, its mean, its range.

Also how many rows there are. That a total is another one than the rows at hand come to is no
proof against it, since not all rows need be at hand; it is not supported then.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence

from groundwire.quantities.compare import is_compatible, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import NEGATED
from groundwire.text.words import WORD, strip_ending
from groundwire.verify.tables.columns import Column, Table, find_stems, has_stem
from groundwire.verify.tables.conclusion import (
    Conclusion,
    Failing,
    divide_clauses,
    is_all_said,
    write_note,
)

_OPERATIONS: tuple[tuple[re.Pattern[str], Callable[[Sequence[float]], float]], ...] = (
    (re.compile(r"\b(?:total\w*|sum|altogether|combined|together|add up)\b", re.I), sum),
    (re.compile(r"\b(?:averag\w+|mean)\b", re.I), statistics.fmean),
    (re.compile(r"\bmedian\b", re.I), statistics.median),
)
_RANGE = re.compile(
    r"\b(?:rang\w+|var(?:y|ies|ied|ying)|spans?|spanning|from|between|lies?|goes|go)\b", re.I
)


def find_summaries(text: str, tables: Sequence[Table]) -> list[Conclusion]:
    """Returns what a claim says of whole columns, and what their cells come to.

    Args:
        text: the claim.
        tables: what it may speak of.
    """
    if NEGATED.search(text):
        return []
    values = parse_values(text)
    found = []
    for table in tables if values else ():
        for span in divide_clauses(text, table):
            inside = [v for v in values if span[0] <= v.start < span[1]]
            for read in (_read_total, _read_range, _read_count):
                told = read(text, span, inside, table)
                if told is not None:
                    found.append(told)
                    break
    return found


def _read_total(
    text: str, span: tuple[int, int], values: Sequence[Value], table: Table
) -> Conclusion | None:
    """The total or mean of a column: "on average the phones cost 426 USD"."""
    hits = [(m, reckon) for p, reckon in _OPERATIONS for m in p.finditer(text, *span)]
    rows = table.find_rows(text[slice(*span)])
    if len(hits) != 1 or len(rows) == 1:
        return None
    match, reckon = hits[0]
    amounts = [v for v in values if not (v.kind == "number" and v.amount == len(table.rows))]
    if len(amounts) != 1:
        return None
    value = amounts[0]
    column = _choose_column(text, span, value, table)
    if column is None or not set(rows) <= set(column.values):
        return None
    places = [(a + span[0], b + span[0]) for a, b in rows.values()]
    taken = [match.span(), (value.start, value.end), *places]
    if not is_all_said(text, span, taken, table, column.stems):
        return None
    chosen = [column.values[row] for row in rows or column.values]
    if any(v.key[0] is None for v in chosen):
        return None
    amount = reckon([v.key[0] or 0.0 for v in chosen])
    stated = Value(value.kind, 0, 0, "", (amount,), chosen[0].unit, amount=amount)
    holds = is_same_value(value, stated) or abs(amount - (value.key[0] or 0.0)) <= value.step / 2
    line = table.places[next(iter(rows or column.values))]
    # Of rows that are named all are here; else there may be more.
    kind: Failing = "comparison" if rows else "figure"
    said = f"{column.name}: {amount:g}"
    note = write_note(text[slice(*span)]) if holds else ""
    return Conclusion(value.start, value.end, line, holds, said, note, kind)


def _read_range(
    text: str, span: tuple[int, int], values: Sequence[Value], table: Table
) -> Conclusion | None:
    """Both ends of a column: "prices range from 95 to 180 EUR"."""
    ends = [v for v in values if not (v.kind == "number" and v.amount == len(table.rows))]
    word = _RANGE.search(text, *span)
    if len(ends) != 2 or word is None or table.find_rows(text[slice(*span)]):
        return None
    low, high = ends
    between = text[low.end : high.start].strip(" €$£").casefold()
    if between not in ("to", "and", "-", "–", "up to") or word.start() > low.start:
        return None
    column = _choose_column(text, span, high, table)
    if column is None or not is_compatible(low, high):
        return None
    taken = [word.span(), (low.start, low.end), (high.start, high.end)]
    if not is_all_said(text, span, taken, table, column.stems):
        return None
    ordered = sorted(column.values, key=lambda row: column.values[row].key[0] or 0.0)
    first, last = ordered[0], ordered[-1]
    same = [is_same_value(v, column.values[row]) for v, row in ((low, first), (high, last))]
    under = (column.values[first].key[0] or 0.0) < (low.key[0] or 0.0) and not same[0]
    over = (column.values[last].key[0] or 0.0) > (high.key[0] or 0.0) and not same[1]
    shown = last if over else first
    said = f"{table.keys[shown].value}: {table.rows[shown][column.name].value}"
    holds = False if under or over else all(same) or None
    note = write_note(text[slice(*span)]) if holds else ""
    return Conclusion(low.start, high.end, table.places[shown], holds, said, note)


def _read_count(
    text: str, span: tuple[int, int], values: Sequence[Value], table: Table
) -> Conclusion | None:
    """How many rows there are: "there are four hotels"."""
    if len(values) != 1 or values[0].kind != "number" or values[0].bound:
        return None
    value = values[0]
    noun = WORD.search(text, value.end, span[1])
    # A record is no hotel, but "entries" and "rows" are counted in any table.
    if noun is None or strip_ending(noun[0]) not in table.nouns:
        return None
    taken = [(value.start, value.end)]
    if table.find_rows(text[slice(*span)]) or not is_all_said(
        text, span, taken, table, frozenset()
    ):
        return None
    count = len(table.rows)
    holds = value.amount == count
    note = write_note(text[slice(*span)]) if holds else ""
    # More of them may exist than are at hand, but not fewer.
    kind: Failing = "comparison" if (value.amount or 0) < count else "figure"
    return Conclusion(
        value.start, value.end, table.places[0], holds, f"{count} {noun[0]}", note, kind
    )


def _choose_column(text: str, span: tuple[int, int], value: Value, table: Table) -> Column | None:
    """The column that a clause names and a value fits, or that alone has its unit."""
    fits = [
        column
        for column in table.columns
        if all(is_compatible(value, other) for other in column.values.values())
    ]
    stems = find_stems(text[slice(*span)])
    named = [c for c in fits if any(has_stem(c.stems, stem) for stem in stems)]
    if len(named) == 1:
        return named[0]
    return fits[0] if len(fits) == 1 and value.unit and not named else None
