"""Whether a text ends, or was cut off."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from groundwire.verify.words import words_of

Ending: TypeAlias = Literal["whole", "open", "cut"]

MOST = 0.8
"""Share of texts that end with punctuation from which one that does not is told of."""

FEW = 20
"""Texts from which a share says something."""

_ENDED = re.compile(r"[.!?…。！？।؟።|`*_>\]})”’»\"'~]\s*$|```\s*$")
_GOES_ON = re.compile(r"(?:[,;(\[{“‘«&/+=]|\s[-–—])\s*$")
_WORD = re.compile(r"[^\W\d_]+")
_HANGING = frozenset(
    words_of(
        "a an the and or nor of with from because than into its their your my our whose which very"
    )
)


def ending(text: str, known: str = "") -> Ending:
    """Returns how a text ends.

    ``cut`` if it breaks off: after a comma, an open bracket or a word such as "the", within a
    fence of code, or within a word of which ``known`` has the whole. ``open`` if it merely has no
    punctuation at its end.

    Args:
        text: not empty.
        known: what the text was given.
    """
    if text.count("```") % 2:
        return "cut"
    if _ENDED.search(text):
        return "whole"
    if _GOES_ON.search(text):
        return "cut"
    words = _WORD.findall(text)
    if not words or not text.rstrip().endswith(words[-1]):
        return "open"
    last = words[-1].casefold()
    if len(words) > 1 and last in _HANGING:
        return "cut"
    others = {word.casefold() for word in (*_WORD.findall(known), *words[:-1])}
    begun = len(last) > 1 and any(w.startswith(last) and len(w) > len(last) + 1 for w in others)
    return "cut" if begun and last not in others else "open"
