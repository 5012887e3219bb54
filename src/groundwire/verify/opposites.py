"""Words that turn a sentence round, and where they speak about another case (English)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import product

from groundwire.verify.words import STOP, WORD, content_words, words_of

_FORMS = 4

_OPPOSITES = """
more : less fewer
most : least fewest
larger bigger greater : smaller
largest biggest greatest : smallest
higher : lower
highest : lowest
longer : shorter
longest : shortest
taller : shorter
tallest : shortest
older : younger newer
oldest : youngest newest
better : worse
best : worst
earlier sooner : later
earliest : latest
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
increase increases increased increasing : decrease decreases decreased decreasing
increase increases increased increasing : reduce reduces reduced reducing
rise rises rose rising risen : fall falls fell falling fallen
grew grow grows growing grown : shrank shrink shrinks shrinking shrunk
win wins won winning : lose loses lost losing
gain gains gained gaining : lose loses lost losing
accept accepts accepted accepting : reject rejects rejected rejecting
approve approves approved approving : reject rejects rejected rejecting
allow allows allowed allowing : forbid forbids forbidden forbidding
allowed permitted : banned prohibited forbidden
support supports supported supporting : oppose opposes opposed opposing
include includes included including : exclude excludes excluded excluding
buy buys bought buying : sell sells sold selling
arrive arrives arrived arriving : depart departs departed departing
begin begins began beginning : end ends ended ending
start starts started starting : finish finishes finished finishing
open opens opened opening : close closes closed closing
open : closed shut
enable enables enabled enabling : disable disables disabled disabling
appoint appoints appointed appointing : dismiss dismisses dismissed dismissing
hire hires hired hiring : fire fires fired firing
pass passes passed passing : fail fails failed failing
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
due : despite
because : despite although
always : never
everyone everybody : nobody
daily : weekly monthly yearly annually
weekly : monthly yearly annually
monthly : yearly annually
north northern : south southern
east eastern : west western
"""


def _pairs() -> Mapping[str, frozenset[str]]:
    table: dict[str, set[str]] = {}
    for line in _OPPOSITES.strip().splitlines():
        left, right = (words_of(side) for side in line.split(":"))
        inflected = len(left) == len(right) >= _FORMS
        alike = zip(left, right, strict=True) if inflected else product(left, right)
        for a, b in alike:
            table.setdefault(a, set()).add(b)
            table.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITE = _pairs()
"""Each word to those that turn it round."""

_NOUNS = frozenset(words_of("majority minority"))
_BEST = frozenset(words_of("most least best worst"))
_IS_NAMED = re.compile(r"\b(?:is|are|was|were)\s+(?:the\s+)?[A-Z]")
_LIMITS = (
    "in|on|at|for|during|when|where|while|if|unless|until|till|since|from|after|before|under|over"
    "|with|without|within|between|among|only|except|last|next|this|each|every"
)
_LIMITED = re.compile(rf"\b(?:{_LIMITS})\s+(.*)", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(r"\b(?:\w+day|tomorrow|daily|weekly|monthly|annually|earlier|later)s?\b", re.I)
_NEXT = re.compile(r"\s+([^\W\d_]+)")


def limited(claim: str, further: Sequence[str]) -> bool:
    """Whether further words of a sentence limit it to a time, a place or a case.

    Args:
        claim: the text of the claim.
        further: what the sentence has before and after the words of the claim.
    """
    known = content_words(claim)
    for text in further:
        match = _LIMITED.search(text)
        if (match and content_words(match[1]) - known) or _DAY.search(text):
            return True
    return False


def of_another(text: str, start: int, end: int) -> bool:
    """Whether a word tells what a sentence is about ("The north coast is rocky").

    Its opposite is then about another thing, unless the sentence names the one it is ("The
    largest lake is Victoria").

    Args:
        text: the claim.
        start: offset of the word.
        end: offset after the word.
    """
    word = text[start:end].casefold()
    after = _NEXT.match(text, end)
    if word in _NOUNS or after is None or after[1].casefold() in STOP:
        return False
    if any(w[0].casefold() not in STOP for w in WORD.finditer(text[:start])):
        return False
    superlative = word.endswith("est") or word in _BEST
    return not (superlative and _IS_NAMED.search(text, end))
