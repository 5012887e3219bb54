"""Verdict on a short answer, from the one on the sentence that it makes with its question."""

from __future__ import annotations

from dataclasses import replace

from groundwire.claims.statements import Statement
from groundwire.types import Claim, Label, Span, Verdict
from groundwire.verify.premise import Premise
from groundwire.verify.reasons import describe_rows
from groundwire.verify.tables.reckoning import find_conclusions
from groundwire.verify.verdicts import LACKING, NOTHING, VETO

_TURNED: dict[Label, Label] = {"supported": "contradicted", "contradicted": "supported"}


def add_left_out(premise: Premise, stated: Statement) -> Premise:
    """Returns a premise that tells what else there is, where a question asked for all of it.

    "Basic" is no answer to "Which plans include roaming?" where Plus includes it, too.
    """
    lines = [line for _, line in (*premise.kept, *premise.dropped)]
    end = stated.start + len(stated.said)
    others = [
        replace(
            told, start=stated.start, end=end, kind="figure", said=f"there is more: {told.said}"
        )
        for told in find_conclusions(stated.listed, lines)
        if told.holds is False
    ]
    return replace(premise, conclusions=(*premise.conclusions, *others))


def judge_stated(claim: Claim, stated: Statement, verdict: Verdict, premise: Premise) -> Verdict:
    """Returns the verdict on an answer.

    What says no to a sentence that the evidence supports is contradicted, and the other way round.
    Findings on words of the question are told in the reason alone: the answer has no such words.

    Args:
        claim: the answer; its words stand in the sentence, or it says yes or no to it.
        stated: the sentence.
        verdict: on the sentence, with offsets into it.
        premise: that the sentence was read against.
    """
    findings, spans = [], []
    start = claim.text.find(stated.said) if stated.said else -1
    if start >= 0:
        move, end = claim.start + start - stated.start, stated.start + len(stated.said)
        findings = [
            replace(found, start=found.start + move, end=found.end + move)
            for found in verdict.findings
            if stated.start <= found.start and found.end <= end
        ]
        spans = [
            Span(span.start + move, span.end + move)
            for span in verdict.spans
            if stated.start <= span.start and span.end <= end
        ]
    label, score, reason = verdict.label, verdict.score, verdict.reason
    if stated.denied and score is not None:
        label, score = _TURNED.get(label, label), round(1 - score, 6)
        if label == "contradicted":
            reason = f"it says no, but the evidence supports {stated.text!r:.80}"
            if rows := describe_rows(premise, True):
                reason += f" ({rows})"
            if not any(told.holds for told in premise.conclusions):
                label = "unsupported"  # the model alone read it so
        elif label == "supported" and (verdict.score or 0.0) > VETO:
            label, score, reason = "unsupported", min(score, LACKING), NOTHING
        elif label == "unsupported":
            score = min(score, verdict.score or 0.0)
        else:
            reason = ""
    if label != "supported" and not spans:
        spans = [Span(claim.start, claim.end)]
    return replace(
        verdict, claim=claim, label=label, score=score, reason=reason,
        findings=tuple(findings), spans=tuple(spans) if label != "supported" else (),
    )  # fmt: skip
