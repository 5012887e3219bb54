"""Conversations in training rows: what the model says in them, and what it was told before."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwire.audit.formats.messages import is_chat, is_message, turns
from groundwire.errors import InputError
from groundwire.train.data.given import Given, given_by_texts

_CONTENTS = ("content", "value", "text")
_ROLES = {"retrieved": "tool", "": "user"}
_PLACE = re.compile(r"\[(\d+)\]$")


def is_talk(value: Any) -> bool:
    """Whether a value is a list of messages; text that holds such JSON is text."""
    return isinstance(value, list) and bool(value) and is_chat(value) and is_message(value[0])


def said_before(messages: Sequence[Any], end: int) -> Given:
    """Returns what a conversation gives before a place: all but what the model said itself."""
    heard = [turn for turn in turns(list(messages)) if turn.position < end]
    told = [(turn.text, turn.role == "retrieved") for turn in heard
            if turn.role != "assistant" and turn.text]  # fmt: skip
    prompt = [{"role": _ROLES.get(turn.role, turn.role), "content": turn.text} for turn in heard]
    given = given_by_texts(told, prompt)
    asked = [turn.text for turn in heard if turn.role == "user" and turn.text]
    return Given(given.evidence, asked[-1] if asked else given.question, prompt)


def spoken(column: str, value: Any, given: Given) -> Iterator[tuple[str, str, Given]]:
    """Yields the texts of a column: name, text, and what it was given.

    Raises:
        InputError: if the value is neither a text nor a conversation in which the model speaks.
    """
    if value is None or isinstance(value, str):
        yield column, value or "", given
        return
    if not is_talk(value):
        raise InputError(
            f"{column} is a {type(value).__name__}: give a text, or a list of messages with role "
            "and content"
        )
    mine = [
        turn for turn in turns(value)
        if turn.role == "assistant" and (turn.text.strip() or not _calls(value[turn.position]))
    ]  # fmt: skip
    if not mine:
        raise InputError(f"{column} has no message of the assistant: there is nothing to learn")
    for turn in mine:
        before = said_before(value, turn.position) if turn.position else Given(prompt=[])
        yield f"{column}[{turn.position}]", turn.text, given.joined(before)


def plain_content(message: Any) -> str | None:
    """The text of a message that has nothing beside it, such as an image; else None."""
    if not isinstance(message, Mapping):
        return None
    text = next((message[key] for key in _CONTENTS if key in message), None)
    return text if isinstance(text, str) else None


def _calls(message: Any) -> bool:
    """Whether a message calls a tool."""
    return isinstance(message, Mapping) and bool(
        message.get("tool_calls") or message.get("function_call")
    )


def with_said(value: Any, name: str, text: str, before: bool = False) -> Any:
    """Returns a column with another text in it.

    Args:
        value: a text or a conversation.
        name: of the part (``Part.name``), whose place is in it.
        text: the text.
        before: put it before the first message that is not the model's, instead.
    """
    if not isinstance(value, list):
        return text
    if before:
        others = [turn.position for turn in turns(value) if turn.role != "assistant"]
        place = others[0] if others else 0
    else:
        found = _PLACE.search(name)
        place = int(found[1]) if found else 0
    message = dict(value[place])
    key = next((key for key in _CONTENTS if key in message), "content")
    message[key] = f"{text} {turns(value)[place].text}".rstrip() if before else text
    return [*value[:place], message, *value[place + 1 :]]
