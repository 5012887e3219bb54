"""State of one streamed answer, and what of it may be shown: no threads, no clock."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from groundwire.claims.incremental import (
    AHEAD,
    find_settled_end,
    find_shown_end,
    has_touching_claims,
)
from groundwire.errors import InputError
from groundwire.guard.arguments import check_token
from groundwire.guard.pipeline import Case, Known, Pipeline, Remembering
from groundwire.protocols import Retriever, read_language, read_version
from groundwire.repair.edits import apply_edits
from groundwire.types import Claim, Decision, Evidence, Report, Verdict

if TYPE_CHECKING:
    from groundwire.evidence.adhoc import EvidenceLike

logger = logging.getLogger(__name__)

EventKind: TypeAlias = Literal["held", "released", "repaired", "removed", "blocked", "done"]
Release: TypeAlias = Literal["claim", "answer"]
LOOKS = 50
"""A long answer is looked at each time this part more of it was written, such as 1/50.

Each look reads all that was written: so the time they take grows with its length, not its square.
"""
RELEASES: tuple[Release, ...] = ("claim", "answer")


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """What happened to a part of a streamed answer.

    Attributes:
        kind: ``"held"``: a part of the answer is complete and is being checked. ``"released"``:
            ``text`` may be shown, it goes on where the last one ended. ``"repaired"`` and
            ``"removed"``: a claim may not be shown as it is. ``"blocked"``: nothing more may be
            shown, ``text`` is said instead. ``"done"``: the last event.
        text: of ``released`` and ``blocked``, what to show; of ``held``, what the model wrote.
        verdicts: of what is shown, or of the claim that was repaired or removed.
        report: of the whole answer; in the last event only.
    """

    kind: EventKind
    text: str = ""
    verdicts: tuple[Verdict, ...] = ()
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What was found out about the first ``upto`` characters of an answer."""

    upto: int
    report: Report
    known: Known
    last: bool


