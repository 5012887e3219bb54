"""Near copies: claims that are an evidence sentence but for one number, date or name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from groundwire.quantities.compare import is_perhaps_same, is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.words import STOP, WORD, split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding
from groundwire.verify.checks.names import is_same_name, is_within
from groundwire.verify.checks.topic import NEGATED

_LEAST = 4
_MOST = 80
_LONGEST = 2000
_REPLACED = 5
# A place that runs over one of these holds parts of two statements.
_BROKEN = re.compile(r"[:;\n]\s")
# What opens a claim or a bracket is a number of an item or a citation: "3 You should ...".
_LISTED = re.compile(r"(?:^|[\[(])\W*$")
_PRONOUNS = frozenset(split_table("it he she they this that these those him her them"))
# Compared before names, as months and weekdays have capitals, too.
_CALENDAR = frozenset(
    split_table(
        "january february march april may june july august september october november december "
        "monday tuesday wednesday thursday friday saturday sunday"
    )
)
_NO_NAME = STOP | frozenset(
    split_table(
        "another both each either every everyone few many most none one other others some such "
        "several nobody someone something nothing unlike like let make use try yes no now today "
        "however please because while during before since though although despite"
    )
)


def check_copies(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for a sentence that has all words of the claim in their order, but for one place.

    In that place, of at most five words, both have a number, both a month or a weekday, or both
    names, and neither may be the other, rounded or abbreviated; a pronoun may stand for up to four
    words elsewhere. At least four words before and after it, and two thirds of the claim's, must be
    equal. A sentence that has all words of the claim withdraws the finding, and so do two sentences
    with different words in the place. Where sentences differ in one place each ("A costs 1. B costs
    2." and "A costs 2."), the last counts.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        At most one conflict, of kind ``"number"``, ``"date"``, ``"name"``, or ``"place"`` for a
        name that tells where something is: it may be a part of the other place.
    """
    mine = _tokens(claim.text)
    if not _LEAST < len(mine) <= _MOST or claim.text.rstrip().endswith("?"):
        return []
    words = [word for word, _, _ in mine]
    known = set(words)
    found: dict[tuple[int, int], dict[str, Finding]] = {}
    for quote in evidence:
        if len(quote.text) > _LONGEST:
            continue
        theirs = _tokens(quote.text)
        if 2 * len(known & {word for word, _, _ in theirs}) < len(known):
            continue
        place = _replaced(words, [word for word, _, _ in theirs])
        if place == "same":
            return []
        if not isinstance(place, tuple):
            continue
        i1, i2, j1, j2 = place
        span = mine[i1][1], mine[i2 - 1][2]
        other = theirs[j1][1], theirs[j2 - 1][2]
        kind = _kind(claim.text, span, quote.text, other, evidence)
        if kind is not None:
            said = quote.text[other[0] : other[1]]
            hit = make_finding(claim, kind, *span, "conflict", said, quote)
            found.setdefault(span, {}).setdefault(said.casefold(), hit)
    sure = [hits for _, hits in sorted(found.items()) if len(hits) == 1]
    return list(sure[-1].values()) if sure else []


@lru_cache(maxsize=16_384)
def _tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((m[0].casefold().replace("’", "'"), *m.span()) for m in WORD.finditer(text))


def _replaced(a: Sequence[str], b: Sequence[str]) -> tuple[int, int, int, int] | str | None:
    """The one place where ``b`` has other words; "same" if it has those of ``a``."""
    place: tuple[int, int, int, int] | None = None
    same = 0
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag == "equal":
            same += i2 - i1
            continue
        at_edge = i1 == 0 or i2 == len(a)
        if tag == "insert" and at_edge:
            continue
        if tag == "replace" and _points_to(a[i1:i2], b[j1:j2]):
            continue
        if tag != "replace" or place is not None:
            return None
        if i1 == 0:
            j1 = max(j1, j2 - (i2 - i1))
        elif i2 == len(a):
            j2 = min(j2, j1 + (i2 - i1))
        if max(i2 - i1, j2 - j1) > _REPLACED:
            return None
        place = i1, i2, j1, j2
    if place is None:
        return "same"
    return place if same >= _LEAST and 3 * same >= 2 * len(a) else None


def _points_to(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether one side is a pronoun that may stand for the other."""
    short, long = sorted((a, b), key=len)
    return len(short) == 1 and short[0] in _PRONOUNS and len(long) < _REPLACED


def _kind(
    claim: str,
    span: tuple[int, int],
    sentence: str,
    other: tuple[int, int],
    evidence: Sequence[Quote],
) -> str | None:
    """What has been exchanged in a place, or None if the words may mean the same."""
    mine, theirs = claim[span[0] : span[1]], sentence[other[0] : other[1]]
    if _BROKEN.search(mine + theirs) or NEGATED.search(f"{mine} {theirs}"):
        return None
    if {mine.casefold(), theirs.casefold()} <= _CALENDAR:
        return "date"
    values, others = _values(claim, span), _values(sentence, other)
    if values and others:
        listed = _LISTED.search(claim[: span[0]])
        return None if listed else _exchanged_value(values, others)
    if any(c.isdigit() for c in mine + theirs) or not (_named(mine) and _named(theirs)):
        return None
    if is_same_name(mine, theirs, [quote.text for quote in evidence]):
        return None
    starts = _LISTED.search(claim[: span[0]]) or _LISTED.search(sentence[: other[0]])
    if starts and not (_as_name(mine, evidence) and _as_name(theirs, evidence)):
        return None
    return "place" if is_within(claim, span[0]) else "name"


def _values(text: str, span: tuple[int, int]) -> list[Value]:
    """The values of a text of which a part lies in a place."""
    return [v for v in parse_values(text) if v.start < span[1] and span[0] < v.end]


def _exchanged_value(values: Sequence[Value], others: Sequence[Value]) -> str | None:
    if len(values) != 1 or len(others) != 1 or values[0].kind == "ordinal":
        return None
    return None if _may_hold(values[0], others[0]) else _told(values[0])


def _may_hold(value: Value, other: Value) -> bool:
    """Whether two values may both be true, or are not of a kind that can be compared."""
    if value.bound or other.bound or value.kind != other.kind:
        return True
    return is_same_value(value, other) or is_perhaps_same(value, other)


def _told(value: Value) -> str:
    return value.kind if value.kind in ("date", "time", "money", "percent") else "number"


def _named(text: str) -> bool:
    """Whether each word has a capital, and the first is none that opens any sentence."""
    words = [match[0] for match in WORD.finditer(text)]
    linked = [word for word in words if word.casefold() not in STOP]
    opens = words[0].casefold() in _NO_NAME
    return bool(linked) and not opens and all(word[0].isupper() for word in linked)


def _as_name(name: str, evidence: Sequence[Quote]) -> bool:
    """Whether it has more words, or some sentence writes it inside, or in a longer name."""
    if len(name.split()) > 1:
        return True
    name = re.escape(name)
    inside = re.compile(rf"[\w,;)] {name}\b|\b{name} [A-Z]")
    return any(inside.search(quote.text) for quote in evidence)
