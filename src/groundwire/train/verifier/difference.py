"""Difference of a trained verifier from its backbone, small enough to ship."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from groundwire.encoders.differences import BITS, derive_difference, name_as_model
from groundwire.encoders.weights import hash_file
from groundwire.errors import InputError
from groundwire.io.atomic import write_whole
from groundwire.verify.backends.backbones import find_backbone
from groundwire.verify.backends.checkpoint import (
    BACKBONE,
    DIFFERENCE,
    MANIFEST,
    VOCABULARIES,
    WEIGHTS,
    read_manifest,
)
from groundwire.verify.backends.difference import (
    find_prefix,
    load_weights,
)
from groundwire.verify.backends.spans import SPAN_HEAD

_KEPT = (*VOCABULARIES, "config.json", "tokenizer_config.json", "special_tokens_map.json",
         "README.md", SPAN_HEAD)  # fmt: skip


def write_difference(
    model: Path, output: Path, backbone: str, rank: int, carry: bool = False, bits: int = 16
) -> Path:
    """Writes a verifier as its difference from its backbone.

    Args:
        model: folder of the verifier.
        output: folder that does not hold a model yet.
        backbone: folder or name of what it was trained from, as ``find_backbone`` takes it; it is
            looked for again, as it is named here, wherever the verifier is opened.
        rank: of the factors of each matrix that was trained.
        carry: whether the backbone's weights lie in the folder, too, which then needs nothing else.
        bits: of each number of the factors: 16, or 8 for a file of half the size.

    Returns:
        ``output``.

    Raises:
        InputError: if the backbone is not on this machine or of another shape, ``output`` is used,
            ``rank`` is not positive, or ``bits`` is neither 16 nor 8.
        ModelError: if the weights of the verifier are missing or altered.
    """
    import torch
    from safetensors.torch import load_file, save_file

    if rank < 1:
        raise InputError(f"rank is {rank}: give 1 or more, such as 96")
    if bits not in BITS:
        raise InputError(f"bits is {bits}: give 16, or 8 for a file of half the size")
    source = find_backbone(backbone)
    manifest = read_manifest(model)
    if (output / MANIFEST).exists() or (output / WEIGHTS).exists():
        raise InputError(f"{output}: holds a finished model; choose another output folder")
    if not (source / WEIGHTS).is_file():
        raise InputError(f"{source}: has no {WEIGHTS}, of which the difference is taken")
    old = name_as_model(load_file(source / WEIGHTS), find_prefix(model))
    new = load_weights(model)
    shared = [name for name in new if name in old and new[name].shape == old[name].shape]
    if len(shared) < len(new) / 2:
        raise InputError(
            f"{model}: only {len(shared)} of its {len(new)} weights are those of a {source.name}: "
            "name the backbone that it was trained from with --backbone"
        )
    with torch.no_grad():
        made = derive_difference(new, old, rank, bits)
    output.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        if (model / name).is_file():
            shutil.copyfile(model / name, output / name)
    save_file(made, output / DIFFERENCE, metadata={"format": "pt"})
    if carry:
        shutil.copyfile(source / WEIGHTS, output / BACKBONE)
    facts = {
        **manifest,
        "weights_sha256": hash_file(output / DIFFERENCE),
        "backbone": source.name if carry else backbone,
        "backbone_sha256": hash_file(source / WEIGHTS),
        "rank": rank,
        "bits": bits,
        "difference_of": str(manifest.get("weights_sha256", "unknown")),
    }
    write_whole(output / MANIFEST, (json.dumps(facts, indent=1) + "\n").encode())
    return output
