"""Stores for an audit's output: an object store, or anywhere that Arrow or fsspec reaches."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundwire.audit.manifest import MANIFEST, REJECTED, REPORTS, VERDICTS
from groundwire.errors import InputError
from groundwire.io.atomic import describe_file
from groundwire.io.remote import is_uri, open_store

MADE = ("summary.json", "report.html")
"""Files that are made from the data, and may be left out."""

_BLOCK = 1 << 22


@contextmanager
def open_stage(output: str) -> Iterator[Path]:
    """Gives the folder in which an audit works.

    It is the output itself, if that is a folder of this machine. For a URI (``s3://``, ``gs://``,
    ``abfs://``, ``hdfs://``, ``file://``) it is a folder ``groundwire-audit-...`` in the current
    one, always the same for one URI, so that the audit can be resumed; when the audit is finished,
    its files are copied, the manifest last, and the folder is removed.

    Raises:
        InputError: if the URI cannot be used, or holds a finished audit.
    """
    if not is_uri(output):
        yield Path(output)
        return
    system, base = open_store(output)
    if _exists(system, f"{base}/{MANIFEST}"):
        raise InputError(f"{output} holds a finished audit; choose another place")
    digest = hashlib.sha256(output.encode("utf-8", "surrogatepass")).hexdigest()
    folder = Path(f"groundwire-audit-{digest[:12]}")
    yield folder
    publish_audit(folder, system, base)
    shutil.rmtree(folder)


def publish_audit(folder: Path, system: Any, base: str) -> None:
    """Copies a finished audit, the manifest last, and checks the size of what arrived.

    Args:
        folder: of the audit.
        system: a ``pyarrow.fs.FileSystem``.
        base: path in it.

    Raises:
        InputError: if it cannot be written, or other than what was sent arrives.
    """
    try:
        system.create_dir(base, recursive=True)
        made = [name for name in MADE if (folder / name).is_file()]
        for name in (REPORTS, VERDICTS, REJECTED, *made, MANIFEST):
            path = f"{base}/{name}"
            with (folder / name).open("rb") as file, system.open_output_stream(path) as sink:
                while block := file.read(_BLOCK):
                    sink.write(block)
            size = system.get_file_info(path).size
            if size != describe_file(folder / name)["bytes"]:
                raise OSError(f"{path} has {size} bytes after it was written")
    except OSError as error:
        raise InputError(
            f"{base} cannot be written ({error!s:.200}); the finished audit is in {folder}; run "
            "again with --resume to copy it"
        ) from error


def _exists(system: Any, path: str) -> bool:
    from pyarrow import fs

    try:
        return bool(system.get_file_info(path).type != fs.FileType.NotFound)
    except OSError as error:
        raise InputError(f"{path} cannot be reached ({error!s:.200})") from error
