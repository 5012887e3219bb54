"""Remote files, in object stores and anywhere else that a URI names.

Arrow reaches ``s3://``, ``gs://``, ``abfs://``, ``hdfs://`` and ``file://``; every other protocol
is fsspec's, from pyarrow 20 on (``memory://``, ``az://``, ``sftp://``). In a URI of Arrow,
characters such as a space are percent-encoded, and ``?`` begins options
(``s3://bucket/chats?region=eu-west-1``).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from groundwire.errors import InputError

ARROW = frozenset(("file", "s3", "gs", "gcs", "abfs", "abfss", "hdfs", "viewfs"))
"""Protocols that Arrow reaches itself."""

_MAGIC = re.compile(r"[*\[]")
_SECRET = re.compile(r"key|secret|token|sig|password|credential", re.IGNORECASE)


def is_uri(name: str) -> bool:
    """Whether a name is a URI and no path."""
    return "://" in name


def has_audit(read: Callable[[str], bytes]) -> bool:
    """Whether a folder is that of an audit.

    Args:
        read: returns what a file of the folder holds, and raises ``OSError`` where there is none.
    """
    for name in ("manifest.json", "run.json"):
        try:
            value = json.loads(read(name))
        except (OSError, ValueError, RecursionError):
            continue
        if isinstance(value, dict) and value.get("format") == "groundwire-audit":
            return True
    return False


def open_store(uri: str) -> tuple[Any, str]:
    """Returns the Arrow file system and the path in it that a URI names.

    Raises:
        InputError: if its protocol is unknown or needs a package that is not installed, or it
            cannot be reached.
    """
    try:
        from pyarrow import fs

        arrow = _scheme(uri) in ARROW
        system, base = fs.FileSystem.from_uri(uri if arrow else f"fsspec+{uri}")
    except ImportError as error:
        raise InputError(
            f"{uri} needs a package that is not installed ({error!s:.200}); install it, or give "
            "a copy of the files"
        ) from error
    except (OSError, ValueError, TypeError) as error:  # ArrowInvalid is a ValueError
        raise InputError(
            f"{uri} cannot be used ({error!s:.200}); name a file or folder, or a URI that Arrow "
            f"knows ({', '.join(sorted(ARROW))}) or fsspec does"
        ) from error
    return system, base.rstrip("/")


def _check_secrets(uri: str) -> None:
    parts = urlsplit(uri)
    user, at, _ = parts.netloc.rpartition("@")
    named = any(_SECRET.search(name) for name, _ in parse_qsl(parts.query))
    if (at and ":" in user) or named:
        raise InputError(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}...: a URI with a secret in it "
            "would be written into the audit; give credentials in the environment"
        )


def open_remote(uri: str, random: bool = False) -> Any:
    """Opens a file to be read, as it is, compressed or not.

    Args:
        uri: names it.
        random: whether it is read from any place in it and not from its beginning on.

    Raises:
        InputError: if it cannot be opened.
    """
    system, path = open_store(uri)
    try:
        if random:
            return system.open_input_file(path)
        return system.open_input_stream(path, compression=None)
    except (OSError, ValueError) as error:
        raise InputError(f"{uri}: cannot be opened ({error!s:.200}); check it") from error


@dataclass(frozen=True)
class Found:
    """A file below a folder.

    Attributes:
        uri: names it.
        parts: of its path below the folder.
        path: in the file system.
    """

    uri: str
    parts: tuple[str, ...]
    path: str


class Remote:
    """What a URI names: a file, a folder, or, with ``*`` or ``[``, all that matches."""

    def __init__(self, uri: str) -> None:
        """Takes the URI.

        Raises:
            InputError: if it cannot be used, or holds a secret, which would be written down with
                the names of the inputs.
        """
        _check_secrets(uri)
        head, mark, query = uri.partition("?") if _scheme(uri) in ARROW else (uri, "", "")
        protocol, _, rest = head.partition("://")
        steps = rest.split("/")
        magic = (at for at, step in enumerate(steps) if at and _MAGIC.search(step))
        at = next(magic, len(steps))
        self.pattern: Sequence[str] = steps[at:]
        self._head = f"{protocol}://{'/'.join(steps[:at])}".rstrip("/")
        self._tail = mark + query
        self._uri = uri
        self._audits: dict[PurePosixPath, bool] = {}
        self._system, self._base = open_store(self._head + self._tail)

    @cached_property
    def kind(self) -> str:
        """Is ``"file"``, ``"folder"`` or ``"none"``, of what comes before a pattern.

        Raises:
            InputError: if it cannot be reached.
        """
        from pyarrow import fs

        try:
            found = self._system.get_file_info(self._base).type
        except OSError as error:
            raise self._unreached(error) from error
        names = {fs.FileType.File: "file", fs.FileType.Directory: "folder"}
        return names.get(found, "none")

    def files(self) -> Iterator[Found]:
        """Yields the files that match and those in folders that do, sorted by name.

        Raises:
            InputError: if they cannot be listed.
        """
        from pyarrow import fs

        try:
            infos = self._system.get_file_info(fs.FileSelector(self._base, recursive=True))
        except OSError as error:
            raise self._unreached(error) from error
        found = []
        for info in infos:
            below = info.path[len(self._base) :]
            if info.type == fs.FileType.File:
                end = quote(below) if _scheme(self._head) in ARROW else below
                parts = PurePosixPath(below.lstrip("/")).parts
                found.append(Found(f"{self._head}{end}{self._tail}", parts, info.path))
        yield from sorted(found, key=lambda one: one.parts)

    def audit_above(self, file: Found) -> str | None:
        """Returns the folder of an audit that a file is in or below, or None."""
        for folder in PurePosixPath(file.path).parents:
            if folder not in self._audits:
                self._audits[folder] = self._holds_audit(folder)
            if self._audits[folder]:
                return str(folder)
        return None

    def _holds_audit(self, folder: PurePosixPath) -> bool:
        def read(name: str) -> bytes:
            with self._system.open_input_stream(str(folder / name), compression=None) as file:
                data: bytes = file.read()
                return data

        return has_audit(read)

    def _unreached(self, error: Exception) -> InputError:
        return InputError(f"{self._uri} cannot be reached ({error!s:.200}); check it")


def _scheme(uri: str) -> str:
    return uri.partition("://")[0].lower()


def is_matching(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether the parts of a path match a pattern, in which ``**`` stands for any folders."""
    if not pattern:
        return not parts
    if pattern[0] == "**":
        return is_matching(parts, pattern[1:]) or (bool(parts) and is_matching(parts[1:], pattern))
    if not parts or not fnmatchcase(parts[0], pattern[0]):
        return False
    return is_matching(parts[1:], pattern[1:])
