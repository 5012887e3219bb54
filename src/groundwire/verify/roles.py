"""The role of a value in its sentence: what it counts, what stands near it (English)."""

from __future__ import annotations

import re
from functools import lru_cache

from groundwire.verify.values import Value
from groundwire.verify.words import STOP, WORD, content_words, stem

_SOME_OF = re.compile(r"\b(?:first|last|final|next|past|previous|another)\s+$", re.IGNORECASE)
_DISTANCE = re.compile(r"\s+(?:ago|later|earlier|before|after|prior)\b", re.IGNORECASE)
_ARE = re.compile(r"(?<!\bthere )(?<!\bhere )\b(?:are|were)\s+$", re.IGNORECASE)
_ONE = re.compile(
    r"(?<![\w-])(?<!\bno )(?<!\bany )(?<!\beach )(?<!\bevery )(?<!\bsome )(?<!\bthe )(?<!\bthis )"
    r"(?<!\bthat )(?<!\bwhich )(?<!\bor )one(?= (?!(?:another|other|more|such|third|half|quarter|"
    r"side|hand|way|time|thing|day|another)\b)[^\W\d_]{2,})",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def lone_ones(text: str) -> tuple[Value, ...]:
    """Every "one" before a word that it may count ("one tablet"); it may be no number, too."""
    found = (Value("number", *m.span(), m[0], (1.0,), None, 1.0) for m in _ONE.finditer(text))
    return tuple(value for value in found if noun(text, value)[:1] not in ("", ":"))


def other_column(claim: str, sentence: str, other: Value) -> bool:
    """Whether a value stands in a record ("key: value; key: value"), under a key not claimed."""
    if sentence.count(";") < 2 or sentence.count(":") < 2:
        return False
    head = sentence[: other.start]
    key = head[head.rfind(";") + 1 :].rpartition(":")[0]
    return not content_words(key) & content_words(claim)


def members(text: str, value: Value) -> bool:
    """Whether some are counted of what may be more ("Ann and Bob are two engineers")."""
    return bool(_ARE.search(text[max(0, value.start - 24) : value.start]))


def part(text: str, value: Value) -> bool:
    """Whether a span of time is one of several ("the first ten years") or a distance ("ago")."""
    lead = text[max(0, value.start - 24) : value.start]
    return bool(_SOME_OF.search(lead) or _DISTANCE.match(text, value.end))


def noun(text: str, value: Value) -> str:
    """The word after a bare number, or the label before it ("chapter 4", as ``:chapter``)."""
    after = re.compile(r"[\s-]+(?:(?:of|the|different|new|other)\s+)?([^\W\d_]{2,})").match(
        text, value.end
    )
    if after and after[1].casefold() not in STOP:
        return stem(after[1])
    before = re.search(r"([^\W\d_]{2,})[\s:]+$", text[max(0, value.start - 40) : value.start])
    return ":" + stem(before[1]) if before and before[1].casefold() not in STOP else ""


def closest(claim: str, value: Value, sentence: str, rivals: list[Value]) -> list[Value]:
    """The one rival whose near words agree best with those of the value; none on a tie."""
    near = _near(claim, value)
    scored = sorted(((len(near & _near(sentence, o)), o.start, o) for o in rivals), reverse=True)
    return [scored[0][2]] if scored[0][0] > scored[1][0] else []


def _near(text: str, value: Value) -> set[str]:
    before = [w[0] for w in WORD.finditer(text, max(0, value.start - 60), value.start)]
    after = [w[0] for w in WORD.finditer(text, value.end, min(len(text), value.end + 60))]
    return {stem(word) for word in [*before[-5:], *after[:4]] if word.casefold() not in STOP}
