"""Extraction of text from a PDF: words divided at line ends, words in spaced letters.

A hyphen at the end of a line may be the word's own (``well-known``) or the typesetter's
(``war-ranty``): the page itself tells, or else the vocabulary of the embedded model.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from groundwire.text.letters import clean_letters
from groundwire.text.words import split_table

_DIVIDED = re.compile(
    r"(?<![^\W_])(?P<first>[^\W_]++)[-\u2010][ \t]*\r?\n[ \t]*(?P<second>[^\W_]++)"
)
_SPACED = re.compile(r"(?<![^\s(\"“])[^\W\d_](?: [^\W\d_]){3,40}(?![^\W_])")
# They begin words and are none themselves, though the vocabulary has some of them.
_PREFIXES = frozenset(
    split_table("""
    ab ac ad al an ap ar as at be bi co com con de di dis em en ex il im in inter ir mis ob oc
    out over per pre pro re sub sup syn trans un under
    """)
)
_COMPOUNDING = frozenset({"self", "well", "half", "non"})
"""First parts that keep their hyphen, unless the page or the vocabulary has the word without."""


def mend_text(text: str, vocabulary: Collection[str]) -> str:
    """Returns the text of a page with its words whole and its ligatures as letters.

    Args:
        text: what was extracted.
        vocabulary: common words in lower case.
    """
    text = join_divided(clean_letters(text), vocabulary)
    return _SPACED.sub(lambda found: _close_up(found[0], vocabulary), text)


def join_divided(text: str, vocabulary: Collection[str]) -> str:
    """Returns a text with the words whole that the end of a line divides.

    Args:
        text: of a page, or copied from one.
        vocabulary: common words in lower case.
    """
    if not _DIVIDED.search(text):
        return text
    whole = text.lower() if "-" in text or "\u2010" in text else ""
    words = frozenset(re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*", whole))

    def join(found: re.Match[str]) -> str:
        first, second = found["first"], found["second"]
        hyphen = _has_hyphen(first, second, words, vocabulary)
        return f"{first}-{second}" if hyphen else first + second

    return _DIVIDED.sub(join, text)


def _has_hyphen(
    first: str, second: str, words: Collection[str], vocabulary: Collection[str]
) -> bool:
    """Whether the hyphen between two parts of a line's last word is the word's own."""
    if not first.isalpha() or not second.isalpha() or not second[0].islower():
        return True  # numbers, names, codes: 2019-2020, Saint-Denis, E-102
    joined, spelled = (first + second).lower(), f"{first}-{second}".lower()
    if spelled in words or joined in words:
        return joined not in words
    if joined in vocabulary or first.lower() in _PREFIXES:
        return False
    known = first.lower() in vocabulary and second.lower() in vocabulary
    return known or first.lower() in _COMPOUNDING


def _close_up(spaced: str, vocabulary: Collection[str]) -> str:
    word = spaced.replace(" ", "")
    return word if word.lower() in vocabulary else spaced
