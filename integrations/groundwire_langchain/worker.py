"""One thread that works off what waits, and a limit to what may wait."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import RLock


class Worker:
    """Runs jobs one after another in a thread of its own, which starts with the first job.

    The interpreter ends once the jobs that wait are done.
    """

    def __init__(self, limit: int) -> None:
        """Sets how many jobs may wait or run at a time."""
        self._limit = limit
        self._lock = RLock()
        self._count = 0
        self._waiting: set[Future[None]] = set()
        self._executor = ThreadPoolExecutor(1, "groundwire-monitor")
        self._closed = False

    def submit(self, job: Callable[[], None]) -> bool:
        """Takes a job, which must not raise; returns False where it cannot. Never waits."""
        with self._lock:
            if self._closed or self._count >= self._limit:
                return False
            try:
                future = self._executor.submit(self._run, job)
            except RuntimeError:
                return False
            self._count += 1
            self._waiting.add(future)
        future.add_done_callback(self._done)
        return True

    def flush(self, timeout: float | None = None) -> bool:
        """Waits for the jobs taken so far. Returns whether all of them are done."""
        with self._lock:
            waiting = set(self._waiting)
        return not wait(waiting, timeout).not_done

    def close(self, timeout: float | None = None) -> int:
        """Takes no more jobs, waits for the others, and gives up what has not begun by then.

        Returns:
            How many jobs were given up.
        """
        with self._lock:
            self._closed = True
            waiting = set(self._waiting)
        wait(waiting, timeout)
        given_up = sum(future.cancel() for future in waiting)
        self._executor.shutdown(wait=False)
        return given_up

    def _run(self, job: Callable[[], None]) -> None:
        try:
            job()
        finally:
            with self._lock:
                self._count -= 1

    def _done(self, future: Future[None]) -> None:
        with self._lock:
            self._waiting.discard(future)
