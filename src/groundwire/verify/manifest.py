"""``groundwire.json``, the manifest of a model folder: every field is checked before it is used."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from groundwire.errors import ModelError

MANIFEST = "groundwire.json"
LEAST_TOKENS = 8
LARGEST_WEIGHT = 1e6
"""Beyond it a weight of the calibration could give what is no number."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def load_manifest(folder: Path) -> dict[str, Any] | None:
    """Returns the manifest of a folder; None where it has none.

    Raises:
        ModelError: if it cannot be read, or a field is missing or of another kind.
    """
    path = folder / MANIFEST
    if not os.path.lexists(path):
        return None
    if not path.is_file():
        raise ModelError(f"{path}: is no file: install or train the model again")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError, RecursionError) as error:
        raise ModelError(
            f"{path}: broken ({error!s:.200}): install or train the model again"
        ) from error
    if not isinstance(manifest, dict):
        raise ModelError(f"{path}: broken (no JSON object): install or train the model again")
    for name, (fits, need) in _FIELDS.items():
        missing = name == "weights_sha256" and name not in manifest
        if missing or (name in manifest and not fits(manifest[name])):
            found = "is missing" if missing else f"is {manifest[name]!r:.80}"
            raise ModelError(
                f"{path}: {name} {found}, and it must be {need}: "
                "correct it, or install or train the model again"
            )
    return manifest


def _is_hash(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and item for item in value)


def _is_calibration(value: object) -> bool:
    from groundwire.verify.calibrate import Calibration

    if not isinstance(value, Mapping):
        return False
    known = {item.name for item in fields(Calibration)}
    sound = all(
        name in known and type(weight) in (int, float) and abs(weight) <= LARGEST_WEIGHT
        for name, weight in value.items()
    )
    return sound and value.get("slope", 1.0) > 0


_FIELDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "format": (lambda value: type(value) is int and value == 1, "1, which this version reads"),
    "name": (lambda value: isinstance(value, str), "a string"),
    "weights_sha256": (_is_hash, "the 64 hex digits of a hash"),
    "spans_sha256": (_is_hash, "the 64 hex digits of a hash"),
    "max_tokens": (
        lambda value: type(value) is int and value >= LEAST_TOKENS,
        f"a whole number from {LEAST_TOKENS}",
    ),
    "languages": (_are_names, "a list of strings"),
    "scripts": (_are_names, "a list of strings"),
    "calibration": (
        _is_calibration,
        "an object of the weights of groundwire.verify.calibrate.Calibration, each a finite "
        "number, with a slope above 0",
    ),
}
