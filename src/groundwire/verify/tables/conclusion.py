"""Conclusion that a claim draws from several cells, and what these come to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from groundwire.quantities.compare import is_compatible, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.words import STOP, WORD, find_content_words, split_table, strip_ending
from groundwire.verify.tables.columns import Table, has_stem

_BOUNDARY = re.compile(
    r"\s*;\s+|,?\s+(?:but|while|whereas|which|and|with|followed by)\s+|,\s+(?=[A-Za-z])"
)
_BEHIND = re.compile(r"\s+(?:of\s+)?(?:the\s+|these\s+)?", re.IGNORECASE)
_EMPTY = frozenset(
    strip_ending(word)
    for word in split_table(
        "list lists listed available table all any other others rest both either overall among "
        "between compared comparison own far still clearly slightly significantly considerably "
        "much even actually therefore thus however indeed given option choice one place rank ranks "
        "ranked stands lies located comes costs weighs takes lasts measures carries contains "
        "offers features includes provides rated price priced least terms total starts day daily "
        "range ranges above below exceed exceeds"
    )
)
"""Stems of words that say nothing more of rows of which degree, column and value are known."""


Failing: TypeAlias = Literal["comparison", "figure"]
"""Kinds of findings on what does not follow: what is shown otherwise, or only not stated."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a claim says that stands in no cell, and what the cells come to.

    Attributes:
        start: offset in the claim of the words that conclude.
        end: offset after them.
        line: index of the line that it is said of, or that shows otherwise.
        holds: whether it follows; None where that is not sure, as more rows may exist elsewhere.
        said: what the cells have.
        note: what follows as a sentence, empty where it does not.
        kind: of the finding where it does not follow.
    """

    start: int
    end: int
    line: int
    holds: bool | None
    said: str
    note: str
    kind: Failing = "comparison"


def divide_clauses(text: str, table: Table) -> Iterator[tuple[int, int]]:
    """Yields the offsets of the parts of a claim that each conclude one thing.

    Args:
        text: the claim.
        table: what it may speak of; names of its rows that are listed stay together.
    """
    rows = table.find_rows(text).values()
    ends, starts = {end for _, end in rows}, {start for start, _ in rows}
    at = 0
    for match in _BOUNDARY.finditer(text):
        if match.start() in ends and match.end() in starts:
            continue
        yield at, match.start()
        at = match.end()
    yield at, len(text)


def write_note(clause: str, subject: str = "") -> str:
    """Returns a clause as a sentence, its subject before it where it has none."""
    told = clause.strip(" .,;:!")
    told = f"{subject}: {told}" if subject else told
    return f"{told[:1].upper()}{told[1:]}."


def is_all_said(
    text: str,
    span: tuple[int, int],
    taken: Sequence[tuple[int, int]],
    table: Table,
    stems: frozenset[str],
    mine: Value | None = None,
) -> bool:
    """Whether what is known accounts for every word of a clause.

    Another word may say which rows are meant ("the cheapest with breakfast"), so that nothing is
    concluded. One word that is nowhere in the table may name what its rows are, right behind what
    is known ("the longest song", "two of the songs", "battery capacities").

    Args:
        text: the claim.
        span: offsets of the clause.
        taken: places that are accounted for.
        table: what the clause speaks of.
        stems: of the names of the column.
        mine: the value of the row that is spoken of, which may be told beside.
    """
    start, end = span
    known = list(taken)
    for value in parse_values(text):
        if not start <= value.start < end or any(a <= value.start < b for a, b in taken):
            continue
        own = mine is not None and is_compatible(value, mine) and is_same_value(value, mine)
        if not own and not (value.kind == "number" and value.amount == len(table.rows)):
            return False
        known.append((value.start, value.end))
    strange: list[re.Match[str]] = []
    for match in WORD.finditer(text, start, end):
        stem = strip_ending(match[0])
        if any(a <= match.start() < b for a, b in known) or match[0].casefold() in STOP:
            continue
        if has_stem(stems, stem):
            known.append(match.span())
        elif stem not in _EMPTY and stem not in table.nouns:
            strange.append(match)
    if len(strange) > 1:
        return False
    return not strange or _is_noun(strange[0], text, known, table)


def _is_noun(
    word: re.Match[str], text: str, taken: Sequence[tuple[int, int]], table: Table
) -> bool:
    """Whether a word stands where what the rows are is named, and the table does not have it."""
    behind = any(_BEHIND.fullmatch(text, b, word.start()) for _, b in taken if b <= word.start())
    return behind and not is_told(word[0], table)


def is_told(word: str, table: Table) -> bool:
    """Whether a word is of another column or of a cell, and so may say which rows are meant."""
    stem = strip_ending(word)
    names = {name for row in table.rows for name in row}
    values = {cell.value for row in table.rows for cell in row.values()}
    return any(stem in find_content_words(text) for text in (*names, *values))
