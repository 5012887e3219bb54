"""Values of a claim against evidence sentences: numbers, money, dates, times.

A check is any callable ``(claim, evidence) -> list[Finding]``; the evidence is the exact
sentences that were selected for the claim. The checks put precision first: a conflict is
reported only where one evidence sentence clearly speaks about the same thing and says
otherwise; everything else that the evidence does not state is ``missing``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from groundwire.quantities.compare import (
    has_other_currency,
    has_other_unit,
    is_bound_true,
    is_compatible,
    is_excluded,
    is_exclusive_date,
    is_perhaps_same,
    is_same_value,
)
from groundwire.quantities.dates import find_zone_end
from groundwire.quantities.modifiers import find_rate_end
from groundwire.quantities.parse import Value, parse_values
from groundwire.quantities.ranges import is_inside_range
from groundwire.text.words import STOP, WORD, find_content_words, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.arithmetic import DERIVED, is_consistent, is_derivable
from groundwire.verify.checks.finding import Status, make_finding
from groundwire.verify.checks.topic import (
    NEGATED,
    find_topic,
    has_same_frame,
    has_same_topic,
    is_astray,
    measure_overlap,
)

# "The first ten years" are a part: they do not contradict thirty years in all.
_SOME_OF = re.compile(r"\b(?:first|last|final|next|past|previous|another)\s+$", re.IGNORECASE)
# A distance in time: "10,000 years ago" and "45,000 years ago" may both be true.
_DISTANCE = re.compile(r"\s+(?:ago|later|earlier|before|after|prior)\b", re.IGNORECASE)
# "Ann and Bob are two engineers there" counts the named, and there may be more.
_ARE = re.compile(r"(?<!\bthere )(?<!\bhere )\b(?:are|were)\s+$", re.IGNORECASE)
# "One" that counts ("one tablet"), and no pronoun or part of a phrase ("this one", "one another").
_ONE = re.compile(
    r"(?<![\w-])(?<!\bno )(?<!\bany )(?<!\beach )(?<!\bevery )(?<!\bsome )(?<!\bthe )(?<!\bthis )"
    r"(?<!\bthat )(?<!\bwhich )(?<!\bor )one(?= (?!(?:another|other|more|such|third|half|quarter|"
    r"side|hand|way|time|thing|day|another)\b)[^\W\d_]{2,})",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def find_lone_ones(text: str) -> tuple[Value, ...]:
    """Every "one" before a word that it may count ("one tablet"); it may be no number, too."""
    found = (Value("number", *m.span(), m[0], (1.0,), None, 1.0) for m in _ONE.finditer(text))
    return tuple(value for value in found if find_noun(text, value)[:1] not in ("", ":"))


@lru_cache(maxsize=4096)
def drop_zones(text: str) -> str:
    """Returns a text without the zones of its times, which are no names of what it is about."""
    for value in reversed(parse_values(text)):
        text = text[: value.end] + text[find_zone_end(text, value) :] if value.zone else text
    return text


def is_other_column(claim: str, sentence: str, other: Value) -> bool:
    """Whether a value stands in a record ("key: value; key: value"), under a key not claimed."""
    if sentence.count(";") < 2 or sentence.count(":") < 2:
        return False
    head = sentence[: other.start]
    key = head[head.rfind(";") + 1 :].rpartition(":")[0]
    return not find_content_words(key) & find_content_words(claim)


def is_member_count(text: str, value: Value) -> bool:
    """Whether some are counted of what may be more ("Ann and Bob are two engineers")."""
    return bool(_ARE.search(text[max(0, value.start - 24) : value.start]))


def is_part(text: str, value: Value) -> bool:
    """Whether a span of time is one of several ("the first ten years") or a distance ("ago")."""
    lead = text[max(0, value.start - 24) : value.start]
    return bool(_SOME_OF.search(lead) or _DISTANCE.match(text, value.end))


def find_noun(text: str, value: Value) -> str:
    """The word after a bare number, or the label before it ("chapter 4", as ``:chapter``)."""
    after = re.compile(r"[\s-]+(?:(?:of|the|different|new|other)\s+)?([^\W\d_]{2,})").match(
        text, value.end
    )
    if after and after[1].casefold() not in STOP:
        return strip_ending(after[1])
    before = re.search(r"([^\W\d_]{2,})[\s:]+$", text[max(0, value.start - 40) : value.start])
    return ":" + strip_ending(before[1]) if before and before[1].casefold() not in STOP else ""


def find_closest(claim: str, value: Value, sentence: str, rivals: list[Value]) -> list[Value]:
    """The one rival whose near words agree best with those of the value; none on a tie."""
    near = _near(claim, value)
    scored = sorted(((len(near & _near(sentence, o)), o.start, o) for o in rivals), reverse=True)
    return [scored[0][2]] if scored[0][0] > scored[1][0] else []


def _near(text: str, value: Value) -> set[str]:
    before = [w[0] for w in WORD.finditer(text, max(0, value.start - 60), value.start)]
    after = [w[0] for w in WORD.finditer(text, value.end, min(len(text), value.end + 60))]
    return {
        strip_ending(word) for word in [*before[-5:], *after[:4]] if word.casefold() not in STOP
    }


# Words more than the claim has. "Doctors tell some patients to take one tablet at night" has many,
# and so tells of another case.
_FEW = 2
# A date reckoned from another one: "a year after 2007" is 2008, and contradicts no 2008.
_SHIFTED = re.compile(
    r"\b(?:days?|weeks?|months?|years?|decades?) (?:later|earlier|before|after|ago|previously)\b"
    r"|\b(?:following|next|previous|same) (?:day|week|month|year)\b",
    re.IGNORECASE,
)


def check_values(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Compares every value of the claim with the values that the evidence states.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        One finding for each value, in order.
    """
    values = parse_values(claim.text)
    if not values:
        return []
    stated = [(quote, parse_values(quote.text)) for quote in evidence]
    stated.sort(key=lambda item: (-measure_overlap(claim.text, item[0].text), item[0].text))
    rivals = _rivals(claim, values, stated)
    found = []
    for value in values:
        hits = [(q, o) for q, others in stated for o in others if is_same_value(value, o)]
        hit = hits[0] if hits else None
        status: Status = "match"
        rival = _conflict(claim, value, values, rivals, [q.text for q, _ in hits])
        if rival is not None:
            hit, status = rival, "conflict"
        if hit is None:
            found.append(make_finding(claim, value.kind, value.start, value.end))
        else:
            quote, other = hit
            end, text = value.end, other.text
            if status == "conflict" and value.rate and other.rate and value.rate != other.rate:
                end = find_rate_end(claim.text, value)
                text = quote.text[other.start : find_rate_end(quote.text, other)]
            if status == "conflict" and value.zone != other.zone and value.zone and other.zone:
                end = find_zone_end(claim.text, value)
                text = quote.text[other.start : find_zone_end(quote.text, other)]
            found.append(make_finding(claim, value.kind, value.start, end, status, text, quote))
    return found


