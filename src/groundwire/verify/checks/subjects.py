"""Subjects of parallel clauses: what one says, told by a claim of the subject of the other.

"The landlord pays for the roof. The tenant pays for water and power." A claim that the tenant pays
for the roof has all its words in the evidence, so a model takes it for support. Each clause is
split into the words that open it and the rest; a claim that has the opening of one and the rest of
the other is a conflict where the two are told apart: by names, numbers or code, or by the same verb
behind them. What may be one thing by two names speaks against no claim.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from groundwire.text.english import DERIVED, NEGATED, PRONOUNS
from groundwire.text.words import STOP, WORD, split_table, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.checks.names import has_initials_of

_BORDER = re.compile(
    r";\s+|\n+|,\s+(?:and|but|while|whereas)\s+|\s+(?:while|whereas|but)\s+", re.IGNORECASE
)
"""Where one clause ends and the next begins; a bare "and" may join two subjects of one verb."""

_CODE = re.compile(r"`[^`\n]{1,80}`|(?<!\S)--[a-z][\w-]*|\b[a-z_]\w*(?:\.\w+)*\(\w*\)")

_FIELD = re.compile(r"(?:^|; )[^:;.]{1,40}: ")

_YEAR = re.compile(r"[12]\d{3}")

_READ = 600
"""Characters up to which a text is read as a sentence."""

_NEAR = 250
"""Characters that two clauses of one source may lie apart: the next sentence, no more."""

_OPENING = 4
"""Words of a clause that may name its subject."""

_LEAST = 2
"""Words that a claim must say of its subject, to know the clause again."""

_SPARE = 4
"""One word of so many may be another than in the clause: "the team" for "we"."""

_JOINED = frozenset(split_table("also too likewise alike similarly together same so both"))
_COMPARED = frozenset(split_table("than each most least"))
_OWNING = frozenset(split_table("has have had is are was were offer includ contain provid com"))
"""Stems of verbs with which a part may have what its whole has: a hotel the pool of its spa."""


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a clause: its stem, its place, and whether it tells things of a kind apart."""

    stem: str
    start: int
    end: int
    sign: str
    written: str

    @property
    def form(self) -> str:
        """The word in small letters."""
        return self.written.casefold()

    @property
    def capitals(self) -> bool:
        """Whether it is written in capitals, as an abbreviation is."""
        return len(self.written) > 1 and self.written.isupper()


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause: its words in order, all words in small letters, and where it stands.

    Attributes:
        words: its content words.
        stems: their stems.
        opening: the stems that open it, and may name its subject.
        plain: all of its words.
        quote: the sentence it stands in.
        start: its offset there.
        text: exactly its characters.
    """

    words: tuple[_Word, ...]
    stems: frozenset[str]
    opening: frozenset[str]
    plain: frozenset[str]
    quote: Quote
    start: int
    text: str


def check_subjects(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for what the evidence says of another subject than the claim does.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        Conflicts of kind ``"name"``, each on the subject of a clause of the claim, with the
        subject that the evidence has for it. None where the claim asks, denies or compares.
    """
    text = claim.text
    words = {match[0].casefold() for match in WORD.finditer(text)}
    if words & (_JOINED | _COMPARED) or DERIVED.search(text) or text.rstrip().endswith("?"):
        return []
    stated = [clause for quote in evidence for clause in _read_clauses(quote)]
    found = []
    for own in _read_clauses(Quote(text, "", 0, len(text))):
        hits = [
            hit
            for there in stated
            for mine in stated
            if _is_beside(there, mine) and (hit := _find_subjects(own, there, mine)) is not None
        ]
        told = {(span, said.casefold()) for span, said, _ in hits}
        if len(told) != 1 or any(own.stems <= clause.stems for clause in stated):
            continue  # a clause that has all its words says it
        span, said, quote = hits[0]
        if has_initials_of(text[slice(*span)], quote.text):
            continue  # "the RTA is based here, the CMA there" tells of the agency by its initials
        found.append(make_finding(claim, "name", *span, "conflict", said, quote))
    return found


_Hit = tuple[tuple[int, int], str, Quote]


def _find_subjects(own: _Clause, there: _Clause, mine: _Clause) -> _Hit | None:
    """The subject of a claim that ``mine`` opens with, and the one that ``there`` has for it."""
    if {*there.plain, *mine.plain} & _JOINED or _refers(there):
        return None
    if len(NEGATED.findall(own.text)) != len(NEGATED.findall(there.text)):
        return None
    chosen = _read_subject(own, mine, there)
    subject = {word.stem for word in chosen}
    rest = own.stems - subject
    if not chosen or len(rest) < _LEAST or len(rest - there.stems) > len(rest) // _SPARE:
        return None
    if not rest & there.stems - mine.stems or not mine.stems - subject - there.stems:
        return None  # the clause must say something else of its subject
    other = _read_other(there, own, mine, chosen)
    if not other or not _is_told_apart(chosen, other, there, mine, own):
        return None
    first = own.start + chosen[0].start
    end = own.start + _close_call(own.text, chosen[0].start, chosen[-1].end)
    said = there.text[other[0].start : _close_call(there.text, other[0].start, other[-1].end)]
    return (first, end), said, there.quote


def _count_shared(*clauses: _Clause) -> int:
    """How many words open all clauses alike: the label of "Room 3", the day of two years."""
    count = 0
    for words in zip(*(clause.words for clause in clauses), strict=False):
        if len({word.stem for word in words}) > 1:
            break
        count += 1
    return count


