"""Wrapping of any reply function, so that its text is checked."""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from groundwire.errors import BlockedError, InputError, warn_caller
from groundwire.guard.arguments import check_retriever
from groundwire.guard.pieces import PieceReader, RestartError
from groundwire.protocols import Retriever
from groundwire.reports.citations import cite as cite_report
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.guard.guard import Guard
    from groundwire.guard.stream_state import StreamEvent

_SHOWN = ("released", "blocked")


def wrap_reply(
    guard: Guard,
    reply: Callable[..., Any],
    evidence: Any = None,
    *,
    history: Any = None,
    cite: bool = False,
    raise_blocked: bool = False,
    on_report: Callable[[Report], None] | None = None,
    cumulative: bool | None = None,
) -> Callable[..., Any]:
    """Returns a function of the same kind and arguments whose text has been checked.

    The reply may be a plain or async function that returns its text, or a plain or async
    generator that yields it in pieces, or a function that returns such a generator; it may also
    return (or yield, once) a pair ``(text, evidence)``. Of a generator with ``evidence`` each
    claim is shown once it has been checked (see ``Guard.stream``); its pieces are held until the
    whole reply has been checked where its evidence may come with them, or where citations are
    wanted.
    A generator may yield what is new, or the text so far each time, as those of Gradio do: the
    wrapped one yields in the same way. Which of the two it is, its own yields tell, and nothing is
    shown before they have.
    The first argument, if it is a string, is taken as the question. An empty reply is returned
    as it is: it states nothing.

    Args:
        guard: checks the text.
        reply: ``(message, ...) -> text``.
        evidence: a retriever, such as an ``EvidenceIndex``; a callable with the reply's own
            arguments, sync (or async, for async replies); or evidence as ``Guard.check`` takes
            it. None takes what the reply returns beside its text, else the guard's retriever; an
            answer that neither has evidence for is checked against nothing, and a warning says it.
        history: the conversation so far, as ``Guard.check`` takes it, so that "And on Sundays?"
            is read with what it follows: the name of the reply's argument that holds it, or a
            callable with the reply's own arguments (async for async replies). The reply is
            given its arguments as ever.
        cite: give back the text with citations and its sources.
        raise_blocked: raise instead of replying with the guard's message.
        on_report: called with the report of every reply.
        cumulative: of a generator, whether each yield is the text so far (True) or what is new
            (False). None finds out: text so far, if each yield begins with the one before it and
            says at least 16 letters again, or all of them do until the end. A text so far that is
            begun anew ("Thinking..." and then the answer) is read anew.

    Raises:
        InputError: if ``reply`` cannot be called, or the evidence or the history is of a wrong
            kind; from the wrapped function, if the reply is not text or the history cannot be
            read.
        BlockedError: from the wrapped function, if ``raise_blocked`` and the answer is blocked.
    """
    if not callable(reply):
        raise InputError(f"{reply!r:.60} cannot be called: wrap a function (message, ...) -> text")
    check_retriever(evidence)
    function = _function(reply)
    asynchronous = inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)
    if inspect.iscoroutinefunction(_function(evidence)) and not asynchronous:
        raise InputError("evidence is an async function but the reply is not: make both async")
    if inspect.iscoroutinefunction(_function(history)) and not asynchronous:
        raise InputError("history is an async function but the reply is not: make both async")
    finder = _make_finder(reply, history)
    if cumulative not in (True, False, None):
        raise InputError(f"cumulative is {cumulative!r:.60}: use True, False or None")
    name = getattr(reply, "__name__", type(reply).__name__)
    checked = _Checked(guard, evidence, finder, cite, raise_blocked, on_report, cumulative, name)

    if inspect.isasyncgenfunction(function):

        @functools.wraps(reply)
        async def agenerate(*args: Any, **kwargs: Any) -> AsyncIterator[str]:
            async for text in checked.astream(reply(*args, **kwargs), args, kwargs):
                yield text

        return agenerate

    if inspect.iscoroutinefunction(function):

        @functools.wraps(reply)
        async def areply(*args: Any, **kwargs: Any) -> Any:
            return await checked.awaited(reply(*args, **kwargs), args, kwargs)

        return areply

    if inspect.isgeneratorfunction(function):

        @functools.wraps(reply)
        def generate(*args: Any, **kwargs: Any) -> Iterator[str]:
            yield from checked.stream(reply(*args, **kwargs), args, kwargs)

        return generate

    @functools.wraps(reply)
    def plain(*args: Any, **kwargs: Any) -> Any:
        return checked.result(reply(*args, **kwargs), args, kwargs)

    return plain


