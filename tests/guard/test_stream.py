"""Answers checked while they are written."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.guard.stream_state import Flow, StreamEvent
from groundwire.policy import ThresholdPolicy
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Verdict
from markdown_cases import texts as documents

FACTS = (
    "The pump weighs 62 kg. It runs on 230 V. The pump was made in Lyon in 1998. The case is red. "
    "Dr. Smith said it is red. pump 62. Name: Pump. It costs $3.50. The U.S. Army bought 6. a 1"
)
GOOD = "The pump weighs 62 kg."
WRONG = "It runs on 120 V."
LIE = "It sings opera at dawn."
LAST = "The pump was made in Lyon in 1998."
GUARD = Guard(verifier=FakeVerifier())
POLICIES = [
    ThresholdPolicy.balanced(),
    ThresholdPolicy.observe(),
    ThresholdPolicy(unchecked="allow"),
]


class Waiting(FakeVerifier):
    """A verifier that waits at a claim that contains a word."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.go = threading.Event()
        self.at = threading.Event()

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        if any(self.word in claim.text for claim in claims):
            self.at.set()
            self.go.wait(30)
        return super().verify(claims, evidence)


def pieces(text: str, sizes: Sequence[int]) -> Iterator[str]:
    at = 0
    while at < len(text):
        size = sizes[at % len(sizes)]
        yield text[at : at + size]
        at += size


async def later(source: Iterator[str]) -> AsyncIterator[str]:
    for piece in source:
        await asyncio.sleep(0)
        yield piece


def kinds(events: Sequence[StreamEvent]) -> list[str]:
    return [event.kind for event in events if event.kind != "held"]


SPOKEN = [
    GOOD, "It runs on 230 V.", "The case is red.", LAST, WRONG, LIE, "Lions eat it.", "Hello!",
    "Sure!", "I hope this helps!", "Let me know if you need more.", "Is it good?", "Of course.",
    "Here you go:", "**Note:**", "# Sizes", "Shall I go on", "The pump weighs 62 kg",
]  # fmt: skip
GLUED = ["", "", " ", " ", "  ", "\n", "\n\n", "\n- ", "\n1. ", "; ", ", and ", " [1] "]


@st.composite
def glued(draw: st.DrawFn) -> str:
    """Claims, lies and small talk with the space between them missing here and there."""
    said = draw(st.lists(st.sampled_from(SPOKEN), min_size=1, max_size=9))
    return said[0] + "".join(draw(st.sampled_from(GLUED)) + part for part in said[1:])


SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=7)


@settings(max_examples=400)
@given(
    glued() | documents(), SIZES, st.sampled_from(POLICIES), st.sampled_from(["claim", "answer"])
)
@example("It runs on 230 V.; Lions eat it. The case is red.", [3], POLICIES[0], "claim")
@example(f"{LAST}; Sure! [1] It runs on 230 V.\n- It runs on 230 V.", [20], POLICIES[0], "claim")
@example(
    "It runs on 230 V.\n\nSure!\n1. It runs on 230 V.  The pump sings., and so on. Hello!",
    [7],
    POLICIES[0],
    "claim",
)
@example(
    f"{LAST}Sure! Lions eat it., and The case is red. The pump weighs 62 kg\n1. Is it good?\n"
    "- Here you go:\nIt runs on 120 V.# Sizes",
    [1],
    POLICIES[0],
    "claim",
)
@example(
    f"Here you go:\nThe case is red.Here you go:\n- {GOOD}, and # Sizes\n1. {LAST}\n1. Of course. "
    "The pump weighs 62 kg\n1. The pump was made in Lyon in 1998",
    [1],
    POLICIES[0],
    "claim",
)
@example(
    f"It runs on 230 V. {LAST}{GOOD}  {GOOD}, and Here you go:It runs on 230 V.; You are welcome.; "
    "The case is red.", [1], POLICIES[0], "claim",
)  # fmt: skip
def test_the_pieces_make_the_checked_text(
    text: str, sizes: list[int], policy: ThresholdPolicy, release: Any
) -> None:
    assume(text.strip())
    guard = Guard(verifier=FakeVerifier(), policy=policy)
    report = guard.check(text, FACTS, "What is it?")
    events = list(guard.stream_events(pieces(text, sizes), FACTS, "What is it?", release=release))
    assert "".join(e.text for e in events if e.kind in ("released", "blocked")) == report.text
    assert events[-1].kind == "done"
    last = events[-1].report
    assert last is not None
    assert (last.text, last.verdicts, last.decision) == (
        report.text, report.verdicts, report.decision
    )  # fmt: skip


