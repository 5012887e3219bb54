"""Exchange with the upstream: a request handed on, and the text of its answer guarded."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Collection, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import httpx
from fastapi import Request, Response

from groundwire.guard.forms.copies import CopyFinder
from groundwire.guard.forms.requests import is_json_wanted
from groundwire.serve.conversation import Conversation, clean_body
from groundwire.serve.engine import Engine
from groundwire.serve.problems import OverloadProblem, Problem, make_response
from groundwire.serve.relay import GuardedStream, Relay
from groundwire.serve.settings import Settings
from groundwire.serve.turns import Turn, describe_answer, find_exclusion
from groundwire.serve.upstream import (
    STREAM,
    Upstream,
    choose_headers,
    parse_json,
    read_error,
    read_object,
)

T = TypeVar("T")

GONE = 499


class Place(ABC):
    """One text of a whole answer, where it stands.

    Attributes:
        text: as the model wrote it.
        name: where a client finds it.
    """

    text: str
    name: dict[str, int]

    @abstractmethod
    def put(self, text: str) -> None:
        """Puts another text there; what told of the old one (tokens, offsets) goes."""

    @abstractmethod
    def block(self, message: str) -> None:
        """Puts the message of a blocked answer there; of a turn that calls tools nothing is."""

    @abstractmethod
    def drop_copies(self, copies: CopyFinder) -> None:
        """Drops what else beside the text, or beside another one of the answer, repeats it."""


class Form(ABC):
    """Form of an API: how a request is read, where the texts of an answer stand.

    Attributes:
        path: of the route, below the upstream's base.
        told: name of the list in which the check of each text is told.
        known: members of a whole answer that are kept, whatever they say.
    """

    path: str
    told: str
    known: Collection[str]

    @abstractmethod
    def read_request(self, body: Mapping[str, Any], settings: Settings) -> Conversation:
        """Reads the question, what was said before it, and the evidence of a request.

        Raises:
            Problem: if the request cannot be read, or cannot be guarded.
        """

    def list_results(self, data: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
        """Returns what the upstream tells of its own tools in an answer, as messages."""
        return ()

    @abstractmethod
    def find_places(self, data: dict[str, Any]) -> Sequence[Place]:
        """Finds the texts of a whole answer.

        Raises:
            Problem: if one cannot be read, so that none goes by unseen.
        """

    def write_request(self, body: Mapping[str, Any], turn: Turn) -> dict[str, Any]:
        """Returns the request for the upstream.

        Args:
            body: as it came.
            turn: with its evidence open.
        """
        return clean_body(body)

    @abstractmethod
    def make_relay(self, turn: Turn, body: Mapping[str, Any]) -> Relay:
        """Returns what guards an answer that streams."""


class Exchange:
    """One request."""

    def __init__(self, engine: Engine, upstream: Upstream, form: Form, request: Request) -> None:
        """Takes the request, which was not read yet."""
        self._engine = engine
        self._settings = engine.settings
        self._upstream = upstream
        self._form = form
        self._request = request

    async def answer(self) -> Response:
        """Returns the guarded answer; one that streams keeps its room until it has ended."""
        body = await read_body(self._request)
        form, settings = self._form, self._settings
        # Much evidence takes a while to read, and others are served meanwhile.
        conversation = await asyncio.to_thread(form.read_request, body, settings)
        self._engine.metrics.add_ignored(conversation.ignored)
        fields = is_json_wanted(body)
        rule = find_exclusion(settings, self._request.headers, body, conversation.question, fields)
        turn = Turn(self._engine, conversation, fields, rule)
        if self._engine.chats >= settings.max_chats:
            self._engine.metrics.add_refusal("chats")
            raise OverloadProblem("too many answers are being written")
        self._engine.chats += 1
        streams = False
        try:
            response = await _run_connected(self._request, self._answer(body, turn))
            streams = isinstance(response, GuardedStream)
            return response
        finally:
            if not streams:
                self._engine.chats -= 1

    async def _answer(self, body: dict[str, Any], turn: Turn) -> Response:
        await turn.open_evidence()
        sent = await asyncio.to_thread(self._form.write_request, body, turn)
        response = await self._upstream.send(
            "POST", self._form.path, self._request.headers, self._request.state.request_id, sent
        )
        keeps = False
        try:
            if response.status_code != 200:
                return await send_on(self._upstream, response, self._request.url.path)
            if sent.get("stream") is not True:
                data = read_object(await self._upstream.read(response))
                return await self._guard(data, turn, choose_headers(response))
            if not response.headers.get("content-type", "").startswith(STREAM):
                raise Problem(502, "the upstream did not stream", "upstream_malformed")
            keeps = True
            relay = self._form.make_relay(turn, body)
            return GuardedStream(self._upstream, response, relay)
        finally:
            if not keeps:
                await response.aclose()

    async def _guard(self, data: dict[str, Any], turn: Turn, headers: dict[str, str]) -> Response:
        places = [p for p in self._form.find_places(data) if p.text.strip()]
        await turn.hear_results(self._form.list_results(data))
        outcomes = await turn.judge([place.text for place in places]) if places else []
        told = []
        for place, outcome in zip(places, outcomes, strict=True):
            if outcome.action != "pass":
                copies = CopyFinder(place.text, outcome.text)
                kept = copies.drop(data, self._form.known)
                for name in data.keys() - kept.keys():
                    del data[name]
                for other in places:
                    other.drop_copies(copies)
            if outcome.action == "block":
                place.block(outcome.text)
            elif outcome.action == "rewrite":
                place.put(outcome.text)
            if outcome.told is not None:
                told.append({**place.name, **outcome.told})
        data |= turn.describe(self._form.told, told)
        return make_response(data, headers={**headers, **describe_answer(outcomes, turn)})


async def read_body(request: Request) -> dict[str, Any]:
    """Returns the JSON object of a request.

    Raises:
        Problem: if it is none.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Problem(415, "send JSON, with Content-Type: application/json", "content_type")
    try:
        body = parse_json(await request.body())
    except (ValueError, RecursionError) as error:
        raise Problem(400, f"the request is no JSON ({error})", "invalid") from None
    if not isinstance(body, dict):
        raise Problem(400, "the request is no JSON object", "invalid")
    return body


async def send_on(upstream: Upstream, response: httpx.Response, path: str) -> Response:
    """Returns what the upstream said, of an error in the envelope of the route."""
    body = await upstream.read(response)
    headers: Mapping[str, str] = choose_headers(response)
    if response.status_code == 200:
        return make_response(read_object(body), headers=headers)
    error, status = read_error(response, body, path)
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
