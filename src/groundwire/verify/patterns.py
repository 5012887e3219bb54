"""Literals that a text holds: URLs, e-mail addresses, phone numbers, code words, versions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


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
_DOMAINS = "com|org|net|edu|gov|info|io|dev|ai|uk|de|fr|eu"
_WORD = r"[A-Za-z_]\w{0,60}"
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
    if not said and (len(parts) != 3 or _DATED.search(written)):
        return ""
    return key


def _phone(text: str, start: int, written: str) -> str:
    """The digits of a phone number; empty for another number."""
    digits = re.sub(r"\D", "", written)
    lead = text[max(0, start - 16) : start]
    cued = bool(_CUE.search(lead)) and len(written) > len(digits)
    told = written[0] in "+(" or _GROUPS.fullmatch(written) or cued
    if not 7 <= len(digits) <= 15 or not told or _DATED.search(written):
        return ""
    return digits
