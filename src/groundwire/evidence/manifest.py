"""The manifest of a saved index: what it is, and the size and BLAKE2b of every file."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

from groundwire.errors import StoreError

FORMAT = "groundwire-index"
VERSION = 1
NAME = "manifest.json"
DATA = re.compile(r"data-[0-9a-f]{32}")
ARRAYS = ("offsets", "places", "vectors", "bm25_data", "bm25_indices", "bm25_indptr")
LISTS = "lists.faiss"
FILES = frozenset(
    [*(f"{name}.npy" for name in ARRAYS), "texts.bin", "names.json", "vocabulary.json"]
)
AGAIN = "build it again with `groundwire index`"


def sealed(fields: Mapping[str, Any]) -> bytes:
    """Returns the manifest's bytes: a checksum of the rest is its last field."""
    body = json.dumps(fields, indent=1).encode("ascii")
    return json.dumps(
        {**fields, "checksum": blake2b(body, digest_size=32).hexdigest()}, indent=1
    ).encode("ascii")


def read_manifest(folder: Path) -> dict[str, Any]:
    """Reads the manifest of a folder, without its checksum, which fits.

    Raises:
        StoreError: if it is missing, altered, of another version, or names other files.
    """
    path = folder / NAME
    if not folder.is_dir():
        raise StoreError(f"{folder} is no folder: make an index there with `groundwire index`")
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} is missing: no index, or half-written; {AGAIN}") from error
    try:
        fields = json.loads(raw)
        checksum = fields.pop("checksum")
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
        raise StoreError(f"{path} is damaged: {AGAIN}") from error
    if sealed(fields) != raw or not isinstance(checksum, str):
        raise StoreError(f"{path} is damaged: {AGAIN}")
    if fields.get("format") != FORMAT or fields.get("version") != VERSION:
        raise StoreError(
            f"{path} is {fields.get('format')!r} version {fields.get('version')!r}, and this "
            f"release reads {FORMAT!r} version {VERSION}: {AGAIN}"
        )
    names = set(fields["files"])
    if not DATA.fullmatch(fields["data"]) or names - {LISTS} != FILES:
        raise StoreError(f"{path} names other files than an index has: {AGAIN}")
    return dict(fields)


def check_file(path: Path, expected: Mapping[str, Any]) -> None:
    """Checks a file against its size and checksum.

    Raises:
        StoreError: if it differs or cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size != expected["bytes"]:
                raise StoreError(
                    f"{path} has {size} bytes and not {expected['bytes']}: it is half-written "
                    f"or damaged; {AGAIN}"
                )
            digest = blake2b(digest_size=32)
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise StoreError(f"{path} cannot be read ({error.strerror}): {AGAIN}") from error
    if digest.hexdigest() != expected["blake2b"]:
        raise StoreError(f"{path} is damaged (its checksum differs): {AGAIN}")
