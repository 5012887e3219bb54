"""Standings: where a claim says that a row stands among the others of its table.

"Alder is the cheapest" and "Alder is cheaper than Vega" stand in no row; they follow from all rows
of one column. Conditions ("the cheapest with breakfast") say among which of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.quantities.compare import is_compatible, is_same_value
from groundwire.quantities.parse import Value
from groundwire.text.english import DERIVED
from groundwire.verify.tables.columns import Column, Table, is_equal, stem_word
from groundwire.verify.tables.conclusion import Conclusion, Failing
from groundwire.verify.tables.conditions import Condition
from groundwire.verify.tables.degrees import Degree, choose_column, find_degrees
from groundwire.verify.tables.part import Accounted, Part, divide
from groundwire.verify.tables.telling import (
    find_lines,
    list_cells,
    rank_rows,
    tell_gap,
    tell_order,
)

_OTHERS = re.compile(
    r"than\s+(?:all|any|every|both|the)?\s*(?:of\s+)?(?:the\s+)?(?:other|others|rest)\b", re.I
)
_PRONOUN = re.compile(r"^\W*(?:it|this|that)\b", re.IGNORECASE)
_OF_ALL = re.compile(r"\bof (?:all|them all)\b|\boverall\b", re.IGNORECASE)
_BACK = re.compile(r"\bof\s+(?:them|these|those)\b", re.IGNORECASE)
_CONDITIONAL = re.compile(r"\s*(?:if|when|unless|although|though)\b", re.IGNORECASE)
_DENIED = re.compile(r"\b(?:not|never)\b|n['’]t\b", re.IGNORECASE)


def find_standings(text: str, tables: Sequence[Table], own: int) -> list[Conclusion]:
    """Returns the standings that a claim states of rows of which it is sure what they have.

    Args:
        text: the claim.
        tables: what it may speak of.
        own: how many lines the claim speaks of; others come behind them.
    """
    # "If you want it fast, ..." says among which of them.
    degrees = [] if _CONDITIONAL.match(text) else list(find_degrees(text))
    found = []
    for table in tables if degrees else ():
        for part in divide(text, table):
            inside = [d for d in degrees if part.start <= d.start < part.end]
            # "Three have a sauna; the cheapest of them ...": of which rows was said before.
            back = part.start > 0 and _BACK.search(part.written)
            unsure = back or part.hedges or _DENIED.search(part.written)
            if len(inside) == 1 and not unsure:
                standing = _read_standing(part, inside[0], own)
                found += [] if standing is None else [standing]
    return found


def _read_standing(part: Part, degree: Degree, own: int) -> Conclusion | None:
    """The standing that a part states; None where it says more, or is not sure."""
    table = part.table
    taken = frozenset(
        stem_word(word)
        for word, start, _ in part.list_words()
        if any(a <= start < b for a, b in part.rows.values())
    )
    columns, gap = table.columns, _find_amount(part, degree) if degree.compares else None
    if gap is not None:
        columns = tuple(c for c in columns if _is_gap_of(gap, c, part))
    chosen = choose_column(degree, part.written, columns, taken)
    chosen = chosen or choose_column(degree, part.text, columns, taken)
    if chosen is None and degree.compares and gap is not None and gap.unit and len(columns) == 1:
        # "1,200 euros more than": of what is counted so.
        chosen = (columns[0], degree.upward) if degree.words[0] in ("more", "less") else None
    if chosen is None:
        return None
    column, upward = chosen
    if degree.compares:
        return _read_comparison(part, degree, column, upward, own)
    subjects = part.subjects or _point_back(part, own)
    if not subjects:
        return _read_extreme(part, degree, column, upward) if table.alone else None
    # "The cheapest in Berlin" is told of one of several tables, by a word that none of them has.
    if not table.alone and not _OF_ALL.search(part.written):
        return None
    if not all(row in column.values for row in subjects) or not part.joined:
        return None
    limits = _find_limits(part, degree, column)
    accounted = _account(part, degree, column, subjects, limits)
    if not accounted:
        return None
    wrong = _find_wrong(column, degree, upward, subjects, limits)
    if wrong is None:
        return None
    complete = len(column.values) == len(table.rows)
    holds: bool | None = False
    kind: Failing = "comparison" if accounted == "whole" else "figure"
    if not wrong:
        before = len(_list_before(column, upward, subjects[0], limits))
        holds = (before == degree.rank - 1 and complete and table.alone) or None
        if complete and before < degree.rank - 1:
            holds, kind = False, "figure"
    shown = wrong[0] if wrong else subjects[0]
    among = [row for row in column.values if all(c.met.get(row) for c in limits)]
    said = tell_order(table, column, upward, among, [shown, *subjects])
    for limit in limits:
        out = [row for row in subjects if not limit.met.get(row)]
        if out:
            said += f"; not of them: {list_cells(table, (limit.column,), out)}"
    telling = (*wrong[:1], *subjects, *rank_rows(column, upward, among))
    lines = find_lines(table, column.name, telling)
    note = ""
    if holds and accounted == "whole":
        note = part.write("" if part.rows else table.keys[subjects[0]].value)
    elif holds:
        note = _note_end(table, column, degree, upward, subjects[0], limits)
    place = degree.start, degree.end
    return Conclusion(*place, table.places[shown], holds, said, note, kind, lines)


def _find_wrong(
    column: Column,
    degree: Degree,
    upward: bool,
    subjects: Sequence[int],
    limits: Sequence[Condition],
) -> list[int] | None:
    """The rows that show a standing otherwise; None where only one of two readings is wrong.

    "The cheapest, with breakfast": what may say among which rows may as well be told of the one.
    """
    if not limits:
        return _rank(column, degree, upward, subjects, [])
    if not all(c.met.get(row) for c in limits for row in subjects):
        return list(subjects)
    wrong = _rank(column, degree, upward, subjects, limits)
    if wrong and not _rank(column, degree, upward, subjects, []):
        return None
    return wrong


def _note_end(
    table: Table,
    column: Column,
    degree: Degree,
    upward: bool,
    subject: int,
    limits: Sequence[Condition],
) -> str:
    """What holds of a row where a claim says more: that its value is the highest, or the lowest."""
    mine = column.values[subject]
    alone = sum(is_equal(mine, value) for value in column.values.values()) == 1
    if degree.rank != 1 or not alone:
        return ""
    end, among = "highest" if upward else "lowest", "of those" if limits else "of all"
    return f"{table.keys[subject].value} has the {end} {column.name} {among}."


def _point_back(part: Part, own: int) -> tuple[int, ...]:
    """The one row that "it" stands for: the claim speaks of no other."""
    if not _PRONOUN.search(part.written):
        return ()
    rows = tuple(row for row, place in enumerate(part.table.places) if place < own)
    return rows if len(rows) == 1 else ()


def _find_limits(part: Part, degree: Degree, column: Column) -> list[Condition]:
    """Conditions that say among which rows; a value of the column itself is the row's own."""
    bounds = {v.start for v in part.values if v.bound}
    return [
        c
        for c in part.conditions
        if (c.column != column.name or any(c.start <= at < c.end for at in bounds))
        and not (c.start <= degree.start < c.end or degree.start <= c.start < degree.end)
    ]