@settings(max_examples=40)
@given(documents(), SIZES)
def test_async_pieces_make_the_checked_text(text: str, sizes: list[int]) -> None:
    assume(text.strip())

    async def run() -> str:
        source = later(pieces(text, sizes))
        return "".join([part async for part in GUARD.astream(source, FACTS)])

    assert asyncio.run(run()) == GUARD.check(text, FACTS).text


@given(documents(), SIZES)
def test_nothing_unverified_is_released(text: str, sizes: list[int]) -> None:
    """Each event's text is covered by verdicts that pass, whatever comes later."""
    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy.strict())
    shown = ""
    for event in guard.stream_events(pieces(text, sizes), FACTS):
        if event.kind == "released" and text.strip():
            shown += event.text
            assert all(v.label in ("supported", "no_claim") for v in event.verdicts)
    for lie in (LIE, "x = 62", "120"):
        assert lie not in shown or lie in FACTS or "```" in text


def test_a_claim_is_shown_while_the_next_ones_are_written() -> None:
    ended: list[bool] = []

    def write() -> Iterator[str]:
        yield f"{GOOD} {LAST} And the"
        while not stream_threads():
            time.sleep(0.001)
        for _ in range(2000):
            time.sleep(0.001)
            yield " very"
        ended.append(True)

    stream = GUARD.stream(write(), FACTS)
    assert next(stream) == GOOD
    assert not ended
    stream.close()  # type: ignore[attr-defined]


def test_events_tell_what_was_repaired_and_removed() -> None:
    events = list(GUARD.stream_events([f"{GOOD} {WRONG} {LIE} {LAST}"], FACTS))
    assert list(dict.fromkeys(kinds(events))) == ["repaired", "removed", "released", "done"]
    released = "".join(event.text for event in events if event.kind == "released")
    assert released == f"{GOOD} It runs on 230 V. {LAST}"
    words = pieces(f"{GOOD} {WRONG} {LIE} {LAST}", [4])
    told = [e for e in GUARD.stream_events(words, FACTS) if e.kind in ("repaired", "removed")]
    assert [(e.kind, e.verdicts[0].claim.text) for e in told] == [
        ("repaired", WRONG), ("removed", LIE),
    ]  # fmt: skip


def test_held_events_cover_what_was_written() -> None:
    text = f"{GOOD} {WRONG} {LIE} {LAST}\n\nThe case is red. And more of it follows here."
    held = [e.text for e in GUARD.stream_events(pieces(text, [3]), FACTS) if e.kind == "held"]
    assert text.startswith("".join(held)) and held


def test_a_block_after_a_part_was_shown_ends_the_stream_and_reads_no_further() -> None:
    read: list[str] = []

    def write() -> Iterator[str]:
        for piece in pieces(f"{GOOD}\n\n{LIE}\n\n" + f"{LAST} " * 400, [5]):
            time.sleep(0.001)
            read.append(piece)
            yield piece

    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy(unsupported="block"))
    events = list(guard.stream_events(write(), FACTS))
    assert kinds(events)[-2:] == ["blocked", "done"]
    shown = "".join(e.text for e in events if e.kind in ("released", "blocked"))
    assert shown == f"{GOOD}\n\n{BLOCKED_MESSAGE}"
    assert LIE not in shown and len("".join(read)) < 10_000


def test_an_answer_of_which_nothing_holds_is_the_message() -> None:
    assert "".join(GUARD.stream(pieces(f"{LIE}\n\n{LIE}\n\nHello!", [6]), FACTS)) == BLOCKED_MESSAGE
    assert "".join(GUARD.stream(pieces(f"Hello! {LIE}", [6]), FACTS)) == BLOCKED_MESSAGE


@pytest.mark.parametrize("text", ["", "  \n"])
def test_an_empty_answer_is_passed_on(text: str) -> None:
    events = list(GUARD.stream_events([text], FACTS))
    assert "".join(e.text for e in events) == text
    assert events[-1].report is not None and not events[-1].report.verdicts


def test_a_deadline_leaves_the_claim_unchecked_and_the_stream_goes_on() -> None:
    verifier = Waiting("opera")
    guard = Guard(verifier=verifier)
    guard.check(GOOD, FACTS)  # what loads at the first check takes no part in the deadline
    try:
        text = f"{GOOD} {LIE} {LAST} The case is red. "
        events = list(guard.stream_events(pieces(text, [9]), FACTS, deadline=3.0))
        report = events[-1].report
        assert report is not None
        late = [v for v in report.verdicts if v.label == "unchecked"]
        assert LIE in [v.claim.text for v in late]
        assert "in time (3 s)" in late[0].reason
        shown = "".join(e.text for e in events if e.kind == "released")
        assert LIE not in shown and GOOD in shown and "The case is red." in shown
    finally:
        verifier.go.set()


