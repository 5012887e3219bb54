"""Plain records: a question, an answer, and what the answer was given from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.audit.formats.fields import collect_fields, find_id
from groundwire.audit.formats.messages import (
    ANSWERS,
    CONTEXTS,
    QUESTIONS,
    find_answer,
    find_question,
)
from groundwire.audit.formats.passages import Evidence, collect_evidence
from groundwire.audit.items import Item
from groundwire.errors import InputError
from groundwire.io.rows import Row


def is_plain(data: Mapping[str, Any]) -> bool:
    """Whether it has a field with a usual name of an answer."""
    return _key(data, _usual(data), ANSWERS) is not None


def read_answers(rows: Sequence[Row]) -> list[Item]:
    """Returns the answer of one record.

    Names are compared without regard to case (``QUESTIONS``, ``ANSWERS``, ``CONTEXTS``); of
    several usual names the first that is not null is taken for the question and the answer, and
    all of them for the evidence. A reference answer is no evidence: it becomes a field.

    Args:
        rows: the record alone.

    Raises:
        InputError: if it has no answer, or a value of a wrong kind.
    """
    row = rows[0]
    usual = _usual(row.data)
    asked, answered = _key(row.data, usual, QUESTIONS), _key(row.data, usual, ANSWERS)
    if answered is None:
        names = ", ".join(str(key) for key in row.data) or "none"
        raise InputError(
            f"no answer: its fields are {names:.300}; name the answer with a mapping such as "
            "answer=FIELD"
        )
    name, key = find_id(row)
    contexts = [usual[key] for key in CONTEXTS if key in usual]
    given = [k for k in contexts if isinstance(row.data[k], str | list | dict)]
    fields = collect_fields(row.data, {key, asked, answered, *given})
    return [
        Item(
            name,
            _text(row.data[answered], answered),
            None if asked is None else _question(row.data[asked], asked),
            Evidence(collect_evidence(row.data[k], k) for k in given).all(),
            fields.values,
            row.place,
            **fields.left_out(),
        )
    ]


def _text(value: Any, name: str) -> str:
    text = value if isinstance(value, str) else find_answer(value)
    if text is None:
        raise InputError(f"{name} is {value!r:.40}; it must be text")
    if not text.strip():
        raise InputError(f"{name} is empty, so there is nothing to check")
    return text


def _question(value: Any, name: str) -> str | None:
    text = value if isinstance(value, str | None) else find_question(value)
    if text is None and value is not None:
        raise InputError(f"{name} is {value!r:.40}; it must be text")
    return text if text and text.strip() else None


def _usual(data: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a record by their names as usual names are written."""
    found: dict[str, str] = {}
    for key in data:
        found.setdefault(key.lower().strip().replace(" ", "_"), key)
    return found


def _key(data: Mapping[str, Any], usual: Mapping[str, str], names: Sequence[str]) -> str | None:
    found = [usual[name] for name in names if name in usual]
    return next((key for key in found if data[key] is not None), found[0] if found else None)
