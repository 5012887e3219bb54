"""Monitor behind both callback handlers: collect, check in the background, count."""

from __future__ import annotations

import atexit
import logging
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Never, Protocol, Self, TextIO
from uuid import UUID
from weakref import WeakSet

from langchain_core.runnables.config import var_child_runnable_config

from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.reports.scores import KEY, compute_faithfulness, write_comment
from groundwire.types import Report
from groundwire_langchain.background import Serial, Worker
from groundwire_langchain.evidence import read_tool_evidence
from groundwire_langchain.options import make_guard, refuse_unknown
from groundwire_langchain.runs import OpenRuns, find_answer

logger = logging.getLogger(__name__)

MAX_OPEN = 10_000
"""Root runs that are followed at a time; one that never ends is forgotten at last."""


class FeedbackClient(Protocol):
    """A ``langsmith.Client``, as far as it is used here."""

    def create_feedback(self, run_id: Any, key: str, **kwargs: Any) -> Any:
        """Stores feedback on a run."""
        ...


class Monitor:
    """Collects what runs retrieve and answer, and checks the answers off the hot path.

    Nothing that it does changes, delays or fails a run.

    Attributes:
        checked: answers that have a report.
        flagged: reports of which the policy would not let every claim pass.
        without_evidence: reports of runs in which no evidence was found (their claims are
            ``unchecked``, unless the guard has a retriever of its own).
        no_answer: runs that ended without a text to check, such as with a call of a tool.
        dropped: answers that were not checked: too many waited, or the handler was closed.
        errors: checks, writes, ``on_report`` calls, feedback and readings of runs that failed;
            each is logged.
    """

    def __init__(
        self,
        guard: Guard | None = None,
        *,
        reports: str | os.PathLike[str] | TextIO | None = None,
        on_report: Callable[[Report, UUID], None] | None = None,
        client: FeedbackClient | None = None,
        sample: float = 1.0,
        answer_key: str | None = None,
        max_pending: int = 256,
        **unknown: Never,
    ) -> None:
        """Sets what is checked and where the reports go.

        Args:
            guard: checks the answers; by default ``Guard()``.
            reports: a path that reports are appended to, or an open text file; one JSON line
                for each report.
            on_report: called in the worker thread with each report and the id of its root run.
            client: a ``langsmith.Client``; each report becomes feedback on its root run, with
                the key ``groundwire_faithfulness``. Its score is the share of checkable claims
                that are supported, and is left out where nothing could be checked.
            sample: share of the root runs that are checked, chosen by their ids.
            answer_key: key of the answer, where runs put out dicts of another shape.
            max_pending: answers that may wait or be checked at a time.
            **unknown: refused.

        Raises:
            InputError: if an option is unknown, ``sample`` is no share, ``max_pending`` is below
                1, or the file of the reports cannot be written.
        """
        options = (
            "guard", "reports", "on_report", "client", "sample", "answer_key", "max_pending",
        )  # fmt: skip
        refuse_unknown(type(self).__name__, unknown, options)
        number = isinstance(sample, int | float) and not isinstance(sample, bool)
        if not number or not 0.0 <= sample <= 1.0:
            raise InputError(f"sample is {sample!r}: use a share of runs from 0 to 1")
        if max_pending < 1:
            raise InputError(f"max_pending is {max_pending!r}: use 1 or more")
        self.checked = self.flagged = self.without_evidence = 0
        self.no_answer = self.dropped = self.errors = 0
        self._guard = make_guard(guard)
        self._reports = _sink(reports)
        self._on_report = on_report
        self._client = client
        self._sample = sample
        self._answer_key = answer_key
        self._max_pending = max_pending
        self._begin()
        _monitors.add(self)

    def _begin(self) -> None:
        self._runs = OpenRuns(MAX_OPEN)
        self._serial = Serial()
        self._worker = Worker(self._max_pending)

    @property
    def open_runs(self) -> int:
        """Root runs that have begun and not ended."""
        return len(self._runs)

    def flush(self, timeout: float | None = None) -> bool:
        """Waits until what has ended so far is checked; returns False if time ran out first."""
        self._serial.settle()
        done = self._worker.flush(timeout)
        self._serial.settle()
        return done

    def close(self, timeout: float | None = None) -> bool:
        """Checks what waits, for ``timeout`` seconds at most, and takes no more.

        Returns:
            Whether everything was checked; what was not is counted in ``dropped``.
        """
        self._serial.run(self._worker.refuse)
        self._serial.settle()
        given_up = self._worker.close(timeout)
        if given_up:
            self._count("dropped", given_up)
            logger.warning("closed before %d answers were checked", given_up)
        return self.flush(0) and not given_up

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _start(self, run_id: UUID, parent_run_id: UUID | None, inputs: Any) -> None:
        with self._failures("reading", run_id):
            self._worker.start()
            forgotten = self._runs.start(run_id, parent_run_id or _enclosing(), inputs)
            if forgotten is not None:
                self._drop(forgotten, f"more than {MAX_OPEN} runs were going on")

    def _call(self, run_id: UUID, parent_run_id: UUID | None, args: Any) -> None:
        self._start(run_id, parent_run_id, args)
        with self._failures("reading", run_id):
            self._runs.give(run_id, args)

    def _found(self, run_id: UUID, documents: Sequence[Any]) -> None:
        with self._failures("reading", run_id):
            self._runs.add(run_id, documents)
            self._runs.end(run_id)

    def _returned(self, run_id: UUID, output: Any) -> None:
        with self._failures("reading", run_id):
            self._runs.add(run_id, read_tool_evidence(output, self._runs.given(run_id)))
        self._fail(run_id)

    def _fail(self, run_id: UUID) -> None:
        with self._failures("reading", run_id):
            self._runs.end(run_id)

    def _end(self, run_id: UUID, outputs: Any, inputs: Any = None) -> None:
        with self._failures("reading", run_id):
            run = self._runs.end(run_id)
            if run is None or not self._sampled(run_id):
                return
            if inputs is not None:
                run.inputs = inputs
            answer = find_answer(outputs, self._answer_key)
            if answer is None:
                self._count("no_answer")
                return
            question, evidence = run.question(outputs), run.found(outputs)
            before = run.history(outputs)
            check = partial(self._check, run_id, answer, evidence, question, before)
            self._serial.run(partial(self._submit, run_id, check))

    def _submit(self, run_id: UUID, check: Callable[[], None]) -> None:
        if not self._worker.submit(check):
            self._drop(run_id, "too many answers wait, or the handler is closed")

    def _check(
        self, run_id: UUID, answer: str, evidence: Any, question: str | None, history: Any
    ) -> None:
        with self._failures("checking", run_id):
            report = self._guard.check(answer, evidence, question, history)
            self._count("checked")
            if report.flagged:
                self._count("flagged")
            if evidence is None:
                self._count("without_evidence")
            self._tell(run_id, report)

    def _tell(self, run_id: UUID, report: Report) -> None:
        if self._reports is not None:
            with self._failures("writing the report of", run_id):
                _write(self._reports, report.to_json() + "\n")
        if self._on_report is not None:
            with self._failures("calling on_report for", run_id):
                self._on_report(report, run_id)
        if self._client is not None:
            with self._failures("giving feedback on", run_id):
                self._client.create_feedback(
                    run_id, key=KEY, score=compute_faithfulness(report),
                    value=report.decision.action, comment=write_comment(report),
                )  # fmt: skip

    def _sampled(self, run_id: UUID) -> bool:
        return zlib.crc32(run_id.bytes) / 2**32 < self._sample

    def _drop(self, run_id: UUID, why: str) -> None:
        self._count("dropped")
        logger.warning("run %s is not checked: %s", run_id, why)

    def _count(self, name: str, by: int = 1) -> None:
        self._serial.run(lambda: setattr(self, name, getattr(self, name) + by))

    @contextmanager
    def _failures(self, doing: str, run_id: UUID) -> Iterator[None]:
        """Counts and logs what fails, and lets it go no further."""
        try:
            yield
        except Exception:
            self._count("errors")
            logger.exception("%s run %s failed", doing, run_id)


