"""Queries with which the evidence for a claim is looked up (English)."""

from __future__ import annotations

from collections.abc import Sequence

from groundwire.claims.checkworthy import classify_by_rules
from groundwire.claims.questions import (
    BACKWARD,
    LONG,
    find_asked_question,
    is_fragment,
    is_looking_back,
)
from groundwire.claims.replies import blank_reply
from groundwire.text.citations import blank_citations
from groundwire.types import Claim

_SHORT = 4
"""Words from which on a claim can be looked up by itself, if it is a sentence."""


def make_query(claim: Claim) -> str:
    """Returns what evidence is looked up with: the claim, and what it points back to.

    A claim that begins with a pronoun takes the sentence before it along, or the question where
    there is none. An item that is no sentence ("**Limit**: 100") takes the line that leads its
    list in, or the question; so does a short answer, a claim of fewer than four words, or a span
    that states nothing ("I can't find that"). A bare reply ("Yes.") is left out.
    """
    text, asked = blank_reply(claim).strip(), claim.context.question
    # A long question is mostly a text to read, whose words would outweigh the claim's.
    brief = asked if asked and len(asked.split()) <= LONG else None
    before: list[str] = []
    question = find_asked_question(claim)
    if question is None:
        part = is_fragment(text)
        lead = _find_lead(claim.context.preceding) if part else None
        if is_looking_back(claim):
            before.append(claim.context.preceding[-1])
        elif lead:
            before.append(lead)
        elif part or BACKWARD.match(text):
            question = brief
        if len(claim.text.split()) < _SHORT or not claim.checkable:
            question = asked
    elif is_looking_back(claim):
        before.append(claim.context.preceding[-1])
    if question:
        before.insert(0, question)
    return " ".join([*before, " ".join(blank_citations(text).split()) or text])


def _find_lead(preceding: Sequence[str]) -> str | None:
    """The nearest line before an item that leads its list in and says of what it is."""
    for part in reversed(preceding):
        if part.rstrip(" *_").endswith(":"):
            return None if classify_by_rules(part) == "filler" else part
    return None
