"""One check of one answer, on values and on chunks: what every part of this package does."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

from groundwire.errors import BlockedError, InputError
from groundwire.flow import RELEASES, Release, StreamEvent
from groundwire.guard import Guard
from groundwire.mask import mask
from groundwire.types import Decision, Report
from groundwire_langchain.carriers import (
    METADATA,
    answer_key,
    last_chunk,
    said_chunk,
    silent_part,
    text_of,
    with_report,
)

OnFail: TypeAlias = Literal["rewrite", "block", "raise", "annotate", "retry"]
FAILS: tuple[OnFail, ...] = get_args(OnFail)

Find: TypeAlias = Callable[[Any], tuple[Any, str | None]]
"""Evidence and question for a value: what is known of the answer's dict, or None."""


def failed(report: Report) -> bool:
    """Whether the policy did not let the answer pass as it was."""
    return report.decision.action != "pass" or bool(report.decision.flagged)


def feedback(report: Report) -> str:
    """Returns what a model is told about an answer, so that it writes a better one."""
    lines = [f"- {verdict.claim.text} ({verdict.label})" for verdict in report.flagged]
    return (
        "Your answer states things that the sources do not support:\n"
        + "\n".join(lines or [f"- {report.decision.reason}"])
        + "\nWrite the whole answer again. State only what the sources say, and say so where "
        "they do not tell."
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
    """

    guard: Guard
    on_fail: OnFail = "rewrite"
    key: str | None = None
    citing: bool = False
    release: Release = "claim"
    deadline: float | None = None
    full_report: bool = False
    on_report: Callable[[Report], object] | None = None

    def __post_init__(self) -> None:
        if self.on_fail not in FAILS:
            raise InputError(f"on_fail is {self.on_fail!r}: use one of {', '.join(FAILS)}")
        if self.release not in RELEASES:
            raise InputError(f"release is {self.release!r}: use one of {', '.join(RELEASES)}")

    def settle(self, report: Report) -> Report:
        """Returns the report with what is shown as its text.

        Raises:
            BlockedError: if the answer does not hold and ``on_fail`` is ``"raise"``.
        """
        if self.on_report is not None and report.verdicts:
            self.on_report(report)
        if not failed(report) or self.on_fail in ("rewrite", "retry"):
            return report
        if self.on_fail == "raise":
            raise BlockedError(report)
        if self.on_fail == "annotate":
            return replace(report, text=report.answer, text_verdicts=report.verdicts)
        decision = Decision("block", report.decision.reason, report.decision.flagged)
        message = self.guard.blocked_message
        return replace(report, text=message, text_verdicts=(), decision=decision)

    def carried(self, report: Report) -> Report:
        """The report as it travels with the answer."""
        return report if self.full_report or self.on_fail == "annotate" else mask(report)

    def check(self, value: Any, evidence: Any, question: str | None) -> Any:
        """Returns the value with its answer checked; one without words comes back as it is.

        Raises:
            BlockedError: as ``settle``.
        """
        text = text_of(value, self.key)
        if not text.strip():
            return value
        return self.apply(value, self.guard.check(text, evidence, question))

    async def acheck(self, value: Any, evidence: Any, question: str | None) -> Any:
        """The async form of ``check``; the check runs in a thread."""
        return await asyncio.to_thread(self.check, value, evidence, question)

    def check_many(self, values: list[Any], evidence: list[Any], asked: list[str | None]) -> Any:
        """Checks values in shared batches; an error of one takes the place of its result."""
        rows = [i for i, value in enumerate(values) if text_of(value, self.key).strip()]
        reports = self.guard.check_many(
            [text_of(values[i], self.key) for i in rows],
            [evidence[i] for i in rows],
            [asked[i] for i in rows],
        )
        out = list(values)
        for i, report in zip(rows, reports, strict=True):
            try:
                out[i] = self.apply(values[i], report)
            except BlockedError as error:
                out[i] = error
        return out

    def apply(self, value: Any, report: Report) -> Any:
        """Returns the value with what a report lets it say."""
        settled = self.settle(report)
        return with_report(value, settled.text, self.carried(settled), self.key, self.citing)

    def speak(self, chunks: Iterable[Any], find: Find) -> Iterator[Any]:
        """Yields chunks of the same kind that say what holds.

        Raises:
            BlockedError: as ``settle``, before anything was shown.
        """
        talk = _Talk(self, find)
        source = talk.read(iter(chunks))
        head = next(source, None)
        yield from talk.aside()
        if head is None:
            return
        events = self.guard.stream_events(
            _after(head, source), *talk.found(), release=talk.release, deadline=self.deadline
        )
        for event in events:
            yield from talk.aside()
            yield from talk.said(event)

    async def aspeak(self, chunks: AsyncIterable[Any], find: Find) -> AsyncIterator[Any]:
        """The async form of ``speak``."""
        talk = _Talk(self, find)
        source = talk.aread(chunks)
        head = await anext(source, None)
        for part in talk.aside():
            yield part
        if head is None:
            return
        evidence, question = await asyncio.to_thread(talk.found)
        events = self.guard.astream_events(
            _aafter(head, source), evidence, question, release=talk.release, deadline=self.deadline
        )
        async for event in events:
            for part in (*talk.aside(), *talk.said(event)):
                yield part


class _Talk:
    """One stream of chunks on its way through a step."""

    def __init__(self, step: Step, find: Find) -> None:
        self.step = step
        self.find = find
        self.first: Any = None
        self.key: str | None = None
        self.known: dict[str, Any] = {}
        self.waiting: list[Any] = []
        self.raw = step.on_fail == "annotate"
        self.release: Release = step.release if step.on_fail == "rewrite" else "answer"

    def found(self) -> tuple[Any, str | None]:
        return self.find(self.known or None)

    def read(self, chunks: Iterator[Any]) -> Iterator[str]:
        for chunk in chunks:
            if text := self.take(chunk):
                yield text

    async def aread(self, chunks: AsyncIterable[Any]) -> AsyncIterator[str]:
        async for chunk in chunks:
            if text := self.take(chunk):
                yield text

    def take(self, chunk: Any) -> str:
        """Returns the words of a chunk, and keeps the rest of it for ``aside``."""
        if isinstance(chunk, Mapping):
            return self.take_dict(chunk)
        if self.raw:
            self.waiting.append(chunk)
        elif (part := silent_part(chunk)) is not None:
            self.waiting.append(part if self.key is None else {self.key: part})
        text = text_of(chunk)
        if text and self.first is None:
            self.first = chunk
        return text

    def take_dict(self, chunk: Mapping[str, Any]) -> str:
        try:
            key = answer_key(chunk, self.step.key)
        except InputError:
            key = None
        rest = {name: value for name, value in chunk.items() if name != key}
        self.known.update(rest)
        if rest:
            self.waiting.append(rest)
        if key is None:
            return ""
        self.key = key
        if self.raw:
            self.waiting.append({key: chunk[key]})
            self.first = self.first or chunk[key]
            return text_of(chunk[key])
        return self.take(chunk[key])

    def aside(self) -> list[Any]:
        """What was waiting beside the words."""
        parts, self.waiting = self.waiting, []
        return parts

    def said(self, event: StreamEvent) -> Iterator[Any]:
        step = self.step
        if event.report is not None:
            report = event.report
            if step.on_fail not in ("rewrite", "retry"):
                report = step.settle(report)
                if not self.raw and report.text:
                    yield self.made(said_chunk(self.first, report.text))
            else:
                step.settle(report)
            if not report.answer.strip():
                return
            carried = step.carried(report)
            if self.key is not None:
                yield {METADATA: carried.to_dict()}
            elif (end := last_chunk(self.first, carried)) is not None:
                yield end
        elif event.text and event.kind != "held" and step.on_fail in ("rewrite", "retry"):
            yield self.made(said_chunk(self.first, event.text))

    def made(self, chunk: Any) -> Any:
        return chunk if self.key is None else {self.key: chunk}


def _after(head: str, rest: Iterator[str]) -> Iterator[str]:
    yield head
    yield from rest


async def _aafter(head: str, rest: AsyncIterator[str]) -> AsyncIterator[str]:
    yield head
    async for text in rest:
        yield text