def _account(
    part: Part,
    degree: Degree,
    column: Column,
    subjects: Sequence[int],
    limits: Sequence[Condition],
    gap: Value | None = None,
) -> Accounted:
    spans = [(degree.start, degree.end), *((c.start, c.end) for c in limits)]
    spans += [(gap.start, degree.start)] if gap else []
    stems = column.stems.union(*(c.stems for c in limits))
    size = sum(all(c.met.get(row) for c in limits) for row in column.values)
    return part.account(spans, stems, subjects, 0 if degree.compares else size)


def _rank(
    column: Column,
    degree: Degree,
    upward: bool,
    subjects: Sequence[int],
    limits: Sequence[Condition],
) -> list[int]:
    """The rows that stand before one of which a claim says otherwise, as far as it counts."""
    for subject in subjects:
        before = _list_before(column, upward, subject, limits)
        if len(before) >= degree.rank + len(subjects) - 1 or (degree.rank == 1 and before):
            return before
    return []


def _list_before(
    column: Column, upward: bool, subject: int, limits: Sequence[Condition]
) -> list[int]:
    rows = [row for row in column.values if all(c.met.get(row) for c in limits)]
    mine = column.values[subject]
    return [row for row in rows if _is_beyond(column.values[row], mine, upward)]


def _read_comparison(
    part: Part, degree: Degree, column: Column, upward: bool, own: int
) -> Conclusion | None:
    """Two rows against each other: "Alder is 5 EUR cheaper than Vega"."""
    table = part.table
    subjects: Sequence[int] = [row for row, (a, _) in part.rows.items() if a < degree.start]
    subjects = subjects or part.before or _point_back(part, own)
    objects = [row for row, (a, _) in part.rows.items() if a >= degree.end]
    if not objects and _OTHERS.search(part.text, degree.start, part.end):
        objects = [row for row in column.values if row not in subjects]
    if len(subjects) != 1 or not objects or subjects[0] in objects:
        return None
    subject = subjects[0]
    if not all(row in column.values for row in (subject, *objects)):
        return None
    gap = _find_gap(part, degree, column)
    if gap is not None and gap.bound not in ("", "~"):
        return None  # "at least 10 EUR cheaper"
    if _goes_on(part):
        return None
    accounted = _account(part, degree, column, (subject, *objects), [], gap)
    if not accounted:
        return None
    mine = column.values[subject]
    wrong = [row for row in objects if not _is_beyond(mine, column.values[row], upward)]
    off = False
    if gap is not None and not wrong:
        wrong = [row for row in objects if not _is_gap(gap, mine, column.values[row])]
        off = bool(wrong)
    shown = wrong[0] if wrong else subject
    named = any(a < degree.start for a, _ in part.rows.values())
    note = "" if wrong else part.write("" if named else table.keys[subject].value)
    note = note if accounted == "whole" else ""
    others = wrong or objects
    said = f"{column.name}: {list_cells(table, (column.name,), (subject, *others))}"
    if gap is not None and len(objects) == 1:
        said = tell_gap(table, column, (subject, objects[0]))
    lines = find_lines(table, column.name, (*wrong[:1], subject, *others))
    kind: Failing = "comparison" if accounted == "whole" else "figure"
    place = (gap.start, gap.end) if gap is not None and off else (degree.start, degree.end)
    return Conclusion(*place, table.places[shown], not wrong, said, note, kind, lines)


