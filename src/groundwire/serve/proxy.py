"""Proxy of a model: the routes of the APIs whose answers are guarded, and of what has no text."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response

from groundwire.serve.chat import ChatForm
from groundwire.serve.conversation import clean_body
from groundwire.serve.engine import Engine
from groundwire.serve.exchange import Exchange, read_body, send_on
from groundwire.serve.extension import FIELD
from groundwire.serve.messages import MessagesForm
from groundwire.serve.problems import Problem
from groundwire.serve.responses import ResponsesForm
from groundwire.serve.upstream import Upstream

GUARDED = ("POST /v1/chat/completions", "POST /v1/responses", "POST /v1/messages")

QUESTION = "How long is the warranty?"
TOLD = {"evidence": ["The warranty lasts 24 months."]}
MESSAGES = [{"role": "user", "content": QUESTION}]
CHAT_EXAMPLE: dict[str, Any] = {"model": "my-model", "messages": MESSAGES, FIELD: TOLD}
RESPONSES_EXAMPLE: dict[str, Any] = {"model": "my-model", "input": QUESTION, FIELD: TOLD}
MESSAGES_EXAMPLE: dict[str, Any] = {**CHAT_EXAMPLE, "max_tokens": 1000}


def make_proxy_router(engine: Engine, upstream: Upstream) -> APIRouter:
    """Returns the routes of the proxy."""
    router = APIRouter(tags=["proxy"])

    async def pass_on(request: Request, path: str, body: Any = None) -> Response:
        name = request.state.request_id
        response = await upstream.send(request.method, path, request.headers, name, body)
        try:
            return await send_on(upstream, response, request.url.path)
        finally:
            await response.aclose()

    @router.post("/v1/chat/completions", response_model=None, openapi_extra=_describe(CHAT_EXAMPLE))
    async def complete(request: Request) -> Response:
        """Hand a chat request on to the upstream, and guard the text of its answer."""
        return await Exchange(engine, upstream, ChatForm(), request).answer()

    @router.post("/v1/responses", response_model=None, openapi_extra=_describe(RESPONSES_EXAMPLE))
    async def respond(request: Request) -> Response:
        """Hand a request of the Responses API on, and guard the text of its answer."""
        return await Exchange(engine, upstream, ResponsesForm(), request).answer()

    @router.post("/v1/messages", response_model=None, openapi_extra=_describe(MESSAGES_EXAMPLE))
    async def message(request: Request) -> Response:
        """Hand a request of Anthropic's Messages API on, and guard the text of its answer."""
        return await Exchange(engine, upstream, MessagesForm(), request).answer()

    @router.post("/v1/messages/count_tokens", response_model=None)
    async def count_tokens(request: Request) -> Response:
        """Say how many tokens the upstream counts in a request."""
        body = await read_body(request)
        return await pass_on(request, "/messages/count_tokens", clean_body(body))

    @router.get("/v1/models", response_model=None)
    async def models(request: Request) -> Response:
        """Say which models the upstream has."""
        asked = request.url.query  # Anthropic's list has pages
        return await pass_on(request, f"/models?{asked}" if asked else "/models")

    @router.get("/v1/models/{name:path}", response_model=None)
    async def model(request: Request, name: str) -> Response:
        """Say what the upstream knows of a model."""
        # A name with dots for parts would climb to routes that are not guarded.
        if {".", ".."} & set(name.replace("\\", "/").split("/")):
            raise Problem(404, f"{name!r:.80} is no name of a model: ask for one of /v1/models",
                          "unknown_route")  # fmt: skip
        return await pass_on(request, f"/models/{quote(name)}")

    return router


def _describe(example: dict[str, Any]) -> dict[str, Any]:
    body = {"schema": {"type": "object", "examples": [example]}}
    return {"requestBody": {"required": True, "content": {"application/json": body}}}
