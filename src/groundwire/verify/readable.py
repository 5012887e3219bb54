"""What the verifier cannot read: unknown tokens, scripts and languages it was not trained on."""

from __future__ import annotations

import unicodedata

from groundwire.verify.language import foreign_evidence, foreign_language
from groundwire.verify.reader import Reader

UNREADABLE = 0.3
"""Share of a text that the tokenizer cannot read from which nothing is judged."""

_OVERRIDES = frozenset("\u202d\u202e")


def why_unreadable(name: str, text: str, scorer: Reader) -> str | None:
    """Says why a verifier cannot judge a text, or returns None where it can.

    The model's ``groundwire.json`` may state its ``scripts`` (``["latin"]``) and ``languages``
    (``["en"]``); a model that states none is taken to read whatever its tokenizer knows.

    Args:
        name: ``"claim"`` or ``"evidence"``, for the reason.
        text: the claim or its premise.
        scorer: the model.
    """
    if name == "claim" and _OVERRIDES & set(text):
        return "it holds characters that show its text in another order than it is written"
    share = _unreadable(text, scorer)
    if share >= UNREADABLE:
        return f"the verifier cannot read {share:.0%} of the {name} (script or symbols)"
    if scorer.manifest.get("languages") == ["en"]:
        found = foreign_language(text) if name == "claim" else foreign_evidence(text)
        if found is not None:
            return (
                f"the {name} seems not to be English (language code {found}), the language of "
                "the verifier: use a multilingual one, such as load_verifier('multilingual')"
            )
    return None


def _unreadable(text: str, scorer: Reader) -> float:
    """Share of the letters that lie in unknown tokens, or in scripts not trained on."""
    letters = [c for c in text if c.isalpha()]
    if not letters:
        return 0.0
    lost = scorer.unknown_letters(text)
    if scorer.manifest.get("scripts") == ["latin"]:
        lost = max(lost, sum(ord(c) > 0x24F and not _latin_or_greek(c) for c in letters))
    return lost / len(letters)


def _latin_or_greek(char: str) -> bool:
    return unicodedata.name(char, "").startswith(("LATIN", "GREEK", "MICRO", "MODIFIER"))
