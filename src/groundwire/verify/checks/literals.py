"""Literals, which must stand in the evidence as written: links, addresses, code, versions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from groundwire.text.words import find_content_words
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.finding import Status, make_finding
from groundwire.verify.checks.quotes import check_quoted
from groundwire.verify.checks.topic import NEGATED, has_own_name


@dataclass(frozen=True, slots=True)
class Literal:
    """A literal and where the text has it.

    Attributes:
        kind: ``"url"``, ``"email"``, ``"phone"``, ``"code"`` or ``"version"``.
        start: offset of the first character.
        end: offset after the last character.
        text: exactly ``source[start:end]``.
        key: the form in which two of a kind are compared.
    """

    kind: str
    start: int
    end: int
    text: str
    key: str


_ENDINGS = (
    "py|pyi|ipynb|json|jsonl|ya?ml|toml|txt|md|rst|csv|tsv|ini|cfg|conf|sh|bat|ps1|jsx?|tsx?|html?"
    "|css|xml|env|log|exe|dll|so|rs|go|java|kt|c|h|cpp|hpp|cs|rb|php|sql|lock|pdf|docx?|xlsx?|zip"
    "|tar|gz|whl|png|jpe?g|svg"
)
# Of hosts without a scheme only the commonest, as "main.py" and "e.g" look like hosts as well.
_DOMAINS = "com|org|net|edu|gov|info|io|dev|ai|uk|de|fr|eu"
_WORD = r"[A-Za-z_]\w{0,60}"
# In this order: what one has read, no later one reads. A file name in a link is a part of the link.
_PATTERNS = [
    (kind, re.compile(pattern, flags))
    for kind, pattern, flags in (
        ("url", r"(?:https?://|ftp://|\bwww\.)[^\s<>\"“”`|]{1,2000}", re.IGNORECASE),
        ("email", r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b", 0),
        (
            "url",
            rf"(?<![\w@./-])(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,5}}(?:{_DOMAINS})"
            r"(?:/[^\s<>\"“”`|]{0,2000}|(?![\w-]|\.\w|\())",
            0,
        ),
        ("code", r"(?<!`)`[^`\n]{1,200}`(?!`)", 0),
        ("code", rf"(?<![\w.`-])(?:{_WORD}\.){{0,8}}{_WORD}\(\)", 0),
        ("code", r"(?<![^\s(\[\"'“‘`=|])--[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?![\w-])", 0),
        ("code", r"(?<![\w/.])(?:~|\.{1,2}|[A-Za-z]:)?(?:[/\\][\w.@-]{1,80}){2,20}/?", 0),
        ("code", rf"(?<![\w./\\])[\w-]{{1,80}}(?:\.[\w-]{{1,20}}){{0,3}}\.(?:{_ENDINGS})(?!\w)", 0),
        (
            "code",
            r"(?<![\w@.])(?<!<\|)(?=\w*[A-Za-z])_{0,2}[A-Za-z0-9]+(?:_+[A-Za-z0-9]+)+_{0,2}(?!\w)",
            0,
        ),
        # Two small letters at least before the capital: "iPhone" is a name.
        ("code", r"(?<![\w.-])[a-z]{2,30}(?:[A-Z][a-z0-9]+){1,8}(?!\w)", 0),
        (
            "version",
            r"(?<![\w.])(?:v\.?\s?|(?<=version )|(?<=Version )|(?<=release )|(?<=Release ))?"
            r"\d{1,4}(?:\.\d{1,5}){1,3}(?:[-.]?(?:rc|alpha|beta|post|dev|a|b)\.?\d{0,4})?"
            r"(?!\w|[.,]\d|\s?%)",
            0,
        ),
        ("phone", r"(?<![\w.+/-])(?:\+|\()?\d[\d ().-]{5,20}\d(?![\w%/-]|[.,]\d)", 0),
    )
]
_TAIL = ".,;:!?'’”*"
_CUE = re.compile(
    r"(?:\b(?:versions?|releases?|v\.?|call(?:ed|ing)?|phone|tel|telephone|fax|mobile|dial"
    r"|hotline|helpline|number|at)\W{0,3})$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:versions?|releases?)\W$", re.IGNORECASE)
_GROUPS = re.compile(r"\(?\d{2,4}\)?[ .-]\d{2,4}[ .-]\d{3,4}|\d{3}[.-]\d{4}")
# "12.05.2020" has the form of a version, and "1990-1995" that of a phone number.
_DATED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[.-]\d{1,2}[.-]\d{4}|[12]\d{3} ?- ?[12]\d{3}")


def read_literals(text: str) -> list[Literal]:
    """Returns the literals of a text, disjoint and in order.

    Args:
        text: any text.

    Returns:
        The literals, with offsets in code points of ``text``.
    """
    return list(_read(text))


@lru_cache(maxsize=16_384)
def _read(text: str) -> tuple[Literal, ...]:
    taken = bytearray(len(text))
    found = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            literal = _literal(kind, text, *match.span())
            if literal is not None and not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                found.append(literal)
    return tuple(sorted(found, key=lambda literal: literal.start))


def _literal(kind: str, text: str, start: int, end: int) -> Literal | None:
    """Trims what matched a pattern and gives it its key; None where it is no literal."""
    if kind == "url":
        end = _url_end(text, start, end)
    written = text[start:end]
    if kind == "url":
        key = re.sub(r"^(?:\w+://)?(?:www\.)?", "", written, flags=re.IGNORECASE).rstrip("/")
        host, slash, path = key.partition("/")
        key = host.casefold() + slash + path
    elif kind == "code":
        key = written.strip("`").strip().removesuffix("()")
    elif kind == "version":
        key = _version(text, start, written)
    elif kind == "phone":
        key = _phone(text, start, written)
    else:
        key = written.casefold()
    return Literal(kind, start, end, written, key) if key else None


def _url_end(text: str, start: int, end: int) -> int:
    """Leaves out the punctuation after a link, and a bracket that it does not open."""
    while end > start:
        last = text[end - 1]
        opening = {")": "(", "]": "[", "}": "{"}.get(last)
        closes = opening and text.count(last, start, end) > text.count(opening, start, end)
        if last in _TAIL or closes:
            end -= 1
        else:
            break
    return end


def _version(text: str, start: int, written: str) -> str:
    """The key of a version; empty for a number, a date or an address of a network."""
    key = re.sub(r"^v\.?\s?", "", written.casefold())
    parts = key.split(".")
    said = key != written.casefold() or bool(_NAMED.search(text[max(0, start - 12) : start]))
    # "3.14" may be any number. Three parts are a version even where nothing says so.
    if not said and (len(parts) != 3 or _DATED.search(written)):
        return ""
    return key


def _phone(text: str, start: int, written: str) -> str:
    """The digits of a phone number; empty for another number."""
    digits = re.sub(r"\D", "", written)
    lead = text[max(0, start - 16) : start]
    cued = bool(_CUE.search(lead)) and len(written) > len(digits)
    told = written[0] in "+(" or _GROUPS.fullmatch(written) or cued
    # From a number without its codes to the longest that E.164 allows.
    if not 7 <= len(digits) <= 15 or not told or _DATED.search(written):
        return ""
    return digits


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
    # Of two of a kind it is not known which has the place of the evidence's.
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
    return find_content_words(_without(text))


def _without(text: str) -> str:
    for literal in reversed(read_literals(text)):
        text = f"{text[: literal.start]} {text[literal.end :]}"
    return text


def _strangers(claim: str, sentence: str) -> bool:
    """Whether each of the two names something that the other does not."""
    a, b = _without(claim), _without(sentence)
    return has_own_name(a, b) and has_own_name(b, a)
