"""Exchange of a request and its response with a model's server, under guard: no network here."""

from __future__ import annotations

import asyncio
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from groundwire.errors import InputError
from groundwire.guard.arguments import check_retriever
from groundwire.guard.clients.chat import ChatRelay, check_chat
from groundwire.guard.clients.conversation import (
    Conversation,
    read_chat,
    read_messages,
    read_responses,
)
from groundwire.guard.clients.messages import MessagesRelay, check_message
from groundwire.guard.clients.responses import ResponsesRelay, check_response
from groundwire.guard.forms.events import END, EventDecoder, decode_event, encode_event, read_error
from groundwire.guard.stream_state import RELEASES, Release
from groundwire.guard.utterance import Setting
from groundwire.protocols import Retriever
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.guard.guard import Guard

STREAM = "text/event-stream"


class Relay(Protocol):
    """Events of an answer that streams, and those to show of them."""

    def take(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """Takes an event and returns those to show now."""

    def finish(self) -> list[dict[str, Any]]:
        """Returns what may be shown when the stream has ended."""

    def close(self) -> None:
        """Ends the checks."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way to ask a model, and how its answers are read.

    Attributes:
        ending: how its path ends.
        read: reads a request.
        check: checks a whole answer.
        relay: checks one that streams.
    """

    ending: str
    read: Callable[[Mapping[str, Any]], Conversation]
    check: Callable[[dict[str, Any], Setting], dict[str, Any]]
    relay: Callable[[Setting], Relay]


ROUTES = (
    Route("/chat/completions", read_chat, check_chat, ChatRelay),
    Route("/responses", read_responses, check_response, ResponsesRelay),
    Route("/messages", read_messages, check_message, MessagesRelay),
)

# Nothing that a model answered is in what these give. Of all else it is not known.
_SILENT = frozenset({
    "audio", "batches", "count_tokens", "embeddings", "files", "fine_tuning", "images",
    "input_tokens", "models", "moderations", "uploads", "vector_stores",
})  # fmt: skip
_SPOKEN = frozenset({"content", "results"})


def find_route(method: str, path: str) -> Route | None:
    """Returns how the answer to a request is guarded; None if there is nothing to guard.

    Raises:
        InputError: if it may give a model's words that are not guarded.
    """
    path = path.rstrip("/")
    for route in ROUTES:
        if method == "POST" and path.endswith(route.ending):
            return route
    parts = path.split("/")
    silent = bool(_SILENT & set(parts)) and parts[-1] not in _SPOKEN
    if silent or method == "DELETE":
        return None
    raise InputError(
        f"{method} {path} may give words of a model that a guarded client does not check: use "
        "chat.completions, responses or messages (create, stream, parse), or ask the client that "
        "was wrapped"
    )


@dataclass(frozen=True, slots=True)
class Options:
    """How a guarded client checks; see ``Guard.wrap_client``."""

    guard: Guard
    evidence: Any
    tool_evidence: bool
    setting: Setting
    _made: list[Any] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def search(self, conversation: Conversation) -> Any:
        """Returns the evidence for an answer; awaitable where its function is asynchronous."""
        if callable(self.evidence) and not isinstance(self.evidence, Retriever):
            return self.evidence(conversation.question or "")
        return self._given()

    async def afind_setting(self, conversation: Conversation) -> Setting:
        """Returns how the answer in a conversation is checked; the event loop stays free.

        Raises:
            InputError: if some evidence cannot be read.
        """
        found = await asyncio.to_thread(self.search, conversation)
        if inspect.isawaitable(found):
            found = await found
        return await asyncio.to_thread(self.make_setting, conversation, found)

    def make_setting(self, conversation: Conversation, found: Any) -> Setting:
        """Returns how the answer in a conversation is checked.

        Args:
            conversation: of the request.
            found: what ``search`` gave.

        Raises:
            InputError: if some evidence cannot be read.
        """
        return replace(
            self.setting,
            evidence=self._join(conversation, found),
            question=conversation.question,
            history=conversation.history,
            structured=conversation.structured,
        )

    def _given(self) -> Any:
        """The evidence of the client; what is no retriever becomes one when it is first used."""
        from groundwire.evidence.adhoc import make_retriever
        from groundwire.evidence.load import warn_of_paths

        if self.evidence is None:
            return None
        with self._lock:
            if not self._made:
                warn_of_paths(self.evidence)
                self._made.append(make_retriever(self.evidence))
        return self._made[0]

    def _join(self, conversation: Conversation, found: Any) -> Any:
        from groundwire.evidence.adhoc import make_retriever
        from groundwire.evidence.sources import JoinedRetriever

        if not self.tool_evidence or not conversation.results:
            return found
        results = make_retriever(list(conversation.results))
        given = self.guard.retriever if found is None else make_retriever(found)
        return JoinedRetriever([given, results]) if given is not None else results


def make_options(
    guard: Guard,
    evidence: Any = None,
    *,
    tool_evidence: bool = False,
    release: Release = "claim",
    deadline: float | None = None,
    raise_blocked: bool = False,
    on_report: Callable[[Report], object] | None = None,
) -> Options:
    """Returns how answers are checked; see ``Guard.wrap_client``.

    Raises:
        InputError: if an option cannot be used, or no evidence can come from anywhere.
    """
    check_retriever(evidence)
    if evidence is None and guard.retriever is None and not tool_evidence:
        raise InputError(
            "no evidence is given, so that no answer could be checked: pass evidence=... or "
            "Guard(retriever=...); a client may take what tools return, with tool_evidence=True"
        )
    if release not in RELEASES:
        raise InputError(f"release is {release!r}: use one of {', '.join(RELEASES)}")
    setting = Setting(
        guard, release=release, deadline=deadline, raise_blocked=raise_blocked, on_report=on_report
    )
    return Options(guard, evidence, tool_evidence, setting)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was read before it is sent."""

    route: Route
    conversation: Conversation


def read_request(method: str, path: str, body: bytes) -> Asked | None:
    """Reads a request; None if there is nothing to guard in its answer.

    Raises:
        InputError: if it cannot be guarded.
    """
    route = find_route(method, path)
    if route is None:
        return None
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise InputError(
            f"the request to {path} is no JSON object, so its answer cannot be checked"
        )
    return Asked(route, route.read(data))


def check_body(asked: Asked, setting: Setting, kind: str, body: bytes) -> bytes:
    """Returns the body of a whole answer, checked.

    Raises:
        InputError: if it cannot be read.
        BlockedError: as ``Setting.check``.
    """
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise InputError(
            f"the model's server answered with {kind or 'no content type'}, {body[:40]!r}, which "
            "is no JSON object: check its URL"
        )
    return json.dumps(asked.route.check(data, setting)).encode()


class StreamCheck:
    """Bytes of an answer that streams, and those to hand on of them."""

    def __init__(self, asked: Asked, setting: Setting) -> None:
        """Takes how the answer is checked."""
        self._relay = asked.route.relay(setting)
        self._decoder = EventDecoder()

    def take(self, piece: bytes) -> bytes:
        """Takes bytes and returns those to hand on now.

        Raises:
            InputError: if they cannot be read.
            BlockedError: as ``Setting.check``.
        """
        return b"".join(self._take(self._decoder.feed(piece)))

    def finish(self) -> bytes:
        """Returns the bytes that end the answer."""
        rest = b"".join(self._take(self._decoder.end()))
        return rest + b"".join(map(encode_event, self._relay.finish()))

    def _take(self, events: list[str]) -> Iterator[bytes]:
        for data in events:
            if data.strip() == END:
                yield from map(encode_event, self._relay.finish())
                yield encode_event(END)
                continue
            event = decode_event(data)
            yield from map(encode_event, self._relay.take(read_error(event) or event))

    def close(self) -> None:
        """Ends the checks."""
        self._relay.close()