_monitors: WeakSet[Monitor] = WeakSet()


@atexit.register
def _finish() -> None:
    """Lets the interpreter end once the answers that wait are checked."""
    for monitor in list(_monitors):
        monitor.close()


def _after_fork() -> None:
    """Begins anew in a forked process: threads do not come along, what they held does."""
    for monitor in list(_monitors):
        monitor._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _enclosing() -> UUID | None:
    """The run that LangChain's context is in.

    ``RunnableWithFallbacks.invoke`` starts its runs without a parent (langchain-core 1.7, 1.8).
    """
    config = var_child_runnable_config.get() or {}
    return getattr(config.get("callbacks"), "parent_run_id", None)


def _sink(reports: str | os.PathLike[str] | TextIO | None) -> Path | TextIO | None:
    if not isinstance(reports, str | os.PathLike):
        if reports is not None and not callable(getattr(reports, "write", None)):
            raise InputError(f"reports is {reports!r:.60}: give a path or an open text file")
        return reports
    path = Path(reports)
    try:
        with path.open("a", encoding="utf-8"):
            return path
    except OSError as error:
        raise InputError(
            f"reports cannot be written to {str(path)!r} ({error.strerror}): "
            "name a file in a folder that exists"
        ) from error


def _write(sink: Path | TextIO, line: str) -> None:
    if isinstance(sink, Path):
        with sink.open("a", encoding="utf-8") as file:
            file.write(line)
        return
    sink.write(line)
    sink.flush()
