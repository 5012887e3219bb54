"""Loop of every training stage: seeded by step, with checkpoints, and clear on memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from groundwire.errors import GroundwireError, InputError
from groundwire.train.checkpoints import load_checkpoint, save_checkpoint
from groundwire.train.generator.config import Steps
from groundwire.train.generator.model import select_trainable

WEIGHTS = "model.safetensors"

Progress: TypeAlias = Callable[[str, int, int, str], None]
"""Called with (what is done, steps done, steps in all, figures)."""


@dataclass(slots=True)
class Loop:
    """What a stage gives the loop.

    Attributes:
        name: of the stage, for progress.
        options: its steps.
        plan: hash of all that the weights depend on.
        folder: where the checkpoint lies.
        seed: of the run.
        epoch: the micro-batches of an epoch, by its number; the same each time.
        batches: micro-batches in an epoch.
        backward: adds the gradients of a micro-batch: ``(batch, settled, scale) -> loss``.
        memory: more that a checkpoint keeps, as JSON.
        validate: after each epoch and at the end, a figure of which the lowest is best; without it
            the last weights are.
    """

    name: str
    options: Steps
    plan: str
    folder: Path
    seed: int
    epoch: Callable[[int], Iterator[Any]]
    batches: int
    backward: Callable[[Any, bool, float], float]
    memory: Callable[[], list[float]] = list
    recall: Callable[[list[float]], None] = field(default=lambda _: None)
    validate: Callable[[], float] | None = None

    @property
    def best(self) -> Path:
        """Where the best weights so far lie."""
        return self.folder.with_name(self.folder.name + "-best")


def run_loop(model: Any, loop: Loop, progress: Progress | None = None) -> dict[str, Any]:
    """Trains a model, or goes on where a run was killed.

    Every step seeds torch by its own number, so that a run that goes on draws the same dropout.

    Returns:
        ``steps``, ``seconds`` and ``loss`` (a running mean); where it validates ``validation``,
        the best figure, and ``best_epoch``, counted from 1.

    Raises:
        InputError: if the checkpoint is of another run, the loss is no number, or memory is short.
    """
    o = loop.options
    weights = select_trainable(model)
    # Biases, norms and other vectors are not decayed, as is usual since GPT-2.
    groups = [
        {"params": [p for p in weights if p.ndim > 1], "weight_decay": o.weight_decay},
        {"params": [p for p in weights if p.ndim <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW([g for g in groups if g["params"]], lr=o.rate, fused=True)
    state = load_checkpoint(loop.folder, weights, optimizer, loop.plan) or {
        "plan": loop.plan, "step": 0, "seconds": 0.0, "loss": 0.0, "memory": [],
    }  # fmt: skip
    loop.recall(state["memory"])
    with explain_memory(o.batch_size):
        _steps(model, weights, optimizer, state, loop, progress)
    figures = {"steps": state["step"], "seconds": round(state["seconds"], 1),
               "loss": round(state["loss"], 4)}  # fmt: skip
    if loop.validate is not None:
        weights.load_state_dict(load_file(loop.best / WEIGHTS))
        figures |= {key: round(state[key], 4) for key in ("validation", "best_epoch")}
    return figures


def _steps(
    model: Any,
    weights: torch.nn.ParameterList,
    optimizer: torch.optim.Optimizer,
    state: dict[str, Any],
    loop: Loop,
    progress: Progress | None,
) -> None:
    o = loop.options
    each = -(-loop.batches // o.accumulate)
    total = o.steps or each * o.epochs
    warm = max(1, round(total * o.warmup))
    begun, first = time.monotonic() - state["seconds"], state["step"]
    model.train()
    for step in range(first, total):
        if step == first or step % each == 0:
            batches = loop.epoch(step // each)
            for _ in range(step % each * o.accumulate):
                next(batches)
        rate = min((step + 1) / warm, (total - step) / max(1, total - warm))
        for group in optimizer.param_groups:
            group["lr"] = o.rate * rate
        torch.manual_seed(loop.seed * 1_000_003 + step)
        optimizer.zero_grad(set_to_none=True)
        micro = [b for b in (next(batches, None) for _ in range(o.accumulate)) if b is not None]
        parts = [loop.backward(batch, step >= warm, 1 / len(micro)) for batch in micro]
        loss = sum(parts) / len(parts)
        _check(loss, loop, step)
        torch.nn.utils.clip_grad_norm_(weights, o.clip)
        optimizer.step()
        keep = 0.98 if step else 0.0
        state["loss"] = keep * state["loss"] + (1 - keep) * loss
        state["step"], state["seconds"] = step + 1, time.monotonic() - begun
        if loop.validate is not None and ((step + 1) % each == 0 or step + 1 == total):
            _validate(loop.validate(), weights, state, loop.best, -(-(step + 1) // each))
        if (step + 1) % o.checkpoint_steps == 0 or step + 1 == total:
            state["memory"] = loop.memory()
            save_checkpoint(loop.folder, weights, optimizer, state)
        if progress is not None:
            progress(loop.name, step + 1, total, f"loss {state['loss']:.3f}")


def _validate(
    figure: float, weights: torch.nn.ParameterList, state: dict[str, Any], best: Path, epoch: int
) -> None:
    """Keeps the weights if they are the best so far; a killed run does so again."""
    if "validation" not in state or figure < state["validation"]:
        state |= {"validation": figure, "best_epoch": epoch}
        best.mkdir(parents=True, exist_ok=True)
        fresh = best / f"{WEIGHTS}.new"
        save_file({k: v.contiguous() for k, v in weights.state_dict().items()}, fresh)
        fresh.replace(best / WEIGHTS)


def _check(loss: float, loop: Loop, step: int) -> None:
    if loss != loss or loss in (float("inf"), float("-inf")):
        raise InputError(
            f"{loop.name}: the loss is {loss} at step {step + 1}; lower {loop.name}.rate "
            f"(it is {loop.options.rate}), and begin again in a new output folder"
        )


@contextmanager
def explain_memory(batch_size: int) -> Iterator[None]:
    """Turns a lack of memory into an error that says what to lower.

    Raises:
        InputError: if there is too little memory.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        if not isinstance(error, MemoryError) and "memory" not in str(error).lower():
            raise
        raise InputError(
            f"out of memory with batch_size {batch_size}: lower it (and raise accumulate as much), "
            "lower data.max_tokens, or train adapters with [model.lora]; then run again, what was "
            "done is kept"
        ) from error


@contextmanager
def explain_storage(folder: Path) -> Iterator[None]:
    """Turns a failure to write into an error that says what to do.

    Raises:
        GroundwireError: if something cannot be written.
    """
    try:
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0][:120]
        raise GroundwireError(
            f"{folder}: cannot be written ({reason}): free some space, then run again; what was "
            "done is kept"
        ) from error
