"""Utterances of a model: one stretch of text each, checked whole or while it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from groundwire.errors import BlockedError
from groundwire.guard.fields import parse_json
from groundwire.guard.forms.copies import CopyFinder
from groundwire.guard.stream import OpenAnswer
from groundwire.guard.stream_state import Release, StreamEvent
from groundwire.guard.structured import check_fields
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.guard.guard import Guard

_FENCE = re.compile(r"\A\s*`{3,}[^\n`]*\n(.*?)(?:\n\s*`{3,}\s*)?\Z", re.DOTALL)
"""Text in a fence, which an answer that breaks off does not close."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an utterance.

    Attributes:
        text: what is said in its place.
        blocked: whether nothing of it could be shown, or it was broken off.
        report: of a blocked one.
    """

    text: str
    blocked: bool = False
    report: Report | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the utterances of one reply are checked with.

    Attributes:
        guard: checks them.
        evidence: as ``Guard.check`` takes it.
        question: what the reader asked.
        history: the conversation before it.
        release: as in ``Guard.stream``.
        deadline: as in ``Guard.stream``.
        raise_blocked: raise instead of saying the guard's message.
        on_report: called with each report.
        structured: the model was asked for JSON: the values in it are checked one by one.
    """

    guard: Guard
    evidence: Any = None
    question: str | None = None
    history: Any = None
    release: Release = "claim"
    deadline: float | None = None
    raise_blocked: bool = False
    on_report: Callable[[Report], object] | None = None
    structured: bool = False

    def check(self, text: str, goes_on: bool = False) -> Outcome:
        """Checks a whole utterance; one without words stays.

        Args:
            text: what the model wrote.
            goes_on: the turn goes on, or may: where this cannot be shown, nothing is said in
                its place.

        Raises:
            BlockedError: if ``raise_blocked``; and where a value of structured output does not
                hold, for a program would read on with it.
        """
        if not text.strip():
            return Outcome(text)
        inner = text
        if self.structured:
            # In a fence it would be code, of which no claims are made.
            inner = _FENCE.sub(r"\1", text)
            if (data := parse_json(inner)) is not None:
                checked = self.check_fields(data)
                return Outcome(text if checked == data else json.dumps(checked, ensure_ascii=False))
        report = self.guard.check(inner, self.evidence, self.question, self.history)
        self.tell(report)
        if report.decision.action != "block":
            return Outcome(report.text)
        return Outcome(self.refuse(report, goes_on), True, report)

    def check_fields(self, data: Any) -> Any:
        """Returns JSON values with the sentences among them checked.

        Raises:
            BlockedError: if a value does not hold.
        """
        given = (self.evidence, self.question, self.history)
        return check_fields(
            data,
            lambda texts: self.guard.check_many(texts, *([item] * len(texts) for item in given)),
            self.tell,
        )

    def open(self) -> Utterance:
        """Returns an utterance of which nothing was told."""
        return Utterance(self)

    def tell(self, report: Report) -> Report:
        """Hands a report to who asked for it."""
        if self.on_report is not None and report.answer.strip():
            self.on_report(report)
        return report

    def refuse(self, report: Report, goes_on: bool) -> str:
        """Returns what is said in place of a blocked utterance.

        Raises:
            BlockedError: if ``raise_blocked``.
        """
        if goes_on:
            return ""
        if self.raise_blocked:
            raise BlockedError(report)
        return report.text


@dataclass(slots=True)
class Utterance:
    """One utterance that is told piece by piece.

    Attributes:
        setting: how it is checked.
        written: what the model has written of it.
        shown: what may be shown, so far.
        blocked: whether nothing of it could be shown, or it was broken off.
        ended: whether it is whole.
        copies: finds what repeats it.
    """

    setting: Setting
    written: str = ""
    shown: str = ""
    blocked: bool = False
    ended: bool = False
    copies: CopyFinder = field(default_factory=CopyFinder, repr=False)
    _message: str = ""
    _report: Report | None = None
    _answer: OpenAnswer | None = field(default=None, repr=False)

    @property
    def changed(self) -> bool:
        """Whether what was shown is not what the model wrote."""
        return self.shown != self.written

    def feed(self, piece: str) -> str:
        """Takes what the model wrote and returns what may be shown now."""
        self.copies.hear(piece)
        if self.ended:
            return ""
        self.written += piece
        # Of JSON nothing can be shown before the whole was read.
        if self.setting.structured or not piece or (self._answer and self._answer.over):
            return ""
        if self._answer is None:
            said = self.setting
            self._answer = said.guard.open_answer(
                said.evidence, said.question, said.history,
                release=said.release, deadline=said.deadline,
            )  # fmt: skip
        return self._take(self._answer.feed(piece))

    def end(self, goes_on: bool = False) -> str:
        """Returns the rest of what may be shown; ``goes_on`` as in ``Setting.check``.

        Raises:
            BlockedError: as ``Setting.check``.
        """
        if self.ended:
            return ""
        try:
            rest = self._rest(goes_on)
        finally:
            self.close()
        return rest

    def _rest(self, goes_on: bool) -> str:
        if self.setting.structured:
            outcome = self.setting.check(self.written, goes_on)
            self.blocked, self.shown = outcome.blocked, outcome.text
            self._report = outcome.report
            return outcome.text
        if self._answer is None:
            return ""
        rest = "" if self._answer.over else self._take(self._answer.end())
        if self._report is not None:
            self.setting.tell(self._report)
            if self.blocked and self.setting.refuse(self._report, goes_on):
                rest += self._message
                self.shown += self._message
        return rest

    def refuse(self) -> str:
        """Returns the message of a blocked utterance that ``end`` left out: the turn is over.

        Raises:
            BlockedError: as ``Setting.check``.
        """
        if not self.blocked or self._report is None:
            return ""
        text = self.setting.refuse(self._report, goes_on=False)
        message = self._message.lstrip() or text
        self.shown += message
        return message

    def close(self) -> None:
        """Ends the check; what was not shown will not be."""
        self.ended = True
        if self._answer is not None:
            self._answer.close()

    def _take(self, events: list[StreamEvent]) -> str:
        fresh = ""
        for event in events:
            if event.kind == "released":
                fresh += event.text
            elif event.kind == "blocked":
                self.blocked, self._message = True, event.text
            if event.report is not None:
                self._report = event.report
        self.shown += fresh
        return fresh
