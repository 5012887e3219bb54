"""Shards of an audit: a number of answers, written atomically, done or not there.

    parts/00000.jsonl           records, not yet linked
    parts/00000.parquet         their rows
    parts/00000.rejected.jsonl  lines that were no answers
    parts/00000.done.json       the marker: sizes and sha256 of these, their counts, and the
                                sha256 of what they were made from

A marker is written last. A shard without one, or whose files are not as it says, is made again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from groundwire.audit.check import Checked, Placed, check_items
from groundwire.audit.hash_chain import Chain, start_chain
from groundwire.audit.items import Item
from groundwire.audit.manifest import (
    MANIFEST,
    PARTS,
    REJECTED,
    REPORTS,
    VERDICTS,
    clean_up,
    write_json,
)
from groundwire.audit.options import AuditOptions
from groundwire.audit.parquet import make_table, open_writer
from groundwire.audit.records import Counts, Record, encode_canonical
from groundwire.errors import GroundwireError, InputError
from groundwire.guard.guard import Guard
from groundwire.io.atomic import describe_file, explain_full_disk, open_replacing
from groundwire.io.rows import Rejected

ROWS = 4_000
"""Claims in a group of rows, at least, unless a shard ends."""

WEIGHT = 4_000_000
"""Characters of records after which a group of rows is complete, however few its rows are."""


@dataclass(frozen=True, slots=True)
class Paths:
    """The three data files of a shard, or of an audit."""

    reports: Path
    verdicts: Path
    rejected: Path


def name_parts(folder: Path, number: int) -> Paths:
    """Returns the files of a shard."""
    stem = f"{number:05d}"
    names = (f"{stem}.jsonl", f"{stem}.parquet", f"{stem}.rejected.jsonl")
    return Paths(*(folder / name for name in names))


def name_marker(folder: Path, number: int) -> Path:
    """Returns the file that says that a shard is done."""
    return folder / f"{number:05d}.done.json"


class DataFiles:
    """Writes records and rejected lines; rows go to the table in groups.

    Attributes:
        counts: of what was written.
    """

    def __init__(self, reports: BinaryIO, table: pq.ParquetWriter, rejected: BinaryIO) -> None:
        """Takes open files."""
        self.counts = Counts()
        self._reports, self._table, self._rejected = reports, table, rejected
        self._waiting: list[Record] = []
        self._rows = self._weight = 0

    def add(self, record: Record) -> None:
        """Writes a record."""
        line = encode_canonical(record)
        self._reports.write(line.encode("ascii") + b"\n")
        self.counts.add(record)
        self._waiting.append(record)
        self._rows += len(record["causes"])
        self._weight += len(line)
        if self._rows >= ROWS or self._weight >= WEIGHT:
            self.flush()

    def reject(self, entry: Mapping[str, Any]) -> None:
        """Writes a line that is no answer."""
        self._rejected.write(encode_canonical(entry).encode("ascii") + b"\n")
        self.counts.reject()

    def flush(self) -> None:
        """Ends a group of rows."""
        if self._waiting:
            self._table.write_table(make_table(self._waiting))
        self._waiting, self._rows, self._weight = [], 0, 0


@contextmanager
def open_parts(paths: Paths) -> Iterator[DataFiles]:
    """Opens data files that are there, whole, when the block ends without an error."""
    with (
        open_replacing(paths.reports) as reports,
        open_replacing(paths.verdicts) as verdicts,
        open_replacing(paths.rejected) as rejected,
        open_writer(verdicts) as table,
    ):
        files = DataFiles(reports, table, rejected)
        yield files
        files.flush()


class Digest:
    """The sha256 of what a shard is made from, as it goes by."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.count = 0

    def through(self, placed: Iterable[Placed]) -> Iterator[Placed]:
        """Yields what it is given."""
        for index, found in placed:
            self.count += 1
            self._hash.update(encode_state(index, found).encode("utf-8", "surrogatepass") + b"\n")
            yield index, found

    @property
    def value(self) -> str:
        """The sha256 so far."""
        return self._hash.hexdigest()


def encode_state(index: int, found: Item | Rejected) -> str:
    """Returns JSON of what was read; what has none is told by its ``repr``."""
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    data = {"index": index, "item": isinstance(found, Item), "values": values}
    return json.dumps(data, default=_plain)  # in its own order: records are read in it


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else repr(value)


def decode_state(text: str) -> Placed:
    """Returns what ``encode_state`` told, if all of it has JSON."""
    data = json.loads(text)
    values = data["values"]
    if not data["item"]:
        return data["index"], Rejected(**values)
    values["long"] = tuple(values["long"])
    values["history"] = tuple((role, text) for role, text in values["history"])
    if values["evidence"] is not None:
        values["evidence"] = tuple(values["evidence"])
    return data["index"], Item(**values)


