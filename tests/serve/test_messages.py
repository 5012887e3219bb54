"""Anthropic's Messages API under guard: whole answers and streams, blocks and their citations."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

import httpx
import pytest

from groundwire.guard.guard import BLOCKED_MESSAGE
from server_cases import KEY, MANUAL, open_client
from upstream_cases import (
    OTHER,
    REPAIRED,
    RIGHT,
    WRONG,
    ScriptedUpstream,
    make_message,
    make_message_events,
    open_upstream,
    read_events,
)

CALL = {"type": "tool_use", "id": "t_1", "name": "f", "input": {"a": 1}}
THOUGHT = {"type": "thinking", "thinking": "36 or 24?", "signature": ""}
SEARCH = {"type": "server_tool_use", "id": "s_1", "name": "web_search", "input": {}}
MARK = {"type": "char_location", "cited_text": "24 months", "document_index": 0}
VERSION = {"anthropic-version": "2023-06-01"}


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with open_upstream() as scripted:
        yield scripted


def ask(**more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": "How long is the warranty?"}]
    told = {"evidence": [MANUAL]}
    return {"model": "m", "max_tokens": 99, "messages": messages, "x-groundwire": told, **more}


async def post(upstream: ScriptedUpstream, body: Any, /, **flags: Any) -> httpx.Response:
    headers = flags.pop("headers", VERSION)
    async with open_client({"upstream": upstream.url, **flags}) as client:
        return await client.post("/v1/messages", json=body, headers=headers)


async def stream(upstream: ScriptedUpstream, *blocks: Any, **options: Any) -> list[Any]:
    """Streams blocks through the guard, and holds what is true of every such stream."""
    flags = options.pop("flags", {})
    upstream.send(make_message_events(*blocks, **options))
    events = read_events(await post(upstream, ask(stream=True), **flags))
    read_blocks(events)
    assert events[-1] == {"type": "message_stop"}
    return events


def read_blocks(events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Puts the blocks of a stream together as clients do, which need them in one order."""
    blocks: list[dict[str, Any]] = []
    is_open = False
    for event in events:
        if event["type"] == "content_block_start":
            assert not is_open and event["index"] == len(blocks)
            blocks.append(dict(event["content_block"]))
            is_open = True
        elif event["type"] in ("content_block_delta", "content_block_stop"):
            assert is_open and event["index"] == len(blocks) - 1
            is_open = event["type"] == "content_block_delta"
            delta, block = event.get("delta", {}), blocks[-1]
            if delta.get("type") == "text_delta":
                block["text"] += delta["text"]
            elif delta.get("type") == "citations_delta":
                block.setdefault("citations", []).append(delta["citation"])
    return blocks


def texts_of(blocks: Sequence[dict[str, Any]]) -> list[str]:
    return [block["text"] for block in blocks if block["type"] == "text"]


def stop_of(events: Sequence[dict[str, Any]]) -> str:
    (found,) = [e["delta"]["stop_reason"] for e in events if e["type"] == "message_delta"]
    return str(found)


async def test_text_is_repaired_and_the_rest_is_untouched(upstream: ScriptedUpstream) -> None:
    upstream.tell(make_message(THOUGHT, f"{RIGHT} {WRONG}", CALL, stop="tool_use"))
    response = await post(upstream, ask(odd="kept"))
    assert response.status_code == 200 and "36 months" not in response.text
    body = response.json()
    assert body["content"] == [THOUGHT, {"type": "text", "text": f"{RIGHT} {REPAIRED}"}, CALL]
    assert body["stop_reason"] == "tool_use" and body["odd"] == {"a": 1}
    assert body["usage"] == {"input_tokens": 7, "output_tokens": 9}
    assert response.headers["x-groundwire-action"] == "rewrite"
    assert body["x-groundwire"]["texts"][0]["labels"] == {"contradicted": 1, "supported": 1}
    (request,) = upstream.requests
    assert request["path"] == "/v1/messages" and request["body"]["odd"] == "kept"
    assert "x-groundwire" not in request["body"]
    events = await stream(upstream, THOUGHT, f"{RIGHT} {WRONG}", CALL, stop="tool_use")
    assert texts_of(read_blocks(events)) == texts_of(body["content"])
    assert stop_of(events) == "tool_use"
    sent = make_message_events(THOUGHT, CALL)
    others = [e for e in sent if e["type"] == "content_block_delta"]
    kept = [e for e in events if e.get("delta", {}).get("type", "text_delta") != "text_delta"]
    assert [e["delta"] for e in kept if "index" in e] == [e["delta"] for e in others]


