"""Verifiers kept as their difference from a backbone that is on this machine anyway.

A fine-tuned encoder of 110 million parameters is 220 MB; what its training changed is close to a
matrix of low rank for each weight (E. Hu et al., "LoRA", ICLR 2022), a tenth of that. Such a folder
has ``difference.safetensors`` in place of ``model.safetensors``, and its manifest names the
backbone and the hash of its weights. Both hashes are checked, and the sum is made when the model is
opened.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundwire.errors import ModelError
from groundwire.evidence.embedders import hash_file
from groundwire.verify.backends.backbones import find_backbone
from groundwire.verify.backends.checkpoint import (
    DIFFERENCE,
    WEIGHTS,
    explain_opening,
    load_manifest,
    read_manifest,
    refuse_lost,
)

_DOWN, _UP, _WHOLE = ".down", ".up", ".whole"


def split_matrix(change: Any, rank: int) -> tuple[Any, Any]:
    """Returns the two factors of a matrix of this rank that is nearest to a change of a weight.

    Args:
        change: [out, in].
        rank: at most the smaller of both.

    Returns:
        ``up`` [out, rank] and ``down`` [rank, in] in float16, whose product it is.
    """
    import torch

    left, values, right = torch.linalg.svd(change.float(), full_matrices=False)
    root = values[:rank].sqrt()
    return (left[:, :rank] * root).half(), (root[:, None] * right[:rank]).half()


def derive_difference(
    weights: Mapping[str, Any], backbone: Mapping[str, Any], rank: int
) -> dict[str, Any]:
    """Returns what a model has that its backbone has not, by names with an ending each.

    Matrices that were trained become two factors (``.up``, ``.down``) where these are smaller; what
    else was trained, or is new, is kept whole (``.whole``). Weights that round to the backbone's in
    float16 were not trained.

    Args:
        weights: of the model, by name.
        backbone: its weights, by the names that the model has for them.
        rank: of the factors.
    """
    made: dict[str, Any] = {}
    for name, weight in weights.items():
        old = backbone.get(name)
        if old is None or old.shape != weight.shape:
            made[name + _WHOLE] = weight.half().contiguous()
            continue
        if bool((weight.half() == old.half()).all()):
            continue
        if weight.dim() == 2 and rank * sum(weight.shape) < weight.numel():
            up, down = split_matrix(weight.float() - old.float(), rank)
            made[name + _UP], made[name + _DOWN] = up.contiguous(), down.contiguous()
        else:
            made[name + _WHOLE] = weight.half().contiguous()
    return made


def add_difference(backbone: Mapping[str, Any], difference: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the weights of a model, float32, from those of its backbone and what differs.

    Raises:
        ModelError: if the two do not fit together.
    """
    made = {name: weight.float() for name, weight in backbone.items()}
    for key, part in difference.items():
        name, dot, ending = key.rpartition(".")
        if dot + ending == _WHOLE:
            made[name] = part.float()
        elif dot + ending == _UP:
            down, old = difference.get(name + _DOWN), made.get(name)
            shape = None if down is None else (part.shape[0], down.shape[1])
            if old is None or down is None or tuple(old.shape) != shape:
                raise ModelError(
                    f"{name}: the difference does not fit the backbone's weight: install or train "
                    "the model again"
                )
            made[name] = old + part.float() @ down.float()
    return made


def name_as_model(backbone: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Returns the weights of a bare encoder by the names that a classifier has for them."""
    return {
        name if name.startswith(f"{prefix}.") else f"{prefix}.{name}": weight
        for name, weight in backbone.items()
    }


def find_prefix(folder: Path) -> str:
    """Returns how names of the encoder's weights begin in a classifier, such as ``mpnet``.

    Raises:
        ModelError: if its config names no classifier that transformers has.
    """
    from transformers import AutoConfig, AutoModelForSequenceClassification

    with explain_opening(folder):
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        return str(_find_class(AutoModelForSequenceClassification, config).base_model_prefix)


def _find_class(model_class: Any, config: Any) -> Any:
    return model_class._model_mapping[type(config)]


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
        find_backbone(str((load_manifest(folder) or {}).get("backbone")))


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
    from safetensors.torch import load_file
    from transformers import AutoConfig

    manifest = read_manifest(folder)
    source = find_backbone(str(manifest.get("backbone")))
    weights = source / WEIGHTS
    found, expected = hash_file(weights), manifest.get("backbone_sha256")
    if found != expected:
        raise ModelError(
            f"{weights}: sha256 is {found} and not {expected}: {folder.name} was trained from "
            f"other weights of {manifest.get('backbone')}: fetch the official ones"
        )
    with explain_opening(folder):
        config = AutoConfig.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            **{"dtype": "float32", **options},
        )
        kind = _find_class(model_class, config)
        old = name_as_model(load_file(weights), kind.base_model_prefix)
        model, report = kind.from_pretrained(
            None, config=config, state_dict=add_difference(old, load_file(folder / DIFFERENCE)),
            local_files_only=True, trust_remote_code=False, use_safetensors=True,
            output_loading_info=True,
        )  # fmt: skip
    refuse_lost(folder, report)
    return model
