"""Conditions: what a claim says of rows that one column shows, each row by itself.

"With roaming", "advanced" and "within 1 km" tell rows apart. What a claim concludes may be of the
rows that meet such a condition alone, or be that all or some of them meet it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from groundwire.quantities.compare import is_compatible
from groundwire.quantities.parse import Value, parse_values
from groundwire.verify.tables.columns import (
    RATE,
    TOKEN,
    Column,
    Table,
    find_stems,
    has_stem,
    is_empty,
    is_equal,
    is_mark,
    is_yes,
    read_amount,
    stem_word,
)

# What denies the word that it stands before, with an article or an adjective between.
_DENIED = re.compile(
    r"(?:\b(?:without|no|not|never|lack|lacks|lacking|neither|outside|except|other than|out of|"
    r"non)|"
    r"n['’]t)"
    r"(?:\s+(?:a|an|any|the|have|has|offer|offers|include|includes|come|comes|with|of|for))*"
    r"(?:\s+[^\W\d_]+)?\s+$",
    re.IGNORECASE,
)
# Whether what is equal to a bound is within it; of other words that is not sure.
_STRICT = re.compile(
    r"\b(?:(?P<up>(?:more|greater|higher|longer|older|later|larger|heavier) than|over|above|"
    r"exceeds?|exceeding|after)|(?:less|fewer|lower|shorter|younger|earlier|smaller|lighter|"
    r"cheaper) than|below|under|before)\s+[€$£]?$",
    re.IGNORECASE,
)
_WITHIN = re.compile(
    r"\b(?:at (?:least|most)|up to|within|no (?:more|less|fewer) than|or (?:more|less|higher))"
    r"\s+[€$£]?$",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:by|until|till|since|from|between|through|around|about|to|and)\s+[€$£]?$", re.IGNORECASE
)
"""What stands before an end of a span, with which no cell is compared."""

_OR = re.compile(
    r"(?:\s+[^\W\d_]+)?\s+or\s+(?:(?P<up>more|higher|better|above|over|later|longer|older|up)|"
    r"less|fewer|lower|below|under|earlier|shorter|younger)\b",
    re.IGNORECASE,
)
_GONE = re.compile(
    r"\b(?:sold out|out of stock|fully booked|booked (?:up|out|solid))\b", re.IGNORECASE
)
"""How a text says that nothing is left of something, with no word of what there is."""

_STOCK = frozenset(map(stem_word, ("stock", "available", "availability", "left", "remaining")))
"""Stems of columns that tell whether, or how many, there are still."""

_IN = re.compile(r"\s*(?:\w+ )?(?:in|on|at)?\s*", re.IGNORECASE)
_UPPER = re.compile(r"\bwithin\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Condition:
    """What is said of rows, and of which it is so.

    Attributes:
        column: the name of the column that shows it.
        stems: of that name.
        met: by row; rows for which it is not known are left out.
        start: offset in the claim.
        end: offset after it.
        exact: whether it is one value of a column, which may be of all rows together.
        bound: whether it is a bound of a value.
        counted: whether a number tells it: there is some where it is above 0.
        marked: whether a yes or no tells it, or that something is given.
    """

    column: str
    stems: frozenset[str]
    met: Mapping[int, bool]
    start: int
    end: int
    exact: bool = False
    bound: bool = False
    counted: bool = False
    marked: bool = False


def find_conditions(
    text: str, span: tuple[int, int], table: Table, taken: Sequence[tuple[int, int]]
) -> tuple[Condition, ...]:
    """Returns the conditions in a part of a claim, in order; none of them overlap.

    Args:
        text: the claim.
        span: offsets of the part.
        table: what it may speak of.
        taken: places that name rows.
    """
    words = [
        (m[0].casefold(), m.start(), m.end())
        for m in TOKEN.finditer(text, *span)
        if m[0].casefold() not in ("the", "a", "an")
        and not any(a <= m.start() < b for a, b in taken)
    ]
    found = [*_find_texts(text, words, table), *_find_bounds(text, span, table, taken)]
    found += _find_marks(text, span, words, table)
    kept: list[Condition] = []
    # A text of a cell tells more than the name of a column that has its word.
    for condition in sorted(found, key=lambda c: (c.start - c.end, c.start)):
        if not any(o.start < condition.end and condition.start < o.end for o in kept):
            kept.append(condition)
    return tuple(sorted(kept, key=lambda c: c.start))


def _find_texts(
    text: str, words: Sequence[tuple[str, int, int]], table: Table
) -> Iterator[Condition]:
    """Yields what is the text of some cells: "advanced" of ``level: Advanced``."""
    stems = [stem_word(word) for word, _, _ in words]
    where: dict[tuple[str, ...], set[str]] = {}
    for name in table.names:
        for row in table.rows:
            cell = row.get(name)
            if cell is None or read_amount(cell.value) or is_mark(cell.value):
                continue
            told = _split_stems(cell.value)
            if told and len(told) <= 6:
                where.setdefault(told, set()).add(name)
    for told, names in where.items():
        for i in range(len(stems) - len(told) + 1):
            if tuple(stems[i : i + len(told)]) != told or len(names) != 1:
                continue
            (name,) = names
            start, end = words[i][1], words[i + len(told) - 1][2]
            denied = _DENIED.search(text[:start])
            met = {
                row: (_split_stems(cells[name].value) == told) != bool(denied)
                for row, cells in enumerate(table.rows)
                if name in cells
            }
            # The name of the column beside it belongs to it: "high priority".
            yield Condition(name, find_stems(name), met, denied.start() if denied else start, end)


def _find_marks(
    text: str, span: tuple[int, int], words: Sequence[tuple[str, int, int]], table: Table
) -> Iterator[Condition]:
    """Yields what columns of yes and no are named for: "with roaming", "without a metro"."""
    for name in table.names:
        cells = {i: row[name].value for i, row in enumerate(table.rows) if name in row}
        given = {i: not is_empty(value) for i, value in cells.items()}
        some = len(set(given.values())) == 2 and len(cells) == len(table.rows)
        counts = _find_stock(name, table)
        marked = all(is_mark(value) for value in cells.values())
        if len(cells) < 2 or not (some or marked or counts):
            continue
        stems = find_stems(name)
        hits = [
            (word, start, end)
            for word, start, end in words
            if has_stem(stems, stem_word(word)) or has_stem(stems, stem_word(word[2:]))
        ]
        gone = _GONE.search(text, *span) if stems & _STOCK else None
        if gone is not None:
            said = counts or {i: is_yes(v) if marked else given[i] for i, v in cells.items()}
            met = {i: not so for i, so in said.items()}
            yield Condition(name, stems, met, *gone.span(), counted=bool(counts), marked=True)
        elif hits:
            first, start, end = hits[0][0], hits[0][1], hits[-1][2]
            before = _DENIED.search(text[:start])
            # "Unpaid" is not paid.
            turned = not has_stem(stems, stem_word(first))
            if turned and not first.startswith("un"):
                continue
            denied = bool(before) != turned
            if counts and any(_IN.fullmatch(text[v.end : start]) for v in parse_values(text)):
                continue  # "12 in stock" tells how many
            said = counts or {i: is_yes(v) if marked else given[i] for i, v in cells.items()}
            met = {i: so != denied for i, so in said.items()}
            at = before.start() if before else start
            yield Condition(name, stems, met, at, end, counted=bool(counts), marked=True)


def _find_stock(name: str, table: Table) -> dict[int, bool]:
    """By row whether there is any of what a column counts, where there is none of it in some."""
    column = next((c for c in table.columns if c.name == name), None)
    if column is None or column.kind != "number" or len(column.values) < len(table.rows):
        return {}
    amounts = {row: value.amount or 0.0 for row, value in column.values.items()}
    whole = all(amount >= 0 and amount == int(amount) for amount in amounts.values())
    return {row: n > 0 for row, n in amounts.items()} if whole and 0.0 in amounts.values() else {}


def _find_bounds(
    text: str, span: tuple[int, int], table: Table, taken: Sequence[tuple[int, int]]
) -> Iterator[Condition]:
    """Yields bounds of the values of a column: "above 3.5", "within 1 km", "30 minutes"."""
    for value in parse_values(text):
        if not span[0] <= value.start < span[1] or any(a <= value.start < b for a, b in taken):
            continue
        column = choose_column(text, span, value, table)
        if column is None:
            continue
        before = text[: value.start]
        strict = _STRICT.search(before)
        bound = "<" if _UPPER.search(before) else value.bound
        if strict is not None and not bound:
            bound = ">" if strict["up"] else "<"
        least = _OR.match(text, value.end)  # "4.2 or better"
        if least is not None:
            bound = ">" if least["up"] else "<"
        within = least is not None or _WITHIN.search(before) is not None
        if bound == "~" or (not bound and _OPEN.search(before)):
            continue
        met = {}
        for row, other in column.values.items():
            order = _compare(other, value)
            if not bound:
                met[row] = is_equal(value, other)
            elif order:
                met[row] = (order > 0) == (bound == ">")
            elif (strict is not None or within) and None not in (value.key[0], other.key[0]):
                met[row] = within
        if met and not re.search(r"(?:\bnot|\bnever|n['’]t)\s+(?:\w+\s+){0,2}$", before):
            worded = (m for p in (_STRICT, _WITHIN) if (m := p.search(before)) is not None)
            start = min((m.start() for m in worded), default=value.start)
            end = value.end if least is None else least.end()
            yield Condition(column.name, column.stems, met, start, end, not bound, bool(bound))


def choose_column(text: str, span: tuple[int, int], value: Value, table: Table) -> Column | None:
    """Returns the column that a part names and a value fits, or that alone has its unit.

    Args:
        text: the claim.
        span: offsets of the part.
        value: in it.
        table: what it speaks of.
    """
    fits = [c for c in table.columns if _is_like(value, next(iter(c.values.values())))]
    stems = find_stems(text[slice(*span)])
    # "Calories per serving" are calories.
    heads = {c.name: find_stems(RATE.split(c.name)[0]) for c in fits}
    named = [c for c in fits if any(has_stem(heads[c.name], stem) for stem in stems)]
    if len(named) > 1:  # "stars" is a rating, too, but first of all stars
        named = [c for c in named if stems & heads[c.name]]
    if len(named) == 1:
        return named[0]
    alone = len(fits) == 1 and not named and (value.unit or value.kind == "date")
    return fits[0] if alone else None


def _is_like(value: Value, other: Value) -> bool:
    """Whether two values can be compared; a bare year is a date as well."""
    if value.kind == "date" and other.kind == "number":
        return other.amount is not None and 1000 <= other.amount <= 2100 and not other.unit
    return value.kind == other.kind == "date" or is_compatible(value, other)


def _compare(other: Value, value: Value) -> int:
    """-1, 0 or 1 as the first is below, equal to or above the second, as far as both say."""
    for a, b in zip(other.key, value.key, strict=False):
        if a is None or b is None:
            return 0
        if a != b:
            return 1 if a > b else -1
    return 0


def _split_stems(text: str) -> tuple[str, ...]:
    words = (m[0].casefold() for m in TOKEN.finditer(text))
    return tuple(stem_word(word) for word in words if word not in ("the", "a", "an"))
