"""Folders of a run, checked before any work: where it starts from and where it writes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from groundwire.errors import InputError, ModelError
from groundwire.verify.backends.checkpoint import (
    MANIFEST,
    explain_opening,
    open_tokenizer,
    read_config,
)
from groundwire.verify.backends.spans import SPAN_HEAD

CHECKPOINTS = frozenset({"checkpoint", "checkpoint.new", "checkpoint.old"})
"""What a run that was killed leaves in its output folder."""

_WEIGHTS = "model.safetensors"
_EXPORTED = frozenset(
    {_WEIGHTS, SPAN_HEAD, "config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}
    | {"special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt"}
    | {"spm.model", "spiece.model", "sentencepiece.bpe.model"}
)
"""What a run that was killed while it saved its model may leave beside a checkpoint."""


def check_output(output: Path, partial: frozenset[str] = frozenset()) -> None:
    """Checks that a model can be written to a folder, and nothing there is lost or mixed up.

    Args:
        output: the folder.
        partial: names of further files that a run that was killed may have left there.

    Raises:
        InputError: if it is a file, cannot be written, or holds anything but a checkpoint.
    """
    names = _names(output)
    resumed = bool(names & CHECKPOINTS)
    if MANIFEST in names or (_WEIGHTS in names and not resumed):
        raise InputError(f"{output}: holds a finished model; choose another output folder")
    foreign = sorted(names - CHECKPOINTS - (_EXPORTED if resumed else frozenset()) - partial)
    if foreign:
        raise InputError(
            f"{output}: holds {foreign[0]!r}, which no training run left there; "
            "choose a new or an empty output folder"
        )
    place = output
    while not os.path.lexists(place) and place != place.parent:
        place = place.parent
    try:
        with tempfile.TemporaryDirectory(dir=place):
            pass
    except OSError as error:
        raise InputError(
            f"{output}: cannot be written ({place}: {error.strerror}); choose another output folder"
        ) from error


def _names(output: Path) -> set[str]:
    try:
        return set(os.listdir(output))
    except FileNotFoundError as error:
        if not output.is_symlink():
            return set()
        why = error.strerror
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
    raise InputError(
        f"{str(output)!r:.200}: cannot be the output folder ({why}); name a new folder"
    )


@contextmanager
def explain_backbone(source: Path) -> Iterator[None]:
    """Turns whatever goes wrong with a backbone into an ``InputError``."""
    try:
        with explain_opening(source):
            yield
    except ModelError as error:
        why = str(error.__cause__ or error)
        why = f" ({why.splitlines()[0]:.200})" if why and "http" not in why else ""
        raise InputError(
            f"{source}: training cannot start from it{why}; give --backbone a folder of a "
            "transformers encoder or of a verifier: config.json, model.safetensors, tokenizer.json"
        ) from error


def open_backbone(source: Path) -> Any:
    """Checks the folder that training starts from, and returns its tokenizer.

    Raises:
        InputError: if it is no folder of a transformers model with its tokenizer.
    """
    if not source.is_dir():
        raise InputError(
            f"{source}: no such folder; give --backbone a folder of an encoder or of a verifier"
        )
    with explain_backbone(source):
        if "model_type" not in read_config(source):
            raise ModelError("its config.json is missing or names no model_type")
        if not any(source.glob("*.safetensors")):
            raise ModelError("it has no safetensors weights")
        return open_tokenizer(source)
