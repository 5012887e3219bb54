"""Prompts and conversations, in the forms that trl trains on, as rows of a generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from groundwire.errors import InputError
from groundwire.train.data.forms import normal, parts
from groundwire.train.data.talk import is_talk


def read_exchange(item: Mapping[str, Any]) -> tuple[str, Any, str] | None:
    """Reads a prompt with its completion, or a conversation in which the model speaks once.

    Returns:
        What the model reads, the evidence in it, and what it is to say; None if the row is of
        another form.

    Raises:
        InputError: if the row teaches no text, or several.
    """
    try:
        form, data = normal(item, {}, None)
    except InputError:
        return None
    if form.stated:
        return None
    if form.name == "messages" and not is_talk(data["messages"]):
        raise InputError("messages is no list of messages with role and content")
    taught = [part for part in parts(form, data) if part.taught]
    if len(taught) != 1:
        raise InputError(
            f"teaches {len(taught)} texts: give rows of one text each; conversations of several "
            "turns are for trl's own trainer"
        )
    (part,) = taught
    text = prompt_of(part.given.prompt)
    if not text.strip():
        raise InputError("the prompt is empty: give what the model is to answer")
    evidence = part.given.evidence
    return text, evidence[0] if len(evidence) == 1 else list(evidence) or text, part.text


def prompt_of(prompt: Any) -> str:
    """Returns a prompt, or the messages of one, as one text."""
    if isinstance(prompt, str):
        return prompt
    return "\n\n".join(message["content"] for message in prompt if message["content"])
