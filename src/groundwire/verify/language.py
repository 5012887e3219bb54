"""Which texts are clearly not English, so that an English verifier does not guess.

Function words decide first: English prose has one among every few words, and hardly any other
language in Latin script has them. Only a text almost without them is shown to the language
identifier py3langid (A. Barbaresi; after M. Lui and T. Baldwin, "langid.py", ACL 2012 demos),
whose model is then loaded. Lists of names and tables have few function words too, so both must
agree.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from groundwire.verify.words import words_of

_FUNCTION_WORDS = frozenset(
    words_of(
        "the of and in to is was a for on that with as by it from at be an are has this his her "
        "were not had its which who or but have they one all when more been their also than can "
        "will would there about into after if so no do does did he she we you i my our your"
    )
)
_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH = frozenset({"en", "pcm", "sco"})
_SHOWN = 800

SHORTEST = 4
"""Words that a text needs to be judged at all: names and single words have no language."""

FEW = 0.1
"""Share of function words below which the identifier is asked."""

SURE = 0.3
"""Probability of another language, as the identifier gives it, from which a text is foreign."""


@lru_cache(maxsize=4096)
def foreign_language(text: str) -> str | None:
    """Returns the ISO 639 code of a text's language if it is clearly not English, else None.

    Args:
        text: any text; its first 800 characters count.
    """
    found = _WORD.findall(text[:_SHOWN].casefold())
    if len(found) < SHORTEST or sum(w in _FUNCTION_WORDS for w in found) >= FEW * len(found):
        return None
    language, probability = _identifier().classify(text[:_SHOWN])
    return str(language) if language not in _ENGLISH and probability >= SURE else None


def foreign_evidence(text: str) -> str | None:
    """Like ``foreign_language``; tables, which have few function words, are never foreign."""
    words = len(text[:_SHOWN].split())
    listed = text[:_SHOWN].count(":") * 8 > words or text[:_SHOWN].count(";") * 8 > words
    return None if listed else foreign_language(text)


@cache
def _identifier() -> Any:
    from py3langid.langid import (  # type: ignore[import-untyped]
        MODEL_FILE,
        LanguageIdentifier,
    )

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
