"""What else a record says, by which an audit is sliced."""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from typing import Any

from groundwire.audit.inputs.parsing import loaded
from groundwire.audit.inputs.rows import Row
from groundwire.audit.items import Scalar

MOST = 64
"""Fields that an item has at most; further ones are left out."""

LONGEST = 200
"""Characters that a name or a value has at most; longer ones are no slices, and left out."""

_IDS = (
    "id", "_id", "answer_id", "record_id", "run_id", "uuid", "custom_id", "request_id",
    "conversation_id", "chat_id", "question_id", "query_id", "qid",
)  # fmt: skip


def identity(row: Row) -> tuple[str, str | None]:
    """Returns the id of a record and the key that has it, or the record's place and None."""
    for key in _IDS:
        value = row.data.get(key)
        named = isinstance(value, str | int) and not isinstance(value, bool)
        if named and 0 < len(str(value)) <= LONGEST:
            return str(value), key
    return row.place, None


def fields_of(data: Mapping[str, Any], used: Container[str | None]) -> dict[str, Scalar]:
    """Returns the scalar values of a record, in its order.

    Objects are flattened by one level (``metadata.topic``); a list of short texts (tags) becomes
    ``"a, b"``. What is null, not finite, empty or longer than ``LONGEST``, and everything after
    the first ``MOST`` values, is left out: it is in the input, and no slice is made from it.

    Args:
        data: the record.
        used: its keys that are no fields, as they are the question, the answer or evidence.
    """
    found: dict[str, Scalar] = {}
    for name, value in _flat(data, used):
        if len(found) == MOST:
            break
        scalar = _scalar(value)
        if scalar is not None and 0 < len(name) <= LONGEST:
            found.setdefault(name, scalar)
    return found


def _flat(data: Mapping[str, Any], used: Container[str | None]) -> Iterator[tuple[str, Any]]:
    for key, value in data.items():
        if key in used:
            continue
        value = loaded(value)
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", item) for inner, item in value.items())
        else:
            yield str(key), value


def _scalar(value: Any) -> Scalar | None:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = ", ".join(value)
    if isinstance(value, str):
        return value if value.strip() and len(value) <= LONGEST else None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, bool | int | float) else None
