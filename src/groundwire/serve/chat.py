"""Chat completions: a request handed on to the upstream, and the text of its answer guarded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

import httpx
from fastapi import APIRouter, Request, Response

from groundwire.serve.chat_stream import ChatStream
from groundwire.serve.conversation import (
    Conversation,
    clean_body,
    read_conversation,
    read_text,
)
from groundwire.serve.engine import Engine
from groundwire.serve.extension import (
    ACTION,
    CHECKED,
    FIELD,
    describe_ignored,
    describe_origins,
    describe_report,
    describe_unchecked,
)
from groundwire.serve.problems import OverloadProblem, Problem, make_response
from groundwire.serve.upstream import STREAM, Upstream, choose_headers, read_error, read_object
from groundwire.types import Report

T = TypeVar("T")

ACTIONS = ("pass", "rewrite", "block")
GONE = 499

EXAMPLE: dict[str, Any] = {
    "model": "my-model",
    "messages": [{"role": "user", "content": "How long is the warranty?"}],
    FIELD: {"evidence": ["The warranty lasts 24 months."]},
}


def make_chat_router(engine: Engine, upstream: Upstream) -> APIRouter:
    """Returns the routes of the proxy."""
    router = APIRouter(tags=["chat"])
    body = {"schema": {"type": "object", "examples": [EXAMPLE]}}
    told = {"requestBody": {"required": True, "content": {"application/json": body}}}

    @router.post("/v1/chat/completions", response_model=None, openapi_extra=told)
    async def complete(request: Request) -> Response:
        """Hand a chat request on to the upstream, and guard the text of its answer."""
        return await _Chat(engine, upstream, request).answer()

    @router.get("/v1/models", response_model=None)
    @router.get("/v1/models/{name:path}", response_model=None)
    async def models(request: Request) -> Response:
        """Say which models the upstream has."""
        path = request.url.path.removeprefix("/v1")
        name = request.state.request_id
        response = await upstream.send("GET", path, request.headers, name)
        try:
            return await _hand_on(upstream, response)
        finally:
            await response.aclose()

    return router


class _Chat:
    """One chat request."""

    def __init__(self, engine: Engine, upstream: Upstream, request: Request) -> None:
        self._engine = engine
        self._settings = engine.settings
        self._upstream = upstream
        self._request = request

    async def answer(self) -> Response:
        """Returns the guarded answer; one that streams keeps its room until it has ended."""
        body = await _read_body(self._request)
        # Much evidence takes a while to read, and others are served meanwhile.
        conversation = await asyncio.to_thread(read_conversation, body, self._settings)
        self._engine.metrics.add_ignored(conversation.ignored)
        sent = clean_body(body)
        if self._engine.chats >= self._settings.max_chats:
            self._engine.metrics.add_refusal("chats")
            raise OverloadProblem("too many answers are being written")
        self._engine.chats += 1
        streams = False
        try:
            work = self._answer(sent, conversation)
            response = await _run_connected(self._request, work)
            streams = isinstance(response, ChatStream)
            return response
        finally:
            if not streams:
                self._engine.chats -= 1

    async def _answer(self, body: dict[str, Any], conversation: Conversation) -> Response:
        own = self._engine.guard.retriever
        evidence = await asyncio.to_thread(conversation.open_evidence, own)
        path, name = "/chat/completions", self._request.state.request_id
        headers = self._request.headers
        response = await self._upstream.send("POST", path, headers, name, body)
        keeps = False
        try:
            if response.status_code != 200:
                return await _hand_on(self._upstream, response)
            if body.get("stream") is not True:
                data = read_object(await self._upstream.read(response))
                return await self._guard(data, conversation, evidence, choose_headers(response))
            if not response.headers.get("content-type", "").startswith(STREAM):
                raise Problem(502, "the upstream did not stream", "upstream_malformed")
            keeps = True
            many = body.get("n")
            choices = many if isinstance(many, int) else 1
            return ChatStream(
                self._engine, self._upstream, response, conversation, evidence, choices
            )
        finally:
            if not keeps:
                await response.aclose()

    async def _guard(
        self,
        data: dict[str, Any],
        conversation: Conversation,
        evidence: Any,
        headers: dict[str, str],
    ) -> Response:
        choices = data.get("choices")
        if not isinstance(choices, list) or not all(map(_is_choice, choices)):
            raise Problem(502, "the upstream's choices cannot be read", "upstream_malformed")
        spoken = [c for c in choices if read_text(c["message"].get("content")).strip()]
        mode = self._settings.on_no_evidence
        told: list[dict[str, Any]] = []
        if evidence is not None and spoken:
            reports = await self._engine.check(
                [read_text(choice["message"]["content"]) for choice in spoken],
                [evidence] * len(spoken),
                [conversation.question] * len(spoken),
                [conversation.history] * len(spoken),
            )
            for choice, report in zip(spoken, reports, strict=True):
                apply_report(choice, report)
                told.append({"index": choice.get("index", 0), **describe_report(report)})
            headers[ACTION] = max((item["action"] for item in told), key=ACTIONS.index)
            headers[CHECKED] = "true"
        for choice in spoken if evidence is None else []:
            self._engine.metrics.add_unevidenced(mode)
            if mode == "block":
                block_choice(choice, self._engine.guard.blocked_message)
            told.append({"index": choice.get("index", 0), **describe_unchecked(mode)})
        if told and evidence is None and mode != "pass":
            headers[CHECKED] = "false"
            headers[ACTION] = "block" if mode == "block" else "pass"
        if told and not (evidence is None and mode == "pass"):
            own = self._engine.guard.retriever
            headers |= describe_origins(conversation.list_origins(own) if evidence else ())
            if self._settings.verdicts != "none":
                data[FIELD] = {"choices": told, **describe_ignored(conversation.ignored)}
        return make_response(data, headers=headers)


def apply_report(choice: dict[str, Any], report: Report) -> None:
    """Puts the text that may be shown into a choice; what told of the old text goes."""
    if report.decision.action == "block":
        block_choice(choice, report.text)
    elif report.decision.action == "rewrite":
        _put_text(choice, report.text)


def block_choice(choice: dict[str, Any], message: str) -> None:
    """Puts the message of a blocked answer into a choice; a turn that calls tools goes on."""
    said = choice["message"]
    if said.get("tool_calls") or said.get("function_call"):
        _put_text(choice, None)
    else:
        _put_text(choice, message)
        choice["finish_reason"] = "content_filter"


def _put_text(choice: dict[str, Any], text: str | None) -> None:
    choice["message"]["content"] = text
    # Both tell of the text that was written: its tokens, and places in it.
    if choice.get("logprobs") is not None:
        choice["logprobs"] = None
    choice["message"].pop("annotations", None)


def _is_choice(choice: object) -> bool:
    """Whether the text of a choice can be read, so that none goes by unseen."""
    if not isinstance(choice, dict) or not isinstance(choice.get("message"), dict):
        return False
    content = choice["message"].get("content")
    if isinstance(content, list):
        return all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in content)
    return content is None or isinstance(content, str)


async def _read_body(request: Request) -> dict[str, Any]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "send JSON, with Content-Type: application/json", "content_type")
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"the request is no JSON ({error})", "invalid") from None
    if not isinstance(body, dict):
        raise Problem(400, "the request is no JSON object", "invalid")
    return body


async def _hand_on(upstream: Upstream, response: httpx.Response) -> Response:
    """Returns what the upstream said, of an error in OpenAI's envelope."""
    body = await upstream.read(response)
    headers: Mapping[str, str] = choose_headers(response)
    if response.status_code == 200:
        return make_response(read_object(body), headers=headers)
    error, status = read_error(response, body)
    return make_response(error, status, headers=headers)


async def _run_connected(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Runs what a client waits for, as long as the client is there."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_wait_gone(request))
    both: set[asyncio.Future[Any]] = {task, gone}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise Problem(GONE, "the client has gone", "gone")
    finally:
        for future in both:
            if not future.done():
                future.cancel()
        await asyncio.gather(task, gone, return_exceptions=True)


async def _wait_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
