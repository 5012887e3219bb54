"""Average of verifiers that were trained from one backbone.

Weights of models that were fine-tuned from the same start can be averaged, and the average often
judges better than each of them, at the cost of one (M. Wortsman et al., "Model soups", ICML 2022).
"""

from __future__ import annotations

import hashlib
import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundwire.errors import InputError
from groundwire.verify.backends.checkpoint import read_manifest
from groundwire.verify.backends.difference import load_weights
from groundwire.verify.backends.spans import SPAN_HEAD

_WEIGHTS = "model.safetensors"
_KEPT = ("config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt")


def average_verifiers(
    models: Sequence[Path], output: Path, shares: Sequence[float] | None = None
) -> Path:
    """Writes a verifier whose weights are the mean of those of others.

    The span head is the mean of those that have one.

    Args:
        models: folders of two or more verifiers of one architecture and vocabulary.
        output: folder that does not hold a model yet.
        shares: how much of each, above 0; their sum need not be 1. By default as much of each.

    Returns:
        ``output``.

    Raises:
        InputError: if there are fewer than two, they do not fit together, ``output`` is used, or
            a share is not above 0 or missing.
        ModelError: if the weights of one are missing or altered.
    """
    from safetensors.torch import load_file

    if len(models) < 2:
        raise InputError(f"{len(models)} models: an average needs two or more")
    shares = [1.0] * len(models) if shares is None else [float(share) for share in shares]
    fit = len(shares) == len(models) and all(share > 0 for share in shares)
    if not fit or not math.isfinite(sum(shares)):
        raise InputError(
            f"shares {shares} of {len(models)} models: give one above 0 for each model, such as "
            "0.7 and 0.3"
        )
    if (output / _WEIGHTS).exists():
        raise InputError(f"{output}: holds a finished model; choose another output folder")
    manifests = [read_manifest(folder) for folder in models]
    for folder in models[1:]:
        for name in ("config.json", "tokenizer.json"):
            if _read(folder / name) != _read(models[0] / name):
                raise InputError(
                    f"{folder}: its {name} is not that of {models[0]}: "
                    "only models of one architecture and vocabulary have an average"
                )
    output.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        if (models[0] / name).is_file():
            shutil.copyfile(models[0] / name, output / name)
    manifest: dict[str, Any] = {"format": 1}
    whole = [load_weights(folder) for folder in models]
    manifest["weights_sha256"] = _mean(models, whole, shares, output / _WEIGHTS)
    heads = [
        (folder / SPAN_HEAD, share)
        for folder, share in zip(models, shares, strict=True)
        if (folder / SPAN_HEAD).is_file()
    ]
    if heads:
        files, parts = zip(*heads, strict=True)
        spans = [load_file(file) for file in files]
        manifest["spans_sha256"] = _mean(files, spans, parts, output / SPAN_HEAD)
    for key in ("max_tokens", "languages", "scripts"):
        if key in manifests[0]:
            manifest[key] = manifests[0][key]
    if any(m.get("reads_questions") for m in manifests):
        manifest["reads_questions"] = True
    manifest["average_of"] = [str(m.get("weights_sha256", "unknown")) for m in manifests]
    if len(set(shares)) > 1:
        manifest["shares"] = shares
    text = json.dumps(manifest, indent=1)
    (output / "groundwire.json").write_text(text + "\n", encoding="utf-8")
    return output


def _read(path: Path) -> Any:
    if not path.is_file():
        return None
    data = json.loads(path.read_text(encoding="utf-8"))
    data.pop("truncation", None)
    data.pop("transformers_version", None)
    return data


def _mean(
    paths: Sequence[Path],
    loaded: Sequence[dict[str, Any]],
    shares: Sequence[float],
    output: Path,
) -> str:
    """Writes the weighted mean of tensors, in the least precision of any; returns its sha256."""
    import torch
    from safetensors.torch import save_file

    for path, tensors in zip(paths[1:], loaded[1:], strict=True):
        same = tensors.keys() == loaded[0].keys() and all(
            tensor.shape == loaded[0][name].shape for name, tensor in tensors.items()
        )
        if not same:
            raise InputError(f"{path}: its tensors are not those of {paths[0]}")
    mean = {
        name: torch.stack(
            [
                share / sum(shares) * tensors[name].float()
                for share, tensors in zip(shares, loaded, strict=True)
            ]
        )
        .sum(0)
        .to(min((tensors[name].dtype for tensors in loaded), key=lambda kind: kind.itemsize))
        for name in loaded[0]
    }
    save_file({k: v.contiguous() for k, v in mean.items()}, output, metadata={"format": "pt"})
    return hashlib.sha256(output.read_bytes()).hexdigest()
