"""Upstream of the proxy: the one server that requests are handed on to."""

from __future__ import annotations

import json
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import httpx

from groundwire.errors import InputError
from groundwire.guard.forms.events import EventDecoder
from groundwire.serve.problems import Problem, is_anthropic, make_envelope
from groundwire.serve.settings import Settings

SENT = (
    "accept-language", "anthropic-beta", "anthropic-version", "openai-beta", "openai-organization",
    "openai-project", "traceparent", "tracestate",
)  # fmt: skip
"""Headers of a request that are handed on; all others stay here."""

RETURNED = ("retry-after", "openai-processing-ms", "openai-version", "request-id")
RETURNED_PREFIXES = ("x-ratelimit-", "anthropic-ratelimit-")
CONNECT_SECONDS = 10.0
STREAM = "text/event-stream"


class Upstream:
    """Requests to the configured server; no request says where it goes."""

    def __init__(self, settings: Settings) -> None:
        """Takes the settings; nothing is connected yet."""
        self._settings = settings
        self._base = settings.upstream
        self._client: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Ends what is connected."""
        if self._client is not None:
            await self._client.aclose()

    async def send(
        self, method: str, path: str, headers: Mapping[str, str], request_id: str, body: Any = None
    ) -> httpx.Response:
        """Sends a request and returns the response, whose body was not read; close it.

        Raises:
            Problem: if there is no upstream, it cannot be reached, or it answers with an error
                that is none of HTTP.
        """
        if self._base is None:
            raise Problem(
                503, "there is no upstream: start the server with --upstream URL", "no_upstream"
            )
        if self._client is None:
            silence = httpx.Timeout(self._settings.upstream_seconds, connect=CONNECT_SECONDS)
            limits = httpx.Limits(max_connections=None)
            self._client = httpx.AsyncClient(timeout=silence, limits=limits)
        request = self._client.build_request(
            method,
            self._base + path,
            headers={**self._choose(headers), "x-request-id": request_id},
            content=None if body is None else json.dumps(body).encode("ascii"),
        )
        async with _raise_problems():
            return await self._client.send(request, stream=True)

    async def read(self, response: httpx.Response) -> bytes:
        """Returns the body of a response, which may not be too large.

        Raises:
            Problem: if it is, or it does not arrive.
        """
        body = bytearray()
        async for piece in self.iterate(response):
            body += piece
        return bytes(body)

    async def iterate(self, response: httpx.Response) -> AsyncGenerator[bytes, None]:
        """Yields the body of a response in pieces.

        Raises:
            Problem: if it is too large, or is cut.
        """
        size, most = 0, self._settings.max_body_bytes
        async with _raise_problems():
            async for piece in response.aiter_bytes():
                size += len(piece)
                if size > most:
                    raise Problem(502, f"the upstream said more than {most} bytes", "upstream_size")
                yield piece

    def _choose(self, headers: Mapping[str, str]) -> dict[str, str]:
        found = {name: headers[name] for name in SENT if name in headers}
        key = self._settings.upstream_key
        # Anthropic's clients send a key as x-api-key; the upstream's goes where theirs stood.
        named = "anthropic-version" in headers and "authorization" not in headers
        if key is not None and named:
            found["x-api-key"] = key.get_secret_value()
        elif key is not None:
            found["authorization"] = f"Bearer {key.get_secret_value()}"
        elif not self._settings.keys:
            # Without keys of its own the server does not read a client's: it is the upstream's.
            own = (
                ("authorization", "x-api-key")
                if "anthropic-version" in headers
                else ("authorization",)
            )
            found |= {name: headers[name] for name in own if name in headers}
        return {**found, "content-type": "application/json"}


def choose_headers(response: httpx.Response) -> dict[str, str]:
    """Returns the headers of a response that clients need."""
    return {
        name: value
        for name, value in response.headers.items()
        if name in RETURNED or name.startswith(RETURNED_PREFIXES)
    }


def parse_json(text: str | bytes) -> Any:
    """Returns what JSON says.

    Raises:
        ValueError: if it is none, or holds a number that JSON cannot say again.
        RecursionError: if it is nested too deep.
    """
    return json.loads(text, parse_constant=_refuse_number, parse_float=_parse_float)


def _parse_float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _refuse_number(text)


def _refuse_number(text: str) -> NoReturn:
    raise ValueError(f"{text:.20} is no number of JSON")


def read_object(body: bytes) -> dict[str, Any]:
    """Returns the JSON object that the upstream sent.

    Raises:
        Problem: if it is none.
    """
    try:
        found = parse_json(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise Problem(502, "the upstream sent what is no JSON object", "upstream_malformed")
    return found


def read_error(response: httpx.Response, body: bytes, path: str) -> tuple[dict[str, Any], int]:
    """Returns an upstream's error in the envelope of a route, and its status.

    An error that is in the envelope already is handed on as it is.
    """
    status = response.status_code if response.status_code >= 400 else 502
    try:
        found = parse_json(body)
    except (ValueError, RecursionError):
        found = None
    error = found.get("error") if isinstance(found, dict) else None
    fits = isinstance(error, dict) and found.get("type") == "error"
    if error and (fits or not is_anthropic(path)):
        return found, status
    told = error.get("message") if isinstance(error, dict) else None
    message = f"the upstream answered with status {response.status_code}"
    problem = Problem(status, told if isinstance(told, str) else message, "upstream_error")
    return make_envelope(problem, path), status


async def yield_events(pieces: AsyncIterator[bytes]) -> AsyncGenerator[str, None]:
    """Yields the data of server-sent events; comments and other fields are passed over.

    Raises:
        Problem: if an event is no UTF-8.
    """
    decoder = EventDecoder()
    try:
        async for piece in pieces:
            for data in decoder.feed(piece):
                yield data
        if not decoder.is_cut:
            for data in decoder.end():
                yield data
    except InputError:
        raise Problem(502, "the upstream sent what is no UTF-8", "upstream_malformed") from None


@asynccontextmanager
async def _raise_problems() -> AsyncIterator[None]:
    try:
        yield
    except httpx.TimeoutException:
        raise Problem(504, "the upstream was silent for too long", "upstream_timeout") from None
    except (httpx.HTTPError, httpx.StreamError) as error:
        kind = type(error).__name__
        raise Problem(
            502, f"the upstream cannot be reached, or broke off ({kind})", "upstream_broken"
        ) from None