async def test_a_blocked_answer_is_a_refusal(upstream: ScriptedUpstream) -> None:
    upstream.tell(make_message(OTHER, SEARCH, "It sings opera."))
    response = await post(upstream, ask(), verdicts="none")
    body = response.json()
    assert body["stop_reason"] == "refusal"
    assert body["content"] == [SEARCH, {"type": "text", "text": BLOCKED_MESSAGE}]
    assert "Oslo" not in response.text and "opera" not in response.text
    events = await stream(upstream, OTHER, SEARCH, "It sings opera.")
    assert read_blocks(events) == body["content"] and stop_of(events) == "refusal"
    events = await stream(upstream, OTHER)
    assert texts_of(read_blocks(events)) == [BLOCKED_MESSAGE]
    events = await stream(upstream, OTHER, SEARCH)
    assert texts_of(read_blocks(events)) == [BLOCKED_MESSAGE] and stop_of(events) == "refusal"


async def test_a_turn_that_calls_tools_goes_on(upstream: ScriptedUpstream) -> None:
    upstream.tell(make_message(OTHER, CALL, stop="tool_use"))
    body = (await post(upstream, ask())).json()
    assert body["content"] == [CALL] and body["stop_reason"] == "tool_use"
    events = await stream(upstream, OTHER, CALL, stop="tool_use")
    assert [block["type"] for block in read_blocks(events)] == ["tool_use"]
    assert stop_of(events) == "tool_use"


async def test_blocks_that_follow_each_other_are_one_text(upstream: ScriptedUpstream) -> None:
    blocks = ({"type": "text", "text": "The warranty lasts", "citations": [MARK]}, " 36 months.")
    upstream.tell(make_message(*blocks))
    body = (await post(upstream, ask())).json()
    assert body["content"] == [{"type": "text", "text": REPAIRED, "citations": None}]
    events = await stream(upstream, *blocks)
    assert read_blocks(events) == [{"type": "text", "text": REPAIRED}]


async def test_what_holds_keeps_its_blocks_and_citations(upstream: ScriptedUpstream) -> None:
    blocks: list[dict[str, Any]] = [
        {"type": "text", "text": "The warranty lasts "},
        {"type": "text", "text": "24 months", "citations": [MARK]},
        {"type": "text", "text": f". {RIGHT}"},
    ]
    upstream.tell(make_message(*blocks))
    assert (await post(upstream, ask())).json()["content"] == blocks
    assert read_blocks(await stream(upstream, *blocks)) == blocks
    changed = read_blocks(await stream(upstream, *blocks[:2], f". {RIGHT} {WRONG}"))
    assert changed[:2] == blocks[:2] and "36" not in str(changed)


async def test_wherever_blocks_are_cut_the_text_is_the_same(upstream: ScriptedUpstream) -> None:
    text, chance = f"{RIGHT} {REPAIRED}", random.Random(0)
    async with open_client({"upstream": upstream.url}) as client:
        for many in [*range(6)] * 3:
            edges = [0, *sorted(chance.choices(range(len(text)), k=many)), len(text)]
            blocks = [text[a:b] for a, b in pairwise(edges)]
            upstream.send(make_message_events(*blocks, cut=chance.randrange(1, 20)))
            response = await client.post("/v1/messages", json=ask(stream=True))
            shown = texts_of(read_blocks(read_events(response)))
            assert shown == [block for block in blocks if block]


