"""Edits of labelled pairs: a claim with one thing changed, two claims in one.

People's claims say their evidence in other words, so an edit of such a claim cannot be found by
comparing words, as an edit of a copied sentence can. An edit that goes into the premise as well
leaves the claim supported, so that how an edit looks tells nothing (D. Kaushik et al., "Learning
the Difference that Makes a Difference with Counterfactually-Augmented Data", ICLR 2020).
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from groundwire.evaluate.corruptions import (
    NAME,
    NUMBER,
    Corruption,
    corrupt_sentence,
    draw_other_number,
)
from groundwire.train.pairs.pairs import Pair

EDITED = "synthetic_edits"
JOINED = "synthetic_joins"

_LEFT_OUT = frozenset({
    "snli", "conjnli", "negation_nli", "breaking_nli", "med", "squad2", "boolq", "pubmedqa",
    "multirc",
})  # fmt: skip
"""Sets of captions, of edited sentences, and of questions: an edit of these teaches little."""

_KINDS = (
    "number", "name", "subject", "date", "unit", "role", "comparison", "order", "antonym",
    "negation",
)  # fmt: skip
_BOUND = re.compile(
    r"\b(?:than|over|under|least|most|up to|about|around|nearly|almost|some|roughly|approximately|"
    r"exceed\w*|beyond|between|to)\W*$",
    re.IGNORECASE,
)
"""Before a number: another number can be as true."""

_VAGUE = re.compile(r"\b(?:may|might|could|can|should|both|either|married|met|with)\b", re.I)
"""Where a denial, another name or the exchange of two can be as true."""

_OPENER = re.compile(r"^(?:The|A|An|There|In|On|At) (?=[a-z])")
_PRONOUN = re.compile(r"^(?:It|He|She|They|This|These|Its|His|Her|Their|There)\b", re.IGNORECASE)
_LINKS = (" and ", ", and ", ", while ", "; ", ". ")
_MOST_WORDS = 120
"""Words of two premises together, so that both fit the evidence of a claim."""

_CLAIM_WORDS = range(3, 81)
_AS_WORDS = 12
"""Numbers up to this may stand in the premise as words."""


def derive_pairs(pairs: Sequence[Pair], seed: int, edits: int, joins: int) -> list[Pair]:
    """Returns up to ``edits`` edited claims and ``joins`` joined ones.

    Args:
        pairs: labelled pairs with whole premises.
        seed: of the drawing.
        edits: most pairs with an edited claim.
        joins: most pairs with two claims in one.
    """
    rng = random.Random(f"{seed}-derived")
    drawn = [
        pair
        for pair in pairs
        if pair.dataset not in _LEFT_OUT and _words(pair.hypothesis) in _CLAIM_WORDS
    ]
    rng.shuffle(drawn)
    true = (pair for pair in drawn if pair.label == "supported")
    edited = (made for pair in true for made in _edited(pair, rng))
    out = [*islice(edited, edits)]
    rng.shuffle(drawn)
    return [*out, *islice(_joined(drawn, rng), joins)]


def _edited(pair: Pair, rng: random.Random) -> Iterator[Pair]:
    """A claim that the premise no longer supports, and one that it still does."""
    names = sorted({m.group() for m in NAME.finditer(pair.premise)})
    for made in corrupt_sentence(pair.hypothesis, names, (), rng, most=2):
        if made.kind in _KINDS and _differs(made, pair):
            fault = (made.start, made.end) if made.end > made.start else None
            yield Pair(pair.premise, made.text, made.label, EDITED, fault)
            break
    shared = _shared(pair, names)
    if shared and rng.random() < 0.6:
        old = rng.choice(shared)
        new = draw_other_number(old, rng) if old[0].isdigit() else _other_name(old, names, rng)
        if new and not _has(new, pair.premise) and not _has(new, pair.hypothesis):
            premise, claim = (_put(old, new, text) for text in (pair.premise, pair.hypothesis))
            yield Pair(premise, claim, "supported", EDITED)


def _shared(pair: Pair, names: Sequence[str]) -> list[str]:
    """Values of the claim that can change there and in the premise alike.

    Of numbers the only one of the claim, for one of two may follow from the other.
    """
    numbers = NUMBER.findall(pair.hypothesis)
    known = {w for name in names for w in name.split() if len(w) > 3 and w[0].isupper()}
    words = [w for w in pair.hypothesis.split() if w in known]
    if len(numbers) == 1 and float(numbers[0].replace(",", "")) > _AS_WORDS:
        words += numbers
    return [value for value in words if _has(value, pair.premise)]


def _differs(made: Corruption, pair: Pair) -> bool:
    """Whether an edit says what nothing in the premise says, as far as words tell."""
    before, said = made.text[: made.start], made.text[made.start : made.end].strip()
    if made.kind == "number" and _BOUND.search(before):
        return False
    if made.kind in ("negation", "role", "name", "subject") and _VAGUE.search(pair.hypothesis):
        return False
    start, end = max(0, made.start - 12), made.end + 12
    near = made.text[start:end].split()[start > 0 :]
    near = near[:-1] if end < len(made.text) else near
    new = " ".join(near) not in pair.premise if said else made.kind == "negation"
    return new and made.text not in pair.premise


def _other_name(old: str, names: Sequence[str], rng: random.Random) -> str:
    """A name made of two others, which the premise does not have."""
    words = sorted({w for n in names for w in n.split() if w[0].isupper() and w != old})
    if len(words) < 2:
        return ""
    first, second = rng.sample(words, 2)
    return first[: max(2, len(first) // 2)] + second[len(second) // 2 :].lower()


def _whole(value: str) -> str:
    return rf"(?<![\w.,'’-]){re.escape(value)}(?![\w'’-]|[.,]\d)"


def _has(value: str, text: str) -> bool:
    return re.search(_whole(value), text) is not None


def _put(old: str, new: str, text: str) -> str:
    return re.sub(_whole(old), lambda _: new, text)


def _joined(pairs: Sequence[Pair], rng: random.Random) -> Iterator[Pair]:
    """Two claims in one: supported by two premises, by one of them alone, or one of them false."""
    waiting: dict[str, Pair] = {}
    for pair in pairs:
        other = waiting.get(pair.dataset)
        if pair.label == "supported":
            waiting[pair.dataset] = pair
        if other is None or not _can_join(other, pair):
            continue
        if pair.label == "supported":
            whole = _join(other, pair, rng)
            yield whole
            if other.premise not in pair.premise and pair.premise not in other.premise:
                kept = rng.choice([other, pair])
                lost = pair if kept is other else other
                start = whole.hypothesis.find(_stem(lost.hypothesis)) - 1
                end = start + 1 + len(_stem(lost.hypothesis))
                fault = (start, end) if start >= 0 else None
                yield replace(whole, premise=kept.premise, label="unsupported", fault=fault)
        else:
            yield _join(other, pair, rng)


def _can_join(a: Pair, b: Pair) -> bool:
    return (
        a.hypothesis != b.hypothesis
        and not _PRONOUN.match(a.hypothesis)
        and not _PRONOUN.match(b.hypothesis)
        and _words(a.premise) + _words(b.premise) <= _MOST_WORDS
    )


def _join(true: Pair, pair: Pair, rng: random.Random) -> Pair:
    parts = [true, pair]
    rng.shuffle(parts)
    second = parts[1].hypothesis
    link = rng.choice(_LINKS)
    if link != ". " and _OPENER.match(second):
        second = second[0].lower() + second[1:]
    claim = parts[0].hypothesis.rstrip(" .") + link + second
    rng.shuffle(parts)
    premises = list(dict.fromkeys(part.premise for part in parts))
    return Pair(" ".join(premises), claim, pair.label, JOINED)


def _stem(claim: str) -> str:
    """A claim without its first letter, which may have become small, and its full stop."""
    return claim.rstrip(" .")[1:]


def _words(text: str) -> int:
    return len(text.split())
