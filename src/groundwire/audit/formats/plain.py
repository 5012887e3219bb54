"""Plain records: a question, an answer, and what the answer was given from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundwire.audit.formats.fields import collect_fields, find_id
from groundwire.audit.formats.headings import Part, match_headings, split_heading
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
    """Whether it has a field with a usual name of an answer, or one that means the same."""
    if _key(data, _usual(data), ANSWERS) is not None:
        return True
    return bool(match_headings(_names(data))["answer"])


def read_answers(rows: Sequence[Row]) -> list[Item]:
    """Returns the answer of one record.

    Names are compared without regard to case (``QUESTIONS``, ``ANSWERS``, ``CONTEXTS``); of
    several usual names the first that is not null is taken for the question and the answer, and
    all of them for the evidence. Where there is none, names are taken by what they mean
    (``match_headings``): "Bot reply" is the answer. A reference answer is no evidence: it becomes
    a field.

    Args:
        rows: the record alone.

    Raises:
        InputError: if it has no answer, or a value of a wrong kind.
    """
    row = rows[0]
    usual = _usual(row.data)
    alike = match_headings(_names(row.data))
    asked = _key(row.data, usual, QUESTIONS) or _only(alike, "question")
    answered = _key(row.data, usual, ANSWERS) or _only(alike, "answer")
    if answered is None:
        names = ", ".join(str(key) for key in row.data) or "none"
        raise InputError(
            f"no answer: its fields are {names:.300}; say which one is the answer with "
            "--map answer=FIELD (and --map question=FIELD, --map contexts=FIELD)"
        )
    name, key = find_id(row)
    contexts = [usual[key] for key in CONTEXTS if key in usual] or alike["contexts"]
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


def read_output(inputs: Any, output: Any, name: str = "the example") -> Item:
    """Returns what a model said to inputs, with the question and the evidence that they hold.

    Args:
        inputs: a question, messages, or fields with the usual names, as ``read_answers`` reads
            them. A field ``answer`` is what somebody expects, and not read.
        output: the answer: a text, a message, or an object with one.
        name: names it in errors.

    Raises:
        InputError: if there is no answer, or a value is of a wrong kind.
    """
    if isinstance(inputs, Mapping):
        data = {key: value for key, value in inputs.items() if str(key).casefold() != "answer"}
    else:
        data = {"question": inputs}
    return read_answers([Row(name, {**data, "answer": output})])[0]


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


def _names(data: Mapping[str, Any]) -> list[str]:
    return [key for key in data if isinstance(key, str)]


def _only(alike: Mapping[Part, Sequence[str]], part: Part) -> str | None:
    """The one field that means a part, or None.

    Raises:
        InputError: if several do.
    """
    if len(alike[part]) > 1:
        names = " and ".join(map(repr, alike[part]))
        raise InputError(f"{names:.200} may each be the {part}: say which with --map {part}=FIELD")
    return alike[part][0] if alike[part] else None


def _usual(data: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a record by their names as usual names are written."""
    found: dict[str, str] = {}
    for key in data:
        found.setdefault(key.lower().strip().replace(" ", "_"), key)
    for key in _names(data):
        found.setdefault("_".join(split_heading(key)), key)
    return found


def _key(data: Mapping[str, Any], usual: Mapping[str, str], names: Sequence[str]) -> str | None:
    found = [usual[name] for name in names if name in usual]
    return next((key for key in found if data[key] is not None), found[0] if found else None)
