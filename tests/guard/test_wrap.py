from __future__ import annotations

import asyncio
import functools
import inspect
import time
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import BlockedError, InputError
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.guard.pieces import PieceReader
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire.types import Report
from reports import holds

FACTS = "The pump weighs 62 kg. The pump is red."
WRONG = "The pump weighs 64 kg. The pump is red."
RIGHT = "The pump weighs 62 kg. The pump is red."
GUARD = Guard(verifier=FakeVerifier())


def plain(message: str) -> str:
    """Says something wrong."""
    return WRONG


def pieces(message: str) -> Iterator[str]:
    yield from (WRONG[:9], WRONG[9:30], WRONG[30:])


async def later(message: str) -> str:
    return WRONG


async def later_pieces(message: str) -> AsyncIterator[str]:
    for piece in pieces(message):
        yield piece


class Bot:
    def __call__(self, message: str) -> str:
        return WRONG

    def reply(self, message: str) -> str:
        return WRONG


class LaterBot:
    async def __call__(self, message: str) -> str:
        return WRONG


def run(function: Callable[..., Any], *args: Any, **kwargs: Any) -> str:
    """Calls a wrapped function of any kind and gives the text that it ends with."""
    result = function(*args, **kwargs)
    if hasattr(result, "__anext__"):

        async def gather() -> str:
            return "".join([piece async for piece in result])

        return asyncio.run(gather())
    if hasattr(result, "__await__"):
        return asyncio.run(awaited(result))
    return result if isinstance(result, str) else "".join(result)


async def awaited(result: Any) -> str:
    text = await result
    if hasattr(text, "__anext__"):
        return "".join([piece async for piece in text])
    assert isinstance(text, str)
    return text


def returned(message: str) -> Iterator[str]:
    return pieces(message)


def returned_map(message: str) -> Iterator[str]:
    return map(str, pieces(message))


def returned_later(message: str) -> AsyncIterator[str]:
    return later_pieces(message)


async def awaited_pieces(message: str) -> AsyncIterator[str]:
    return later_pieces(message)


REPLIES = [
    plain,
    pieces,
    later,
    later_pieces,
    Bot(),
    Bot().reply,
    LaterBot(),
    functools.partial(plain),
    functools.partial(later),
    lambda message: WRONG,
    returned,
    returned_map,
    returned_later,
    awaited_pieces,
    lambda message: later(message),
]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize(
    "evidence",
    [
        FACTS,
        [FACTS],
        FakeRetriever([FACTS]),
        lambda message: FACTS,
        lambda *_: FakeRetriever([FACTS]),
    ],
)
def test_any_reply_with_any_evidence(reply: Callable[..., Any], evidence: Any) -> None:
    assert run(GUARD.wrap(reply, evidence), "How heavy?") == RIGHT


@pytest.mark.parametrize("reply", [later, later_pieces, LaterBot()])
def test_async_evidence(reply: Callable[..., Any]) -> None:
    async def search(message: str) -> str:
        assert message == "How heavy?"
        return FACTS

    assert run(GUARD.wrap(reply, search), "How heavy?") == RIGHT


def test_async_evidence_needs_an_async_reply() -> None:
    with pytest.raises(InputError, match="async"):
        GUARD.wrap(plain, later)


def test_evidence_beside_the_text() -> None:
    def reply(message: str) -> tuple[str, str]:
        return WRONG, FACTS

    async def areply(message: str) -> tuple[str, str]:
        return WRONG, FACTS

    def generate(message: str) -> Iterator[Any]:
        yield WRONG[:20]
        yield WRONG[20:], FACTS

    for function in (reply, areply, generate):
        assert run(GUARD.wrap(function), "x") == RIGHT
    other = GUARD.wrap(reply, "The pump weighs 64 kg. The pump is red.")
    assert other("x") == WRONG


def test_without_evidence_the_guards_own_retriever_is_asked() -> None:
    own = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([FACTS]))
    assert run(own.wrap(plain), "x") == RIGHT


@pytest.mark.parametrize("reply", REPLIES[:4])
def test_an_answer_without_any_evidence_is_warned_of(reply: Callable[..., Any]) -> None:
    with pytest.warns(UserWarning, match=rf"answer of {reply.__name__} has no evidence.*evidence="):
        assert run(GUARD.wrap(reply), "x") == BLOCKED_MESSAGE


