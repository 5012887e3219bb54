"""Options that cannot be used, in errors that name the value and what is allowed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from pydantic import ValidationError

from groundwire.errors import InputError
from groundwire.guard.guard import Guard

P = ParamSpec("P")
R = TypeVar("R")

_DEPRECATED: dict[str, tuple[str, dict[str, str]]] = {
    "exit_behavior": ("on_fail", {"replace": "rewrite", "end": "block", "error": "raise"}),
    "streaming": ("release", {"buffer": "answer", "off": "token"}),
    "retriever": ("evidence", {}),
}
"""Old names of options: their new name, and the new name of each value that has one."""


def accept_old_names(*options: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Lets a component take options by their old names too, with a warning.

    It decorates what the user calls: only there is it known which options were given, and the
    caller is the line that the warning points at.

    Args:
        *options: the new names of those options that the component has.
    """

    def decorate(component: Callable[P, R]) -> Callable[P, R]:
        @wraps(component)
        def call(*args: P.args, **given: P.kwargs) -> R:
            _rename(given, options)
            return component(*args, **given)

        return call

    return decorate


def _rename(given: dict[str, Any], options: Iterable[str]) -> None:
    """Puts new names and values in the place of old ones.

    Raises:
        InputError: if an option is given by both of its names.
    """
    for old, (new, values) in _DEPRECATED.items():
        if old not in given or new not in options:
            continue
        if new in given:
            raise InputError(
                f"both {old} and {new} are given: give {new} alone, {old} is its old name"
            )
        value = given.pop(old)
        # A value of another type is no old one, and need not be hashable.
        given[new] = values.get(value, value) if isinstance(value, str) else value
        use = f"{new}={given[new]!r}" if isinstance(value, str) else f"{new}="
        warnings.warn(
            f"the option {old!r} is called {new!r} now; the old name goes in the next release: "
            f"use {use}",
            DeprecationWarning,
            stacklevel=3,
        )


def read_old_name(old: str, value: str) -> str:
    """Returns the value of an attribute as its old name had it, with a warning.

    Args:
        old: the old name.
        value: the value under the new name.
    """
    new, values = _DEPRECATED[old]
    warnings.warn(
        f"the attribute {old!r} is called {new!r} now; the old name goes in the next release: "
        f"read .{new}, which is {value!r}",
        DeprecationWarning,
        stacklevel=3,
    )
    return next((was for was, now in values.items() if now == value), value)


def make_guard(guard: Any) -> Any:
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


def refuse_unknown(owner: str, given: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Refuses options that a component does not have.

    Raises:
        InputError: if there is one; it names the option that was meant, as far as that is known.
    """
    names = list(allowed)
    meant = {name: name for name in names}
    # An old name that is misspelt is meant for the new one.
    meant |= {old: new for old, (new, _) in _DEPRECATED.items() if new in names}
    for name, value in given.items():
        if name in names:
            continue
        close = get_close_matches(name, meant, 1)
        hint = (
            f"did you mean {meant[close[0]]!r}?" if close else f"it has {', '.join(sorted(names))}"
        )
        raise InputError(f"{owner} has no option {name!r} (given {value!r:.40}): {hint}")


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


def refuse_graph_options(given: Mapping[str, Any]) -> None:
    """Refuses the options of a run that only a graph has.

    Raises:
        InputError: if there is one.
    """
    for name, value in given.items():
        if name in ("stream_mode", "subgraphs", "output_keys", "print_mode", "interrupt_before"):
            raise InputError(f"{name}={value!r:.40} is an option of a graph: {GRAPH}")


@contextmanager
def explain_errors(owner: str) -> Iterator[None]:
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
