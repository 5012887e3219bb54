"""Hashes of what an audit was made from: sizes and sha256 of files, read as streams."""

from __future__ import annotations

import hashlib
import io
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, cast

from groundwire.audit.options import DocumentHash
from groundwire.audit.reading import ReadOptions, read_files
from groundwire.errors import InputError
from groundwire.evidence.documents import Document
from groundwire.evidence.load import load_documents, load_folder
from groundwire.io.atomic import describe_file
from groundwire.io.paths import STDIN
from groundwire.io.remote import is_uri
from groundwire.io.streams import Hashed, open_source


def hash_files(names: Iterable[str | Path]) -> list[dict[str, Any]]:
    """Returns the name as given, size and sha256 of each file.

    Standard input (``-``) has None for these until it was read (``fill_stdin_hash``).

    Raises:
        InputError: if one cannot be read.
    """
    return [{"name": str(name), **_hashed(str(name))} for name in names]


def _hashed(name: str) -> dict[str, Any]:
    if name == STDIN:
        return {"bytes": None, "sha256": None}
    if not is_uri(name):
        return describe_file(Path(name))
    entry: dict[str, Any] = {}
    with open_source(name, entry):
        pass
    return entry


def survey_files(
    files: Sequence[str], reading: ReadOptions, limit: int | None = None
) -> tuple[list[dict[str, Any]], int | None]:
    """Hashes files and counts what they hold, in one pass over each.

    Args:
        files: names and URIs (``opening.expand``), and ``-``.
        reading: how they are read.
        limit: count no further than this.

    Returns:
        Their entries (``hash_files``), and how many answers and rejected rows there are: None
        with standard input, which can be read once only.

    Raises:
        InputError: if one cannot be read, or what ``read_files`` raises.
    """
    if STDIN in files:
        return hash_files(files), None
    entries: dict[str, dict[str, Any]] = {}
    count = sum(1 for _ in islice(read_files(files, reading, entries), limit))
    return [{"name": n, **(entries.get(n) or _hashed(n))} for n in files], count


def hash_index(folder: Path) -> list[dict[str, Any]]:
    """Returns the hash of a saved index: of its manifest, which has those of all its files."""
    return [{"name": str(folder), **describe_file(folder / "manifest.json")}]


def read_evidence(paths: Sequence[Path]) -> Iterator[Document]:
    """Reads files, and the files of folders, in order.

    Raises:
        DocumentError: if one cannot be read.
    """
    for path in paths:
        yield from load_folder(path) if path.is_dir() else load_documents(path)


def hash_documents(
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
    for document in read_evidence(paths):
        digest = digests.setdefault(document.source, hashlib.sha256())
        gap = document.offset - lengths.get(document.source, 0)
        text = "\n" * max(0, gap) + document.text
        digest.update(text.encode("utf-8", "surrogatepass"))
        lengths[document.source] = document.offset + len(document.text)
    known = {source: (digests[source].hexdigest(), lengths[source]) for source in digests}
    return hash_files(sorted(known)), known


@contextmanager
def fill_stdin_hash(inputs: Sequence[Any]) -> Iterator[None]:
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
    tee = io.BufferedReader(Hashed(before.buffer, entry))
    sys.stdin = cast(Any, io.TextIOWrapper(tee, encoding="utf-8"))
    try:
        yield
    finally:
        sys.stdin.detach()
        sys.stdin = before