@pytest.mark.parametrize("reply", REPLIES[:4])
def test_the_warning_names_the_line_of_the_caller(reply: Callable[..., Any]) -> None:
    wrapped = GUARD.wrap(reply)

    async def ask() -> None:
        result = wrapped("x")
        if inspect.isawaitable(result):
            await result
        elif isinstance(result, AsyncIterator):
            async for _ in result:
                pass
        elif not isinstance(result, str):
            list(result)

    with pytest.warns(UserWarning, match="has no evidence") as caught:
        asyncio.run(ask())
    (warning,) = caught
    lines, first = inspect.getsourcelines(ask)
    assert warning.filename == __file__
    assert first <= warning.lineno < first + len(lines)


@pytest.mark.parametrize("found", [[], FakeRetriever([])])
def test_evidence_that_holds_nothing_is_not_warned_of(found: Any) -> None:
    """A search may find nothing, which is no mistake; what claims nothing needs no evidence."""
    assert GUARD.wrap(plain, lambda message: found)("x") == BLOCKED_MESSAGE
    assert GUARD.wrap(lambda message: (WRONG, found))("x") == BLOCKED_MESSAGE
    assert GUARD.wrap(lambda message: "Hello!")("x") == "Hello!"


def test_the_question_and_the_report_reach_the_caller() -> None:
    reports: list[Report] = []

    def reply(history: list[str], message: str, *, loud: bool) -> str:
        return WRONG

    wrapped = GUARD.wrap(reply, lambda history, message, loud: FACTS, on_report=reports.append)
    assert wrapped([], "How heavy?", loud=True) == RIGHT
    (report,) = reports
    assert holds(report).question == "How heavy?"
    assert report.answer == WRONG


@pytest.mark.parametrize("reply", REPLIES[:4])
def test_a_blocked_answer_can_raise(reply: Callable[..., Any]) -> None:
    reports: list[Report] = []
    wrapped = GUARD.wrap(reply, "It is dry.", raise_blocked=True, on_report=reports.append)
    with pytest.raises(BlockedError) as caught:
        run(wrapped, "x")
    assert [caught.value.report] == reports
    assert caught.value.report.text == BLOCKED_MESSAGE
    assert run(GUARD.wrap(reply, "It is dry."), "x") == BLOCKED_MESSAGE


def test_citations_on_request() -> None:
    assert run(GUARD.wrap(plain, FACTS, cite=True), "x").startswith("The pump weighs 62 kg [1].")


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_reply_stays(text: str) -> None:
    async def areply(message: str) -> str:
        return text

    assert run(GUARD.wrap(lambda message: text, FACTS), "x") == text
    assert run(GUARD.wrap(areply, FACTS), "x") == text


@pytest.mark.parametrize("result", [None, 7, b"text", ["text"], (1, 2), ("a", "b", "c")])
def test_a_reply_that_is_no_text_is_refused(result: Any) -> None:
    with pytest.raises(InputError, match="return text"):
        GUARD.wrap(lambda message: result, FACTS)("x")


def test_a_message_in_place_of_text_gets_the_next_step() -> None:
    class Message:
        content = WRONG

    with pytest.raises(InputError, match=r"such as reply\.text"):
        GUARD.wrap(lambda message: Message(), FACTS)("x")
    with pytest.raises(InputError, match=r"chunk\.text for chunk"):
        run(GUARD.wrap(lambda message: iter([Message()]), FACTS), "x")


def test_an_async_reply_must_not_return_a_plain_generator() -> None:
    async def reply(message: str) -> Iterator[str]:
        return pieces(message)

    with pytest.raises(InputError, match="return an async generator"):
        run(GUARD.wrap(reply, FACTS), "x")


@pytest.mark.parametrize("reply", [returned, returned_later, awaited_pieces])
def test_a_returned_generator_holds_its_pieces_without_evidence(reply: Any) -> None:
    own = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([FACTS]))
    assert run(own.wrap(reply), "x") == RIGHT
    assert run(GUARD.wrap(reply, FACTS, cite=True), "x").startswith("The pump weighs 62 kg [1].")
    with pytest.raises(BlockedError):
        run(GUARD.wrap(reply, "It is dry.", raise_blocked=True), "x")


def test_a_langchain_retriever_is_told_how_to_go_on() -> None:
    class Found:
        def invoke(self, query: str) -> list[str]:
            return []

        async def ainvoke(self, query: str) -> list[str]:
            return []

    with pytest.raises(InputError, match="as_retriever"):
        GUARD.wrap(plain, Found())


@pytest.mark.parametrize("reply", ["text", b"", 7])
def test_only_functions_can_be_wrapped(reply: Any) -> None:
    with pytest.raises(InputError, match="cannot be called"):
        GUARD.wrap(reply)


