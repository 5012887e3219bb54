"""Progress on stderr: a bar on a terminal; elsewhere nothing, or a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

LINES = 50
"""Lines that a long task writes where there is no terminal."""


def make_bars() -> Progress:
    """Returns progress bars that show nothing where stderr is no terminal."""
    console = Console(stderr=True, highlight=False, markup=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(
        *columns,
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def log_line(progress: Progress, done: int, total: int, text: str) -> None:
    """Writes a line for every fiftieth part of a task, where no bar is shown."""
    if progress.disable and (done == total or done % max(1, total // LINES) == 0):
        progress.console.print(f"{done}/{total} {text}", soft_wrap=True)


@contextmanager
def guard_interrupt(command: str, how: str = "") -> Iterator[None]:
    """Says on stderr, where a command is interrupted, how it goes on.

    Args:
        command: such as ``train verifier``.
        how: what to add to the command.
    """
    try:
        yield
    except KeyboardInterrupt:
        again = f"the same command with {how}" if how else "the same command again"
        print(f"{command} was interrupted; run {again} to go on", file=sys.stderr)
        raise


def say_resumed(progress: Progress, name: str, done: int, total: int, seen: set[str]) -> None:
    """Says that a task goes on from a checkpoint, if its first step is a later one.

    Args:
        progress: the bars.
        name: of the task.
        done: steps that are done.
        total: steps in all.
        seen: names of tasks that have begun; this one is added.
    """
    if name not in seen and done > 1:
        progress.console.print(f"{name} goes on at step {done} of {total}", soft_wrap=True)
    seen.add(name)


class _Rate(ProgressColumn):
    """Answers in a second, of the last minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f} answers/s")


@contextmanager
def show_progress(total: int | None) -> Iterator[Callable[[int], None]]:
    """Shows progress with its rate and the time that is left, where stderr is a terminal.

    Args:
        total: how many answers there are, if it is known.

    Yields:
        What is called with how many more are done.
    """
    console = Console(stderr=True, highlight=False, markup=False)
    shown = Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Rate(),
        TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True,
        disable=not console.is_terminal, speed_estimate_period=60,
    )  # fmt: skip
    with shown:
        task = shown.add_task("Checking answers", total=total)
        yield lambda more: shown.advance(task, more)
