"""Values of a claim against evidence sentences: numbers, money, dates, times."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from groundwire.quantities.compare import (
    has_other_currency,
    has_other_unit,
    is_bound_true,
    is_compatible,
    is_excluded,
    is_exclusive_date,
    is_perhaps_same,
    is_same_value,
    is_told_clock,
)
from groundwire.quantities.parse import Value, parse_values
from groundwire.quantities.ranges import is_inside_range, is_same_end
from groundwire.text.english import LIMITS, NEGATIONS
from groundwire.text.words import STOP, find_content_words, split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import Alignment, Difference, Token, find_changes
from groundwire.verify.checks.finding import make_finding

_BOUNDS = frozenset(split_table("least most later earlier than"))
_WORDS = STOP | LIMITS | NEGATIONS | _BOUNDS
"""Words that may stand beside a value and are read with it."""
# What opens a claim or a bracket is a number of an item or a citation: "3 You should ...".
_LISTED = re.compile(r"(?:^|[\[(])\W*$")


def check_values(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks every value of the claim up in the evidence.

    A conflict needs a sentence that is the claim but for another value, one that cannot be true
    of the same thing, in the place of this one.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        One finding for each value, in order.
    """
    values = parse_values(claim.text)
    if not values:
        return []
    known = find_content_words(claim.text)
    ranked = sorted(evidence, key=lambda q: (-len(known & find_content_words(q.text)), q.text))
    stated = [(quote, other) for quote in ranked for other in parse_values(quote.text)]
    changed = find_changes(claim, evidence, partial(_judge_value, stated=stated))
    found = []
    for value in values:
        same = [(q, o) for q, o in stated if is_same_value(value, o)]
        told = [(q, o) for q, o in stated if is_told_clock(value, o)]
        hit = next(iter(same or told), None)
        if changed and changed[0].start == claim.start + value.start:
            found.append(changed[0])
        elif hit is None:
            found.append(make_finding(claim, value.kind, value.start, value.end))
        else:
            quote, other = hit
            span = value.start, value.end
            found.append(make_finding(claim, value.kind, *span, "match", other.text, quote))
    return found


def _judge_value(
    place: Difference, near: Alignment, *, stated: Sequence[tuple[Quote, Value]]
) -> tuple[str, tuple[int, int], str] | None:
    """The conflict of two values that stand in one place."""
    mine, theirs = (
        [(t, v) for t in side if (v := _read(t))] for side in (place.mine, place.theirs)
    )
    either = any(token.form == "or" for token in place.theirs)
    if len(mine) != 1 or not theirs or (either and len(theirs) > 1):
        return None
    (token, value), (there, other) = mine[0], theirs[0]
    # "No later than" is a bound, which the values have; else a negation beside them is another.
    allowed = _WORDS if value.bound or other.bound else _WORDS - NEGATIONS
    if not all(_read(t) or t.form in allowed for t in (*place.mine, *place.theirs)):
        return None
    if value.kind == "number" and _LISTED.search(near.claim[: value.start]):
        return None
    if not all(_excludes(value, near.claim, v, near.quote.text) for _, v in theirs):
        return None
    # Of "10 kg of apples and 5 kg of pears" a claim may tell the sum.
    more = [v for text in near.further for v in parse_values(text)]
    alike = is_compatible(value, other) and value.kind not in ("date", "time")
    if alike and any(is_compatible(value, v) for v in more):
        return None
    # Where the sentence is limited to a case, another one may tell of all the rest.
    if near.limited and any(is_same_value(value, other) for _, other in stated):
        return None
    end, stop = value.end, other.end
    if (value.rate, value.zone) != (other.rate, other.zone):
        end, stop = token.end, there.end
    return value.kind, (value.start, end), near.quote.text[other.start : stop]


def _read(token: Token) -> Value | None:
    """The value of a token; "one" counts where it stands opposite to a number."""
    if token.form == "one":
        return Value("number", token.start, token.end, token.form, (1.0,), None, 1.0)
    return token.value


def _excludes(value: Value, claim: str, other: Value, sentence: str) -> bool:
    """Whether a value of a sentence and one of the claim cannot both be true."""
    if has_other_currency(value, other) or has_other_unit(value, other):
        return True
    if not is_compatible(value, other) or is_perhaps_same(value, other):
        return False
    if is_inside_range(value, claim, other, sentence):
        return False
    if is_same_end(value, claim, other, sentence):
        value, other = replace(value, bound=""), replace(other, bound="")
    if value.bound and is_bound_true(value, other):
        return False
    if value.kind in ("date", "decade", "time"):
        return is_exclusive_date(value, other)
    return is_excluded(value, other)
