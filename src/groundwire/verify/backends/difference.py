"""Verifiers kept as their difference from a backbone that is on this machine anyway.

A fine-tuned encoder of 110 million parameters is 220 MB; what its training changed is close to a
matrix of low rank for each weight (E. Hu et al., "LoRA", ICLR 2022), a tenth of that. Such a folder
has ``difference.safetensors`` in place of ``model.safetensors``, and its manifest names the
backbone and the hash of its weights, which may lie beside it as ``backbone.safetensors``. Both
hashes are checked, and the sum is made when the model is opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundwire.encoders.differences import add_difference, name_as_model
from groundwire.encoders.weights import hash_file
from groundwire.errors import ModelError
from groundwire.verify.backends.backbones import find_backbone
from groundwire.verify.backends.checkpoint import (
    BACKBONE,
    DIFFERENCE,
    WEIGHTS,
    explain_opening,
    load_manifest,
    read_manifest,
    refuse_lost,
)


def find_prefix(folder: Path) -> str:
    """Returns how names of the encoder's weights begin in a classifier, such as ``mpnet``.

    Raises:
        ModelError: if its config names no classifier that transformers has.
    """
    from transformers import AutoModelForSequenceClassification

    return str(_read_kind(AutoModelForSequenceClassification, folder)[1].base_model_prefix)


def _read_kind(model_class: Any, folder: Path, **options: Any) -> tuple[Any, Any]:
    """The config of a model, and the class of transformers for it."""
    from transformers import AutoConfig

    with explain_opening(folder):
        config = AutoConfig.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            **{"dtype": "float32", **options},
        )
        return config, model_class._model_mapping[type(config)]


def is_difference(folder: Path) -> bool:
    """Whether a folder holds a verifier that is kept as a difference."""
    return (folder / DIFFERENCE).is_file() and not (folder / WEIGHTS).is_file()


def find_parts(folder: Path) -> None:
    """Looks for what a verifier needs beside its folder, so that a missing part is told at once.

    Raises:
        InputError: if its backbone is not on this machine; the message says what to install.
        ModelError: if its manifest is broken.
    """
    if is_difference(folder):
        _find_source(folder, load_manifest(folder) or {})


def _find_source(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """The file of the weights that a difference is added to."""
    beside = folder / BACKBONE
    return beside if beside.is_file() else find_backbone(str(manifest.get("backbone"))) / WEIGHTS


def load_weights(folder: Path) -> dict[str, Any]:
    """Returns the weights of a verifier by name, whichever way it is kept.

    Raises:
        InputError: if its backbone is not on this machine; the message says what to install.
        ModelError: if they were altered or are damaged.
    """
    from safetensors.torch import load_file

    if not is_difference(folder):
        with explain_opening(folder):
            return dict(load_file(folder / WEIGHTS))
    import torch
    from transformers import AutoModelForSequenceClassification

    config, kind = _read_kind(AutoModelForSequenceClassification, folder)
    made = load_sum(folder, str(kind.base_model_prefix))
    with torch.device("meta"):
        own = kind(config).state_dict()
    return {name: made[name] for name in own if name in made}  # a backbone may have a pooler more


def load_sum(folder: Path, prefix: str) -> dict[str, Any]:
    """Returns the weights of a verifier that is kept as a difference, float32, by name.

    Args:
        folder: with a manifest that states the hashes of both.
        prefix: how names of the encoder's weights begin, such as ``bert``.

    Raises:
        InputError: if the backbone is not on this machine; the message says what to install.
        ModelError: if one of the two was altered or is damaged, the backbone is another one, or
            they do not fit together.
    """
    from safetensors.torch import load_file

    manifest = read_manifest(folder)
    weights = _find_source(folder, manifest)
    found, expected = hash_file(weights), manifest.get("backbone_sha256")
    if found != expected:
        advice = (
            "install or train the model again"
            if weights.parent == folder
            else f"{folder.name} was trained from other weights of {manifest.get('backbone')}: "
            "fetch the official ones"
        )
        raise ModelError(f"{weights}: sha256 is {found} and not {expected}: {advice}")
    with explain_opening(folder):
        old = name_as_model(load_file(weights), prefix)
        return add_difference(old, load_file(folder / DIFFERENCE))


def open_difference(model_class: Any, folder: Path, **options: Any) -> Any:
    """Opens a verifier that is kept as a difference, complete or not at all.

    Args:
        model_class: an ``AutoModel`` class of transformers.
        folder: with a manifest that names a backbone.
        options: of its config, instead of those in its ``config.json``.

    Raises:
        InputError: if the backbone is not on this machine; the message says what to install.
        ModelError: if the difference was altered, the backbone is another one, or the two do not
            fit together.
    """
    config, kind = _read_kind(model_class, folder, **options)
    state = load_sum(folder, str(kind.base_model_prefix))
    with explain_opening(folder):
        model, report = kind.from_pretrained(
            None, config=config, state_dict=state,
            local_files_only=True, trust_remote_code=False, use_safetensors=True,
            output_loading_info=True,
        )  # fmt: skip
    refuse_lost(folder, report)
    return model
