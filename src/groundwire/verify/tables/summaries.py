"""Summaries: what a claim says of a column as a whole: its total, its mean, its range.

Also how many rows there are. That a total is another one than the rows at hand come to is no
proof against it, since not all rows need be at hand; it is not supported then.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

from groundwire.quantities.compare import is_compatible, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import NEGATED
from groundwire.verify.tables.columns import Column, Table, has_stem, stem_word
from groundwire.verify.tables.conclusion import Conclusion, Failing
from groundwire.verify.tables.conditions import choose_column
from groundwire.verify.tables.part import Part, divide
from groundwire.verify.tables.telling import (
    NAMED,
    count_rows,
    find_lines,
    list_cells,
    tell_reckoned,
)

_OPERATIONS: tuple[tuple[re.Pattern[str], Callable[[Sequence[float]], float]], ...] = (
    (re.compile(r"\b(?:total\w*|sum|altogether|combined|together|add up)\b", re.I), sum),
    (re.compile(r"\b(?:averag\w+|mean)\b", re.I), statistics.fmean),
    (re.compile(r"\bmedian\b", re.I), statistics.median),
)
_THERE_ARE = re.compile(
    r"\bthere\s+(?:are|were)\b|\b(?:list|table|data|set|file|catalogue|overview|result)s?\s+(?:has|have|"
    r"contains?|includes?|shows?|lists?|covers?|comprises?)\b|\b(?:are|were)\s+(?:listed|shown|given)\b",
    re.IGNORECASE,
)
"""How a text says how many there are; "here are two hotels" picks some."""

_COUNTED = re.compile(r"\b(?:the|all|these|those)\s+$", re.IGNORECASE)
_SOME = re.compile(
    r"\b(?:most|mostly|typical\w*|usual\w*|general\w*|many|some|several|often|commonly)\b", re.I
)
_RANGE = re.compile(
    r"\b(?:rang\w+|var(?:y|ies|ied|ying)|spans?|spanning|from|between|lies?|goes|go|runs?)\b", re.I
)


def find_summaries(text: str, tables: Sequence[Table]) -> list[Conclusion]:
    """Returns what a claim says of whole columns, and what their cells come to.

    Args:
        text: the claim.
        tables: what it may speak of.
    """
    if NEGATED.search(text) or not parse_values(text):
        return []
    found = []
    for table in (table for table in tables if table.alone):
        for part in divide(text, table):
            for read in (_read_total, _read_range, _read_count):
                told = read(part)
                if told is not None:
                    found.append(told)
                    break
    return found


def _read_total(part: Part) -> Conclusion | None:
    """The total or mean of a column: "on average the phones cost 426 USD"."""
    text, table = part.text, part.table
    hits = [(m, f) for p, f in _OPERATIONS for m in p.finditer(text, part.start, part.end)]
    rows = tuple(part.rows)
    if len(hits) != 1 or len(rows) == 1:
        return None
    match, reckon = hits[0]
    found = [(v, choose_column(text, (part.start, part.end), v, table)) for v in part.values]
    told = [(v, column) for v, column in found if column is not None and v.bound in ("", "~")]
    if any(v.kind not in ("date", "time") for v, _ in told):
        told = [(v, column) for v, column in told if v.kind not in ("date", "time")]  # "in March"
    if not told and len(part.values) == 1:
        told = _read_bare(part)
    counts = [v for v, _ in told if len(told) > 1 and _COUNTED.search(text, 0, v.start)]
    told = [(v, c) for v, c in told if v not in counts]  # "the two folk songs"
    if len(told) != 1 or told[0][1] is None:
        return None
    value, column = told[0]
    told_by = {(v.start, v.end) for v in (value, *counts)}
    limits = [c for c in part.conditions if (c.start, c.end) not in told_by]
    limits = [c for c in limits if not match.start() <= c.start < match.end()]
    spans = [match.span(), (value.start, value.end), *((c.start, c.end) for c in limits)]
    chosen = [
        row
        for row in rows or column.values
        if row in column.values and all(c.met.get(row) for c in limits)
    ]
    if not chosen or len(chosen) < len(rows):
        return None
    # "The two open ones": how many they are.
    stems = column.stems.union(*(c.stems for c in limits))
    accounted = part.account(spans, stems, size=len(chosen) if limits else 0)
    if not accounted:
        return None
    amounts = [column.values[row].key[0] for row in chosen]
    if column.kind in ("date", "time") or any(a is None for a in amounts):
        return None
    amount = reckon([a or 0.0 for a in amounts])
    stated = Value(value.kind, 0, 0, "", (amount,), column.values[chosen[0]].unit, amount=amount)
    off = abs(amount - (value.key[0] or 0.0))
    # "3 kg" of 3.37 kg is no total, though it rounds to it.
    holds = off <= max(min(value.step / 2, 0.05 * abs(amount)), 1e-9 * abs(amount))
    if value.bound == "~":  # "about 43.5" is no 41.8
        holds = holds or off <= max(value.step, 0.01 * abs(amount))
    else:
        holds = holds or is_same_value(value, stated)
    words = {stem_word(word) for word, _, _ in part.list_words()}
    named = any(has_stem(column.stems, word) for word in words) or words & table.nouns
    if not holds and not rows and not named and part.written != text:
        return None  # "..., worth 3,510 EUR in total": of which rows stands before it
    # Of rows that are named all are here; else there may be more.
    kind: Failing = "comparison" if rows and accounted == "whole" else "figure"
    called = "total" if reckon is sum else match[0].casefold()
    said = tell_reckoned(table, column, chosen, amount, called)
    note = part.write() if holds and accounted == "whole" else ""
    if holds and not note and not limits and not rows:
        note = f"The {called} of {column.name} is {value.text}."
    line, lines = table.places[chosen[0]], find_lines(table, column.name, chosen)
    return Conclusion(value.start, value.end, line, holds, said, note, kind, lines)


def _read_bare(part: Part) -> list[tuple[Value, Column]]:
    """A number without a unit, and the one column of amounts that is named beside it: "1624.17"."""
    (value,) = part.values
    stems = {stem_word(word) for word, _, _ in part.list_words()}
    named = [c for c in part.table.columns if any(has_stem(c.stems, stem) for stem in stems)]
    if value.kind != "number" or value.bound or len(named) != 1 or named[0].unit is None:
        return []
    factor = next(iter(named[0].values.values())).factor
    key = tuple(None if k is None else k * factor for k in value.key)
    like = replace(value, key=key, step=value.step * factor, unit=named[0].unit, factor=factor)
    return [(like, named[0])]


def _read_range(part: Part) -> Conclusion | None:
    """Both ends of a column: "prices range from 95 to 180 EUR"."""
    text, table = part.text, part.table
    word = _RANGE.search(text, part.start, part.end)
    if len(part.values) != 2 or word is None or part.rows or _SOME.search(part.written):
        return None
    low, high = part.values
    between = text[low.end : high.start].strip(" €$£").casefold()
    between = re.sub(r"^(?:a|an|per)\s+\w+\s+", "", between)
    if between not in ("to", "and", "-", "–", "up to") or word.start() > low.start:
        return None
    column = choose_column(text, (part.start, part.end), high, table)
    if column is None or low.kind != high.kind:
        return None
    spans = [word.span(), (low.start, low.end), (high.start, high.end)]
    accounted = part.account(spans, column.stems)
    if not accounted:
        return None
    ordered = sorted(column.values, key=lambda row: column.values[row].key[0] or 0.0)
    first, last = ordered[0], ordered[-1]
    ends = [
        is_compatible(v, column.values[row]) and is_same_value(v, column.values[row])
        for v, row in ((low, first), (high, last))
    ]
    under = (column.values[first].key[0] or 0.0) < (low.key[0] or 0.0) and not ends[0]
    over = (column.values[last].key[0] or 0.0) > (high.key[0] or 0.0) and not ends[1]
    shown = last if over else first
    low_end, high_end = (list_cells(table, (column.name,), (row,)) for row in (first, last))
    told = count_rows(table, ordered)
    said = f"{column.name}: lowest {low_end}, highest {high_end}, of {told}"
    lines = find_lines(table, column.name, (shown, first, last))
    holds = False if under or over else all(ends) or None
    note = part.write() if holds and accounted == "whole" else ""
    kind: Failing = "comparison" if accounted == "whole" else "figure"
    return Conclusion(low.start, high.end, table.places[shown], holds, said, note, kind, lines)


def _read_count(part: Part) -> Conclusion | None:
    """How many rows there are, of all or of a kind: "there are four hotels"."""
    table = part.table
    inside = [v for v in parse_values(part.text) if part.start <= v.start < part.end]
    numbers = [v for v in inside if v.kind == "number" and not v.bound]
    if len(numbers) != 1 or len(inside) > 1 or part.rows or part.conditions:
        return None
    value = numbers[0]
    noun = next((word for word, start, _ in part.list_words() if start >= value.end), "")
    if stem_word(noun) not in table.nouns or not _THERE_ARE.search(part.written):
        return None
    if part.account([(value.start, value.end)]) != "whole":
        return None
    count = len(table.rows)
    holds = value.amount == count
    note = part.write() if holds else ""
    # More of them may exist than are at hand, but not fewer.
    kind: Failing = "comparison" if (value.amount or 0) < count else "figure"
    said = f"{count:,} {noun}: {list_cells(table, (), range(count))}"
    lines = table.places[:NAMED]
    return Conclusion(value.start, value.end, table.places[0], holds, said, note, kind, lines)