@pytest.mark.parametrize("how", ["cut", "short", "end", "malformed", "error", "other", "text"])
async def test_a_stream_that_breaks_shows_no_more_than_was_checked(
    upstream: ScriptedUpstream, how: str
) -> None:
    events = make_message_events(f"{RIGHT} {WRONG} It was designed in Oslo")
    stop = next(i for i, e in enumerate(events) if e["type"] == "content_block_stop")
    upstream.send(events[: stop - 1] if how != "end" else events[:stop])
    broken = {
        "malformed": b"data: {no\n\n",
        "error": b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", '
        b'"message": "fire"}}\n\n',
        "other": b'data: {"error": {"message": "fire"}}\n\n',
        "text": b'data: {"type": "content_block_delta", "index": 0, '
        b'"delta": {"type": "text_delta", "text": 7}}\n\n',
    }
    upstream.pieces += [broken[how]] if how in broken else []
    upstream.end = "cut" if how == "cut" else "whole"
    response = await post(upstream, ask(stream=True))
    assert "36" not in response.text and "Oslo" not in response.text
    told = read_events(response)
    assert told[-1]["type"] == "error" and told[-1]["error"]["message"]
    assert "message_stop" not in [event["type"] for event in told]
    assert ("fire" in str(told[-1])) == (how in ("error", "other"))
    assert response.text.rstrip().split("\n")[-2] == "event: error"


async def test_no_evidence(upstream: ScriptedUpstream) -> None:
    body = ask()
    del body["x-groundwire"]
    for mode, text in {"pass": WRONG, "label": WRONG, "block": BLOCKED_MESSAGE}.items():
        upstream.tell(make_message(WRONG))
        whole = await post(upstream, body, on_no_evidence=mode)
        assert texts_of(whole.json()["content"]) == [text]
        assert ("x-groundwire-checked" in whole.headers) == (mode != "pass")
        sent = make_message_events(WRONG)
        upstream.send(sent)
        response = await post(upstream, {**body, "stream": True}, on_no_evidence=mode)
        events = read_events(response)
        assert texts_of(read_blocks(events)) == [text]
        assert ("x-groundwire" in response.text) == (mode != "pass")
        if mode == "pass":
            assert events == sent


def result(content: Any, **more: Any) -> dict[str, Any]:
    return {"type": "tool_result", "tool_use_id": "t_1", "content": content, **more}


DOCUMENT = {"type": "document", "source": {"type": "text", "data": MANUAL}, "title": "Manual"}
FOUND = {"type": "search_result", "source": "kb", "title": "Manual",
         "content": [{"type": "text", "text": MANUAL}]}  # fmt: skip


@pytest.mark.parametrize(
    "block",
    [
        result(MANUAL),
        result([{"type": "text", "text": MANUAL}]),
        result([FOUND]),
        result([DOCUMENT]),
        {**result({"type": "web_fetch_result", "content": DOCUMENT}),
         "type": "web_fetch_tool_result"},
        FOUND,
        DOCUMENT,
    ],
)  # fmt: skip
async def test_what_tools_found_is_evidence(
    upstream: ScriptedUpstream, block: dict[str, Any]
) -> None:
    upstream.tell(make_message(WRONG))
    messages = [
        {"role": "user", "content": "How long is the warranty?"},
        {"role": "assistant", "content": [CALL]},
        {"role": "user", "content": [block]},
    ]
    body = {"model": "m", "max_tokens": 9, "messages": messages}
    response = await post(upstream, body)
    assert texts_of(response.json()["content"]) == [REPAIRED]
    response = await post(upstream, body, evidence_from="system")
    assert response.headers["x-groundwire-checked"] == "false"


@pytest.mark.parametrize("role", ["user", "assistant", "system"])
async def test_nobody_who_writes_a_message_makes_evidence(
    upstream: ScriptedUpstream, role: str
) -> None:
    upstream.tell(make_message(WRONG))
    body = ask(messages=[{"role": role, "content": [{"type": "text", "text": WRONG}]}])
    if role == "system":
        body = ask(system=[{"type": "text", "text": WRONG}])
    assert texts_of((await post(upstream, body)).json()["content"]) == [REPAIRED]
    failed = result(WRONG, is_error=True)
    del body["x-groundwire"]
    body["messages"] = [{"role": "user", "content": [failed, {"type": "text", "text": WRONG}]}]
    assert (await post(upstream, body)).headers["x-groundwire-checked"] == "false"


