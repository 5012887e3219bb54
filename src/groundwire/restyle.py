"""Writes a value of the evidence in the style that the answer uses."""

from __future__ import annotations

import re

from groundwire.verify.units import MONTHS
from groundwire.verify.values import Value, parse_values

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?|\.\d+")
_AN_DIGITS = re.compile(r"8|11(?!\d)|18(?!\d)")
_AN_LETTERS = re.compile(r"[AEFHILMNORSX](?:[A-Z]+\b|[A-Z]*[\d-])")
_LETTERS = re.compile(r"[A-Z](?:[A-Z]+\b|[A-Z]*[\d-])")
_VOWEL = re.compile(r"(?:hour|honest|heir|[aeiou])", re.IGNORECASE)
_CONSONANT = re.compile(r"(?:one\b|once|uni[^n]|eu|us[ae]|ut[ei])", re.IGNORECASE)


def article_for(text: str) -> str:
    """Returns the article, ``"a"`` or ``"an"``, that fits before a text."""
    bare = text.lstrip('$€£¥₹"“‘(')
    if bare[:1].isdigit():
        return "an" if _AN_DIGITS.match(bare) else "a"
    if _LETTERS.match(bare):
        return "an" if _AN_LETTERS.match(bare) else "a"
    return "an" if _VOWEL.match(bare) and not _CONSONANT.match(bare) else "a"


def restyle(claimed: str, found: str, kind: str) -> str:
    """Writes ``found`` the way ``claimed`` is written.

    Thousands marks, units, "percent" and the form of dates and times follow the answer. Where
    the style cannot carry the value it is returned as the evidence writes it.

    Args:
        claimed: the value in the answer.
        found: the value in the evidence, on one line.
        kind: the kind of the finding.

    Returns:
        The text to put in place, or an empty one where the words around a bare number
        ("1 person") would no longer agree with it.
    """
    mine, theirs = _only(claimed), _only(found)
    if kind == "name" or mine is None or theirs is None or mine.kind != theirs.kind:
        return found
    if theirs.kind == "number" and (mine.key[0] == 1) != (theirs.key[0] == 1):
        return ""
    if theirs.kind == "date":
        styled = _date(claimed, theirs)
    elif theirs.kind == "time":
        styled = _time(claimed, theirs)
    else:
        styled = _number(claimed, found)
    again = _only(styled) if styled else None
    same = again is not None and (again.kind, again.key, again.unit) == (
        theirs.kind,
        theirs.key,
        theirs.unit,
    )
    return styled if same else found


def _only(text: str) -> Value | None:
    values = parse_values(text)
    if not values and re.fullmatch(r"\d{4}", text):
        values = parse_values(f"in {text}")
    if len(values) == 1 and re.fullmatch(r"[12]\d{3}", text):
        return Value("date", 0, 4, text, (float(text), None, None))
    return values[0] if len(values) == 1 else None


def _number(claimed: str, found: str) -> str:
    mine, theirs = _NUMBER.search(claimed), _NUMBER.search(found)
    if mine is None or theirs is None:
        return ""
    written = theirs[0].rstrip(",")
    whole, dot, decimals = written.replace(",", "").partition(".")
    plain = "," not in mine[0] and len(mine[0].partition(".")[0]) >= 4
    if len(whole) >= 4 and not plain and ("," in mine[0] or "," in written):
        whole = f"{int(whole):,}"
    before, after = claimed[: mine.start()], claimed[mine.end() :]
    singular = "1" in (whole, mine[0]) and not after.startswith("-")
    if singular and re.search(r"[A-Za-z]{3}", after) and "percent" not in after:
        return ""
    return f"{before}{whole}{dot}{decimals}{after}"


def _date(claimed: str, value: Value) -> str:
    year, month, day = value.key
    if month is None:
        return f"{year:.0f}" if year else ""
    name = MONTHS[int(month) - 1].capitalize()
    if re.search(r"\b(?!May)[A-Z][a-z]{2}\b", claimed):
        name = name[:3] + ("." if "." in claimed else "")
    if re.fullmatch(r"\d{4}-\d\d?-\d\d", claimed):
        return f"{year:.0f}-{month:02.0f}-{day:02.0f}" if year and day else ""
    if day is None:
        return f"{name} {year:.0f}" if year else ""
    if claimed[0].isdigit():
        return f"{day:.0f} {name}" + (f" {year:.0f}" if year else "")
    comma = "," if "," in claimed else ""
    return f"{name} {day:.0f}" + (f"{comma} {year:.0f}" if year else "")


def _time(claimed: str, value: Value) -> str:
    total = int(value.key[0] or 0)
    hour, minute = divmod(total, 60)
    half = re.search(r"\s*([ap])(\.?m\.?)$", claimed, re.IGNORECASE)
    if half is None:
        return f"{hour:02d}:{minute:02d}" if re.match(r"\d", claimed) else ""
    letter = "p" if hour >= 12 else "a"
    letter = letter.upper() if half[1].isupper() else letter
    clock = f"{(hour - 1) % 12 + 1}" + (f":{minute:02d}" if minute else "")
    return clock + half[0].replace(half[1], letter, 1)
