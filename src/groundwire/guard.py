"""The guard: split, retrieve, verify, decide, rewrite; the rewritten text is checked again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from groundwire import closed
from groundwire._version import __version__
from groundwire.claims import ClaimSplitter
from groundwire.compose import compose_edits
from groundwire.edits import apply_edits, removal_edits
from groundwire.errors import InputError
from groundwire.policy import ThresholdPolicy
from groundwire.presuppose import may_presuppose, presupposes
from groundwire.protocols import Policy, Retriever, Rewriter, Splitter, Verifier
from groundwire.rewrite import ExtractiveRewriter
from groundwire.types import Claim, Decision, Edit, Evidence, Report, Span, Verdict
from groundwire.verify.premise import retrieval_query
from groundwire.wrap import wrap_reply

if TYPE_CHECKING:
    from groundwire.evidence.oneoff import EvidenceLike

BLOCKED_MESSAGE = "I could not verify an answer to this against the available sources."
ROUNDS = 3
"""Times that what fails is removed from a rewritten text before the answer is blocked."""


@dataclass(slots=True)
class _Case:
    """One answer on its way through the guard."""

    answer: str
    question: str | None
    retriever: Retriever | None
    timings: dict[str, float] = field(default_factory=dict)
    known: dict[tuple[Any, ...], Verdict] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)
    decision: Decision = field(default_factory=lambda: Decision("block"))
    text: str = ""
    text_verdicts: list[Verdict] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    rounds: int = ROUNDS

    def spend(self, stage: str, begun: float) -> None:
        """Adds the seconds since ``begun`` to a stage; a batch counts whole for each answer."""
        self.timings[stage] = self.timings.get(stage, 0.0) + time.perf_counter() - begun


class Guard:
    """Checks answers against evidence and keeps, repairs or blocks them.

    Every stage has a default and can be replaced by any object with the method of its protocol.
    A guard holds configuration only, so threads may share one. Models load at the first check.
    """

    def __init__(
        self,
        *,
        verifier: Verifier | None = None,
        retriever: Retriever | None = None,
        splitter: Splitter | None = None,
        policy: Policy | None = None,
        rewriter: Rewriter | None = None,
        blocked_message: str = BLOCKED_MESSAGE,
    ) -> None:
        """Sets the stages.

        Args:
            verifier: checks claims; by default the embedded ``NLIVerifier``.
            retriever: where evidence is looked up when a check is given none, such as an
                ``EvidenceIndex``; without it, claims of such a check are ``unchecked``.
            splitter: takes answers apart; by default ``ClaimSplitter``.
            policy: decides what may pass; by default ``ThresholdPolicy.balanced()``.
            rewriter: repairs claims; by default ``ExtractiveRewriter``.
            blocked_message: the text of a report whose answer was blocked.
        """
        stages = (
            (verifier, "verify"), (retriever, "retrieve"), (splitter, "split"),
            (policy, "decide"), (rewriter, "rewrite"),
        )  # fmt: skip
        for stage, method in stages:
            if stage is not None and not callable(getattr(stage, method, None)):
                raise InputError(
                    f"{stage!r:.60} has no method {method!r}: pass an object, such as "
                    "ThresholdPolicy.strict() for a policy"
                )
        self._verifier = verifier
        self._retriever = retriever
        self._splitter = splitter or ClaimSplitter()
        self._policy = policy or ThresholdPolicy.balanced()
        self._rewriter = rewriter or ExtractiveRewriter()
        self._message = blocked_message

    def check(
        self, answer: str, evidence: EvidenceLike = None, question: str | None = None
    ) -> Report:
        """Checks one answer.

        Args:
            answer: the text to check, of any length.
            evidence: one item or a sequence of strings, ``Document``s, ``Passage``s, LangChain
                ``Document``s, dicts (JSON records) and tables; or a retriever. None asks the
                guard's own retriever.
            question: what the reader asked.

        Returns:
            The trace; ``report.text`` is what may be shown.

        Raises:
            InputError: if the answer is empty or the evidence cannot be read.
            ModelError: if a model cannot be loaded.
        """
        return self.check_many([answer], [evidence], [question])[0]

    async def acheck(
        self, answer: str, evidence: EvidenceLike = None, question: str | None = None
    ) -> Report:
        """Checks one answer in a worker thread; the event loop stays free."""
        return await asyncio.to_thread(self.check, answer, evidence, question)

    def check_many(
        self,
        answers: Sequence[str],
        evidence: Sequence[EvidenceLike] | None = None,
        question: Sequence[str | None] | None = None,
    ) -> list[Report]:
        """Checks answers, their claims scored in shared batches.

        Args:
            answers: n texts.
            evidence: n entries as in ``check``, or None for the guard's own retriever.
            question: n questions, or None.

        Returns:
            n reports, the same as ``check`` gives for each alone.

        Raises:
            InputError: if the sequences are not aligned, an answer is empty or some evidence
                cannot be read. Nothing is checked then.
            ModelError: if a model cannot be loaded.
        """
        cases = self._cases(answers, evidence, question)
        verified = self._verify([(case, case.answer) for case in cases])
        for case, verdicts in zip(cases, verified, strict=True):
            case.verdicts = verdicts
            case.decision = closed.decide(self._policy, verdicts)
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
        return [self._report(case, versions) for case in cases]

    def wrap(
        self,
        reply: Callable[..., Any] | None = None,
        evidence: Any = None,
        *,
        cite: bool = False,
        raise_blocked: bool = False,
        on_report: Callable[[Report], None] | None = None,
    ) -> Callable[..., Any]:
        """Returns a reply function whose text has been checked; see ``wrap_reply``.

        Without a reply it returns a decorator: ``@guard.wrap(evidence=index)``.
        """
        options: dict[str, Any] = {
            "cite": cite, "raise_blocked": raise_blocked, "on_report": on_report
        }  # fmt: skip
        if reply is None:
            return lambda function: wrap_reply(self, function, evidence, **options)
        return wrap_reply(self, reply, evidence, **options)

    def _cases(
        self,
        answers: Sequence[str],
        evidence: Sequence[EvidenceLike] | None,
        question: Sequence[str | None] | None,
    ) -> list[_Case]:
        from groundwire.evidence.oneoff import one_off

        if isinstance(answers, str):
            raise InputError("answers is one string: pass a list of them, or use check")
        found = list(evidence) if evidence is not None else [None] * len(answers)
        asked = list(question) if question is not None else [None] * len(answers)
        if not len(answers) == len(found) == len(asked):
            raise InputError(
                f"{len(answers)} answers, {len(found)} entries of evidence and {len(asked)} "
                "questions: give one of each for every answer"
            )
        for number, answer in enumerate(answers):
            if not isinstance(answer, str) or not answer.strip():
                raise InputError(
                    f"answer {number} is {answer!r:.60}: give a text that is not empty"
                )
        made: dict[int, Retriever | None] = {}
        cases = []
        for answer, item, ask in zip(answers, found, asked, strict=True):
            if id(item) not in made:
                made[id(item)] = self._retriever if item is None else one_off(item)
            cases.append(_Case(answer, ask, made[id(item)]))
        return cases

    def _verify(self, texts: Sequence[tuple[_Case, str]]) -> list[list[Verdict]]:
        """Splits, retrieves and verifies; what was verified before in a case is not again."""
        split = [self._split(case, text) for case, text in texts]
        todo: list[tuple[_Case, Claim]] = []
        for (case, _), claims in zip(texts, split, strict=True):
            todo += [(case, claim) for claim in claims if _key(claim) not in case.known]
        evidence = self._retrieve(todo)
        begun = time.perf_counter()
        claims = [_judged(claim, found) for (_, claim), found in zip(todo, evidence, strict=True)]
        verdicts = closed.verify(self._get_verifier(), claims, evidence) if claims else []
        for (case, claim), verdict in zip(todo, verdicts, strict=True):
            case.known[_key(claim)] = verdict
        for case, _ in texts:
            case.spend("verify", begun)
        return [
            [_moved(case.known[_key(claim)], claim) for claim in claims]
            for (case, _), claims in zip(texts, split, strict=True)
        ]

    def _split(self, case: _Case, text: str) -> list[Claim]:
        begun = time.perf_counter()
        claims = closed.split(self._splitter, text, case.question)
        case.spend("split", begun)
        return claims

    def _retrieve(self, todo: Sequence[tuple[_Case, Claim]]) -> list[list[Evidence]]:
        """Evidence for each claim: one call, and so one batch, for each retriever."""
        found: list[list[Evidence]] = [[] for _ in todo]
        groups: dict[int, tuple[Retriever, list[int]]] = {}
        for i, (case, claim) in enumerate(todo):
            looked_up = claim.checkable or may_presuppose(claim)
            if looked_up and case.retriever is not None:
                groups.setdefault(id(case.retriever), (case.retriever, []))[1].append(i)
        for retriever, rows in groups.values():
            begun = time.perf_counter()
            results = closed.retrieve(retriever, [retrieval_query(todo[i][1]) for i in rows])
            for i, result in zip(rows, results, strict=True):
                found[i] = result
            for case in {id(todo[i][0]): todo[i][0] for i in rows}.values():
                case.spend("retrieve", begun)
        return found

    def _get_verifier(self) -> Verifier:
        from groundwire.verify.nli import default_verifier

        return self._verifier if self._verifier is not None else default_verifier()

    def _begin(self, case: _Case) -> None:
        """Shows, blocks or begins to rewrite an answer."""
        if case.decision.action == "pass":
            case.text, case.text_verdicts = case.answer, case.verdicts
        elif case.decision.action == "block":
            self._block(case, case.decision.reason)
        else:
            begun = time.perf_counter()
            flagged = [case.verdicts[i] for i in case.decision.flagged]
            case.edits = closed.rewrite(self._rewriter, case.answer, flagged)
            case.text = apply_edits(case.answer, case.edits)
            case.spend("rewrite", begun)

    def _settle(self, case: _Case, verdicts: list[Verdict]) -> bool:
        """Ends a rewrite whose text passes; else removes what failed. Returns whether it ended."""
        decision = closed.decide(self._policy, verdicts)
        if decision.flagged and case.rounds > 0:
            case.rounds -= 1
            begun = time.perf_counter()
            failed = [verdicts[i].claim for i in decision.flagged]
            removal = removal_edits(case.text, failed)
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

    def _block(self, case: _Case, reason: str) -> None:
        case.decision = Decision("block", reason, case.decision.flagged)
        case.text, case.text_verdicts = self._message, []

    def _versions(self) -> dict[str, str]:
        verifier = self._get_verifier()
        return {
            "groundwire": __version__,
            "verifier": str(getattr(verifier, "version", type(verifier).__name__)),
            "policy": str(getattr(self._policy, "name", type(self._policy).__name__)),
        }

    def _report(self, case: _Case, versions: dict[str, str]) -> Report:
        timings = {name: round(seconds, 6) for name, seconds in case.timings.items()}
        return Report(
            case.question, case.answer, tuple(case.verdicts), case.decision, case.text,
            tuple(case.text_verdicts), timings, versions,
        )  # fmt: skip


def _key(claim: Claim) -> tuple[Any, ...]:
    return claim.text, claim.kind, claim.context


def _judged(claim: Claim, evidence: Sequence[Evidence]) -> Claim:
    """Returns the span as it is judged: as a claim if it tells what the evidence does not say."""
    if may_presuppose(claim) and presupposes(claim, evidence):
        return replace(claim, kind="claim")
    return claim


def _moved(verdict: Verdict, claim: Claim) -> Verdict:
    """Returns the verdict of an equal claim at another place."""
    claim = replace(claim, kind=verdict.claim.kind)
    by = claim.start - verdict.claim.start
    if not by:
        return replace(verdict, claim=claim)
    findings = (replace(f, start=f.start + by, end=f.end + by) for f in verdict.findings)
    spans = (Span(s.start + by, s.end + by) for s in verdict.spans)
    return replace(verdict, claim=claim, findings=tuple(findings), spans=tuple(spans))
