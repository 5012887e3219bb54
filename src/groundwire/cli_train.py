"""``groundwire train verifier``: a verifier of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from groundwire.cli_progress import bars, log_line
from groundwire.show import one_line


def run_train(
    data: Path,
    output: Path,
    backbone: Path | None,
    recipe_file: Path | None,
    changes: dict[str, Any],
) -> None:
    """Trains a verifier and says where it is.

    Args:
        data: folder of the training sets.
        output: folder of the model.
        backbone: folder that training starts from.
        recipe_file: TOML file of a recipe.
        changes: fields of the recipe that were given beside it.

    Raises:
        GroundwireError: if the data or the output folder cannot be used.
        OSError: if the model cannot be saved.
    """
    from groundwire.train.recipe import Recipe, read_recipe
    from groundwire.train.verifier import train_verifier

    recipe = replace(read_recipe(recipe_file) if recipe_file else Recipe(), **changes)
    with bars() as progress:
        task = progress.add_task("Reading the training data", total=None)

        def step(done: int, total: int, loss: float) -> None:
            text = f"loss {loss:.3f}"
            progress.update(task, completed=done, total=total, description=f"Training, {text}")
            log_line(progress, done, total, text)

        model = train_verifier(data, output, recipe, backbone, step)
    place = one_line(str(model))
    print(f"the model is in {place}")
    print(f"next: groundwire check --model {place} --evidence FILE --answer TEXT")
