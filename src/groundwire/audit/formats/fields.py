"""Fields of a record beside question and answer, by which an audit is sliced."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from groundwire.audit.items import Scalar
from groundwire.io.json_text import unpack_json
from groundwire.io.rows import Row

MOST = 64
"""Fields that an item has at most; further ones are left out."""

LONGEST = 200
"""Characters that a name or a value has at most; longer ones are no slices, and left out."""

IDS = (
    "id", "_id", "answer_id", "record_id", "run_id", "uuid", "custom_id", "request_id",
    "conversation_id", "chat_id", "question_id", "query_id", "qid",
)  # fmt: skip
"""Usual names of an id, in the order in which one is taken."""


@dataclass(slots=True)
class Fields:
    """The fields of an item.

    Attributes:
        values: by name, at most ``MOST``.
        long: names of those that are left out because their text is longer than ``LONGEST``.
        more: how many others are left out: after the first ``MOST``, or with too long a name.
    """

    values: dict[str, Scalar] = field(default_factory=dict)
    long: list[str] = field(default_factory=list)
    more: int = 0

    def left_out(self) -> dict[str, Any]:
        """Returns the attributes of an ``Item`` that tell what is left out."""
        return {"long": tuple(self.long), "more": self.more}


def find_id(row: Row) -> tuple[str, str | None]:
    """Returns the id of a record and the key that has it, or the record's place and None."""
    for key in IDS:
        value = row.data.get(key)
        named = isinstance(value, str | int) and not isinstance(value, bool)
        if named and 0 < len(str(value)) <= LONGEST:
            return str(value), key
    return row.place, None


def collect_fields(data: Mapping[str, Any], used: Container[str | None]) -> Fields:
    """Returns the scalar values of a record, in its order.

    Objects are flattened by one level (``metadata.topic``); a list of short texts (tags) becomes
    ``"a, b"``. What is null, not finite, empty or nested deeper is no field. What is longer than
    ``LONGEST``, and everything after the first ``MOST`` values, is left out and told of: it is in
    the input, and no slice is made from it.

    Args:
        data: the record.
        used: its keys that are no fields, as they are the question, the answer or evidence.
    """
    found = Fields()
    for name, value in _flat(data, used):
        scalar = _scalar(value)
        if scalar is None or not name or name in found.values:
            continue
        if len(name) > LONGEST or len(found.values) == MOST:
            found.more += 1
        elif isinstance(scalar, str) and len(scalar) > LONGEST:
            found.long.append(name)
        else:
            found.values[name] = scalar
    return found


def _flat(data: Mapping[str, Any], used: Container[str | None]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if key in used:
            continue
        value = unpack_json(value)
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", item) for inner, item in value.items())
        else:
            yield str(key), value


def _scalar(value: Any) -> Scalar | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float) else None
