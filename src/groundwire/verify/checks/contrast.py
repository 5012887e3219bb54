"""Contrast of a claim with a sentence that it copies but for a word that turns it round."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence, Set
from itertools import product

from groundwire.quantities.compare import is_same_value
from groundwire.text.english import HEDGES, LOOSE, NEGATIONS, PARTS, REPORTING, WHOLES
from groundwire.text.words import STOP, WORD, split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import (
    Alignment,
    Difference,
    Token,
    Tokens,
    find_changes,
    find_near,
    find_span,
    stem_token,
)
from groundwire.verify.checks.finding import make_finding

# "Anna and Bo" are "Bo and Anna".
_JOINED = frozenset(split_table("and or nor with the a an"))
_WORDS = 2
"""Words at most in the place of a hedge."""

# All forms of a side turn round all of the other; endings do not count.
_OPPOSITES = """
more : less fewer
most : least fewest
larger bigger greater : smaller
largest biggest greatest : smallest
higher : lower
highest : lowest
longer taller : shorter
longest tallest : shortest
older : younger newer
oldest : youngest newest
better : worse
best : worst
earlier sooner : later
earliest : latest
early : late
faster quicker : slower
fastest quickest : slowest
heavier : lighter
heaviest : lightest
stronger : weaker
strongest : weakest
richer wealthier : poorer
richest wealthiest : poorest
hotter warmer : colder cooler
hottest warmest : coldest coolest
wider broader : narrower
deeper : shallower
deepest : shallowest
nearer closer : farther further
cheaper : costlier
cheapest : costliest
before : after
above : below
over : under
first : last
maximum : minimum
majority : minority
increase : decrease reduce
rise rose risen : fall fell fallen
grow grew grown : shrink shrank
win won winning : lose lost
gain : lose lost
accept approve : reject
allow permit : forbid forbidden ban banned prohibit
support : oppose
include : exclude
buy bought : sell sold
arrive : depart
begin began beginning : end
start : finish
open : close shut
enable : disable
appoint : dismiss
hire : fire
pass : fail
success : failure
successful : unsuccessful
positive : negative
guilty : innocent
active : inactive
legal : illegal
possible : impossible
required mandatory : optional
safe : unsafe dangerous
true : false
present : absent
public : private
male : female
with : without
since : until
due because : despite although
always : never
everyone everybody : nobody
daily : weekly monthly yearly annually
weekly : monthly yearly annually
monthly : yearly annually
north northern : south southern
east eastern : west western
"""


def _pair_words() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _OPPOSITES.strip().splitlines():
        left, right = ([stem_token(w) for w in split_table(side)] for side in line.split(":"))
        for a, b in product(left, right):
            table.setdefault(a, set()).add(b)
            table.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITE = _pair_words()
"""The stem of each word to those that turn it round."""


def check_contrast(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for a sentence that is the claim but for a negation, an opposite, a hedge or an order.

    A sentence that has all words of the claim in their order withdraws the finding, and one that
    is limited to a case that the claim does not name is no ground for it.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        Conflicts of kind ``"negation"``, ``"comparison"``, ``"hedge"`` or ``"order"``, in order.
    """
    found = [*find_changes(claim, evidence, _judge), *_find_exchange(claim, evidence)]
    return sorted(found, key=lambda f: (f.start, f.end, f.kind))


def _judge(place: Difference, near: Alignment) -> tuple[str, tuple[int, int], str] | None:
    if near.limited:
        return None
    mine, theirs = place.mine, place.theirs
    text = near.quote.text
    if len(mine) + len(theirs) == 1 and (mine or theirs)[0].form in NEGATIONS:
        if _is_loose(near):
            return None
        own = mine or (place.beside[0],)
        other = theirs or (place.beside[1],)
        return "negation", find_span(own), _cut(text, other)
    if len(mine) == len(theirs) == 1 and theirs[0].form in OPPOSITE.get(mine[0].form, ()):
        # What a sentence is about comes first: "the north coast" is another one than the south.
        first = not any(w.casefold() not in STOP for w in _before(near.claim, mine[0]))
        return None if first else ("comparison", find_span(mine), _cut(text, theirs))
    if len(mine) <= _WORDS and _is_stronger({t.form for t in mine}, {t.form for t in theirs}):
        own = mine or (place.beside[0],)
        return "hedge", find_span(own), _cut(text, theirs)
    return None


def _before(text: str, token: Token) -> list[str]:
    return [w[0] for w in WORD.finditer(text, 0, token.start)]


def _is_stronger(mine: Set[str], theirs: Set[str]) -> bool:
    """Whether a claim leaves out a hedge of its sentence, or makes all of some."""
    # "It can help" claims no more than "it may help".
    if not theirs <= STOP | HEDGES | PARTS or mine & (HEDGES | PARTS | {"can"}):
        return False
    return bool(theirs & HEDGES) or bool(theirs & PARTS and mine & WHOLES)


def _is_loose(near: Alignment) -> bool:
    """Whether a sentence and its denial may both be true."""
    words = {w[0].casefold() for w in WORD.finditer(f"{near.claim} {near.quote.text}")}
    return bool(words & LOOSE) or bool(near.further and words & REPORTING)


def _cut(text: str, tokens: Tokens) -> str:
    start, end = find_span(tokens)
    return text[start:end]


def _find_exchange(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Two parts of the claim that a sentence has in each other's place."""
    for near in find_near(claim, evidence):
        if len(near.differences) != 2:
            continue
        a, b = near.differences
        turned = a.mine and b.mine and _is_same(a.mine, b.theirs) and _is_same(b.mine, a.theirs)
        if turned and not {w[0] for w in _between(claim.text, a, b)} <= _JOINED:
            return [
                make_finding(
                    claim, "order", *find_span(place.mine), "conflict",
                    _cut(near.quote.text, place.theirs), near.quote,
                )
                for place in (a, b)
            ]  # fmt: skip
    return []


def _between(text: str, a: Difference, b: Difference) -> list[re.Match[str]]:
    return list(WORD.finditer(text, a.mine[-1].end, b.mine[0].start))


def _is_same(mine: Tokens, theirs: Tokens) -> bool:
    if len(mine) != len(theirs):
        return False
    return all(
        is_same_value(a.value, b.value) if a.value and b.value else a.form == b.form
        for a, b in zip(mine, theirs, strict=True)
    )
