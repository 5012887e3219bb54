"""Checkpoints of a training run: safetensors and JSON, replaced atomically."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from groundwire.errors import InputError


def save_checkpoint(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, state: dict[str, Any]
) -> None:
    """Writes weights, optimizer moments and ``state`` so that a kill at any time loses little."""
    fresh = folder.with_name(folder.name + ".new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    save_file(
        {k: v.contiguous() for k, v in model.state_dict().items()}, fresh / "model.safetensors"
    )
    moments = {
        f"{index}.{name}": value.contiguous()
        for index, values in optimizer.state_dict()["state"].items()
        for name, value in values.items()
        if isinstance(value, torch.Tensor)
    }
    save_file(moments, fresh / "optimizer.safetensors")
    with (fresh / "state.json").open("w", encoding="utf-8") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    old = folder.with_name(folder.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    fresh.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer, plan: str
) -> dict[str, Any] | None:
    """Restores a run, or returns None where there is nothing to restore.

    Raises:
        InputError: if the checkpoint belongs to other data or another recipe.
    """
    if not folder.is_dir():
        old = folder.with_name(folder.name + ".old")
        if not old.is_dir():
            return None
        folder = old
    state: dict[str, Any] = json.loads((folder / "state.json").read_text(encoding="utf-8"))
    if state["plan"] != plan:
        raise InputError(
            f"{folder}: this checkpoint is of other data or another recipe; "
            "continue it with the same ones, or choose another output folder"
        )
    model.load_state_dict(load_file(folder / "model.safetensors"))
    moments: dict[int, dict[str, torch.Tensor]] = {}
    for key, value in load_file(folder / "optimizer.safetensors").items():
        index, name = key.split(".", 1)
        moments.setdefault(int(index), {})[name] = value
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": moments, "param_groups": groups})
    return state