def test_a_decorator_takes_the_options() -> None:
    @GUARD.wrap(evidence=FACTS)
    def reply(message: str) -> str:
        return message

    assert reply("Hello!") == "Hello!"


def test_an_error_of_the_reply_or_its_evidence_is_the_callers() -> None:
    def broken(message: str) -> str:
        raise KeyError(message)

    for wrapped in (GUARD.wrap(broken, FACTS), GUARD.wrap(plain, broken)):
        with pytest.raises(KeyError):
            wrapped("x")


def test_nothing_leaves_a_generator_before_the_check() -> None:
    seen: list[str] = []

    def reply(message: str) -> Iterator[str]:
        for piece in pieces(message):
            seen.append(piece)
            yield piece

    assert "".join(GUARD.wrap(reply, FACTS)("x")) == RIGHT
    seen.clear()
    own = Guard(verifier=FakeVerifier(), retriever=FakeRetriever([FACTS]))
    assert next(iter(own.wrap(reply)("x"))) == RIGHT
    assert "".join(seen) == WRONG


def test_the_wrapped_function_looks_like_the_reply() -> None:
    wrapped = GUARD.wrap(plain, FACTS)
    assert (wrapped.__name__, wrapped.__doc__) == ("plain", plain.__doc__)


def test_a_generator_with_evidence_shows_each_claim_once_it_was_checked() -> None:
    reports: list[Report] = []
    ended: list[bool] = []

    def reply(message: str) -> Iterator[str]:
        yield "The pump weighs 62 kg.\n\nIt sings opera at"
        for _ in range(2000):
            time.sleep(0.001)
            yield " and at"
        ended.append(True)

    guard = Guard(verifier=FakeVerifier())
    wrapped = guard.wrap(reply, "The pump weighs 62 kg.", on_report=reports.append)
    stream = wrapped("How heavy is it?")
    assert next(stream) == "The pump weighs 62 kg." and not ended
    stream.close()

    def short(message: str) -> Iterator[str]:
        yield from ["It sings ", "opera."]

    blocked = guard.wrap(short, "The pump weighs 62 kg.", on_report=reports.append)
    assert "".join(blocked("What does it do?")) == BLOCKED_MESSAGE
    assert [report.question for report in reports] == ["What does it do?"]
    raising = guard.wrap(short, "The pump weighs 62 kg.", raise_blocked=True)
    with pytest.raises(BlockedError):
        list(raising("What does it do?"))


def told(message: str, history: list[dict[str, str]] | None = None) -> str:
    return RIGHT


def told_pieces(message: str, history: list[dict[str, str]]) -> Iterator[str]:
    yield from (RIGHT[:9], RIGHT[9:])


async def told_later(message: str, history: list[dict[str, str]]) -> str:
    return RIGHT


async def find_before(message: str, history: list[dict[str, str]]) -> list[dict[str, str]]:
    return history


BEFORE = [{"role": "user", "content": "What does the old pump weigh?"}]


@pytest.mark.parametrize("reply", [told, told_pieces, told_later])
@pytest.mark.parametrize("history", ["history", lambda message, history: history])
def test_a_reply_with_its_history(reply: Callable[..., Any], history: Any) -> None:
    reports: list[Report] = []
    safe = GUARD.wrap(reply, FACTS, history=history, on_report=reports.append)
    assert run(safe, "And the new pump?", history=BEFORE) == RIGHT
    assert run(safe, "And the new pump?", BEFORE) == RIGHT
    for report in reports:
        assert report.question == "And the new pump?"
        whole = report.verdicts[0].claim.context.question
        assert whole == "What does the new pump weigh?"


def test_a_history_that_is_awaited() -> None:
    reports: list[Report] = []
    safe = GUARD.wrap(told_later, FACTS, history=find_before, on_report=reports.append)
    assert run(safe, "And the new pump?", BEFORE) == RIGHT
    assert reports[0].verdicts[0].claim.context.question == "What does the new pump weigh?"


def test_a_history_left_out_is_none() -> None:
    safe = GUARD.wrap(told, FACTS, history="history")
    assert run(safe, "What does the pump weigh?") == RIGHT


def test_a_history_of_a_wrong_kind() -> None:
    with pytest.raises(InputError, match="history='past' names no argument of the reply, which"):
        GUARD.wrap(told, FACTS, history="past")
    with pytest.raises(InputError, match="a list, the same for every reply"):
        GUARD.wrap(told, FACTS, history=BEFORE)
    with pytest.raises(InputError, match="history is an async function but the reply is not"):
        GUARD.wrap(told, FACTS, history=find_before)
    with pytest.raises(InputError, match=r"history\[0\] is 'Hi'"):
        run(GUARD.wrap(told, FACTS, history="history"), "And the new pump?", ["Hi"])


