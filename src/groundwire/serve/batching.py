"""Batches of claims from several requests, scored by one model in one thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property

from groundwire.protocols import Verifier, read_origin, read_version
from groundwire.types import Claim, Evidence, Verdict

MOST = 256
"""Claims of a batch, unless one request alone brings more."""


@dataclass(frozen=True, slots=True, eq=False)
class _Job:
    claims: Sequence[Claim]
    evidence: Sequence[Sequence[Evidence]]
    verdicts: Future[list[Verdict]] = field(default_factory=Future)


class BatchingVerifier:
    """A verifier that many threads share: it scores what they bring at about the same time.

    Claims wait a few milliseconds for others, and while the model runs more of them gather, so
    batches grow with the load. A verdict depends on its own claim and evidence alone. Where a
    batch fails, each request of it is scored again by itself.
    """

    def __init__(
        self, load: Callable[[], Verifier], wait_seconds: float = 0.003, most: int = MOST
    ) -> None:
        """Sets what is batched.

        Args:
            load: gives the verifier, at the first use.
            wait_seconds: how long claims wait for others.
            most: claims after which a batch waits no longer.
        """
        self._load = load
        self._wait = wait_seconds
        self._most = most
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.batches = 0
        """Batches that were scored."""

    @cached_property
    def verifier(self) -> Verifier:
        """What scores the claims."""
        return self._load()

    @property
    def version(self) -> str:
        """Name and version of the verifier."""
        return read_version(self.verifier)

    @property
    def origin(self) -> Mapping[str, str]:
        """Config that the verifier was made by, where it was."""
        return read_origin(self.verifier)

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Returns one verdict for each claim; waits for its batch.

        Raises:
            RuntimeError: if the server was closed; its claims are unchecked then.
        """
        job = _Job(claims, evidence)
        with self._starting:
            if self._closed:
                raise RuntimeError("the server is shutting down")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="groundwire-batches", daemon=True
                )
                self._thread.start()
            self._jobs.put(job)
        return job.verdicts.result()

    def close(self) -> None:
        """Scores what waits, and ends."""
        with self._starting:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        ends = False
        while not ends:
            job = self._jobs.get()
            if job is None:
                return
            jobs, ends = self._gather(job)
            self._score(jobs)

    def _gather(self, first: _Job) -> tuple[list[_Job], bool]:
        jobs, size = [first], len(first.claims)
        until = time.monotonic() + self._wait
        while size < self._most:
            try:
                job = self._jobs.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if job is None:
                return jobs, True
            jobs.append(job)
            size += len(job.claims)
        return jobs, False

    def _score(self, jobs: Sequence[_Job]) -> None:
        self.batches += 1
        claims = [claim for job in jobs for claim in job.claims]
        try:
            evidence = [found for job in jobs for found in job.evidence]
            verdicts = list(self.verifier.verify(claims, evidence))
            if len(verdicts) != len(claims):
                raise ValueError(f"{len(verdicts)} verdicts do not match {len(claims)} claims")
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].verdicts.set_exception(error)
                return
            for job in jobs:
                self._score([job])
            return
        for job in jobs:
            job.verdicts.set_result(verdicts[: len(job.claims)])
            del verdicts[: len(job.claims)]
