"""Conversations in the requests of three APIs, as the guard reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.transcripts import read_transcript
from groundwire.guard.forms.requests import is_json_wanted, is_speech_wanted, list_items


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
    if is_speech_wanted(body):
        raise InputError("modalities has 'audio', and speech cannot be checked: ask for text")
    return read_turns(body.get("messages"), "messages", is_json_wanted(body))


def read_responses(body: Mapping[str, Any]) -> Conversation:
    """Reads a request of the Responses API.

    Raises:
        InputError: if its input cannot be read, or it asks for what cannot be guarded.
    """
    if body.get("background"):
        raise InputError(
            "background is true, and what is fetched later cannot be checked: leave it out"
        )
    return read_turns(list_items(body), "input", is_json_wanted(body))


def read_messages(body: Mapping[str, Any]) -> Conversation:
    """Reads a request of Anthropic's Messages API.

    Raises:
        InputError: if its messages cannot be read.
    """
    return read_turns(body.get("messages"), "messages", is_json_wanted(body))


def read_turns(turns: object, name: str, structured: bool = False) -> Conversation:
    """Reads a list of messages or items.

    Args:
        turns: the list.
        name: of the list, in the request.
        structured: whether the answer is to be JSON.

    Raises:
        InputError: if it is no list of objects.
    """
    if not isinstance(turns, Sequence) or not all(isinstance(turn, Mapping) for turn in turns):
        raise InputError(f"{name} is {turns!r:.60}: give a list of objects")
    read = read_transcript(turns, ("tools",))
    return Conversation(read.question, read.history, read.documents, structured)
