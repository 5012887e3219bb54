"""HaluEval: right answers and hallucinations that a model was asked to write.

J. Li et al., "HaluEval: A Large-Scale Hallucination Evaluation Benchmark for Large Language
Models", EMNLP 2023. ``qa_data.json``, ``dialogue_data.json`` and ``summarization_data.json`` are
JSON lines. Each line holds the knowledge or document, a right text and a hallucinated one. The
authors draw one of the two for each line; here both count, which has the same expectation and no
chance. ``general_data.json`` has no evidence, so there is nothing to check its answers against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evaluate.formats.rows import Example, Row, read_first_keys, read_rows
from groundwire.evaluate.pairs import LabelledPair


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    evidence: str
    text: str
    question: str | None

    @property
    def file(self) -> str:
        return f"{self.name}_data.json"

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.evidence, f"right_{self.text}", f"hallucinated_{self.text}"})


_TASKS = (
    _Task("qa", "knowledge", "answer", "question"),
    _Task("dialogue", "knowledge", "response", "dialogue_history"),
    _Task("summarization", "document", "summary", None),
)
_GENERAL = frozenset({"user_query", "chatgpt_response"})


def is_halueval(path: Path) -> bool:
    """Whether it is a file of such rows, or a folder with at least one of the three."""
    if path.is_file():
        keys = read_first_keys(path)
        return keys >= _GENERAL or any(keys >= task.fields for task in _TASKS)
    return any((path / task.file).is_file() for task in _TASKS)


def read_examples(path: Path, split: str) -> Iterator[Example]:
    """Yields two texts for each line, the right one first; HaluEval has one split.

    Raises:
        InputError: if there is no task with evidence or a field is missing.
    """
    if path.is_file():
        yield from _read(path, _task_of(path))
        return
    found = [task for task in _TASKS if (path / task.file).is_file()]
    if not found:
        raise InputError(f"{path}: has none of {', '.join(task.file for task in _TASKS)}")
    for task in found:
        yield from _read(path / task.file, task)


def _task_of(path: Path) -> _Task:
    keys = read_first_keys(path)
    if keys >= _GENERAL:
        raise InputError(
            f"{path}: the general queries of HaluEval come without evidence to check the answers "
            f"against; use {', '.join(task.file for task in _TASKS)}"
        )
    by_name = [task for task in _TASKS if path.name == task.file]
    best = max(_TASKS, key=lambda task: len(keys & task.fields))
    return by_name[0] if by_name else best


def _read(path: Path, task: _Task) -> Iterator[Example]:
    for row in read_rows(path):
        yield _example(row, task, "right", True)
        yield _example(row, task, "hallucinated", False)


def _example(row: Row, task: _Task, which: str, supported: bool) -> Example:
    question = None if task.question is None else row.text(task.question)
    name = f"{task.name}-{row.number}-{which}"
    text = row.text(f"{which}_{task.text}")
    pair = LabelledPair(name, row.text(task.evidence), text, supported, question)
    return Example(pair, {task.name: supported})
