"""Small jobs one after another, without a lock that anybody waits for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Lock


class Serial:
    """Runs small jobs one at a time, each in whichever of the calling threads is free to.

    LangChain ends a stream that nobody holds any more from within the garbage collector, which
    may interrupt a thread anywhere, and for async handlers it waits there for another thread.
    Whoever waited then for a lock of the interrupted thread would wait forever, so ``run`` never
    waits: where a job is running, that thread takes the new one too.
    """

    def __init__(self) -> None:
        self._jobs: deque[Callable[[], None]] = deque()
        self._lock = Lock()

    def run(self, job: Callable[[], None]) -> None:
        """Runs a job, which must not raise, or leaves it to the thread that runs one now."""
        self._jobs.append(job)
        self._sweep()

    def settle(self) -> None:
        """Waits until every job that was given before is done. Not to be called by a job."""
        self._lock.acquire()
        self._work_off()
        self._sweep()

    def _sweep(self) -> None:
        while self._jobs and self._lock.acquire(blocking=False):
            self._work_off()

    def _work_off(self) -> None:
        try:
            while self._jobs:
                self._jobs.popleft()()
        finally:
            self._lock.release()