async def test_what_the_upstream_looked_up_is_evidence(upstream: ScriptedUpstream) -> None:
    body = ask()
    del body["x-groundwire"]
    # What a tool only repeats of what the model gave to it is none.
    for said, shown in ((MANUAL, REPAIRED), (WRONG, WRONG)):
        call = {"type": "mcp_tool_use", "id": "m", "name": "look", "input": {"text": WRONG}}
        found = {"type": "mcp_tool_result", "tool_use_id": "m", "is_error": False,
                 "content": [{"type": "text", "text": said}]}  # fmt: skip
        upstream.tell(make_message(call, found, WRONG))
        response = await post(upstream, body)
        assert texts_of(response.json()["content"]) == [shown]
        checked = str(said == MANUAL).lower()
        assert response.headers["x-groundwire-checked"] == checked
        assert response.headers["x-groundwire-evidence"] == ("tools" if said == MANUAL else "none")
        upstream.send(make_message_events(call, found, WRONG))
        response = await post(upstream, {**body, "stream": True})
        events = read_events(response)
        assert texts_of(read_blocks(events)) == [shown]
        assert f'"checked": {checked}' in response.text


async def test_errors_have_the_envelope_of_anthropic(upstream: ScriptedUpstream) -> None:
    theirs = {"type": "error", "error": {"type": "rate_limit_error", "message": "slow down"}}
    upstream.tell(theirs)
    upstream.status, upstream.headers = 429, {**upstream.headers, "retry-after": "7"}
    response = await post(upstream, ask())
    assert response.status_code == 429 and response.json() == theirs
    assert response.headers["retry-after"] == "7"
    cases = {503: b'{"error": {"message": "busy"}}', 500: b"<h1>no</h1>"}
    for status, body in cases.items():
        upstream.status, upstream.pieces = status, [body]
        told = (await post(upstream, ask())).json()
        kinds = {503: "overloaded_error", 500: "api_error"}
        assert told["type"] == "error" and told["error"]["type"] == kinds[status]
    assert (await post(upstream, {"messages": 1})).json()["error"]["type"] == (
        "invalid_request_error"
    )
    refused = await post(upstream, ask(), keys=KEY)
    assert refused.status_code == 401
    assert refused.json()["error"]["type"] == "authentication_error"


async def test_keys_go_where_the_client_put_its_own(upstream: ScriptedUpstream) -> None:
    upstream.tell(make_message(RIGHT))
    beta = {"anthropic-beta": "x", "cookie": "a=b", **VERSION}
    own, other = {"x-api-key": KEY, **beta}, {"authorization": f"Bearer {KEY}", **beta}
    for headers in (own, other):
        await post(upstream, ask(), headers=headers)
        await post(upstream, ask(), headers=headers, keys=KEY)
        await post(upstream, ask(), headers=headers, keys=KEY, upstream_key="theirs")
    seen = [request["headers"] for request in upstream.requests]
    assert [headers.get("x-api-key") for headers in seen] == [KEY, None, "theirs", *[None] * 3]
    assert [headers.get("authorization") for headers in seen] == [
        None, None, None, f"Bearer {KEY}", None, "Bearer theirs",
    ]  # fmt: skip
    assert all(h["anthropic-version"] == VERSION["anthropic-version"] for h in seen)
    assert all(h["anthropic-beta"] == "x" and "cookie" not in h for h in seen)


async def test_tokens_are_counted_by_the_upstream(upstream: ScriptedUpstream) -> None:
    upstream.tell({"input_tokens": 3})
    async with open_client({"upstream": upstream.url}) as client:
        response = await client.post("/v1/messages/count_tokens", json=ask(), headers=VERSION)
    assert response.json() == {"input_tokens": 3}
    assert "x-groundwire" not in upstream.requests[0]["body"]


@pytest.mark.parametrize("content", [None, [1], [{"type": "text"}]])
async def test_what_cannot_be_read_is_not_shown(upstream: ScriptedUpstream, content: Any) -> None:
    upstream.tell({**make_message(), "content": content})
    response = await post(upstream, ask())
    assert response.status_code == 502 and response.json()["type"] == "error"
