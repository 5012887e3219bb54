"""Door of the server: who may come in, and how much a request may bring."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import ExitStack
from typing import Any, TypeAlias

from groundwire.serve.keys import KeyRing, hash_key, read_keys
from groundwire.serve.limits import CALLER, Limit, Limits
from groundwire.serve.problems import Problem, make_problem
from groundwire.serve.settings import Settings, is_loopback
from groundwire.serve.tracing import join_trace

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Any, Receive, Send], Awaitable[None]]

OPEN = (
    "/health", "/healthz", "/readyz", "/", "/page/page.css", "/page/page.js", "/page/markdown.js",
)  # fmt: skip
"""Routes that ask for no key: they tell nothing but that the server runs, and hold its page."""

UNLIMITED = (*OPEN, "/metrics", "/openapi.json")
"""Routes that limits of a key are not for, so that who is held back can still be seen."""

_ID = re.compile(r"[\x21-\x7e]{1,128}")
_PORT = re.compile(r":\d+$")


class Door:
    """An ASGI application before another: keys, limits, hosts, sizes and an id for each request.

    A request is read whole, within its limits of size and time, before it goes on. Without keys
    only names of this machine are answered, so that no page of a browser reaches the server
    through a name that it made point here.
    """

    def __init__(
        self, app: App, settings: Settings, refuse: Callable[[str], None] | None = None
    ) -> None:
        """Takes what stands behind the door, and what is told why a key was turned away."""
        self._app = app
        self._settings = settings
        self._keys = KeyRing(settings.keys)
        limit = Limit(settings.requests_per_minute, settings.concurrent_requests)
        own = read_keys(settings.keys_file, limit) if settings.keys_file is not None else {}
        self._limits = Limits(limit, own, refuse)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        """Lets a request in, or says why not."""
        if scope["type"] == "websocket":
            detail = "websockets are not guarded: send requests over HTTP"
            await _refuse(Problem(404, detail, "unguarded"), scope, receive, send)
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): v.decode("latin-1") for name, v in scope["headers"]}
        asked = headers.get("x-request-id", "")
        name = asked if _ID.fullmatch(asked) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = name

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = [item for item in message["headers"] if item[0] != b"x-request-id"]
                message["headers"] = [*found, (b"x-request-id", name.encode("ascii"))]
            await send(message)

        with ExitStack() as held:
            try:
                caller = self._check_caller(scope["path"], headers)
                if scope["path"] not in UNLIMITED:
                    held.enter_context(self._limits.hold(caller))
                body = await self._read(headers, receive)
            except Problem as problem:
                await make_problem(scope["path"], problem)(scope, receive, named)
                return
            CALLER.set(caller)
            held.enter_context(join_trace(headers))
            await self._app(scope, _again(body, receive), named)

    def _check_caller(self, path: str, headers: dict[str, str]) -> str:
        """The hash of the caller's key; empty where none is needed."""
        if not self._keys:
            host = _PORT.sub("", headers.get("host", "localhost")).strip("[]")
            if not is_loopback(host):
                raise Problem(
                    421, f"the host {host!r:.80} is not this server: ask for localhost", "host"
                )
            return ""
        if path in OPEN:
            return ""
        kind, _, token = headers.get("authorization", "").partition(" ")
        key = token.strip() if kind.lower() == "bearer" else headers.get("x-api-key", "")
        if not self._keys.is_known(key):
            raise Problem(
                401, "send a key of this server as Authorization: Bearer KEY", "invalid_api_key",
                {"WWW-Authenticate": "Bearer"},
            )  # fmt: skip
        return hash_key(key)

    async def _read(self, headers: dict[str, str], receive: Receive) -> bytes:
        """Reads a request's body."""
        limit = self._settings.max_body_bytes
        told = headers.get("content-length", "0")
        if told.isdigit() and int(told) > limit:
            raise _too_large(limit)
        body = bytearray()
        try:
            async with asyncio.timeout(self._settings.body_seconds):
                while True:
                    message = await receive()
                    body += message.get("body", b"")
                    if len(body) > limit:
                        raise _too_large(limit)
                    if not message.get("more_body"):
                        return bytes(body)
        except TimeoutError:
            seconds = self._settings.body_seconds
            raise Problem(408, f"the request did not arrive within {seconds:g} s", "slow") from None


async def _refuse(problem: Problem, scope: Any, receive: Receive, send: Send) -> None:
    """Says why no websocket opens; to a server that cannot tell it, only that none does."""
    await receive()
    if "websocket.http.response" in scope.get("extensions", {}):
        await make_problem(scope["path"], problem)(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1008, "reason": problem.detail})


def _too_large(limit: int) -> Problem:
    return Problem(413, f"the request is larger than {limit} bytes: send less", "too_large")


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read once more, and then what else the client says."""
    read = False

    async def give() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give
