"""Differences of low rank: what training changed in the matrices of an encoder.

It is close to a matrix of low rank for each weight (E. Hu et al., "LoRA", ICLR 2022), a tenth of
the whole and less.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from groundwire.errors import ModelError

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


def pack_factors(up: Any, down: Any) -> tuple[Any, Any, Any]:
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
                up, down, made[name + _SCALE] = pack_factors(up, down)
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
