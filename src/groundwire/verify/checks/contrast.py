"""Contrast of a claim with a sentence that it copies but for a word that turns it round."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import TypeAlias

from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.words import STOP, WORD, find_content_words, split_table, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.checks.topic import find_topic

# A row of so many forms is of verbs, paired form by form. Other rows are paired all with all.
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
        left, right = (split_table(side) for side in line.split(":"))
        inflected = len(left) == len(right) >= _FORMS
        alike = zip(left, right, strict=True) if inflected else product(left, right)
        for a, b in alike:
            table.setdefault(a, set()).add(b)
            table.setdefault(b, set()).add(a)
    return {word: frozenset(others) for word, others in table.items()}


OPPOSITE = _pairs()
"""Each word to those that turn it round."""

_NOUNS = frozenset(split_table("majority minority"))
_BEST = frozenset(split_table("most least best worst"))
# "The largest lake is Victoria" says which one it is. "The north coast is rocky" does not: its
# opposite is about another coast.
_IS_NAMED = re.compile(r"\b(?:is|are|was|were)\s+(?:the\s+)?[A-Z]")
_LIMITS = (
    "in|on|at|for|during|when|where|while|if|unless|until|till|since|from|after|before|under|over"
    "|with|without|within|between|among|only|except|last|next|this|each|every"
)
_LIMITED = re.compile(rf"\b(?:{_LIMITS})\s+(.*)", re.IGNORECASE | re.DOTALL)
_DAY = re.compile(r"\b(?:\w+day|tomorrow|daily|weekly|monthly|annually|earlier|later)s?\b", re.I)
_NEXT = re.compile(r"\s+([^\W\d_]+)")


def is_limited(claim: str, further: Sequence[str]) -> bool:
    """Whether further words of a sentence limit it to a time, a place or a case.

    Args:
        claim: the text of the claim.
        further: what the sentence has before and after the words of the claim.
    """
    known = find_content_words(claim)
    for text in further:
        match = _LIMITED.search(text)
        if (match and find_content_words(match[1]) - known) or _DAY.search(text):
            return True
    return False


def is_of_another(text: str, start: int, end: int) -> bool:
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


_SCORE = re.compile(r"\s?[-–]\s?")
_LINK = frozenset(split_table("am pm and or but"))
_TO = re.compile(r"\s+to\s+", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+$", re.IGNORECASE)
# They tell whose score stands first: "won 3-2" and "lost 2-3" are one result.
_RESULT = frozenset(split_table("won win wins beat beats lost lose defeated by scored score"))

_MOST_VALUES = 20


@dataclass(frozen=True, slots=True)
class _Placed:
    """A value, the word that tells its place (empty where none does), and the word after it."""

    place: str
    after: str
    value: Value


_Pair: TypeAlias = tuple[()] | tuple[Value, Value]


def check_swaps(claim: Claim, sentences: Sequence[Quote]) -> list[Finding]:
    """Looks for two values of the claim that an evidence sentence has in each other's place.

    The place of a value is the word before it ("closes at 17"), "from" and "to", or the side of
    a score. Both values must stand in the sentence, each only where the claim has the other.

    Args:
        claim: the claim; findings carry offsets into its answer.
        sentences: evidence sentences that speak about the claim, the nearest first.

    Returns:
        Two conflicts of kind ``"order"`` for the first pair that is exchanged, or nothing.
    """
    mine = _placed(claim.text)
    if len(mine) < 2:
        return []
    found: list[Finding] = []
    for quote in sentences:
        theirs = _placed(quote.text)
        for i, first in enumerate(mine):
            for second in mine[i + 1 :]:
                stated = _exchanged(first, second, theirs)
                if stated is None:
                    continue
                if not stated:
                    return []
                found = found or [
                    _swapped_value(claim, first.value, stated[0], quote),
                    _swapped_value(claim, second.value, stated[1], quote),
                ]
    return found


def _exchanged(first: _Placed, second: _Placed, theirs: Sequence[_Placed]) -> _Pair | None:
    """What a sentence has in the places of two values, if it exchanges them.

    Empty if it has one of them in its place; None if it does not tell.
    """
    if not first.place or not second.place or first.place == second.place:
        return None
    if first.value.kind != second.value.kind or is_same_value(first.value, second.value):
        return None
    left = [placed for placed in theirs if placed.place == first.place]
    right = [placed for placed in theirs if placed.place == second.place]
    if len(left) != 1 or len(right) != 1:
        return None
    if is_same_value(first.value, left[0].value) or is_same_value(second.value, right[0].value):
        return ()
    if (first.after, second.after) != (left[0].after, right[0].after):
        return None
    if is_same_value(first.value, right[0].value) and is_same_value(second.value, left[0].value):
        return left[0].value, right[0].value
    return None


def _swapped_value(claim: Claim, value: Value, stated: Value, quote: Quote) -> Finding:
    return make_finding(claim, "order", value.start, value.end, "conflict", stated.text, quote)


def _placed(text: str) -> list[_Placed]:
    values = [
        value
        for value in parse_values(text)
        if value.kind != "ordinal" and "/" not in (text[value.end :][:1], text[: value.start][-1:])
    ]
    out: list[_Placed] = []
    for i, value in enumerate(values[:_MOST_VALUES]):
        before = values[i - 1] if i else None
        after = values[i + 1] if i + 1 < len(values) else None
        end = after.start if after else min(len(text), value.end + 60)
        told = _words(text, value.end, end)
        place = _place(text, before, value, after)
        out.append(_Placed(place, told[0] if told else "", value))
    return out


def _words(text: str, start: int, end: int) -> list[str]:
    """The stems of the words that tell something."""
    found = [w[0].casefold() for w in WORD.finditer(text, start, end)]
    return [strip_ending(word) for word in found if word not in STOP and word not in _LINK]


def _place(text: str, before: Value | None, value: Value, after: Value | None) -> str:
    if after and value.kind == after.kind:
        between = text[value.end : after.start]
        if _TO.fullmatch(between) and _FROM.search(text[: value.start][-8:]):
            return "from"
        if _SCORE.fullmatch(between) and value.kind == "number":
            return "score:" + _verb(text, value.start)
    if before and value.kind == before.kind:
        between = text[before.end : value.start]
        if _TO.fullmatch(between) and _FROM.search(text[: before.start][-8:]):
            return "to"
        if _SCORE.fullmatch(between) and value.kind == "number":
            return "against:" + _verb(text, before.start)
    told = _words(text, before.end if before else max(0, value.start - 60), value.start)
    return told[-1] if told else ""


def _verb(text: str, end: int) -> str:
    """The word that tells whose score stands first."""
    words = [w[0].casefold() for w in WORD.finditer(text, max(0, end - 40), end)]
    return next((word for word in reversed(words) if word in _RESULT), "")


_LEAST = 3
_MOST = 80
_SHARED = 0.75
_RANKED = 20

_NEGATIONS = frozenset(split_table("not never no cannot without neither nor"))
_CONTRACTED = {"ca": "can", "wo": "will", "sha": "shall"}
_TOKEN = re.compile(r"[^\W_]+(?:['’.,:-][^\W_]+)*|[%$€£]")
_NUMBERED = re.compile(r"\.\s?\d")
# "No, the pump is covered" answers a question, and its sentence denies nothing.
_ANSWERED = re.compile(r"[.,;:!–—]\s")
# Small words that come and go with a negation: "voted" is denied by "did not vote".
_DROPPED = frozenset(split_table("a an the that do does did also then so just too ever any can"))
_VERB_FORMS = frozenset(split_table("am is are was were be been being has have had will would"))
_BOTH_MAY_BE = re.compile(
    r"\b(?:if|unless|whether|may|might|could|some|several|certain|sometimes|often|usually|many|few"
    r"|others?|most|not only|until|nor|necessarily|longer|both|all|every|always)\b|\?",
    re.IGNORECASE,
)
"""Words with which a sentence and its denial may both be true."""
_PART_MAY_BE = re.compile(
    r"\b(?:that|which|who|although|though|only|yet|else|except|alleg\w+|claim\w*|said|says"
    r"|believ\w+|den(?:y|ies|ied)|doubt\w*|rumou?r\w*|instead|rather)\b",
    re.IGNORECASE,
)
"""Words with which a part of a sentence may be denied by the rest, or be about another thing."""

Token = tuple[str, int, int]
"""A word as it is compared, and its offsets."""


def check_contrast(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for a sentence that is the claim but for a negation, a comparison or an exchange.

    All words of the claim must stand in one evidence sentence in the same order, but for the
    negation (kind ``"negation"``), one word that is the opposite of the sentence's (kind
    ``"comparison"``), or two values that have changed places (kind ``"order"``). A sentence
    that has all words of the claim in their order, without the change, withdraws the finding;
    one that is limited to a case that the claim does not name is no ground for it.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        Conflicts, in order; nothing is reported as matched or missing.
    """
    mine = _tokens(claim.text)
    if not _LEAST <= len(mine) <= _MOST or claim.text.rstrip().endswith("?"):
        return []
    near = _near(claim.text, evidence)
    found = check_swaps(claim, near)
    if any(_states(mine, _tokens(quote.text)) for quote in near):
        return found
    conflicts: list[Finding] = []
    for quote in near:
        hit = _turned(claim, mine, quote)
        if hit == "same":
            return found
        if isinstance(hit, Finding):
            conflicts.append(hit)
    found += conflicts[:1]
    return sorted(found, key=lambda f: (f.start, f.end, f.kind))


