"""Tally of an audit: a few numbers for each answer, read as a stream, for all figures.

``reports.jsonl`` and ``verdicts.parquet`` are read once each, line by line and batch by batch. Of
an answer 64 bytes stay, so that 10^8 answers take 6.4 GB, and no text does. Answers are sorted by
their index: the order of lines and rows changes no figure.
"""

from __future__ import annotations

import hashlib
from array import array
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from groundwire.audit.records import Record, make_document_key
from groundwire.errors import FormatError, InputError
from groundwire.io.jsonl import read_lines

Ints: TypeAlias = npt.NDArray[np.int64]
Keys: TypeAlias = npt.NDArray[np.uint64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Floats: TypeAlias = npt.NDArray[np.float64]
Visitor: TypeAlias = Callable[[Record], None]

BATCH = 65_536
CHECKED = ("supported", "contradicted", "unsupported")
"""Labels of claims that were checked."""
LOW_SCORE = "low score"
"""Cause of a claim that is supported with a score below what the policy keeps."""


@dataclass(frozen=True, slots=True)
class Answers:
    """N answers in the order of their index; every array has shape ``[N]``.

    Attributes:
        index: int64, as in the records; distinct.
        rows: int64, the place of the record in the file.
        ids, questions, evidence, fields: uint64 hashes of the id, the question, the documents and
            the value of the field that was asked for; 0 where there is none.
        checked: int32, claims that were checked.
        wrong: int32, of these, contradicted or unsupported, whatever the policy.
        low: int32, claims that are supported with a score below what the policy keeps.
        unchecked: int32, claims that could not be checked.
        lowest: float32, the least score of a checked claim; nan where there is none.
    """

    index: Ints
    rows: Ints
    ids: Keys
    questions: Keys
    evidence: Keys
    fields: Keys
    checked: npt.NDArray[np.int32]
    wrong: npt.NDArray[np.int32]
    low: npt.NDArray[np.int32]
    unchecked: npt.NDArray[np.int32]
    lowest: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.index)

    def positions(self, indexes: Any) -> Ints:
        """Returns where answers lie.

        Raises:
            FormatError: if an index is not among them.
        """
        wanted = np.asarray(indexes, dtype=np.int64)
        found = np.searchsorted(self.index, wanted)
        known = found < len(self.index)
        known[known] = self.index[found[known]] == wanted[known]
        if not known.all():
            raise FormatError(
                f"verdicts.parquet has claims of answer {wanted[~known][0]}, which reports.jsonl "
                "lacks: run the audit again with --resume"
            )
        return found.astype(np.int64)


@dataclass(slots=True)
class Claims:
    """What is counted over all claims.

    Attributes:
        labels, causes: counts.
        bins: checked claims in ten equal bins of the score.
        total: claims of any label.
    """

    labels: Counter[str] = field(default_factory=Counter)
    causes: Counter[str] = field(default_factory=Counter)
    bins: Ints = field(default_factory=lambda: np.zeros(10, dtype=np.int64))
    total: int = 0


def read_records(output: Path) -> Iterator[Record]:
    """Yields the lines of ``reports.jsonl``.

    Raises:
        InputError: if there is none, or a line is no JSON object.
    """
    path = output / "reports.jsonl"
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the folder that `groundwire audit -o` wrote")
    for _, record in read_lines(path):
        yield record


