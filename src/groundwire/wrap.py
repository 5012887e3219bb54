"""Any reply function, guarded."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING, Any

from groundwire.cite import cite as cite_report
from groundwire.errors import BlockedError, InputError
from groundwire.protocols import Retriever
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.flow import StreamEvent
    from groundwire.guard import Guard

_SHOWN = ("released", "blocked")


def wrap_reply(
    guard: Guard,
    reply: Callable[..., Any],
    evidence: Any = None,
    *,
    cite: bool = False,
    raise_blocked: bool = False,
    on_report: Callable[[Report], None] | None = None,
) -> Callable[..., Any]:
    """Returns a function of the same kind and arguments whose text has been checked.

    The reply may be a plain or async function that returns its text, or a plain or async
    generator that yields it in pieces; it may also return (or yield, once) a pair
    ``(text, evidence)``. Of a generator with ``evidence`` each claim is shown once it has been
    checked (see ``Guard.stream``); its pieces are held until the whole reply has been checked
    where its evidence may come with them, or where citations are wanted.
    The first argument, if it is a string, is taken as the question. An empty reply is returned
    as it is: it states nothing.

    Args:
        guard: checks the text.
        reply: ``(message, ...) -> text``.
        evidence: a retriever, such as an ``EvidenceIndex``; a callable with the reply's own
            arguments, sync (or async, for async replies); or evidence as ``Guard.check`` takes
            it. None takes what the reply returns beside its text, else the guard's retriever.
        cite: give back the text with citations and its sources.
        raise_blocked: raise instead of replying with the guard's message.
        on_report: called with the report of every reply.

    Raises:
        InputError: if ``reply`` cannot be called; from the wrapped function, if the reply is
            not text.
        BlockedError: from the wrapped function, if ``raise_blocked`` and the answer is blocked.
    """
    if not callable(reply):
        raise InputError(f"{reply!r:.60} cannot be called: wrap a function (message, ...) -> text")
    asynchronous = inspect.iscoroutinefunction(_function(evidence))
    kinds = (inspect.iscoroutinefunction, inspect.isasyncgenfunction)
    if asynchronous and not any(kind(_function(reply)) for kind in kinds):
        raise InputError("evidence is an async function but the reply is not: make both async")

    def ends(report: Report) -> str:
        if on_report is not None:
            on_report(report)
        if report.decision.action == "block" and raise_blocked:
            raise BlockedError(report)
        return str(cite_report(report)) if cite else report.text

    def checked(result: Any, args: tuple[Any, ...], found: Any) -> str:
        text, own = _parts(result)
        if not text.strip():
            return text
        return ends(guard.check(text, own if found is None else found, _question(args)))

    async def achecked(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        text, own = _parts(result)
        if not text.strip():
            return text
        found = _lookup(evidence, args, kwargs)
        found = await found if inspect.isawaitable(found) else found
        return ends(await guard.acheck(text, own if found is None else found, _question(args)))

    held = cite or evidence is None

    def shown(event: StreamEvent) -> str:
        if event.report is not None:
            if on_report is not None and event.report.answer.strip():
                on_report(event.report)
            if event.report.decision.action == "block" and raise_blocked:
                raise BlockedError(event.report)
        return event.text if event.kind in _SHOWN and not (
            event.kind == "blocked" and raise_blocked
        ) else ""  # fmt: skip

    if inspect.isasyncgenfunction(_function(reply)):

        @functools.wraps(reply)
        async def agenerate(*args: Any, **kwargs: Any) -> AsyncIterator[str]:
            if not held:
                found = _lookup(evidence, args, kwargs)
                found = await found if inspect.isawaitable(found) else found
                events = guard.astream_events(reply(*args, **kwargs), found, _question(args))
                async for event in events:
                    if text := shown(event):
                        yield text
                return
            pieces = [piece async for piece in reply(*args, **kwargs)]
            yield await achecked(_joined(pieces), args, kwargs)

        return agenerate

    if inspect.iscoroutinefunction(_function(reply)):

        @functools.wraps(reply)
        async def areply(*args: Any, **kwargs: Any) -> str:
            return await achecked(await reply(*args, **kwargs), args, kwargs)

        return areply

    if inspect.isgeneratorfunction(_function(reply)):

        @functools.wraps(reply)
        def generate(*args: Any, **kwargs: Any) -> Iterator[str]:
            if not held:
                found = _lookup(evidence, args, kwargs)
                for event in guard.stream_events(reply(*args, **kwargs), found, _question(args)):
                    if text := shown(event):
                        yield text
                return
            pieces = list(reply(*args, **kwargs))
            yield checked(_joined(pieces), args, _lookup(evidence, args, kwargs))

        return generate

    @functools.wraps(reply)
    def plain(*args: Any, **kwargs: Any) -> str:
        return checked(reply(*args, **kwargs), args, _lookup(evidence, args, kwargs))

    return plain


def _function(value: Any) -> Any:
    """The function behind a callable object or a partial, which tells what kind it is."""
    while isinstance(value, functools.partial):
        value = value.func
    if callable(value) and not inspect.isroutine(value) and not inspect.isclass(value):
        return value.__call__
    return value


def _lookup(evidence: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if callable(evidence) and not isinstance(evidence, Retriever):
        return evidence(*args, **kwargs)
    return evidence


def _question(args: tuple[Any, ...]) -> str | None:
    return next((arg for arg in args if isinstance(arg, str)), None)


def _parts(result: Any) -> tuple[str, Any]:
    if isinstance(result, tuple) and len(result) == 2 and isinstance(result[0], str):
        return result[0], result[1]
    if isinstance(result, str):
        return result, None
    raise InputError(f"the reply is {type(result).__name__}: return text, or (text, evidence)")


def _joined(pieces: list[Any]) -> Any:
    parts = [_parts(piece) for piece in pieces]
    found = [own for _, own in parts if own is not None]
    return "".join(text for text, _ in parts), found[-1] if found else None
