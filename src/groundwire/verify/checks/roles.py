"""Roles of a sentence: who did what to whom, and a claim that gives a role to somebody else.

"Alder Ltd. bought Birch Inc." and "Birch Inc. bought Alder Ltd." have the same words, so a model
takes the one for support of the other. A verb is read with the names beside it: its doer, and whom
or what it was done to, in the active and in the passive. What cannot be read for sure speaks
against no claim.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from groundwire.text.english import HEDGES, NEGATED, OPENERS, PRONOUNS
from groundwire.text.words import STOP, WORD, find_content_words, split_table, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.checks.names import find_names, is_same_name

_READ = 600
"""Characters up to which a text is read as a sentence."""

_REACH = 6
"""Words that may stand between a verb and a name that it takes: "the software maker"."""

_LEAST = 2
"""Words that a claim must say beside its verb and its doer, to know the deed again."""

_SHARED = 0.5
"""Share of what a claim tells with which another sentence may tell the same."""

_UNIT = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*|[^\w\s]")
_FORMS = r"(?:Ltd|Inc|LLC|LLP|PLC|GmbH|AG|SE|SA|Co|Corp|Bros|Jr|Sr|II|III)"
_FORM = re.compile(rf"[.,]{{0,2}} {_FORMS}\b\.?(?!\w)", re.IGNORECASE)
_SHORTENED = re.compile(rf"\b{_FORMS}$")
_OPENING = re.compile(rf"(?:(?<=^)|(?<=[:;.!?\"“] )){WORD.pattern}")
_POSSESSIVE = re.compile(r"['’]")
_ENDS = frozenset(".;:!?")

_IRREGULAR = """
beat beaten : beat
bite bit bitten : bite
blow blew blown : blow
bring brought : bring
build built : build
buy bought : buy
catch caught : catch
choose chose chosen : choose
draw drew drawn : draw
drive drove driven : drive
feed fed : feed
fight fought : fight
find found : find
forgive forgave forgiven : forgive
give gave given : give
hire hired : hire
hit : hit
hold held : hold
hurt : hurt
keep kept : keep
lead led : lead
leave left : leave
lend lent : lend
lose lost : lose
make made : make
meet met : meet
outbid : outbid
overtake overtook overtaken : overtake
pay paid : pay
put : put
say said : say
see saw seen : see
sell sold : sell
send sent : send
shoot shot : shoot
sing sang sung : sing
speak spoke spoken : speak
steal stole stolen : steal
strike struck : strike
sue sued : sue
take took taken : take
teach taught : teach
tell told : tell
throw threw thrown : throw
win won : win
write wrote written : write
"""


def _stem(verb: str) -> str:
    """The stem of a regular form of a verb, one for "stop" and "stopped", "marry" and "married"."""
    stem = re.sub(r"(?<=[^aeiou])[iy]$", "", strip_ending(verb))
    return re.sub(r"([^aeiou])\1$", r"\1", stem)


_BASES = {
    form: _stem(base.strip())
    for forms, base in (line.split(":") for line in _IRREGULAR.strip().splitlines())
    for form in split_table(forms)
}
"""The forms of irregular verbs, each to its stem."""

# Both did it, or either may be named first.
_SYMMETRIC = frozenset(
    _stem(verb)
    for verb in split_table(
        "meet marry divorce merge face play join resemble equal fight date wed match border adjoin "
        "kiss hug embrace befriend encounter link connect combine share debate rival overlap touch "
        "cooperate collaborate partner compete speak talk compare agree differ contact neighbor"
    )
)
# Forms in -ed that are no past of a verb, or none with a doer.
_NO_VERBS = frozenset(
    split_table(
        "based called named located related need speed feed seed breed hundred indeed exceed "
        "proceed succeed united limited red bed shed wed used supposed"
    )
)
_MODALS = frozenset(split_table("will would can could must shall should"))
_BE = frozenset(split_table("is are was were be been being get gets got am"))
_AUXILIARIES = _MODALS | _BE | frozenset(split_table("has have had do does did having"))
_ADVERBS = frozenset(
    split_table(
        "also then later again once just already finally soon now still thus even first twice "
        "yesterday today tomorrow before earlier afterwards together"
    )
)
_DETERMINERS = frozenset(split_table("the a an its his her their this that"))
_PREPOSITIONS = frozenset(
    split_table(
        "of in on at by for from with to near under over into onto about against between among "
        "after before during since until within without through as than like versus"
    )
)
# With these a verb takes whom it is done to: "lost to", "voted for".
_TAKING = frozenset(split_table("to for from under over after"))
_AGREEING = frozenset(split_table("agree agreed agrees too also both likewise same share shared"))
_JOINTS = frozenset(split_table("and or nor"))
_TIMES = frozenset(split_table("last next this yesterday today tomorrow again twice once here"))
# As they are written: "In May" is no hedge.
_UNSURE = HEDGES | frozenset(split_table("if unless whether would should could If Unless"))


@dataclass(frozen=True, slots=True)
class _Unit:
    """A name, a word or a mark of a sentence."""

    text: str
    start: int
    end: int
    named: bool = False
    possessive: bool = False

    @property
    def form(self) -> str:
        return "" if self.named else self.text.casefold()


@dataclass(frozen=True, slots=True)
class _Deed:
    """A verb with those who stand beside it.

    Attributes:
        verb: its stem, with the preposition that it takes.
        doers: the names of those who may have done it; none where that cannot be read.
        target: the name of whom or what it was done to, if it is one.
        told: stems of what else is said with it.
        start: offset of the verb.
        refers: whether it was done to something said before: "fixed it".
        passive: whether the sentence says it of its target: "was bought by".
    """

    verb: str
    doers: tuple[_Unit, ...]
    target: _Unit | None
    told: frozenset[str]
    start: int
    refers: bool
    passive: bool


def check_roles(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for a deed of the claim that the evidence tells with other roles.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        Conflicts of kind ``"order"`` where two names are exchanged, or of kind ``"name"`` where
        another one is the doer. None where the claim asks or says no, and where any sentence may
        bear it out.
    """
    text = claim.text
    if text.rstrip().endswith("?") or NEGATED.search(text) or len(text) > _READ:
        return []
    known = _find_capitals(text, evidence)
    found: list[Finding] = []
    for mine in _read_deeds(text, known):
        theirs = [(deed, quote) for quote in evidence for deed in _read_deeds(quote.text, known)]
        same = [(deed, quote) for deed, quote in theirs if deed.verb == mine.verb]
        if not found and same and mine.doers:
            found = _find_exchange(claim, mine, same, evidence)
            found = found or _find_other_doer(claim, mine, same, evidence)
    return found