def read_batches(output: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Yields columns of ``verdicts.parquet``.

    Raises:
        InputError: if it is missing or damaged.
    """
    path = output / "verdicts.parquet"
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the folder that `groundwire audit -o` wrote")
    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(BATCH, columns=list(columns))
    except (pa.ArrowException, OSError, KeyError) as error:
        raise InputError(
            f"{path}: cannot be read ({error!s:.200}); run the audit again with --resume"
        ) from error


def hash_text(text: str) -> int:
    """Returns 64 bits of the hash of a text, never 0."""
    raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(raw, "little") or 1


def mark_wrong(batch: pa.RecordBatch) -> Bools:
    """Returns which claims are flagged, by their labels: shape ``[rows]``."""
    wrong = pa.array(["contradicted", "unsupported"])
    return _bools(pc.is_in(batch.column("label"), value_set=wrong))


def mark_low(batch: pa.RecordBatch) -> Bools:
    """Returns which claims are supported but flagged by the policy: shape ``[rows]``."""
    return _bools(pc.and_(pc.equal(batch.column("label"), "supported"), batch.column("flagged")))


def read_answers(
    output: Path,
    *,
    cluster_field: str | None = None,
    visitors: Sequence[Visitor] = (),
    batch_visitors: Sequence[Callable[[pa.RecordBatch], None]] = (),
    texts: bool = False,
) -> tuple[Answers, Claims]:
    """Counts an audit.

    Args:
        output: the folder of the audit.
        cluster_field: field whose value becomes ``Answers.fields``.
        visitors: called with every record, in the order of the file.
        batch_visitors: called with every batch of claims, of the columns that are read.
        texts: whether the texts of claims and the ids of their answers are read for them.

    Raises:
        InputError: if a file is missing or damaged.
        FormatError: if the two files do not belong together, or records lack something.
    """
    answers, claims_of = _answers(output, cluster_field, visitors)
    columns = ["index", "claim_index", "label", "score", "flagged", "cause"]
    claims = Claims()
    for batch in read_batches(output, columns + ["text", "answer_id"] * texts):
        _count(batch, answers, claims, claims_of)
        for visit in batch_visitors:
            visit(batch)
    if claims_of.any():
        odd = answers.index[claims_of != 0][0]
        raise FormatError(
            f"answer {odd} has other claims in verdicts.parquet than in reports.jsonl: "
            "run the audit again with --resume"
        )
    return answers, claims


def _answers(
    output: Path, cluster_field: str | None, visitors: Sequence[Visitor]
) -> tuple[Answers, npt.NDArray[np.int32]]:
    index, counts, keys = array("q"), array("i"), [array("Q") for _ in range(4)]
    for record in read_records(output):
        try:
            index.append(record["index"])
            counts.append(len(record["report"]["verdicts"]))
            for column, key in zip(keys, _keys(record, cluster_field), strict=True):
                column.append(key)
            for visit in visitors:
                visit(record)
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise FormatError(
                f"{output / 'reports.jsonl'}, row {len(index)}: no record of an audit "
                f"({error!r:.80}); run the audit again with --resume"
            ) from error
    order = np.argsort(np.asarray(index, dtype=np.int64), kind="stable")
    indexes = np.asarray(index, dtype=np.int64)[order]
    doubles = np.flatnonzero(np.diff(indexes) == 0)
    if len(doubles):
        raise FormatError(
            f"answer {indexes[doubles[0]]} is twice in reports.jsonl: run the audit again"
        )
    ids, questions, evidence, fields = (np.asarray(k, dtype=np.uint64)[order] for k in keys)
    checked, wrong, low, unchecked = (np.zeros(len(order), dtype=np.int32) for _ in range(4))
    lowest = np.full(len(order), np.nan, dtype=np.float32)
    answers = Answers(
        indexes, order, ids, questions, evidence, fields, checked, wrong, low, unchecked, lowest
    )
    return answers, np.asarray(counts, dtype=np.int32)[order]


def _keys(record: Record, cluster_field: str | None) -> Iterator[int]:
    """Hashes of id, question, documents and field."""
    yield hash_text(record["answer_id"])
    question = record["report"]["question"]
    yield hash_text(question) if question else 0
    documents = sorted({make_document_key(document) for document in record["documents"]})
    yield hash_text(" ".join(documents)) if documents else 0
    value = record["fields"].get(cluster_field) if cluster_field is not None else None
    yield hash_text(repr(value)) if value is not None else 0


def _count(
    batch: pa.RecordBatch,
    answers: Answers,
    claims: Claims,
    claims_of: npt.NDArray[np.int32],
) -> None:
    label = batch.column("label")
    at = answers.positions(batch.column("index").to_numpy())
    checked = _bools(pc.is_in(label, value_set=pa.array(CHECKED)))
    np.subtract.at(claims_of, at, 1)
    np.add.at(answers.checked, at[checked], 1)
    np.add.at(answers.wrong, at[mark_wrong(batch)], 1)
    below = mark_low(batch)
    np.add.at(answers.low, at[below], 1)
    np.add.at(answers.unchecked, at[_bools(pc.equal(label, "unchecked"))], 1)
    scores = batch.column("score").to_numpy(zero_copy_only=False).astype(np.float64)
    scored = checked & ~np.isnan(scores)
    np.fmin.at(answers.lowest, at[scored], scores[scored].astype(np.float32))
    claims.bins += np.bincount(bin_scores(scores[scored]), minlength=10)
    claims.total += batch.num_rows
    for counter, column in ((claims.labels, label), (claims.causes, batch.column("cause"))):
        for entry in pc.value_counts(column).to_pylist():
            counter[entry["values"]] += entry["counts"]
    unnamed = below & _bools(pc.equal(batch.column("cause"), ""))
    claims.causes[LOW_SCORE] += int(unnamed.sum())


def bin_scores(scores: npt.NDArray[Any]) -> Ints:
    """Returns the bin of each score in [0, 1]: ten of equal width, the last one closed."""
    return np.clip((np.asarray(scores, dtype=np.float64) * 10).astype(np.int64), 0, 9)


def _bools(column: Any) -> Bools:
    """A column as booleans; null is false."""
    filled: Bools = pc.fill_null(column, False).to_numpy(zero_copy_only=False).astype(bool)
    return filled
