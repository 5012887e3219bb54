"""Exports of LangSmith: runs, alone or as trees, and examples of datasets.

https://docs.langchain.com/langsmith/run-data-format documents a run (``id``, ``run_type``,
``inputs``, ``outputs``, ``trace_id``, ``parent_run_ids``, ``dotted_order``, ``extra``), and
https://docs.langchain.com/langsmith/log-retriever-trace what a retriever returns (a list of
``page_content``, ``type``, ``metadata``). A run has its children in ``child_runs`` as written by
the SDK, or each run is a row, as in the bulk export to Parquet, whose ``inputs`` and ``outputs``
are strings of JSON; rows of one trace are one answer. An example of a dataset
has ``inputs`` and ``outputs`` and no ``run_type``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwire.audit.formats.traces import Step, keep_text, read_trace
from groundwire.audit.items import Item
from groundwire.io.json_text import unpack_json
from groundwire.io.rows import Row

_KINDS = {"llm": "model", "retriever": "retrieved", "tool": "retrieved"}
_FACTS = (
    "name", "status", "start_time", "session_id", "session_name", "thread_id", "tags", "error",
    "total_tokens", "total_cost", "metadata", "split", "dataset_id",
)  # fmt: skip


def is_langsmith(data: Mapping[str, Any]) -> bool:
    """Whether it has the fields of a run or an example."""
    return {"inputs", "outputs"} <= data.keys() or {"run_type", "inputs"} <= data.keys()


def find_trace(data: Mapping[str, Any]) -> str | None:
    """Returns what the rows of one trace have in common; None for a tree or an example."""
    return None if data.get("child_runs") else _trace_id(data)


def _trace_id(run: Mapping[str, Any]) -> str | None:
    """The id of a run's trace, which is also at the beginning of its ``dotted_order``."""
    first = str(run.get("dotted_order") or "").partition(".")[0].partition("Z")[2]
    return keep_text(run.get("trace_id")) or keep_text(first)


def read_answers(rows: Sequence[Row]) -> list[Item]:
    """Returns the one answer of a trace.

    Args:
        rows: its runs.

    Raises:
        InputError: if no run of it has an answer.
    """
    runs = [run for row in rows for run in _tree(row.data)]
    first = runs[0]
    name = _trace_id(first) or first.get("id") or first.get("run_id") or rows[0].place
    return [read_trace(rows[0], str(name), [_step(run) for run in runs])]


def _tree(run: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A run and those below it; the first one is the root if no parent is told."""
    waiting = [run]
    while waiting:
        run = waiting.pop()
        yield run
        children = unpack_json(run.get("child_runs"))
        if isinstance(children, list):
            below = [{"parent_run_id": "", **c} for c in children if isinstance(c, Mapping)]
            waiting += reversed([{**c, "_below": True} for c in below])


def _step(run: Mapping[str, Any]) -> Step:
    parents = unpack_json(run.get("parent_run_ids"))
    above = run.get("_below") or run.get("parent_run_id") or parents
    extra = unpack_json(run.get("extra"))
    metadata = run.get("metadata") or (extra.get("metadata") if isinstance(extra, dict) else None)
    facts = {**run, "metadata": metadata}
    return Step(
        _KINDS.get(str(run.get("run_type")).lower(), ""),
        run.get("inputs"),
        run.get("outputs"),
        not above,
        str(run.get("dotted_order") or run.get("start_time") or ""),
        {key: facts[key] for key in _FACTS if facts.get(key) is not None},
    )
