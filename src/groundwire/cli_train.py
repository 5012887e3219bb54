"""``groundwire train verifier``: a verifier of one's own."""

from __future__ import annotations

from pathlib import Path

from groundwire.cli_progress import bars, log_line
from groundwire.show import one_line


def run_train(
    data: Path,
    output: Path,
    backbone: Path | None,
    seed: int,
    epochs: int,
    include_unstated: bool,
) -> None:
    """Trains a verifier and says where it is.

    Raises:
        GroundwireError: if the data or the output folder cannot be used.
        OSError: if the model cannot be saved.
    """
    from groundwire.train.verifier import Recipe, train_verifier

    recipe = Recipe(seed=seed, epochs=epochs, include_unstated=include_unstated)
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
