"""Telling: the cells from which a claim concludes, and what they come to, in a line to read.

No reader can check "the total is 75 km" against one row. So each conclusion names the rows that
count with what they have, the first of them and how many more there are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from groundwire.verify.tables.columns import Column, Table
from groundwire.verify.tables.conditions import Condition

NAMED = 3
"""Rows that are told by their names, and lines that are quoted, at most."""

TERMS = 8
"""Terms of a sum that are written out, at most."""

_NAME = 40
_VALUE = 30
_DECIMALS = re.compile(r"\.(\d+)\D*$")
_NUMBER = re.compile(r"([^\d+\-−]*)([+\-−]?\d(?:[\d.,]*\d)?)(\D*)")


def list_cells(table: Table, columns: Iterable[str], rows: Iterable[int], most: int = NAMED) -> str:
    """Returns rows with their cells: "Vega (19 EUR), Luna (25 EUR) and 2 more".

    Args:
        table: of the rows.
        columns: names of the columns; with none of them, the rows alone are named.
        rows: in the order in which they are told.
        most: rows that are named.
    """
    columns, rows = tuple(columns), tuple(dict.fromkeys(rows))
    told = []
    for row in rows[:most]:
        cells = (table.rows[row].get(column) for column in columns)
        values = ", ".join(_cut(cell.value, _VALUE) if cell else "-" for cell in cells)
        told.append(_name(table, row) + (f" ({values})" if values else ""))
    more = f" and {len(rows) - most:,} more" if len(rows) > most else ""
    return ", ".join(told) + more


def count_rows(table: Table, rows: Sequence[int]) -> str:
    """Returns of how many rows something is told: "all 7 rows", "3 of 7 rows"."""
    size = len(table.rows)
    return f"all {size:,} rows" if len(rows) == size else f"{len(rows):,} of {size:,} rows"


def tell_order(
    table: Table, column: Column, upward: bool, rows: Sequence[int], subjects: Sequence[int]
) -> str:
    """Returns the first rows in the order of a column, and where others stand in it.

    Args:
        table: of the rows.
        column: by which they are ordered.
        upward: whether the highest comes first.
        rows: among which it is said.
        subjects: rows that are told with their place where they are not among the first.
    """
    ordered = rank_rows(column, upward, rows)
    late = [row for row in dict.fromkeys(subjects) if row in ordered[NAMED:]][:NAMED]
    told = list_cells(table, (column.name,), ordered[:NAMED])
    for row in late:
        place = 1 + sum(_sort_key(column, r) != _sort_key(column, row)
                        for r in ordered[: ordered.index(row)])  # fmt: skip
        told += f", in place {place} {list_cells(table, (column.name,), (row,))}"
    rest = len(ordered) - len(ordered[:NAMED]) - len(late)
    told += f" and {rest:,} more" if rest else ""
    end = "highest" if upward else "lowest"
    among = "" if len(rows) == len(table.rows) else f", {count_rows(table, rows)}"
    return f"{_cut(column.name, _NAME)} from the {end}{among}: {told}"


def rank_rows(column: Column, upward: bool, rows: Iterable[int]) -> list[int]:
    """Returns rows by what they have in a column, the highest or the lowest first."""
    return sorted(rows, key=lambda row: _sort_key(column, row), reverse=upward)


def tell_reckoned(
    table: Table, column: Column, rows: Sequence[int], amount: float, how: str
) -> str:
    """Returns a sum, mean or median with what it is made of.

    Args:
        table: of the rows.
        column: whose cells are reckoned.
        rows: that count.
        amount: what they come to, in the base unit of the column.
        how: ``"total"``, or the word for another way of reckoning.
    """
    cells = [table.rows[row][column.name].value for row in rows]
    before, numbers, after = _split_cells(cells)
    first = column.values[rows[0]]
    shown = [*numbers[: TERMS - 1], "...", numbers[-1]] if len(numbers) > TERMS else numbers
    exact = 0 if how == "total" else 2
    number = _write_amount(amount / first.factor, numbers, exact)
    whose = count_rows(table, rows)
    if len(rows) <= NAMED and len(rows) < len(table.rows):
        whose = list_cells(table, (), rows)
    come = f"{before}{number}{after}"
    name = _cut(column.name, _NAME)
    if how == "total":
        return f"{name}: {' + '.join(shown)} = {come} ({whose})"
    return f"{how} {name} of {', '.join(shown)}: {come} ({whose})"


def tell_gap(table: Table, column: Column, pair: tuple[int, int]) -> str:
    """Returns how far two rows are apart: "Length: 9.8 - 6.4 = 3.4 km (Cedar, Alder)"."""
    high, low = rank_rows(column, True, pair)
    cells = [table.rows[row][column.name].value for row in (high, low)]
    before, numbers, after = _split_cells(cells)
    apart = (column.values[high].key[0] or 0.0) - (column.values[low].key[0] or 0.0)
    number = _write_amount(apart / column.values[high].factor, numbers)
    told = f"{' - '.join(numbers)} = {before}{number}{after}"
    return f"{_cut(column.name, _NAME)}: {told} ({list_cells(table, (), (high, low))})"


def tell_met(
    table: Table, conditions: Sequence[Condition], met: Mapping[int, bool], against: bool
) -> str:
    """Returns of which rows something is so, and of which not.

    Args:
        table: of the rows.
        conditions: that show it.
        met: by row, whether it is so.
        against: whether those of which it is not so come first.
    """
    columns = tuple(dict.fromkeys(condition.column for condition in conditions))
    yes = [row for row, said in met.items() if said]
    no = [row for row, said in met.items() if not said]
    head = " and ".join(_cut(column, _NAME) for column in columns)
    count = f"{len(yes):,} of {len(met):,} rows"
    if against and no:
        return f"{head}: not so for {list_cells(table, columns, no)}, so for {count}"
    if not yes:
        return f"{head}: so for none of {len(met):,} rows, {list_cells(table, columns, no)}"
    return f"{head}: so for {count}, {list_cells(table, columns, yes)}"


def find_lines(table: Table, column: str, rows: Iterable[int]) -> tuple[int, ...]:
    """Returns the lines that have the cells of the first rows, as many as are quoted."""
    found = dict.fromkeys(table.find_line(row, column) for row in rows)
    return tuple(found)[:NAMED]


def _name(table: Table, row: int) -> str:
    return _cut(table.keys[row].value, _NAME)


def _cut(text: str, most: int) -> str:
    """A text on one line, shortened where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _sort_key(column: Column, row: int) -> tuple[float, ...]:
    return tuple(part or 0.0 for part in column.values[row].key)


def _split_cells(cells: Sequence[str]) -> tuple[str, list[str], str]:
    """What stands before and after the number in every cell, and the numbers.

    Cells that do not agree in it are told whole, and what they come to in the form of the first.
    """
    found = [_NUMBER.fullmatch(" ".join(cell.split())) for cell in cells]
    first = found[0]
    before, after = (first[1], first[3]) if first else ("", "")
    numbers = [match[2] for match in found if match and (match[1], match[3]) == (before, after)]
    alike = len(numbers) == len(cells)
    return before, numbers if alike else [_cut(cell, _VALUE) for cell in cells], after


def _write_amount(amount: float, numbers: Sequence[str], more: int = 0) -> str:
    """What numbers come to, in their form: to as many decimal places as they have, and more."""
    tails = [_DECIMALS.search(number) for number in numbers]
    # Where the units differ ("1.2 km", "900 m"), some of them have further places.
    places = more + max(len(tail[1]) if tail else 0 for tail in tails)
    places += 3 * any(number[-1:].isalpha() for number in numbers)
    mark = "," if any("," in number for number in numbers) else ""
    written = f"{round(amount, places) + 0.0:{mark}.{places}f}"
    return written.rstrip("0").rstrip(".") if "." in written else written
