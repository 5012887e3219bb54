"""Check of one answer, on values and on chunks: what every part of this package does."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, TypeAlias, get_args

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import Guard
from groundwire.guard.stream_state import RELEASES, Release
from groundwire.guard.structured import has_failed
from groundwire.reports.masking import mask
from groundwire.types import Decision, Report, Verdict
from groundwire_langchain.messages import attach_report, has_tool_calls, read_text, silence_answer
from groundwire_langchain.streaming import Talk, aiterate_texts, aprepend_text, prepend_text

logger = logging.getLogger(__name__)

NO_EVIDENCE = (
    "no retriever or tool ran in this run, or none returned anything; pass evidence= (a "
    "retriever, a function or a list of texts), since plain functions, "
    "vectorstore.similarity_search and context inside a prompt are not seen"
)
"""Why claims are unchecked where there was nothing to check them against."""

OnFail: TypeAlias = Literal["rewrite", "block", "raise", "annotate", "retry"]
FAILS: tuple[OnFail, ...] = get_args(OnFail)

Found: TypeAlias = tuple[Any, str | None, Any]
"""Evidence, question, and the conversation before it, as ``Guard.check`` takes them."""

Find: TypeAlias = Callable[[Any], Found]
"""What is found for a value: what is known of the answer's dict, or None."""


def write_feedback(report: Report) -> str:
    """Returns what a model is told about an answer, so that it writes a better one."""
    lines = [f"- {verdict.claim.text} ({verdict.label})" for verdict in report.flagged]
    return (
        "Your answer states things that the sources do not support:\n"
        + "\n".join(lines or [f"- {report.decision.reason}"])
        + "\nWrite the whole answer again. State only what the sources say, and say so where "
        "they do not tell."
    )


@cache
def warn_once(message: str) -> None:
    """Logs a warning, once in a process."""
    logger.warning("answers are not checked: %s", message)


def _because(verdicts: tuple[Verdict, ...]) -> tuple[Verdict, ...]:
    return tuple(
        replace(v, reason=f"{v.reason}: {NO_EVIDENCE}" if v.reason else NO_EVIDENCE)
        if v.label == "unchecked"
        else v
        for v in verdicts
    )