def test_async_deadline() -> None:
    verifier = Waiting("opera")

    async def run() -> str:
        guard = Guard(verifier=verifier)
        source = later(pieces(f"{GOOD} {LIE} {LAST} The case is red.", [9]))
        return "".join([p async for p in guard.astream(source, FACTS, deadline=0.2)])

    try:
        shown = asyncio.run(run())
        assert LIE not in shown and shown.startswith(GOOD)
    finally:
        verifier.go.set()


@pytest.mark.parametrize("deadline", [0, -1.0, float("nan"), float("inf"), "1"])
def test_a_deadline_must_be_seconds(deadline: Any) -> None:
    with pytest.raises(InputError, match="deadline"):
        list(GUARD.stream([GOOD], FACTS, deadline=deadline))


def test_bad_input_is_named() -> None:
    with pytest.raises(InputError, match="release is 'token'"):
        list(GUARD.stream([GOOD], FACTS, release="token"))  # type: ignore[arg-type]
    with pytest.raises(InputError, match="a token is bytes"):
        list(GUARD.stream([b"x"], FACTS))  # type: ignore[list-item]
    with pytest.raises(InputError, match="use astream"):
        GUARD.stream_events(later(iter([GOOD])), FACTS)  # type: ignore[arg-type]


class Message:
    content = GOOD


class Chunk:
    text = GOOD


@pytest.mark.parametrize("chunk", [Message, Chunk])
def test_messages_in_place_of_strings_get_the_next_step(chunk: type) -> None:
    for tokens in ([chunk()], iter([chunk()]), chunk()):
        with pytest.raises(InputError, match=r"pass \(chunk.text for chunk in .*GroundedRunnable"):
            list(GUARD.stream(tokens, FACTS))

    async def run() -> None:
        async for _ in GUARD.astream([chunk()], FACTS):
            pass

    with pytest.raises(InputError, match="GroundedRunnable"):
        asyncio.run(run())


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        (GOOD, r"tokens is one string.*pass its pieces, such as \[text\], or use a?check"),
        (pieces, "tokens is the function pieces: call it"),
        (later, "tokens is the function later: call it"),
        (7, "tokens is int: give an iterable of strings"),
        (None, "tokens is NoneType"),
    ],
)
def test_what_holds_no_tokens_is_refused_at_once(tokens: Any, told: str) -> None:
    for stream in (GUARD.stream, GUARD.astream, GUARD.stream_events, GUARD.astream_events):
        with pytest.raises(InputError, match=told):
            stream(tokens, FACTS)


def test_a_coroutine_is_awaited_first() -> None:
    async def call() -> AsyncIterator[str]:
        return later(iter([GOOD]))

    for stream in (GUARD.stream, GUARD.astream):
        waiting = call()
        with pytest.raises(InputError, match="await it first"):
            stream(waiting, FACTS)  # type: ignore[arg-type]
        waiting.close()


def failing(text: str) -> Iterator[str]:
    yield from pieces(text, [7])
    raise ConnectionError("the model went away")


def test_an_error_of_the_source_shows_what_was_complete_and_no_more() -> None:
    shown: list[str] = []
    with pytest.raises(ConnectionError) as caught:
        for part in GUARD.stream(failing(f"{GOOD} {LAST} The case is red and it"), FACTS):
            shown.append(part)
    assert "".join(shown) in (GOOD, f"{GOOD} {LAST}")
    assert "were not shown" in str(caught.value.__notes__)


def test_async_error_of_the_source() -> None:
    async def run() -> list[str]:
        shown: list[str] = []
        with pytest.raises(ConnectionError):
            async for part in GUARD.astream(later(failing(f"{GOOD} {LIE} {LAST} It")), FACTS):
                shown.append(part)
        return shown

    shown = "".join(asyncio.run(run()))
    assert shown.startswith(GOOD) and LIE not in shown


def test_an_error_of_a_stage_is_raised() -> None:
    class Broken:
        def split(self, text: str, question: str | None = None) -> list[Claim]:
            raise InputError("no")

    with pytest.raises(InputError, match="no"):
        list(Guard(verifier=FakeVerifier(), splitter=Broken()).stream([GOOD], FACTS))


def stream_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("groundwire-stream")]


