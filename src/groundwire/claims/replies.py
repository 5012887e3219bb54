"""Replies to yes-or-no questions: "Yes.", "No, they are not the same.", "Correct." (English).

A reply says nothing that evidence could be looked up for: what it affirms or denies stands in the
question, and why it does stands in the sentence after it. So the two are one claim. It is read by
the explanation, which tells whether the reply may stay (``verify.replies``).
"""

from __future__ import annotations

import re

from groundwire.claims.checkworthy import is_affirmation
from groundwire.claims.questions import is_yes_no_question
from groundwire.text.blocks import find_sentences
from groundwire.text.words import STOP, WORD, split_table, strip_ending
from groundwire.types import Claim

LONGEST = 10
"""Words of the longest sentence that is read as a reply."""

_YES = frozenset(split_table("yes yep yeah yup true right correct indeed"))
_NO = frozenset(split_table("no nope nah false wrong incorrect"))
_SMALL = frozenset(
    split_table(
        "absolutely definitely certainly sure surely course exactly quite really entirely fully "
        "precisely actually afraid completely always generally okay ok unfortunately both neither"
    )
)
_PRONOUN = frozenset(split_table("it they this that these those he she there you one both neither"))
_FINITE = frozenset(
    split_table(
        "is are was were am do does did has have had can could will would should may might must"
    )
)

_OPENED = re.compile(
    rf"[\W_]*(?:{'|'.join(sorted(_YES | _NO, key=len, reverse=True))})[*_]*"
    r"(?:\s*[,;:]\s+|\s+[-–—]+\s+|\s*—\s*)(?=\w)",
    re.IGNORECASE,
)
"""A yes or no, and the mark that parts it from what the same sentence says for it."""


def is_reply(sentence: str, question: str | None) -> bool:
    """Whether a sentence says yes or no to a question, with no word that is not in it.

    "Yes", "That's correct", "It does" and "No, they are not the same" do; "Yes, the kettle has a
    lamp" says more, and can be read alone.
    """
    if not question or not is_yes_no_question(question):
        return False
    if is_affirmation(sentence):
        return True
    words = _split(sentence)
    if not words or len(words) > LONGEST:
        return False
    polar = words[0] in _YES | _NO
    rest = words[1:] if polar else words
    if not polar and not (words[0] in _PRONOUN and set(words) & (_FINITE | _YES | _NO)):
        return False
    asked = {strip_ending(word) for word in _split(question)}
    said = [word for word in rest if word not in STOP | _YES | _NO | _SMALL]
    return not said or (rest[0] in _PRONOUN and all(strip_ending(word) in asked for word in said))


def find_reply_end(claim: Claim) -> int:
    """Returns the offset in a claim's text at which the explanation of its reply begins; else 0."""
    question = claim.context.question
    if not question or not is_yes_no_question(question):
        return 0
    sentences = find_sentences(claim.text)
    if len(sentences) < 2 or not is_reply(claim.text[slice(*sentences[0])], question):
        return 0
    return sentences[1][0]


def find_told_start(claim: Claim) -> int:
    """Returns the offset in a claim's text at which the explanation of its reply begins; else 0.

    The two may be sentences of their own ("Yes. It has no lamp.") or one ("No, it has a lamp").
    """
    if end := find_reply_end(claim):
        return end
    question = claim.context.question
    opened = _OPENED.match(claim.text) if question and is_yes_no_question(question) else None
    return opened.end() if opened else 0


def blank_reply(claim: Claim) -> str:
    """Returns a claim's text with spaces where a reply stands that has no word of the question.

    One that has some ("they are not the same") is read with the rest.
    """
    end = find_reply_end(claim)
    said = [w for w in _split(claim.text[:end]) if w not in STOP | _YES | _NO | _SMALL]
    if not end or (said and not is_affirmation(claim.text[:end])):
        return claim.text
    return " " * end + claim.text[end:]


def is_denying(reply: str) -> bool:
    """Whether a reply says no."""
    words = set(_split(reply))
    return bool(words & (_NO | {"not", "neither", "never"}))


def join_reply(text: str, claims: list[Claim], longest: int) -> list[Claim]:
    """Returns claims with a reply and the claim after it as one.

    Args:
        text: the answer.
        claims: of the answer, in order.
        longest: characters that a claim may have.
    """
    first = next((i for i, claim in enumerate(claims) if claim.checkable), len(claims))
    if first + 1 >= len(claims) or not claims[first + 1].checkable:
        return claims
    reply, told = claims[first], claims[first + 1]
    apart = text[reply.end : told.start].strip() or told.end - reply.start > longest
    if apart or not is_reply(reply.text, reply.context.question):
        return claims
    joined = Claim(text[reply.start : told.end], reply.start, told.end, reply.context)
    # What is no sentence of its own there ("Yes; it has") is not found again by its end.
    return [*claims[:first], joined, *claims[first + 2 :]] if find_reply_end(joined) else claims


def _split(text: str) -> list[str]:
    """The words of a text in lower case, contractions parted."""
    plain = re.sub(r"n't\b", " not", text.replace("’", "'"))
    return [word for found in WORD.findall(plain) for word in found.casefold().split("'")[:1]]
