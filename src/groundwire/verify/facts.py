"""Deterministic checks: the values and names of a claim against evidence sentences.

A check is any callable ``(claim, evidence) -> list[Finding]``; the evidence is the exact
sentences that were selected for the claim. The checks put precision first: a conflict is
reported only where one evidence sentence clearly speaks about the same thing and says
otherwise; everything else that the evidence does not state is ``missing``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Literal, TypeAlias

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.names import check_names
from groundwire.verify.values import Value, parse_values
from groundwire.verify.words import STOP, WORD, content_words, stem

__all__ = ["Check", "check_names", "check_values", "same_value"]

Status: TypeAlias = Literal["match", "conflict", "missing"]
Check: TypeAlias = Callable[[Claim, Sequence[Quote]], list[Finding]]

_CONTRASTS = tuple(
    frozenset(pair.split())
    for pair in (
        "min max",
        "minimum maximum",
        "least most",
        "male female",
        "men women",
        "boy girl",
        "before after",
        "first last",
        "first second",
        "indoor outdoor",
        "adult child",
        "adult children",
        "increase decrease",
        "rise fall",
        "rose fell",
        "north south",
        "east west",
        "left right",
        "upper lower",
        "high low",
        "highest lowest",
        "born died",
        "start end",
        "open close",
        "won lost",
        "buy sell",
        "import export",
        "gross net",
        "old new",
        "front rear",
        "day night",
        "mean median",
        "charge discharge",
        "estimate actual",
    )
)
_DERIVED = re.compile(
    r"\b(?:totals?|sum|altogether|combined|averages?|averaged|difference|twice|double|half|"
    r"remaining|another|additional|overall)\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(?:not|never|no|without|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_SAME_TOPIC = 0.6
ROUNDED = 0.05
"""Share of a value by which a coarser number may miss it and still be that value, rounded."""


def same_value(claimed: Value, stated: Value) -> bool:
    """Whether the evidence's value is the claim's, or the claim's is it rounded or "about" it."""
    if "date" in (claimed.kind, stated.kind) or "decade" in (claimed.kind, stated.kind):
        return _same_date(claimed, stated)
    if not _compatible(claimed, stated):
        return False
    a, b = claimed.key[0] or 0.0, stated.key[0] or 0.0
    gap = abs(a - b)
    if gap <= 1e-9 * max(abs(a), abs(b), 1.0):
        return True
    if claimed.bound and claimed.bound != stated.bound and claimed.step:
        far = {"~": (0.95, 1.05), ">": (1.0, 1.25), "<": (0.8, 1.0)}[claimed.bound]
        return min(a * far[0], a * far[1]) <= b <= max(a * far[0], a * far[1])
    if claimed.step <= stated.step or gap > ROUNDED * abs(b):
        return False
    step = claimed.step
    return gap <= step / 2 + 1e-9 or (step > 1 and gap < step and gap < 0.01 * abs(b))


def _may_be_same(value: Value, other: Value) -> bool:
    """Whether one may be the other rounded, in either direction: too close for a conflict."""
    if not _compatible(value, other) or value.step == other.step:
        return False
    a, b = value.key[0] or 0.0, other.key[0] or 0.0
    gap = abs(a - b)
    return gap <= max(value.step, other.step) / 2 and gap <= ROUNDED * max(abs(a), abs(b))


def _compatible(a: Value, b: Value) -> bool:
    return a.unit == b.unit and a.kind == b.kind


