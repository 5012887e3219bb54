"""Identifiers of a text: links, addresses, phone numbers, code, versions and references.

Two are the same only if they say the same thing sign by sign; forms in which one thing is
written are read as one key ("+44 (0)20 7946 0018", "v2.1.0", "Art. 6 Abs. 1 lit. f").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from groundwire.quantities.versions import is_same_version, normalize_version


@dataclass(frozen=True, slots=True)
class Identifier:
    """An identifier and where the text has it.

    Attributes:
        kind: ``"url"``, ``"email"``, ``"phone"``, ``"code"``, ``"version"`` or ``"reference"``.
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
_INSTALL = (
    r"(?:pip3?|uv pip|pipx|conda|npm|yarn|pnpm|cargo|gem|brew|apt|apt-get|dnf|yum|go|composer)"
    r" (?:install|add|i|get|require)"
)
_ELEMENT = (
    r"(?:He|Li|Be|Ne|Na|Mg|Al|Si|Cl|Ar|Ca|Ti|Cr|Mn|Fe|Co|Ni|Cu|Zn|As|Se|Br|Ag|Sn|Ba|Pt|Au|Hg|Pb"
    r"|H|B|C|N|O|F|P|S|K|V|I|W|U)"
)
_COUNT = r"[\d₀-₉]{0,3}"
# A formula has a number, so that it is no word in capitals, and more than one element.
_FORMULA = (
    rf"(?<![\w-])(?=[A-Za-z(]{{1,12}}[\d₀-₉)])(?:{_ELEMENT}{_COUNT}|\((?:{_ELEMENT}{_COUNT}){{1,4}}\)"
    rf"{_COUNT}){{2,8}}(?!\w)"
)
_STANDARD = r"\b(?:ISO|DIN|EN|IEC|IEEE|RFC|ANSI|ASTM)(?:/IEC)?[ -]\d{2,6}(?:-\d{1,4})?(?!\w)"
_ARTICLE = (
    r"(?<![\w-])(?:(?P<strong>Articles?|Arts?\.|§§?)|(?P<weak>Sections?|Sec\.|Rule|Clause|Paragraph"
    r"|Recital))\s?(?P<no>\d{1,4}[a-z]?(?:[.-]\d{1,3}){0,4})(?![\d\w])"
    r"(?P<subs>(?:\s?\((?:\d{1,3}|[a-zA-Z]{1,4})\)"
    r"|,?\s(?:Abs\.|para(?:graph|\.)?|lit\.|Nr\.|no\.|letter|point|Satz)\s?(?:\d{1,3}|[a-z])\b){0,6})"
)
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
        ("code", rf"\b{_INSTALL}(?: --?[\w-]{{1,30}}){{0,3}} [@\w][\w@/.-]{{0,80}}(?<!\.)", 0),
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
        ("reference", _ARTICLE, 0),
        ("code", _STANDARD, 0),
        (
            "code",
            r"(?<![\w./-])[A-Z]{1,6}-(?:[A-Z]{1,4}-)?\d{3,8}[A-Z]{0,3}(?:-[A-Z0-9]{1,6}){0,3}"
            r"(?![\w-]|\.\d)",
            0,
        ),
        ("code", _FORMULA, 0),
        (
            "version",
            r"(?<![\w.])(?:v\.?\s?|(?<=version )|(?<=Version )|(?<=release )|(?<=Release ))?"
            r"\d{1,4}(?:\.\d{1,5}){1,3}"
            r"(?:[-. ]?(?:rc|alpha|beta|post|dev|preview|a|b)[-. ]?\d{0,4}(?!\w))?"
            r"(?!\w|[.,]\d|\s?%)",
            0,
        ),
        ("version", r"(?:(?<=version )|(?<=Version ))\d{1,3}(?!\w|[.,-]\d|\s?%)", 0),
        ("phone", r"(?<![\w.+/-])(?:\+|\()?\d[\d ().-]{5,22}\d(?![\w%/-]|[.,]\d)", 0),
    )
]
# "555 0142 (24 hours)": what a bracket goes on with is no part of the number.
_OPENED = re.compile(r"(?<=\d)[ .-]*\([^)]*$")
_TAIL = ".,;:!?'’”*"
_CUE = re.compile(
    r"(?:\b(?:versions?|releases?|v\.?|call(?:ed|ing)?|phone|tel|telephone|fax|mobile|dial"
    r"|hotline|helpline|number|at)\W{0,3})$",
    re.IGNORECASE,
)
_NAMED = re.compile(r"\b(?:versions?|releases?|firmware|kernel|build)\W$", re.IGNORECASE)
# "Python 3.10 or newer": as a number that would be 3.1.
_NEWER = re.compile(r"(?:\+|,? (?:or|and) (?:newer|later))(?!\w)")
_GROUPS = re.compile(r"\(?\d{2,4}\)?[ .-]\d{2,4}[ .-]\d{3,4}|\d{3}[.-]\d{4}|00\d{1,3}[ .-][\d .-]+")
_DATED = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[.-]\d{1,2}[.-]\d{4}|[12]\d{3} ?- ?[12]\d{3}")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?: \d{3})+")
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3}){2,}")
_SUBSCRIPT = {ord(a): b for a, b in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)}
_SECTIONS = {"article": "art", "art": "art", "section": "§", "sec": "§", "§": "§", "§§": "§"}
LOCAL = 7
"""Digits of a phone number without the codes of its country and area."""


def read_identifiers(text: str) -> list[Identifier]:
    """Returns the identifiers of a text, disjoint and in order.

    Args:
        text: any text.

    Returns:
        The identifiers, with offsets in code points of ``text``.
    """
    return list(_read(text))


