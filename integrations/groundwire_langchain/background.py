"""Background thread that works off what waits, with a limit to what may wait."""

from __future__ import annotations

import logging
import weakref
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from threading import Condition, Lock, Thread

logger = logging.getLogger(__name__)

Job = Callable[[], None]


class _Tally:
    """How many jobs are done with, and a way to wait for more."""

    def __init__(self) -> None:
        self.done = 0
        self.changed = Condition()

    def add(self, count: int) -> None:
        with self.changed:
            self.done += count
            self.changed.notify_all()


class Worker:
    """Runs jobs one after another in a daemon thread of its own.

    A thread pool is no use here: its ``submit`` takes locks, and jobs are submitted from within
    the garbage collector too (see ``Serial``). ``SimpleQueue`` is made for that.
    """

    def __init__(self, limit: int) -> None:
        """Sets how many jobs may wait or run at a time."""
        self._limit = limit
        self._taken = 0
        self._closed = False
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._tally = _Tally()
        self._starting = Lock()
        self._thread: Thread | None = None
        weakref.finalize(self, self._jobs.put, None).atexit = False

    def start(self) -> None:
        """Starts the thread, unless it runs. Not to be called by the garbage collector."""
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None:
                thread = Thread(
                    target=_work, args=(self._jobs, self._tally), name="groundwire-monitor",
                    daemon=True,
                )  # fmt: skip
                thread.start()
                self._thread = thread

    def submit(self, job: Job) -> bool:
        """Takes a job; returns False where it cannot. Never waits. One thread at a time."""
        if self._closed or self._taken - self._tally.done >= self._limit:
            return False
        self._taken += 1
        self._jobs.put(job)
        return True

    def flush(self, timeout: float | None = None) -> bool:
        """Waits for the jobs taken so far. Returns whether all of them are done."""
        taken, tally = self._taken, self._tally
        with tally.changed:
            return tally.changed.wait_for(lambda: tally.done >= taken, timeout)

    def refuse(self) -> None:
        """Takes no more jobs."""
        self._closed = True

    def close(self, timeout: float | None = None) -> int:
        """Waits for the jobs, gives up what has not begun by then, and ends the thread.

        No job may be submitted meanwhile (``refuse`` comes first).

        Returns:
            How many jobs were given up.
        """
        self.flush(timeout)
        given_up = 0
        try:
            while True:
                given_up += self._jobs.get_nowait() is not None
        except Empty:
            self._jobs.put(None)
        self._tally.add(given_up)
        return given_up


def _work(jobs: SimpleQueue[Job | None], tally: _Tally) -> None:
    """The thread. It holds no worker, so that one that nobody holds any more can go."""
    while (job := jobs.get()) is not None:
        try:
            job()
        except BaseException:
            logger.exception("a job of the monitor failed")
        finally:
            job = None
            tally.add(1)


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
