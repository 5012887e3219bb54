"""Rows of a table that a claim mixes: the name of one with a value of another.

The lines of records stand as ``groundwire.evidence.scopes`` finds them in any text, tables of
Markdown and CSV included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from groundwire.evidence.cells import Cell
from groundwire.evidence.scopes import Line
from groundwire.quantities.compare import is_perhaps_same, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import COMPARED, DERIVED, NEGATED
from groundwire.text.words import WORD, find_content_words
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_TELLING = 2
"""Digits of a bare number from which it is no chance that a row has it."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A part of a claim, and the cell of a row that says it."""

    start: int
    end: int
    cell: Cell


def check_rows(
    claim: Claim,
    kept: Sequence[tuple[Quote, Line]],
    dropped: Sequence[tuple[Quote, Line]],
    others: Sequence[Quote] = (),
) -> list[Finding]:
    """Looks for what a claim says of the row that it names and what only another row states.

    Args:
        claim: the claim; findings carry offsets into its answer.
        kept: lines of the records that it names, with the sentences that they stand for.
        dropped: lines of the other records of the same tables.
        others: the sentences in scope that are no lines of records; what they state is theirs.

    Returns:
        Conflicts of kind ``"row"``, in order, each with what the named row says instead. None
        where the claim compares or reckons, names several rows, or says no.
    """
    if not kept or not dropped or _is_free(claim.text):
        return []
    rows = {line.path for _, line in kept if line.path}
    if len(rows) != 1:
        return []
    stated = " ".join([*(line.reading for _, line in kept), *(quote.text for quote in others)])
    mine = {cell.key: (quote, cell) for quote, line in kept if line.path for cell in line.cells}
    found: dict[tuple[int, int], Finding] = {}
    for named in _find_strangers(claim.text, stated, [line for _, line in dropped]):
        if named.cell.key not in mine:
            continue
        quote, own = mine[named.cell.key]
        if own.value.casefold() == named.cell.value.casefold():
            continue
        place = named.start, named.end
        found[place] = make_finding(claim, "row", *place, "conflict", own.value, quote)
    return [found[place] for place in sorted(found)]


def _is_free(text: str) -> bool:
    """Whether a claim may name a value of a row without saying it of the other."""
    tests = (NEGATED.search, DERIVED.search, COMPARED.search)
    return text.rstrip().endswith("?") or any(test(text) for test in tests)


def _find_strangers(claim: str, stated: str, dropped: Sequence[Line]) -> Iterator[_Named]:
    """What a claim says that no kept line states, and a dropped one does under one name alone."""
    here = parse_values(stated)
    words = find_content_words(claim)
    for value in parse_values(claim):
        if value.bound or any(_is_like(value, v) for v in here):
            continue
        cells = [c for line in dropped for c in line.cells if _states(c, value)]
        if len({cell.key for cell in cells}) == 1 and _is_telling(value, cells[0], words):
            yield _Named(value.start, value.end, cells[0])
    folded = [(m.start(), m.end(), m[0].casefold()) for m in WORD.finditer(claim)]
    known = f" {' '.join(m[0].casefold() for m in WORD.finditer(stated))} "
    for cell in {cell for line in dropped for cell in line.cells}:
        phrase = [m[0].casefold() for m in WORD.finditer(cell.value)]
        if not phrase or not any(c.isalpha() for c in cell.value) or parse_values(cell.value):
            continue
        if not find_content_words(cell.value) or f" {' '.join(phrase)} " in known:
            continue
        for i in range(len(folded) - len(phrase) + 1):
            run = folded[i : i + len(phrase)]
            if [word for _, _, word in run] == phrase:
                yield _Named(run[0][0], run[-1][1], cell)


def _states(cell: Cell, value: Value) -> bool:
    return any(_is_like(value, stated) for stated in parse_values(cell.value))


def _is_like(claimed: Value, stated: Value) -> bool:
    """Whether a stated value may be the claimed one; a bare number has any unit."""
    if stated.kind == "number" and claimed.kind in ("money", "quantity", "percent"):
        stated = Value(
            claimed.kind, stated.start, stated.end, stated.text, stated.key, claimed.unit,
            stated.step,
        )  # fmt: skip
    if claimed.kind == "number" and stated.kind in ("money", "quantity", "percent"):
        return claimed.key[0] == stated.key[0]
    return is_same_value(claimed, stated) or is_perhaps_same(claimed, stated)


def _is_telling(value: Value, cell: Cell, words: frozenset[str]) -> bool:
    """Whether a value is no chance: it has a unit or digits enough, or its key is named."""
    digits = sum(c.isdigit() for c in value.text)
    return bool(value.unit) or digits >= _TELLING or bool(find_content_words(cell.key) & words)
