"""Sentences of the evidence that may stand in an answer, and what is cleaned from them."""

from __future__ import annotations

import re
import unicodedata

from groundwire.repair.coherence import has_pointer

_ACTIVE = re.compile(r"\]\(|<[A-Za-z/!?]|`|\||&(?:#\w{1,7}|[A-Za-z]{2,8});")
"""Links, tags, code, cells and entities: what would do something where an answer is shown."""
_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_COMPLETE = re.compile(r"[\"“‘(]?[^\W_].*[.!…][\"”’)]?", re.DOTALL)
_DEPENDENT = re.compile(
    r"(?:it|its|this|these|that|those|they|their|them|he|she|his|her|such|here|there|however|"
    r"but|and|or|also|thus|therefore|moreover|furthermore|instead|then|so|both|for example|"
    r"in addition|as a result|we|i|you)\b",
    re.IGNORECASE,
)
_SPEAKER = re.compile(r"\b(?:I|[Ww]e|[Oo]ur|[Oo]urs|[Mm]y|[Mm]e|us)\b")
"""Who is meant depends on who wrote the source."""
_LABEL = re.compile(r"[^.!?]{0,40}:\s|\w+_\w+\s*:|[^;:]{1,40}:[^;:]*;[^;:]{1,40}:")
"""A record, a list or a speaker: "Color: red.", "unit_price: 4", "Q: Is it red? A: No."."""
_GLUED = re.compile(r"[a-z)][.!?][^\W\d_]{2,}")
_EMPHASIS = re.compile(
    r"(?<![\w*])(\*{1,3})(?=[^\s*])([^*\n]{1,400}?)(?<=\S)\1(?![\w*])"
    r"|(?<![\w_])(_{1,3})(?=[^\s_])([^_\n]{1,400}?)(?<=\S)\3(?![\w_])"
)
_MARK = re.compile(
    r"\s?(?:\[\^?\d{1,3}(?:\s?[,–-]\s?\d{1,3})*\]|【[^】]{0,80}】|\[citation needed\])"
)
_BLANKED = re.compile(r"</?[A-Za-z][^<>]{0,200}>|\*{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|`")
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("“", "”"))


def clean_evidence(text: str) -> str:
    """Returns evidence as one line of plain text: no control or direction-changing characters."""
    kept = (
        " " if char.isspace() or unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if char not in _BIDI and unicodedata.category(char) != "Cs"
    )
    return " ".join("".join(kept).split())


def clean_sentence(text: str) -> str:
    """Returns a sentence of the evidence without the emphasis and citations of its source."""
    return _EMPHASIS.sub(lambda m: m[2] or m[4], _MARK.sub("", clean_evidence(text)))


def blank_markup(text: str) -> str:
    """Returns a text of the same length with spaces in the place of tags and marks of emphasis."""
    return _BLANKED.sub(lambda match: " " * len(match[0]), text)


def is_active(text: str) -> bool:
    """Whether a text holds markup, which is never taken over from the evidence."""
    return _ACTIVE.search(text) is not None


def is_quotable(text: str, longest: int) -> bool:
    """Whether a clean text is one whole sentence that needs none of those around it.

    Args:
        text: what ``clean_sentence`` returned.
        longest: characters that it may have.
    """
    if len(text) > longest or len(text.split()) < 3:
        return False
    if not _COMPLETE.fullmatch(text) or _ACTIVE.search(text) or "*" in text or "~~" in text:
        return False
    if _DEPENDENT.match(text) or has_pointer(text) or _SPEAKER.search(text):
        return False
    if _LABEL.match(text) or _GLUED.search(text) or text.count('"') % 2:
        return False
    if any(text.count(a) != text.count(b) for a, b in _PAIRS):
        return False
    return not text.lstrip('"“‘(')[0].islower()
