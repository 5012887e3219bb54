"""Clients of OpenAI and Anthropic under guard: what they read off the wire has been checked."""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

from groundwire.errors import InputError
from groundwire.guard.clients.exchange import (
    STREAM,
    Asked,
    Options,
    StreamCheck,
    check_body,
    read_request,
)
from groundwire.guard.utterance import Setting

ClientT = TypeVar("ClientT")

_KINDS = {
    "openai": ("OpenAI", "AsyncOpenAI"),
    "anthropic": ("Anthropic", "AsyncAnthropic"),
}
_ERROR = "groundwire"
_DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding"})
# A socket of its own is read past the guard.
_SOCKETS = {
    "openai": {
        "realtime": None,
        "live": None,
        "responses": frozenset({"connect"}),
        "beta": frozenset({"realtime", "responses", "assistants", "threads", "chatkit", "agents"}),
    },
    "anthropic": {},
}


def wrap_client(client: ClientT, options: Options) -> ClientT:
    """Returns a client of the same class whose answers have been checked.

    See ``Guard.wrap_client``.

    Raises:
        InputError: if it is no client that can be guarded, or the options do not fit it.
    """
    package = _find_package(client)
    inner = getattr(client, "_client", None)
    asynchronous = inspect.iscoroutinefunction(getattr(inner, "send", None))
    if inspect.iscoroutinefunction(options.evidence) and not asynchronous:
        raise InputError("evidence is an async function but the client is not: use an async client")
    made: ClientT = client.copy(http_client=_guard_http(inner, options))  # type: ignore[attr-defined]
    _close_doors(made, package, options)
    return made


def _find_package(client: object) -> str:
    for base in type(client).__mro__:
        package = base.__module__.partition(".")[0]
        if base.__name__ in _KINDS.get(package, ()):
            return package
    kind = f"{type(client).__module__}.{type(client).__qualname__}"
    known = ", ".join(f"{package}.{name}" for package, names in _KINDS.items() for name in names)
    raise InputError(
        f"{kind} is no client that can be guarded: pass an object of {known}, or wrap the function "
        "that gives its text, with Guard.wrap"
    )


def _guard_http(inner: Any, options: Options) -> Any:
    """Returns an HTTP client that sends through another one and checks what comes back."""
    for base in type(inner).__mro__:
        package = base.__module__.partition(".")[0]
        if base.__name__ in ("Client", "AsyncClient") and package in ("httpx", "httpx2"):
            break
    else:
        raise InputError(f"{type(inner).__name__} is no HTTP client of httpx that can be guarded")
    module = sys.modules[package]
    kind = _AsyncTransport if base.__name__ == "AsyncClient" else _Transport
    return base(
        transport=kind(inner, options, module), headers=inner.headers, params=inner.params,
        cookies=inner.cookies, timeout=inner.timeout, base_url=inner.base_url, trust_env=False,
    )  # fmt: skip


def _close_doors(client: Any, package: str, options: Options) -> None:
    """Sees to it that a client's errors are the guard's own, and that no way leads past it."""
    copy, send = type(client).copy, client.request

    def copy_guarded(*args: Any, **kwargs: Any) -> Any:
        if (http := kwargs.get("http_client")) is not None:
            kwargs["http_client"] = _guard_http(http, options)
        made = copy(client, *args, **kwargs)
        _close_doors(made, package, options)
        return made

    if inspect.iscoroutinefunction(send):

        @functools.wraps(send)
        async def request(*args: Any, **kwargs: Any) -> Any:
            try:
                return await send(*args, **kwargs)
            except Exception as error:
                raise _find_error(error) from None

    else:

        @functools.wraps(send)
        def request(*args: Any, **kwargs: Any) -> Any:
            try:
                return send(*args, **kwargs)
            except Exception as error:
                raise _find_error(error) from None

    client.copy = client.with_options = copy_guarded
    client.request = request
    for name, closed in _SOCKETS[package].items():
        if hasattr(type(client), name):
            client.__dict__[name] = _Door(client, name, closed)


def _find_error(error: Exception) -> Exception:
    """Returns the guard's own error, where that is why a request has failed."""
    response = getattr(error, "response", None)
    own = getattr(response, "extensions", {}).get(_ERROR)
    return own if isinstance(own, Exception) else error


class _Door:
    """A part of a client in which some names are closed, or all."""

    def __init__(self, client: Any, name: str, closed: frozenset[str] | None) -> None:
        self._client = client
        self._name = name
        self._closed = closed

    def __getattr__(self, name: str) -> Any:
        if self._closed is None or name in self._closed:
            raise InputError(
                f"{self._name}.{name} may give words of a model that a guarded client does not "
                "check: use chat.completions or responses (create, stream, parse), or ask the "
                "client that was wrapped"
            )
        part = self.__dict__.get("_part")
        if part is None:
            part = self._part = getattr(type(self._client), self._name).func(self._client)
        return getattr(part, name)


