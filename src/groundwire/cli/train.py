"""``groundwire train generator`` and ``groundwire train recommend``."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

EXTRA = ("accelerate", "datasets", "matplotlib", "peft", "pydantic", "sacrebleu", "trl")


def _print_keys(wanted: bool) -> None:
    if wanted:
        page = files("groundwire.train.generator") / "recipes" / "config.md"
        print(page.read_text(encoding="utf-8"), end="")
        raise typer.Exit


def generator(
    config: Annotated[
        Path,
        typer.Argument(
            metavar="CONFIG.toml",
            help="Model, data and stages. `groundwire train recommend TASK -o CONFIG.toml` writes "
            "one; --keys lists its keys.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="DIR", help="By default CONFIG-run, beside it."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="In place of the config's.")
    ] = None,
    keys: Annotated[
        bool,
        typer.Option(
            "--keys", help="Print all keys of a config.", callback=_print_keys, is_eager=True
        ),
    ] = False,
) -> None:
    """Train a generator that keeps to its input; a run that was killed continues."""
    from groundwire.cli.progress import guard_interrupt
    from groundwire.errors import InputError
    from groundwire.reports.console import join_line

    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise InputError(f"training needs {', '.join(missing)}: pip install 'groundwire[train]'")
    target = output or config.parent / f"{config.stem}-run"
    with guard_interrupt("train generator"):
        model = _trained(config, target, seed)
    print((target / "table.md").read_text(encoding="utf-8"), end="")
    told = json.loads((target / "table.json").read_text(encoding="utf-8"))["notes"]
    print("".join(f"note: {note}\n" for note in told), end="")
    print(f"the model is in {join_line(str(model))}")


def _trained(config: Path, target: Path, seed: int | None) -> Path:
    from groundwire.cli.progress import log_line, make_bars, say_resumed
    from groundwire.train.generator.config_file import read_config
    from groundwire.train.generator.run import train_generator

    checked = read_config(config)
    if seed is not None:
        checked = checked.model_copy(update={"seed": seed})
    seen: set[str] = set()
    with make_bars() as progress:
        task = progress.add_task("Reading the data", total=None)

        def step(name: str, done: int, total: int, text: str) -> None:
            if ":" not in name:  # others count answers, many at once
                say_resumed(progress, name, done, total, seen)
            progress.update(task, completed=done, total=total, description=f"{name} {text}")
            log_line(progress, done, total, f"{name} {text}")

        return train_generator(checked, target, None, step)


def recommend(
    task: Annotated[
        str, typer.Argument(metavar="TASK", help="rag, summarization, data-to-text, translation.")
    ],
    rows: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Training rows; by default 10000 are assumed."),
    ] = None,
    tokens: Annotated[
        int, typer.Option(metavar="N", min=0, help="Tokens of a row, both sides; 0 for the usual.")
    ] = 0,
    memory: Annotated[float, typer.Option(metavar="N", min=0.1, help="GB of the device.")] = 8.0,
    gpu: Annotated[bool, typer.Option("--gpu", help="There is a GPU.")] = False,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="CONFIG.toml", help="Write the recipe there."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only.")] = False,
) -> None:
    """Say which model, size and recipe suit a task, data and hardware, and why."""
    from groundwire.reports.console import join_line
    from groundwire.train.generator.recommend import recommend_run, write_recipe

    found = recommend_run(task, rows, tokens, memory, gpu)
    if output is not None:
        write_recipe(found, output)
    print(json.dumps(found.to_dict(), indent=1) if as_json else found.text())
    if not as_json:
        place = join_line(str(output)) if output else "CONFIG.toml"
        first = "name model and data in it" if output else "get the recipe with --output"
        print(f"next: {first}, then groundwire train generator {place}")


def register_commands(train: typer.Typer) -> None:
    """Adds the commands to ``groundwire train``."""
    train.command()(generator)
    train.command()(recommend)
