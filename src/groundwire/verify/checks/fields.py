"""Fields of records, as ``groundwire.evidence.records`` writes them, against claims.

A record is lines of ``key: value`` joined by semicolons; the rows of a table are such lines,
one each, with the same keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import COMPARED, DERIVED, NEGATED
from groundwire.text.words import WORD, find_content_words, split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

_PLURAL = re.compile(r"[^\W\d_]{2,}s")
"""A name of a field that is the plural of one word, which its number counts."""

_LONGEST = 2000
_MOST = 60
# Words beside those of the key. A claim with more says something of its own.
_FURTHER = 5
_YES, _NO = frozenset(split_table("yes true")), frozenset(split_table("no false none"))
_OPEN = re.compile(r"\bopen(?:s|ed|ing)?\b", re.IGNORECASE)
_CLOSED = re.compile(r"\b(?:closed|closes all day|shut)\b", re.IGNORECASE)
# What denies "in stock: yes" may be "out of stock", which has no negation.
_INSIDE = re.compile(r"in (?=\w+$)", re.IGNORECASE)
# "Dogs are allowed only on the terrace" does not turn "dogs allowed: no" round.
_LIMITED = re.compile(
    r"\b(?:if|unless|except|only|but|may|might|not|some|sometimes|usually|outside|without)\b|n['’]t\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Field:
    key: str
    value: str
    quote: Quote

    @property
    def words(self) -> frozenset[str]:
        return find_content_words(self.key)


def check_fields(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Compares a claim with the fields of records that it names.

    A field of yes or no is turned round where the claim has all words of its key, hardly more,
    and denies it or does not (``"negation"``); so are opening hours. Rows that disagree about a
    key settle nothing about the field.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        Conflicts, in order.
    """
    rows = [row for quote in evidence if len(quote.text) <= _LONGEST and (row := _fields(quote))]
    if not rows or claim.text.rstrip().endswith("?"):
        return []
    return sorted(_flags(claim, rows), key=lambda f: (f.start, f.end, f.kind))


@lru_cache(maxsize=8192)
def _fields(quote: Quote) -> tuple[_Field, ...]:
    found = []
    for part in re.split(r"[;\n]", quote.text):
        head, _, value = part.rpartition(": ")
        if head and value.strip():
            key = head.rpartition(": ")[2].strip()
            found.append(_Field(key, value.strip().rstrip("."), quote))
    return tuple(found[:_MOST])


def _flags(claim: Claim, rows: Sequence[Sequence[_Field]]) -> Iterator[Finding]:
    said = find_content_words(claim.text)
    opens, closed = _OPEN.search(claim.text), _CLOSED.search(claim.text)
    limited = _LIMITED.search(claim.text)
    fields = [field for row in rows for field in row if field.words and field.words <= said]
    for field in fields:
        value = field.value.casefold()
        others = {f.value.casefold() for f in fields if f.words == field.words}
        if len(others) > 1:
            continue
        if (count := _find_other_count(claim, field)) is not None:
            span = count.start, count.end
            yield make_finding(claim, "number", *span, "conflict", field.value, field.quote)
        if value in _YES | _NO and len(said - field.words) <= _FURTHER:
            yield from _turned(claim, field, value in _YES)
        elif limited:
            continue
        elif opens and not closed and value == "closed":
            yield _conflict(claim, *opens.span(), field)
        elif closed and not opens and _hours(value):
            yield _conflict(claim, *closed.span(), field)


def _find_other_count(claim: Claim, field: _Field) -> Value | None:
    """The number that a claim gives to what a field counts: "5 seats" of ``Seats: 7``."""
    name = field.key.casefold()
    if not field.value.isdecimal() or not _PLURAL.fullmatch(name):
        return None
    if any(p.search(claim.text) for p in (NEGATED, DERIVED, COMPARED)):
        return None
    for value in parse_values(claim.text):
        counted = value.kind == "number" and not value.bound and value.amount is not None
        if counted and claim.text[value.end :].casefold().startswith(f" {name}"):
            return value if value.amount != float(field.value) else None
    return None


def _hours(text: str) -> bool:
    """Whether a text states times of day and nothing else that can be counted."""
    return {value.kind for value in parse_values(text)} == {"time"}


def _turned(claim: Claim, field: _Field, holds: bool) -> Iterator[Finding]:
    denials = list(NEGATED.finditer(claim.text))
    if (inside := _INSIDE.match(field.key)) is not None:
        noun = re.escape(field.key[inside.end() :])
        denials += re.finditer(rf"\bout of {noun}\b", claim.text, re.IGNORECASE)
    # Two denials cancel each other, or each denies another thing.
    if len(denials) > 1 or NEGATED.search(field.key):
        return
    if holds and denials:
        yield _conflict(claim, *denials[0].span(), field)
    elif not holds and not denials and not _LIMITED.search(claim.text):
        word = next(w for w in WORD.finditer(claim.text) if find_content_words(w[0]) & field.words)
        yield _conflict(claim, *word.span(), field)


def _conflict(claim: Claim, start: int, end: int, field: _Field) -> Finding:
    said = f"{field.key}: {field.value}"
    return make_finding(claim, "negation", start, end, "conflict", said, field.quote)