def _read_subject(own: _Clause, mine: _Clause, there: _Clause) -> list[_Word]:
    """The words that open a claim and one clause, and that the other clause has nowhere."""
    start = _count_shared(own, mine, there)
    chosen: list[_Word] = []
    for word in own.words[start:_OPENING]:
        plain = bool(chosen) and not word.sign
        if word.stem not in mine.opening or word.stem in there.stems or plain:
            break
        chosen.append(word)
    return chosen


def _read_other(there: _Clause, own: _Clause, mine: _Clause, like: Sequence[_Word]) -> list[_Word]:
    """The words in the place of a subject that a clause opens with."""
    free = [w for w in there.words[:_OPENING] if w.stem not in own.stems | mine.stems]
    if len(like) == 1 and like[0].capitals:
        # "UCC", of "the Urban Cycling Council (UCC)", stands for "UTC".
        return [word for word in free if word.capitals][:1]
    start = _count_shared(own, mine, there)
    out: list[_Word] = []
    for word in there.words[start:_OPENING]:
        plain = bool(out) and not word.sign
        if word not in free or plain or (out and there.text[out[-1].end : word.start].strip(" -")):
            break
        out.append(word)
    return out


def _close_call(text: str, start: int, end: int) -> int:
    """Returns the end of a word with the brackets of a call: "purge()", "trim(n)"."""
    brackets = ")" if text.count("(", start, end) > text.count(")", start, end) else "()"
    return end + len(brackets) if text.startswith(brackets, end) else end


def _is_told_apart(
    mine: Sequence[_Word], theirs: Sequence[_Word], there: _Clause, here: _Clause, own: _Clause
) -> bool:
    """Whether two subjects are surely two: of one kind of sign, or with one verb behind them."""
    if mine[-1].sign == theirs[-1].sign == "number":
        # "September 26" may be a day of the claim's 1908.
        years = [bool(_YEAR.fullmatch(side[-1].form)) for side in (mine, theirs)]
        return len(mine) == len(theirs) == 1 and years[0] == years[1]
    if mine[-1].sign and mine[-1].sign == theirs[-1].sign:
        return True
    # Plain words at the very start, and the same verb right behind them.
    opens = own.words[0] in mine and there.words[0] in theirs
    opens = opens and here.words[0].stem == own.words[0].stem
    verbs = {_read_verb(clause) for clause in (there, here, own)}
    alike = _read_lead(there) == _read_lead(here)  # "the" and "the", not "Orlo" and "the firm"
    return opens and alike and len(verbs) == 1 and not verbs & {"", *_OWNING}


def _read_verb(clause: _Clause) -> str:
    """The stem of the verb behind the first word of a clause, as the endings of both tell."""
    first, second = clause.words[0].form, clause.words[1].form
    agree = first.endswith("s") != second.endswith("s") or second.endswith("ed")
    return clause.words[1].stem if agree else ""


def _read_lead(clause: _Clause) -> list[str]:
    """The words before the first content word of a clause."""
    return [w[0].casefold() for w in WORD.finditer(clause.text, 0, clause.words[0].start)]


def _refers(clause: _Clause) -> bool:
    """Whether a clause opens with a word for something said before."""
    opening = clause.text[: clause.words[0].start] if clause.words else clause.text
    return bool({w[0].casefold() for w in WORD.finditer(opening)} & PRONOUNS)


def _is_beside(there: _Clause, mine: _Clause) -> bool:
    apart = abs(_place(there) - _place(mine))
    return there.quote.source == mine.quote.source and 0 < apart <= _NEAR


def _place(clause: _Clause) -> int:
    return clause.quote.start + clause.start


@lru_cache(maxsize=8192)
def _read_clauses(quote: Quote) -> tuple[_Clause, ...]:
    text = quote.text
    row = "|" in text or len(_FIELD.findall(text)) > 1
    if len(text) > _READ or row or text.rstrip().endswith("?"):
        return ()  # what a question supposes and a row names, other checks read
    borders = [0, *(at for m in _BORDER.finditer(text) for at in m.span()), len(text)]
    out = []
    for start, end in zip(borders[::2], borders[1::2], strict=True):
        piece = text[start:end]
        words = tuple(_read_words(piece, opens=start == 0))
        if len(words) > 1:
            plain = frozenset(match[0].casefold() for match in WORD.finditer(piece))
            stems = [word.stem for word in words]
            opening = frozenset(stems[:_OPENING])
            out.append(_Clause(words, frozenset(stems), opening, plain, quote, start, piece))
    return tuple(out)


def _read_words(text: str, *, opens: bool) -> list[_Word]:
    """The content words of a clause; a name or a number among the others tells things apart."""
    code = [match.span() for match in _CODE.finditer(text)]
    out = []
    for match in WORD.finditer(text):
        word = match[0]
        inside = any(a <= match.start() < b for a, b in code)
        first = opens and not text[: match.start()].strip("\"'“‘*_ ")
        sign = _read_sign(word, first=first) if not inside else "code"
        if sign or word.casefold() not in STOP:
            out.append(_Word(strip_ending(word), *match.span(), sign, word))
    return out


def _read_sign(word: str, *, first: bool) -> str:
    """What kind of sign a word is: a number, a name, or none."""
    if any(map(str.isdigit, word)):
        return "number"
    capital = word[0].isupper() and word != "I"
    return "name" if capital and (not first or word[1:].lower() != word[1:]) else ""
