"""Answers that are no prose: those in JSON, and those that a rule of the settings excludes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from groundwire.errors import InputError
from groundwire.guard.guard import BLOCKED_MESSAGE
from groundwire.serve.app import make_app
from groundwire.serve.settings import check_settings, load_settings
from server_cases import MANUAL, FailingVerifier, open_client
from upstream_cases import (
    REPAIRED,
    RIGHT,
    WRONG,
    ScriptedUpstream,
    make_item,
    make_message,
    make_message_events,
    make_response,
    make_response_events,
    open_upstream,
    read_events,
    run_server,
)

QUESTION = "How long is the warranty?"
SCHEMA = {"type": "json_schema", "name": "a", "schema": {"type": "object"}}
ROUTES = ("chat/completions", "responses", "messages")


@pytest.fixture
async def upstream() -> AsyncIterator[ScriptedUpstream]:
    async with open_upstream() as scripted:
        yield scripted


def write_body(route: str, stream: bool, question: str = QUESTION, wants_json: bool = False) -> Any:
    body: dict[str, Any] = {"model": "m", "stream": stream, "x-groundwire": {"evidence": [MANUAL]}}
    if route == "responses":
        asked: dict[str, Any] = {"text": {"format": SCHEMA}}
        body["input"] = question
    else:
        body["messages"] = [{"role": "user", "content": question}]
        asked = {"output_config": {"format": SCHEMA}}
        if route == "chat/completions":
            asked = {"response_format": {"type": "json_schema", "json_schema": {"name": "a"}}}
    return {**body, **asked} if wants_json else body


async def answer(
    upstream: ScriptedUpstream, route: str, stream: bool, text: str, body: Any, /, **flags: Any
) -> tuple[httpx.Response, str, Any]:
    """Returns the response, the text that a client reads of it, and why it stopped."""
    headers = flags.pop("headers", {})
    if route == "responses":
        upstream.tell(make_response(make_item(0, text)))
        if stream:
            upstream.send(make_response_events(make_item(0, text)))
    elif route == "messages":
        upstream.tell(make_message(text))
        if stream:
            upstream.send(make_message_events(text))
    elif stream:
        upstream.stream(text[:9], text[9:])
    else:
        upstream.headers = {"content-type": "application/json"}
        upstream.say(text)
    async with open_client({"upstream": upstream.url, **flags}) as client:
        response = await client.post(f"/v1/{route}", json=body, headers=headers)
    assert response.status_code == 200, response.text
    events = read_events(response) if stream else [response.json()]
    return response, *read_answer(route, stream, events)


def read_answer(route: str, stream: bool, events: list[Any]) -> tuple[str, Any]:
    if route == "responses":
        last = events[-1]["response"] if stream else events[0]
        return last["output"][0]["content"][0]["text"], last["status"]
    if route == "messages":
        if not stream:
            return events[0]["content"][0]["text"], events[0]["stop_reason"]
        text = "".join(e["delta"]["text"] for e in events if e["type"] == "content_block_delta")
        return text, next(e["delta"]["stop_reason"] for e in events if e["type"] == "message_delta")
    if not stream:
        (choice,) = events[0]["choices"]
        return choice["message"]["content"], choice["finish_reason"]
    choices = [c for e in events[:-1] for c in e["choices"]]
    text = "".join(c["delta"].get("content") or "" for c in choices)
    return text, [c["finish_reason"] for c in choices][-1]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", ROUTES)
async def test_fields_of_an_answer_in_json_are_checked(
    upstream: ScriptedUpstream, route: str, stream: bool
) -> None:
    body = write_body(route, stream, wants_json=True)
    holds = json.dumps({"summary": REPAIRED, "warranty_months": 24, "paid": True}, indent=1)
    response, text, _ = await answer(upstream, route, stream, holds, body)
    assert text == holds and response.headers["x-groundwire-checked"] == "true"
    _, text, _ = await answer(upstream, route, stream, json.dumps({"summary": WRONG}), body)
    assert json.loads(text) == {"summary": REPAIRED}
    for false in (
        {"warranty_months": 36}, {"summary": WRONG, "months": 36}, [{"warranty": "36 months"}],
    ):  # fmt: skip
        response, text, why = await answer(upstream, route, stream, json.dumps(false), body)
        assert text == BLOCKED_MESSAGE and why in ("content_filter", "incomplete", "refusal")
        assert "36" not in response.text
    for broken in ('{"months": 36', WRONG):
        response, text, _ = await answer(upstream, route, stream, broken, body)
        assert "36" not in response.text
    response, text, _ = await answer(upstream, route, stream, '{"a": true}', body)
    assert json.loads(text) == {"a": True}


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("route", ROUTES)
async def test_an_answer_that_a_rule_excludes_passes_and_says_so(
    upstream: ScriptedUpstream, route: str, stream: bool
) -> None:
    marker = "### Task:\nGenerate a concise title"
    cases: list[tuple[str, dict[str, Any], Any]] = [
        ("model", {"exclude_models": "m"}, write_body(route, stream)),
        ("header", {"exclude_headers": "X-Task", "headers": {"x-task": "title"}},
         write_body(route, stream)),
        ("marker", {"exclude_markers": "### Task: Generate a concise"},
         write_body(route, stream, f"{marker}\n<chat_history>...")),
        ("json", {"json_answers": "exclude"}, write_body(route, stream, wants_json=True)),
    ]  # fmt: skip
    for rule, flags, body in cases:
        response, text, _ = await answer(upstream, route, stream, WRONG, body, **flags)
        assert text == WRONG
        assert response.headers["x-groundwire-excluded"] == rule
        assert response.headers["x-groundwire-checked"] == "false"
        assert f'"excluded": "{rule}"' in response.text


async def test_what_no_rule_names_is_guarded(upstream: ScriptedUpstream) -> None:
    flags = {
        "exclude_models": "other", "exclude_headers": "x-task", "json_answers": "exclude",
        "exclude_markers": "### Task: Generate", "headers": {"x-other": "x-task"},
    }  # fmt: skip
    for question in (
        f"{QUESTION} ### Task: Generate", "### Task: Respond to the user query", "", "### Task:",
    ):  # fmt: skip
        body = write_body("messages", False, question)
        response, text, _ = await answer(upstream, "messages", False, WRONG, body, **flags)
        assert text == REPAIRED and "x-groundwire-excluded" not in response.headers


async def test_a_marker_counts_in_the_last_question_alone(upstream: ScriptedUpstream) -> None:
    body = write_body("messages", False)
    body["messages"] = [
        {"role": "user", "content": "### Task: Generate"},
        {"role": "assistant", "content": RIGHT},
        *body["messages"],
    ]
    flags = {"exclude_markers": "### Task: Generate"}
    response, text, _ = await answer(upstream, "messages", False, WRONG, body, **flags)
    assert text == REPAIRED and "x-groundwire-excluded" not in response.headers


@pytest.mark.parametrize("route", ROUTES)
async def test_what_is_blocked_on_the_way_ends_at_once(
    upstream: ScriptedUpstream, route: str
) -> None:
    text, more = f"{RIGHT} {RIGHT} And ", "The broken lid is closed. "
    if route == "responses":
        upstream.send(make_response_events(make_item(0, text))[:-4])
        delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
        last = {**delta, "item_id": "msg_0", "delta": more}
    elif route == "messages":
        upstream.send(make_message_events(text)[:-3])
        last = {"type": "content_block_delta", "index": 0}
        last["delta"] = {"type": "text_delta", "text": more}
    else:
        upstream.stream(text, finish=None)
        last = {"choices": [{"index": 0, "delta": {"content": more}}]}
    upstream.pieces.append(f"data: {json.dumps(last)}\n\n".encode())
    upstream.end = "on"
    flags = {"upstream": upstream.url, "policy": "strict"}
    app = make_app(load_settings(flags), verifier=FailingVerifier())
    body, seen = write_body(route, True), ""
    async with run_server(app) as url, httpx.AsyncClient(base_url=url, timeout=60) as client:
        async with client.stream("POST", f"/v1/{route}", json=body) as response:
            async for piece in response.aiter_text():
                seen += piece
                if RIGHT in seen:
                    upstream.go_on.set()
        await asyncio.wait_for(upstream.gone.wait(), 60)
    lines = [line[6:] for line in seen.split("\n") if line.startswith("data: ")]
    shown, why = read_answer(route, True, [*map(json.loads, lines[:-1]), read_last(lines[-1])])
    assert shown.endswith(f"\n\n{BLOCKED_MESSAGE}") and shown.startswith(RIGHT)
    assert why in ("content_filter", "incomplete", "refusal") and "broken" not in seen


def read_last(line: str) -> Any:
    return line if line == "[DONE]" else json.loads(line)


@pytest.mark.parametrize("name", ["exclude_models", "exclude_headers", "exclude_markers"])
def test_a_rule_that_excludes_everything_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="would exclude every answer"):
        load_settings({name: ["a", " "]})
    assert getattr(load_settings({name: "A, b"}), name)
    holds, lines = check_settings({name: "a,b"})
    assert holds and any(line.startswith(f"holds  {name} = a, b") for line in lines)
