"""Values that have changed places: "opens at 9 and closes at 17" against "17 ... 9"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.compare import same_value
from groundwire.verify.findings import finding
from groundwire.verify.values import Value, parse_values
from groundwire.verify.words import STOP, WORD, stem, words_of

_SCORE = re.compile(r"\s?[-–]\s?")
_LINK = frozenset(words_of("am pm and or but"))
_TO = re.compile(r"\s+to\s+", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+$", re.IGNORECASE)
_RESULT = frozenset(words_of("won win wins beat beats lost lose defeated by scored score"))

_MOST = 20


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
                    _conflict(claim, first.value, stated[0], quote),
                    _conflict(claim, second.value, stated[1], quote),
                ]
    return found


def _exchanged(first: _Placed, second: _Placed, theirs: Sequence[_Placed]) -> _Pair | None:
    """What a sentence has in the places of two values, if it exchanges them.

    Empty if it has one of them in its place; None if it does not tell.
    """
    if not first.place or not second.place or first.place == second.place:
        return None
    if first.value.kind != second.value.kind or same_value(first.value, second.value):
        return None
    left = [placed for placed in theirs if placed.place == first.place]
    right = [placed for placed in theirs if placed.place == second.place]
    if len(left) != 1 or len(right) != 1:
        return None
    if same_value(first.value, left[0].value) or same_value(second.value, right[0].value):
        return ()
    if (first.after, second.after) != (left[0].after, right[0].after):
        return None
    if same_value(first.value, right[0].value) and same_value(second.value, left[0].value):
        return left[0].value, right[0].value
    return None


def _conflict(claim: Claim, value: Value, stated: Value, quote: Quote) -> Finding:
    return finding(claim, "order", value.start, value.end, "conflict", stated.text, quote)


def _placed(text: str) -> list[_Placed]:
    values = [
        value
        for value in parse_values(text)
        if value.kind != "ordinal" and "/" not in (text[value.end :][:1], text[: value.start][-1:])
    ]
    out: list[_Placed] = []
    for i, value in enumerate(values[:_MOST]):
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
    return [stem(word) for word in found if word not in STOP and word not in _LINK]


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
