"""Pipeline of a check: split, retrieve, verify, decide, rewrite, and once more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from groundwire._version import __version__
from groundwire.claims.decision import decide_claim, is_open
from groundwire.claims.queries import make_query
from groundwire.guard import stages as closed
from groundwire.guard.messages import choose_message
from groundwire.protocols import (
    Policy,
    Retriever,
    Rewriter,
    Splitter,
    Verifier,
    read_language,
    read_name,
    read_origin,
    read_version,
)
from groundwire.repair.coherence import find_dangling, mend_seams
from groundwire.repair.edits import apply_edits, compose_edits
from groundwire.repair.removal import remove_claims
from groundwire.types import Claim, Decision, Edit, Evidence, Report, Span, Verdict
from groundwire.verify.replies import judge_reply

ROUNDS = 3
"""Times that what fails is removed from a rewritten text before the answer is blocked."""

POINTED = "removed: it refers to what was removed"
"""Recorded in the edit of a supported claim that goes with the one before it."""

POINTED_REASON = "What refers to a removed claim was removed too."
"""Said in the reason of the decision then."""

SEAMS = 3
"""Times that sentences are parted which an edit glued together: a space, then a blank line."""

REMEMBERED = 3
"""Texts whose claims are kept, for the next stage that asks for them."""

STAGES = ("evidence", "split", "retrieve", "verify", "decide", "rewrite")
"""What a report tells the seconds of; ``evidence`` is making documents and passages of it."""

Known: TypeAlias = dict[tuple[Any, ...], Verdict]
"""Verdicts by what they depend on: the claim's text, kind and context, for one evidence."""


