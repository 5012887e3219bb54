"""Which claims are short answers to a question (English)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from groundwire.checkworthy import affirms, kind_of
from groundwire.types import Claim
from groundwire.verify.words import words_of

MOST = 8
"""Words of the longest answer that is read with its question."""

LONG = 50
"""Words of a question of which more than its last asking sentence is read."""

_LONGEST = 200
_BEFORE = 12
_TALK = frozenset({"filler", "greeting", "offer"})
_VERBS = words_of(
    "is are was were be been do does did has have had might must should shall will would can could "
    "cannot became become becomes began came comes fell falls gave gives goes went grew grows "
    "holds keeps leads leaves loses makes pays says sells took takes told wins won wrote "
    "includes provides contains opens closes costs starts ends requires offers uses allows needs "
    "means gets lives works"
)
_VERB = re.compile(
    rf"\b(?:{'|'.join(_VERBS)}|(?-i:may))\b|n't\b"
    r"|\b(?:he|she|it|they|we|i|you|there)(?:['’]\w+)? (?!\W)\w+"
    r"|\b(?!(?:the|an?|in|on|at|by|of|with|for|from|and|or|to|not|very|newly|about)\b)[\w'’]+ "
    r"(?:\w{2,}ed|beat|lost|ran|met|paid|sold|spent|built|bought|sent|kept|left|found|drew|drove|"
    r"flew|knew|saw|stood|stole|taught|threw|broke|chose|brought)\b(?! by)",
    re.IGNORECASE,
)
_POLAR = re.compile(r"(?:yes|no|yep|yeah|nope|correct|true|false|right|wrong|both|neither)\b", re.I)
_ASKS = re.compile(
    r"\?|\b(?:who|whom|whose|what|which|when|where|why|how)\b"
    r"|^\W*(?:please )?(?:name|give|state|identify|list|find|tell)\b",
    re.IGNORECASE,
)


_REQUEST = re.compile(
    r"\b(?:write|draft|compose|summari[sz]e|describe|outline|translate|rewrite|paraphrase|"
    r"(?:tell|inform) (?:me|us) (?:more )?about|say|says)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"(?:(?:based on|according to|from) [^,:]{1,60}[,:] +)?"
    r"(?:(?:sure|well|okay|ok|certainly|of course)[,!.]? +)?"
    r"(?:a: +|(?:(?:the|my) )?(?:final |short )?answer(?: to (?:the|your|this) question)?:? +)?"
    r"(?:(?:(?:it|that|this|the answer)(?:['’]s| is| was|['’]d be| would be)|(?:is|was)):? +)?",
    re.IGNORECASE,
)
_CITED = re.compile(r"\[\d{1,3}(?:, ?\d{1,3})*\]")
_MARKUP = " \t\n*_`\"“”'‘’()[].,;!#"
_DONE = re.compile(r"\w{2,}ed\b|\bnot\b|\b(?:a|an) \w+ (?:that|which|who)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
_LABEL = re.compile(r"^\W*(?:user |my )?(?:question|query|q)\s*:\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ShortAnswer:
    """A short answer and its question, both without what frames them ("It is ...", "Question:")."""

    question: str
    text: str


def short_answer(claim: Claim) -> ShortAnswer | None:
    """Returns a claim as the short answer to its question.

    Args:
        claim: a claim with its context.

    Returns:
        None where there is no question, or several, or a request for a text; and where the claim
        is a sentence of its own, a mere yes or no, or follows anything but small talk and other
        short answers: under a heading it may say something else.
    """
    question = _focus(claim.context.question or "")
    text = _fragment(claim.text)
    if not question or text is None:
        return None
    before = claim.context.preceding
    opens = claim.start - sum(len(part) + 5 for part in before) <= _BEFORE
    opens = opens and all(kind_of(part) in _TALK or _listed(part) for part in before)
    return ShortAnswer(question, text) if opens else None


def asked(claim: Claim) -> str | None:
    """Returns the question that a claim is a short answer to, or None where it is none."""
    found = short_answer(claim)
    return None if found is None else found.question


def _fragment(claim: str) -> str | None:
    """A text without what frames it, or None if it is a sentence of its own, or a yes or no."""
    if len(claim) > _LONGEST:
        return None
    text = re.sub(r"[*_`]", "", _CITED.sub("", claim)).strip(_MARKUP)
    lead = _LEAD.match(text)
    rest = text[lead.end() :] if lead else text
    framed = re.search(r"[a-z]\W*$", text[: len(text) - len(rest)]) is not None
    if len(rest.split()) > MOST or _VERB.search(rest) or (framed and _DONE.search(rest)):
        return None
    if not any(c.isalnum() for c in rest) or _POLAR.match(rest) or affirms(claim):
        return None
    return rest.strip(_MARKUP)


def _listed(part: str) -> bool:
    return not part.rstrip(" *_").endswith(":") and _fragment(part) is not None


def _focus(question: str) -> str | None:
    """What is asked: all of a question, or of a long one the sentence that is marked as it."""
    plain = _LABEL.sub("", question)
    if question.count("?") > 1 and len(question.split()) <= LONG:
        return None
    if len(question.split()) > LONG:
        parts = [s.strip() for s in _SENTENCE.split(question)]
        marked = [s for s in parts if _LABEL.match(s)] or [s for s in parts if s.endswith("?")]
        plain = _LABEL.sub("", marked[-1]) if marked else ""
    whole = " ".join(plain.split())
    if not whole or len(whole.split()) > LONG or _REQUEST.search(whole):
        return None
    return whole if _ASKS.search(whole) else None
