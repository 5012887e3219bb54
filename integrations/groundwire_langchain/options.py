"""Settings that cannot be used, in errors that name the value and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from groundwire.errors import InputError
from groundwire.guard.guard import Guard

_FAILS = {
    "rewrite": "replace", "block": "end", "raise": "error", "retry": "retry",
    "annotate": "annotate",
}  # fmt: skip
_STREAMS = {"claim": "claim", "answer": "buffer"}
_TWINS: dict[str, tuple[str, str, dict[str, str]]] = {
    "on_fail": ("a chain's or a chat model's", "exit_behavior", _FAILS),
    "exit_behavior": ("GroundingMiddleware's", "on_fail", {v: k for k, v in _FAILS.items()}),
    "release": ("a chain's or a chat model's", "streaming", _STREAMS),
    "streaming": ("GroundingMiddleware's", "release", {v: k for k, v in _STREAMS.items()}),
}
"""Options of one component that have another name in the other: whose, its twin, its values."""


def guard_of(guard: Any) -> Any:
    """Returns the guard that an option gives; None is one with the embedded models.

    Raises:
        InputError: if it is none.
    """
    if guard is None:
        return Guard()
    if not callable(getattr(guard, "check_many", None)):
        raise InputError(
            f"guard is {guard!r:.60}, a {type(guard).__name__}: pass a groundwire Guard; a "
            "retriever, texts or Documents go to evidence="
        )
    return guard


def known(owner: str, given: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Refuses options that a component does not have.

    Raises:
        InputError: if there is one; it names the option that was meant, as far as that is known.
    """
    names = list(allowed)
    for name, value in given.items():
        if name in names:
            continue
        start = f"{owner} has no option {name!r}"
        if name in _TWINS and _TWINS[name][1] in names:
            whose, twin, values = _TWINS[name]
            to = values.get(value) if isinstance(value, str) else None
            use = f"{twin}={to!r}" if to else f"{twin}="
            raise InputError(f"{start}, which is {whose} (given {value!r:.40}): use {use}")
        close = get_close_matches(name, names, 1)
        hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(sorted(names))}"
        raise InputError(f"{start} (given {value!r:.40}): {hint}")


GRAPH = (
    "a graph streams its state, drafts included, before an answer can be checked: put "
    "GroundingMiddleware into the agent (create_agent(..., middleware=[GroundingMiddleware()])), "
    "or grounding_node into the graph, and stream that"
)
"""What to do with a graph that is to be streamed."""


def is_graph(value: Any) -> bool:
    """Whether a runnable is a compiled graph of LangGraph, or one with options bound to it."""
    while value is not None:
        if callable(getattr(value, "get_state_history", None)):
            return True
        value = getattr(value, "last", None) or vars(value).get("bound")
    return False


def no_graph_options(given: Mapping[str, Any]) -> None:
    """Refuses the options of a run that only a graph has.

    Raises:
        InputError: if there is one.
    """
    for name, value in given.items():
        if name in ("stream_mode", "subgraphs", "output_keys", "print_mode", "interrupt_before"):
            raise InputError(f"{name}={value!r:.40} is an option of a graph: {GRAPH}")


@contextmanager
def readable(owner: str) -> Iterator[None]:
    """Makes the errors of pydantic errors that name the option, its value and what is allowed."""
    try:
        yield
    except ValidationError as error:
        raise InputError(_told(owner, error)) from error


def _told(owner: str, error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    context = first.get("ctx") or {}
    name = ".".join(map(str, first["loc"]))
    if isinstance(context.get("error"), InputError):
        return str(context["error"])
    if first["type"] == "missing":
        return f"{owner} needs {name}=, which is missing"
    if "expected" in context:
        allowed = str(context["expected"]).replace("'", "").replace(" or ", ", ")
        return f"{name} is {first['input']!r:.60}: use one of {allowed}"
    return f"{name} is {first['input']!r:.60}: {first['msg']}"
