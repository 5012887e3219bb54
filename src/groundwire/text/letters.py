"""Letters as they are meant: ligatures taken apart, marks that show nothing left out.

Pages and PDFs carry what typesetting left in their text: one sign for two letters, places where a
word may be divided, code points that are no characters. A reader does not see them, and words
with them are found by no search and known to no model.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

LIGATURES = {
    "\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl",
    "\ufb05": "st", "\ufb06": "st",
}  # fmt: skip
"""Typographic ligatures and their letters. Letters of an alphabet (æ, œ, ß) are none."""

# Shapes that letters of Hebrew, Arabic and Armenian take in print, each a code point of its own.
_SHAPES = {
    code: plain
    for block in (range(0xFB13, 0xFB50), range(0xFB50, 0xFDD0), range(0xFDF0, 0xFE00),
                  range(0xFE70, 0xFEFD))
    for code in block
    if (plain := unicodedata.normalize("NFKC", chr(code))) != chr(code)
}  # fmt: skip
_UNREAD = "\ufffd"
_SOFT_BREAK = re.compile("\u00ad[ \t]*\r?\n[ \t]*(?=\\w)")
# Soft hyphen, zero width space, word joiner, byte order mark. Joiners (U+200C, U+200D) stay:
# they tell letters of some scripts, and emoji, apart.
_UNSEEN = dict.fromkeys((0xAD, 0x200B, 0x2060, 0xFEFF))
# What can be no letter stands where one was, such as the NUL of a ligature without a name.
_CONTROLS = {
    code: _UNREAD for code in (*range(32), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\v\f\r\x85"
}
_NONCHARACTERS = {code: _UNREAD for code in (*range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF)}
_TABLE: dict[int, str | None] = {
    **{ord(sign): letters for sign, letters in LIGATURES.items()},
    **_SHAPES,
    **_UNSEEN,
    **_CONTROLS,
    **_NONCHARACTERS,
}


# Letters of alphabets that no accent is taken from, as people without the key write them.
_PLAIN = str.maketrans({
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i",
    "ħ": "h", "ŧ": "t", "ŋ": "n",
})  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa"})


def strip_accents(word: str) -> str:
    """Returns a word in small letters of the English alphabet: "Łukasiewicz" is "lukasiewicz"."""
    parts = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c)).translate(_PLAIN)


def spell_plainly(word: str) -> frozenset[str]:
    """Returns the ways to write a word without accents: "Müller" is "muller" and "mueller"."""
    small = unicodedata.normalize("NFC", word.casefold())
    return frozenset((strip_accents(small), strip_accents(small.translate(_UMLAUTS))))


def clean_and_place(text: str) -> tuple[str, Sequence[int]]:
    """Returns a text as ``clean_letters`` does, and the place in ``text`` of each character."""
    if clean_letters(text) == text:
        return text, range(len(text))
    gone = {i for match in _SOFT_BREAK.finditer(text) for i in range(*match.span())}
    out: list[str] = []
    places: list[int] = []
    for i, sign in enumerate(text):
        letters = "" if i in gone else sign.translate(_TABLE)
        out.append(letters)
        places += [i] * len(letters)
    return "".join(out), places


def clean_letters(text: str) -> str:
    """Returns a text with its ligatures as letters and without marks that show nothing.

    A word divided by a soft hyphen at the end of a line is joined. Control characters and
    noncharacters become U+FFFD, so that what is missing shows. The length may change.
    """
    if text.isascii() and text.isprintable():
        return text
    return _SOFT_BREAK.sub("", text).translate(_TABLE)
