"""FaithBench: summaries of ten models on which detectors disagree, marked by people.

F. Bao et al., "FaithBench: A Diverse Hallucination Benchmark for Summarization by Modern LLMs",
NAACL 2025. Files ``batch_<n>.json``, each ``{"samples": [...]}`` with ``sample_id``, ``source``,
``summary`` and ``annotations``, whose ``label`` is a list of ``Unwanted``, ``Unwanted.Intrinsic``,
``Unwanted.Extrinsic``, ``Questionable`` and ``Benign``. The earlier edition, a bare list in
``batch_<n>_annotation.json`` that spells one label ``Unwanted.Instrinsic``, is read too. So is
``FaithBench.csv``, the same summaries with the worst label of each in ``worst-label``, which the
authors' repository shows first; of a folder that has both the batches are read.

A summary has the worst label of its annotations (benign, questionable, unwanted; none is
consistent). In the authors' ``binarize.py`` questionable and unwanted ones are hallucinated: that
is the first row of the table, and the second one takes the unwanted ones alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evaluate.formats.rows import Example, Row, read_first_keys, read_rows
from groundwire.evaluate.pairs import LabelledPair

SEVERITY = ("Consistent", "Benign", "Questionable", "Unwanted")
"""Worst label of a summary, mildest first."""

_TABLE = "FaithBench.csv"
_WORST = "worst-label"

_LABELS = {
    "Unwanted.Intrinsic": "Unwanted",
    "Unwanted.Instrinsic": "Unwanted",
    "Unwanted.Extrinsic": "Unwanted",
    **{name: name for name in SEVERITY[1:]},
}


def is_faithbench(path: Path) -> bool:
    """Whether it is a batch, or a folder of batches."""
    if path.is_file():
        keys = read_first_keys(path)
        return "samples" in keys or any(
            keys >= {"source", "summary", label} for label in ("annotations", _WORST)
        )
    return bool(_files(path))


def read_examples(path: Path, split: str) -> Iterator[Example]:
    """Yields all summaries; FaithBench has one split.

    Raises:
        InputError: if there is no batch or a field is missing or of a wrong kind.
    """
    files = [path] if path.is_file() else _files(path)
    if not files:
        raise InputError(f"{path}: has no file batch_<n>.json and no {_TABLE}")
    for file in files:
        number = 0
        for row in read_rows(file):
            for sample in _samples(row):
                number += 1
                yield _example(Row(file, number, sample.data))


def _samples(row: Row) -> list[Row]:
    """The samples of a batch, or a row that is itself one; never both, and never none."""
    if "samples" not in row.data:
        return [row]
    samples = row.items("samples")
    both = sorted(row.data.keys() & {"sample_id", "source", "summary", "annotations"})
    if both:
        raise row.error(both[0], "a row with samples is no sample itself; take one of them out")
    if not samples:
        raise row.error("samples", "it must hold at least one; download it again")
    return samples


def _example(row: Row) -> Example:
    flat = _WORST in row.data
    worst = row.choice(_WORST, SEVERITY) if flat else _worst(row)
    supported = worst not in ("Questionable", "Unwanted")
    name = f"{row.path.name.split('.')[0]}-{row.number if flat else row.name('sample_id')}"
    pair = LabelledPair(name, row.text("source"), row.text("summary"), supported)
    truths = {"unwanted or questionable": supported, "unwanted": worst != "Unwanted"}
    return Example(pair, truths, worst)


def _worst(row: Row) -> str:
    worst = 0
    for note in row.items("annotations"):
        for label in note.texts("label"):
            if label not in _LABELS:
                raise note.error("label", f"each must be one of {', '.join(_LABELS)}")
            worst = max(worst, SEVERITY.index(_LABELS[label]))
    return SEVERITY[worst]


def _files(folder: Path) -> list[Path]:
    found = [file for file in folder.glob("batch_*.json") if file.is_file()]
    table = folder / _TABLE
    return sorted(found, key=lambda file: (len(file.name), file.name)) or (
        [table] if table.is_file() else []
    )