def _find_capitals(claim: str, evidence: Sequence[Quote]) -> frozenset[str]:
    """The words that open a sentence with a capital and are names: no text writes them small."""
    texts = [claim, *(quote.text for quote in evidence)]
    words = {match[0] for text in texts for match in WORD.finditer(text)}
    small = {word for word in words if word[:1].islower()}
    opening = {match[0] for text in texts for match in _OPENING.finditer(text)}
    return frozenset(
        word
        for word in opening
        if word[:1].isupper() and word.casefold() not in OPENERS and word.casefold() not in small
    )


def _part_names(text: str, names: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Yields the names that "and" joins one by one."""
    for start, end in names:
        at = start
        for part in text[start:end].split(" and "):
            yield at, at + len(part)
            at += len(part) + 5


@lru_cache(maxsize=4096)
def _read_units(text: str, known: frozenset[str]) -> tuple[_Unit, ...]:
    """A sentence as names, words and marks."""
    names = find_names(text)
    taken = {i for start, end in names for i in range(start, end)}
    names += [m.span() for m in WORD.finditer(text) if m[0] in known and m.start() not in taken]
    names.sort()
    units: list[_Unit] = []
    at = 0
    for start, end in [*_part_names(text, names), (len(text), len(text))]:
        if start < at:
            continue
        units += (_Unit(m[0], *m.span()) for m in _UNIT.finditer(text, at, start))
        if start == end:
            break
        possessive = _POSSESSIVE.match(text, end) is not None
        while match := _FORM.match(text, end):
            end = match.end()
        end += text[end : end + 1] == "." and bool(_SHORTENED.search(text[start:end]))
        units.append(_Unit(text[start:end], start, end, True, possessive))
        at = end + 2 if possessive else end
    return tuple(units)


@lru_cache(maxsize=4096)
def _read_deeds(text: str, known: frozenset[str]) -> tuple[_Deed, ...]:
    """The verbs of a sentence, each with its roles; none of a question or a longer text."""
    if len(text) > _READ or text.rstrip().endswith("?"):
        return ()
    units = _read_units(text, known)
    found = []
    for i in range(1, len(units)):
        verb = _read_verb(units, i)
        if verb is not None:
            found.append(_read_deed(text, units, i, verb))
    return tuple(found)


def _read_verb(units: Sequence[_Unit], i: int) -> str | None:
    """The stem of the verb at a place; None where there is none, or it may be a noun."""
    form, before = units[i].form, units[i - 1]
    after = units[i + 1] if i + 1 < len(units) else None
    if not form.isalpha() or before.form in _DETERMINERS | _PREPOSITIONS:
        return None
    if form in _BASES:
        return _BASES[form]
    if form.endswith("ed") and len(form) > 3 and form not in _NO_VERBS:
        return _stem(form)
    if before.form in _MODALS and form not in STOP:
        return _stem(form)
    ended = form.endswith("s") and not form.endswith("ss") and len(form) > 3 and form not in STOP
    led = before.named or before.form in ("who", "which", "also", ",", ")")
    taken = after is not None and (after.named or after.form in _DETERMINERS | _TAKING)
    if ended and led and taken and not before.possessive:
        base = form[:-1]
        return _BASES.get(base, _stem(form))
    return None


def _read_deed(text: str, units: Sequence[_Unit], i: int, verb: str) -> _Deed:
    after = units[i + 1] if i + 1 < len(units) else None
    subjects: tuple[_Unit, ...] = _find_subjects(units, i)
    passive = _is_passive(units, i)
    if passive and i > 1 and units[i - 1].form == "," and units[i - 2].named:
        subjects = (units[i - 2],)  # "Alder Ltd., owned by Birch Inc., ..."
    end = next((u.start for u in units[i + 1 :] if u.form in _ENDS), len(text))
    unsure = NEGATED.search(text[:end]) or any(u.text in _UNSURE for u in units[:i])
    refers = after is not None and after.form in PRONOUNS
    if passive:
        by = next((j for j in range(i + 1, len(units)) if units[j].form == "by"), None)
        near = by is not None and not any(
            u.form in _ENDS or u.form == "," for u in units[i + 1 : by]
        )
        doer = _find_taken(units, by + 1) if by is not None and near else None
        told = find_content_words(text[: units[i].start]) | find_content_words(text[units[i].end :])
        target = subjects[0] if len(subjects) == 1 else None
        by_whom = (doer,) if doer is not None and not unsure else ()
        return _Deed(verb, by_whom, target, told, units[i].start, False, True)
    told = find_content_words(text[units[i].end : end])
    target = _find_taken(units, i + 1)
    if target is None and after is not None and after.form in _TAKING:
        target = _find_taken(units, i + 2)
        verb = f"{verb} {after.form}" if target is not None else verb
    doers = () if unsure else subjects
    return _Deed(verb, doers, target, told, units[i].start, refers, False)


def _is_passive(units: Sequence[_Unit], i: int) -> bool:
    """Whether a form of "be" stands before a verb, or "by" right after it."""
    if i + 1 < len(units) and units[i + 1].form == "by":
        return True
    j = _skip_adverbs(units, i - 1)
    return j >= 0 and units[j].form in _BE


def _skip_adverbs(units: Sequence[_Unit], j: int) -> int:
    while j >= 0 and (units[j].form in _ADVERBS or re.fullmatch(r"[a-z]{3,}ly", units[j].form)):
        j -= 1
    return j


def _find_subjects(units: Sequence[_Unit], i: int, deep: bool = True) -> tuple[_Unit, ...]:
    """The names that a verb may be said of; none where that is no name, or not for sure."""
    j = _skip_adverbs(units, i - 1)
    while j >= 0 and units[j].form in _AUXILIARIES:
        j = _skip_adverbs(units, j - 1)
    if j >= 0 and units[j].form in ("and", "but", "then") and deep:
        # "Ida Moe disagreed and said": one subject of two verbs.
        for k in range(j - 1, 0, -1):
            if units[k].form in _ENDS:
                break
            if _read_verb(units, k) is not None:
                return () if _is_passive(units, k) else _find_subjects(units, k, False)
        return ()
    if j >= 0 and units[j].form in ("who", "which", "that"):
        j -= 1
        j -= j >= 0 and units[j].form == ","
        if j > 0 and units[j].named and not units[j].possessive and units[j + 1].form != "that":
            # "to Ida Moe, who said": whatever takes the name, "who" is hers.
            person = units[j - 1].form == "to" and "who" in (units[j + 1].form, units[j + 2].form)
            return (units[j],) if person else _collect(units, j)
        return _collect(units, j) if j == 0 and units[j].named else ()
    if j > 0 and units[j].form in (",", ")"):
        opener = "," if units[j].form == "," else "("
        # "Alder Ltd., a maker of pumps, bought": what stands between commas is about the name.
        opened = next((k for k in range(j - 1, 0, -1) if units[k].form == opener), 0)
        j = opened - 1
        return _collect(units, j) if opened and units[j].named else ()
    return _collect(units, j) if j >= 0 and units[j].named else ()


def _collect(units: Sequence[_Unit], j: int) -> tuple[_Unit, ...]:
    """A name, with those that "and" puts beside it; none where another word takes it."""
    if units[j].possessive:
        return ()
    found = [units[j]]
    joints = _JOINTS | {"&"}
    # A comma joins only what "and" goes on with: "In May, Ida Moe" is one name.
    while j > 1 and units[j - 1].form in joints and units[j - 2].named:
        j -= 2
        found.append(units[j])
        joints = joints | {","}
    if j > 0 and units[j - 1].form in _PREPOSITIONS:
        return ()
    # "Ida Moe and her sister Lena": both did it, and what is between may be more than one word.
    k = j - 1
    while k >= 0 and units[k].form.isalpha() and units[k].form not in _JOINTS:
        k -= 1
    return () if k >= 0 and units[k].form in _JOINTS else tuple(found)


def _find_taken(units: Sequence[_Unit], j: int) -> _Unit | None:
    """The name that stands at a place, or behind words that tell what it is."""
    for k in range(j, min(len(units), j + _REACH + 1)):
        unit = units[k]
        if unit.named and _is_whole(units, k):
            return None if unit.possessive else unit
        if unit.named:
            continue  # "the Norwegian group Fjell"
        plain = unit.form.isalpha() and (unit.form not in STOP or unit.form in _DETERMINERS)
        if not plain or unit.form in _PREPOSITIONS or unit.form in PRONOUNS - _DETERMINERS:
            return None
    return None


def _is_whole(units: Sequence[_Unit], k: int) -> bool:
    """Whether a name ends its phrase: "Alder", and not "Alder shares"."""
    if k + 1 == len(units):
        return True
    form = units[k + 1].form
    if not form:
        return False
    free = _PREPOSITIONS | _DETERMINERS | _TIMES | _ADVERBS | {"and", "or", "but", "while", "when"}
    return not form[0].isalpha() or form in free or form.endswith("ly")


def _is_name(unit: _Unit, other: _Unit) -> bool:
    return is_same_name(unit.text, other.text, ())


def _find_exchange(
    claim: Claim,
    mine: _Deed,
    same: Sequence[tuple[_Deed, Quote]],
    evidence: Sequence[Quote],
) -> list[Finding]:
    """Two names of a claim that a sentence has in each other's role, and none in these."""
    target = mine.target
    if target is None or len(mine.doers) != 1 or mine.verb.split()[0] in _SYMMETRIC:
        return []
    doer = mine.doers[0]
    turned: tuple[_Unit, _Unit, Quote] | None = None
    for deed, quote in same:
        there = next((other for other in deed.doers if _is_name(target, other)), None)
        own = any(_is_name(doer, other) for other in deed.doers)
        if there and deed.target and not own and _is_name(doer, deed.target):
            turned = turned or (there, deed.target, quote)
            continue
        mentioned = all(
            any(_is_name(unit, u) for u in _read_units(quote.text, frozenset()) if u.named)
            for unit in (doer, target)
        )
        unread = deed.target is None or _is_name(target, deed.target)
        if unread and (mentioned or own or not deed.doers):
            return []
    if turned is None:
        return []
    there, done_to, quote = turned
    # A sentence in which one does something to the other is about two, whatever stands between.
    apart = [other.text for other in evidence if other not in [q for _, q in same]]
    if is_same_name(doer.text, target.text, apart):
        return []
    spans = sorted(((doer, there), (target, done_to)), key=lambda pair: pair[0].start)
    return [
        make_finding(claim, "order", unit.start, unit.end, "conflict", other.text, quote)
        for unit, other in spans
    ]


def _find_other_doer(
    claim: Claim,
    mine: _Deed,
    same: Sequence[tuple[_Deed, Quote]],
    evidence: Sequence[Quote],
) -> list[Finding]:
    """The name of who did a deed, where the evidence tells of that deed and names another."""
    if len(mine.doers) != 1:
        return []
    doer = mine.doers[0]
    told = _tell(mine, claim.text, doer)
    if len(told) < _LEAST:
        return []
    found: list[tuple[_Unit, Quote]] = []
    for deed, quote in same:
        before = quote.text[: deed.start] if not deed.passive else ""
        if deed.refers:
            earlier = [q for q in evidence if q.source == quote.source and q.start < quote.start]
            before = " ".join([*(q.text for q in earlier), before])
        covered = told <= deed.told | (find_content_words(before) if deed.refers else frozenset())
        if not deed.doers or any(_is_name(doer, other) for other in deed.doers):
            if not deed.doers or told & deed.told:
                return []
        elif covered and len(deed.doers) == 1:
            if find_content_words(doer.text) & deed.told:
                return []  # "together with Ida Moe"
            found.append((deed.doers[0], quote))
        elif covered:
            return []
    if not found or any(not _is_name(found[0][0], other) for other, _ in found):
        return []
    other, quote = found[0]
    if is_same_name(doer.text, other.text, [q.text for q in evidence]):
        return []
    if _may_have_done(doer, told, mine, quote, evidence):
        return []
    return [make_finding(claim, "name", doer.start, doer.end, "conflict", other.text, quote)]


def _tell(deed: _Deed, text: str, doer: _Unit) -> frozenset[str]:
    """The stems of what a claim tells of a deed, without its verb and its doer."""
    words = find_content_words(f"{text[: doer.start]} {text[doer.end :]}")
    return words - {deed.verb.split()[0], *_BASES} - {strip_ending(w) for w in _BASES}


def _may_have_done(
    doer: _Unit, told: frozenset[str], mine: _Deed, deciding: Quote, evidence: Sequence[Quote]
) -> bool:
    """Whether the evidence says so much of somebody that they may have done it, too.

    It must speak of them at all, and not tell the same of them in other words.
    """
    mentioned = False
    for quote in evidence:
        names = [unit for unit in _read_units(quote.text, frozenset({doer.text})) if unit.named]
        if not any(_is_name(doer, name) for name in names):
            continue
        mentioned = True
        if {match[0].casefold() for match in WORD.finditer(quote.text)} & _AGREEING:
            return True
        part = quote.text
        if quote == deciding:
            ends = [deed.start for deed in _read_deeds(part, frozenset()) if deed.verb == mine.verb]
            part = part[: ends[-1]] if ends else part
        if len(told & find_content_words(part)) >= _SHARED * len(told):
            return True
    return not mentioned
