"""Denials within a word or a few: what is "gluten-free", and a claim that it has gluten.

"The snack is gluten-free" has every word of "The snack contains gluten", and the embedded model
takes it for support (0.94; "windowless", "non-alcoholic", "unsweetened" likewise): what denies is
a part of the word, which no list of negations finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.text.english import NEGATED
from groundwire.text.words import WORD, find_content_words, split_table, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import make_finding

# What is lacking stands in the word, or behind a few. "Free of charge" lacks nothing.
_LACKING = re.compile(
    r"\b(?:(?P<free>[^\W\d_]{3,})-free|free\s+(?:of|from)\s+(?!charge|cost)(?:any\s+)?"
    r"(?P<of>[^\W\d_]{3,})|(?:contains?|has|have|includes?)\s+no\s+(?:added\s+)?"
    r"(?P<no>[^\W\d_]{3,})|without\s+(?:any\s+|added\s+)?(?P<without>[^\W\d_]{3,})"
    r"|(?P<less>[^\W\d_]{3,}?)-?less|non-?(?P<non>[^\W\d_]{4,})|un(?P<un>[^\W\d_]{5,}))\b",
    re.IGNORECASE,
)
_HAVING = frozenset(
    strip_ending(word)
    for word in split_table(
        "contains contain has have includes include uses use used made offers offer comes come "
        "features feature is are with there some"
    )
)
"""Stems of verbs with which something has what another text says that it lacks."""

_COSTS = re.compile(r"\b(?:costs?|price|fee|charged?|paid|pay)\b", re.IGNORECASE)
_PRICED = frozenset(strip_ending(w) for w in split_table("cost costs price fee charge charged pay"))
_AT_NO_COST = re.compile(r"\bfree(?:\s+of\s+charge)?\b(?!-|\s+(?:of|from|to)\b)", re.IGNORECASE)

_ROOT = 5
"""Letters above which the beginning of a word may stand for it."""

_READ = 400
"""Characters up to which a text is read as a sentence."""


@dataclass(frozen=True, slots=True)
class _Lack:
    """What a sentence says that something is without.

    Attributes:
        word: for it, in small letters.
        kind: how it is said: the name of a group of the pattern.
        start: offset of the words that say so.
        end: offset after them.
    """

    word: str
    kind: str
    start: int
    end: int


def check_denials(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks for what a claim says that something has, and a sentence that it lacks.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences in scope.

    Returns:
        A conflict of kind ``"negation"`` with the first such sentence. None where the claim itself
        denies, where it says more of its subject than the sentence does, or where any sentence has
        the word without denying it.
    """
    text = claim.text
    if NEGATED.search(text) or re.search(r"\bfree\b", text, re.IGNORECASE) or _find_lacks(text):
        return []
    if (priced := _find_priced(claim, evidence)) is not None:
        return [priced]
    for quote in evidence:
        for lack in _find_lacks(quote.text):
            hit = next((m for m in WORD.finditer(text) if _is_meant(m[0], lack)), None)
            if hit is None or any(_affirms(other.text, lack) for other in evidence):
                continue
            rest = find_content_words(text) - {strip_ending(hit[0])} - _HAVING
            if rest <= find_content_words(quote.text):
                said = quote.text[lack.start : lack.end]
                return [make_finding(claim, "negation", *hit.span(), "conflict", said, quote)]
    return []


def _find_priced(claim: Claim, evidence: Sequence[Quote]) -> Finding | None:
    """A price of what a sentence calls free, and no sentence has that price."""
    text = claim.text
    prices = [v for v in parse_values(text) if v.kind == "money" and (v.amount or 0) > 0]
    if len(prices) != 1 or not _COSTS.search(text):
        return None
    (price,) = prices
    stated = [v for quote in evidence for v in parse_values(quote.text)]
    if any(is_same_value(price, v) or v.amount == price.amount for v in stated):
        return None
    rest = find_content_words(text[: price.start] + text[price.end :]) - _PRICED
    for quote in evidence:
        free = _AT_NO_COST.search(quote.text) if len(quote.text) <= _READ else None
        # "Free above 80 EUR" is not free throughout.
        if free is None or NEGATED.search(quote.text) or parse_values(quote.text):
            continue
        if rest and rest <= find_content_words(quote.text):
            place = price.start, price.end
            return make_finding(claim, "negation", *place, "conflict", free[0], quote)
    return None


@lru_cache(maxsize=4096)
def _find_lacks(text: str) -> tuple[_Lack, ...]:
    return tuple(_read_lacks(text)) if len(text) <= _READ else ()


def _read_lacks(text: str) -> Iterator[_Lack]:
    for match in _LACKING.finditer(text):
        kind = match.lastgroup or ""
        yield _Lack(match[kind].casefold(), kind, *match.span())


def _is_meant(word: str, lack: _Lack) -> bool:
    """Whether a word stands for what is lacking."""
    folded = word.casefold()
    if lack.kind == "un":
        return folded == lack.word  # "unfunded" is no matter of a fund
    if lack.kind == "non" and len(folded) > _ROOT:
        return lack.word.startswith(folded)  # "alcohol" of "non-alcoholic"
    return strip_ending(folded) == strip_ending(lack.word)


def _affirms(text: str, lack: _Lack) -> bool:
    """Whether a sentence has the word where nothing denies it."""
    denied = [(own.start, own.end) for own in _find_lacks(text)]
    return any(
        _is_meant(m[0], lack)
        and not any(a <= m.start() < b for a, b in denied)
        and not NEGATED.search(text, max(0, m.start() - 40), m.start())
        for m in WORD.finditer(text)
    )
