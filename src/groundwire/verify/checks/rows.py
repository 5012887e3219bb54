"""Rows of a table that a claim mixes: the name of one with a value of another.

The lines of records stand as ``groundwire.evidence.scopes`` finds them in any text, tables of
Markdown and CSV included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from groundwire.evidence.cells import Cell, Line, Place
from groundwire.evidence.selection import find_keys, split_name
from groundwire.quantities.compare import (
    is_compatible,
    is_excluded,
    is_exclusive_date,
    is_perhaps_same,
    is_same_value,
)
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import COMPARED, DERIVED, NEGATED
from groundwire.text.words import WORD, find_content_words
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_MOST_ROWS = 6
"""Rows that a claim may name to be read in parts."""

_JOINT = re.compile(r"\s*[,;]\s+(?:(?:and|but|while|whereas)\s+)?|\s+(?:and|but|while|whereas)\s+")
_RESPECTIVE = re.compile(r"\brespectively\b", re.IGNORECASE)

_PLAIN = frozenset(("yes", "no", "none", "true", "false"))
_TELLING = 2
"""Digits of a bare number from which it is no chance that a row has it."""


@dataclass(frozen=True, slots=True)
class _Named:
    """A part of a claim, and the cell of a row that says it."""

    start: int
    end: int
    cell: Cell
    value: Value | None = None


def check_rows(
    claim: Claim,
    kept: Sequence[tuple[Quote, Line]],
    dropped: Sequence[tuple[Quote, Line]],
    others: Sequence[Quote] = (),
) -> list[Finding]:
    """Looks for what a claim says of the row that it names and what only another row states.

    A claim that names several rows is read in parts that name one each.

    Args:
        claim: the claim; findings carry offsets into its answer.
        kept: lines of the records that it names, with the sentences that they stand for.
        dropped: lines of the other records of the same tables.
        others: the sentences in scope that are no lines of records; what they state is theirs.

    Returns:
        Conflicts of kind ``"row"``, in order, each with what the named row says instead. None
        where the claim compares or reckons, says no, or has a part that names several rows.
    """
    if not kept or _is_free(claim.text):
        return []
    rows = {line.path for _, line in kept if line.path}
    if len(rows) == 1:
        return _check_row(claim, kept, dropped, others) if dropped else []
    found: list[Finding] = []
    for part, row in _divide(claim, kept) if len(rows) <= _MOST_ROWS else ():
        own = [(quote, line) for quote, line in kept if line.path in ((), row)]
        rest = [(quote, line) for quote, line in kept if line.path not in ((), row)]
        found += _check_row(part, own, [*rest, *dropped], others)
    return found


def _check_row(
    claim: Claim,
    kept: Sequence[tuple[Quote, Line]],
    dropped: Sequence[tuple[Quote, Line]],
    others: Sequence[Quote],
) -> list[Finding]:
    """What a claim, or a part of one, says of the one row that it names."""
    stated = " ".join([*(line.reading for _, line in kept), *(quote.text for quote in others)])
    mine = {cell.key: (quote, cell) for quote, line in kept if line.path for cell in line.cells}
    found: dict[tuple[int, int], Finding] = {}
    for named in _find_strangers(claim.text, stated, [line for _, line in dropped]):
        if named.cell.key not in mine:
            continue
        quote, own = mine[named.cell.key]
        if own.value.casefold() == named.cell.value.casefold() or _is_kept(named.value, own):
            continue
        place = named.start, named.end
        found[place] = make_finding(claim, "row", *place, "conflict", own.value, quote)
    return [found[place] for place in sorted(found)]


def _divide(
    claim: Claim, kept: Sequence[tuple[Quote, Line]]
) -> list[tuple[Claim, tuple[Place, ...]]]:
    """Divides a claim into parts with the row that each names; empty where that is not sure.

    "Alder costs 80 and Birch has 3 beds" has two; of "Alder and Birch cost 80 and 95" the parts
    name a row without saying anything of it, or say something without naming one.
    """
    if _RESPECTIVE.search(claim.text):
        return []
    keys = find_keys([line for _, line in kept])
    names = {path: split_name(cell.value) for path, cell in keys.items()}
    if len(set(names.values())) < len({line.path for _, line in kept if line.path}):
        return []
    parts: list[tuple[int, int, tuple[Place, ...]]] = []
    at = 0
    for end, after in [*(m.span() for m in _JOINT.finditer(claim.text)), (len(claim.text),) * 2]:
        text = claim.text[at:end]
        words = f" {' '.join(split_name(text))} "
        hits = {path: own for path, own in names.items() if f" {' '.join(own)} " in words}
        longest = [
            path
            for path, own in hits.items()
            if not any(len(o) > len(own) and set(own) <= set(o) for o in hits.values())
        ]
        rest = find_content_words(text) - {
            word for path in longest for word in find_content_words(keys[path].value)
        }
        if len(longest) > 1 or (longest and not rest):
            return []
        if longest:
            parts.append((at, end, longest[0]))
        elif not parts or not text[:1].isalpha():
            return []
        else:
            parts[-1] = parts[-1][0], end, parts[-1][2]
        at = after
    return [
        (replace(claim, text=claim.text[a:b], start=claim.start + a, end=claim.start + b), path)
        for a, b, path in parts
    ]


def _is_free(text: str) -> bool:
    """Whether a claim may name a value of a row without saying it of the other."""
    tests = (NEGATED.search, DERIVED.search, COMPARED.search)
    return text.rstrip().endswith("?") or any(test(text) for test in tests)


def _find_strangers(claim: str, stated: str, dropped: Sequence[Line]) -> Iterator[_Named]:
    """What a claim says that no kept line states, and a dropped one does under one name alone."""
    here = parse_values(stated)
    words = find_content_words(claim)
    for value in parse_values(claim):
        if any(_is_like(value, v) for v in here):
            continue
        cells = [c for line in dropped for c in line.cells if _states(c, value)]
        if len({cell.key for cell in cells}) == 1 and _is_telling(value, cells[0], words):
            yield _Named(value.start, value.end, cells[0], value)
    folded = [(m.start(), m.end(), m[0].casefold()) for m in WORD.finditer(claim)]
    known = f" {' '.join(m[0].casefold() for m in WORD.finditer(stated))} "
    for cell in {cell for line in dropped for cell in line.cells}:
        phrase = [m[0].casefold() for m in WORD.finditer(cell.value)]
        if not phrase or not any(c.isalpha() for c in cell.value) or parse_values(cell.value):
            continue
        if not find_content_words(cell.value) or f" {' '.join(phrase)} " in known:
            continue
        if len(phrase) == 1 and phrase[0] in _PLAIN:
            continue  # the "Yes" of an answer is no cell of another row
        for i in range(len(folded) - len(phrase) + 1):
            run = folded[i : i + len(phrase)]
            if [word for _, _, word in run] == phrase:
                yield _Named(run[0][0], run[-1][1], cell)


def _is_kept(value: Value | None, own: Cell) -> bool:
    """Whether a bound ("from 1 June", "up to 55 km") may hold of what the row itself has."""
    if value is None or not value.bound:
        return False
    theirs = parse_values(own.value)
    if len(theirs) != 1 or theirs[0].kind != value.kind:
        return True
    if value.kind in ("date", "time"):
        return not is_exclusive_date(value, theirs[0])
    return not (is_compatible(value, theirs[0]) and is_excluded(value, theirs[0]))


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