# Replies that yield the text so far, as the functions of chat pages do


def so_far(text: str, size: int = 6) -> list[str]:
    return [text[:end] for end in range(size, len(text) + size, size)]


def wrap_pieces(said: list[str], asynchronous: bool, **options: Any) -> list[str]:
    """Returns what a wrapped generator of these pieces yields."""

    def reply(message: str) -> Iterator[str]:
        yield from said

    async def later_reply(message: str) -> AsyncIterator[str]:
        for piece in said:
            yield piece

    if not asynchronous:
        return list(GUARD.wrap(reply, FACTS, **options)("How heavy?"))

    async def gather() -> list[str]:
        return [piece async for piece in GUARD.wrap(later_reply, FACTS, **options)("How heavy?")]

    return asyncio.run(gather())


LONG = f"{WRONG} The pump is red. It was made in Lyon."
LONG_RIGHT = GUARD.check(LONG, FACTS).text


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("size", [1, 6, 21, 200])
@pytest.mark.parametrize("cumulative", [None, True])
@pytest.mark.parametrize("first", [[], ["", ""], ["Thinking..."], ["Let me see.", "Let me see."]])
def test_a_reply_that_yields_the_text_so_far(
    first: list[str], cumulative: bool | None, size: int, asynchronous: bool
) -> None:
    said = [*first, *so_far(LONG, size)]
    if cumulative is None and any(first) and size > 50:
        return  # two texts: nothing tells that the second takes the place of the first
    shown = wrap_pieces(said, asynchronous, cumulative=cumulative)
    assert shown[-1] == LONG_RIGHT
    assert all(after.startswith(before) for before, after in pairwise(shown))
    assert "64" not in "".join(shown)


@given(st.lists(st.text("ab .\n", max_size=6), max_size=12), st.booleans())
def test_new_pieces_stay_what_they_are(pieces: list[str], asynchronous: bool) -> None:
    """Whatever the pieces, telling that they are new shows all of them."""
    text = "".join(pieces)
    expected = GUARD.check(text, FACTS).text if text.strip() else text
    assert "".join(wrap_pieces(pieces, asynchronous, cumulative=False)) == expected


@given(st.integers(1, 30))
def test_new_pieces_of_sentences_are_found_out(size: int) -> None:
    pieces = [LONG[i : i + size] for i in range(0, len(LONG), size)]
    assert "".join(wrap_pieces(pieces, False)) == LONG_RIGHT


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        (["Hi", "Hi there!"], "Hi there!"),
        (["ha", "ha", "ha"], "hahaha"),
        (["Hello"], "Hello"),
        (["a", "an", "d so on"], "aand so on"),
        ([" ", "  ", "Hello"], "   Hello"),
    ],
)
def test_few_pieces_are_read_as_they_are_meant(pieces: list[str], text: str) -> None:
    assert PieceReader().join(pieces) == text


def test_a_text_so_far_is_held_until_it_is_known_to_be_one() -> None:
    read: list[str] = []

    def reply(message: str) -> Iterator[str]:
        for piece in so_far(LONG):
            read.append(piece)
            yield piece

    for shown in GUARD.wrap(reply, FACTS)("How heavy?"):
        assert LONG_RIGHT.startswith(shown)
        assert sum(map(len, read)) >= 16


def test_a_text_so_far_comes_with_its_evidence_or_citations() -> None:
    def reply(message: str) -> Iterator[tuple[str, Any]]:
        for piece in so_far(WRONG):
            yield piece, FACTS

    assert list(GUARD.wrap(reply)("How heavy?")) == [RIGHT]
    (cited,) = wrap_pieces(so_far(WRONG), False, cite=True)
    assert cited.startswith("The pump weighs 62 kg [1].")


def test_a_text_so_far_that_is_blocked_ends_with_the_message() -> None:
    shown = wrap_pieces(so_far("It was made in Lyon by Jules."), False)
    assert shown == [BLOCKED_MESSAGE]


def test_the_source_of_a_reply_is_closed() -> None:
    closed: list[bool] = []

    def reply(message: str) -> Iterator[str]:
        try:
            yield from so_far(LONG)
        finally:
            closed.append(True)

    stream = GUARD.wrap(reply, FACTS)("How heavy?")
    next(stream)
    stream.close()
    assert closed == [True]


def test_cumulative_is_a_truth_value() -> None:
    with pytest.raises(InputError, match="cumulative"):
        GUARD.wrap(plain, FACTS, cumulative="yes")  # type: ignore[arg-type]
