"""Forms of training rows: what each teaches, from what, and how it is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from groundwire.audit.formats.messages import read_turns
from groundwire.errors import InputError
from groundwire.train.alignment import Record, is_flat
from groundwire.train.data.context import (
    Given,
    is_talk,
    read_context,
    read_prompt,
    read_spoken,
    replace_spoken,
)

Data: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a row that is checked.

    Attributes:
        name: its column, and of a conversation its place: ``"target"``, ``"messages[3]"``.
        text: what the model is to write, or not to write.
        given: what it is checked against.
        taught: whether the row teaches it: a rejected text is not.
    """

    name: str
    text: str
    given: Given
    taught: bool = True

    @property
    def record(self) -> Record | None:
        """The flat record that is all its evidence, if there is one."""
        alone = self.given.evidence[0] if len(self.given.evidence) == 1 else None
        return alone if is_flat(alone) else None


@dataclass(frozen=True, slots=True)
class Form:
    """A form of rows.

    Attributes:
        name: for ``--form``.
        given: columns that a text is given; the first of them is there.
        written: columns of texts.
        stated: whether the first given column is evidence and no instruction, and the second, if
            it is there, what was asked.
        optional: columns that may be missing.
    """

    name: str
    given: tuple[str, ...]
    written: tuple[str, ...]
    stated: bool = False
    optional: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        return self.given + self.written

    def matches(self, data: Data) -> bool:
        """Whether a row has the columns that it must have."""
        return all(key in data for key in self.columns if key not in self.optional)


FORMS = (
    Form("context", ("context", "question"), ("target",), True, frozenset({"question"})),
    Form("preference", ("prompt",), ("chosen", "rejected"), optional=frozenset({"prompt"})),
    Form("unpaired", ("prompt",), ("completion",)),
    Form("prompt", ("prompt",), ("completion",)),
    Form("messages", (), ("messages",)),
    Form("instruction", ("instruction", "input"), ("output",), optional=frozenset({"input"})),
)
"""All forms, in the order in which they are tried. ``unpaired`` also has ``label``."""

_CONVERSATIONS = ("messages", "conversations", "conversation")
_SHAPES = (
    "context and target; prompt and completion (and label); messages; chosen and rejected; "
    "instruction (and input) and output"
)


def find_form(name: str) -> Form:
    """Returns the form with a name.

    Raises:
        InputError: if there is none.
    """
    for form in FORMS:
        if form.name == name:
            return form
    raise InputError(f"form {name!r} is unknown: use one of {', '.join(f.name for f in FORMS)}")


def detect_form(data: Data) -> Form:
    """Returns the form of a row, by its columns.

    Raises:
        InputError: if it has none.
    """
    for form in FORMS:
        unpaired = form.name == "unpaired" and not isinstance(data.get("label"), bool)
        if form.matches(data) and not unpaired:
            return form
    raise InputError(
        f"has the columns {', '.join(map(str, data)) or 'none'!s:.300}; a row needs {_SHAPES}: "
        "name yours with --map, such as --map context=source --map target=summary"
    )


def normalize_row(
    data: Data, fields: Mapping[str, str], name: str | None
) -> tuple[Form, dict[str, Any]]:
    """Returns the form of a row and the row with the form's own names of columns.

    Of a preference without ``prompt``, or whose conversations hold it, too, it is what both begin
    with, as trl takes it.

    Raises:
        InputError: if the row is of no form, or lacks a mapped column.
    """
    missing = sorted(column for column in fields.values() if column not in data)
    if missing:
        raise InputError(f"has no column {missing[0]!r}, which --map names; correct the name")
    taken = {*fields.values()}
    row = {key: value for key, value in data.items() if key not in taken and key not in fields}
    row.update({key: data[column] for key, column in fields.items()})
    for column in _CONVERSATIONS[1:]:
        if "messages" not in row and is_talk(row.get(column)):
            row["messages"] = row.pop(column)
    form = detect_form(row) if name is None else find_form(name)
    if not form.matches(row):
        lacking = [key for key in form.columns if key not in row and key not in form.optional]
        raise InputError(f"lacks {lacking[0]!r}, which the form {form.name!r} needs")
    if form.name == "preference" and (row.get("prompt") is None or _begins(row)):
        row = _explicit(row)
    return form, row


def _begins(row: Data) -> bool:
    """Whether both texts are conversations that another than the model begins."""
    talks = [row["chosen"], row["rejected"]]
    return all(is_talk(talk) and read_turns(talk)[0].role != "assistant" for talk in talks)


def _explicit(row: dict[str, Any]) -> dict[str, Any]:
    chosen, rejected = row["chosen"], row["rejected"]
    if isinstance(chosen, str) and isinstance(rejected, str):
        size = chosen.rfind(" ", 0, _same(chosen, rejected) + 1) + 1
    elif is_talk(chosen) and is_talk(rejected):
        size = _same(chosen, rejected)
        size = min(size, len(chosen) - 1, len(rejected) - 1)
    else:
        raise InputError("chosen and rejected are neither two texts nor two conversations")
    return {**row, "prompt": chosen[:size], "chosen": chosen[size:], "rejected": rejected[size:]}


def _same(first: Sequence[Any], second: Sequence[Any]) -> int:
    """How many items two sequences begin with that are equal."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((n for n, (a, b) in pairs if a != b), min(len(first), len(second)))


def list_parts(form: Form, row: Data) -> list[Part]:
    """Returns the texts of a row that are checked, in order; an empty text is one, too.

    Raises:
        InputError: if a column is of a wrong kind.
    """
    given = _given(form, row)
    wanted = form.name != "unpaired" or row["label"] is not False
    found = []
    for column in form.written:
        taught = wanted and column != "rejected"
        for name, text, known in read_spoken(column, row[column], given):
            found.append(Part(name, text, known, taught))
    return found


def _given(form: Form, row: Data) -> Given:
    values = [row.get(column) for column in form.given]
    if form.stated:
        return read_context(*values)
    given = Given()
    for value in values:
        given = given.joined(read_prompt(value))
    return given


def replace_parts(row: Data, texts: Mapping[str, str]) -> dict[str, Any]:
    """Returns a row with other texts in place of some of its parts, by their names."""
    result = dict(row)
    for name, text in texts.items():
        column = name.partition("[")[0]
        result[column] = replace_spoken(result[column], name, text)
    return result


def tag_row(form: Form, row: Data, token: str) -> dict[str, Any]:
    """Returns a row whose given text begins with a control token.

    Before a text it stands with a space, in a list as its first item, in an object under the key
    ``control``, and in a conversation before the first message that is not the model's.
    """
    column = form.given[0] if form.given else form.written[0]
    return {**row, column: _before(row.get(column), token)}


def _before(value: Any, token: str) -> Any:
    if value is None or value == "":
        return token
    if isinstance(value, str):
        return f"{token} {value}"
    if is_talk(value):
        return replace_spoken(value, "", token, before=True)
    if isinstance(value, Mapping):
        return {"control": token, **value}
    return [token, *value] if isinstance(value, Sequence) else f"{token} {value}"
