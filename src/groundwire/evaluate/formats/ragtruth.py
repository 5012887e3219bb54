"""RAGTruth: answers of six models with the characters at fault marked by people.

C. Niu et al., "RAGTruth: A Hallucination Corpus for Developing Trustworthy Retrieval-Augmented
Language Models", ACL 2024. A folder with ``response.jsonl`` and ``source_info.jsonl``.

A response is hallucinated if any span is marked in it, whatever the type of the span. The
authors' own baseline leaves out the responses whose ``quality`` is not ``good`` (refusals and
truncated ones); here all of a split are read, as published.
"""

from __future__ import annotations

import json
from collections.abc import Container, Iterator
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evaluate.formats.rows import Example, Row, read_rows
from groundwire.evaluate.pairs import LabelledPair
from groundwire.types import Span

FILES = ("response.jsonl", "source_info.jsonl")
TASKS = ("QA", "Summary", "Data2txt")


def is_ragtruth(path: Path) -> bool:
    """Whether a folder holds both files, or it is one of them."""
    return path.name in FILES or all((path / name).is_file() for name in FILES)


def read_examples(path: Path, split: str) -> Iterator[Example]:
    """Yields the responses of a split, each counted under its task and overall.

    Raises:
        InputError: if a file or a field is missing or the split is not there.
    """
    if not path.is_dir():
        raise InputError(f"{path}: RAGTruth is a folder with {' and '.join(FILES)}; give that")
    sources: dict[str, tuple[str, str, str | None]] = {}
    for row in read_rows(path / FILES[1]):
        _unique(row, "source_id", sources)
        sources[row.name("source_id")] = _source(row)
    splits: set[str] = set()
    ids: set[str] = set()
    for row in read_rows(path / FILES[0]):
        _unique(row, "id", ids)
        ids.add(row.name("id"))
        splits.add(row.text("split"))
        if row.text("split") != split:
            continue
        name, answer = row.name("source_id"), row.text("response")
        if name not in sources:
            raise row.error("source_id", f"{FILES[1]} has no such source")
        task, evidence, question = sources[name]
        labels = row.items("labels")
        spans = tuple(_span(label, len(answer)) for label in labels)
        cut = sum(label.data["end"] > len(answer) for label in labels)
        pair = LabelledPair(row.name("id"), evidence, answer, not spans, question)
        yield Example(pair, {task: not spans, "overall": not spans}, "", spans, cut)
    if split not in splits:
        raise InputError(f"{path}: has no split {split!r}; it has {', '.join(sorted(splits))}")


def _unique(row: Row, field: str, seen: Container[str]) -> None:
    if row.name(field) in seen:
        raise row.error(field, "an earlier row has it too; keep one of them, or download it again")


def _source(row: Row) -> tuple[str, str, str | None]:
    """Task, evidence and question; a record stays JSON, which is read as a record later."""
    task, info = row.choice("task_type", TASKS), row.data.get("source_info")
    if task == "Summary":
        return task, row.text("source_info"), None
    if not isinstance(info, dict):
        raise row.error("source_info", f"it must be an object for {task}")
    if task == "Data2txt":
        return task, json.dumps(info, ensure_ascii=False), None
    inner = Row(row.path, row.number, info)
    return task, inner.text("passages"), inner.text("question")


def _span(label: Row, length: int) -> Span:
    """A marked span; one that begins inside of the answer is cut at its end."""
    for field in ("start", "end"):
        value = label.data.get(field)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise label.error(field, "it must be an offset into the response")
    start, end = label.data["start"], label.data["end"]
    if start >= length:
        raise label.error("start", f"the response has only {length} characters")
    if end <= start:
        raise label.error("end", f"the span begins at {start}; it must end after that")
    return Span(start, min(end, length))