def _near(claim: str, evidence: Sequence[Quote]) -> list[Quote]:
    """The sentences that have most of the claim's words, the most first."""
    wanted = find_topic(claim)
    scored = [
        (len(wanted & find_content_words(quote.text)), quote)
        for quote in evidence
        if len(quote.text) <= 2000
    ]
    least = max(1, _SHARED * (len(wanted) - 1))
    kept = [(shared, quote) for shared, quote in scored if shared >= least]
    kept.sort(key=lambda item: (-item[0], item[1].text, item[1].source, item[1].start))
    return [quote for _, quote in kept[:_RANKED]]


@lru_cache(maxsize=16_384)
def _tokens(text: str) -> tuple[Token, ...]:
    out: list[Token] = []
    for match in _TOKEN.finditer(text):
        word = match[0].casefold().replace("’", "'")
        if (
            word == "no"
            and _ANSWERED.match(text, match.end())
            and not text[: match.start()].strip()
        ):
            continue
        said = [word]
        if word == "no" and _NUMBERED.match(text, match.end()):
            said = ["number"]
        if word.endswith("n't"):
            said = [_CONTRACTED.get(word[:-3], word[:-3]), "not"]
        elif word == "cannot":
            said = ["not"]
        out += [(part, match.start(), match.end()) for part in said if part not in _DROPPED]
    return tuple(out)