@dataclass(frozen=True, slots=True)
class _Checked:
    """What becomes of a reply called ``name``; ``args`` and ``kwargs`` are what it is given."""

    guard: Guard
    evidence: Any
    history: Callable[..., Any] | None
    cite: bool
    raise_blocked: bool
    on_report: Callable[[Report], None] | None
    cumulative: bool | None
    name: str

    def result(self, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Of what a plain function returned: text, a generator, or what has to be awaited."""
        if isinstance(result, AsyncIterator):
            return self.astream(result, args, kwargs)
        if isinstance(result, Iterator):
            return self.stream(result, args, kwargs)
        if inspect.isawaitable(result):
            return self.awaited(result, args, kwargs)
        return self.text(result, args, kwargs)

    async def awaited(self, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = await result
        if isinstance(result, AsyncIterator):
            return self.astream(result, args, kwargs)
        if isinstance(result, Iterator):
            raise InputError(
                f"an async reply returned {type(result).__name__}: return an async generator, or "
                "make the reply a plain function"
            )
        return await self.atext(result, args, kwargs)

    def text(self, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        text, own = _parts(result)
        found = _lookup(self.evidence, args, kwargs)
        if not text.strip():
            return text
        found = own if found is None else found
        report = self.guard.check(text, found, *self._asked(args, kwargs))
        return self._ends(report, found)

    async def atext(self, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        text, own = _parts(result)
        if not text.strip():
            return text
        found = await self._alookup(args, kwargs)
        found = own if found is None else found
        report = await self.guard.acheck(text, found, *await self._aasked(args, kwargs))
        return self._ends(report, found)

    def stream(
        self, pieces: Iterator[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Iterator[str]:
        if self._held:
            yield self.text(self._joined(list(pieces)), args, kwargs)
            return
        found = _lookup(self.evidence, args, kwargs)
        asked = self._asked(args, kwargs)
        reader = PieceReader(self.cumulative)
        with contextlib.ExitStack() as stack:
            if hasattr(pieces, "close"):
                stack.callback(pieces.close)
            while True:
                said = ""
                events = self.guard.stream_events(reader.iterate(pieces), found, *asked)
                try:
                    for event in events:
                        if text := self._shown(event):
                            said = said + text if reader.cumulative else text
                            reader.shown = True
                            yield said
                    return
                except RestartError:
                    continue

    async def astream(
        self, pieces: AsyncIterator[Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> AsyncIterator[str]:
        if self._held:
            whole = self._joined([piece async for piece in pieces])
            yield await self.atext(whole, args, kwargs)
            return
        found = await self._alookup(args, kwargs)
        asked = await self._aasked(args, kwargs)
        reader = PieceReader(self.cumulative)
        async with contextlib.AsyncExitStack() as stack:
            if hasattr(pieces, "aclose"):
                stack.push_async_callback(pieces.aclose)
            while True:
                said = ""
                events: Any = self.guard.astream_events(reader.aiterate(pieces), found, *asked)
                try:
                    async with contextlib.aclosing(events):
                        async for event in events:
                            if text := self._shown(event):
                                said = said + text if reader.cumulative else text
                                reader.shown = True
                                yield said
                    return
                except RestartError:
                    continue

    def _joined(self, pieces: list[Any]) -> Any:
        parts = [_parts(piece) for piece in pieces]
        found = [own for _, own in parts if own is not None]
        text = PieceReader(self.cumulative).join([text for text, _ in parts])
        return text, found[-1] if found else None

    @property
    def _held(self) -> bool:
        return self.cite or self.evidence is None

    async def _alookup(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        found = _lookup(self.evidence, args, kwargs)
        return await found if inspect.isawaitable(found) else found

    def _asked(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str | None, Any]:
        """The question and the conversation before it."""
        return _question(args), self.history(*args, **kwargs) if self.history else None

    async def _aasked(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[str | None, Any]:
        question, before = self._asked(args, kwargs)
        return question, await before if inspect.isawaitable(before) else before

    def _ends(self, report: Report, found: Any) -> str:
        if found is None and self.evidence is None:
            self._warn_unchecked(report)
        self._tell(report)
        return str(cite_report(report)) if self.cite else report.text

    def _warn_unchecked(self, report: Report) -> None:
        """Warns where claims are unchecked because nothing was there to check them against.

        Each answer would be blocked, and the reader alone would see it. Evidence may come with
        any answer, so that nothing before the first one tells that it does not.
        """
        unchecked = any(verdict.label == "unchecked" for verdict in report.verdicts)
        if unchecked and self.guard.retriever is None:
            warn_caller(
                f"the answer of {self.name} has no evidence to be checked against: pass "
                "wrap(reply, evidence=...) or Guard(retriever=...), or let the reply return "
                "(text, evidence), such as what its tools returned"
            )

    def _shown(self, event: StreamEvent) -> str:
        if event.report is not None and event.report.answer.strip():
            self._tell(event.report)
        hidden = event.kind == "blocked" and self.raise_blocked
        return event.text if event.kind in _SHOWN and not hidden else ""

    def _tell(self, report: Report) -> None:
        if self.on_report is not None:
            self.on_report(report)
        if report.decision.action == "block" and self.raise_blocked:
            raise BlockedError(report)


def _function(value: Any) -> Any:
    """The function behind a callable object or a partial, which tells what kind it is."""
    while isinstance(value, functools.partial):
        value = value.func
    if callable(value) and not inspect.isroutine(value) and not inspect.isclass(value):
        return value.__call__
    return value


def _make_finder(reply: Callable[..., Any], history: Any) -> Callable[..., Any] | None:
    """What returns the conversation so far, of the arguments that a reply is called with.

    Raises:
        InputError: if ``history`` is neither callable nor the name of an argument.
    """
    if history is None or callable(history):
        return history  # type: ignore[no-any-return]
    if not isinstance(history, str):
        raise InputError(
            f"history is {history!r:.60}, a {type(history).__name__}, the same for every reply: "
            "name the reply's argument that holds the conversation, such as 'history', or give a "
            "function of the reply's arguments"
        )
    try:
        signature = inspect.signature(reply)
    except (TypeError, ValueError):
        signature = inspect.Signature()
    names = list(signature.parameters)
    if history not in names:
        raise InputError(
            f"history={history!r:.60} names no argument of the reply, which has "
            f"{', '.join(names) or 'none'}: name one of them, or give a function of them"
        )

    def find(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return bound.arguments[history]

    return find


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
    kind = type(result).__name__
    if hasattr(result, "content") or hasattr(result, "text"):
        raise InputError(f"the reply is {kind}, a message: return text, such as reply.text")
    raise InputError(f"the reply is {kind}: return text, or (text, evidence)")
