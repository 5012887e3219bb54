"""Ray engine of an audit: workers check whole shards, this process reads the input and writes.

A task is one shard. A worker makes its files with the same code as an audit on one machine and
returns their bytes, so no file system has to be shared, and the results are the same byte for
byte. Only shards that are not done are sent. Shards are sent in windows, so memory does not grow
with the input; at the begin of a window workers start and load the model.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from groundwire.audit.check import Placed
from groundwire.audit.items import Item
from groundwire.audit.manifest import PARTS, make_plan
from groundwire.audit.options import AuditOptions
from groundwire.audit.run import Progress, cut_shards, run_audit
from groundwire.audit.shards import (
    decode_state,
    encode_state,
    name_marker,
    read_marker,
    skip_shard,
    write_shard,
)
from groundwire.errors import GroundwireError, InputError
from groundwire.guard.guard import Guard
from groundwire.io.atomic import explain_full_disk, write_whole
from groundwire.io.rows import Rejected

WINDOW = 32
"""Shards for each worker that are sent together."""

Shard: TypeAlias = tuple[int, list[str]]


def run_on_ray(
    items: Iterable[Item | Rejected],
    output: str | Path,
    build: Callable[[], Guard],
    options: AuditOptions | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Does what ``audit`` does, with workers of a Ray cluster or of this machine.

    Args:
        items: what was read; each must be JSON, as ``read_items`` gives it.
        output: as of ``audit``, a folder of this machine.
        build: makes a guard; called once here, and once in each worker.
        options: of the audit.
        workers: how many; by default one for each GPU of the cluster, or for each CPU.
        progress: told of each finished shard.

    Returns:
        The manifest.

    Raises:
        InputError: as of ``audit``, and if Ray is not installed.
        GroundwireError: as of ``audit``, and if a worker fails.
    """
    try:
        import ray
    except ImportError as error:
        raise InputError("--engine ray needs ray: pip install 'groundwire[audit,ray]'") from error
    options, folder = options or AuditOptions(), Path(output)
    if not ray.is_initialized():
        ray.init(include_dashboard=False, log_to_driver=False, configure_logging=False)
    pool = _pool(workers)

    def write_all(placed: Iterator[Placed]) -> int:
        return _write_all(placed, folder / PARTS, build, options, pool, progress)

    return run_audit(items, folder, make_plan, build(), options, write_all)


def _pool(workers: int | None) -> dict[str, Any]:
    """How many workers there are, and what each takes."""
    import ray

    resources = ray.cluster_resources()  # type: ignore[no-untyped-call]
    gpus, cpus = int(resources.get("GPU", 0)), int(resources.get("CPU", 1))
    count = workers or gpus or max(1, cpus)
    share = {"num_gpus": min(1.0, gpus / count)} if gpus else {"num_cpus": 1}
    return {"concurrency": count, **share}


def _write_all(
    placed: Iterator[Placed],
    folder: Path,
    build: Callable[[], Guard],
    options: AuditOptions,
    pool: dict[str, Any],
    progress: Progress | None,
) -> int:
    count = 0

    def waiting() -> Iterator[Shard]:
        nonlocal count
        for number, shard in enumerate(cut_shards(placed, options.shard_size)):
            count = number + 1
            marked = read_marker(folder, number)
            if marked is None:
                yield number, [encode_state(index, found) for index, found in shard]
                continue
            passed = skip_shard(marked, number, shard)
            if progress is not None:
                progress(passed)

    shards = waiting()
    while window := list(islice(shards, WINDOW * pool["concurrency"])):
        for row in _checked(window, build, options, pool):
            _store(folder, row)
            if progress is not None:
                progress(json.loads(row["done"])["input"]["count"])
    return count


def _checked(
    window: list[Shard], build: Callable[[], Guard], options: AuditOptions, pool: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    import pyarrow as pa
    import ray
    from ray.exceptions import RayError

    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
    schema = pa.schema([("number", pa.int64()), ("entries", pa.large_list(pa.large_string()))])
    # One table a shard is one block, and so one task.
    blocks = [
        pa.Table.from_pylist([{"number": number, "entries": entries}], schema=schema)
        for number, entries in window
    ]
    checked = ray.data.from_arrow(blocks).map_batches(
        Worker, fn_constructor_args=(build, replace(options, inputs=(), resume=False)),
        batch_size=None, batch_format="pyarrow", **pool,
    )  # fmt: skip
    try:
        yield from checked.iter_rows()
    except RayError as error:
        raise _cause(error) from error


def _cause(error: Exception) -> GroundwireError:
    """What stopped a worker: its own error, if it is one of groundwire's."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, GroundwireError):
            return seen
        inner = getattr(seen, "cause", None)
        seen = inner if isinstance(inner, BaseException) else seen.__cause__
    return GroundwireError(
        f"a worker failed ({str(error).strip().splitlines()[-1]:.300}); what was checked is kept: "
        "run again with --resume"
    )


class Worker:
    """Checks shards in a process of its own."""

    def __init__(self, build: Callable[[], Guard], options: AuditOptions) -> None:
        """Makes the guard."""
        self._guard, self._options = build(), options

    def __call__(self, batch: Any) -> Any:
        """Returns the files of each shard of a batch, as bytes by name."""
        import pyarrow as pa

        rows = [self._shard(row["number"], row["entries"]) for row in batch.to_pylist()]
        return pa.Table.from_pylist(rows, schema=_files_schema())

    def _shard(self, number: int, entries: list[str]) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="groundwire-") as name:
            folder = Path(name)
            placed = (decode_state(entry) for entry in entries)
            marked = write_shard(folder, number, placed, self._guard, self._options)
            files = [{"name": file, "data": (folder / file).read_bytes()} for file in
                     sorted(marked["files"])]  # fmt: skip
            return {
                "number": number, "done": name_marker(folder, number).read_bytes(), "files": files,
            }  # fmt: skip


def _files_schema() -> Any:
    import pyarrow as pa

    file = pa.struct([("name", pa.string()), ("data", pa.large_binary())])
    return pa.schema(
        [("number", pa.int64()), ("done", pa.large_binary()), ("files", pa.large_list(file))]
    )


def _store(folder: Path, row: dict[str, Any]) -> None:
    with explain_full_disk(folder):
        for file in row["files"]:
            write_whole(folder / Path(file["name"]).name, file["data"])
        write_whole(name_marker(folder, row["number"]), row["done"])
