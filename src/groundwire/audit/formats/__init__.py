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
    Form("langsmith", langsmith.is_langsmith, langsmith.read_answers, langsmith.find_trace),
    Form("trulens", trulens.is_trulens, trulens.read_answers),
    Form("langfuse", langfuse.is_langfuse, langfuse.read_answers, langfuse.find_trace),
    Form("ragas", ragas.is_ragas, ragas.read_answers),
    Form("chat", chat.is_transcript, chat.read_answers),
    Form("plain", plain.is_plain, plain.read_answers),
)
"""All forms, in the order in which they are tried on each row."""

_LISTS = (
    "data", "records", "rows", "items", "examples", "samples", "results", "runs", "traces",
    "conversations", "chats", "instances", "dataset",
)  # fmt: skip


def detect_form(data: Mapping[str, Any]) -> Form:
    """Returns the form of a record; ``plain`` if it is like none."""
    return next((form for form in FORMS if form.matches(data)), FORMS[-1])


def find_form(name: str) -> Form:
    """Returns the form with a name.

    Raises:
        InputError: if there is none.
    """
    for form in FORMS:
        if form.name == name:
            return form
    names = ", ".join(form.name for form in FORMS)
    raise InputError(f"form {name!r} is unknown: use one of {names}")


def unpack_rows(row: Row) -> Iterator[Row]:
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
