from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from groundwire.errors import InputError, StoreError
from groundwire.evidence import dense, store
from groundwire.evidence import store as manifest
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.index import EvidenceIndex
from groundwire.types import Passage


class Counted:
    """An embedder that counts letters."""

    dimension = 26
    fingerprint = "counted@sha256:1"

    def embed(self, texts: Sequence[str]) -> Vectors:
        vectors = np.array(
            [[text.count(chr(97 + n)) + 0.01 for n in range(26)] for text in texts], np.float32
        ).reshape(len(texts), 26)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        scaled: Vectors = (vectors / lengths).astype(np.float32)
        return scaled


class Other(Counted):
    fingerprint = "other@sha256:2"


QUERIES = ["pump at 62 decibels", "Lyon", "nothing of this"]


def build(count: int = 40) -> EvidenceIndex:
    made = EvidenceIndex(Counted(), k=4)
    made.add_passages(
        Passage(text, f"doc{n % 7}", n, n + len(text), {"page": n % 3, "tag": ["é", None]})
        for n in range(count)
        for text in [f"pump {n} runs at {60 + n} decibels in Lyon \ud83d😀 é\x00 {'xyz' * (n % 5)}"]
    )
    return made


@pytest.fixture
def saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index with inverted lists, so that it has every file."""
    monkeypatch.setattr(dense, "FLAT_LIMIT", 10)
    folder = tmp_path / "index"
    build().save(folder)
    return folder


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def contents_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in files_of(folder)}


@pytest.mark.parametrize("limit", [10, 1000])
def test_what_is_loaded_finds_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(dense, "FLAT_LIMIT", limit)
    made = build()
    made.save(tmp_path / "index")
    loaded = EvidenceIndex.load(tmp_path / "index", Counted(), k=4)
    assert loaded.passages == made.passages
    assert loaded.sources == made.sources
    assert loaded.retrieve(QUERIES) == made.retrieve(QUERIES)
    assert (tmp_path / "index").exists() and len(list((tmp_path / "index").iterdir())) == 2


@pytest.mark.parametrize("limit", [10, 1000])
def test_a_loaded_index_can_change_and_be_saved_in_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(dense, "FLAT_LIMIT", limit)
    folder = tmp_path / "index"
    build().save(folder)
    loaded = EvidenceIndex.load(folder, Counted(), k=4)
    loaded.delete("doc3")
    loaded.add_passages([Passage("zebra zone", "new", 0, 10)])
    expected = loaded.retrieve([*QUERIES, "zebra"])
    assert expected[3][0].passage.source == "new"
    loaded.save(folder)
    again = EvidenceIndex.load(folder, Counted(), k=4)
    assert again.passages == loaded.passages and "doc3" not in again.sources
    assert again.retrieve([*QUERIES, "zebra"]) == loaded.retrieve([*QUERIES, "zebra"])
    assert len(list(folder.iterdir())) == 2, "files of the old save are left"


def test_what_was_deleted_is_not_in_the_files(tmp_path: Path) -> None:
    made = build()
    made.add_passages([Passage("secretword", "private", 0, 10)])
    made.delete("private")
    made.save(tmp_path / "index")
    assert all(b"secretword" not in data for data in contents_of(tmp_path / "index").values())


def test_an_empty_index_round_trips(tmp_path: Path) -> None:
    EvidenceIndex(Counted()).save(tmp_path / "index")
    loaded = EvidenceIndex.load(tmp_path / "index", Counted())
    assert len(loaded) == 0 and loaded.retrieve(["a"]) == [[]]
    assert loaded.add_passages([Passage("pump", "a", 0, 4)]) == 1


def test_nothing_is_pickled(saved: Path) -> None:
    for path in files_of(saved):
        if path.suffix == ".npy":
            np.load(path, allow_pickle=False)
        else:
            assert path.suffix in {".json", ".bin", ".faiss"}


def test_one_flipped_byte_in_any_file_is_found(saved: Path) -> None:
    names = [path.name for path in files_of(saved)]
    assert len(names) == 11 and "lists.faiss" in names
    for path in files_of(saved):
        whole = path.read_bytes()
        for place in {0, len(whole) // 3, len(whole) // 2, len(whole) - 1}:
            for bit in (1, 32):
                data = bytearray(whole)
                data[place] ^= bit
                path.write_bytes(data)
                with pytest.raises(StoreError, match="groundwire index") as caught:
                    EvidenceIndex.load(saved, Counted())
                assert path.name in str(caught.value)
        path.write_bytes(whole)
    EvidenceIndex.load(saved, Counted())


def test_any_byte_of_the_manifest_counts(saved: Path) -> None:
    path = saved / "manifest.json"
    whole = path.read_bytes()
    for place in range(0, len(whole), 17):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(StoreError, match=r"manifest\.json"):
            EvidenceIndex.load(saved, Counted())


@pytest.mark.parametrize("keep", [0.0, 0.5, 0.99])
def test_a_cut_or_missing_file_is_found(saved: Path, keep: float) -> None:
    for path in files_of(saved):
        whole = path.read_bytes()
        path.write_bytes(whole[: int(len(whole) * keep)])
        with pytest.raises(StoreError, match=path.name):
            EvidenceIndex.load(saved, Counted())
        path.unlink()
        with pytest.raises(StoreError, match=path.name):
            EvidenceIndex.load(saved, Counted())
        path.write_bytes(whole)


def test_a_manifest_that_fits_its_checksum_is_still_not_trusted(saved: Path) -> None:
    fields = manifest.read_manifest(saved)
    changes: list[dict[str, Any]] = [
        {"data": "../elsewhere"},
        {"version": 99},
        {"passages": 41},
        {"files": {}},
    ]
    for change in changes:
        (saved / "manifest.json").write_bytes(manifest.seal_manifest({**fields, **change}))
        with pytest.raises(StoreError, match="groundwire index"):
            EvidenceIndex.load(saved, Counted())


def test_numbers_that_point_outside_are_refused(saved: Path) -> None:
    fields = manifest.read_manifest(saved)
    data = saved / fields["data"]
    for name, value in {
        "offsets": 10**9,
        "places": 10**9,
        "bm25_indices": 10**9,
        "bm25_indptr": -5,
    }.items():
        path = data / f"{name}.npy"
        whole = path.read_bytes()
        array = np.load(path)
        array.reshape(-1)[1 if name == "offsets" else 0] = value
        path.unlink()
        entry = store._write(path, store._npy(array))
        files = {**fields["files"], f"{name}.npy": entry}
        (saved / "manifest.json").write_bytes(manifest.seal_manifest({**fields, "files": files}))
        with pytest.raises(StoreError, match=f"{name}.npy"):
            EvidenceIndex.load(saved, Counted())
        path.write_bytes(whole)


def test_an_index_of_another_embedder_is_refused(saved: Path) -> None:
    with pytest.raises(StoreError, match=r"counted@sha256:1.*other@sha256:2"):
        EvidenceIndex.load(saved, Other())


def test_no_folder_and_no_index(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="is no folder"):
        EvidenceIndex.load(tmp_path / "none", Counted())
    with pytest.raises(StoreError, match=r"manifest\.json is missing"):
        EvidenceIndex.load(tmp_path, Counted())


@pytest.mark.parametrize("name", ["notes.txt", "manifest.json", "data-notes"])
def test_a_folder_with_other_files_is_not_written_over(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text('{"name": "mine"}')
    with pytest.raises(StoreError, match="nothing was written"):
        build(3).save(tmp_path)
    assert contents_of(tmp_path) == {name: b'{"name": "mine"}'}


def test_a_file_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StoreError, match="is a file"):
        build(3).save(tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_notes_beside_an_index_keep_it_from_being_replaced(saved: Path) -> None:
    (saved / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"notes\.txt"):
        build(3).save(saved)


def full_disk(monkeypatch: pytest.MonkeyPatch, fail_at: int) -> list[str]:
    """Makes the n-th file written fail half-way."""
    written: list[str] = []
    real = store._write

    def write(path: Path, parts: Sequence[Any]) -> dict[str, Any]:
        written.append(path.name)
        if len(written) == fail_at:
            path.write_bytes(b"".join(bytes(part) for part in parts)[:7])
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return real(path, parts)

    monkeypatch.setattr(store, "_write", write)
    return written


@pytest.mark.parametrize("fail_at", range(1, 12))
def test_a_full_disk_leaves_the_old_index(
    saved: Path, monkeypatch: pytest.MonkeyPatch, fail_at: int
) -> None:
    before = contents_of(saved)
    made = build(30)
    with monkeypatch.context() as patch:
        written = full_disk(patch, fail_at)
        with pytest.raises(OSError, match="No space left"):
            made.save(saved)
        assert len(written) == fail_at
    assert contents_of(saved) == before
    assert len(list(saved.iterdir())) == 2
    assert len(EvidenceIndex.load(saved, Counted())) == 40
    made.save(saved)
    assert len(EvidenceIndex.load(saved, Counted())) == 30


def test_a_full_disk_leaves_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full_disk(monkeypatch, 3)
    with pytest.raises(OSError, match="No space left"):
        build(3).save(tmp_path / "index")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_rename_leaves_the_old_index(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents_of(saved)

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "no rename")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="no rename"):
        build(3).save(saved)
    assert contents_of(saved) == before


def test_what_a_crash_left_is_cleaned_by_the_next_save(saved: Path) -> None:
    (current,) = (item for item in saved.iterdir() if item.is_dir())
    shutil.copytree(current, saved / f"data-{'0' * 32}")
    (saved / f"manifest-{'0' * 32}.tmp").write_text("{")
    assert len(EvidenceIndex.load(saved, Counted())) == 40
    build(5).save(saved)
    assert len(list(saved.iterdir())) == 2
    assert len(EvidenceIndex.load(saved, Counted())) == 5


def test_a_loaded_index_outlives_a_save_over_it(saved: Path) -> None:
    loaded = EvidenceIndex.load(saved, Counted())
    expected = build().retrieve(QUERIES)
    build(3).save(saved)
    assert [found[:4] for found in loaded.retrieve(QUERIES)] == expected


def test_metadata_that_is_not_json_is_named(tmp_path: Path) -> None:
    made = EvidenceIndex(Counted())
    made.add_passages([Passage("pump", "odd.pdf", 0, 4, {"when": object()})])
    with pytest.raises(InputError, match=r"odd\.pdf"):
        made.save(tmp_path / "index")
    assert not (tmp_path / "index").exists()


def test_the_manifest_says_what_the_index_is(saved: Path) -> None:
    fields = json.loads((saved / "manifest.json").read_text())
    assert fields["format"] == "groundwire-index" and fields["version"] == 1
    assert fields["embedder"] == "counted@sha256:1" and fields["dimension"] == 26
    assert fields["passages"] == 40
