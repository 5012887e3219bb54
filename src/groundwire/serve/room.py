"""Room for checks: a few run, a few wait, and callers take turns."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from groundwire.serve.problems import OverloadProblem

FULL = "too many checks are waiting"


class Room:
    """Places where checks run, and places where they wait, fair between callers.

    A free place goes to each caller in turn, whatever each has waiting. Where no more may wait,
    a caller who has fewer waiting than another takes the place of that one's last: so nobody can
    fill the room and keep the others out. All runs in the event loop, so nothing is locked.
    """

    def __init__(self, places: int, queue: int) -> None:
        """Takes how many checks run at once, and how many may wait."""
        self._places = places
        self._queue = queue
        self._running = 0
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._closed = False

    def __len__(self) -> int:
        """Number of checks that run or wait."""
        return self._running + self._count_waiting()

    async def enter(self, caller: str) -> None:
        """Waits for a place; who got one leaves it again.

        Raises:
            OverloadProblem: if there is no room, or another caller's turn comes first.
        """
        if self._closed:
            raise OverloadProblem("the server is shutting down")
        if self._running < self._places:
            self._running += 1
            return
        if self._count_waiting() >= self._queue:
            self._displace(caller)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.leave()
            else:
                self._forget(caller, turn)
            raise

    def leave(self) -> None:
        """Gives a place to whose turn it is."""
        while self._waiting:
            caller, turns = self._waiting.popitem(last=False)
            turn = turns.popleft()
            if turns:
                self._waiting[caller] = turns
            if not turn.done():
                turn.set_result(None)
                return
        self._running -= 1

    def close(self) -> None:
        """Refuses what waits, and what comes."""
        self._closed = True
        for turns in self._waiting.values():
            for turn in turns:
                if not turn.done():
                    turn.set_exception(OverloadProblem("the server is shutting down"))
        self._waiting.clear()

    def _count_waiting(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _displace(self, caller: str) -> None:
        """Makes room by refusing the last of the caller who has the most waiting."""
        own = len(self._waiting.get(caller, ()))
        most = max(self._waiting, key=lambda name: len(self._waiting[name]), default=caller)
        # Otherwise the two would only change their roles.
        if len(self._waiting.get(most, ())) <= own + 1:
            raise OverloadProblem(FULL)
        last = self._waiting[most][-1]
        self._forget(most, last)
        if not last.done():
            last.set_exception(OverloadProblem(FULL))

    def _forget(self, caller: str, turn: asyncio.Future[None]) -> None:
        turns = self._waiting.get(caller)
        if turns is not None and turn in turns:
            turns.remove(turn)
            if not turns:
                del self._waiting[caller]
