"""Whether a claim and an evidence sentence speak about the same thing (English)."""

from __future__ import annotations

import re
from functools import lru_cache

from groundwire.verify.values import parse_values
from groundwire.verify.words import STOP, WORD, content_words, stem

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
NEGATED = re.compile(r"\b(?:not|never|no(?!\.\s?\d)|without|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_SAME_TOPIC = 0.6


def overlap(claim: str, sentence: str) -> float:
    """Share of the claim's words, without its values, that a sentence has."""
    wanted = topic(claim)
    return len(wanted & content_words(sentence)) / len(wanted) if wanted else 0.0


@lru_cache(maxsize=16_384)
def topic(text: str) -> frozenset[str]:
    """Content words without the values."""
    for value in reversed(parse_values(text)):
        text = f"{text[: value.start]} {text[value.end :]}"
    return content_words(text)


def same_topic(claim: str, sentence: str) -> bool:
    """Whether a sentence speaks about what the claim does: most of its words, no other name."""
    wanted, stated = topic(claim), topic(sentence)
    if len(wanted & stated) < 2 or len(wanted & stated) < _SAME_TOPIC * len(wanted):
        return False
    only_claim, only_stated = wanted - stated, stated - wanted
    for pair in _CONTRASTS:
        stems = {stem(word) for word in pair}
        if stems & only_claim and stems & only_stated:
            return False
    return not (marked(claim, sentence) and marked(sentence, claim))


def marked(text: str, other: str) -> bool:
    """Whether ``text`` has a name or a code of its own, one that ``other`` lacks."""
    known = {stem(w[0]) for w in WORD.finditer(other)}
    inside = {i for v in parse_values(text) for i in range(v.start, v.end)}
    for word in WORD.finditer(text):
        code = any(c.isdigit() for c in word[0]) and any(c.isalpha() for c in word[0])
        name = word[0][0].isupper() and word.start() > 0 and word[0].casefold() not in STOP
        if (code or name) and word.start() not in inside and stem(word[0]) not in known:
            return True
    return False