@lru_cache(maxsize=16_384)
def _read(text: str) -> tuple[Identifier, ...]:
    taken = bytearray(len(text))
    found = []
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            item = _identifier(kind, text, match)
            if item is not None and not any(taken[match.start() : match.end()]):
                taken[match.start() : match.end()] = b"\1" * (match.end() - match.start())
                found.append(item)
    return tuple(sorted(found, key=lambda item: item.start))


def _identifier(kind: str, text: str, match: re.Match[str]) -> Identifier | None:
    """Trims what matched a pattern and gives it its key; None where it is none."""
    start, end = match.span()
    if kind == "url":
        end = _url_end(text, start, end)
    if kind == "phone":
        end = start + len(_OPENED.sub("", text[start:end]))
    written = text[start:end]
    if kind == "url":
        key = re.sub(r"^(?:\w+://)?(?:www\.)?", "", written, flags=re.IGNORECASE).rstrip("/")
        host, slash, path = key.partition("/")
        key = host.casefold() + slash + path
    elif kind == "code" and written.isalpha() and written[0].isupper():
        key = ""  # letters of elements without a number may be any name ("IOC")
    elif kind == "code":
        key = " ".join(written.strip("`").removesuffix("()").translate(_SUBSCRIPT).split())
    elif kind == "version":
        key = _version(text, start, written)
    elif kind == "phone":
        key = _phone(text, start, written)
    elif kind == "reference":
        key = _reference(match)
    else:
        key = written.casefold()
    return Identifier(kind, start, end, written, key) if key else None


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
    bare = re.sub(r"^v\.?\s?", "", written.casefold())
    said = bare != written.casefold() or bool(_NAMED.search(text[max(0, start - 12) : start]))
    said = said or bool(_NEWER.match(text, start + len(written)))
    other = _DATED.search(written) or _GROUPED.fullmatch(written) or _GROUPS.fullmatch(written)
    numbers = re.match(r"[\d.]*", bare)
    if not said and (other or numbers is None or numbers[0].strip(".").count(".") != 2):
        return ""
    return normalize_version(bare)


def _phone(text: str, start: int, written: str) -> str:
    """The digits of a phone number; empty for another number."""
    digits = re.sub(r"\D", "", written)
    lead = text[max(0, start - 16) : start]
    cued = bool(_CUE.search(lead)) and len(written) > len(digits)
    grouped = _GROUPS.fullmatch(written) and not _THOUSANDS.fullmatch(written)
    told = written[0] in "+(" or grouped or cued
    dated = written[0] != "+" and _DATED.search(written)
    if not LOCAL <= len(digits) <= 17 or not told or dated:
        return ""
    if written.startswith(("+", "00")):
        # "+44 (0)20": the zero is dialed inside of the country alone
        digits = re.sub(r"\D", "", written.replace("(0)", ""))
        return digits.removeprefix("00")
    return digits


def _reference(match: re.Match[str]) -> str:
    """The key of an article or a section; empty for one whose word may be no reference."""
    if match["weak"] and not (match["subs"] or re.search(r"[.a-z-]", match["no"])):
        return ""
    word = (match["strong"] or match["weak"]).casefold().rstrip(".")
    word = _SECTIONS.get(word, _SECTIONS.get(word.removesuffix("s"), word))
    parts = re.findall(r"\d+[a-z]?|[a-z]+", match["no"])
    subs = re.sub(r"Abs\.|para(?:graph|\.)?|lit\.|Nr\.|no\.|letter|point|Satz", "", match["subs"])
    return "/".join([word, *parts, *re.findall(r"\w+", subs)])


def is_same_identifier(claimed: Identifier, stated: Identifier) -> bool:
    """Whether the evidence's identifier is the claim's, or the claim's is a coarser form of it."""
    if claimed.kind != stated.kind:
        return False
    if claimed.key == stated.key:
        return True
    if claimed.kind == "phone":
        short, long = sorted((claimed, stated), key=lambda item: len(item.key))
        key = short.key.lstrip("0")
        return len(key) >= LOCAL and _ends_with(long.text, key)
    if claimed.kind == "version":
        return is_same_version(claimed.key, stated.key)
    if claimed.kind == "reference":
        return stated.key.startswith(claimed.key + "/")
    if claimed.kind == "code":
        return claimed.key.casefold() == stated.key.casefold()
    return claimed.kind == "url" and "/" not in claimed.key and _host(stated) == claimed.key


def is_other_identifier(claimed: Identifier, stated: Identifier) -> bool:
    """Whether two identifiers of one kind are not each other, nor a coarser form."""
    if claimed.kind != stated.kind:
        return False
    return not is_same_identifier(claimed, stated) and not is_same_identifier(stated, claimed)


def _host(item: Identifier) -> str:
    return item.key.partition("/")[0]


def _ends_with(number: str, key: str) -> bool:
    """Whether the last digits of a phone number are a key, and begin a group of it."""
    match = spread_digits(key).search(number)
    rest = number[match.end() :] if match else "0"
    return not any(char.isdigit() for char in rest)


@lru_cache(maxsize=1024)
def spread_digits(key: str) -> re.Pattern[str]:
    """Returns a pattern for digits with what may stand between them, from the start of a group on.

    A country code may stand right before them.
    """
    before = r"(?:(?<!\d)|(?<=\+\d)|(?<=\+\d\d)|(?<=\+\d\d\d))"
    return re.compile(before + "0*" + r"[ ().\-/\u2011]{0,3}".join(key) + r"(?!\d)")
