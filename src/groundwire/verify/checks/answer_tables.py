"""Tables of answers, cell by cell against the evidence rows that have the same names.

A claim that is a row of a table has the head of that table before it. What stands in one of its
cells is compared with the cell of the evidence that has the same two names, of a row and of a
column, whichever of them is the row there; columns that the evidence does not have are not read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from groundwire.evidence.cells import Cell, Line, join_unit
from groundwire.evidence.selection import find_keys, split_name
from groundwire.quantities.compare import (
    has_other_currency,
    is_compatible,
    is_excluded,
    is_exclusive_date,
    is_perhaps_same,
    is_same_value,
)
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.words import find_content_words
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_AMOUNTS = ("number", "money", "quantity", "percent")
_SCALES = (1.0, 1e3, 1e6, 1e9, 0.01)
"""What a bare number of a table may be counted in beside a value with its unit."""

_NEAR = 0.005
"""Share by which a round number may miss what it stands for."""

_YES = frozenset(("yes", "true", "✓", "✔", "✅", "y"))
_NO = frozenset(("no", "false", "✗", "✘", "❌", "n"))
_RESTATED = re.compile(r"(\S+) \((\S+%)\)")
_MARKUP = re.compile(r"[*_`]")


@dataclass(frozen=True, slots=True)
class _Part:
    """A cell of an answer's row: the name of its column, what it says, and where."""

    name: str
    text: str
    start: int
    end: int


def check_answer_table(claim: Claim, lines: Sequence[tuple[Quote, Line]]) -> list[Finding]:
    """Compares each cell of an answer's table with the evidence cell of the same two names.

    Args:
        claim: the claim; the head of its table stands last in ``context.preceding``.
        lines: lines of records in the evidence, with the sentences that they stand for.

    Returns:
        Conflicts of kind ``"row"``, in order, each with what the evidence has instead. None
        where no such cell exists, or one of several agrees.
    """
    parts = _read_row(claim)
    if not parts:
        return []
    keys = find_keys([line for _, line in lines])
    cells = [(line.path, quote, cell) for quote, line in lines for cell in line.cells]
    found = []
    for part in parts[1:]:
        stated = _find_stated(parts, part, keys, cells)
        column = {split_name(c.value) for _, _, c in cells for _, own in stated if c.key == own.key}
        if stated and all(_differs(part.text, cell.value, column) for _, cell in stated):
            quote, cell = stated[0]
            told = _RESTATED.sub(r"\1", cell.value)
            found.append(make_finding(claim, "row", part.start, part.end, "conflict", told, quote))
    return found


def _read_row(claim: Claim) -> list[_Part]:
    """The cells of a claim that is a row of a table; empty for any other."""
    head = claim.context.preceding[-1].split("|") if claim.context.preceding else []
    texts = claim.text.split("|")
    if len(texts) == len(head) + 1:
        head = ["", *head]  # the column of the names has none itself
    if len(texts) < 2 or len(texts) != len(head):
        return []
    parts, at = [], 0
    for name, text in zip(head, texts, strict=True):
        start = at + len(text) - len(text.lstrip())
        end = max(start, at + len(text.rstrip()))
        at += len(text) + 1
        plain = " ".join(_MARKUP.sub("", text).split())
        joined = join_unit(_MARKUP.sub("", name).strip(), plain, "", "", frozenset())
        parts.append(_Part(*joined, start, end))
    return parts


def _find_stated(
    parts: Sequence[_Part],
    part: _Part,
    keys: dict[tuple[tuple[str, int], ...], Cell],
    cells: Sequence[tuple[tuple[tuple[str, int], ...], Quote, Cell]],
) -> list[tuple[Quote, Cell]]:
    """The evidence cells that have the names of a part's row and column."""
    for row, column in ((parts[0].text, part.name), (part.name, parts[0].text)):
        paths = {path for path, key in keys.items() if split_name(key.value) == split_name(row)}
        if not paths and row == parts[0].text:
            # The name of the row may stand in another column: "| # | Model | Price |".
            paths = {
                path
                for path, key in keys.items()
                for p in parts[1:]
                if p is not part
                and split_name(p.name) == split_name(key.key)
                and split_name(p.text) == split_name(key.value)
            }
        found = []
        for path in paths:
            own = [(q, c) for p, q, c in cells if p == path and c is not keys[path]]
            named = [(q, c) for q, c in own if split_name(c.name) == split_name(column)]
            named = named or [(q, c) for q, c in own if _is_name_of(column, c.name)]
            if len(named) > 1:
                return []
            found += named
        if found and split_name(column):
            return found
    return []


def _is_name_of(name: str, full: str) -> bool:
    """Whether a column is called by the first words of its name: "Price" of "Price per night"."""
    head, _, span = full.casefold().partition(" per ")
    return bool(span) and split_name(name) == split_name(head)


def _differs(said: str, stated: str, column: set[tuple[str, ...]]) -> bool:
    """Whether two cells of the same names cannot both be true.

    Args:
        said: the cell of the answer.
        stated: that of the evidence.
        column: what the rows of the evidence have in that column.
    """
    one, two = said.casefold(), stated.casefold()
    if {one, two} <= _YES | _NO:
        return (one in _YES) != (two in _YES)
    restated = _RESTATED.fullmatch(stated)
    forms = [restated[1], restated[2]] if restated else [stated]
    mine = parse_values(said)
    if not mine:
        # Another wording may say the same; what another row has in this column does not.
        words = split_name(said)
        other = words in column and words != split_name(stated)
        return other and not find_content_words(said) & find_content_words(stated)
    return all(_differ(mine, parse_values(form)) for form in forms)


def _differ(mine: Sequence[Value], theirs: Sequence[Value]) -> bool:
    if len(mine) != len(theirs):
        return False
    pairs = list(zip(mine, theirs, strict=True))
    return any(_is_other(a, b) for a, b in pairs) and all(_is_comparable(a, b) for a, b in pairs)


def _is_comparable(a: Value, b: Value) -> bool:
    """Whether two values are of one kind; a bare number may have any unit."""
    if a.kind in _AMOUNTS and b.kind in _AMOUNTS:
        bare = "number" in (a.kind, b.kind)
        return bare or is_compatible(a, b) or has_other_currency(a, b)
    return a.kind == b.kind


def _is_other(a: Value, b: Value) -> bool:
    if is_same_value(a, b) or is_same_value(b, a) or is_perhaps_same(a, b):
        return False
    if a.kind in ("date", "time", "decade") or b.kind in ("date", "time", "decade"):
        return a.kind == b.kind and is_exclusive_date(a, b)
    if is_compatible(a, b):
        return is_excluded(a, b) and not _is_round(a, b)
    if has_other_currency(a, b):
        return True
    if a.amount is None or b.amount is None or "number" not in (a.kind, b.kind):
        return False
    steps = a.step / (a.factor or 1.0), b.step / (b.factor or 1.0)
    scaled = [(scale, 1.0) for scale in _SCALES] + [(1.0, scale) for scale in _SCALES]
    return not any(
        abs(abs(a.amount * m) - abs(b.amount * n)) <= max(steps[0] * m, steps[1] * n, 1e-9) / 2
        for m, n in scaled
    )


def _is_round(a: Value, b: Value) -> bool:
    """Whether a value ends in a zero and hardly misses the other one: 400 for 399."""
    one, two = a.key[0] or 0.0, b.key[0] or 0.0
    round_ = bool(re.search(r"0\D*$", a.text)) and not re.search(r"0\D*$", b.text)
    return round_ and abs(one - two) <= _NEAR * abs(two)