@dataclass(slots=True)
class Case:
    """One answer on its way through the guard.

    Its claims are read with ``question``; where that completes what was asked, the report has
    ``asked``.
    """

    answer: str
    question: str | None
    retriever: Retriever | None
    asked: str | None = None
    timings: dict[str, float] = field(default_factory=lambda: dict.fromkeys(STAGES, 0.0))
    known: Known = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    decision: Decision = field(default_factory=lambda: Decision("block"))
    text: str = ""
    text_verdicts: list[Verdict] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    rounds: int = ROUNDS

    def spend(self, stage: str, begun: float) -> None:
        """Adds the seconds since ``begun`` to a stage; a batch counts whole for each answer."""
        self.timings[stage] += time.perf_counter() - begun

    def decide(self, policy: Policy, verdicts: Sequence[Verdict]) -> Decision:
        """Decides what may pass."""
        begun = time.perf_counter()
        decision = closed.decide_action(policy, verdicts)
        self.spend("decide", begun)
        return decision


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The five stages of a guard, and what is said in place of a blocked answer.

    Without a message of its own it is said in the language of the question or the answer.
    """

    verifier: Verifier | None
    splitter: Splitter
    policy: Policy
    rewriter: Rewriter
    message: str | None

    def run(self, cases: Sequence[Case]) -> list[Report]:
        """Takes answers down the line, their claims scored in shared batches."""
        verified = self._verify([(case, case.answer) for case in cases])
        for case, verdicts in zip(cases, verified, strict=True):
            case.verdicts = verdicts
            case.decision = case.decide(self.policy, verdicts)
            self._begin(case)
        rewriting = [case for case in cases if case.decision.action == "rewrite"]
        while rewriting:
            checked = self._verify([(case, case.text) for case in rewriting])
            rewriting = [
                case
                for case, verdicts in zip(rewriting, checked, strict=True)
                if not self._settle(case, verdicts)
            ]
        versions = self._versions()
        return [_report(case, versions) for case in cases]

    def _verify(self, texts: Sequence[tuple[Case, str]]) -> list[list[Verdict]]:
        """Splits, retrieves and verifies; what was verified before in a case is not again."""
        split = [self._split(case, text) for case, text in texts]
        todo: list[tuple[Case, Claim]] = []
        for (case, _), claims in zip(texts, split, strict=True):
            todo += [(case, claim) for claim in claims if _key(claim) not in case.known]
        evidence = self._retrieve(todo)
        begun = time.perf_counter()
        claims = [
            decide_claim(claim, found) for (_, claim), found in zip(todo, evidence, strict=True)
        ]
        verdicts = closed.verify_claims(self.get_verifier(), claims, evidence) if claims else []
        for (case, claim), verdict in zip(todo, verdicts, strict=True):
            case.known[_key(claim)] = judge_reply(move_verdict(verdict, claim))
        for case, _ in texts:
            case.spend("verify", begun)
        return [
            [move_verdict(case.known[_key(claim)], claim) for claim in claims]
            for (case, _), claims in zip(texts, split, strict=True)
        ]

    def _split(self, case: Case, text: str) -> list[Claim]:
        begun = time.perf_counter()
        claims = closed.split_answer(self.splitter, text, case.question)
        case.spend("split", begun)
        return claims

    def _retrieve(self, todo: Sequence[tuple[Case, Claim]]) -> list[list[Evidence]]:
        """Evidence for each claim: one call, and so one batch, for each retriever."""
        found: list[list[Evidence]] = [[] for _ in todo]
        groups: dict[int, tuple[Retriever, list[int]]] = {}
        for i, (case, claim) in enumerate(todo):
            if is_open(claim) and case.retriever is not None:
                groups.setdefault(id(case.retriever), (case.retriever, []))[1].append(i)
        for retriever, rows in groups.values():
            begun = time.perf_counter()
            results = closed.retrieve_evidence(retriever, [make_query(todo[i][1]) for i in rows])
            for i, result in zip(rows, results, strict=True):
                found[i] = result
            for case in {id(todo[i][0]): todo[i][0] for i in rows}.values():
                case.spend("retrieve", begun)
        return found

    def get_verifier(self) -> Verifier:
        """Returns what checks claims; by default the embedded verifier."""
        from groundwire.verify.nli import load_default_verifier

        return self.verifier if self.verifier is not None else load_default_verifier()

    def _begin(self, case: Case) -> None:
        """Shows, blocks or begins to rewrite an answer."""
        if case.decision.action == "pass":
            case.text, case.text_verdicts = case.answer, case.verdicts
        elif case.decision.action == "block":
            self._block(case, case.decision.reason)
        else:
            begun = time.perf_counter()
            flagged = [case.verdicts[i] for i in case.decision.flagged]
            edits = closed.rewrite_answer(self.rewriter, case.answer, flagged)
            case.edits = self._mended(case, case.answer, case.verdicts, edits)
            case.text = apply_edits(case.answer, case.edits)
            case.spend("rewrite", begun)

    def _settle(self, case: Case, verdicts: list[Verdict]) -> bool:
        """Ends a rewrite whose text passes; else removes what failed. Returns whether it ended."""
        decision = case.decide(self.policy, verdicts)
        if decision.flagged and case.rounds > 0:
            case.rounds -= 1
            begun = time.perf_counter()
            failed = [verdicts[i].claim for i in decision.flagged]
            removal = remove_claims(case.text, failed)
            removal = self._mended(case, case.text, verdicts, removal)
            case.edits = compose_edits(case.answer, case.edits, removal)
            case.text = apply_edits(case.text, removal)
            case.spend("rewrite", begun)
            return False
        if not any(verdict.claim.checkable for verdict in verdicts):
            self._block(case, f"{case.decision.reason} Nothing that could be checked was left.")
        elif decision.action != "pass":
            self._block(case, decision.reason)
        else:
            case.text_verdicts = verdicts
            case.decision = replace(case.decision, edits=tuple(case.edits))
        return True

    def _mended(
        self, case: Case, text: str, verdicts: Sequence[Verdict], edits: list[Edit]
    ) -> list[Edit]:
        """Returns the edits with what they call for: nothing dangles, no sentences are glued."""
        claims = [verdict.claim for verdict in verdicts]
        made = apply_edits(text, edits)
        dangling = find_dangling(text, claims, edits, made)
        if dangling:
            edits = compose_edits(text, edits, remove_claims(made, dangling, POINTED))
            if POINTED_REASON not in case.decision.reason:
                reason = f"{case.decision.reason} {POINTED_REASON}"
                case.decision = replace(case.decision, reason=reason)
        for _ in range(SEAMS):
            made = apply_edits(text, edits)
            found = closed.split_answer(self.splitter, made, case.question)
            mended = mend_seams(text, claims, edits, made, found, read_language(self.splitter))
            if not mended:
                break
            edits = compose_edits(text, edits, mended)
        return edits

    def _block(self, case: Case, reason: str) -> None:
        case.decision = Decision("block", reason, case.decision.flagged)
        message = self.message
        if message is None:
            asked = case.question if case.asked is None else case.asked
            message = choose_message(asked, case.answer)
        case.text, case.text_verdicts = message, []

    def _versions(self) -> dict[str, str]:
        verifier = self.get_verifier()
        return {
            "groundwire": __version__,
            "verifier": read_version(verifier),
            "policy": read_name(self.policy),
            **read_origin(verifier),
        }


def _report(case: Case, versions: dict[str, str]) -> Report:
    timings = {name: round(seconds, 6) for name, seconds in case.timings.items()}
    asked = case.question if case.asked is None else case.asked
    return Report(
        asked, case.answer, tuple(case.verdicts), case.decision, case.text,
        tuple(case.text_verdicts), timings, versions,
    )  # fmt: skip


def _key(claim: Claim) -> tuple[Any, ...]:
    return claim.text, claim.kind, claim.context


def move_verdict(verdict: Verdict, claim: Claim) -> Verdict:
    """Returns the verdict of an equal claim at another place."""
    claim = replace(claim, kind=verdict.claim.kind)
    by = claim.start - verdict.claim.start
    if not by:
        return replace(verdict, claim=claim)
    findings = (replace(f, start=f.start + by, end=f.end + by) for f in verdict.findings)
    spans = (Span(s.start + by, s.end + by) for s in verdict.spans)
    return replace(verdict, claim=claim, findings=tuple(findings), spans=tuple(spans))


class Remembering:
    """A splitter that splits a text which comes again once."""

    def __init__(self, splitter: Splitter) -> None:
        """Takes the splitter that does the work."""
        self.language = read_language(splitter)
        self._splitter = splitter
        self._found: dict[tuple[str, str | None], list[Claim]] = {}

    def split(self, text: str, question: str | None = None) -> list[Claim]:
        """Returns what the splitter gives."""
        found = self._found.get((text, question))
        if found is None:
            found = list(self._splitter.split(text, question))
            for old in list(self._found)[: 1 - REMEMBERED]:
                self._found.pop(old, None)
            self._found[text, question] = found
        return list(found)
