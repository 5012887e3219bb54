"""Readability for a verifier: unknown tokens, scripts and languages it was not trained on."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import Any

from groundwire.text.blocks import is_unit
from groundwire.text.symbols import has_denial, is_letter_like
from groundwire.text.words import split_table
from groundwire.verify.backends.shapes import Reader

# Asked before the identifier, which errs on short English texts full of names.
_FUNCTION_WORDS = frozenset(
    split_table(
        "the of and in to is was a for on that with as by it from at be an are has this his her "
        "were not had its which who or but have they one all when more been their also than can "
        "will would there about into after if so no do does did he she we you i my our your"
    )
)
_WORD = re.compile(r"[^\W\d_]+")
# Of these and some words that ask, no other language that is written in Latin script has one.
_ENGLISH = frozenset(
    split_table(
        "the and that with this his were which who they their would there about into after she you "
        "your how what when where why does did"
    )
)
# Latin is what the identifier says of names of species and of lists of short words.
_READ = frozenset({"en", "pcm", "sco", "la"})
# Small words inside of names of people, streets and towns.
_PARTICLES = frozenset(
    split_table(
        "al d da das de dei del della den der des di do dos du e el et la las le les los van "
        "vom von "
        "y zu zum zur"
    )
)
# Addresses of the web, paths, flags, code in backticks and words with digits have no language.
_NO_LANGUAGE = re.compile(
    r"`[^`\n]{1,400}`|(?:https?://|www\.)\S+|\S+@\S+|(?<!\w)--?\w[\w-]*|"
    r"(?<![^\W_])[^\W_]*\d\w*|\w*[/\\_]\S*"
)
_SHOWN = 800

SHORTEST = 4
"""Words that a text needs to be judged at all: single words have no language."""

COMMON = 2
"""Words without a capital, particles of names aside, that it needs: addresses and names have no
language."""

LISTED = 4
"""Words for each comma up to which a text is a list."""

FEW = 0.1
"""Share of function words below which the identifier is asked."""

SURE = 0.3
"""Probability of another language, as the identifier gives it, from which a text is foreign."""


@lru_cache(maxsize=4096)
def detect_foreign(text: str) -> str | None:
    """Returns the ISO 639 code of a text's language if it is clearly not English, else None.

    Args:
        text: any text; its first 800 characters count.
    """
    shown = text[:_SHOWN]
    found = _WORD.findall(_NO_LANGUAGE.sub(" ", shown))
    known = sum(word.casefold() in _FUNCTION_WORDS for word in found)
    common = sum(not word[0].isupper() and word not in _PARTICLES for word in found)
    if len(found) < SHORTEST or common < COMMON or known >= FEW * len(found) or _is_list(shown):
        return None
    language, probability = _identifier().classify(shown)
    return str(language) if language not in _READ and probability >= SURE else None


CLEAR = 0.6
"""Probability among the languages that are asked for from which ``detect_language`` names one."""


@lru_cache(maxsize=1024)
def detect_language(text: str, among: frozenset[str]) -> str | None:
    """Returns the ISO 639 code of the language that a text is in, or None where it is not clear.

    For what is said to a reader, and so asked of short questions too; ``detect_foreign``, which
    keeps a claim from being judged, leaves them to the verifier.

    Args:
        text: any text; its first 800 characters count.
        among: the codes that may be returned.
    """
    shown = text[:_SHOWN]
    found = _WORD.findall(_NO_LANGUAGE.sub(" ", shown))
    if not found:
        return None
    if sum(word.casefold() in _ENGLISH for word in found) >= FEW * len(found):
        return "en" if "en" in among else None
    ranked = [(p, language) for language, p in _identifier().rank(shown) if language in among]
    known = sum(p for p, _ in ranked)
    # Where most of it goes to languages that were not asked for, the rest says nothing.
    if known < SURE:
        return None
    probability, language = max(ranked)
    return str(language) if probability >= CLEAR * known else None


def _is_list(text: str) -> bool:
    """Whether a text lists things of a few words each, such as dishes or colors."""
    return LISTED * text.count(",") >= len(text.split())


def detect_foreign_evidence(text: str) -> str | None:
    """Like ``detect_foreign``; tables, which have few function words, are never foreign."""
    words = len(text[:_SHOWN].split())
    listed = text[:_SHOWN].count(":") * 8 > words or text[:_SHOWN].count(";") * 8 > words
    return None if listed else detect_foreign(text)


@cache
def _identifier() -> Any:
    from py3langid.langid import (  # type: ignore[import-untyped]
        MODEL_FILE,
        LanguageIdentifier,
    )

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


UNREADABLE = 0.3
"""Share of a text that the tokenizer cannot read from which nothing is judged."""

# The checks of values leave out numbers of items: a wrong "36." before "months" would pass them.
_NUMERAL = re.compile(r"^[ \t>]*\(?\d{1,3}[.)]\s+(?P<next>\S+(?:[ \t]+\S+)?)", re.MULTILINE)
# They show text in another order than the model reads: "26" between them is seen as "62".
_OVERRIDES = frozenset("\u202d\u202e")


def explain_unreadable(name: str, text: str, scorer: Reader) -> str | None:
    """Says why a verifier cannot judge a text, or returns None where it can.

    The model's ``groundwire.json`` may state its ``scripts`` (``["latin"]``) and ``languages``
    (``["en"]``); a model that states none is taken to read whatever its tokenizer knows.

    Args:
        name: ``"claim"``, ``"evidence"`` or ``"question"``, for the reason.
        text: the claim, its premise, or the question that it answers.
        scorer: the model.
    """
    if name == "claim" and _OVERRIDES & set(text):
        return "it holds characters that show its text in another order than it is written"
    if name == "claim" and has_denial(text):
        return "it holds a symbol that says no or strikes words out, which the verifier cannot read"
    if name == "claim" and text.strip() and not any(c.isalnum() or is_letter_like(c) for c in text):
        return "it holds symbols alone, which the verifier cannot read"
    if name == "claim" and any(_counts(found["next"]) for found in _NUMERAL.finditer(text)):
        return "it sets a number as a list sets its items, which is not compared with the evidence"
    share = _unreadable(text, scorer)
    if share >= UNREADABLE:
        return f"the verifier cannot read {share:.0%} of the {name}: script or symbols are unknown"
    if scorer.manifest.get("languages") == ["en"]:
        found = detect_foreign_evidence(text) if name == "evidence" else detect_foreign(text)
        if found is not None:
            return (
                f"the {name} seems not to be English (language code {found}), the only "
                "language that this verifier reads: use a multilingual one, such as "
                "load_verifier('multilingual')"
            )
    return None


def _counts(word: str) -> bool:
    """Whether a number before a word goes with it, so that it is no marker of an item."""
    return word[0].islower() or is_unit(word)


def _unreadable(text: str, scorer: Reader) -> float:
    """Share of the letters that lie in unknown tokens, or in scripts not trained on.

    Symbols that read as letters, and braille, are letters that no tokenizer here knows.
    """
    letters = [c for c in text if c.isalpha()]
    symbols = sum(is_letter_like(c) for c in text)
    if not letters and not symbols:
        return 0.0
    lost = scorer.unknown_letters(text)
    if scorer.manifest.get("scripts") == ["latin"]:
        lost = max(lost, sum(ord(c) > 0x24F and not _latin_or_greek(c) for c in letters))
    return (lost + symbols) / (len(letters) + symbols)


def _latin_or_greek(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("LATIN", "GREEK", "MICRO", "MODIFIER"))