def _same_date(claimed: Value, stated: Value) -> bool:
    if claimed.kind == "decade":
        return bool(stated.key[0]) and (stated.key[0] or 0) // 10 * 10 == claimed.key[0]
    if stated.kind == "decade" or {claimed.kind, stated.kind} - {"date", "number"}:
        return False
    padded = (*stated.key, None, None)
    return all(part is None or part == padded[i] for i, part in enumerate(claimed.key))


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
    stated.sort(key=lambda item: -_overlap(claim.text, item[0].text))
    rivals = _rivals(claim, values, stated)
    found = []
    for value in values:
        hit = next(((q, o) for q, others in stated for o in others if same_value(value, o)), None)
        status: Status = "match"
        if hit is None:
            hit, status = _conflict(claim, value, values, rivals), "conflict"
        if hit is None:
            found.append(_finding(claim, value.kind, value.start, value.end))
        else:
            quote, other = hit
            found.append(
                _finding(claim, value.kind, value.start, value.end, status, other.text, quote)
            )
    return found


def _finding(
    claim: Claim,
    kind: str,
    start: int,
    end: int,
    status: Status = "missing",
    found: str | None = None,
    quote: Quote | None = None,
) -> Finding:
    span = claim.start + start, claim.start + end
    return Finding(kind, status, claim.text[start:end], *span, found, quote)


_Stated: TypeAlias = Sequence[tuple[Quote, list[Value]]]
_Rivals: TypeAlias = Sequence[tuple[Quote, list[Value], list[Value]]]


def _overlap(claim: str, sentence: str) -> float:
    wanted = _topic(claim)
    return len(wanted & content_words(sentence)) / len(wanted) if wanted else 0.0


@lru_cache(maxsize=16_384)
def _topic(text: str) -> frozenset[str]:
    """Content words without the values."""
    for value in reversed(parse_values(text)):
        text = f"{text[: value.start]} {text[value.end :]}"
    return content_words(text)


def _rivals(claim: Claim, values: Sequence[Value], stated: _Stated) -> _Rivals:
    """The sentences about the same thing: all their values, and those the claim lacks."""
    if _DERIVED.search(claim.text) or _NEGATED.search(claim.text):
        return []
    return [
        (quote, others, [o for o in others if not any(same_value(v, o) for v in values)])
        for quote, others in stated
        if others and _same_topic(claim.text, quote.text)
    ]


def _conflict(
    claim: Claim, value: Value, values: Sequence[Value], sentences: _Rivals
) -> tuple[Quote, Value] | None:
    if value.kind == "ordinal":
        return None
    hits = []
    for quote, others, free in sentences:
        rivals = [
            other
            for other in free
            if _rival(claim, value, quote, other) and not _may_be_same(value, other)
        ]
        if len(rivals) > 1:
            rivals = _closest(claim, value, quote, rivals)
        if (
            len(rivals) == 1
            and not _qualified(value, values, others)
            and not _derivable(value, values, others)
            and not (value.bound and any(_holds(value, other) for other in others))
        ):
            hits.append((quote, rivals[0]))
    return hits[0] if len({other.key for _, other in hits}) == 1 else None


def _same_topic(claim: str, sentence: str) -> bool:
    wanted, stated = _topic(claim), _topic(sentence)
    if len(wanted & stated) < 2 or len(wanted & stated) < _SAME_TOPIC * len(wanted):
        return False
    only_claim, only_stated = wanted - stated, stated - wanted
    for pair in _CONTRASTS:
        stems = {stem(word) for word in pair}
        if stems & only_claim and stems & only_stated:
            return False
    return not (_marked(claim, sentence) and _marked(sentence, claim))


def _marked(text: str, other: str) -> bool:
    """Whether ``text`` has a name or a code of its own, one that ``other`` lacks."""
    known = {stem(w[0]) for w in WORD.finditer(other)}
    inside = {i for v in parse_values(text) for i in range(v.start, v.end)}
    for word in WORD.finditer(text):
        code = any(c.isdigit() for c in word[0]) and any(c.isalpha() for c in word[0])
        name = word[0][0].isupper() and word.start() > 0 and word[0].casefold() not in STOP
        if (code or name) and word.start() not in inside and stem(word[0]) not in known:
            return True
    return False


