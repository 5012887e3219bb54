"""Text of an answer that is said again in members that no form of an API knows."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.guard.forms.copies import SIZE, CopyFinder
from server_cases import MANUAL, open_client
from upstream_cases import (
    EVENTS,
    REPAIRED,
    RIGHT,
    WRONG,
    ScriptedUpstream,
    make_item,
    make_message,
    make_message_events,
    make_part,
    make_response,
    make_response_events,
    open_upstream,
)

BOTH = f"{RIGHT} {WRONG}"
QUESTION = "How long is the warranty?"
MESSAGES = [{"role": "user", "content": QUESTION}]
ROUTES: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": MESSAGES},
    "/v1/responses": {"input": QUESTION},
    "/v1/messages": {"messages": MESSAGES, "max_tokens": 9},
}
DEEP = {"debug": [{"said": BOTH, "model": "m"}]}


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with open_upstream() as scripted:
        yield scripted


async def ask(upstream: ScriptedUpstream, path: str, **more: Any) -> str:
    body = {"model": "m", "x-groundwire": {"evidence": [MANUAL]}, **ROUTES[path], **more}
    async with open_client({"upstream": upstream.url}) as client:
        response = await client.post(path, json=body)
    assert response.status_code == 200
    return response.text


def chunk(delta: dict[str, Any], **choice: Any) -> dict[str, Any]:
    made = {"index": 0, "delta": delta, "finish_reason": None, **choice}
    return {"id": "c", "object": "chat.completion.chunk", "odd": {"a": 1}, "choices": [made]}


@given(st.text(min_size=SIZE), st.text(), st.text(), st.lists(st.integers(1, 5)))
def test_a_copy_is_found_however_it_was_heard(
    text: str, before: str, after: str, cuts: list[int]
) -> None:
    finder, rest = CopyFinder(), text
    for cut in cuts:
        finder.hear(rest[:cut])
        finder.has_copy({"another": "string that is read meanwhile"})
        rest = rest[cut:]
    finder.hear(rest)
    assert finder.has_copy({"a": [{"b": before + text + after}]})
    assert not CopyFinder(text, text).has_copy([text])


def test_what_is_known_or_shares_nothing_is_kept() -> None:
    finder = CopyFinder(BOTH, f"{RIGHT} {REPAIRED}")
    data = {"content": BOTH, "copy": WRONG, WRONG: 1, "right": RIGHT, "n": 36, "none": None}
    assert set(finder.drop(data, ("content",))) == {"content", "right", "n", "none"}
    assert CopyFinder("36").drop({"a": "36", "id": "c-36"}, ()) == {"id": "c-36"}


@pytest.mark.parametrize("path", ROUTES)
async def test_no_copy_of_a_changed_text_is_sent(upstream: ScriptedUpstream, path: str) -> None:
    if path == "/v1/chat/completions":
        said = {"role": "assistant", "content": BOTH, "parsed": {"a": WRONG}, "reasoning": "hm"}
        choice = {"index": 0, "message": said, "finish_reason": "stop", "text": BOTH, "seed": 1}
        choice["delta"] = {"content": BOTH}
        upstream.tell({"id": "c", "choices": [choice], "odd": 1, **DEEP})
    elif path == "/v1/responses":
        item = make_item(1, make_part(BOTH, parsed=WRONG), provider=WRONG)
        upstream.tell({**make_response(item), **DEEP})
    else:
        upstream.tell({**make_message({"type": "text", "text": BOTH, "raw": WRONG}), **DEEP})
    text = await ask(upstream, path)
    assert REPAIRED in text and "36" not in text and '"odd"' in text
    if path == "/v1/chat/completions":
        assert '"reasoning": "hm"' in text and '"seed": 1' in text


@pytest.mark.parametrize("path", ROUTES)
async def test_no_copy_is_streamed(upstream: ScriptedUpstream, path: str) -> None:
    if path == "/v1/chat/completions":
        parts = [BOTH[i : i + 9] for i in range(0, len(BOTH), 9)]
        events = [
            {
                **chunk({"content": part, "text": part}, message={"content": part}),
                "raw": {"p": part},
            }
            for part in parts
        ]
        tokens = {"content": [{"token": WRONG}]}
        end = chunk({}, finish_reason="stop", message={"content": BOTH}, logprobs=tokens)
        events += [end, {"id": "c", "choices": [], "usage": {}, **DEEP}]
        pieces = [f"data: {json.dumps(e)}\n\n".encode() for e in events]
        upstream.headers, upstream.pieces = EVENTS, [*pieces, b"data: [DONE]\n\n"]
    elif path == "/v1/responses":
        events = make_response_events(make_item(1, BOTH))
        item = make_item(1, make_part(BOTH, parsed=WRONG), provider=WRONG)
        events[-3]["part"], events[-2]["item"] = item["content"][0], item
        events[-1]["response"] |= {"output": [item], **DEEP}
        upstream.send([*events[:-4], *({**event, "snapshot": BOTH} for event in events[-4:])])
    else:
        *events, end, stop = make_message_events(BOTH)
        upstream.send([*events, {**end, **DEEP}, {**stop, "completion": BOTH}])
    text = await ask(upstream, path, stream=True)
    assert "24 months" in text and "36" not in text and '"odd"' in text
    assert not any(name in text for name in ("snapshot", "debug", 'completion"', "raw", "parsed"))


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("/v1/chat/completions", {"choices": [{"message": {"audio": {"transcript": WRONG}}}]}),
        ("/v1/responses", make_response({"role": "assistant", "content": WRONG})),
        ("/v1/responses", make_response({"type": "said", "role": "assistant", "content": WRONG})),
        ("/v1/responses", make_response(make_item(1, {"type": "audio", "transcript": WRONG}))),
        ("/v1/messages", make_message({"text": WRONG})),
        ("/v1/messages", make_message({"type": "output_text", "text": WRONG})),
        ("/v1/chat/completions", {"choices": [], "odd": float("nan")}),
        ("/v1/chat/completions", {"choices": [{"message": {"content": "{"}}], "odd": 1e999}),
    ],
)
async def test_what_may_hold_text_in_another_form_is_refused(
    upstream: ScriptedUpstream, path: str, answer: dict[str, Any]
) -> None:
    upstream.tell(answer)
    body = {"model": "m", "x-groundwire": {"evidence": [MANUAL]}, **ROUTES[path]}
    async with open_client({"upstream": upstream.url}) as client:
        response = await client.post(path, json=body)
    assert response.status_code == 502
    assert response.json()["error"]["code"] == "upstream_malformed" and "36" not in response.text


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/v1/chat/completions", chunk({"audio": {"transcript": WRONG}})),
        ("/v1/chat/completions", chunk({"content": WRONG}, index={})),
        ("/v1/chat/completions", {"error": {"message": "no"}, "choices": [WRONG]}),
        ("/v1/chat/completions", {**chunk({"content": RIGHT}), "odd": float("inf")}),
        ("/v1/responses", {"type": "response.audio.transcript.delta", "delta": WRONG}),
        ("/v1/responses", {"type": "response.output_item.added", "output_index": 0,
                           "item": {"role": "assistant", "content": WRONG}}),
        ("/v1/responses", {"type": "response.failed",
                           "response": make_response({"role": "assistant", "content": WRONG})}),
        ("/v1/messages", {"type": "content_block_start", "index": 0,
                          "content_block": {"text": WRONG}}),
        ("/v1/messages", {"type": "content_block_delta", "index": [1],
                          "delta": {"type": "text_delta", "text": WRONG}}),
    ],
)  # fmt: skip
async def test_a_stream_with_text_in_another_form_breaks_off(
    upstream: ScriptedUpstream, path: str, event: dict[str, Any]
) -> None:
    upstream.headers, upstream.pieces = EVENTS, [f"data: {json.dumps(event)}\n\n".encode()]
    text = await ask(upstream, path, stream=True)
    assert "36" not in text and "defect" not in text
    assert '"error"' in text or "response.failed" in text


async def test_sound_in_a_message_breaks_off(upstream: ScriptedUpstream) -> None:
    events = make_response_events(make_item(0, REPAIRED))
    place = {"output_index": 0, "content_index": 0}
    kind = "response.output_audio_transcript.delta"
    upstream.send([*events[:5], {"type": kind, **place, "delta": WRONG}, *events[5:]])
    text = await ask(upstream, "/v1/responses", stream=True)
    assert "36" not in text and "in sound" in text


async def test_text_of_the_kind_of_a_request_is_checked(upstream: ScriptedUpstream) -> None:
    item = make_item(1, {"type": "text", "text": WRONG})
    upstream.tell(make_response(item))
    assert REPAIRED in (text := await ask(upstream, "/v1/responses")) and "36" not in text
    upstream.send(make_response_events(make_item(1, WRONG)))
    upstream.pieces = [p.replace(b': "output_text"', b': "text"') for p in upstream.pieces]
    text = await ask(upstream, "/v1/responses", stream=True)
    assert REPAIRED in text and "36" not in text


@pytest.mark.parametrize(
    "answer",
    [
        f'{{"a": "{WRONG}", "a": "{REPAIRED}"}}',
        f'[{"[" * 3000}"{WRONG}"{"]" * 3000}]',
        "[" * 200000,
    ],
)
async def test_json_that_readers_may_read_in_two_ways_is_read_as_text(
    upstream: ScriptedUpstream, answer: str
) -> None:
    upstream.say(answer)
    text = await ask(upstream, "/v1/chat/completions", response_format={"type": "json_object"})
    assert "36" not in text


async def test_a_request_with_what_is_no_json_is_told_so(upstream: ScriptedUpstream) -> None:
    upstream.say(RIGHT)
    headers = {"content-type": "application/json"}
    async with open_client({"upstream": upstream.url}) as client:
        for body in (b'{"messages": [], "n": NaN}', b'{"messages": [], "n": 1e999}'):
            response = await client.post("/v1/chat/completions", content=body, headers=headers)
            assert response.status_code == 400 and "no JSON" in response.text
        odd = {"messages": MESSAGES, "modalities": 5}
        assert (await client.post("/v1/chat/completions", json=odd)).status_code == 200
