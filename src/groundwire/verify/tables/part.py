"""Part of a claim that concludes one thing: the rows, values and conditions that it names.

A conclusion is only checked where rows, column, values and conditions account for every word of its
part. A word that is left over may say which rows are meant, or something else altogether.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal, TypeAlias

from groundwire.evidence.cells import read_unit
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import HEDGES
from groundwire.text.words import STOP, split_table
from groundwire.verify.tables.columns import (
    TOKEN,
    Table,
    has_stem,
    is_equal,
    read_amount,
    stem_word,
)
from groundwire.verify.tables.conditions import Condition, find_conditions

_BOUNDARY = re.compile(
    r"\s*;\s+|,?\s+(?:but|while|whereas|which|and|followed by)\s+(?:also\s+)?|,\s+(?=[A-Za-z])"
)
_LEADING = re.compile(
    r"\s*(?:of|among|amongst|for|with|without|at|in|on|between|outside|inside|within|excluding|"
    r"including|before|after|since|during)\b",
    re.IGNORECASE,
)
_THE = re.compile(r"\b(?:the|all|these|those|of)\s+$", re.IGNORECASE)
_MORE = re.compile(r"\s+(?:more|fewer|less)\b", re.IGNORECASE)
_RATE = re.compile(
    r"\s*(?:/|(?:a|an|per|each)\s+)(?:night|day|week|month|year|hour|person)\b", re.I
)
_HAVING = re.compile(
    r"\b(?:has|have|had|having|with|offers?|shows?|boasts?|records?|recorded|gets?|got|took|takes?)"
    r"\s+(?:the\s+|a\s+|an\s+)?(?:\w+\s+)?$",
    re.IGNORECASE,
)
_PER = re.compile(
    r"\b(?:per|each|every)\s+(?:night|day|week|month|year|hour|person)\b", re.IGNORECASE
)
_BEHIND = re.compile(r"\s+(?:of\s+)?(?:the\s+|these\s+|those\s+)?", re.IGNORECASE)
_CLOSING = re.compile(r"\bto\s+[^\W\d_]+\W*$")
"""What one does with a row, at the end: "the fastest to prepare"."""

_LOOSE = 4
"""Words that the table knows nothing of, up to which a part still speaks of its rows."""

Accounted: TypeAlias = Literal["whole", "loose", ""]

_EMPTY = frozenset(
    stem_word(word)
    for word in split_table(
        "list lists listed available table data set catalogue lineup all any every each other "
        "others rest both either overall among amongst between compared comparison own far still "
        "clearly slightly significantly considerably much even actually therefore thus however "
        "indeed given option choice one ones only just place rank ranks ranked stands lies located "
        "comes costs costing weighs weighing takes taking took lasts measures carries contains "
        "holds boasts offers offered offering features includes provides gets getting included "
        "rated rating price priced least total starts starting range ranges ranging run runs spans "
        "span above below exceed exceeds within under over shown recorded record totals across "
        "belongs belong receives receive attracts attract welcomes draws allow allowed allows "
        "permit permits permitted open support supports supported cover covers covered award "
        "awards carry already work works operate equipped available provide come need "
        "go goes going now right moment currently presently today still "
        "require requires average exactly precisely give gives given scored earn earns report "
        "reports reach reaches reached begin begins began finish finished"
    )
)
"""Stems of words that say nothing more of rows of which degree, column and value are known."""


@dataclass(frozen=True)
class Part:
    """A stretch of a claim, read with a table.

    Attributes:
        text: the claim.
        start: offset of the part.
        end: offset after it.
        table: what it may speak of.
        before: rows that the nearest part before it names, where it names none itself.
    """

    text: str
    start: int
    end: int
    table: Table
    before: tuple[int, ...] = ()

    @property
    def written(self) -> str:
        """The part as it stands in the claim."""
        return self.text[self.start : self.end]

    @cached_property
    def rows(self) -> Mapping[int, tuple[int, int]]:
        """The rows that it names, and where in the claim."""
        found = self.table.find_rows(self.written)
        return {row: (a + self.start, b + self.start) for row, (a, b) in found.items()}

    @cached_property
    def subjects(self) -> tuple[int, ...]:
        """The rows that it names, or else those that are named before it."""
        return tuple(self.rows) or self.before

    @property
    def joined(self) -> bool:
        """Whether all rows that it names are named as one: "Alder and Vega are the cheapest"."""
        spans = sorted(self.rows.values())
        gaps = (self.text[b:a].strip(" ,") for (_, b), (a, _) in pairwise(spans))
        return all(gap.removeprefix("the") in ("", "and", "and the") for gap in gaps)

    @cached_property
    def sizes(self) -> tuple[Value, ...]:
        """The numbers that tell how many rows there are: "of the four hotels"."""
        size = len(self.table.rows)
        return tuple(
            v
            for v in parse_values(self.text)
            if v.kind == "number"
            and v.amount == size
            and not v.bound
            and self.start <= v.start < self.end
            and _THE.search(self.text, 0, v.start)
            and not _MORE.match(self.text, v.end)
        )

    @cached_property
    def values(self) -> tuple[Value, ...]:
        """The values in it, but for the number of all rows."""
        named = list(self.rows.values())
        free = [v for v in self._inside if not any(a <= v.start < b for a, b in named)]
        return tuple(v for v in free if v not in self.sizes and v not in self._of_names)

    @cached_property
    def _inside(self) -> tuple[Value, ...]:
        return tuple(v for v in parse_values(self.text) if self.start <= v.start < self.end)

    @cached_property
    def _of_names(self) -> tuple[Value, ...]:
        """The values that stand in names of columns: "Output 2023", "Open 24h"."""
        own = {v.key for name in self.table.headers for v in parse_values(name)}
        return tuple(v for v in self._inside if v.key in own)

    @cached_property
    def conditions(self) -> tuple[Condition, ...]:
        """What it says of rows that one column shows, in order."""
        taken = [*self.rows.values(), *((v.start, v.end) for v in self.sizes)]
        return find_conditions(self.text, (self.start, self.end), self.table, taken)

    def list_words(self) -> Iterator[tuple[str, int, int]]:
        """Yields its words in small letters, hyphens dividing them, with their offsets."""
        for match in TOKEN.finditer(self.text, self.start, self.end):
            yield match[0].casefold(), *match.span()

    @cached_property
    def hedges(self) -> bool:
        """Whether it says something with reserve: "may", "planned"; "plans" may be the rows."""
        words = {word for word, _, _ in self.list_words()} & HEDGES
        return any(stem_word(word) not in self.table.nouns for word in words)

    def adds_nothing(self, start: int, end: int, stems: frozenset[str]) -> bool:
        """Whether a stretch has no word but those of a column and such as say nothing more."""
        words = (word for word, at, _ in self.list_words() if start <= at < end)
        return all(
            word in STOP or stem_word(word) in _EMPTY or has_stem(stems, stem_word(word))
            for word in words
        )

    def is_kind(self, start: int, stem: str) -> bool:
        """Whether a word says what the rows are, as several of their names do: "museums"."""
        return stem in self.table.kinds and self.text[start].islower()

    def account(
        self,
        taken: Sequence[tuple[int, int]],
        stems: frozenset[str] = frozenset(),
        of: Sequence[int] = (),
        size: int = 0,
    ) -> Accounted:
        """Returns how far what is known accounts for every word.

        One word that is nowhere in the table may name what its rows are, beside what is known ("the
        longest song", "two of the songs", "battery capacities"), if no other does.

        Args:
            taken: places that are accounted for.
            stems: of the names of columns that are spoken of.
            of: rows whose own values may be told beside.
            size: number of the rows that are spoken of, where it is not that of all.

        Returns:
            ``"whole"``; ``"loose"`` where it says more that the table knows nothing of; empty where
            what it says more may say which rows are meant.
        """
        known = [*taken, *self.rows.values()]
        known += [(v.start, v.end) for v in (*self.sizes, *self._of_names)]
        known += [m.span() for m in _PER.finditer(self.text, self.start, self.end)]
        for value in self.values:
            rate = _RATE.match(self.text, value.end)
            span = value.start, rate.end() if rate else value.end
            if not any(a <= value.start < b for a, b in known):
                own = (cell for row in of for cell in self.table.rows[row].values())
                counted = value.kind == "number" and size and value.amount == size
                if not counted and not any(_states(cell.value, value) for cell in own):
                    return ""
            known.append(span)
        strange: list[tuple[str, int, int]] = []
        nouns: list[int] = []
        closing = _CLOSING.search(self.text, self.start, self.end)
        for word, start, end in self.list_words():
            stem = stem_word(word)
            # "IT" is a department, and no word that says nothing.
            plain = word in STOP and not (end - start > 1 and self.text[start:end].isupper())
            if any(a <= start < b for a, b in known) or plain:
                continue
            if has_stem(stems, stem):
                known.append((start, end))
            elif stem in self.table.nouns or self.is_kind(start, stem):
                nouns.append(start)
            elif stem not in _EMPTY and not (closing and closing.start() < start):
                strange.append((word, start, end))
        # "Of those that charge, ..." says of which rows.
        leading = _LEADING.match(self.text, self.start, self.end)
        if strange and leading and "," in self.text[strange[0][1] : self.end]:
            return ""
        # What something has the most of is no word for what it is: "has the highest rent".
        if any(
            _is_beside(self.text, b, start) and _HAVING.search(self.text, self.start, a)
            for _, start, _ in strange
            for a, b in taken
            if not any(c.isdigit() for c in self.text[a:b])  # "fewer than 5 games"
        ):
            return ""
        # "The cheapest direct train" is not the cheapest train, "most free beds" not most beds.
        if any(
            _is_beside(self.text, b, start) and self._goes_on(end)
            for _, start, end in strange
            for _, b in taken
        ):
            return ""
        led = [end for _, _, end in strange if any(_is_beside(self.text, end, n) for n in nouns)]
        if not strange or (len(strange) == 1 and not led and self._is_noun(*strange[0], known)):
            return "whole"
        unknown = [word for word, _, _ in strange]
        # "An hour longer" says by how much.
        if len(unknown) > _LOOSE or any(is_told(w, self.table) or read_unit(w) for w in unknown):
            return ""
        return "" if led else "loose"

    def _goes_on(self, end: int) -> bool:
        """Whether another word that carries meaning stands right behind a place."""
        after = TOKEN.search(self.text, end, self.end)
        near = after is not None and not self.text[end : after.start()].strip(" -")
        word = after[0].casefold() if after is not None else ""
        return near and word not in STOP and stem_word(word) not in _EMPTY

    def _is_noun(self, word: str, start: int, end: int, known: Sequence[tuple[int, int]]) -> bool:
        """Whether a word stands where what the rows are is named, and the table lacks it."""
        beside = any(
            _BEHIND.fullmatch(self.text, b, start) or (end < a and not self.text[end:a].strip())
            for a, b in known
        )
        return beside and not is_told(word, self.table) and not read_unit(word)

    def write(self, subject: str = "") -> str:
        """Returns it as a sentence, its subject before it where it has none."""
        told = self.written.strip(" .,;:!")
        told = f"{subject}: {told}" if subject else told
        return f"{told[:1].upper()}{told[1:]}."


def divide(text: str, table: Table) -> list[Part]:
    """Returns the parts of a claim that each conclude one thing.

    Args:
        text: the claim.
        table: what it may speak of; names of its rows that are listed stay together, and so do
            those that say of which rows with what is said of them ("of the three, Alder is ...").
    """
    spans = table.find_rows(text).values()
    ends, starts = {end for _, end in spans}, {start for start, _ in spans}
    found: list[Part] = []
    before: tuple[int, ...] = ()
    at = 0
    for end, after in [*(m.span() for m in _BOUNDARY.finditer(text)), (len(text),) * 2]:
        counted = text[:end][-1:].isdigit() and text[after : after + 2].strip("€$£ ")[:1].isdigit()
        if (
            counted
            or (end in ends and after in starts)
            or (_LEADING.match(text, at, end) and text[end : end + 1] == "," and not found)
        ):
            continue
        part = Part(text, at, end, table, before)
        before = tuple(part.rows) or before
        found.append(part)
        at = after
    return found


def is_told(word: str, table: Table) -> bool:
    """Whether a word is of another column or of a cell, and so may say which rows are meant."""
    # "IT" is told as it stands, though "it" is no word of a name.
    return stem_word(word) in table.told or word.upper() in table.written


def _is_beside(text: str, end: int, start: int) -> bool:
    return end <= start and not text[end:start].strip()


def _states(cell: str, value: Value) -> bool:
    stated = None if value.bound not in ("", "~") else read_amount(cell)
    return stated is not None and is_equal(value, stated)
