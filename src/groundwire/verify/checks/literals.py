"""What must stand in the evidence as it is written: links, addresses, code, versions, quotes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from groundwire.types import Claim, Finding, Quote
from groundwire.verify.findings import Status, finding
from groundwire.verify.patterns import Literal, read_literals
from groundwire.verify.quoted import check_quoted
from groundwire.verify.topic import NEGATED, marked
from groundwire.verify.words import content_words

_SAME_TOPIC = 0.75
_SHORTEST = 2
_LOCAL = 7
"""Digits of a phone number without the codes of its country and area."""
_LONGEST = 1000
_OR_LATER = re.compile(
    r"\+|\b(?:or|and) (?:later|newer|above|higher|older|earlier|below|up)\b|\bat least\b"
    r"|\b(?:since|until|before|after|from|between|minimum|up to)\b",
    re.IGNORECASE,
)

_Told: TypeAlias = tuple[Status, str | None, Quote | None]


def check_literals(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Looks up every URL, e-mail address, phone number, code word, version and quotation.

    A conflict of the first five needs an evidence sentence that has nearly all words of the
    claim and one other literal of the kind; one of a quotation a sentence with all of its words
    but one.

    Args:
        claim: the claim; findings carry offsets into its answer.
        evidence: the evidence sentences selected for it.

    Returns:
        One finding for each literal, in order.
    """
    found = check_quoted(claim, evidence)
    literals = read_literals(claim.text)
    alone = {kind for kind, n in Counter(item.kind for item in literals).items() if n == 1}
    looked_up: dict[tuple[str, str], _Told] = {}
    for literal in literals:
        known = (literal.kind, literal.key)
        if known not in looked_up:
            rivals = literal.kind in alone
            looked_up[known] = _look_up(claim.text, literal, evidence, rivals)
        found.append(finding(claim, literal.kind, literal.start, literal.end, *looked_up[known]))
    return sorted(found, key=lambda f: (f.start, f.end, f.kind))


def _look_up(claim: str, literal: Literal, evidence: Sequence[Quote], rivals: bool) -> _Told:
    stating = [quote for quote in evidence if _states(literal, quote.text)]
    if stating:
        quote = min(stating, key=lambda q: (q.text, q.source, q.start))
        return "match", _written(literal, quote.text), quote
    rival = _rival(claim, literal, evidence) if rivals else None
    return ("conflict", rival[1], rival[0]) if rival else ("missing", None, None)


def _states(literal: Literal, text: str) -> bool:
    if literal.kind == "phone":
        same = any(_same(literal, other) for other in read_literals(text))
        return same or _dialed(literal.key.lstrip("0"), text)
    if literal.kind == "code":
        return _whole(literal.key).search(text) is not None
    if literal.kind == "version" and _whole(literal.key).search(text):
        return True
    return any(_same(literal, other) for other in read_literals(text))


def _same(literal: Literal, other: Literal) -> bool:
    """Whether the evidence's literal is the claim's, or the claim's is a coarser form of it."""
    if literal.kind != other.kind:
        return False
    if literal.key == other.key:
        return True
    if literal.kind == "phone":
        short, long = sorted((literal, other), key=lambda o: len(o.key))
        key = short.key.lstrip("0")
        return len(key) >= _LOCAL and _ends_with(long.text, key)
    if literal.kind == "version":
        return other.key.startswith(literal.key + ".") or literal.key == other.key + ".0"
    return literal.kind == "url" and "/" not in literal.key and _host(other) == literal.key


def _host(literal: Literal) -> str:
    return literal.key.partition("/")[0]


@lru_cache(maxsize=1024)
def _whole(key: str) -> re.Pattern[str]:
    """A pattern for a code word that is no part of a longer one."""
    return re.compile(rf"(?<![\w-]){re.escape(key)}(?![\w])", re.IGNORECASE)


def _ends_with(number: str, key: str) -> bool:
    """Whether the last digits of a phone number are a key, and begin a group of it."""
    match = _spaced(key).search(number)
    rest = number[match.end() :] if match else "0"
    return not any(char.isdigit() for char in rest)


def _dialed(key: str, text: str) -> bool:
    """Whether a text has the digits of a phone number, none before them and none after."""
    match = _spaced(key).search(text) if key else None
    return match is not None and not _longer(text, match)


def _longer(text: str, match: re.Match[str]) -> bool:
    """Whether a number goes on after what was found ("555-1234" in "555-1234-567")."""
    spaced = " " in match[0]
    return bool(re.compile(r"[-./]\d" + (r"| \d{3}" if spaced else "")).match(text, match.end()))


@lru_cache(maxsize=1024)
def _spaced(key: str) -> re.Pattern[str]:
    """A pattern for digits with what may stand between them, from the start of a group on.

    A country code may stand right before them.
    """
    before = r"(?:(?<!\d)|(?<=\+\d)|(?<=\+\d\d)|(?<=\+\d\d\d))"
    return re.compile(before + "0*" + r"[ ().\-/\u2011]{0,3}".join(key) + r"(?!\d)")


def _written(literal: Literal, text: str) -> str:
    """The literal as the evidence writes it."""
    same = next((other for other in read_literals(text) if _same(literal, other)), None)
    if same is not None:
        return same.text
    match = None if literal.kind == "phone" else _whole(literal.key).search(text)
    return match[0] if match else literal.text


def _rival(claim: str, literal: Literal, evidence: Sequence[Quote]) -> tuple[Quote, str] | None:
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
        others = [other for other in read_literals(quote.text) if other.kind == literal.kind]
        if len(others) != 1 or _strangers(claim, quote.text):
            continue
        if literal.kind == "version" and _OR_LATER.search(quote.text):
            continue
        rivals.setdefault(others[0].key, (quote, others[0].text))
    return next(iter(rivals.values())) if len(rivals) == 1 else None


@lru_cache(maxsize=16_384)
def _frame(text: str) -> frozenset[str]:
    """The content words of a text around its literals."""
    return content_words(_without(text))


def _without(text: str) -> str:
    for literal in reversed(read_literals(text)):
        text = f"{text[: literal.start]} {text[literal.end :]}"
    return text


def _strangers(claim: str, sentence: str) -> bool:
    """Whether each of the two names something that the other does not."""
    a, b = _without(claim), _without(sentence)
    return marked(a, b) and marked(b, a)