def write_shard(
    folder: Path,
    number: int,
    placed: Iterable[Placed],
    guard: Guard,
    options: AuditOptions,
    progress: Any = None,
) -> dict[str, Any]:
    """Checks a shard and writes it.

    Args:
        folder: of the parts.
        number: of the shard.
        placed: what it is made from.
        guard: checks the answers.
        options: of the audit.
        progress: called with 1 for each answer or rejected line.

    Returns:
        What its marker says.

    Raises:
        GroundwireError: if there is no space left.
    """
    digest = Digest()
    with open_parts(name_parts(folder, number)) as files:
        for result in check_items(digest.through(placed), guard, options):
            _write(files, result)
            if progress is not None:
                progress(1)
    done = {
        "input": {"count": digest.count, "sha256": digest.value},
        "counts": files.counts.to_dict(),
        "files": {path.name: describe_file(path) for path in _files(name_parts(folder, number))},
    }
    write_json(name_marker(folder, number), done)
    return done


def _write(files: DataFiles, result: Checked) -> None:
    if result.record is not None:
        files.add(result.record)
    elif result.rejected is not None:
        files.reject(result.rejected)


def _files(paths: Paths) -> list[Path]:
    return [paths.reports, paths.verdicts, paths.rejected]


def read_marker(folder: Path, number: int) -> dict[str, Any] | None:
    """Returns what the marker of a shard says, or None if it has to be made."""
    try:
        found: dict[str, Any] = json.loads(name_marker(folder, number).read_bytes())
        good = all(describe_file(folder / name) == file for name, file in found["files"].items())
        return found if good and {"count", "sha256"} <= set(found["input"]) else None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, GroundwireError):
        return None


def skip_shard(marked: Mapping[str, Any], number: int, placed: Iterable[Placed]) -> int:
    """Reads past what a finished shard was made from, and returns how much that was.

    Raises:
        InputError: if it is not what it was.
    """
    digest = Digest()
    for _ in digest.through(placed):
        pass
    if digest.value != marked["input"]["sha256"]:
        raise InputError(
            f"the input is not the one that this audit was begun with: the {digest.count} entries "
            f"of shard {number} differ; give the same input, or choose another output folder"
        )
    return digest.count


_BLOCK = 1 << 20


def finish_audit(
    output: Path, plan: Mapping[str, Any], shards: int, repeated: int = 0
) -> dict[str, Any]:
    """Writes the data files and then the manifest, and removes the parts.

    Memory holds one record and one group of rows.

    Args:
        output: folder of the audit.
        plan: the identity of the audit, complete.
        shards: how many there are; each is done.
        repeated: answers that the reading left out because they came again.

    Returns:
        The manifest.

    Raises:
        InputError: if there are more shards than the input has.
        GroundwireError: if there is no space left.
    """
    folder = output / PARTS
    if name_marker(folder, shards).exists():
        raise InputError(
            f"{output} has more shards than the {shards} of this input: give the input that the "
            "audit was begun with, or choose another output folder"
        )
    counts, chain = Counts(repeated=repeated), Chain(start_chain(plan))
    for number in range(shards):
        counts.include(json.loads(name_marker(folder, number).read_bytes())["counts"])
    with open_replacing(output / REPORTS) as file:
        for line in _lines(folder, shards):
            file.write(encode_canonical(chain.link(json.loads(line))).encode("ascii") + b"\n")
    with open_replacing(output / VERDICTS) as file, open_writer(file) as table:
        for number in range(shards):
            with pq.ParquetFile(name_parts(folder, number).verdicts) as found:
                for group in range(found.num_row_groups):
                    table.write_table(found.read_row_group(group))
    with open_replacing(output / REJECTED) as file:
        for number in range(shards):
            with name_parts(folder, number).rejected.open("rb") as lines:
                while block := lines.read(_BLOCK):
                    file.write(block)
    return write_end(output, plan, chain, counts)


def write_end(
    output: Path, plan: Mapping[str, Any], chain: Chain, counts: Counts
) -> dict[str, Any]:
    """Writes the manifest of data files that are there, which finishes an audit."""
    manifest = {
        **plan,
        "chain": {"first": start_chain(plan), "head": chain.head, "count": chain.count},
        "counts": counts.to_dict(),
        "files": {name: describe_file(output / name) for name in (REPORTS, VERDICTS, REJECTED)},
    }
    with explain_full_disk(output):
        write_json(output / MANIFEST, manifest)
        clean_up(output)
    return manifest


def _lines(folder: Path, shards: int) -> Iterator[bytes]:
    for number in range(shards):
        with name_parts(folder, number).reports.open("rb") as file:
            yield from file
