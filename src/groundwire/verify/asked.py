"""Which claims are short answers to a question (English)."""

from __future__ import annotations

import re

from groundwire.checkworthy import affirms, kind_of
from groundwire.types import Claim
from groundwire.verify.words import words_of

MOST = 8
"""Words of the longest answer that is read with its question."""

_BEFORE = 12
_TALK = frozenset({"filler", "greeting"})
_VERBS = words_of(
    "is are was were be been do does did has have had might must should shall will would can could "
    "cannot became become becomes began came comes fell falls gave gives goes went grew grows "
    "holds keeps leads leaves loses makes pays says sells took takes told wins won wrote "
    "includes provides contains opens closes costs starts ends requires offers uses allows needs "
    "means gets lives works"
)
_VERB = re.compile(
    rf"\b(?:{'|'.join(_VERBS)}|(?-i:may))\b|n't\b"
    r"|\b(?:he|she|it|they|we|i|you|there)(?:['’]\w+)? (?!\W)\w+",
    re.IGNORECASE,
)
_POLAR = re.compile(r"(?:yes|no|yep|yeah|nope|correct|true|false|right|wrong|both|neither)\b", re.I)
_ASKS = re.compile(
    r"\?|\b(?:who|whom|whose|what|which|when|where|why|how)\b"
    r"|^\W*(?:please )?(?:name|give|state|identify|list|find|tell)\b",
    re.IGNORECASE,
)


def asked(claim: Claim) -> str | None:
    """Returns the question that a claim is a short answer to.

    Args:
        claim: a claim with its context.

    Returns:
        The question; None where there is none, or the claim is a sentence of its own, a mere yes
        or no, or does not open the answer: under a heading or in a list it may say something else.
    """
    question, text = claim.context.question, claim.text.strip()
    if not question or not _ASKS.search(question) or not any(c.isalnum() for c in text):
        return None
    if len(text.split()) > MOST or _VERB.search(text) or _POLAR.match(text) or affirms(text):
        return None
    before = claim.context.preceding
    opens = claim.start - sum(len(part) + 2 for part in before) <= _BEFORE
    opens = opens and all(kind_of(part) in _TALK for part in before)
    return " ".join(question.split()) if opens else None
