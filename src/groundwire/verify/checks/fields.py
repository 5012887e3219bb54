"""Fields of records, as ``groundwire.evidence.records`` writes them, against claims.

A record is lines of ``key: value`` joined by semicolons; the rows of a table are such lines,
one each, with the same keys.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from groundwire.quantities.compare import is_compatible, is_perhaps_same, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import COMPARED, DERIVED, NEGATED
from groundwire.text.words import STOP, WORD, find_content_words, split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.tables.columns import find_stems, has_stem, stem_word

_PLURAL = re.compile(r"[^\W\d_]{2,}s")
"""A name of a field that is the plural of one word, which its number counts."""

_PART_OF = re.compile(
    r"\b(?:left|remain\w*|free|available|unused|used|taken|in use|more|"
    r"of (?:the|your|its|their))\b",
    re.IGNORECASE,
)
"""Words with which a claim counts a part of what a field counts: "three seats left"."""

_ON = re.compile(r"\b(?:on|enabled|activated|active)\b", re.IGNORECASE)
_OFF = re.compile(r"\b(?:off|disabled|deactivated|inactive)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(?:than|both|all|each|total|together|between|from|or)\b", re.IGNORECASE)
_ENDS = re.compile(r"\b(?:until|till|by|ends?|expir\w+|deadline|due)\b", re.IGNORECASE)
_BESIDE = frozenset(split_table("due set scheduled planned fixed"))
"""Words between the name of a field and its value."""

_NAME = 3
"""Words of the name of a field that are looked for right before a value."""

_SWITCHES = frozenset(split_table("enabled active activated feature flag on"))
"""Words of the name of a switch that say nothing of what it switches."""

_LONGEST = 2000
_MOST = 60
# Words beside those of the key. A claim with more says something of its own.
_FURTHER = 5
_STEM = 4
"""Letters of a word of a key that may begin a longer one of a claim, at least."""

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
    path: str = ""

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
    said = find_content_words(claim.text)
    found = [
        *_flags(claim, rows),
        *_find_turned_switches(claim, rows, said),
        *_find_crossed(claim, rows),
        *_find_other_words(claim, rows),
    ]
    return sorted(found, key=lambda f: (f.start, f.end, f.kind))


@lru_cache(maxsize=8192)
def _fields(quote: Quote) -> tuple[_Field, ...]:
    found = []
    for part in re.split(r"[;\n]", quote.text):
        head, _, value = part.rpartition(": ")
        if head and value.strip():
            key = head.rpartition(": ")[2].strip()
            found.append(_Field(key, value.strip().rstrip("."), quote, head))
    return tuple(found[:_MOST])


def _flags(claim: Claim, rows: Sequence[Sequence[_Field]]) -> Iterator[Finding]:
    said = find_content_words(claim.text)
    said |= {word.removeprefix("un") for word in said if word.startswith("un")}
    opens, closed = _OPEN.search(claim.text), _CLOSED.search(claim.text)
    limited = _LIMITED.search(claim.text)
    fields = [field for row in rows for field in row if _is_named(field, said)]
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


def _is_named(field: _Field, said: frozenset[str]) -> bool:
    """Whether a claim has all words of a key; "automatically" has "auto"."""
    return bool(field.words) and all(
        word in said or (len(word) >= _STEM and any(other.startswith(word) for other in said))
        for word in field.words
    )


def _find_other_count(claim: Claim, field: _Field) -> Value | None:
    """The number that a claim gives to what a field counts: "5 seats" of ``Seats: 7``."""
    name = field.key.casefold()
    if not field.value.isdecimal() or not _PLURAL.fullmatch(name):
        return None
    if any(p.search(claim.text) for p in (NEGATED, DERIVED, COMPARED, _PART_OF)):
        return None
    for value in parse_values(claim.text):
        counted = value.kind == "number" and not value.bound and value.amount is not None
        if counted and claim.text[value.end :].casefold().startswith(f" {name}"):
            return value if value.amount != float(field.value) else None
    return None


def _find_crossed(claim: Claim, rows: Sequence[Sequence[_Field]]) -> Iterator[Finding]:
    """Yields values of one field that are said of another one: "placed on" the day of arrival.

    The name of the field must stand before the value with nothing but small words between, and of
    all fields only one may be meant.
    """
    if any(p.search(claim.text) for p in (NEGATED, DERIVED, _SEVERAL)):
        return
    words = [(m.end(), m[0].casefold()) for m in WORD.finditer(claim.text)]
    fields = [(f, find_stems(f.key)) for row in rows for f in row]
    for value in parse_values(claim.text):
        if value.kind not in ("date", "time", "money", "quantity", "percent"):
            continue
        before = [word for end, word in words if end <= value.start]
        while before and (before[-1] in STOP or before[-1] in _BESIDE):
            before.pop()
        run = {stem_word(word) for word in before[-_NAME:]}
        last = stem_word(before[-1]) if before else ""
        alike = [
            (f, stems, v)
            for f, stems in fields
            for v in parse_values(f.value)
            if v.kind == value.kind and is_compatible(value, v)
        ]
        named = [(f, stems, v) for f, stems, v in alike if has_stem(stems, last)]
        most = max((len(run & stems) for _, stems, _ in named), default=0)
        own = [(f, v) for f, stems, v in named if len(run & stems) == most]
        if len(own) != 1 or (value.bound and not _ENDS.search(own[0][0].key)):
            continue
        field, theirs = own[0]
        same = [f for f, _, v in alike if is_same_value(replace(value, bound=""), v)]
        if same and field not in same and not is_perhaps_same(value, theirs):
            span = value.start, value.end
            yield make_finding(claim, value.kind, *span, "conflict", field.value, field.quote)


def _find_other_words(claim: Claim, rows: Sequence[Sequence[_Field]]) -> Iterator[Finding]:
    """Yields a word that a field has otherwise: "the level is debug", "the Enterprise plan"."""
    if NEGATED.search(claim.text) or _LIMITED.search(claim.text) or _SEVERAL.search(claim.text):
        return
    told = {word[0].casefold() for row in rows for f in row for word in WORD.finditer(f.quote.text)}
    named: dict[str, set[str]] = {}
    for row in rows:
        for field in row:
            named.setdefault(field.key.casefold(), set()).add(field.value.casefold())
    for row in rows:
        for field in row:
            key, value = field.key.casefold(), field.value
            if len(named[key]) > 1 or not value.isalpha() or value.casefold() in _YES | _NO:
                continue
            name = r"\s+".join(map(re.escape, key.replace("_", " ").split()))
            is_other = re.search(
                rf"\b{name}\s+(?:is|was)\s+(?:set\s+to\s+)?(?P<word>[^\W\d_]+)\W*$",
                claim.text,
                re.IGNORECASE,
            ) or re.search(
                rf"\b(?:the|an?|your|our)\s+(?P<word>[A-Z][^\W\d_]+)\s+(?i:{name})\b", claim.text
            )
            if is_other and is_other["word"].casefold() not in told:
                span = is_other.span("word")
                yield make_finding(claim, "row", *span, "conflict", value, field.quote)


def _hours(text: str) -> bool:
    """Whether a text states times of day and nothing else that can be counted."""
    return {value.kind for value in parse_values(text)} == {"time"}


def _turned(claim: Claim, field: _Field, holds: bool) -> Iterator[Finding]:
    denials = list(NEGATED.finditer(claim.text))
    denials += [
        word
        for word in WORD.finditer(claim.text)
        if word[0].casefold().startswith("un")
        and find_content_words(word[0][2:]) & field.words
        and not find_content_words(word[0]) & field.words
    ]
    if (inside := _INSIDE.match(field.key)) is not None:
        noun = re.escape(field.key[inside.end() :])
        denials += re.finditer(rf"\bout of {noun}\b", claim.text, re.IGNORECASE)
    # Two denials cancel each other, or each denies another thing.
    if len(denials) > 1 or NEGATED.search(field.key):
        return
    if holds and denials:
        yield _conflict(claim, *denials[0].span(), field)
    elif not holds and not denials and not _LIMITED.search(claim.text):
        word = next(w for w in WORD.finditer(claim.text) if _is_of(w[0], field))
        yield _conflict(claim, *word.span(), field)


def _is_of(word: str, field: _Field) -> bool:
    stems = find_content_words(word)
    return any(stem == own or stem.startswith(own) for stem in stems for own in field.words)


def _find_turned_switches(
    claim: Claim, rows: Sequence[Sequence[_Field]], said: frozenset[str]
) -> Iterator[Finding]:
    """Yields what is said to be on or off of a switch that is the other: "the export is on"."""
    on, off = _ON.search(claim.text), _OFF.search(claim.text)
    told = on or off
    if told is None or (on and off) or NEGATED.search(claim.text) or _LIMITED.search(claim.text):
        return
    for row in rows:
        for field in row:
            value = field.value.casefold().strip("\"' ")
            path = find_content_words(field.path.replace("_", " "))
            named = path - find_content_words(" ".join(_SWITCHES))
            if value not in _YES | _NO or not named or len(named) == len(path) or not named <= said:
                continue
            if (value in _YES) != bool(on) and len(said - named) <= _FURTHER:
                yield _conflict(claim, *told.span(), field)


def _conflict(claim: Claim, start: int, end: int, field: _Field) -> Finding:
    said = f"{field.key}: {field.value}"
    return make_finding(claim, "negation", start, end, "conflict", said, field.quote)
