"""Verifiers kept as their difference from a backbone that is on this machine anyway.

A fine-tuned encoder of 110 million parameters is 220 MB; what its training changed is close to a
matrix of low rank for each weight (E. Hu et al., "LoRA", ICLR 2022), a tenth of that. Such a folder
has ``difference.safetensors`` in place of ``model.safetensors``, and its manifest names the
backbone and the hash of its weights, which may lie beside it as ``backbone.safetensors``. Both
hashes are checked, and the sum is made when the model is opened.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from groundwire.errors import ModelError
from groundwire.evidence.embedders import hash_file
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

HEAD = re.compile(r"(?:^|\.)(?:classifier|classification_head|head|score|pooler)\.")
"""Names of weights that an encoder need not have: those of a classifier's head."""

BITS = (16, 8)
"""Of each number of the factors."""

_DOWN, _UP, _SCALE, _WHOLE = ".down", ".up", ".scale", ".whole"
_LARGEST = 127
"""Of a signed number of eight bits."""


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


def round_factors(up: Any, down: Any) -> tuple[Any, Any, Any]:
    """Returns two factors in eight bits, each column and row by its own largest number.

    Args:
        up: [out, rank].
        down: [rank, in].

    Returns:
        ``up`` and ``down`` in int8, and what each of their products is to be multiplied by: float32
        [rank].
    """
    tops = up.float().abs().amax(dim=0), down.float().abs().amax(dim=1)
    high, wide = ((top / _LARGEST).clamp(min=1e-12) for top in tops)
    return (
        (up.float() / high).round().char(),
        (down.float() / wide[:, None]).round().char(),
        high * wide,
    )


def derive_difference(
    weights: Mapping[str, Any], backbone: Mapping[str, Any], rank: int, bits: int = 16
) -> dict[str, Any]:
    """Returns what a model has that its backbone has not, by names with an ending each.

    Matrices that were trained become two factors (``.up``, ``.down``, in eight bits with a
    ``.scale``) where these are smaller; what else was trained, is new, or is of the head, which is
    small and trained most, is kept whole (``.whole``). Weights that round to the backbone's in
    float16 were not trained.

    Args:
        weights: of the model, by name.
        backbone: its weights, by the names that the model has for them.
        rank: of the factors.
        bits: of each of their numbers, one of ``BITS``.
    """
    made: dict[str, Any] = {}
    for name, weight in weights.items():
        old = backbone.get(name)
        if old is None or old.shape != weight.shape:
            made[name + _WHOLE] = weight.half().contiguous()
            continue
        if bool((weight.half() == old.half()).all()):
            continue
        factored = weight.dim() == 2 and rank * sum(weight.shape) < weight.numel()
        if factored and not HEAD.search(name):
            up, down = split_matrix(weight.float() - old.float(), rank)
            if bits != 16:
                up, down, made[name + _SCALE] = round_factors(up, down)
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
            scale = difference.get(name + _SCALE)
            factor = part.float() if scale is None else part.float() * scale
            made[name] = old + factor @ down.float()
    return made


def name_as_model(backbone: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Returns the weights of a bare encoder by the names that a classifier has for them.

    Those of a classifier keep their names.
    """
    if any(name.startswith(f"{prefix}.") for name in backbone):
        return dict(backbone)
    return {f"{prefix}.{name}": weight for name, weight in backbone.items()}


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