_Stated: TypeAlias = Sequence[tuple[Quote, list[Value]]]
_Rivals: TypeAlias = Sequence[tuple[Quote, list[Value], list[Value]]]


def _rivals(claim: Claim, values: Sequence[Value], stated: _Stated) -> _Rivals:
    """The sentences about the same thing: all their values, and those the claim lacks."""
    if DERIVED.search(claim.text) or NEGATED.search(claim.text):
        return []
    said = drop_zones(claim.text)
    return [
        (quote, [*others, *_ones(claim, quote)], [*_free(values, others), *_ones(claim, quote)])
        for quote, others in stated
        if has_same_topic(said, drop_zones(quote.text))
        or has_same_frame(said, drop_zones(quote.text))
    ]


def _free(values: Sequence[Value], others: Sequence[Value]) -> list[Value]:
    return [o for o in others if not any(is_same_value(v, o) for v in values)]


def _ones(claim: Claim, quote: Quote) -> list[Value]:
    """The lone "one" of a sentence that has the words of the claim and hardly more."""
    wanted, told = find_topic(claim.text), find_topic(quote.text) - {"one"}
    if not wanted <= told or len(told - wanted) > _FEW:
        return []
    return list(find_lone_ones(quote.text))


def _conflict(
    claim: Claim,
    value: Value,
    values: Sequence[Value],
    sentences: _Rivals,
    holding: Sequence[str],
) -> tuple[Quote, Value] | None:
    """The other value in the role of the claim's, if it is clear; ``holding`` has the claim's."""
    # An ordinal tells which one: the third runner and the fourth are two.
    if value.kind == "ordinal":
        return None
    hits = []
    for quote, others, free in sentences:
        if quote.text in holding or any(is_perhaps_same(value, other) for other in others):
            continue
        rivals = [
            other
            for other in free
            if _rival(claim, value, quote, other)
            and not is_inside_range(value, claim.text, other, quote.text)
        ]
        turned = [other for other in rivals if has_other_unit(value, other)]
        rivals = turned if len(turned) == 1 else rivals
        if len(rivals) > 1:
            rivals = find_closest(claim.text, value, quote.text, rivals)
        if (
            len(rivals) == 1
            and not _qualified(value, values, others)
            and (turned or not is_derivable(value, values, others))
            and not is_consistent(value, claim.text, rivals[0], quote.text)
            and not (value.bound and any(is_bound_true(value, other) for other in others))
        ):
            hits.append((quote, rivals[0]))
    if len({other.key for _, other in hits}) != 1:
        return None
    if not holding:
        return hits[0]
    return next((h for h in hits if is_astray(claim.text, value, values, h[0].text, holding)), None)


def _rival(claim: Claim, value: Value, quote: Quote, other: Value) -> bool:
    """Whether ``other`` stands in the role of ``value`` and excludes it."""
    if has_other_currency(value, other) or has_other_unit(value, other):
        return True
    if not is_compatible(value, other) or is_other_column(claim.text, quote.text, other):
        return False
    if value.kind == "number":
        counted = find_noun(claim.text, value)
        alike = bool(counted) and counted == find_noun(quote.text, other)
        return alike and not is_member_count(claim.text, value) and is_excluded(value, other)
    if value.kind in ("date", "decade", "time"):
        shifted = value.kind != "time" and _SHIFTED.search(quote.text)
        return not shifted and is_exclusive_date(value, other)
    if is_part(claim.text, value) or is_part(quote.text, other):
        return False
    return is_excluded(value, other)


def _qualified(value: Value, values: Sequence[Value], others: Sequence[Value]) -> bool:
    """Whether another value of the claim ("in 2019") has another one in the sentence ("in 2020").

    The sentence is about another case then, and one of the two values has to be a date or a time.
    """
    dated = ("date", "decade", "time")
    for other in values:
        relevant = value.kind in dated or other.kind in dated
        if other is value or not relevant or any(is_same_value(other, o) for o in others):
            continue
        if any(o.kind == other.kind for o in others):
            return True
    return False
