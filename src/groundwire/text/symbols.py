"""Symbols that read as letters or as a no, and the letters that they stand for.

Circled and squared letters, regional indicators and braille are symbols to Unicode, and so to
regular expressions and tokenizers, but words to a reader.
"""

from __future__ import annotations

import re
import unicodedata

DENIALS = frozenset("🚫❌❎✖✕✗✘⛔🛑👎🙅🚳🚭🚯🚱🚷📵🔞⊘\u20e0\u20d2\u20e5\u20e6\u0335\u0336")
"""Symbols that turn what stands beside them into its opposite, or strike it out."""

ASSENTS = frozenset("👍👌✅✔☑✓💯🙆🙌🤝")
"""Symbols that say yes to what stands beside them."""

# Of a flag nothing is an ornament: it names a country.
_ORNAMENT = re.compile(
    "(?:[\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2b00-\u2bff\U0001f300-\U0001faff][\ufe0e\ufe0f\u200d"
    "\U0001f3fb-\U0001f3ff]*[^\\S\n]*)+(?<=\\s)"
)

# NFKC does not turn all such symbols into letters ("🆁", "🆓"), but their Unicode names have them.
_NAMED = re.compile(
    r"(?:(?:CROSSED )?NEGATIVE |RAISED )?(?:(?:DOUBLE )?(?:CIRCLED|SQUARED|OUTLINED)|"
    r"PARENTHESIZED|REGIONAL INDICATOR SYMBOL|TORTOISE SHELL BRACKETED) "
    r"(?:LATIN (?:CAPITAL|SMALL) LETTER |LETTER )?([A-Z]{1,5}|[A-Z]+ [A-Z]+)"
)
_LETTER = "[\U0001f1e6-\U0001f1ff]"
_FLAG = re.compile(f"(?<!{_LETTER}){_LETTER}{{2}}(?!{_LETTER})")
_BLANK = "\u2800"


def is_letter_like(char: str) -> bool:
    """Whether a character reads as a letter or a word and is a symbol to Unicode."""
    if char.isascii() or char.isalpha() or unicodedata.category(char) != "So":
        return False
    return bool(_spelled(char))


def find_ornament_end(text: str) -> int:
    """Returns where a text begins after the pictures before it that say nothing; else 0.

    What says yes, no or a letter is no such picture, nor is one before a word or two, which it may
    explain ("🐕 allowed").
    """
    match = _ORNAMENT.match(text)
    if match is None or len(text[match.end() :].split()) < 3 or not text[match.end()].isupper():
        return 0
    said = any(char in DENIALS or char in ASSENTS or is_letter_like(char) for char in match[0])
    return 0 if said else match.end()


def spell_symbols(text: str) -> str:
    """Returns a text as it reads, for deciding what it is; its offsets are its own.

    Compatibility forms, circled and squared letters become letters, each braille cell ``x``;
    characters that show nothing are left out. A flag of two letters stays a picture.
    """
    if text.isascii():
        return text
    flags = {at for match in _FLAG.finditer(text) for at in range(*match.span())}
    return "".join(
        char if char.isascii() or at in flags else _shown(char) for at, char in enumerate(text)
    )


def has_denial(text: str) -> bool:
    """Whether a text holds a symbol that says no or strikes words out."""
    return not DENIALS.isdisjoint(text)


def _shown(char: str) -> str:
    category = unicodedata.category(char)
    # Format characters show nothing and would hide the word that they stand in from every rule.
    if category == "Cf":
        return ""
    if category == "So" and (letters := _spelled(char)):
        return letters
    return unicodedata.normalize("NFKC", char)


def _spelled(char: str) -> str:
    """The letters that a symbol stands for; empty for a picture."""
    folded = unicodedata.normalize("NFKC", char)
    if folded != char and any(c.isalpha() for c in folded):
        return folded
    name = unicodedata.name(char, "")
    if name.startswith("BRAILLE PATTERN"):
        return "" if char == _BLANK else "x"
    match = _NAMED.fullmatch(name)
    return match[1] if match else ""
