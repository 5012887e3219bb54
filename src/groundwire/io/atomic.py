"""Atomic writes: files whole or not at all, a full disk, and one writer for a folder."""

from __future__ import annotations

import errno
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from groundwire.errors import GroundwireError, InputError


def sync_folder(folder: Path) -> None:
    """Flushes a folder's entries, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


LOCK = ".lock"
_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)})


@contextmanager
def explain_full_disk(folder: Path) -> Iterator[None]:
    """Turns a full disk into an error that says how to go on.

    Raises:
        GroundwireError: if there is no space left.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        begun = any((place / "run.json").is_file() for place in (folder, folder.parent))
        kept = " with --resume: what was checked is kept" if begun else ""
        raise GroundwireError(
            f"no space left for {folder}; free some and run the command again{kept}"
        ) from error


@contextmanager
def open_replacing(path: Path) -> Iterator[BinaryIO]:
    """Opens a file that takes its name, flushed to the disk, when the block ends without an error.

    Raises:
        GroundwireError: if there is no space left; what had the name before keeps it.
    """
    temporary = path.with_name(path.name + ".tmp")
    with explain_full_disk(path.parent):
        try:
            with temporary.open("wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
        sync_folder(path.parent)


def write_whole(path: Path, data: bytes) -> None:
    """Writes a file in one step."""
    with open_replacing(path) as file:
        file.write(data)


def describe_file(path: Path) -> dict[str, Any]:
    """Returns the size and the sha256 of a file, read as a stream.

    Raises:
        InputError: if it cannot be read.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return {"bytes": file.tell(), "sha256": digest}
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); check it") from error


@contextmanager
def lock_folder(folder: Path) -> Iterator[None]:
    """Holds a folder for one writer; the system lets go of it when the process ends, however.

    Raises:
        InputError: if another process holds it.
    """
    path = folder / LOCK
    handle = _acquire(path)
    try:
        yield
    finally:
        # Removed before it is let go, so nobody can hold a file that is no longer there.
        with suppress(OSError):
            path.unlink()
        os.close(handle)


def check_free(folder: Path) -> None:
    """Checks that no other process writes to a folder, which need not be there.

    Raises:
        InputError: if one does.
    """
    try:
        handle = os.open(folder / LOCK, os.O_RDWR)
    except OSError:
        return
    free = _try_lock(handle)
    os.close(handle)
    if not free:
        raise _in_use(folder)


def _in_use(folder: Path) -> InputError:
    return InputError(
        f"{folder}: another run is writing there; wait for it to end, or choose another output "
        "folder"
    )


def _acquire(path: Path) -> int:
    while True:
        with explain_full_disk(path.parent):
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        if not _try_lock(handle):
            os.close(handle)
            raise _in_use(path.parent)
        with suppress(OSError):
            if os.path.samestat(os.fstat(handle), path.stat()):
                return handle
        os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
