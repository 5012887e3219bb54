"""Records of TruLens, as ``TruSession.get_records_and_feedback`` returns them.

https://www.trulens.org/reference/trulens/core/session/ documents the table: a row a record, with
``record_id``, ``app_name``, ``app_version``, ``input``, ``output``, ``tags``, ``ts``, the scores
of the feedback functions, and ``record_json``, which is a ``Record``
(https://www.trulens.org/reference/trulens/core/schema/record/): ``main_input``, ``main_output``
and ``calls``, each with ``stack``, ``args`` and ``rets``. A ``Record`` alone is read too. What the
calls of methods named after retrieval returned is the evidence, and so are ``source_nodes`` of any
call. Feedback scores become fields.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwire.audit.formats.fields import collect_fields
from groundwire.audit.formats.messages import CONTEXTS, find_answer, find_question
from groundwire.audit.formats.passages import Evidence, collect_evidence
from groundwire.audit.items import Item
from groundwire.errors import InputError
from groundwire.io.json_text import unpack_json
from groundwire.io.rows import Row

_RETRIEVAL = re.compile(r"retriev|search|get_relevant|fetch|lookup|similar", re.IGNORECASE)
_NOT_FIELDS = (
    "record_json", "app_json", "cost_json", "perf_json", "record_id", "input", "output",
    "main_input", "main_output", "calls", "call_id", "perf", "cost",
)  # fmt: skip


def is_trulens(data: Mapping[str, Any]) -> bool:
    """Whether it has the fields of a record."""
    if "record_json" in data:
        return True
    about = {"app_id", "app_name", "app_json", "calls"} & data.keys()
    return "record_id" in data and bool(about) and bool({"output", "main_output"} & data.keys())


def read_answers(rows: Sequence[Row]) -> list[Item]:
    """Returns the answer of one record.

    Args:
        rows: the record alone.

    Raises:
        InputError: if it has no answer, or evidence of a wrong kind.
    """
    row, record = rows[0], unpack_json(rows[0].data.get("record_json"))
    data = {**record, **row.data} if isinstance(record, Mapping) else row.data
    answer = _first(find_answer, data, "output", "main_output")
    if answer is None:
        error = data.get("main_error")
        because = f" (the app failed: {error!s:.200})" if error else ""
        raise InputError(f"no answer: output and main_output have no text{because}")
    given = [key for key in CONTEXTS if isinstance(data.get(key), str | list | dict)]
    found = Evidence(collect_evidence(data[key], key) for key in given)
    found.add(_retrieved(data.get("calls")))
    used = {*_NOT_FIELDS, *given, *(key for key in data if str(key).endswith("_calls"))}
    question = _first(find_question, data, "input", "main_input")
    name = str(data.get("record_id") or row.place)
    fields = collect_fields(data, used)
    values, left_out = fields.values, fields.left_out()
    return [Item(name, answer, question, found.all(), values, row.place, **left_out)]


def _first(find: Any, data: Mapping[str, Any], *keys: str) -> str | None:
    found = (find(data.get(key)) for key in keys)
    return next((text for text in found if text), None)


def _retrieved(calls: Any) -> Iterator[tuple[Any, ...] | None]:
    calls = unpack_json(calls)
    for call in calls if isinstance(calls, list) else ():
        if not isinstance(call, Mapping) or call.get("rets") is None:
            continue
        rets = unpack_json(call["rets"])
        nodes = rets.get("source_nodes") if isinstance(rets, Mapping) else None
        if isinstance(nodes, list):
            yield collect_evidence(nodes, "source_nodes")
        elif _RETRIEVAL.search(_method(call)):
            yield collect_evidence(rets, "rets")


def _method(call: Mapping[str, Any]) -> str:
    stack = call.get("stack")
    top = stack[-1] if isinstance(stack, list) and stack else {}
    method = top.get("method") if isinstance(top, Mapping) else None
    return str(method.get("name") or "") if isinstance(method, Mapping) else ""
