"""Titles of sections that tell of things alike: "Novex 300" and "Novex 500".

"It weighs 2.4 kg." under the one title is no support for a claim about the other one. A claim that
names one of such titles is read without what stands under the others, as it is without the other
rows of a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from groundwire.evidence.selection import split_name
from groundwire.text.words import STOP

_LONGEST = 8
"""Words of a title, at most; a longer one is a sentence."""


_SUBJECT = re.compile(
    r"\W*(?:(?:[Tt]he|[Oo]ur|[Yy]our|[Aa]n?|[Ww]ith|[Ii]n)\s+)?"
    r"((?:[A-Z][\w-]*|\d[\w-]*)(?:\s+(?:[A-Z][\w-]*|\d[\w-]*))+)"
)
"""A name of several words with which a text begins."""


def find_subject(text: str) -> str:
    """Returns the name of several words, one with a digit, with which a text begins, or nothing.

    Of two people of one name each text tells of both.
    """
    match = _SUBJECT.match(text)
    return match[1] if match and any(c.isdigit() for c in match[1]) else ""


def find_rivals(texts: Sequence[str], titles: Sequence[str]) -> frozenset[str]:
    """Returns the titles that a claim does not speak of, beside one alike that it names.

    Two titles are alike where they share a word, and each has one that the other lacks.

    Args:
        texts: the claim, then what stands before it; the first that names a title decides.
        titles: of the sections of the evidence.
    """
    words = {title: _split_title(title) for title in dict.fromkeys(titles)}
    kept = {title: own for title, own in words.items() if 0 < len(own) <= _LONGEST}
    rivals = {
        title: {name: other for name, other in kept.items() if _is_alike(own, other)}
        for title, own in kept.items()
    }
    for text in texts:
        named = [
            title
            for title, others in rivals.items()
            if others and _is_named(text, title, kept[title], others)
        ]
        if named:
            return frozenset(o for title in named for o in rivals[title]) - frozenset(named)
    return frozenset()


def _is_alike(own: frozenset[str], other: frozenset[str]) -> bool:
    return bool(own & other and own - other and other - own)


def _is_named(
    text: str, title: str, own: frozenset[str], others: Mapping[str, frozenset[str]]
) -> bool:
    """Whether a text has what tells a title from each of those alike, as a name, and none of these.

    "Shipping costs 5 euros" names no section "Shipping costs".
    """
    said = frozenset(split_name(text))
    phrase = f" the {' '.join(split_name(title))} "
    whole = phrase in f" {' '.join(split_name(text))} "
    for other in others.values():
        telling, shared = own - other, own & other
        if not telling <= said or (other - own) <= said:
            return False
        if not whole and not any(_is_name(word, text) for word in telling):
            return False
        # A number alone may be any: "500" of "500 people".
        if not any(word.isalpha() for word in telling) and not shared & said:
            return False
    return True


def _is_name(word: str, text: str) -> bool:
    """Whether a word has a digit, or a capital where no sentence begins."""
    if any(c.isdigit() for c in word):
        return True
    found = re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE)
    return any(m[0][0].isupper() and m.start() > 0 for m in found)


def _split_title(title: str) -> frozenset[str]:
    return frozenset(word for word in split_name(title) if word not in STOP)
