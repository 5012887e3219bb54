"""Decision whether a span of an answer is a claim: by its words, then by what the evidence says.

The splitter sorts each span by its words alone (``classify_sentence``, ``classify_heading``,
``classify_code``). Three things need the evidence, and are decided here, once it is retrieved: a
sentence that says the documents lack what they have is a claim; so is a heading, a question or an
offer that takes for granted what they do not say; and citation marks are no part of what is read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from groundwire.claims.absence import has_absence, is_false_absence
from groundwire.claims.presuppositions import has_presupposition, has_telling_words
from groundwire.claims.questions import read_short_answer
from groundwire.claims.replies import blank_reply
from groundwire.text.citations import blank_citations
from groundwire.types import Claim, Evidence


def is_open(claim: Claim) -> bool:
    """Whether evidence must be looked up for a span: a claim, or one that may prove to be one."""
    return (
        claim.checkable
        or has_telling_words(claim)
        or has_absence(claim)
        or read_short_answer(claim) is not None
    )


def decide_claim(claim: Claim, evidence: Sequence[Evidence]) -> Claim:
    """Returns a span as it is judged: its kind decided, its citation marks blank.

    Args:
        claim: a span of an answer, sorted by its words.
        evidence: what was retrieved for it; empty where it is not open.

    Returns:
        A claim of the same offsets; spaces stand where its citation marks stood, and where those
        of the sentences before it did, and where a bare reply ("Yes.") opens it.
    """
    kind = claim.kind
    telling = has_telling_words(claim) and has_presupposition(claim, evidence)
    if telling or is_false_absence(claim, evidence) or _is_found(claim, evidence):
        kind = "claim"
    text = blank_citations(blank_reply(claim))
    if not any(char.isalnum() for char in text):
        text = claim.text
    preceding = tuple(blank_citations(part) for part in claim.context.preceding)
    return replace(claim, kind=kind, text=text, context=replace(claim.context, preceding=preceding))


def _is_found(claim: Claim, evidence: Sequence[Evidence]) -> bool:
    """Whether a few words that answer a question stand in the evidence: "front desk" is no talk."""
    answer = None if claim.checkable else read_short_answer(claim)
    if answer is None:
        return False
    said = re.compile(rf"(?<!\w){re.escape(answer.text)}(?!\w)", re.IGNORECASE)
    return any(said.search(item.passage.text) for item in evidence)
