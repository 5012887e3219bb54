from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.serve.problems import OverloadProblem
from groundwire.serve.room import Room


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


class Crowd:
    """Callers of a room, and in which order they got their places."""

    def __init__(self, places: int, queue: int) -> None:
        self.room = Room(places, queue)
        self.got: list[str] = []
        self.refused: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, *callers: str) -> None:
        for caller in callers:
            self.tasks.append(asyncio.create_task(self._enter(caller)))
            await settle()

    async def _enter(self, caller: str) -> None:
        try:
            await self.room.enter(caller)
            self.got.append(caller)
        except OverloadProblem:
            self.refused.append(caller)

    async def leave(self, times: int) -> None:
        for _ in range(times):
            self.room.leave()
            await settle()


async def test_callers_take_turns() -> None:
    crowd = Crowd(1, 9)
    await crowd.come("a", "a", "a", "a", "b", "c", "b")
    await crowd.leave(6)
    assert crowd.got == ["a", "a", "b", "c", "a", "b", "a"]
    await crowd.leave(1)
    assert len(crowd.room) == 0


async def test_nobody_fills_the_room_alone() -> None:
    crowd = Crowd(1, 4)
    await crowd.come("a", "a", "a", "a", "a", "a")
    assert crowd.refused == ["a"]
    await crowd.come("b", "b")
    assert crowd.refused == ["a", "a", "a"]
    await crowd.come("b")
    assert crowd.refused[3:] == ["b"]
    await crowd.leave(4)
    assert crowd.got == ["a", "a", "b", "a", "b"]


async def test_who_goes_away_while_waiting_frees_the_place() -> None:
    crowd = Crowd(1, 1)
    await crowd.come("a", "b")
    crowd.tasks[1].cancel()
    await settle()
    await crowd.come("c")
    # A place that is given while its caller goes away is given on.
    crowd.room.leave()
    crowd.tasks[2].cancel()
    await settle()
    assert len(crowd.room) == 0 and crowd.got == ["a"] and not crowd.refused


async def test_a_closed_room_refuses_what_waits() -> None:
    crowd = Crowd(1, 2)
    await crowd.come("a", "b")
    crowd.room.close()
    await settle()
    assert crowd.refused == ["b"]
    with pytest.raises(OverloadProblem, match="shutting down"):
        await crowd.room.enter("c")


@given(st.integers(1, 3), st.integers(0, 4), st.lists(st.sampled_from("abc-x"), max_size=30))
def test_no_place_is_lost(places: int, queue: int, steps: list[str]) -> None:
    async def run() -> None:
        crowd = Crowd(places, queue)
        running = 0
        for step in steps:
            if step == "x" and crowd.tasks:
                crowd.tasks[-1].cancel()
                await settle()
            elif step == "-" and running:
                await crowd.leave(1)
            elif step in "abc":
                await crowd.come(step)
            waiting = sum(not task.done() for task in crowd.tasks)
            running = len(crowd.room) - waiting
            assert 0 <= running <= places and waiting <= queue
            assert running == places or not waiting
        await crowd.leave(len(crowd.room))
        assert len(crowd.room) == 0 and all(task.done() for task in crowd.tasks)

    asyncio.run(run())
