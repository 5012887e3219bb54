"""Numerals: groups of digits in any usual style, powers, fractions and number words (English)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from unicodedata import numeric

from groundwire.quantities.units import ONES, SCALES

GAP = "[ \u00a0\u2009\u202f]"
"""What may stand between groups of digits: a space, also one that does not break, or is thin."""

# A comma or a point before exactly three digits groups them; before one or two it is a decimal
# mark, and so is one after other groups.
_DIGITS = (
    rf"[1-9]\d{{0,2}}(?P<gap>{GAP})\d{{3}}(?:(?P=gap)\d{{3}}){{0,6}}(?:[.,]\d{{1,6}})?(?![\d,.]\d|\d)"
    r"|\d{1,3}(?:['’]\d{3}){1,6}(?:\.\d{1,6})?(?!\d)"
    r"|\d{1,3}(?:\.\d{3}){1,6},\d{1,6}(?!\d)"
    r"|\d{1,3}(?:\.\d{3}){2,6}(?![\d.])"
    r"|\d{1,3}(?:,\d{3})+(?:[.·]\d+)?(?!\d)"
    r"|\d{1,2}(?:,\d{2}){1,6},\d{3}(?:\.\d{1,6})?(?!\d)"
    r"|(?:\d{1,6},\d{1,2}|0,\d{1,9})(?!\d|,\d|\.\d)"
    r"|\d+(?:[.·]\d+)?(?!\d)|\.\d+(?!\d)"
)
_WORDS = "|".join([*sorted([*ONES, *SCALES], key=len, reverse=True)])
_HALVED = (
    "hundred|thousand|lakh|million|crore|billion|trillion|dozen|second|minute|hour|day|week|month"
    "|year|decade|century|mile|kilomet|met|inch|foot|yard|lit|gallon|pint|cup|pound|kilo|ton|acre"
)
NUMBER = re.compile(
    rf"(?<![\w.·])(?:(?<![A-Za-z]-)(?<!\d,)(?<!\d['’])(?P<digits>{_DIGITS})"
    r"(?P<ordinal>st|nd|rd|th)?(?!\d)"
    rf"|(?P<half>half\s+(?:of\s+)?an?)(?=\s+(?:{_HALVED}))"
    rf"|(?P<single>an?)(?=\s+(?:{_HALVED})[a-z]{{0,6}}\s+and\s+a\s+half\b)"
    rf"|(?P<words>(?:an?\s+(?=(?:hundred|thousand|lakh|million|crore|billion|trillion|dozen)\b)"
    rf"|(?:{_WORDS}|dozen)(?![A-Za-z])(?:[\s-]+(?:and\s+)?)?)+))",
    re.IGNORECASE,
)
"""A numeral, without what follows it."""
_LABEL = re.compile(
    r"\b(?:rooms?|platforms?|gates?|pages?|chapters?|steps?|tables?|fig(?:ure|s)?|lines?|bus|"
    r"flights?|levels?|class|grade|floor|ages?|aged|unit|route|no|item|version|and|or)\.?\s$",
    re.IGNORECASE,
)
"""Words after which a space does not group digits ("platform 9 480 seats")."""
_LISTED = re.compile(
    r"\b(?:pages?|pp?|fig(?:ure|s)?|tables?|chapters?|steps?|lines?|eqs?|refs?|nos?|items?)\.?\s$",
    re.IGNORECASE,
)
"""Words after which a comma lists numbers ("pages 3,5")."""
_SUPERSCRIPT = {ord(a): b for a, b in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True)}
_RAISED = r"(?:\^\{?\(?([-−+]?\d{1,3})\)?\}?|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))"
_POWER_OF_TEN = re.compile(rf"\s?(?:[×xX*·∙⋅]|\\times)\s?10{_RAISED}(?!\d)")
_SCIENTIFIC = re.compile(r"[eE]([-−+]?\d{1,3})(?![\w.])")
_POWER = re.compile(rf"{_RAISED}(?!\d)")
_SCALE_AFTER = re.compile(
    r"[\s-]*(hundred|thousand|lakh|million|crore|billion|trillion|dozen)s?\b", re.I
)
_FRACTION = re.compile(r"\s?(?:(?<=\s)([1-9])/([2-9]|1[026])(?![\d/])|([½¼¾⅓⅔⅛⅜⅝⅞]))")
AND_A_HALF = re.compile(r"\s+and\s+(?:a|one)[\s-]half\b", re.I)
_LARGEST = 300
"""Powers of ten above this are no number."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """A numeral as it is read.

    Attributes:
        amount: what it says.
        step: size of the last place written.
        start: offset of the first character.
        end: offset after the last one.
        digits: whether it is written in digits.
        ordinal: whether it counts places ("3rd").
        alone: whether it is the word "one", which may be no number.
    """

    amount: float
    step: float
    start: int
    end: int
    digits: bool
    ordinal: bool = False
    alone: bool = False


def read_numeral(text: str, match: re.Match[str]) -> Numeral | None:
    """Reads a match of ``NUMBER`` with its power, fraction and scale; None for no number."""
    start, end = match.span()
    alone = False
    if match["half"] or match["single"]:
        amount, step = (0.5, 0.5) if match["half"] else (1.0, 1.0)
    elif match["words"]:
        read = read_number_words(match["words"])
        if read is None:
            return None
        amount, step, length = read
        end = start + length
        alone = match["words"][:length].lower() == "one"
    else:
        written = match["digits"]
        before = text[max(0, start - 12) : start]
        if match["gap"] == " " and _LABEL.search(before):
            written = written.partition(" ")[0]
        elif "," in written and _LISTED.search(before):
            return None
        end = start + len(written) if match["ordinal"] is None else end
        digits = normalize_digits(written)
        if len(digits) > 40:
            return None
        amount = float(digits)
        step = 10.0 ** -len(digits.partition(".")[2]) if "." in digits else 1.0
        raised = _raise(text, end, digits)
        if raised is not None:
            power, end = raised
            if digits in ("10", "2") and power[0]:
                amount, step = float(digits) ** power[1], 0.0
            elif not power[0]:
                amount, step = float(f"{digits}e{power[1]}"), step * 10.0 ** power[1]
        elif "." not in digits and (part := _FRACTION.match(text, end)):
            amount += int(part[1]) / int(part[2]) if part[1] else numeric(part[3])
            step, end = 0.01, part.end()
    if half := AND_A_HALF.match(text, end):
        amount, step, end = amount + 0.5, 0.5, half.end()
    if match["ordinal"]:
        return Numeral(amount, 0.0, start, end, True, ordinal=True)
    scaled = _SCALE_AFTER.match(text, end)
    if scaled and not match["words"]:
        factor = {**SCALES, "dozen": 12.0}[scaled[1].lower()]
        amount, step, end = amount * factor, step * factor, scaled.end()
    return Numeral(amount, step, start, end, bool(match["digits"]), alone=alone)


def normalize_digits(written: str) -> str:
    """Returns digits without groups and with a point as decimal mark."""
    bare = re.sub(rf"{GAP}|['’]", "", written).replace("·", ".")
    if bare != written and "·" not in written:
        return bare.replace(",", ".")
    points, commas = bare.count("."), bare.count(",")
    if points and commas:
        mark = max(".", ",", key=bare.rfind)
        return bare.replace("," if mark == "." else ".", "").replace(",", ".")
    if points > 1:
        return bare.replace(".", "")
    if commas == 1 and (re.search(r",\d{1,2}$", bare) or bare.startswith("0,")):
        return bare.replace(",", ".")
    return bare.replace(",", "")


def _raise(text: str, end: int, digits: str) -> tuple[tuple[bool, int], int] | None:
    """A power after digits: whether they are its base, the exponent, and the offset after it.

    A superscript after other digits than 2 and 10 marks a footnote.
    """
    if match := _POWER_OF_TEN.match(text, end):
        base, power = False, match[1] or match[2]
    elif match := _SCIENTIFIC.match(text, end):
        base, power = False, match[1]
    elif digits in ("10", "2") and (match := _POWER.match(text, end)):
        base, power = True, match[1] or match[2]
    else:
        return None
    exponent = int(power.translate(_SUPERSCRIPT).replace("−", "-"))
    return ((base, exponent), match.end()) if abs(exponent) <= _LARGEST else None


def read_number_words(words: str) -> tuple[float, float, int] | None:
    """Reads number words greedily: amount, step, and how many characters were read."""
    total = current = 0.0
    length, last, step, ceiling = 0, "", 1.0, float("inf")
    for token in re.finditer(r"[a-z]+", words.lower()):
        word = token[0]
        if word in ("a", "an"):
            current, last = 1.0, "one"
            continue
        if word == "and":
            continue
        if word in ONES:
            size = "tens" if ONES[word] >= 20 else "teen" if ONES[word] >= 10 else "one"
            if last and not (last == "scale" or (last == "tens" and size == "one")):
                break
            current, last, step = current + ONES[word], size, 1.0
        elif word == "dozen":
            return ((total + current) * 12, 1.0, token.end()) if current else None
        elif word == "hundred" and 0 < current < 100:
            current, last, step = current * 100, "scale", 100.0
        elif word != "hundred" and current > 0 and SCALES[word] < ceiling:
            total, ceiling, step = total + current * SCALES[word], SCALES[word], SCALES[word]
            current, last = 0.0, "scale"
        else:
            break
        length = token.end()
    return (total + current, step, length) if length else None


_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
    "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
}  # fmt: skip
_UP_TO_TEN = "one|two|three|four|five|six|seven|eight|nine|ten"
_SHARE = re.compile(
    rf"\b(?:(?:(an?|{_UP_TO_TEN})[\s-])?(half|halves|(?:third|quarter|fourth|fifth|sixth|seventh"
    r"|eighth|ninth|tenth)s?)(?=\s+of\b(?!\s+(?:an?|hours?)\b))"
    rf"|(?<!\d[.,])({_UP_TO_TEN}|\d)\s(?:in|out\sof)(?:\severy)?\s({_UP_TO_TEN}|100{{1,3}}|\d)"
    r"(?=\s[a-z]{3,})(?!\s(?:second|minute|hour|day|week|month|year|to|million|billion)))",
    re.I,
)


def find_shares(text: str) -> list[tuple[int, int, float]]:
    """Returns the fractions in words: start, end, and percent ("two thirds of", "one in four")."""
    found = []
    for match in _SHARE.finditer(text):
        if match[2]:
            name = match[2].lower()
            lower = (match[1] or "").lower()
            count, parts = ONES.get(lower, 1), _PARTS.get(name) or _PARTS[name.rstrip("s")]
            # "the third of May", "the fourth of them" count places
            if not lower and name not in ("half", "quarter"):
                continue
        else:
            count, parts = (_small(match[3]), _small(match[4]))
            if not 0 < count < parts:
                continue
        if count <= parts:
            found.append((*match.span(), 100 * count / parts))
    return found


def _small(word: str) -> int:
    return int(word) if word.isdigit() else ONES[word.lower()]