@dataclass(frozen=True, slots=True)
class Step:
    """How answers are checked, and what is done with those that do not hold.

    Attributes:
        guard: checks them.
        on_fail: ``"rewrite"`` shows the guard's repaired text, ``"block"`` its message,
            ``"raise"`` raises, ``"annotate"`` shows the answer as it is, with its report.
        key: of the answer in dicts; None finds it.
        citing: put citations into what is shown.
        release: of streams; only ``"rewrite"`` can show claims one by one.
        deadline: seconds for the check of what is complete of a stream.
        full_report: let the report that travels with the answer keep the words that were not
            let through; otherwise they are masked.
        on_report: called with each report, unmasked.
        reasoning: let the model's reasoning through, unchecked.
    """

    guard: Guard
    on_fail: OnFail = "rewrite"
    key: str | None = None
    citing: bool = False
    release: Release = "claim"
    deadline: float | None = None
    full_report: bool = False
    on_report: Callable[[Report], object] | None = None
    reasoning: bool = False

    def __post_init__(self) -> None:
        if self.on_fail not in FAILS:
            raise InputError(f"on_fail is {self.on_fail!r}: use one of {', '.join(FAILS)}")
        if self.release not in RELEASES:
            raise InputError(f"release is {self.release!r}: use one of {', '.join(RELEASES)}")

    def explained(self, report: Report, evidence: Any, calls: bool = False) -> Report:
        """Returns the report with what is to be done where there was no evidence at all.

        Args:
            report: of the answer.
            evidence: what it was checked against.
            calls: the answer calls tools, so that evidence may still come.
        """
        empty = isinstance(evidence, str | list | tuple) and not evidence
        if not empty and (evidence is not None or self.guard.retriever is not None):
            return report
        if not any(verdict.label == "unchecked" for verdict in report.verdicts):
            return report
        if not calls:
            warn_once(NO_EVIDENCE)
        return replace(
            report, verdicts=_because(report.verdicts), text_verdicts=_because(report.text_verdicts)
        )

    def settle(self, report: Report) -> Report:
        """Returns the report with what is shown as its text.

        Raises:
            BlockedError: if the answer does not hold and ``on_fail`` is ``"raise"``.
        """
        if self.on_report is not None and report.verdicts:
            self.on_report(report)
        if not has_failed(report) or self.on_fail in ("rewrite", "retry"):
            return report
        if self.on_fail == "raise":
            raise BlockedError(report)
        if self.on_fail == "annotate":
            return replace(report, text=report.answer, text_verdicts=report.verdicts)
        decision = Decision("block", report.decision.reason, report.decision.flagged)
        message = self.guard.choose_blocked_message(report.question, report.answer)
        return replace(report, text=message, text_verdicts=(), decision=decision)

    def carried(self, report: Report) -> Report:
        """The report as it travels with the answer."""
        return report if self.full_report or self.on_fail == "annotate" else mask(report)

    def check(self, value: Any, evidence: Any, question: str | None, history: Any = None) -> Any:
        """Returns the value with its answer checked; one without words says nothing still.

        Raises:
            BlockedError: as ``settle``.
        """
        text = read_text(value, self.key)
        if not text.strip():
            return self.quiet(value)
        report = self.guard.check(text, evidence, question, history)
        return self.apply(value, self._told(value, report, evidence))

    def quiet(self, value: Any) -> Any:
        """Returns a value whose answer has no words, without its reasoning."""
        return silence_answer(value, self.reasoning)

    async def acheck(
        self, value: Any, evidence: Any, question: str | None, history: Any = None
    ) -> Any:
        """The async form of ``check``; the check runs in a thread."""
        return await asyncio.to_thread(self.check, value, evidence, question, history)

    def check_many(self, values: list[Any], given: list[Found]) -> list[Any]:
        """Checks values in shared batches; an error of one takes the place of its result.

        Args:
            values: n values.
            given: n times what was found for them.
        """
        out: list[Any] = []
        rows = []
        for i, value in enumerate(values):
            try:
                text = read_text(value, self.key)
            except InputError as error:
                out.append(error)
                continue
            out.append(self.quiet(value))
            if text.strip():
                rows.append((i, text))
        reports: list[Any]
        try:
            texts = [text for _, text in rows]
            columns = ([given[i][n] for i, _ in rows] for n in range(3))
            reports = list(self.guard.check_many(texts, *columns))
        except InputError:
            reports = [self._alone(text, given[i]) for i, text in rows]
        for (i, _), report in zip(rows, reports, strict=True):
            try:
                failed_ = isinstance(report, InputError)
                out[i] = (
                    report
                    if failed_
                    else self.apply(values[i], self._told(values[i], report, given[i][0]))
                )
            except BlockedError as error:
                out[i] = error
        return out

    def _told(self, value: Any, report: Report, evidence: Any) -> Report:
        return self.explained(report, evidence, has_tool_calls(value))

    def _alone(self, text: str, found: Found) -> Report | InputError:
        try:
            return self.guard.check(text, *found)
        except InputError as error:
            return error

    def apply(self, value: Any, report: Report) -> Any:
        """Returns the value with what a report lets it say.

        A message that calls tools and of whose words nothing holds says nothing.
        """
        settled = self.settle(report)
        if settled.decision.action == "block" and has_tool_calls(value):
            settled = replace(settled, text="")
        return attach_report(
            value, settled.text, self.carried(settled), self.key, self.citing, self.reasoning
        )

    def speak(self, chunks: Iterable[Any], find: Find) -> Iterator[Any]:
        """Yields chunks of the same kind that say what holds.

        Raises:
            BlockedError: as ``settle``, before anything was shown.
        """
        talk = Talk(self, find)
        source = talk.read(iter(chunks))
        head = next(source, None)
        if head is None:
            yield from talk.whole()
            return
        found = talk.found()
        if talk.is_waiting(found):
            source = iter(list(source))
            found = talk.found()
        yield from talk.aside()
        events = self.guard.stream_events(
            prepend_text(head, source), *found, release=talk.release, deadline=self.deadline
        )
        for event in events:
            yield from talk.aside()
            yield from talk.said(event)
        yield from talk.aside()

    async def aspeak(self, chunks: AsyncIterable[Any], find: Find) -> AsyncIterator[Any]:
        """The async form of ``speak``."""
        talk = Talk(self, find)
        source = talk.aread(chunks)
        head = await anext(source, None)
        if head is None:
            for part in await asyncio.to_thread(talk.whole):
                yield part
            return
        found = await asyncio.to_thread(talk.found)
        if talk.is_waiting(found):
            source = aiterate_texts([text async for text in source])
            found = await asyncio.to_thread(talk.found)
        for part in talk.aside():
            yield part
        events = self.guard.astream_events(
            aprepend_text(head, source), *found, release=talk.release, deadline=self.deadline
        )
        async for event in events:
            for part in (*talk.aside(), *talk.said(event)):
                yield part
        for part in talk.aside():
            yield part