def test_a_reader_that_leaves_closes_the_source_and_the_worker() -> None:
    closed: list[bool] = []

    def write() -> Iterator[str]:
        try:
            yield from pieces(f"{GOOD} " * 50, [9])
        finally:
            closed.append(True)

    stream = GUARD.stream(write(), FACTS)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert closed == [True]
    for thread in threading.enumerate():
        if thread.name.startswith("groundwire-stream"):
            thread.join(10)
    assert not stream_threads()


def test_a_cancelled_reader_leaves_no_task_and_no_thread() -> None:
    closed: list[bool] = []

    async def write() -> AsyncIterator[str]:
        try:
            for piece in pieces(f"{GOOD} {LAST} It was", [9]):
                yield piece
            await asyncio.sleep(60)
        finally:
            closed.append(True)

    async def run() -> int:
        got = asyncio.Event()

        async def read() -> None:
            async for _ in GUARD.astream(write(), FACTS):
                got.set()

        task = asyncio.create_task(read())
        await got.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
    assert closed == [True]
    for thread in threading.enumerate():
        if thread.name.startswith("groundwire-stream"):
            thread.join(10)
    assert not stream_threads()


def test_async_shows_a_claim_while_no_token_comes() -> None:
    async def run() -> str:
        more = asyncio.Event()

        async def write() -> AsyncIterator[str]:
            yield f"{GOOD}\n\nThe case"
            await more.wait()
            yield " is red."

        parts: list[str] = []
        async for part in GUARD.astream(write(), FACTS):
            parts.append(part)
            more.set()
        return "|".join(parts)

    assert asyncio.run(asyncio.wait_for(run(), 30)) == f"{GOOD}|\n\nThe case is red."


def test_the_source_is_not_read_far_ahead_of_a_slow_check() -> None:
    verifier = Waiting("weighs")
    read: list[str] = []

    def write() -> Iterator[str]:
        for piece in pieces(f"{GOOD}\n\n" + "The case is red. " * 4000, [1000]):
            read.append(piece)
            if len(read) == 21:
                assert verifier.at.wait(30)
                verifier.go.set()
            yield piece

    guard = Guard(verifier=verifier)
    stream = guard.stream(write(), FACTS)
    first = next(stream)
    assert first.startswith(GOOD)
    assert len(read) <= 22
    stream.close()  # type: ignore[attr-defined]


def test_many_streams_of_one_guard_do_not_mix() -> None:
    guard = Guard(verifier=FakeVerifier())

    async def one(number: int) -> bool:
        good = f"Pump {number} weighs {number} kg."
        wrong = f"Pump {number} weighs {number + 1} kg."
        source = later(pieces(f"{good} It is new. {wrong} And it sings.", [1 + number % 7]))
        shown = "".join([p async for p in guard.astream(source, good)])
        return shown == guard.check(f"{good} It is new. {wrong} And it sings.", good).text

    async def run() -> list[bool]:
        return list(await asyncio.gather(*(one(number) for number in range(200))))

    assert all(asyncio.run(run()))
    assert not stream_threads() or threading.active_count() < 250


def test_custom_stages_are_asked_as_in_a_check() -> None:
    calls: list[int] = []

    class Counting(FakeVerifier):
        def verify(
            self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
        ) -> list[Verdict]:
            calls.append(len(claims))
            return super().verify(claims, evidence)

    text = f"{GOOD}\n\n{LAST}\n\nThe case is red.\n\nIt runs on 230 V."
    "".join(Guard(verifier=Counting()).stream(pieces(text, [5]), FACTS))
    assert sum(calls) == 4


def test_a_long_answer_is_looked_at_less_often() -> None:
    calls: list[int] = []

    class Counting(ClaimSplitter):
        def split(self, text: str, question: str | None = None) -> list[Claim]:
            calls.append(len(text))
            return super().split(text, question)

    def read(times: int) -> float:
        """Characters split for each one written."""
        calls.clear()
        text = f"{GOOD} The case is red. {LIE} {LAST}\n\n" * times
        flow = Flow(
            Guard(verifier=FakeVerifier(), splitter=Counting())._pipeline, FACTS, None, None
        )
        shown = ""
        for piece in pieces(text, [4]):
            flow.feed(piece)
            if upto := flow.due():
                shown += "".join(e.text for e in flow.take(flow.check(upto)) if not e.report)
        shown += "".join(e.text for e in flow.take(flow.check()) if e.kind == "released")
        assert shown == GUARD.check(text, FACTS).text
        return sum(calls) / len(text)

    assert read(72) < 1.8 * read(24)
