"""What an audit was made from, for its manifest: sizes and sha256 of files, read as streams."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from groundwire.audit.atomic import describe
from groundwire.audit.options import DocumentHash
from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.load import load_documents, load_folder

STDIN = "-"


def hashed_files(names: Iterable[str | Path]) -> list[dict[str, Any]]:
    """Returns the name as given, size and sha256 of each file.

    Standard input (``-``) has None for these until it was read (``hashed_stdin``).

    Raises:
        InputError: if one cannot be read.
    """
    unread = {"name": STDIN, "bytes": None, "sha256": None}
    return [
        dict(unread) if str(name) == STDIN else {"name": str(name), **describe(Path(name))}
        for name in names
    ]


def hashed_index(folder: Path) -> list[dict[str, Any]]:
    """Returns the hash of a saved index: of its manifest, which has those of all its files."""
    return [{"name": str(folder), **describe(folder / "manifest.json")}]


def evidence_documents(paths: Sequence[Path]) -> Iterator[Document]:
    """Reads files, and the files of folders, in order.

    Raises:
        DocumentError: if one cannot be read.
    """
    for path in paths:
        yield from load_folder(path) if path.is_dir() else load_documents(path)


def hashed_documents(
    paths: Sequence[Path],
) -> tuple[list[dict[str, Any]], dict[str, DocumentHash]]:
    """Returns the hashes of the files of evidence, and of the texts that were read from them.

    The text of a source is that which offsets count in: its documents, in order, with line ends
    between them where there is a gap.

    Raises:
        DocumentError: if one cannot be read.
    """
    digests: dict[str, Any] = {}
    lengths: dict[str, int] = {}
    for document in evidence_documents(paths):
        digest = digests.setdefault(document.source, hashlib.sha256())
        gap = document.offset - lengths.get(document.source, 0)
        text = "\n" * max(0, gap) + document.text
        digest.update(text.encode("utf-8", "surrogatepass"))
        lengths[document.source] = document.offset + len(document.text)
    known = {source: (digests[source].hexdigest(), lengths[source]) for source in digests}
    return hashed_files(sorted(known)), known


class _Tee(io.RawIOBase):
    """A stream that is hashed as it is read."""

    def __init__(self, stream: Any, entry: dict[str, Any]) -> None:
        super().__init__()
        self._stream, self._entry = stream, entry
        self._digest, self._size = hashlib.sha256(), 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read1(len(buffer))
        if data:
            self._digest.update(data)
            self._size += len(data)
        else:
            self._entry.update(bytes=self._size, sha256=self._digest.hexdigest())
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def hashed_stdin(inputs: Sequence[Any]) -> Iterator[None]:
    """Fills the hash of standard input in, if it is among the inputs, once it is read to its end.

    Of one that is not (a limit), the hash stays None.
    """
    entry = next((entry for entry in inputs if entry["name"] == STDIN), None)
    if entry is None:
        yield
        return
    before = sys.stdin
    if before is None:
        raise InputError("there is no standard input to read: name files")
    tee = io.BufferedReader(_Tee(before.buffer, entry))
    sys.stdin = cast(Any, io.TextIOWrapper(tee, encoding="utf-8"))
    try:
        yield
    finally:
        sys.stdin.detach()
        sys.stdin = before
