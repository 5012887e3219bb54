"""Exports of Langfuse: traces with their observations, or observations a row each.

https://langfuse.com/docs/api-and-data-platform/features/blob-storage-export-fields documents the
columns (``trace_id``, ``type``, ``parent_observation_id``, ``input``, ``output``, ``metadata``),
https://api.reference.langfuse.com the same in camel case (``traceId``, ``parentObservationId``),
and https://langfuse.com/docs/observability/features/observation-types the types: GENERATION is a
step of a model; RETRIEVER and TOOL return evidence. Rows of one trace are one answer: its
observations and, by its ``id``, the trace itself, which is in another file of the export. A trace
may also hold its ``observations``, or lie beside them under ``trace``, as in the file that the
interface saves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwire.audit.formats.traces import Step, keep_text, read_trace
from groundwire.audit.items import Item
from groundwire.io.json_text import unpack_json
from groundwire.io.rows import Row

_TYPES = frozenset(
    ("SPAN", "GENERATION", "EVENT", "AGENT", "TOOL", "CHAIN", "RETRIEVER", "EVALUATOR",
     "EMBEDDING", "GUARDRAIL")
)  # fmt: skip
_KINDS = {"GENERATION": "model", "RETRIEVER": "retrieved", "TOOL": "retrieved"}
_TRACE = frozenset(
    ("sessionId", "session_id", "userId", "user_id", "release", "bookmarked", "environment",
     "projectId", "project_id")
)  # fmt: skip
_FACTS = (
    "name", "trace_name", "traceName", "model", "provided_model_name", "providedModelName",
    "user_id", "userId", "session_id", "sessionId", "environment", "release", "version", "level",
    "timestamp", "start_time", "startTime", "tags", "metadata",
)  # fmt: skip


def is_langfuse(data: Mapping[str, Any]) -> bool:
    """Whether it has the fields of a trace or an observation."""
    if isinstance(unpack_json(data.get("observations")), list):
        return True
    if _trace_id(data) and str(data.get("type")).upper() in _TYPES:
        return True
    return {"id", "input", "output"} <= data.keys() and len(_TRACE & data.keys()) > 1


def find_trace(data: Mapping[str, Any]) -> str | None:
    """Returns what a trace and its observations have in common; None for one that holds them."""
    observations = unpack_json(data.get("observations"))
    if isinstance(observations, list) and any(isinstance(o, Mapping) for o in observations):
        return None
    return _trace_id(data) or (None if "trace" in data else keep_text(data.get("id")))


def _trace_id(observation: Mapping[str, Any]) -> str | None:
    return keep_text(observation.get("trace_id")) or keep_text(observation.get("traceId"))


def read_answers(rows: Sequence[Row]) -> list[Item]:
    """Returns the answer of a trace; of several with one id, that of each.

    Args:
        rows: its observations, the trace, or both.

    Raises:
        InputError: if nothing of it has an answer.
    """
    observations = [row for row in rows if _trace_id(row.data) is not None]
    traces = [row for row in rows if _trace_id(row.data) is None]
    return [_item([trace, *observations]) for trace in traces] or [_item(observations)]


def _item(rows: Sequence[Row]) -> Item:
    data = rows[0].data
    inner = unpack_json(data.get("trace"))
    trace = {**data, **inner} if isinstance(inner, dict) else data
    name = _trace_id(data) or trace.get("id") or rows[0].place
    return read_trace(rows[0], str(name), [s for row in rows for s in _steps(row.data)])


def _steps(data: Mapping[str, Any]) -> Iterator[Step]:
    inner = unpack_json(data.get("trace"))
    observations = unpack_json(data.get("observations"))
    if _trace_id(data) is not None and not isinstance(observations, list):
        yield _step(
            data, not (data.get("parent_observation_id") or data.get("parentObservationId"))
        )
        return
    yield _step({**data, **inner} if isinstance(inner, dict) else data, True)
    for observation in observations if isinstance(observations, list) else ():
        if isinstance(observation, Mapping):
            yield _step(observation, False)


def _step(data: Mapping[str, Any], root: bool) -> Step:
    started = data.get("start_time") or data.get("startTime") or data.get("timestamp")
    return Step(
        _KINDS.get(str(data.get("type")).upper(), ""),
        data.get("input"),
        data.get("output"),
        root,
        str(started or ""),
        {key: data[key] for key in _FACTS if data.get(key) is not None},
    )
