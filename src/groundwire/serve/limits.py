"""Limits of each key: how many requests a minute, and how many at once."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from groundwire.serve.problems import RETRY_SECONDS, Problem

CALLER: ContextVar[str] = ContextVar("caller", default="")
"""The hash of the key that a request came with; empty where there are no keys."""

MINUTE = 60.0
_ROUNDING = 1e-6


@dataclass(frozen=True, slots=True)
class Limit:
    """What a key may ask; None is as much as it likes.

    Attributes:
        requests_per_minute: at once or spread; each comes back after its part of the minute.
        concurrent_requests: requests whose answers are not complete.
    """

    requests_per_minute: int | None = None
    concurrent_requests: int | None = None


class Limits:
    """Counts of each key; all of it runs in the event loop, so nothing is locked."""

    def __init__(
        self,
        limit: Limit,
        own: Mapping[str, Limit] | None = None,
        refuse: Callable[[str], None] | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes what holds.

        Args:
            limit: of a key that has none of its own.
            own: limits by the hash of their key.
            refuse: is told why a request was turned away.
            now: gives the seconds of a clock that never goes back.
        """
        self._limit = limit
        self._own = dict(own or {})
        self._refuse = refuse
        self._now = now
        self._full: dict[str, float] = {}
        """When a key would have its whole minute again (the cell rate algorithm of ATM)."""
        self._inside: Counter[str] = Counter()

    @contextmanager
    def hold(self, caller: str) -> Iterator[None]:
        """Counts a request of a key as long as it runs.

        Raises:
            Problem: 429, saying when to try again; the request does not count then.
        """
        limit = self._own.get(caller, self._limit)
        most = limit.concurrent_requests
        if most is not None and self._inside[caller] >= most:
            raise self._refused("concurrency", f"{most} at once", RETRY_SECONDS)
        if limit.requests_per_minute is not None:
            self._take(caller, limit.requests_per_minute)
        self._inside[caller] += 1
        try:
            yield
        finally:
            self._inside[caller] -= 1
            if not self._inside[caller]:
                del self._inside[caller]

    def _take(self, caller: str, rate: int) -> None:
        now, each = self._now(), MINUTE / rate
        full = max(self._full.get(caller, now), now)
        wait = full + each - MINUTE - now
        if wait > _ROUNDING:
            raise self._refused("rate", f"{rate} a minute", math.ceil(wait))
        self._full[caller] = full + each

    def _refused(self, reason: str, allowed: str, seconds: int) -> Problem:
        if self._refuse is not None:
            self._refuse(reason)
        return Problem(
            429, f"this key may send {allowed}: try again in {seconds} s", "rate_limit_exceeded",
            {"Retry-After": str(seconds)},
        )  # fmt: skip