class _Transport:
    """Sends requests through an HTTP client and checks the answers."""

    def __init__(self, inner: Any, options: Options, module: Any) -> None:
        self._inner = inner
        self._options = options
        self._module = module

    def handle_request(self, request: Any) -> Any:
        try:
            asked = read_request(request.method, request.url.path, request.read())
        except Exception as error:
            return _fail(self._module, request, error)
        response = self._inner.send(request, stream=True)
        if asked is None or not response.is_success:
            return response
        try:
            found = self._options.search(asked.conversation)
            if inspect.iscoroutine(found):
                found.close()
                raise InputError(
                    "evidence gives what has to be awaited, and the client cannot await it: use "
                    "an async client"
                )
            setting = self._options.make_setting(asked.conversation, found)
            if not _streams(response):
                return self._check(asked, setting, response)
        except _network_errors(self._module):
            raise
        except Exception as error:
            response.close()
            return _fail(self._module, request, error)
        return _make_response(self._module, response, stream=self._make_stream(
            StreamCheck(asked, setting), response
        ))  # fmt: skip

    def _check(self, asked: Asked, setting: Setting, response: Any) -> Any:
        body = response.read()
        checked = check_body(asked, setting, response.headers.get("content-type", ""), body)
        return _make_response(self._module, response, content=checked)

    def _make_stream(self, check: StreamCheck, response: Any) -> Any:
        class Stream(self._module.SyncByteStream):  # type: ignore[name-defined, misc]
            def __iter__(self) -> Iterator[bytes]:
                for piece in response.iter_bytes():
                    yield check.take(piece)
                yield check.finish()

            def close(self) -> None:
                check.close()
                response.close()

        return Stream()

    def close(self) -> None:
        self._inner.close()

    def __enter__(self) -> _Transport:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _AsyncTransport:
    """Sends requests through an asynchronous HTTP client and checks the answers in threads."""

    def __init__(self, inner: Any, options: Options, module: Any) -> None:
        self._inner = inner
        self._options = options
        self._module = module

    async def handle_async_request(self, request: Any) -> Any:
        try:
            asked = read_request(request.method, request.url.path, await request.aread())
        except Exception as error:
            return _fail(self._module, request, error)
        response = await self._inner.send(request, stream=True)
        if asked is None or not response.is_success:
            return response
        try:
            setting = await self._options.afind_setting(asked.conversation)
            if not _streams(response):
                return await self._check(asked, setting, response)
        except _network_errors(self._module):
            raise
        except Exception as error:
            await response.aclose()
            return _fail(self._module, request, error)
        return _make_response(self._module, response, stream=self._make_stream(
            StreamCheck(asked, setting), response
        ))  # fmt: skip

    async def _check(self, asked: Asked, setting: Setting, response: Any) -> Any:
        body, kind = await response.aread(), response.headers.get("content-type", "")
        checked = await asyncio.to_thread(check_body, asked, setting, kind, body)
        return _make_response(self._module, response, content=checked)

    def _make_stream(self, check: StreamCheck, response: Any) -> Any:
        class Stream(self._module.AsyncByteStream):  # type: ignore[name-defined, misc]
            async def __aiter__(self) -> AsyncIterator[bytes]:
                async for piece in response.aiter_bytes():
                    yield await asyncio.to_thread(check.take, piece)
                yield await asyncio.to_thread(check.finish)

            async def aclose(self) -> None:
                check.close()
                await response.aclose()

        return Stream()

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def __aenter__(self) -> _AsyncTransport:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


def _streams(response: Any) -> bool:
    return bool(response.headers.get("content-type", "").startswith(STREAM))


def _network_errors(module: Any) -> tuple[type[Exception], ...]:
    """Errors that a client may try again after."""
    return (module.HTTPError, module.StreamError)


def _make_response(module: Any, response: Any, **body: Any) -> Any:
    # The body is decoded here, and has another length.
    headers = [(k, v) for k, v in response.headers.multi_items() if k.lower() not in _DROPPED]
    return module.Response(
        response.status_code, headers=headers, extensions=response.extensions, **body
    )


def _fail(module: Any, request: Any, error: Exception) -> Any:
    """Returns a response that no client tries again after, with the error that it stands for.

    An error that is raised here would be taken for one of the network.
    """
    kind = type(error).__name__
    return module.Response(
        400, headers={"x-should-retry": "false"}, request=request, extensions={_ERROR: error},
        json={"error": {"type": kind, "message": str(error)}},
    )  # fmt: skip
