"""Questions that a yes or a no answers: after one, "No problem!" states something (English)."""

from __future__ import annotations

import re

_LONGEST = 2000
_SENTENCES = re.compile(r"(?<=[.!?])\s+|\n+")
_AUXILIARY = (
    r"(?:is|are|was|were|am|do|does|did|has|have|had|may|might|must|should|shall|will|would|can|"
    r"could)(?:n't| not)?"
)
_INVERTED = re.compile(
    rf"(?:.*[,;:]\s+|(?:and|but|so|or|then|also|well|ok|okay|hi|hello|please)\s+)?{_AUXILIARY}\s+\w",
    re.IGNORECASE | re.DOTALL,
)
_REQUEST = re.compile(
    r"\b(?:can|could|would|will) you (?:also |please |kindly |briefly |just ){0,2}(?:analyze|"
    r"answer|assist|clarify|compare|define|describe|elaborate|explain|expand|extract|find|give|go|help|"
    r"identify|list|make|mention|name|outline|rephrase|rewrite|provide (?:a|an|me|more|some)|say|"
    r"share|show|summari[sz]e|tell|translate|walk|write)\b|\bdo you (?:know|think) (?:wh|how)",
    re.IGNORECASE,
)
_INDIRECT = re.compile(
    r"\bwhether\b|\b(?:know|wonder\w*|tell|ask\w*|sure|check|confirm\w*|see|unsure|curious|say|"
    r"verify|clarify|determine|find out|understand|question|unclear|certain)(?: \w+)? if\b|"
    r"^(?:please )?(?:confirm|verify)\b|\b(?:yes or no|true or false)\b",
    re.IGNORECASE,
)
_TAG = re.compile(
    rf"[,\s](?:right|correct|yes|no|true|ok|okay|huh|eh|or not|or no|{_AUXILIARY} "
    r"(?:it|they|he|she|you|there|that|this|i|we))\s*[?!.]*$",
    re.IGNORECASE,
)
_ASKS_WHAT = re.compile(
    r"\b(?:who|whom|whose|what|what's|which|when|where|why|how)\b", re.IGNORECASE
)


def asks_yes_no(question: str) -> bool:
    """Whether some sentence of a question can be answered by yes or no; when in doubt, yes."""
    text = question.strip().replace("’", "'")[-_LONGEST:]
    return any(_polar(sentence) for sentence in _SENTENCES.split(text) if sentence)


def _polar(sentence: str) -> bool:
    sentence = sentence.strip(" \"'“”()*_")
    if _INDIRECT.search(sentence) or _TAG.search(sentence):
        return True
    if _REQUEST.search(sentence):
        return False
    if _INVERTED.match(sentence):
        return True
    return sentence.endswith("?") and " " in sentence and not _ASKS_WHAT.search(sentence)
