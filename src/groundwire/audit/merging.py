"""The shards of an audit as its data files; begun again, it ends the same."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from groundwire.audit.atomic import describe, enough_space, replacing
from groundwire.audit.chain import Chain, first_hash
from groundwire.audit.counts import Counts
from groundwire.audit.manifest import (
    MANIFEST,
    PARTS,
    REJECTED,
    REPORTS,
    VERDICTS,
    clean_up,
    write_json,
)
from groundwire.audit.parquet import table_writer
from groundwire.audit.record import canonical
from groundwire.audit.shards import marker, part
from groundwire.errors import InputError

_BLOCK = 1 << 20


def finish(output: Path, plan: Mapping[str, Any], shards: int) -> dict[str, Any]:
    """Writes the data files and then the manifest, and removes the parts.

    Memory holds one record and one group of rows.

    Args:
        output: folder of the audit.
        plan: the identity of the audit, complete.
        shards: how many there are; each is done.

    Returns:
        The manifest.

    Raises:
        InputError: if there are more shards than the input has.
        GroundwireError: if there is no space left.
    """
    folder = output / PARTS
    if marker(folder, shards).exists():
        raise InputError(
            f"{output} has more shards than the {shards} of this input: give the input that the "
            "audit was begun with, or choose another output folder"
        )
    counts, chain = Counts(), Chain(first_hash(plan))
    for number in range(shards):
        counts.include(json.loads(marker(folder, number).read_bytes())["counts"])
    with replacing(output / REPORTS) as file:
        for line in _lines(folder, shards):
            file.write(canonical(chain.link(json.loads(line))).encode("ascii") + b"\n")
    with replacing(output / VERDICTS) as file, table_writer(file) as table:
        for number in range(shards):
            with pq.ParquetFile(part(folder, number).verdicts) as found:
                for group in range(found.num_row_groups):
                    table.write_table(found.read_row_group(group))
    with replacing(output / REJECTED) as file:
        for number in range(shards):
            with part(folder, number).rejected.open("rb") as lines:
                while block := lines.read(_BLOCK):
                    file.write(block)
    return conclude(output, plan, chain, counts)


def conclude(output: Path, plan: Mapping[str, Any], chain: Chain, counts: Counts) -> dict[str, Any]:
    """Writes the manifest of data files that are there, which finishes an audit."""
    manifest = {
        **plan,
        "chain": {"first": first_hash(plan), "head": chain.head, "count": chain.count},
        "counts": counts.to_dict(),
        "files": {name: describe(output / name) for name in (REPORTS, VERDICTS, REJECTED)},
    }
    with enough_space(output):
        write_json(output / MANIFEST, manifest)
        clean_up(output)
    return manifest


def _lines(folder: Path, shards: int) -> Iterator[bytes]:
    for number in range(shards):
        with part(folder, number).reports.open("rb") as file:
            yield from file
