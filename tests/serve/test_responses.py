"""The Responses API under guard: whole answers, and every event of those that stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.guard.forms.responses import is_readable, read_text, replace_text
from groundwire.guard.guard import BLOCKED_MESSAGE
from server_cases import KEY, MANUAL, open_client
from upstream_cases import (
    OTHER,
    REPAIRED,
    RIGHT,
    TOKENS,
    WRONG,
    ScriptedUpstream,
    make_item,
    make_part,
    make_response,
    make_response_events,
    open_upstream,
    read_events,
)

QUESTION = "How long is the warranty?"
CALL = {
    "type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "f", "arguments": "{}",
    "status": "completed",
}  # fmt: skip
THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "e"}
REFUSAL = {"type": "refusal", "refusal": "I would rather not."}
SEARCH = {
    "type": "file_search_call", "id": "fs_1", "status": "completed", "queries": ["warranty"],
    "results": [{"file_id": "f", "filename": "manual.md", "text": MANUAL, "score": 0.9}],
}  # fmt: skip
REASON = make_item(2, REFUSAL)
CITED = {"type": "url_citation", "url": "https://example.org", "title": "t", "start_index": 0}


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with open_upstream() as scripted:
        yield scripted


def ask(**more: Any) -> dict[str, Any]:
    return {"model": "m", "input": QUESTION, "x-groundwire": {"evidence": [MANUAL]}, **more}


async def post(upstream: ScriptedUpstream, body: Any, /, **flags: Any) -> httpx.Response:
    async with open_client({"upstream": upstream.url, **flags}) as client:
        response = await client.post("/v1/responses", json=body)
        metrics = await client.get("/metrics", headers={"x-api-key": KEY})
    response.extensions["metrics"] = metrics.text
    return response


async def stream(upstream: ScriptedUpstream, *items: dict[str, Any], **options: Any) -> list[Any]:
    """Streams items through the guard, and holds what is true of every such stream."""
    flags, body = options.pop("flags", {}), options.pop("body", {})
    upstream.send(make_response_events(*items, **options))
    events = read_events(await post(upstream, ask(stream=True, **body), **flags))
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    check_agreement(events)
    return events


def check_agreement(events: Sequence[dict[str, Any]]) -> None:
    """Holds that every event that tells a text tells the same one."""
    last = events[-1]["response"]
    for number, item in enumerate(last["output"]):
        mine = [e for e in events if e.get("output_index") == number]
        ended = [e["item"] for e in mine if e["type"] == "response.output_item.done"]
        assert ended == [item]
        for i, part in enumerate(item.get("content", [])):
            if part["type"] == "output_text":
                told = [e for e in mine if e.get("content_index") == i]
                deltas = [e["delta"] for e in told if e["type"] == "response.output_text.delta"]
                texts = [e["text"] for e in told if e["type"] == "response.output_text.done"]
                parts = [e["part"] for e in told if e["type"] == "response.content_part.done"]
                assert "".join(deltas) == part["text"]
                assert texts == [part["text"]] and parts == [part]


def texts_of(response: dict[str, Any]) -> list[str]:
    return [read_text(item) for item in response["output"] if item["type"] == "message"]


async def test_text_is_repaired_and_the_rest_is_untouched(upstream: ScriptedUpstream) -> None:
    marked = make_part(f"{RIGHT} {WRONG}", annotations=[CITED], logprobs=[{"token": "36"}])
    upstream.tell(make_response(THOUGHT, make_item(1, marked), CALL))
    response = await post(upstream, ask(tools=[{"type": "function", "name": "f"}], odd="kept"))
    assert response.status_code == 200 and "36" not in response.text
    body = response.json()
    thought, message, call = body["output"]
    assert (thought, call) == (THOUGHT, CALL)
    assert message["content"] == [make_part(f"{RIGHT} {REPAIRED}")]
    assert body["usage"] == TOKENS and body["odd"] == {"a": 1} and body["status"] == "completed"
    assert response.headers["x-groundwire-action"] == "rewrite"
    told = {"contradicted": 1, "supported": 1}
    assert body["x-groundwire"]["texts"][0]["labels"] == told
    assert body["x-groundwire"]["texts"][0]["output_index"] == 1
    (request,) = upstream.requests
    assert request["path"] == "/v1/responses"
    assert "x-groundwire" not in request["body"] and request["body"]["odd"] == "kept"


async def test_what_holds_keeps_its_citations(upstream: ScriptedUpstream) -> None:
    marked = make_part(REPAIRED, annotations=[CITED])
    upstream.tell(make_response(make_item(0, marked)))
    body = (await post(upstream, ask())).json()
    assert body["output"][0]["content"] == [marked]
    events = await stream(upstream, make_item(0, marked))
    assert "response.output_text.annotation.added" in [event["type"] for event in events]
    assert events[-1]["response"]["output"][0]["content"] == [marked]
    events = await stream(upstream, make_item(0, make_part(WRONG, annotations=[CITED])))
    assert "response.output_text.annotation.added" not in [event["type"] for event in events]


async def test_a_blocked_answer_is_incomplete(upstream: ScriptedUpstream) -> None:
    upstream.tell(make_response(make_item(0, OTHER), make_item(1, "It sings opera.")))
    response = await post(upstream, ask(), verdicts="none")
    body = response.json()
    assert body["status"] == "incomplete"
    assert body["incomplete_details"] == {"reason": "content_filter"}
    assert texts_of(body) == [BLOCKED_MESSAGE, ""]
    assert "Oslo" not in response.text and "opera" not in response.text
    events = await stream(upstream, make_item(0, OTHER), make_item(1, "It sings opera."))
    last = events[-1]
    assert last["type"] == "response.incomplete" and texts_of(last["response"]) == texts_of(body)
    assert last["response"]["incomplete_details"] == {"reason": "content_filter"}
    assert last["response"]["usage"] == TOKENS


@pytest.mark.parametrize("call", [CALL, {"type": "mcp_approval_request", "id": "a", "name": "f"}])
async def test_a_turn_that_calls_tools_goes_on(
    upstream: ScriptedUpstream, call: dict[str, Any]
) -> None:
    items = (make_item(0, OTHER), THOUGHT, call)
    upstream.tell(make_response(*items))
    body = (await post(upstream, ask())).json()
    assert body["status"] == "completed" and body["output"][1:] == [THOUGHT, call]
    assert texts_of(body) == [""]
    events = await stream(upstream, *items)
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"] == body["output"]


async def test_every_event_tells_the_guarded_text(upstream: ScriptedUpstream) -> None:
    item = make_item(0, f"{RIGHT} {WRONG}")
    upstream.send(make_response_events(THOUGHT, item, REASON, CALL))
    response = await post(upstream, ask(stream=True))
    assert "36" not in response.text and 'logprob"' not in response.text
    assert response.headers["x-groundwire-checked"] == "true"
    events = await stream(upstream, THOUGHT, item, REASON, CALL)
    kinds = [event["type"] for event in events]
    assert kinds == [event["type"] for event in read_events(response)]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds.index("response.output_text.done") < kinds.index("response.refusal.delta")
    last = events[-1]["response"]
    assert texts_of(last) == [f"{RIGHT} {REPAIRED}", ""]
    assert last["output"][0] == THOUGHT and last["output"][3] == CALL and last["usage"] == TOKENS
    assert last["x-groundwire"]["texts"][0]["action"] == "rewrite"
    assert 'groundwire_answers_total{action="rewrite"} 1.0' in response.extensions["metrics"]


async def test_parts_of_a_message_are_one_text(upstream: ScriptedUpstream) -> None:
    item = make_item(0, "The warranty lasts", REFUSAL, " 36 months.")
    upstream.tell(make_response(item))
    response = await post(upstream, ask())
    told = [part.get("text") for part in response.json()["output"][0]["content"]]
    assert told == [REPAIRED, None]
    events = await stream(upstream, item)
    assert events[-1]["response"]["output"] == response.json()["output"]
    refused = [e["content_index"] for e in events if "refusal" in e["type"]]
    assert set(refused) == {1}


async def test_events_that_nobody_knows_go_on_in_their_place(upstream: ScriptedUpstream) -> None:
    odd = {"type": "response.steer.pending", "steer": {"a": 1}, "sequence_number": 3}
    shell = {"type": "response.shell_call_command.delta", "output_index": 7, "delta": "ls"}
    events = make_response_events(make_item(0, WRONG))
    upstream.send([*events[:3], odd, *events[3:-1], shell, events[-1]])
    told = read_events(await post(upstream, ask(stream=True)))
    assert told[3] == odd
    assert told[-2] == {**shell, "sequence_number": len(told) - 2}
    assert texts_of(told[-1]["response"]) == [REPAIRED]


async def test_an_answer_that_only_its_end_tells_is_guarded(upstream: ScriptedUpstream) -> None:
    events = make_response_events(make_item(0, WRONG))
    upstream.send([events[0], events[-1]])
    told = read_events(await post(upstream, ask(stream=True)))
    check_agreement(told)
    assert texts_of(told[-1]["response"]) == [REPAIRED]
    upstream.send([e for e in events if e["type"] != "response.output_text.delta"])
    told = read_events(await post(upstream, ask(stream=True)))
    check_agreement(told)
    assert texts_of(told[-1]["response"]) == [REPAIRED]


async def test_an_answer_that_failed_shows_what_was_complete(upstream: ScriptedUpstream) -> None:
    item = make_item(0, f"{RIGHT} {WRONG} It was desig")
    events = make_response_events(item, status="failed")
    cut = next(i for i, e in enumerate(events) if e["type"] == "response.output_text.done")
    upstream.send([*events[:cut], events[-1]])
    response = await post(upstream, ask(stream=True))
    assert "36" not in response.text and "desig" not in response.text
    last = read_events(response)[-1]
    assert last["type"] == "response.failed"
    assert f"{RIGHT} {REPAIRED}".startswith(texts_of(last["response"])[0])


@pytest.mark.parametrize("how", ["cut", "short", "malformed", "error", "other", "text", "stray"])
async def test_a_stream_that_breaks_shows_no_more_than_was_checked(
    upstream: ScriptedUpstream, how: str
) -> None:
    events = make_response_events(make_item(0, f"{RIGHT} {WRONG} It was designed in Oslo"))
    done = next(i for i, e in enumerate(events) if e["type"] == "response.output_text.done")
    upstream.send(events[: done - 1])
    broken = {
        "malformed": b"data: {no\n\n",
        "error": b'event: error\ndata: {"type": "error", "message": "fire", "code": "x"}\n\n',
        "other": b'data: {"error": {"message": "fire"}}\n\n',
        "text": b'data: {"type": "response.output_text.delta", "output_index": 0, '
        b'"content_index": 0, "delta": 7}\n\n',
        "stray": b'data: {"type": "response.output_text.delta", "output_index": 5, '
        b'"content_index": 0, "delta": "Oslo"}\n\n',
    }
    upstream.pieces += [broken[how]] if how in broken else []
    upstream.end = "cut" if how == "cut" else "whole"
    response = await post(upstream, ask(stream=True))
    assert "36" not in response.text and "Oslo" not in response.text
    told = read_events(response)
    assert [event["sequence_number"] for event in told] == list(range(len(told)))
    assert "response.completed" not in [event.get("type") for event in told]
    if how in ("error", "other"):
        assert "fire" in str(told[-1])
    else:
        assert told[-1]["type"] == "error" and told[-1]["message"]


async def test_no_evidence(upstream: ScriptedUpstream) -> None:
    body = ask()
    del body["x-groundwire"]
    shown = {"pass": WRONG, "label": WRONG, "block": BLOCKED_MESSAGE}
    for mode, text in shown.items():
        upstream.tell(make_response(make_item(0, WRONG)))
        whole = await post(upstream, body, on_no_evidence=mode)
        assert texts_of(whole.json()) == [text]
        assert ("x-groundwire-checked" in whole.headers) == (mode != "pass")
        upstream.send(make_response_events(make_item(0, WRONG)))
        response = await post(upstream, {**body, "stream": True}, on_no_evidence=mode)
        events = read_events(response)
        check_agreement(events)
        assert texts_of(events[-1]["response"]) == [text]
        assert ("x-groundwire" in response.text) == (mode != "pass")
        if mode != "block":
            sent = make_response_events(make_item(0, WRONG))
            assert events[:-1] == sent[:-1]
            # What nobody checks goes on even where it is odd.
            stray = {"type": "response.output_text.delta", "output_index": 9, "delta": 7}
            upstream.send([*sent[:-1], {**stray, "sequence_number": len(sent) - 1}, sent[-1]])
            response = await post(upstream, {**body, "stream": True}, on_no_evidence=mode)
            assert read_events(response)[-2] == {**stray, "sequence_number": len(sent) - 1}
            upstream.send([sent[0], sent[-1]])
            response = await post(upstream, {**body, "stream": True}, on_no_evidence=mode)
            assert texts_of(read_events(response)[-1]["response"]) == [WRONG]
            assert ("x-groundwire" in response.text) == (mode == "label")


HISTORY = [
    {"role": "user", "content": [{"type": "input_text", "text": "What is a kettle?"}]},
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "A pot"}]},
    {"role": "user", "content": QUESTION},
]


@pytest.mark.parametrize(
    ("found", "name"),
    [
        ([CALL, {"type": "function_call_output", "call_id": "call_1", "output": MANUAL}], "f"),
        (
            [
                CALL,
                {
                    "type": "function_call_output",
                    "call_id": "call_1",
                    "output": [{"type": "input_text", "text": MANUAL}],
                },
            ],
            "f",
        ),
        ([SEARCH], "manual.md"),
        ([{"type": "mcp_call", "id": "m", "name": "look", "output": MANUAL}], "look"),
    ],
)
async def test_what_tools_found_is_evidence(
    upstream: ScriptedUpstream, found: list[dict[str, Any]], name: str
) -> None:
    upstream.tell(make_response(make_item(0, WRONG)))
    body = {"model": "m", "input": [*HISTORY, *found], "instructions": "Be brief."}
    response = await post(upstream, body)
    assert texts_of(response.json()) == [REPAIRED]
    response = await post(upstream, body, evidence_from="system")
    assert response.headers["x-groundwire-checked"] == "false"


async def test_what_a_tool_only_repeats_is_no_evidence(upstream: ScriptedUpstream) -> None:
    body = {"model": "m", "input": QUESTION}
    call = {"type": "mcp_call", "id": "m", "name": "look", "arguments": f'{{"a": "{WRONG}"}}'}
    items = ({**call, "output": WRONG}, make_item(1, WRONG))
    upstream.tell(make_response(*items))
    response = await post(upstream, body)
    assert response.headers["x-groundwire-checked"] == "false"
    upstream.send(make_response_events(*items))
    response = await post(upstream, {**body, "stream": True})
    assert '"checked": false' in response.text


async def test_what_the_upstream_looked_up_is_evidence(upstream: ScriptedUpstream) -> None:
    body = {"model": "m", "input": QUESTION, "include": ["file_search_call.results"]}
    upstream.tell(make_response(SEARCH, make_item(1, WRONG)))
    response = await post(upstream, body)
    assert texts_of(response.json()) == [REPAIRED]
    assert response.headers["x-groundwire-checked"] == "true"
    upstream.send(make_response_events(SEARCH, make_item(1, WRONG)))
    events = read_events(await post(upstream, {**body, "stream": True}))
    check_agreement(events)
    assert texts_of(events[-1]["response"]) == [REPAIRED]


async def test_instructions_make_no_evidence_unless_they_may(upstream: ScriptedUpstream) -> None:
    upstream.tell(make_response(make_item(0, WRONG)))
    body = {"model": "m", "input": QUESTION, "instructions": MANUAL}
    response = await post(upstream, body)
    assert response.headers["x-groundwire-checked"] == "false"
    response = await post(upstream, body, templates="whole")
    assert texts_of(response.json()) == [REPAIRED]


@pytest.mark.parametrize(
    "more", [{"background": True}, {"input": 1}, {"input": [1]}, {"x-groundwire": {"a": 1}}]
)
async def test_requests_that_cannot_be_guarded_go_nowhere(
    upstream: ScriptedUpstream, more: dict[str, Any]
) -> None:
    response = await post(upstream, ask(**more))
    assert response.status_code == 400 and response.json()["error"]["message"]
    assert not upstream.requests


async def test_a_history_that_the_upstream_keeps_is_not_known(upstream: ScriptedUpstream) -> None:
    upstream.tell(make_response(make_item(0, WRONG)))
    response = await post(upstream, ask(previous_response_id="resp_0"))
    assert texts_of(response.json()) == [REPAIRED]
    assert upstream.requests[0]["body"]["previous_response_id"] == "resp_0"


@pytest.mark.parametrize(
    "output", [None, [1], [{"type": "message"}], [make_item(0, {"type": "output_text"})]]
)
async def test_what_cannot_be_read_is_not_shown(upstream: ScriptedUpstream, output: Any) -> None:
    upstream.tell({**make_response(), "output": output})
    response = await post(upstream, ask())
    assert response.status_code == 502 and response.json()["error"]["type"] == "server_error"


@given(st.lists(st.sampled_from(["a", "b", "", None]), max_size=5), st.text(max_size=3))
def test_a_text_put_into_a_message_is_its_text(parts: list[str | None], text: str) -> None:
    item = make_item(0, *(REFUSAL if part is None else part for part in parts))
    replace_text(item, text)
    assert is_readable(item)
    assert read_text(item) == (text if any(part is not None for part in parts) else "")
    assert [p for p in item["content"] if p is REFUSAL] == [REFUSAL] * parts.count(None)
