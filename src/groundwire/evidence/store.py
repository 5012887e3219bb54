"""Store of an index: one folder, no pickle, memory-mapped, replaced in one step.

    my-index/
    ├── manifest.json          what the index is, with the size and BLAKE2b of every file
    └── data-1f0c2a…/          the files of one save
        ├── texts.bin          UTF-8 of all passages, one after another
        ├── offsets.npy        where each begins, int64 [n + 1]
        ├── places.npy         source, start, end, metadata of each, int64 [n, 4]
        ├── names.json         the sources and the distinct metadata
        ├── vectors.npy        float32 [n, d]
        ├── lists.faiss        the inverted lists, for a large index
        ├── bm25_*.npy         BM25 scores as a sparse matrix
        └── vocabulary.json    the words of its columns, in order

A save writes a new data folder, flushes it, and then replaces the manifest by a rename, which
a file system does wholly or not at all. Until then the old index is what is there; after it
the old data folder is removed. So no crash and no full disk can lose the old index.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from groundwire.errors import InputError, StoreError
from groundwire.evidence.embedders import is_same_model
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.lexical import LexicalIndex
from groundwire.io.atomic import sync_folder
from groundwire.types import Passage

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


def seal_manifest(fields: Mapping[str, Any]) -> bytes:
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
    if seal_manifest(fields) != raw or not isinstance(checksum, str):
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


_TEMPORARY = re.compile(r"manifest-[0-9a-f]{32}\.tmp")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a saved index holds.

    Attributes:
        passages: the passages, by row.
        vectors: their unit vectors, shape ``[n, d]``.
        lists: FAISS inverted lists of all rows, or None for a small index.
        lexical: BM25 of all rows.
        fingerprint: of the embedder that made the vectors.
    """

    passages: Sequence[Passage]
    vectors: Vectors
    lists: Any
    lexical: LexicalIndex
    fingerprint: str


class StoredPassages(Sequence[Passage]):
    """Passages read from a memory-mapped blob when they are asked for."""

    def __init__(
        self,
        texts: npt.NDArray[np.uint8],
        offsets: npt.NDArray[np.int64],
        places: npt.NDArray[np.int64],
        names: Mapping[str, Any],
    ) -> None:
        self._texts, self._offsets, self._places = texts, offsets, places
        self._sources: list[str] = names["sources"]
        self._metadata: list[dict[str, Any]] = names["metadata"]

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Passage: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Passage]: ...
    def __getitem__(self, index: int | slice) -> Passage | Sequence[Passage]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        row = index % len(self)
        blob = self._texts[self._offsets[row] : self._offsets[row + 1]].tobytes()
        source, start, end, metadata = self._places[row].tolist()
        return Passage(
            blob.decode("utf-8", "surrogatepass"),
            self._sources[source],
            start,
            end,
            dict(self._metadata[metadata]),
        )


def write_index(path: str | os.PathLike[str], contents: Contents) -> None:
    """Writes an index into a folder, whole or not at all.

    Args:
        path: a folder that is missing, empty, or holds an index, which is replaced.
        contents: the index.

    Raises:
        StoreError: if the folder holds anything but an index.
        InputError: if some metadata is not JSON.
        OSError: if it cannot be written; what was there is left as it was.
    """
    folder = Path(os.path.realpath(path))
    refuse_strangers(folder)
    parts = _encoded(contents)
    made = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    token = uuid.uuid4().hex
    data, temporary = folder / f"data-{token}", folder / f"manifest-{token}.tmp"
    try:
        data.mkdir()
        files = {name: _write(data / name, parts[name]) for name in sorted(parts)}
        sync_folder(data)
        _write(temporary, [_manifest(contents, data.name, files)])
        sync_folder(folder)
        os.replace(temporary, folder / NAME)
    except BaseException:
        shutil.rmtree(data, ignore_errors=True)
        temporary.unlink(missing_ok=True)
        if made:
            with suppress(OSError):
                folder.rmdir()
        raise
    sync_folder(folder)
    for item in folder.iterdir():
        if DATA.fullmatch(item.name) and item != data:
            shutil.rmtree(item, ignore_errors=True)
        elif _TEMPORARY.fullmatch(item.name):
            item.unlink(missing_ok=True)


