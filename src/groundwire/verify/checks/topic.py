"""Whether a value was found in a sentence about something else (English)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from groundwire.verify.compare import same_value
from groundwire.verify.topic import topic
from groundwire.verify.values import Value, parse_values
from groundwire.verify.words import WORD, content_words, words_of

_POINTS_BACK = frozenset(
    words_of(
        "it its he his him she her they their them this that these those which who such former "
        "latter same one ones both there here"
    )
)
_LIMITS = frozenset(
    words_of(
        "if when where while unless except only for on in at during with without until till since "
        "from after before within between under over above below among excluding including "
        "because although though but or via through last next each every"
    )
)
_VAGUE = frozenset(words_of("it its they this that these those there here we i you such"))
_FEWEST = 3
_CLEARLY = 0.75
_RECORD = 2


def same_frame(claim: str, sentence: str) -> bool:
    """Whether two sentences are the same words around their values.

    What opens with a word that may point to anything ("it", "this") is the same as nothing.
    """
    mine = _frame(claim)
    vague = not mine or mine[0] in _VAGUE or not topic(claim)
    return len(mine) >= _FEWEST and not vague and mine == _frame(sentence)


def limits(text: str) -> frozenset[str]:
    """The words of a text with which it may be limited to a time, a place or a case."""
    return frozenset(w[0].casefold() for w in WORD.finditer(text)) & _LIMITS


def astray(
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
    wanted = topic(claim)
    better = wanted & content_words(told)
    if limits(told) - limits(claim) or _record(told):
        return False
    return all(
        _elsewhere(claim, wanted, better, sentence)
        and not _holds_more(value, values, told, sentence)
        for sentence in holding
    )


def _elsewhere(claim: str, wanted: frozenset[str], better: frozenset[str], sentence: str) -> bool:
    shared = wanted & content_words(sentence)
    if not shared < better or topic(sentence) <= wanted or _record(sentence):
        return False
    clearly = len(better) - len(shared) > 1 and len(better) >= _CLEARLY * len(wanted)
    if better != wanted and not clearly:
        return False
    return not (_words(sentence) & _POINTS_BACK) - _words(claim)


def _holds_more(value: Value, values: Sequence[Value], told: str, sentence: str) -> bool:
    """Whether a sentence has a further value of the claim, and the other one has not."""
    here, there = parse_values(sentence), parse_values(told)
    return any(
        any(same_value(further, v) for v in here) and not any(same_value(further, v) for v in there)
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
