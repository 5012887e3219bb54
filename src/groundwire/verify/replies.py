"""Replies to yes-or-no questions, held against the explanation that was verified (English)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from groundwire.claims.followups import drop_told
from groundwire.claims.replies import find_reply_end, find_told_start, is_denying
from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.text.words import WORD, find_content_words, split_table, strip_ending
from groundwire.types import Verdict

MORE = 2
"""Words that an explanation may have beside the question's and still say the same."""

LEAST = 2
"""Words of a question, at least, that an explanation must say again to be its opposite."""

_NEGATED = re.compile(
    r"\b(?:no|not|never|none|nothing|cannot|without|neither|nor)\b|n['’]t\b", re.I
)
_DENIALS = find_content_words("never none nothing cannot without neither nor yes")
# A value that is asked for as a limit need not stand in what tells of it: "over 60 kg?".
_LIMIT = re.compile(
    r"\b(?:over|under|above|below|more|less|fewer|least|most|than|up to|within|between|before|"
    r"after|until|by|exceeds?|beyond|minimum|maximum|longer|higher|lower|cheaper|older|larger)\b",
    re.IGNORECASE,
)
_OPENING = frozenset(split_table("is are was were do does did has have had can could will would"))


def judge_reply(verdict: Verdict) -> Verdict:
    """Returns the verdict of a claim that opens with a reply, which must agree with the rest.

    A supported explanation that says the question's own words, turned round ("Yes. It has no
    lamp."), makes it contradicted. A yes to a value or a name that neither the explanation nor
    the evidence that decided has is unsupported.
    """
    claim = verdict.claim
    end = find_told_start(claim) if verdict.label == "supported" else 0
    if not end:
        return verdict
    question = drop_told(claim.context.question or "")
    denies, told = is_denying(claim.text[:end]), claim.text[end:]
    if _is_turned(question, told, denies):
        reason = "its yes or no does not agree with the rest of it"
        return replace(verdict, label="contradicted", score=0.0, reason=reason)
    known = " ".join((told, *(quote.text for quote in verdict.quotes)))
    # In one sentence ("Yes, on Friday") what was asked about is often taken as told: of 104 such
    # replies to written passages that lacked a value or name of their question, 49 were true.
    apart = find_reply_end(claim)
    if apart and not denies and (missing := next(_find_missing(question, known), None)):
        reason = f"it says yes to {missing!r:.40}, which the evidence for the rest does not have"
        return replace(verdict, label="unsupported", score=0.0, reason=reason)
    return verdict


def _is_turned(question: str, told: str, denies: bool) -> bool:
    """Whether an explanation says all that was asked, and the opposite of the reply."""
    asked, said = find_content_words(question), find_content_words(told) - _DENIALS
    # One word alone ("Was Dahl there?" "No, Dahl sent a deputy") is no statement to be turned.
    if len(asked) < LEAST or not asked <= said or len(said - asked) > MORE:
        return False
    odd = (len(_NEGATED.findall(told)) - len(_NEGATED.findall(question))) % 2 == 1
    return odd != denies


def _find_missing(question: str, known: str) -> Iterator[str]:
    """Yields the values and names of a question that a text does not have."""
    values = [] if _LIMIT.search(question) else parse_values(question)
    stated = parse_values(known)
    for value in values:
        if not any(is_same_value(value, other) for other in stated):
            yield value.text
    words = {strip_ending(word) for word in WORD.findall(known)}
    for match in WORD.finditer(question):
        name = match[0][:1].isupper() and match.start() > 0 and match[0].casefold() not in _OPENING
        if name and not re.search(r"[.!?]\s*$", question[: match.start()]):
            inside = any(v.start <= match.start() < v.end for v in values)
            if not inside and strip_ending(match[0]) not in words and match[0] != "I":
                yield match[0]
