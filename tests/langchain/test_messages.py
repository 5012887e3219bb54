"""Content blocks keep their order: words, tool calls and images, streamed or whole."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.runnables import RunnableGenerator, RunnableLambda

from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.testing import FakeVerifier
from groundwire_langchain import GroundedRunnable
from groundwire_langchain.messages import keep_media

FACTS = "The pump weighs 62 kg. It runs on 230 V. The pump was made in Lyon in 1998."
LIE = "It sings opera at dawn."
GUARD = Guard(verifier=FakeVerifier())
FIRST = "The pump weighs 62 kg. It runs on 120 V. "
LAST = f"{LIE} The pump was made in Lyon in 1998."
USAGE: Any = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}


def text(words: str, index: int) -> AIMessageChunk:
    return AIMessageChunk(content=[{"type": "text", "text": words, "index": index}], id="m")


def words(said: str, index: int) -> list[AIMessageChunk]:
    return [text(part, index) for part in said.replace(" ", " |").split("|") if part]


def tool(index: int) -> list[AIMessageChunk]:
    """A tool call as Anthropic streams it."""
    block = {"type": "tool_use", "id": f"c{index}", "name": "search", "input": {}, "index": index}
    begun: Any = {"name": "search", "args": "", "id": f"c{index}", "index": index}
    more: Any = {"name": None, "args": '{"query": "pump"}', "id": None, "index": index}
    delta = {"type": "input_json_delta", "partial_json": '{"query": "pump"}', "index": index}
    return [
        AIMessageChunk(content=[block], tool_call_chunks=[begun], id="m"),
        AIMessageChunk(content=[delta], tool_call_chunks=[more], id="m"),
    ]


INTERLEAVED = [
    AIMessageChunk(content=[], usage_metadata=USAGE, id="m"),
    *words(FIRST, 0), *tool(1), *words(LAST, 2), *tool(3),
]  # fmt: skip
WANTED = [
    ("text", "The pump weighs 62 kg. It runs on 230 V."), ("tool_use", "c1"),
    ("text", "The pump was made in Lyon in 1998."), ("tool_use", "c3"),
]  # fmt: skip


def streamed(chunks: list[AIMessageChunk], **options: Any) -> list[list[Any]]:
    """What comes of chunks through a step, by ``stream`` and by ``astream``."""

    def say(_: Any) -> Iterator[Any]:
        yield from chunks

    async def asay(_: Any) -> AsyncIterator[Any]:
        for chunk in chunks:
            await asyncio.sleep(0)
            yield chunk

    step = GroundedRunnable(GUARD, **{"evidence": [FACTS], **options})

    async def collect() -> list[Any]:
        return [part async for part in (RunnableGenerator(say, asay) | step).astream("q")]

    return [list((RunnableGenerator(say, asay) | step).stream("q")), asyncio.run(collect())]


def total(parts: list[Any]) -> AIMessageChunk:
    made: AIMessageChunk = parts[0]
    for part in parts[1:]:
        made = made + part
    return made


def outline(message: AIMessage) -> list[tuple[str, str]]:
    blocks: list[Any] = list(message.content)
    return [(b["type"], b["text"].strip() if "text" in b else b["id"]) for b in blocks]


def test_words_and_tool_calls_of_a_stream_keep_their_order() -> None:
    for parts in streamed(INTERLEAVED):
        made = total(parts)
        assert outline(made) == WANTED
        assert [block["index"] for block in made.content] == [0, 1, 2, 3]  # type: ignore[index]
        assert [call["id"] for call in made.tool_calls] == ["c1", "c3"]
        assert made.tool_calls[0]["args"] == {"query": "pump"}
        assert made.usage_metadata == USAGE
        assert "opera" not in repr(parts) and "120 V" not in repr(parts)


def test_words_before_the_last_call_still_stream_claim_by_claim() -> None:
    said = " ".join(["The pump weighs 62 kg.", "It runs on 230 V."] * 8)
    parts, _ = streamed([*words(said, 0), *tool(1)])
    places = [i for i, part in enumerate(parts) if part.text]
    (calls, *_) = [i for i, part in enumerate(parts) if part.tool_call_chunks]
    assert len(places) > 1 and max(places) < calls
    assert total(parts).text == said


def test_a_block_before_all_words_goes_first() -> None:
    for parts in streamed([*tool(0), *words(FIRST, 1)]):
        assert [kind for kind, _ in outline(total(parts))] == ["tool_use", "text"]


def test_a_whole_message_keeps_its_order_streamed_or_not() -> None:
    call: Any = {"name": "search", "args": {}, "id": "c1", "type": "tool_call"}
    blocks: list[Any] = [
        {"type": "text", "text": FIRST}, {"type": "tool_use", "id": "c1", "name": "search"},
        {"type": "text", "text": LAST}, {"type": "image", "id": "i1"},
    ]  # fmt: skip
    message = AIMessage(blocks, tool_calls=[call], id="m")
    step = GroundedRunnable(GUARD, evidence=[FACTS])
    wanted = [*WANTED[:3], ("image", "i1")]
    out = step.invoke(message)
    assert outline(out) == wanted and len(out.tool_calls) == 1
    chain: Any = RunnableLambda(lambda _: message) | step
    made = total(list(chain.stream("q")))
    assert outline(made) == wanted and len(made.tool_calls) == 1
    assert made.text == out.text


def test_an_answer_that_is_blocked_keeps_its_calls_and_no_words() -> None:
    for parts in streamed(INTERLEAVED, evidence=["Bees make honey."]):
        made = total(parts)
        assert [kind for kind, _ in outline(made)] == ["tool_use", "tool_use"]
        assert BLOCKED_MESSAGE not in made.text


@pytest.mark.parametrize("on_fail", ["block", "annotate"])
def test_other_ways_to_fail(on_fail: Any) -> None:
    for parts in streamed(INTERLEAVED, on_fail=on_fail):
        kinds = [kind for kind, _ in outline(total(parts)) if kind]
        whole = ["text", "tool_use", "text", "tool_use"]
        assert kinds == (whole if on_fail == "annotate" else ["tool_use", "tool_use"])


@pytest.mark.parametrize(
    ("block", "kept"),
    [
        ({"type": "image", "url": "https://x/opera.png"}, None),
        ({"type": "file", "url": "https://x/opera.pdf", "name": "opera"}, None),
        ({"type": "file", "file_id": "f-1", "filename": "opera"}, {"file_id": "f-1"}),
        ({"type": "file", "file": {"file_id": "f-1", "x": 1}}, {"file": {"file_id": "f-1"}}),
        ({"type": "file", "base64": "aGk="}, None),
        ({"type": "video", "url": "https://x/opera.mp4"}, None),
        ({"type": "audio", "base64": "aGk=", "id": "a1"}, None),
        ({"type": "image", "base64": "aGk=", "alt": "opera"}, {"base64": "aGk="}),
        ({"type": "image", "base64": "sings opera"}, None),
        ({"type": "image", "id": "it sings opera"}, None),
        ({"type": "image_url", "image_url": {"url": "https://x/opera.png"}}, None),
        (
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
            {"image_url": {"url": "data:image/png;base64,aGk="}},
        ),
        (
            {"type": "image", "source": {"type": "base64", "data": "aGk=", "title": "opera"}},
            {"source": {"type": "base64", "data": "aGk="}},
        ),
    ],
)
def test_pictures_and_files_pass_without_words(
    block: dict[str, Any], kept: dict[str, Any] | None
) -> None:
    wanted = None if kept is None else {"type": block["type"], **kept}
    assert keep_media(block) == wanted
    out = GroundedRunnable(GUARD, evidence=[FACTS]).invoke(
        AIMessage([{"type": "text", "text": "It runs on 230 V."}, block])
    )
    assert out.content[1:] == ([] if wanted is None else [wanted])
    assert "opera" not in repr(out)
