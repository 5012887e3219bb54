"""Supervised training on rows, with what keeps a model from learning their noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from groundwire.errors import InputError
from groundwire.train.generator.batches import (
    MOST_LEFT_OUT,
    Batch,
    Encoder,
    Example,
    draw_epoch,
    group_batches,
    select_fitting,
)
from groundwire.train.generator.config import Config, Sft
from groundwire.train.generator.data import Row
from groundwire.train.generator.loop import Loop, Progress, run_loop
from groundwire.train.generator.losses import Objective
from groundwire.train.generator.measures import measure_example_perplexity
from groundwire.train.generator.perturb import Perturber


def train_sft(
    model: Any,
    tokenizer: Any,
    rows: Sequence[Row],
    config: Config,
    folder: Path,
    plan: str,
    progress: Progress | None = None,
    validation: Sequence[Row] = (),
) -> dict[str, Any]:
    """Trains a model on rows, the loss on the target alone.

    Args:
        model: on its device; it is changed.
        tokenizer: its own.
        rows: of the training data.
        config: the run's; its ``sft`` says how.
        folder: where the checkpoint lies.
        plan: hash of all that the result depends on.
        progress: called after each step.
        validation: rows whose perplexity says which epoch's weights are kept; else the last ones.

    Returns:
        Figures: rows, rows left out, tokens, the slots whose names are swapped, and those of
        ``run_loop``.

    Raises:
        InputError: if no row fits the window or has a weight, or spans are wanted and no row has
            any.
    """
    o = config.sft
    assert o is not None
    encoder = Encoder(tokenizer, config.data, config.model.family, o.pad_to)
    kept, examples = select_fitting(rows, encoder, config.data.max_tokens, "sft", MOST_LEFT_OUT)
    if o.unlikelihood and not any(row.spans for row in kept):
        raise InputError(
            "sft.unlikelihood is set, but no row has spans; "
            "add them with `groundwire train audit-data`, or set it to 0"
        )
    if o.weights and not any(row.weight for row in kept):
        raise InputError("sft: every row has weight 0, so nothing is learned; set weights = false")
    held: list[Example] = []
    if validation:
        _, held = select_fitting(
            validation, encoder, config.data.max_tokens, "data.validation", MOST_LEFT_OUT
        )
    objective = Objective(model, o)
    perturber = Perturber(kept, o.perturb, config.data.refusal)
    device = str(model.device)
    count = -(-len(kept) // o.batch_size)

    def epoch(number: int) -> Iterator[Batch]:
        seed = f"{config.seed}-sft-{number}"
        changed = draw_epoch(kept, examples, encoder, perturber, seed)
        for group in group_batches(changed, o.batch_size, seed):
            yield encoder.batch(group, device)

    loop = Loop(
        "sft", o, plan, folder, config.seed, epoch, count, objective.backward,
        lambda: list(objective.truncation.history) if o.loss_truncation else [],
        objective.truncation.history.extend,
        (lambda: measure_example_perplexity(model, encoder, held)) if held else None,
    )  # fmt: skip
    figures = run_loop(model, loop, progress)
    if validation:
        figures["validation_perplexity"] = figures.pop("validation")
    if o.perturb.swap:
        figures["names"] = sorted(perturber.values)
    tokens = sum(len(e.prompt) + len(e.target) for e in examples)
    return {"rows": len(kept), "left_out": len(rows) - len(kept), "tokens": tokens,
            "weight": round(sum(r.weight for r in kept) / len(kept), 4), **figures}  # fmt: skip


def name_options(sft: Sft) -> str:
    """Names what regularizes a run, for tables and cards."""
    parts = [
        name for name in ("weight_decay", "label_smoothing", "r_drop", "kl", "neftune",
                          "unlikelihood", "loss_truncation") if getattr(sft, name)
    ]  # fmt: skip
    parts += [f"{name} inputs" for name, share in sft.perturb.model_dump().items() if share]
    return ", ".join([*parts, *([sft.adversarial.kind] if sft.adversarial else [])]) or "none"
