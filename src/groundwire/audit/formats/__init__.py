"""Forms of recorded answers: one module reads each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundwire.audit.formats import chat, langfuse, langsmith, plain, ragas, trulens
from groundwire.audit.items import Item
from groundwire.errors import InputError
from groundwire.io.rows import Row


def _alone(data: Mapping[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Form:
    """A form of records.

    Attributes:
        name: for ``--form``.
        matches: whether a record is of this form.
        read: returns the answers of a record, or of all the rows of one group.
        group: what the rows of one answer have in common; None for a row that stands alone.
    """

    name: str
    matches: Callable[[Mapping[str, Any]], bool]
    read: Callable[[Sequence[Row]], list[Item]]
    group: Callable[[Mapping[str, Any]], str | None] = _alone


FORMS: tuple[Form, ...] = (
    Form("langsmith", langsmith.matches, langsmith.read, langsmith.group),
    Form("trulens", trulens.matches, trulens.read),
    Form("langfuse", langfuse.matches, langfuse.read, langfuse.group),
    Form("ragas", ragas.matches, ragas.read),
    Form("chat", chat.matches, chat.read),
    Form("plain", plain.matches, plain.read),
)
"""All forms, in the order in which they are tried on each row."""

_LISTS = (
    "data", "records", "rows", "items", "examples", "samples", "results", "runs", "traces",
    "conversations", "chats", "instances", "dataset",
)  # fmt: skip


def detect(data: Mapping[str, Any]) -> Form:
    """Returns the form of a record; ``plain`` if it is like none."""
    return next((form for form in FORMS if form.matches(data)), FORMS[-1])


def named(name: str) -> Form:
    """Returns the form with a name.

    Raises:
        InputError: if there is none.
    """
    for form in FORMS:
        if form.name == name:
            return form
    names = ", ".join(form.name for form in FORMS)
    raise InputError(f"form {name!r} is unknown: use one of {names}")


def records(row: Row) -> Iterator[Row]:
    """Yields a row, or those of the list that it holds under a usual name (``data``, ``runs``).

    A row that is a record of some form is never opened.
    """
    lists = (row.data.get(key) for key in _LISTS)
    inner = next((v for v in lists if isinstance(v, list) and v and _objects(v)), None)
    if inner and any(form.matches(row.data) for form in FORMS):
        inner = None
    if inner is None:
        yield row
        return
    for number, data in enumerate(inner):
        yield Row(f"{row.place}[{number}]", data)


def _objects(values: list[Any]) -> bool:
    return all(isinstance(value, dict) for value in values)
