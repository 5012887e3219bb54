"""Arguments of a wrong kind that are a common mistake: errors that say the next step."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from groundwire.errors import InputError

_MESSAGES = (
    "pass (chunk.text for chunk in ...), or guard the model or chain with GroundedRunnable of "
    "groundwire_langchain"
)


def check_token(piece: object, name: str = "a token") -> None:
    """Refuses a piece of an answer that is no string.

    Raises:
        InputError: with what to pass instead.
    """
    if isinstance(piece, str):
        return
    kind = type(piece).__name__
    if _is_message(piece):
        raise InputError(f"{name} is {kind}, a message and no string: {_MESSAGES}")
    raise InputError(f"{name} is {kind}: give an iterable of strings")


def check_tokens(tokens: object, asynchronous: bool) -> None:
    """Refuses what cannot be read as the pieces of an answer.

    Args:
        tokens: what the caller streams.
        asynchronous: whether an asynchronous iterable can be read too.

    Raises:
        InputError: with what to pass instead.
    """
    kind = type(tokens).__name__
    if isinstance(tokens, str):
        raise InputError(
            f"tokens is one string, {tokens!r:.40}: pass its pieces, such as [text], or use "
            f"{'acheck' if asynchronous else 'check'} for an answer that is complete"
        )
    if inspect.isawaitable(tokens):
        raise InputError(f"tokens is {kind}: await it first, and pass what it gives to astream")
    if isinstance(tokens, AsyncIterable) and not asynchronous:
        raise InputError(f"tokens is {kind}, which is asynchronous: use astream or astream_events")
    if isinstance(tokens, AsyncIterator | Iterator):
        return
    if _is_message(tokens):
        raise InputError(f"tokens is {kind}, a message and no pieces of one: {_MESSAGES}")
    if inspect.isroutine(tokens):
        name = getattr(tokens, "__name__", kind)
        raise InputError(f"tokens is the function {name}: call it, and pass what it returns")
    if not isinstance(tokens, AsyncIterable | Iterable):
        raise InputError(f"tokens is {kind}: give an iterable of strings")


def check_retriever(evidence: Any) -> None:
    """Refuses a LangChain retriever where groundwire's own is expected.

    Raises:
        InputError: with the call that makes one of it.
    """
    for item in evidence if isinstance(evidence, list | tuple) else [evidence]:
        asked = all(callable(getattr(item, name, None)) for name in ("invoke", "ainvoke"))
        if asked and not inspect.isclass(item) and not hasattr(item, "retrieve"):
            raise InputError(
                f"{type(item).__name__} is a LangChain retriever and has no method 'retrieve': "
                "pass groundwire_langchain.as_retriever(retriever)"
            )


def _is_message(value: object) -> bool:
    return hasattr(value, "content") or hasattr(value, "text")
