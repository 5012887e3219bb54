"""Literals, which must stand in the evidence as written: links, code, versions, references."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from groundwire.quantities.identifiers import (
    Identifier,
    is_other_identifier,
    is_same_identifier,
    read_identifiers,
    spread_digits,
)
from groundwire.quantities.parse import parse_values
from groundwire.text.english import NEGATED
from groundwire.text.words import STOP, WORD, find_content_words, strip_ending
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import Status, make_finding
from groundwire.verify.checks.quotes import check_quoted

_SAME_TOPIC = 0.75
_SHORTEST = 2
_LONGEST = 1000
_OR_LATER = re.compile(
    r"\+|\b(?:or|and) (?:later|newer|above|higher|older|earlier|below|up)\b|\bat least\b"
    r"|\b(?:since|until|before|after|from|between|minimum|up to)\b",
    re.IGNORECASE,
)

_Told: TypeAlias = tuple[Status, str | None, Quote | None]


def check_literals(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks up every link, address, phone number, code word, version, reference and quotation.

    A conflict of all but the last needs an evidence sentence that has nearly all words of the
    claim and one other literal of the kind; one of a quotation a sentence with all of its words
    but one.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        One finding for each literal, in order.
    """
    found = check_quoted(claim, evidence)
    literals = read_identifiers(claim.text)
    alone = {kind for kind, n in Counter(item.kind for item in literals).items() if n == 1}
    looked_up: dict[tuple[str, str], _Told] = {}
    for literal in literals:
        known = (literal.kind, literal.key)
        if known not in looked_up:
            rivals = literal.kind in alone
            looked_up[known] = _look_up(claim.text, literal, evidence, rivals)
        found.append(
            make_finding(claim, literal.kind, literal.start, literal.end, *looked_up[known])
        )
    return sorted(found, key=lambda f: (f.start, f.end, f.kind))


def _look_up(claim: str, literal: Identifier, evidence: Sequence[Quote], rivals: bool) -> _Told:
    stating = [quote for quote in evidence if _states(literal, quote.text)]
    if stating:
        quote = min(stating, key=lambda q: (q.text, q.source, q.start))
        return "match", _written(literal, quote.text), quote
    rival = _rival(claim, literal, evidence) if rivals else None
    return ("conflict", rival[1], rival[0]) if rival else ("missing", None, None)


def _states(literal: Identifier, text: str) -> bool:
    if any(is_same_identifier(literal, other) for other in read_identifiers(text)):
        return True
    if literal.kind == "phone":
        return _dialed(literal.key.lstrip("0"), text)
    # a version may stand as a bare number, and code without marks
    return literal.kind in ("code", "version") and _whole(literal).search(text) is not None


@lru_cache(maxsize=1024)
def _whole(literal: Identifier) -> re.Pattern[str]:
    """A pattern for a code word or a version that is no part of a longer one."""
    before, beyond = r"(?<![\w-])", r"(?![\w]|-\w)"
    if literal.kind == "version":
        before, beyond = r"(?<![\w.-])", r"(?![\w]|\.\d|[-. ]?(?:rc|alpha|beta|dev)\b)"
    return re.compile(f"{before}{re.escape(literal.key)}{beyond}", re.IGNORECASE)


def _dialed(key: str, text: str) -> bool:
    """Whether a text has the digits of a phone number, none before them and none after."""
    match = spread_digits(key).search(text) if key else None
    return match is not None and not _longer(text, match)


def _longer(text: str, match: re.Match[str]) -> bool:
    """Whether a number goes on after what was found ("555-1234" in "555-1234-567")."""
    spaced = " " in match[0]
    return bool(re.compile(r"[-./]\d" + (r"| \d{3}" if spaced else "")).match(text, match.end()))


def _written(literal: Identifier, text: str) -> str:
    """The literal as the evidence writes it."""
    same = [other for other in read_identifiers(text) if is_same_identifier(literal, other)]
    if same:
        return same[0].text
    match = None if literal.kind == "phone" else _whole(literal).search(text)
    return match[0] if match else literal.text


def _rival(claim: str, literal: Identifier, evidence: Sequence[Quote]) -> tuple[Quote, str] | None:
    """The one other literal that an otherwise nearly equal evidence sentence has in this place."""
    if len(claim) > _LONGEST or NEGATED.search(claim):
        return None
    if literal.kind == "version" and _OR_LATER.search(claim):
        return None
    wanted = _frame(claim)
    rivals: dict[str, tuple[Quote, str]] = {}
    for quote in sorted(evidence, key=lambda q: (q.text, q.source, q.start)):
        shared = wanted & _frame(quote.text)
        if len(shared) < max(_SHORTEST, _SAME_TOPIC * len(wanted)):
            continue
        others = [other for other in read_identifiers(quote.text) if other.kind == literal.kind]
        if len(others) != 1 or _strangers(claim, quote.text):
            continue
        if not is_other_identifier(literal, others[0]):
            continue
        if literal.kind == "version" and _OR_LATER.search(quote.text):
            continue
        rivals.setdefault(others[0].key, (quote, others[0].text))
    return next(iter(rivals.values())) if len(rivals) == 1 else None


@lru_cache(maxsize=16_384)
def _frame(text: str) -> frozenset[str]:
    """The content words of a text around its literals."""
    return find_content_words(_without(text))


def _without(text: str) -> str:
    for literal in reversed(read_identifiers(text)):
        text = f"{text[: literal.start]} {text[literal.end :]}"
    return text


def _strangers(claim: str, sentence: str) -> bool:
    """Whether each of the two names something that the other does not."""
    a, b = _without(claim), _without(sentence)
    return _has_own_name(a, b) and _has_own_name(b, a)


def _has_own_name(text: str, other: str) -> bool:
    """Whether ``text`` has a name or a code of its own, one that ``other`` lacks."""
    known = {strip_ending(w[0]) for w in WORD.finditer(other)}
    inside = {i for v in parse_values(text) for i in range(v.start, v.end)}
    for word in WORD.finditer(text):
        code = any(c.isdigit() for c in word[0]) and any(c.isalpha() for c in word[0])
        name = word[0][0].isupper() and word.start() > 0 and word[0].casefold() not in STOP
        if (code or name) and word.start() not in inside and strip_ending(word[0]) not in known:
            return True
    return False
