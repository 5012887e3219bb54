"""Pairs derived from labelled ones: a claim with one thing changed, two claims in one.

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

from groundwire.train.corruptions import NAME, Corruption, corrupt, other_number
from groundwire.train.pairs import Pair

EDITED = "synthetic_edits"
JOINED = "synthetic_joins"

_LEFT_OUT = frozenset({"snli", "conjnli", "negation_nli", "breaking_nli", "med"})
"""Sets of captions and of edited sentences: an edit of these teaches little."""

_KINDS = (
    "number", "name", "subject", "date", "unit", "role", "comparison", "order", "antonym",
    "negation",
)  # fmt: skip
_VALUE = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])|[A-Z][\w’'-]{2,}")
_OPENER = re.compile(r"^(?:The|A|An|It|He|She|They|There|This|In|On|At) (?=[a-z])")
_LINKS = (" and ", ", and ", ", while ", "; ", ". ")
_MOST_WORDS = 120
"""Words of two premises together, so that both fit the evidence of a claim."""


def derived_pairs(pairs: Sequence[Pair], seed: int, edits: int, joins: int) -> list[Pair]:
    """Returns up to ``edits`` edited claims and ``joins`` joined ones.

    Args:
        pairs: labelled pairs with whole premises.
        seed: of the drawing.
        edits: most pairs with an edited claim.
        joins: most pairs with two claims in one.
    """
    rng = random.Random(f"{seed}-derived")
    drawn = [pair for pair in pairs if pair.dataset not in _LEFT_OUT]
    rng.shuffle(drawn)
    true = (pair for pair in drawn if pair.label == "supported")
    edited = (made for pair in true for made in _edited(pair, rng))
    out = [*islice(edited, edits)]
    rng.shuffle(drawn)
    return [*out, *islice(_joined(drawn, rng), joins)]


def _edited(pair: Pair, rng: random.Random) -> Iterator[Pair]:
    """Claims that the premise no longer supports, and one that it still does."""
    names = sorted({m.group() for m in NAME.finditer(pair.premise)})
    for made in corrupt(pair.hypothesis, names, (), rng, most=2):
        if made.kind in _KINDS and _differs(made, pair):
            fault = (made.start, made.end) if made.end > made.start else None
            yield Pair(pair.premise, made.text, made.label, EDITED, fault)
            break
    shared = [
        m.group() for m in _VALUE.finditer(pair.hypothesis) if _count(m.group(), pair.premise)
    ]
    if shared and rng.random() < 0.6:
        old = rng.choice(shared)
        new = other_number(old, rng) if old[0].isdigit() else _other_name(old, names, rng)
        if new and not _count(new, pair.premise) and not _count(new, pair.hypothesis):
            premise, claim = (_put(old, new, text) for text in (pair.premise, pair.hypothesis))
            yield Pair(premise, claim, "supported", EDITED)


def _differs(made: Corruption, pair: Pair) -> bool:
    """Whether an edit says what nothing in the premise says."""
    said = made.text[made.start : made.end].strip()
    near = " ".join(made.text[max(0, made.start - 12) : made.end + 12].split()[1:-1])
    new = near not in pair.premise if said else made.kind == "negation"
    return new and made.text not in pair.premise


def _other_name(old: str, names: Sequence[str], rng: random.Random) -> str:
    """A name made of two others, which the premise does not have."""
    words = sorted({w for n in names for w in n.split() if w[0].isupper() and w != old})
    if len(words) < 2 or len(old) < 4:
        return ""
    first, second = rng.sample(words, 2)
    return first[: max(2, len(first) // 2)] + second[len(second) // 2 :].lower()


def _count(value: str, text: str) -> bool:
    return re.search(rf"(?<![\w.,-]){re.escape(value)}(?![\w-])", text) is not None


def _put(old: str, new: str, text: str) -> str:
    return re.sub(rf"(?<![\w.,-]){re.escape(old)}(?![\w-])", lambda _: new, text)


def _joined(pairs: Sequence[Pair], rng: random.Random) -> Iterator[Pair]:
    """Two claims in one: supported by two premises, by one of them alone, or one of them false."""
    waiting: dict[str, Pair] = {}
    for pair in pairs:
        other = waiting.get(pair.dataset)
        if pair.label == "supported":
            waiting[pair.dataset] = pair
        if other is None or _words(pair.premise) + _words(other.premise) > _MOST_WORDS:
            continue
        if pair.label == "supported":
            whole = _join(other, pair, rng)
            yield whole
            if other.premise != pair.premise:
                kept = rng.choice([other, pair])
                lost = pair if kept is other else other
                start = whole.hypothesis.find(_stem(lost.hypothesis))
                fault = (start, start + len(_stem(lost.hypothesis))) if start >= 0 else None
                yield replace(whole, premise=kept.premise, label="unsupported", fault=fault)
        else:
            yield _join(other, pair, rng)


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
    return claim.rstrip(" .")[1:]


def _words(text: str) -> int:
    return len(text.split())
