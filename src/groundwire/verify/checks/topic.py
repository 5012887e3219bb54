"""Topic of a sentence: whether a value was found where something else is spoken of (English)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import Value, parse_values
from groundwire.text.words import STOP, WORD, find_content_words, split_table, strip_ending

# Where one sentence has one word of a pair and the other has the other, they tell of two things:
# the minimum voltage and the maximum.
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
# The "No." of "Chanel No. 5" denies nothing.
NEGATED = re.compile(r"\b(?:not|never|no(?!\.\s?\d)|without|neither|nor)\b|n['’]t\b", re.IGNORECASE)
_SAME_TOPIC = 0.6


def measure_overlap(claim: str, sentence: str) -> float:
    """Share of the claim's words, without its values, that a sentence has."""
    wanted = find_topic(claim)
    return len(wanted & find_content_words(sentence)) / len(wanted) if wanted else 0.0


@lru_cache(maxsize=16_384)
def find_topic(text: str) -> frozenset[str]:
    """Content words without the values."""
    for value in reversed(parse_values(text)):
        text = f"{text[: value.start]} {text[value.end :]}"
    return find_content_words(text)


def has_same_topic(claim: str, sentence: str) -> bool:
    """Whether a sentence speaks about what the claim does: most of its words, no other name."""
    wanted, stated = find_topic(claim), find_topic(sentence)
    if len(wanted & stated) < 2 or len(wanted & stated) < _SAME_TOPIC * len(wanted):
        return False
    only_claim, only_stated = wanted - stated, stated - wanted
    for pair in _CONTRASTS:
        stems = {strip_ending(word) for word in pair}
        if stems & only_claim and stems & only_stated:
            return False
    return not (has_own_name(claim, sentence) and has_own_name(sentence, claim))


def has_own_name(text: str, other: str) -> bool:
    """Whether ``text`` has a name or a code of its own, one that ``other`` lacks."""
    known = {strip_ending(w[0]) for w in WORD.finditer(other)}
    inside = {i for v in parse_values(text) for i in range(v.start, v.end)}
    for word in WORD.finditer(text):
        code = any(c.isdigit() for c in word[0]) and any(c.isalpha() for c in word[0])
        name = word[0][0].isupper() and word.start() > 0 and word[0].casefold() not in STOP
        if (code or name) and word.start() not in inside and strip_ending(word[0]) not in known:
            return True
    return False


# A sentence with such a word may tell of the claim's subject without naming it: "It was extended to
# 36 months".
_POINTS_BACK = frozenset(
    split_table(
        "it its he his him she her they their them this that these those which who such former "
        "latter same one ones both there here"
    )
)
# "It opens at 9 am on Saturdays" leaves room for another hour on other days.
_LIMITS = frozenset(
    split_table(
        "if when where while unless except only for on in at during with without until till since "
        "from after before within between under over above below among excluding including "
        "because although though but or via through last next each every"
    )
)
_VAGUE = frozenset(split_table("it its they this that these those there here we i you such"))
_FEWEST = 3
_CLEARLY = 0.75
# From two pairs of key and value on: a row holds values of several things side by side.
_RECORD = 2


def has_same_frame(claim: str, sentence: str) -> bool:
    """Whether two sentences are the same words around their values.

    What opens with a word that may point to anything ("it", "this") is the same as nothing.
    """
    mine = _frame(claim)
    vague = not mine or mine[0] in _VAGUE or not find_topic(claim)
    return len(mine) >= _FEWEST and not vague and mine == _frame(sentence)


def find_limits(text: str) -> frozenset[str]:
    """The words of a text with which it may be limited to a time, a place or a case."""
    return frozenset(w[0].casefold() for w in WORD.finditer(text)) & _LIMITS


def is_astray(
    claim: str, value: Value, values: Sequence[Value], told: str, holding: Sequence[str]
) -> bool:
    """Whether a value stands only in sentences that speak less about the claim than another.

    Each of them must lack a word of the claim that the other has, have no word of it that the
    other lacks, speak about something of its own, point back to nothing, and hold no further
    value of the claim. The other sentence must have all words of the claim, or clearly more, and
    no limit that the claim lacks.

    Args:
        claim: the text of the claim.
        value: the value of it that was found.
        values: all values of the claim.
        told: the sentence that speaks about the same thing, and has another value.
        holding: the sentences that hold the value.
    """
    wanted = find_topic(claim)
    better = wanted & find_content_words(told)
    if find_limits(told) - find_limits(claim) or _record(told):
        return False
    return all(
        _elsewhere(claim, wanted, better, sentence)
        and not _holds_more(value, values, told, sentence)
        for sentence in holding
    )


def _elsewhere(claim: str, wanted: frozenset[str], better: frozenset[str], sentence: str) -> bool:
    shared = wanted & find_content_words(sentence)
    if not shared < better or find_topic(sentence) <= wanted or _record(sentence):
        return False
    clearly = len(better) - len(shared) > 1 and len(better) >= _CLEARLY * len(wanted)
    if better != wanted and not clearly:
        return False
    return not (_words(sentence) & _POINTS_BACK) - _words(claim)


def _holds_more(value: Value, values: Sequence[Value], told: str, sentence: str) -> bool:
    """Whether a sentence has a further value of the claim, and the other one has not."""
    here, there = parse_values(sentence), parse_values(told)
    return any(
        any(is_same_value(further, v) for v in here)
        and not any(is_same_value(further, v) for v in there)
        for further in values
        if further is not value
    )


def _record(text: str) -> bool:
    """Whether a text is a row of a table ("key: value; key: value")."""
    return min(text.count(":"), text.count(";") + 1) >= _RECORD or "|" in text


def _words(text: str) -> frozenset[str]:
    return frozenset(re.split(r"['’]", w[0].casefold())[0] for w in WORD.finditer(text))


def _frame(text: str) -> list[str]:
    for value in reversed(parse_values(text)):
        text = f"{text[: value.start]} {text[value.end :]}"
    return [w[0].casefold() for w in WORD.finditer(text)]
