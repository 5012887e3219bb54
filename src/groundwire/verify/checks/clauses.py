"""Clauses of the evidence that say the same of several things, and a claim that mixes two of them.

"The north tower is 90 m high and the south tower 75 m" is a small table: two names, two values. A
claim with the name of one and the value of the other has every word in the evidence, so a model
takes it for support. Clauses with values of a kind are laid beside each other at their values;
what stands in one place in both, and differs, tells them apart.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from groundwire.quantities.compare import (
    is_compatible,
    is_excluded,
    is_exclusive_date,
    is_perhaps_same,
    is_same_value,
)
from groundwire.quantities.identifiers import (
    Identifier,
    is_other_identifier,
    is_same_identifier,
    read_identifiers,
)
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.english import COMPARED, DERIVED, NEGATED, PRONOUNS
from groundwire.text.words import STOP, WORD, split_table, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import find_gaps
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.checks.names import is_numbered

_BORDER = re.compile(r"[,;.:!?•|]\s+|\s+(?:and|but|while|whereas|then)\s+|\s*[\n–—]\s*")
"""Where one clause may end and the next begin, between two values."""

_BRACKET = re.compile(r"\s+\(")
"""The same, where there is no such mark: "15:00 UTC (16:00 in Berlin)"."""

_BEGUN = re.compile(r"[^\s.:;!?•|–—\"“(]\s+$")
"""What stands before a word that opens no clause."""

_NEAR = 200
"""Characters that two clauses of one source may lie apart: the next sentence, no more."""

_MOST = 0.5
"""Share of a claim's words that the two clauses and their sentences must have."""

_READ = 1000
"""Characters up to which a text is read as a sentence; a longer one is no sentence."""

_LABELED = re.compile(r"(?:^|[.;|\n•]\s*)[^.:;,|\n]{1,60}:\s*$")
"""What stands before a value that a label stands for."""

_CONTACT = re.compile(r"(?:^|[.;:,|\n•])\s*(?:[^\W\d]+\s+){1,3}$")
"""What stands before a number or an address that a label without a colon stands for."""

_NAMED = re.compile(r"([^\W\d_]{3,}) $")
"""The word right before a value, which tells of what it is one: "seat 22 in coach 7"."""

_LONGEST = 8
"""Words on one side of a value that are looked at: further ones belong to something else."""


_SPARE = 6
"""One word of so many may be another than in the sentence that a claim takes its words from."""

_CALLED = frozenset(split_table("first last half"))
"""Words of comparison that name things as well."""

_RANKS = ("", *split_table("first second third fourth fifth sixth seventh eighth ninth tenth"))
_RANKED = re.compile(rf"\b(?:{'|'.join(_RANKS[1:])})\b", re.IGNORECASE)

_KINDS = frozenset(split_table("year date month day time many much number name"))
"""Words of a question that tell what sort of answer it wants."""

_BEFORE = 3
"""Words before a word that are looked at for what turns it."""

_BACK = PRONOUNS | frozenset(split_table("its his their otherwise else"))
"""Words of a clause that stand for something said before it, perhaps in its rival."""

_TURNS = frozenset(
    split_table("unless until till since from after before under over above below only except")
)
"""Limits that make another case of the same word: "until 1890", "since 1890"."""

Stated: TypeAlias = Value | Identifier
"""What a clause says of its subject."""


@dataclass(frozen=True, slots=True)
class _Clause:
    """A value and the words of its clause.

    Attributes:
        value: the value.
        before: stems of the content words and dates before it, the nearest first.
        after: those after it, the nearest first.
        names: the stems that are written like a name, or hold a digit.
        opening: the stem that opens the text, if it is among them; its capital tells nothing.
        refers: whether it has a word that stands for something said before: "it", "her".
        labeled: whether all that stands before it is its label: "Office: 555-0142".
        quote: the sentence it stands in.
        start: offset of the value in the source.
    """

    value: Stated
    before: tuple[str, ...]
    after: tuple[str, ...]
    names: frozenset[str]
    opening: frozenset[str]
    refers: bool
    labeled: bool
    quote: Quote
    start: int