def _states(mine: Sequence[Token], theirs: Sequence[Token]) -> bool:
    """Whether a sentence has the words of the claim in their order, with the same negations."""
    rest = iter([_form(word) for word, _, _ in theirs])
    if not all(_form(word) in rest for word, _, _ in mine):
        return False
    return len(_denials(mine)) == len(_denials(theirs))


def _denials(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token[0] in _NEGATIONS]


def _turned(claim: Claim, mine: Sequence[Token], quote: Quote) -> Finding | str | None:
    """The finding on a sentence that is the claim turned round; "same" if it is the claim."""
    theirs = _tokens(quote.text)
    words, others = _affirmed(mine), _affirmed(theirs)
    a, b = [_form(token[0]) for token in words], [_form(token[0]) for token in others]
    start = _window(a, b) if len(a) >= _LEAST else None
    if start is None:
        return None
    inside = others[start : start + len(a)]
    changed = [i for i, word in enumerate(a) if word != b[start + i]]
    mine_no, all_no = _denials(mine), _denials(theirs)
    theirs_no = [token for token in all_no if _belongs(token, theirs, inside)]
    if not changed and len(mine_no) == len(theirs_no):
        return "same"
    further = quote.text[: inside[0][1]], quote.text[inside[-1][2] :]
    if len(theirs_no) != len(all_no) or is_limited(claim.text, further):
        return None
    if changed and is_of_another(claim.text, *words[changed[0]][1:]):
        return None
    if changed and len(mine_no) == len(theirs_no):
        return _conflict(claim, "comparison", words[changed[0]], inside[changed[0]], quote)
    both = f"{claim.text} {quote.text}"
    doubtful = _BOTH_MAY_BE.search(both) or (len(a) < len(b) and _PART_MAY_BE.search(both))
    if changed or doubtful or len(mine_no) + len(theirs_no) != 1:
        return None
    if mine_no:
        return _conflict(claim, "negation", mine_no[0], _beside(mine, mine_no[0], inside), quote)
    return _conflict(claim, "negation", _beside(theirs, theirs_no[0], mine), theirs_no[0], quote)


def _affirmed(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token[0] not in _NEGATIONS]


def _belongs(negation: Token, tokens: Sequence[Token], inside: Sequence[Token]) -> bool:
    """Whether a negation stands in a run of words, or right before it."""
    if inside[0][1] <= negation[1] <= inside[-1][1]:
        return True
    after = next((token for token in tokens if token[1] > negation[1]), None)
    return after == inside[0]


def _form(word: str) -> str:
    return word if word in OPPOSITE or word in _VERB_FORMS else strip_ending(word)


def _window(a: Sequence[str], b: Sequence[str]) -> int | None:
    """Where the words of the claim stand in those of the sentence, one opposite allowed."""
    for start in range(len(b) - len(a) + 1):
        misses = 0
        for i, word in enumerate(a):
            other = b[start + i]
            if word != other:
                misses += 1 if other in OPPOSITE.get(word, ()) else 2
                if misses > 1:
                    break
        if misses <= 1:
            return start
    return None


def _beside(tokens: Sequence[Token], negation: Token, others: Sequence[Token]) -> Token:
    """The word of the other text where the negation would stand: the one after it, or before."""
    at = list(tokens).index(negation)
    around = [word for word, _, _ in (*tokens[at + 1 : at + 2], *tokens[max(0, at - 1) : at])]
    for word in around:
        for other in others:
            if _form(other[0]) == _form(word):
                return other
    return others[0]


def _conflict(claim: Claim, kind: str, mine: Token, theirs: Token, quote: Quote) -> Finding:
    written = quote.text[theirs[1] : theirs[2]]
    return make_finding(claim, kind, mine[1], mine[2], "conflict", written, quote)
