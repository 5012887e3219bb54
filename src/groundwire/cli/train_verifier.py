"""``groundwire train verifier``: a verifier of one's own."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwire.cli.progress import guard_interrupt, log_line, make_bars, say_resumed
from groundwire.reports.console import join_line
from groundwire.verify.backends.checkpoint import MANIFEST

if TYPE_CHECKING:
    from groundwire.evaluate.metrics import Summary

FEW = 50
"""Held-out claims below which a bootstrap interval says little."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a verifier is trained on, one of four.

    Attributes:
        data: folder of the training sets.
        documents: documents to which a verifier is adapted.
        rows: training rows of records and texts to which it is adapted.
        prepared: pairs that were prepared from sets.
    """

    data: Path | None
    documents: Path | None
    rows: Path | None
    prepared: Path | None


def run_prepare(
    source: Source,
    output: Path,
    backbone: str | None,
    recipe_file: Path | None,
    changes: dict[str, Any],
    teacher: str | None,
) -> None:
    """Makes the pairs of a training, and says how to go on.

    Args:
        source: must be ``data`` alone.
        output: folder of the prepared pairs.
        backbone: whose tokens they are in.
        recipe_file: TOML file of a recipe.
        changes: fields of the recipe that were given beside it.
        teacher: must be None: it reads the pairs where they are trained from.

    Raises:
        GroundwireError: if the data or the output folder cannot be used.
        OSError: if the pairs cannot be saved.
    """
    from groundwire.errors import InputError
    from groundwire.train.verifier.prepared import read_prepared
    from groundwire.train.verifier.recipe import Recipe, read_recipe
    from groundwire.train.verifier.train import prepare_data

    if source.data is None or source != Source(source.data, None, None, None):
        raise InputError("--prepare goes with --data DIR (labelled sets) alone: give that one")
    if teacher is not None:
        raise InputError("--teacher goes with --prepared DIR: prepare first, then train with it")
    recipe = replace(read_recipe(recipe_file) if recipe_file else Recipe(), **changes)
    with make_bars() as progress:
        progress.add_task("Making the training pairs", total=None)
        made = read_prepared(prepare_data(source.data, output, recipe, backbone))
    count, place = len(made.pairs), join_line(str(output))
    print(f"{count:,} pairs with {len(made.pairs.ids):,} tokens are in {place}")
    if made.made > count:
        print(f"note: {made.made - count} pairs do not fit max_tokens of the recipe, left out")
    named = f" --backbone {join_line(backbone)}" if backbone else ""
    print(f"next: groundwire train verifier --prepared {place}{named} --output MODEL")


def run_train(
    source: Source,
    output: Path,
    backbone: str | None,
    recipe_file: Path | None,
    changes: dict[str, Any],
    teacher: str | None = None,
) -> None:
    """Trains a verifier and says where it is.

    Args:
        source: what it is trained on.
        output: folder of the model.
        backbone: folder or name of what training starts from.
        recipe_file: TOML file of a recipe.
        changes: fields of the recipe that were given beside it.
        teacher: a verifier whose probabilities it learns from, with ``source.prepared``.

    Raises:
        GroundwireError: if the data or the output folder cannot be used.
        OSError: if the model cannot be saved.
    """
    from groundwire.errors import InputError

    given = (source.data, source.documents, source.rows, source.prepared)
    if sum(path is not None for path in given) != 1:
        raise InputError(
            "give one of --data DIR (labelled sets), --documents PATH (documents without labels), "
            "--rows PATH (training rows of records and texts, without labels) and --prepared DIR "
            "(pairs that --prepare saved)"
        )
    if teacher is not None and source.prepared is None:
        raise InputError(
            "--teacher goes with --prepared DIR: make the pairs with --data DIR --prepare first"
        )
    with guard_interrupt("train verifier"):
        model, measured = _trained(source, output, backbone, recipe_file, changes, teacher)
    place, better = join_line(str(model)), True
    if measured is not None:
        better = _tell_measured(*measured, "documents" if source.documents else "rows")
        _tell_left_out(model)
    print(f"the model is in {place}")
    if not better:
        return
    if source.rows is not None:
        print(
            f"next: groundwire train audit-data {join_line(str(source.rows))} --model {place} "
            "--output AUDIT"
        )
    else:
        print(f"next: groundwire check --model {place} --evidence FILE --answer TEXT")


def _trained(
    source: Source,
    output: Path,
    backbone: str | None,
    recipe_file: Path | None,
    changes: dict[str, Any],
    teacher: str | None,
) -> tuple[Path, tuple[Summary, Summary] | None]:
    """The folder of the model, and of one that was adapted the figures before and after."""
    from groundwire.train.verifier import train as training
    from groundwire.train.verifier.prepared import read_prepared
    from groundwire.train.verifier.recipe import Recipe, read_recipe

    if recipe_file is not None:
        recipe = read_recipe(recipe_file)
    elif source.prepared is not None:
        recipe = read_prepared(source.prepared).recipe
    else:
        recipe = training.ADAPT if source.data is None else Recipe()
    recipe = replace(recipe, **changes)
    seen: set[str] = set()
    with make_bars() as progress:
        task = progress.add_task("Making the training pairs", total=None)

        def step(done: int, total: int, loss: float) -> None:
            text = f"loss {loss:.3f}"
            say_resumed(progress, "training", done, total, seen)
            progress.update(task, completed=done, total=total, description=f"Training, {text}")
            log_line(progress, done, total, text)

        if source.data is not None:
            return training.train_verifier(source.data, output, recipe, backbone, step), None
        if source.prepared is not None:
            folder = source.prepared
            return (
                training.train_prepared(folder, output, recipe, backbone, step, teacher),
                None,
            )
        if source.documents is not None:
            model, *measured = training.adapt_verifier(
                source.documents, output, recipe, backbone, step
            )
        else:
            assert source.rows is not None
            model, *measured = training.adapt_to_rows(source.rows, output, recipe, backbone, step)
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