def check_clauses(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for the value of one clause with the subject of a parallel one.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        Conflicts of kind ``"clause"``, in order, each with the value that the claim's own subject
        has. None where the claim compares, reckons or says no.
    """
    text = claim.text
    if text.rstrip().endswith("?") or NEGATED.search(text):
        return []
    compared = {m[0].casefold() for p in (DERIVED, COMPARED) for m in p.finditer(text)}
    mine = _read_clauses(Quote(text, "", 0, len(text)))
    if not mine:
        return []
    # "The first half" compares nothing where the evidence calls it so.
    stated = [
        clause
        for quote in evidence
        if not compared or compared <= _CALLED & _read_plain(quote.text)
        for clause in _read_clauses(quote)
    ]
    found = []
    for own in mine:
        alone = sum(_is_alike(own.value, other.value) for other in mine) == 1
        said = {*own.before, *own.after}
        if alone:
            said |= {strip_ending(w[0]) for w in WORD.finditer(text)}
            said |= {strip_ending(w[0]) for w in WORD.finditer(claim.context.question or "")}
        here = [clause for clause in stated if _is_same(own.value, clause.value)]
        # A bare "2016" is a number, until the evidence tells that it is a year.
        alike = [own.value, *(c.value for c in here if c.value.kind != own.value.kind)]
        rivals = [c for c in stated if any(_is_other(value, c.value) for value in alike)]
        told = said - {strip_ending(w[0]) for w in WORD.finditer(own.value.text)}
        told = {word for word in told if word not in STOP or word in own.names}
        # A clause that has the value and nothing that speaks against the claim supports it.
        turned = [_find_rival(told, text, own, clause, rivals) for clause in here]
        if turned and all(turned) and (rival := turned[0]):
            span = own.value.start, own.value.end
            said_there = rival.value.text
            found.append(make_finding(claim, "clause", *span, "conflict", said_there, rival.quote))
    return found


def _find_rival(
    said: set[str], text: str, own: _Clause, here: _Clause, rivals: Sequence[_Clause]
) -> _Clause | None:
    """The clause beside the one with the claim's value that is what the claim speaks of."""
    hits = []
    for rival in rivals:
        if not _is_parallel(here, rival):
            if _is_said_of(said, own, here, rival):
                hits.append(rival)
            continue
        if here.refers and rival.start < here.start:
            continue  # "Eva is 34 and her husband 36": the clause may have what the other names
        both = {*rival.before, *rival.after}
        if rival.quote != here.quote and said & {*here.before, *here.after} - both:
            continue  # a sentence of its own leaves nothing out: its words speak for it
        contrasts = _find_contrasts(here, rival)
        told = [_judge(said, a, b) for a, b in contrasts]
        theirs = [b for (_, b), side in zip(contrasts, told, strict=True) if side == "rival"]
        if "here" in told or not theirs or not _speaks(said, here, rival):
            continue
        if all(_is_said_alike(text, rival.quote.text, words) for words in theirs):
            hits.append(rival)
    distinct = {(hit.value.kind, hit.value.key) for hit in hits}
    return hits[0] if len(distinct) == 1 else None


def _is_said_of(said: set[str], own: _Clause, here: _Clause, rival: _Clause) -> bool:
    """Whether all that a claim says of its value is said of another one, and of its own nothing.

    Of a value that counts off things ("Firmware 1.2"), or that stands alone and answers a
    question; what the next sentence says of "it" it may say of the same thing.
    """
    if rival.quote.source != here.quote.source or abs(rival.start - here.start) > _NEAR:
        return False
    said = said - _KINDS
    around, others = {*here.before, *here.after}, {*rival.before, *rival.after}
    if own.before or own.after:
        label = {*own.before[:1]}
        if isinstance(own.value, Identifier) and rival.quote != here.quote:
            # A section, a version or a command names a thing by itself, and so does its sentence.
            others = {strip_ending(word[0]) for word in WORD.finditer(rival.quote.text)}
            rest = said - label
            spare = len(rest - others) <= len(rest) // _SPARE
            # One word in four may be told of both: "the Wanderly app".
            shared = 4 * len(rest & around) <= len(rest)
            return spare and shared and not here.refers and len(rest) > 2
        counted = bool(label) and all({*c.before[:1]} == label for c in (here, rival))
        rest = said - label
        alone = not rest & around and not here.refers and len(rest) > 1
        return counted and alone and rest <= others
    rest = said - {strip_ending(word[0]) for word in WORD.finditer(here.quote.text)}
    follows = rival.refers and rival.start > here.start
    return follows and bool(rest) and rest <= others and bool(around - said)


def _is_said_alike(claim: str, sentence: str, words: Set[str]) -> bool:
    """Whether both say words of their values in one way: not one "until", the other "since".

    A word that the sentence lacks may turn what follows it, too: "outside peak times".
    """
    mine, theirs = _read_before(claim, words), _read_before(sentence, words)
    if not mine or not theirs:
        return True
    known = {strip_ending(word[0]) for word in WORD.finditer(sentence)}
    foreign = [ws for ws in mine if ws and not {strip_ending(ws[-1]), ws[-1]} & (known | STOP)]
    if len(foreign) == len(mine):
        return False
    turns = [{*ws} & _TURNS for ws in theirs]
    return any({*ws} & _TURNS in turns for ws in mine)


def _read_before(text: str, words: Set[str]) -> list[list[str]]:
    """The words before each place where a text has some words, articles left out."""
    run = [match[0].casefold() for match in WORD.finditer(text)]
    run = [word for word in run if word not in ("the", "a", "an")]
    return [
        run[max(0, i - _BEFORE) : i] for i, word in enumerate(run) if strip_ending(word) in words
    ]


def _read_plain(text: str) -> frozenset[str]:
    return frozenset(word[0].casefold() for word in WORD.finditer(text))


def _speaks(said: set[str], *clauses: _Clause) -> bool:
    """Whether most of a claim's words stand in the sentences of two clauses."""
    known = {strip_ending(w[0]) for clause in clauses for w in WORD.finditer(clause.quote.text)}
    said = said - _KINDS
    return len(said & known) >= _MOST * len(said)


def _is_parallel(here: _Clause, rival: _Clause) -> bool:
    """Whether two clauses stand in one sentence, or in two near ones with words in common."""
    if rival.quote.source != here.quote.source or abs(rival.start - here.start) > _NEAR:
        return False
    if rival.quote == here.quote or (here.labeled and rival.labeled):
        return True
    both = {*here.before, *here.after}, {*rival.before, *rival.after}
    return 2 * len(both[0] & both[1]) >= min(map(len, both)) > 0


def _judge(said: set[str], here: frozenset[str], rival: frozenset[str]) -> str:
    """Which of two contrasting places a claim has the words of.

    Of several numbers one is enough: what is said of "Year 8 and Year 9" is said of each.
    """
    if here & said:
        return "here"
    numbered = rival & said and all(word.isdigit() for word in rival - said)
    return "rival" if rival <= said or numbered else ""


def _find_contrasts(here: _Clause, rival: _Clause) -> list[tuple[frozenset[str], frozenset[str]]]:
    """The places in which two clauses differ, counted from their values: names with names."""
    out = []
    names = here.names | rival.names
    # Both sides are read from the value outward, the nearest word first.
    for a, b in ((here.before, rival.before), (here.after, rival.after)):
        for i1, i2, j1, j2 in find_gaps(a, b):
            mine, theirs = a[i1:i2], b[j1:j2]
            named = names & {*mine}, names & {*theirs}
            if any(named) and not all(named):
                # What opens a sentence has a capital, name or not: it is one beside another.
                opening = here.opening | rival.opening
                named = (names | opening) & {*mine}, (names | opening) & {*theirs}
            if not all(named):
                if any(named):
                    continue
                # A verb that the other clause leaves out ("won 7 games and lost 3") stands far.
                size = min(len(mine), len(theirs))
                named = frozenset(mine[:size]), frozenset(theirs[:size])
            if named[0] - {*b} and named[1] - {*a}:
                out.append((named[0] - {*b}, named[1] - {*a}))
    return out


def _is_same(mine: Stated, other: Stated) -> bool:
    if isinstance(mine, Value) and isinstance(other, Value):
        return is_same_value(mine, other)
    if isinstance(mine, Identifier) and isinstance(other, Identifier):
        return is_same_identifier(mine, other)
    return False


def _is_alike(mine: Stated, other: Stated) -> bool:
    """Whether two are of a kind, so that one could stand in the place of the other."""
    if isinstance(mine, Value) and isinstance(other, Value):
        return is_compatible(mine, other)
    return mine.kind == other.kind


def _is_other(mine: Stated, other: Stated) -> bool:
    """Whether two of a kind cannot both be true of one thing."""
    if isinstance(mine, Identifier) and isinstance(other, Identifier):
        return is_other_identifier(mine, other)
    if not (isinstance(mine, Value) and isinstance(other, Value) and _is_alike(mine, other)):
        return False
    if is_perhaps_same(mine, other) or is_perhaps_same(other, mine):
        return False
    if mine.kind in ("date", "decade", "time"):
        return is_exclusive_date(mine, other)
    return is_excluded(mine, other)


@lru_cache(maxsize=4096)
def _read_clauses(quote: Quote) -> tuple[_Clause, ...]:
    """The values of a text, each with the words up to the clauses of its neighbors."""
    text = quote.text
    if len(text) > _READ:
        return ()
    values = [value for value in parse_values(text) if value.kind != "ordinal"]
    stated: list[Stated] = [*values, *_read_ranks(text)]
    literals = read_identifiers(text)
    # "555-0142" is one phone number, and no two values.
    stated = [v for v in stated if not any(i.start < v.end and v.start < i.end for i in literals)]
    stated = sorted([*stated, *literals], key=lambda item: item.start)
    out = []
    for item in stated:
        alike = [other for other in stated if _is_alike(item, other)]
        place = alike.index(item)
        start, end = 0, len(text)
        if place > 0:
            _, start = _find_seam(text, alike[place - 1], item)
        if place + 1 < len(alike):
            end, _ = _find_seam(text, item, alike[place + 1])
        if start < 0 or end < 0:
            continue  # "from 5 to 10 km": one thing is said with both
        # What is true of a year is a subject, too: "4,000 in 2021 and 5,000 in 2022".
        taken = [
            (v.start, v.end)
            for v in stated
            if v.kind not in ("date", "ordinal")
            # "Year 7" and "Line 4" are names of what the time behind them is said of.
            and (item.kind == v.kind or v.kind != "number" or not is_numbered(text, v.start))
        ]
        before = _read_words(text, start, item.start, taken)[::-1]
        after = _read_words(text, item.end, end, taken)
        words = [*before, *after]
        opening = frozenset(strip_ending(word) for word, first in words if first)
        names = frozenset(
            strip_ending(word)
            for word, first in words
            if any(c.isdigit() for c in word) or (word[0].isupper() and not first)
        )
        out.append(
            _Clause(
                item,
                tuple(strip_ending(word) for word, _ in before[:_LONGEST]),
                tuple(strip_ending(word) for word, _ in after[:_LONGEST]),
                names,
                opening,
                bool(_read_plain(text[start:end]) & _BACK),
                _is_labeled(text, start, item),
                quote,
                quote.start + item.start,
            )
        )
    return tuple(out)


def _find_seam(text: str, first: Stated, second: Stated) -> tuple[int, int]:
    """Where the clause of one value ends and that of the next begins.

    Twice -1 where one thing is told of both; of "seat 22 in coach 7" the words before them tell
    that they are two.
    """
    place = first.end, second.start
    border = _BORDER.search(text, *place) or _BRACKET.search(text, *place)
    if border:
        return border.span()
    mine, other = (_NAMED.search(text, 0, value.start) for value in (first, second))
    if mine and other and len({mine[1].casefold(), other[1].casefold()} - STOP) > 1:
        start = max(first.end, other.start())
        return start, start
    return -1, -1


def _is_labeled(text: str, start: int, item: Stated) -> bool:
    """Whether all that stands before a value in its clause is a label."""
    if item.kind in ("phone", "email", "url") and _CONTACT.search(text, 0, item.start):
        return True
    return _LABELED.search(text, start, item.start) is not None


def _read_ranks(text: str) -> list[Value]:
    """The words that tell a rank, "first prize", as values; an adverb among them does no harm."""
    return [
        Value("ordinal", *match.span(), match[0], (float(_RANKS.index(match[0].lower())),))
        for match in _RANKED.finditer(text)
    ]


def _read_words(
    text: str, start: int, end: int, taken: Sequence[tuple[int, int]]
) -> list[tuple[str, bool]]:
    """The content words of a part of a text, and whether each opens the text; no values."""
    found = []
    for match in WORD.finditer(text, start, max(start, end)):
        inside = any(a < match.end() and match.start() < b for a, b in taken)
        opens = not _BEGUN.search(text, 0, match.start())
        # "May" and the A of "Party A" are names; what opens a clause has its capital from there.
        named = match[0][0].isupper() and match[0] != "I" and not opens
        if not inside and (named or match[0].casefold() not in STOP):
            found.append((match[0], not text[: match.start()].strip()))
    return found