@dataclass(slots=True)
class Flow:
    """The state of one streamed answer.

    ``feed`` takes what the model writes; ``due`` says up to where it can be checked now;
    ``check`` does that, in any thread; ``take`` says what may be shown then. The caller runs one
    ``check`` at a time.

    Attributes:
        pipeline: of the guard.
        evidence: as ``Guard.check`` takes it.
        retriever: used where there is no evidence.
        question: what the reader asked, completed by the conversation so far.
        asked: what the reader asked, where that is another text.
        release: ``"claim"`` shows each claim once it has been checked, ``"answer"`` shows
            nothing before the whole answer has been.
    """

    pipeline: Pipeline
    evidence: EvidenceLike
    retriever: Retriever | None
    question: str | None
    release: Release = "claim"
    asked: str | None = None
    shown: str = ""
    over: bool = False
    _answer: str = ""
    _looked: int = 0
    _checked: int = 0
    _told: int = 0
    _before: int = 0
    _known: Known = field(default_factory=dict)
    _made: bool = False
    _making: float = 0.0

    def __post_init__(self) -> None:
        self.pipeline = replace(self.pipeline, splitter=Remembering(self.pipeline.splitter))
        if self.release not in RELEASES:
            raise InputError(f"release is {self.release!r}: use one of {', '.join(RELEASES)}")

    @property
    def waiting(self) -> int:
        """Characters that were written and have not been checked."""
        return len(self._answer) - self._checked

    def feed(self, piece: str) -> None:
        """Takes the next piece of the answer.

        Raises:
            InputError: if it is no text.
        """
        check_token(piece)
        self._answer += piece

    def due(self) -> int:
        """Returns up to which offset the answer can be checked now; 0 if no claim is complete."""
        fresh = self._answer[self._looked :]
        # The end of a line may settle what it ends; within a line, a few characters settle nothing.
        least = 1 if "\n" in fresh else AHEAD // 2
        least = max(least, len(self._answer) // LOOKS)
        if self.release == "answer" or self.over or len(fresh) < least:
            return 0
        self._looked = len(self._answer)
        upto = find_settled_end(self._answer, self._language())
        if upto <= self._checked or not self._splits_there(upto):
            return 0
        return upto

    def held(self, upto: int) -> StreamEvent:
        """The event of a part that goes to the check."""
        return StreamEvent("held", self._answer[self._checked : upto])

    def check(self, upto: int | None = None) -> Step:
        """Checks the first ``upto`` characters, or the whole answer at its end.

        Raises:
            InputError: if the evidence cannot be read.
            ModelError: if a model cannot be loaded.
        """
        if not self._made:
            from groundwire.evidence.adhoc import make_retriever

            begun = time.perf_counter()
            if self.evidence is not None:
                self.retriever = make_retriever(self.evidence)
            self._made = True
            self._making = time.perf_counter() - begun
        return self._run(self.pipeline, self.retriever, upto)

    def give_up(self, upto: int | None, seconds: float) -> Step:
        """Does what ``check`` does with every claim that has no verdict yet left unchecked."""
        return self._run(replace(self.pipeline, verifier=_Late(self.pipeline, seconds)), None, upto)

    def take(self, step: Step) -> Iterator[StreamEvent]:
        """Takes the result of a check and yields what follows from it."""
        self._known.update(step.known)
        self._before = self._checked
        self._checked = max(self._checked, step.upto)
        self.over = self.over or step.last
        yield from self._told_of(step.report)
        if step.report.decision.action == "block":
            if self.shown and not step.last:
                self.over = True
            if self.over:
                text = step.report.text
                yield StreamEvent("blocked", f"\n\n{text}" if self.shown else text)
        else:
            yield from self._released(step)
        if self.over:
            yield StreamEvent("done", report=step.report)

    def preview(self, step: Step) -> str:
        """Returns all that would be shown if the answer ended where the step did.

        It is not taken: the answer may go on. Its verdicts are kept.
        """
        self._known.update(step.known)
        text = step.report.text
        if step.report.decision.action != "block":
            if text.startswith(self.shown):
                return text
            text = self._rest(step.report, self._checked).lstrip()
        return f"{self.shown}\n\n{text}" if self.shown and text else self.shown or text

    def _run(self, pipeline: Pipeline, retriever: Retriever | None, upto: int | None) -> Step:
        answer = self._answer if upto is None else self._answer[:upto]
        if not answer.strip():
            decision = Decision("pass", "There was nothing to check.")
            asked = self.question if self.asked is None else self.asked
            return Step(len(answer), Report(asked, answer, (), decision, answer), {}, True)
        case = Case(answer, self.question, retriever, self.asked, known=dict(self._known))
        case.timings["evidence"] = self._making
        report = pipeline.run([case])[0]
        return Step(len(answer), report, case.known, upto is None)

    def _language(self) -> str:
        return read_language(self.pipeline.splitter)

    def _splits_there(self, upto: int) -> bool:
        """Whether the guard's own splitter ends a claim there, now and with what follows."""
        splitter, question = self.pipeline.splitter, self.question
        try:
            whole = [c for c in splitter.split(self._answer, question) if c.start < upto]
            part = splitter.split(self._answer[:upto], question)
            alone = splitter.split(self._answer[:upto], None) if question else part
        except Exception:
            return False
        # A heading is a claim only as long as nothing follows it: what follows is waited for.
        if any(a.kind == "heading" != c.kind for a, c in zip(alone, part, strict=False)):
            return False
        same = [(c.start, c.end) for c in whole] == [(c.start, c.end) for c in part]
        return same and not has_touching_claims(self._answer, part)

    def _told_of(self, report: Report) -> Iterator[StreamEvent]:
        """Events of the claims that the policy did not let pass and that were not told of yet."""
        for verdict in report.flagged:
            claim = verdict.claim
            if claim.end <= self._told:
                continue
            put = any(
                edit.text.strip() and edit.start < claim.end and claim.start < edit.end
                for edit in report.decision.edits
            )
            yield StreamEvent("repaired" if put else "removed", verdicts=(verdict,))
        if report.verdicts:
            self._told = max(self._told, report.verdicts[-1].claim.end)

    def _released(self, step: Step) -> Iterator[StreamEvent]:
        text = step.report.text
        if not step.last:
            text = text[: find_shown_end(text, self._language())]
            shown = [v for v in step.report.text_verdicts if v.claim.end <= len(text)]
            # Small talk alone is not shown: with nothing else left, the answer would be blocked.
            if not any(verdict.claim.checkable for verdict in shown):
                return
        if not text.startswith(self.shown):
            if not step.last:
                return
            logger.warning("a whole answer was repaired otherwise than its beginning was")
            rest = self._rest(step.report, self._before).lstrip()
            if rest:
                yield StreamEvent("released", f"\n\n{rest}", step.report.text_verdicts)
            return
        if len(text) > len(self.shown):
            begun = len(self.shown)
            fresh = [v for v in step.report.text_verdicts if begun < v.claim.end <= len(text)]
            self.shown = text
            yield StreamEvent("released", text[begun:], tuple(fresh))

    def _rest(self, report: Report, before: int) -> str:
        """The end of a repaired answer: what became of the part that was not checked before."""
        edits = [edit for edit in report.decision.edits if edit.start < before]
        done = max([before, *(edit.end for edit in edits)])
        return report.text[len(apply_edits(report.answer[:done], edits)) :]


@dataclass(frozen=True, slots=True)
class _Late:
    """The verifier of what took too long: it leaves claims unchecked."""

    pipeline: Pipeline
    seconds: float

    @property
    def version(self) -> str:
        verifier = self.pipeline.verifier
        return read_version(verifier)

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Returns ``unchecked`` for every claim."""
        reason = f"it could not be checked in time ({self.seconds:g} s)"
        return [
            Verdict(claim, "unchecked", reason=reason)
            if claim.checkable
            else Verdict(claim, "no_claim", reason=claim.kind)
            for claim in claims
        ]
