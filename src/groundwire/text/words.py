"""Words of a text, as the deterministic checks compare them (English)."""

from __future__ import annotations

import re
from functools import lru_cache


def split_table(text: str) -> list[str]:
    """Returns the words of a table written as one string."""
    return text.split()


# Words that do not tell what a sentence is about. It has negations, which ``contrast`` reads, and
# words such as "about" and "per", which belong to the values.
STOP = frozenset(
    split_table(
        "a an the of in on at to by for from with and or but is was are were be been "
        "being it its this that these those as than then so if not no do does did has "
        "have had he she they we you i his her their our your my which who whom what when "
        "where will would can could may might must shall should there here about over "
        "under around up out into also just only very more most less approximately "
        "roughly nearly almost per each s t"
    )
)
WORD = re.compile(r"[^\W_]+(?:['’.-][^\W_]+)*")


def strip_ending(word: str) -> str:
    """Returns a word in lower case without its commonest English endings."""
    word = re.sub(r"['’]s?$", "", word.casefold())
    for ending, least in (("ies", 5), ("ing", 6), ("ed", 5), ("es", 5), ("s", 4), ("e", 4)):
        if len(word) >= least and word.endswith(ending) and not word.endswith("ss"):
            return word[: -len(ending)]
    return word


@lru_cache(maxsize=16_384)
def find_content_words(text: str) -> frozenset[str]:
    """Returns the stems of the words that carry meaning; values written in digits included."""
    kept = (w[0] for w in WORD.finditer(text) if w[0].casefold() not in STOP)
    return frozenset(strip_ending(word) for word in kept)