def refuse_strangers(folder: Path) -> None:
    """Raises ``StoreError`` if a folder holds anything that is no part of an index."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise StoreError(f"{folder} is a file: give a folder that is new, empty or an index")
    for item in folder.iterdir():
        known = item.name == NAME and _is_index(item)
        if not (known or DATA.fullmatch(item.name) or _TEMPORARY.fullmatch(item.name)):
            raise StoreError(
                f"{folder} holds {item.name!r}, which is no part of an index, so nothing was "
                "written: give a folder that is new, empty or an index"
            )


def _is_index(manifest: Path) -> bool:
    return f'"format": "{FORMAT}"'.encode() in manifest.read_bytes()


def _encoded(contents: Contents) -> dict[str, list[Any]]:
    """Returns the pieces of each file."""
    offsets, places, texts, names = _passage_parts(contents.passages)
    lexical = contents.lexical
    arrays: dict[str, npt.NDArray[Any]] = {
        "offsets": offsets,
        "places": places,
        "vectors": contents.vectors,
        "bm25_data": lexical.data,
        "bm25_indices": lexical.indices,
        "bm25_indptr": lexical.indptr,
    }
    parts: dict[str, list[Any]] = {f"{key}.npy": _npy(value) for key, value in arrays.items()}
    words = sorted(lexical.vocabulary, key=lexical.vocabulary.__getitem__)
    parts |= {
        "texts.bin": texts,
        "names.json": [_json(names)],
        "vocabulary.json": [_json(words)],
    }
    if contents.lists is not None:
        import faiss

        parts[LISTS] = [faiss.serialize_index(contents.lists).data]
    return parts


def _passage_parts(
    passages: Sequence[Passage],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[bytes], dict[str, list[Any]]]:
    sources: dict[str, int] = {}
    metadata: dict[str, int] = {}
    texts: list[bytes] = []
    places = np.zeros((len(passages), 4), dtype=np.int64)
    for row, passage in enumerate(passages):
        texts.append(passage.text.encode("utf-8", "surrogatepass"))
        try:
            carried = json.dumps(dict(passage.metadata))
        except (TypeError, ValueError) as error:
            raise InputError(
                f"metadata of {passage.source!r} is not JSON ({error}): "
                "give it strings, numbers, lists and objects only"
            ) from error
        places[row] = (
            sources.setdefault(passage.source, len(sources)),
            passage.start,
            passage.end,
            metadata.setdefault(carried, len(metadata)),
        )
    offsets = np.zeros(len(passages) + 1, dtype=np.int64)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    names = {"sources": list(sources), "metadata": [json.loads(item) for item in metadata]}
    return offsets, places, texts, names


def _npy(array: npt.NDArray[Any]) -> list[Any]:
    array = np.ascontiguousarray(array)
    header = BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    return [header.getvalue(), array.reshape(-1).view(np.uint8).data]


def _json(value: Any) -> bytes:
    return json.dumps(value).encode("ascii")


def _write(path: Path, parts: Sequence[Any]) -> dict[str, Any]:
    """Writes and flushes a file and returns its size and checksum."""
    digest, size = blake2b(digest_size=32), 0
    with path.open("xb") as file:
        for part in parts:
            file.write(part)
            digest.update(part)
            size += len(part)
        file.flush()
        os.fsync(file.fileno())
    return {"bytes": size, "blake2b": digest.hexdigest()}


def _manifest(contents: Contents, data: str, files: Mapping[str, Any]) -> bytes:
    fields = {
        "format": FORMAT,
        "version": VERSION,
        "embedder": contents.fingerprint,
        "dimension": int(contents.vectors.shape[1]),
        "passages": len(contents.passages),
        "data": data,
        "files": dict(files),
    }
    return seal_manifest(fields)


def read_index(path: str | os.PathLike[str], fingerprint: str) -> Contents:
    """Reads an index after checking every byte of it.

    Args:
        path: its folder.
        fingerprint: of the embedder that will embed the queries.

    Raises:
        StoreError: if it is no index, damaged, half-written, or of another embedder.
    """
    folder = Path(path)
    fields = read_manifest(folder)
    if not is_same_model(str(fields["embedder"]), fingerprint):
        raise StoreError(
            f"{folder} was made by the embedder {fields['embedder']}, not by {fingerprint}: "
            f"load it with that one, or {AGAIN}"
        )
    data = folder / str(fields["data"])
    try:
        for name, expected in fields["files"].items():
            check_file(data / name, expected)
    except StoreError:
        # Another process may have saved meanwhile, and removed what this manifest names.
        if read_manifest(folder) == fields:
            raise
        return read_index(path, fingerprint)
    try:
        return _decoded(data, fields)
    except (OSError, ValueError, KeyError, IndexError, TypeError, RuntimeError) as error:
        raise StoreError(f"{data} cannot be read ({error}): {AGAIN}") from error


def _decoded(data: Path, fields: Mapping[str, Any]) -> Contents:
    arrays = {
        name: np.load(
            data / f"{name}.npy", mmap_mode=_mode(data / f"{name}.npy"), allow_pickle=False
        )
        for name in ARRAYS
    }
    names = json.loads((data / "names.json").read_bytes())
    words = json.loads((data / "vocabulary.json").read_bytes())
    size = (data / "texts.bin").stat().st_size
    texts: npt.NDArray[np.uint8] = (
        np.memmap(data / "texts.bin", dtype=np.uint8, mode="r") if size else np.zeros(0, np.uint8)
    )
    count, width = int(fields["passages"]), int(fields["dimension"])
    _validate(arrays, names, words, size, (count, width))
    lists = None
    if LISTS in fields["files"]:
        import faiss

        lists = faiss.read_index(str(data / LISTS), faiss.IO_FLAG_MMAP)
        _require(lists.ntotal == count and lists.d == width, LISTS)
    lexical = LexicalIndex(
        arrays["bm25_data"],
        arrays["bm25_indices"],
        arrays["bm25_indptr"],
        {word: column for column, word in enumerate(words)},
        count,
    )
    passages = StoredPassages(texts, arrays["offsets"], arrays["places"], names)
    return Contents(passages, arrays["vectors"], lists, lexical, str(fields["embedder"]))


def _mode(path: Path) -> Any:
    """Maps what has data: an empty array cannot be mapped."""
    return "r" if path.stat().st_size > 4096 else None


def _validate(
    arrays: Mapping[str, npt.NDArray[Any]],
    names: Mapping[str, Any],
    words: Sequence[str],
    size: int,
    shape: tuple[int, int],
) -> None:
    """Checks that no stored number points outside of what is stored."""
    count, _ = shape
    offsets, places, vectors = arrays["offsets"], arrays["places"], arrays["vectors"]
    _require(offsets.dtype == np.int64 and offsets.shape == (count + 1,), "offsets.npy")
    _require(bool(offsets[0] == 0 and offsets[-1] == size), "offsets.npy")
    _require(bool((np.diff(offsets) >= 0).all()), "offsets.npy")
    _require(places.dtype == np.int64 and places.shape == (count, 4), "places.npy")
    limits = (len(names["sources"]), None, None, len(names["metadata"]))
    for column, limit in enumerate(limits):
        values = places[:, column]
        inside = values >= 0 if limit is None else (values >= 0) & (values < limit)
        _require(bool(inside.all()), "places.npy")
    _require(vectors.dtype == np.float32 and vectors.shape == shape, "vectors.npy")
    scores, indices = arrays["bm25_data"], arrays["bm25_indices"]
    indptr = arrays["bm25_indptr"]
    _require(scores.dtype == np.float32 and scores.shape == indices.shape, "bm25_data.npy")
    inside = (indices >= 0) & (indices < count)
    _require(indices.dtype == np.int32 and bool(inside.all()), "bm25_indices.npy")
    _require(indptr.dtype == np.int64 and indptr.shape == (len(words) + 1,), "bm25_indptr.npy")
    _require(bool(indptr[0] == 0 and indptr[-1] == len(scores)), "bm25_indptr.npy")
    _require(bool((np.diff(indptr) >= 0).all()), "bm25_indptr.npy")


def _require(good: bool, name: str) -> None:
    if not good:
        raise ValueError(f"{name} does not fit the rest")
