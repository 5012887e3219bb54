"""``groundwire train verifier``: a verifier of one's own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwire.cli.progress import guard_interrupt, log_line, make_bars, say_resumed
from groundwire.reports.console import join_line
from groundwire.verify.backends.checkpoint import MANIFEST

if TYPE_CHECKING:
    from groundwire.evaluate.metrics import Summary

FEW = 50
"""Held-out claims below which a bootstrap interval says little."""


def run_train(
    data: Path | None,
    documents: Path | None,
    rows: Path | None,
    output: Path,
    backbone: Path | None,
    recipe_file: Path | None,
    changes: dict[str, Any],
) -> None:
    """Trains a verifier and says where it is.

    Args:
        data: folder of the training sets.
        documents: instead of sets, documents to which a verifier is adapted.
        rows: instead of sets, training rows of records and texts to which it is adapted.
        output: folder of the model.
        backbone: folder that training starts from.
        recipe_file: TOML file of a recipe.
        changes: fields of the recipe that were given beside it.

    Raises:
        GroundwireError: if the data or the output folder cannot be used.
        OSError: if the model cannot be saved.
    """
    from groundwire.errors import InputError

    if sum(path is not None for path in (data, documents, rows)) != 1:
        raise InputError(
            "give one of --data DIR (labelled sets), --documents PATH (documents without labels) "
            "and --rows PATH (training rows of records and texts, without labels)"
        )
    with guard_interrupt("train verifier"):
        model, measured = _trained(data, documents, rows, output, backbone, recipe_file, changes)
    place, better = join_line(str(model)), True
    if measured is not None:
        better = _tell_measured(*measured, "documents" if documents else "rows")
        _tell_left_out(model)
    print(f"the model is in {place}")
    if not better:
        return
    if rows is not None:
        print(
            f"next: groundwire train audit-data {join_line(str(rows))} --model {place} "
            "--output AUDIT"
        )
    else:
        print(f"next: groundwire check --model {place} --evidence FILE --answer TEXT")


def _trained(
    data: Path | None,
    documents: Path | None,
    rows: Path | None,
    output: Path,
    backbone: Path | None,
    recipe_file: Path | None,
    changes: dict[str, Any],
) -> tuple[Path, tuple[Summary, Summary] | None]:
    """The folder of the model, and of one that was adapted the figures before and after."""
    from groundwire.train.verifier.recipe import Recipe, read_recipe
    from groundwire.train.verifier.train import ADAPT, adapt_to_rows, adapt_verifier, train_verifier

    usual = ADAPT if data is None else Recipe()
    recipe = replace(read_recipe(recipe_file) if recipe_file else usual, **changes)
    seen: set[str] = set()
    with make_bars() as progress:
        task = progress.add_task("Making the training pairs", total=None)

        def step(done: int, total: int, loss: float) -> None:
            text = f"loss {loss:.3f}"
            say_resumed(progress, "training", done, total, seen)
            progress.update(task, completed=done, total=total, description=f"Training, {text}")
            log_line(progress, done, total, text)

        if data is not None:
            return train_verifier(data, output, recipe, backbone, step), None
        if documents is not None:
            model, *measured = adapt_verifier(documents, output, recipe, backbone, step)
        else:
            assert rows is not None
            model, *measured = adapt_to_rows(rows, output, recipe, backbone, step)
    before, after = measured
    return model, (before, after)


def _tell_measured(before: Summary, after: Summary, source: str) -> bool:
    """Prints the figures on held-out claims; returns whether the new model is the better one."""
    print(
        f"held-out claims made from the {source} ({after.rows}): AUC {before.auc} before, "
        f"{after.auc} after"
    )
    if after.rows < FEW:
        print(f"note: {after.rows} held-out claims are too few for the interval to mean much")
    better = not after.auc.value <= before.auc.value  # no figure (nan) says nothing against it
    if not better:
        print(
            "note: the new model is not better than the one that it was adapted from: keep that "
            f"one, or try again with more {source} or a lower peak_rate (--recipe)"
        )
    return better


def _tell_left_out(model: Path) -> None:
    """Prints what the training could not use, as the manifest has it."""
    facts = json.loads((model / MANIFEST).read_text(encoding="utf-8"))
    for name, count in facts["sets"].items():
        if name.startswith("rows ") and count:
            print(f"note: {count} {name} were not used")
    if facts["left_out"]:
        print(f"note: {facts['left_out']} pairs do not fit max_tokens of the recipe, left out")