def _read_extreme(part: Part, degree: Degree, column: Column, upward: bool) -> Conclusion | None:
    """What a part says of the end of a column without a row: "the lowest price is 329 USD"."""
    table = part.table
    first = next(iter(column.values.values()))
    values = [v for v in part.values if is_compatible(v, first) and not v.bound]
    # "The difference between the dearest and the cheapest is 20 EUR": no end of the column.
    if len(values) != 1 or degree.rank != 1 or DERIVED.search(part.text):
        return None
    value = values[0]
    told = (c for c in table.columns if c.name != column.name)
    if any(is_equal(value, v) for c in told for v in c.values.values()):
        return None  # "the longest trail climbs 800 m": what else the row has
    limits = [c for c in part.conditions if (c.start, c.end) != (value.start, value.end)]
    limits = [c for c in limits if not degree.start <= c.start < degree.end]
    spans = [(degree.start, degree.end), (value.start, value.end)]
    spans += [(c.start, c.end) for c in limits]
    if part.account(spans, column.stems.union(*(c.stems for c in limits))) != "whole":
        return None
    rows = {row: v for row, v in column.values.items() if all(c.met.get(row) for c in limits)}
    same = [row for row, v in rows.items() if is_same_value(value, v)]
    beyond = [row for row, v in rows.items() if _is_beyond(v, value, upward) and row not in same]
    complete = len(column.values) == len(table.rows)
    holds = False if beyond else bool(same and complete) or None
    row = (beyond or same or [0])[0]
    said = tell_order(table, column, upward, list(rows), beyond or same)
    lines = find_lines(table, column.name, (*beyond, *same, *rank_rows(column, upward, rows)))
    note = part.write() if holds else ""
    place = degree.start, degree.end
    return Conclusion(*place, table.places[row], holds, said, note, lines=lines)


def _is_beyond(value: Value, other: Value, upward: bool) -> bool:
    """Whether a value is past another one, in the direction that a word names."""
    for a, b in zip(value.key, other.key, strict=False):
        if a is None or b is None or a == b:
            continue
        return a > b if upward else a < b
    return False


def _find_amount(part: Part, degree: Degree) -> Value | None:
    """The amount before a word that compares: "18 g more"."""
    near = (v for v in part.values if v.end <= degree.start)
    return next((v for v in near if _is_before(part.text[v.end : degree.start])), None)


def _is_before(between: str) -> bool:
    """Whether an amount stands right before a word, but for "points" of a hundred."""
    return between.strip().casefold() in ("", "points")


def _goes_on(part: Part) -> bool:
    """Whether only a row follows a comparison, which is of it, too: "than the Luna and the Sol"."""
    rest = part.text[part.end :]
    for start, end in part.table.find_rows(rest).values():
        before = rest[:start].strip(" ,").removeprefix("and").strip(" ").removeprefix("the")
        if not before.strip() and not rest[end:].strip(" ."):
            return True
    return False


def _is_gap_of(gap: Value, column: Column, part: Part) -> bool:
    """Whether an amount can tell how far two values of a column are apart: points of a percent."""
    first = next(iter(column.values.values()))
    points = gap.unit == "pp" or part.text[gap.end :].lstrip().casefold().startswith("points")
    return is_compatible(gap, first) or (points and column.kind == "percent")


def _find_gap(part: Part, degree: Degree, column: Column) -> Value | None:
    """The amount by which two rows differ, in what the column is counted in."""
    value = _find_amount(part, degree)
    return value if value is not None and _is_gap_of(value, column, part) else None


def _is_gap(gap: Value, value: Value, other: Value) -> bool:
    a, b, said = value.key[0] or 0.0, other.key[0] or 0.0, gap.key[0] or 0.0
    return abs(abs(a - b) - said) <= max(gap.step / 2, 1e-9 * abs(said))
