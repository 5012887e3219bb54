"""Stages run so that a failure closes: what fails leaves its claims unchecked.

Errors of groundwire itself (bad input, a missing model) pass through; nothing is shown then.
Any other error is logged, and the answer goes on as unverified.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from groundwire.claims.code import is_language
from groundwire.errors import GroundwireError
from groundwire.protocols import Policy, Retriever, Rewriter, Splitter, Verifier
from groundwire.repair.edits import apply_edits, compose_edits
from groundwire.repair.removal import remove_claims
from groundwire.types import LABELS, Action, Claim, Decision, Edit, Evidence, Verdict

logger = logging.getLogger(__name__)

_WORD = re.compile(r"[^\W\d_]{2}")
# The language of a fence is no missed word, but anything else that stands there may be.
_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})[ \t]*(?P<tag>[\w+#.-]*)[ \t]*$", re.MULTILINE)


def split_answer(splitter: Splitter, text: str, question: str | None) -> list[Claim]:
    """Splits a text. One claim of the whole text where the splitter fails or misplaces claims.

    Words that lie in no claim become claims of their own, so that nothing passes unseen.
    """
    try:
        claims = list(splitter.split(text, question))
        ends = [0, *(claim.end for claim in claims)]
        exact = all(claim.text == text[claim.start : claim.end] for claim in claims)
        ordered = all(a <= c.start <= c.end for a, c in zip(ends, claims, strict=False))
        if not exact or not ordered or ends[-1] > len(text):
            raise ValueError("its claims are not exact, disjoint spans of the text in order")
    except GroundwireError:
        raise
    except Exception:
        logger.exception("the splitter failed; the text is one claim")
        return [Claim(text, 0, len(text))]
    missed = []
    starts = [*(claim.start for claim in claims), len(text)]
    for start, end in zip(ends, starts, strict=True):
        if _WORD.search(_FENCE.sub(_untagged, text[start:end])):
            missed.append(Claim(text[start:end], start, end))
    return sorted([*claims, *missed], key=lambda claim: claim.start) if missed else claims


def retrieve_evidence(retriever: Retriever, queries: Sequence[str]) -> list[list[Evidence]]:
    """Retrieves in one call. No evidence for any query where the retriever fails."""
    try:
        found = [list(result) for result in retriever.retrieve(queries)]
        if len(found) != len(queries):
            raise ValueError(f"{len(found)} results for {len(queries)} queries")
        odd = [item for result in found for item in result if not isinstance(item, Evidence)]
        if odd:
            raise TypeError(f"{odd[0]!r:.60} is no Evidence")
    except GroundwireError:
        raise
    except Exception:
        logger.exception("retrieval failed; its claims are unchecked")
        return [[] for _ in queries]
    return found


def verify_claims(
    verifier: Verifier, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
) -> list[Verdict]:
    """Verifies in one call. A claim that the verifier fails on is unchecked.

    A batch that fails is verified by halves, so that one bad claim spoils no other.
    """
    if not claims:
        return []
    try:
        verdicts = list(verifier.verify(claims, evidence))
        if [verdict.claim for verdict in verdicts] != list(claims):
            raise ValueError(f"{len(verdicts)} verdicts do not match {len(claims)} claims")
        for verdict in verdicts:
            checkable = verdict.claim.checkable
            if verdict.label not in LABELS or (checkable and verdict.label == "no_claim"):
                raise ValueError(f"{verdict.label!r} is no label for a {verdict.claim.kind}")
    except GroundwireError:
        raise
    except Exception as error:
        if len(claims) > 1:
            half = len(claims) // 2
            return [
                *verify_claims(verifier, claims[:half], evidence[:half]),
                *verify_claims(verifier, claims[half:], evidence[half:]),
            ]
        logger.exception("verification failed; the claim is unchecked")
        if not claims[0].checkable:
            return [Verdict(claims[0], "no_claim", reason=claims[0].kind)]
        reason = f"verification failed ({type(error).__name__}: {error})"
        return [Verdict(claims[0], "unchecked", reason=reason)]
    return verdicts


def decide_action(policy: Policy, verdicts: Sequence[Verdict]) -> Decision:
    """Decides. The answer is blocked where the policy fails."""
    try:
        decision = policy.decide(verdicts)
        if decision.action not in get_args(Action):
            raise ValueError(f"{decision.action!r} is no action")
        if not all(type(i) is int and 0 <= i < len(verdicts) for i in decision.flagged):
            raise ValueError(f"flagged {decision.flagged} of {len(verdicts)} verdicts")
    except GroundwireError:
        raise
    except Exception as error:
        logger.exception("the policy failed; the answer is blocked")
        return Decision("block", f"The policy failed ({type(error).__name__}: {error}).")
    return decision


def rewrite_answer(rewriter: Rewriter, answer: str, flagged: Sequence[Verdict]) -> list[Edit]:
    """Returns edits that touch every flagged claim; one that the rewriter leaves is removed."""
    try:
        edits = list(rewriter.rewrite(answer, flagged))
        text = apply_edits(answer, edits)
    except Exception:
        logger.exception("the rewriter failed; what it was given is removed")
        edits, text = [], answer
    missed = [
        verdict.claim
        for verdict in flagged
        if not any(e.start < verdict.claim.end and verdict.claim.start < e.end for e in edits)
    ]
    if not missed:
        return edits
    return compose_edits(answer, edits, remove_claims(text, [_moved(c, edits) for c in missed]))


def _untagged(fence: re.Match[str]) -> str:
    """What a fence says besides the language of its code."""
    return "" if is_language(fence["tag"].casefold()) else fence["tag"]


def _moved(claim: Claim, edits: Sequence[Edit]) -> Claim:
    """Returns a claim that no edit touches, with its offsets in the edited text."""
    by = sum(len(e.text) - (e.end - e.start) for e in edits if e.end <= claim.start)
    return replace(claim, start=claim.start + by, end=claim.end + by)
