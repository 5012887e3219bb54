"""Conversations in the requests of three APIs, as the guard reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.transcripts import read_transcript

_JSON = frozenset({"json_schema", "json_object", "json"})


@dataclass(frozen=True, slots=True)
class Conversation:
    """What a request says to the guard.

    Attributes:
        question: what the reader asked: the last words of the user's.
        history: the turns before it.
        results: what tools returned.
        structured: whether the answer is to be JSON.
    """

    question: str | None
    history: tuple[dict[str, str], ...] = ()
    results: tuple[Document, ...] = ()
    structured: bool = False


def read_chat(body: Mapping[str, Any]) -> Conversation:
    """Reads a request for a chat completion.

    Raises:
        InputError: if its messages cannot be read, or it asks for what cannot be guarded.
    """
    if "audio" in (body.get("modalities") or ()):
        raise InputError("modalities has 'audio', and speech cannot be checked: ask for text")
    return read_turns(body.get("messages"), "messages", body.get("response_format"))


def read_responses(body: Mapping[str, Any]) -> Conversation:
    """Reads a request of the Responses API.

    Raises:
        InputError: if its input cannot be read, or it asks for what cannot be guarded.
    """
    if body.get("background"):
        raise InputError(
            "background is true, and what is fetched later cannot be checked: leave it out"
        )
    given = body.get("input")
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given or []
    return read_turns(items, "input", _get(body.get("text"), "format"))


def read_messages(body: Mapping[str, Any]) -> Conversation:
    """Reads a request of Anthropic's Messages API.

    Raises:
        InputError: if its messages cannot be read.
    """
    form = _get(body.get("output_config"), "format") or body.get("output_format")
    return read_turns(body.get("messages"), "messages", form)


def read_turns(turns: object, name: str, form: object = None) -> Conversation:
    """Reads a list of messages or items.

    Args:
        turns: the list.
        name: of the list, in the request.
        form: of the answer, as the request asks for it.

    Raises:
        InputError: if it is no list of objects.
    """
    if not isinstance(turns, Sequence) or not all(isinstance(turn, Mapping) for turn in turns):
        raise InputError(f"{name} is {turns!r:.60}: give a list of objects")
    read = read_transcript(turns, ("tools",))
    return Conversation(read.question, read.history, read.documents, _get(form, "type") in _JSON)


def _get(value: object, key: str) -> Any:
    return value.get(key) if isinstance(value, Mapping) else None