def _rival(claim: Claim, value: Value, quote: Quote, other: Value) -> bool:
    """Whether ``other`` stands in the role of ``value`` and excludes it."""
    if not _compatible(value, other):
        return False
    if value.kind == "number":
        noun = _noun(claim.text, value)
        return bool(noun) and noun == _noun(quote.text, other) and _excluded(value, other)
    if value.kind in ("date", "decade"):
        pairs = [(a, b) for a, b in zip(value.key, other.key, strict=True) if a and b]
        same_form = [a is None for a in value.key] == [b is None for b in other.key]
        return same_form and any(a != b for a, b in pairs)
    return _excluded(value, other)


def _excluded(value: Value, other: Value) -> bool:
    a, b = value.key[0] or 0.0, other.key[0] or 0.0
    if value.bound == other.bound == "":
        return True
    if value.bound == other.bound == ">":
        return a > b
    bounds = {value.bound, other.bound}
    if "~" in bounds or (bounds != {""} and value.bound == other.bound):
        return abs(a - b) > 0.1 * max(abs(a), abs(b))
    over = [v.bound for v in (value, other)]
    if ">" in over and "<" in over:
        return False
    low = a if value.bound == ">" or other.bound == "<" else b
    high = b if low == a else a
    return low > high


def _holds(value: Value, other: Value) -> bool:
    """Whether "over" or "under" is true of another value of the sentence."""
    return _compatible(value, other) and other.bound == "" and not _excluded(value, other)


def _noun(text: str, value: Value) -> str:
    """The word after a bare number, or the label before it ("chapter 4")."""
    after = re.compile(r"[\s-]+(?:(?:of|the|different|new|other)\s+)?([^\W\d_]{2,})").match(
        text, value.end
    )
    if after and after[1].casefold() not in STOP:
        return stem(after[1])
    before = re.search(r"([^\W\d_]{2,})[\s:]+$", text[max(0, value.start - 40) : value.start])
    return stem(before[1]) if before and before[1].casefold() not in STOP else ""


def _closest(claim: Claim, value: Value, quote: Quote, rivals: list[Value]) -> list[Value]:
    """The one rival whose near words agree best with those of the value; none on a tie."""
    near = _near(claim.text, value)
    scored = sorted(((len(near & _near(quote.text, o)), o.start, o) for o in rivals), reverse=True)
    return [scored[0][2]] if scored[0][0] > scored[1][0] else []


def _near(text: str, value: Value) -> set[str]:
    before = [w[0] for w in WORD.finditer(text, max(0, value.start - 60), value.start)]
    after = [w[0] for w in WORD.finditer(text, value.end, min(len(text), value.end + 60))]
    return {stem(word) for word in [*before[-5:], *after[:4]] if word.casefold() not in STOP}


def _qualified(value: Value, values: Sequence[Value], others: Sequence[Value]) -> bool:
    """Whether another value of the claim shows that the sentence is about another case."""
    dated = ("date", "decade", "time")
    for other in values:
        relevant = value.kind in dated or other.kind in dated
        if other is value or not relevant or any(same_value(other, o) for o in others):
            continue
        if any(o.kind == other.kind for o in others):
            return True
    return False


def _derivable(value: Value, values: Sequence[Value], others: Sequence[Value]) -> bool:
    """Whether the evidence's values give the claim's: a sum, a difference, a mean, a multiple.

    A multiple needs its factor in the claim ("two adults pay $24" where one pays $12).
    """
    alike = [o.key[0] or 0.0 for o in others if _compatible(value, o)]
    if value.kind in ("date", "time"):
        return False
    target = value.key[0] or 0.0
    factors = [v.key[0] or 0.0 for v in values if v.kind == "number" and v is not value]
    results = [n * a for n in factors if 2 <= n <= 100 for a in alike[:8]]
    if len(alike) > 1:
        results += [sum(alike), sum(alike) / len(alike)]
    for i, a in enumerate(alike[:8]):
        results += [r for b in alike[i + 1 : 8] for r in (a + b, abs(a - b))]
    return any(abs(target - r) <= 1e-6 * max(1.0, abs(r)) for r in results)
