"""Run of an audit on one machine: read, check, write in shards, continue after any stop."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

from groundwire.audit.check import Placed
from groundwire.audit.items import Item
from groundwire.audit.manifest import PARTS, begin_audit, check_folder, make_plan
from groundwire.audit.options import AuditOptions
from groundwire.audit.reading import REPEATED
from groundwire.audit.shards import finish_audit, read_marker, skip_shard, write_shard
from groundwire.guard.guard import Guard
from groundwire.io.atomic import check_free, explain_full_disk, lock_folder
from groundwire.io.rows import Rejected

Progress: TypeAlias = Callable[[int], None]
"""Called with how many more answers are done."""


def audit(
    items: Iterable[Item | Rejected],
    output: str | Path,
    guard: Guard,
    options: AuditOptions | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Checks recorded answers and writes what was found.

    An answer is checked against the evidence of its record, or against the guard's own retriever
    if the record says nothing about evidence. One whose check fails is written to
    ``rejected.jsonl`` with the cause. The same input gives the same bytes, however often the
    audit was killed and continued. Memory does not grow with the input, but for a ``sample``,
    which is held.

    Args:
        items: what ``groundwire.audit.reading.read_items`` gives.
        output: a folder that is new or empty, or holds the unfinished audit to be continued.
        guard: checks the answers.
        options: of the audit.
        progress: told of each answer, those of finished shards included.

    Returns:
        The manifest: what was read, versions, thresholds, counts, and the head of the chain.

    Raises:
        InputError: if the folder cannot be used, the unfinished audit there was begun with other
            things, or, with ``strict``, a line is no answer.
        GroundwireError: if there is no space left: free some and continue with ``resume``.
        ModelError: if the verifier cannot be loaded.
    """
    options, folder = options or AuditOptions(), Path(output)

    def write_all(placed: Iterator[Placed]) -> int:
        return _write_all(placed, folder / PARTS, guard, options, progress)

    return run_audit(items, folder, make_plan, guard, options, write_all)


def run_audit(
    items: Iterable[Item | Rejected],
    folder: Path,
    plan: Callable[[Guard, AuditOptions], dict[str, Any]],
    guard: Guard,
    options: AuditOptions,
    write_all: Callable[[Iterator[Placed]], int],
) -> dict[str, Any]:
    """Runs an audit with any engine.

    Args:
        items: what was read.
        folder: of the output.
        plan: returns the identity; asked again at the end, when standard input has its hash.
        guard: names the verifier and the policy.
        options: of the audit.
        write_all: writes the shards of what was read, and returns how many they are.
    """
    check_free(folder)
    check_folder(folder, options.resume)
    with explain_full_disk(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with lock_folder(folder):
        check_folder(folder, options.resume)
        finished = begin_audit(folder, plan(guard, options))
        if finished is not None:
            return finished
        shards = write_all(choose_items(items, options))
        repeated = options.tally.get(REPEATED, 0)
        return finish_audit(folder, plan(guard, options), shards, repeated)


def _write_all(
    placed: Iterator[Placed],
    folder: Path,
    guard: Guard,
    options: AuditOptions,
    progress: Progress | None,
) -> int:
    number = 0
    for number, shard in enumerate(cut_shards(placed, options.shard_size), 1):
        marked = read_marker(folder, number - 1)
        if marked is None:
            write_shard(folder, number - 1, shard, guard, options, progress)
            continue
        passed = skip_shard(marked, number - 1, shard)
        if progress is not None:
            progress(passed)
    return number


def cut_shards(placed: Iterator[Placed], size: int) -> Iterator[Iterator[Placed]]:
    """Yields what was read in shards; each must be read to its end before the next."""
    for first in placed:
        yield chain([first], islice(placed, size - 1))


def choose_items(items: Iterable[Item | Rejected], options: AuditOptions) -> Iterator[Placed]:
    """Yields what an audit takes of its input, each with its place, in order."""
    placed: Iterable[Placed] = islice(enumerate(items), options.limit)
    if options.sample is not None:
        placed = _drawn(placed, options.sample, options.seed)
    return iter(placed)


def _drawn(placed: Iterable[Placed], size: int, seed: int) -> list[Placed]:
    """Those whose place has the smallest hashes: a uniform sample that the seed alone decides."""
    kept: list[tuple[int, int, Item | Rejected]] = []
    for index, found in placed:
        digest = hashlib.blake2b(f"{seed}:{index}".encode(), digest_size=16).digest()
        entry = (-int.from_bytes(digest, "big"), index, found)
        if len(kept) < size:
            heapq.heappush(kept, entry)
        elif entry[0] > kept[0][0]:
            heapq.heapreplace(kept, entry)
    return sorted(((index, found) for _, index, found in kept), key=lambda pair: pair[0])
