"""Public benchmarks as their authors publish them: one module reads each format."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evaluate.formats import aggrefact, faithbench, halueval, ragtruth, summedits, wice
from groundwire.evaluate.formats.rows import Example

SPLIT = "test"
"""The split that is read by default."""


@dataclass(frozen=True, slots=True)
class Format:
    """A published format.

    Attributes:
        name: for ``--format``.
        title: name of the benchmark.
        matches: whether a file or folder is of this format.
        read: yields the examples of a split.
        figures: names of the columns of its table, keys of ``tables.FIGURES``.
        splits: whether the authors publish more than one split.
        mean: whether the table ends with the unweighted mean of its rows.
        answers: whether the texts are whole answers, in which a part without anything to check
            passes, as it does in the guard; elsewhere every text is checked.
    """

    name: str
    title: str
    matches: Callable[[Path], bool]
    read: Callable[[Path, str], Iterator[Example]]
    figures: tuple[str, ...]
    splits: bool = False
    mean: bool = False
    answers: bool = False


@dataclass(frozen=True, slots=True)
class Benchmark:
    """The examples of one run.

    Attributes:
        format: how they were read.
        split: which part of the benchmark they are; None where there is no choice.
        examples: in the authors' order.
        published: examples that there are; more than ``examples`` where a limit was set.
        notes: what was changed in reading, for people.
    """

    format: Format
    split: str | None
    examples: tuple[Example, ...]
    published: int
    notes: tuple[str, ...] = ()


FORMATS: tuple[Format, ...] = (
    Format(
        "ragtruth", "RAGTruth", ragtruth.is_ragtruth, ragtruth.read_examples,
        ("precision", "recall", "f1", "span_precision", "span_recall", "span_f1"),
        splits=True, answers=True,
    ),
    Format(
        "halueval", "HaluEval", halueval.is_halueval, halueval.read_examples,
        ("accuracy", "balanced_accuracy"),
    ),
    Format(
        "wice", "WiCE", wice.is_wice, wice.read_examples,
        ("balanced_accuracy", "f1", "f1_supported", "auc"), splits=True,
    ),
    Format(
        "faithbench", "FaithBench", faithbench.is_faithbench, faithbench.read_examples,
        ("balanced_accuracy", "f1_macro"),
    ),
    Format(
        "summedits", "SummEdits", summedits.is_summedits, summedits.read_examples,
        ("balanced_accuracy",), mean=True,
    ),
    Format(
        "aggrefact", "LLM-AggreFact", aggrefact.is_aggrefact, aggrefact.read_examples,
        ("balanced_accuracy",), splits=True, mean=True,
    ),
)  # fmt: skip
"""All formats, in the order in which they are tried."""


def detect_format(path: Path) -> Format:
    """Returns the format of a file or folder.

    Raises:
        InputError: if it does not exist or is of no known format.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    for form in FORMATS:
        if form.matches(path):
            return form
    names = ", ".join(form.name for form in FORMATS)
    raise InputError(f"{path}: not recognized as a benchmark; say which with --format: {names}")


def read_benchmark(
    path: Path, name: str | None = None, split: str = SPLIT, limit: int | None = None
) -> Benchmark:
    """Reads a benchmark as downloaded.

    Args:
        path: a file or folder.
        name: the format; by default it is recognized by the names and fields of the files.
        split: which part, of a folder with several parts.
        limit: examples to draw, the same ones each time; None takes all.

    Raises:
        InputError: if it cannot be read; the message names file, row and field.
    """
    if not re.fullmatch(r"[\w-]+", split):
        raise InputError(f"split {split!r} is no name: use one such as test, dev or train")
    form = detect_format(path) if name is None else _named(path, name)
    parts = form.splits and path.is_dir()
    if split != SPLIT and not parts:
        what = "one file has one part" if form.splits else f"{form.title} has one part"
        raise InputError(f"{path}: no split {split!r} to choose: {what}; leave it out")
    examples = list(form.read(path, split))
    if not examples:
        raise InputError(f"{path}: holds no rows; download it again")
    published = len(examples)
    cut = sum(example.cut for example in examples)
    notes = (f"{cut} marked spans run past the end of their text and were cut there",) * bool(cut)
    if limit is not None and limit < published:
        picked = random.Random(0).sample(range(published), limit)
        examples = [examples[i] for i in sorted(picked)]
    return Benchmark(form, split if parts else None, tuple(examples), published, notes)


def _named(path: Path, name: str) -> Format:
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    for form in FORMATS:
        if form.name == name:
            return form
    names = ", ".join(form.name for form in FORMATS)
    raise InputError(f"format {name!r} is unknown: use one of {names}")
