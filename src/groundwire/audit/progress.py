"""Progress of an audit on stderr."""

from __future__ import annotations

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


class _Rate(ProgressColumn):
    """Answers in a second, of the last minute."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f} answers/s")


@contextmanager
def progress_bar(total: int | None) -> Iterator[Callable[[int], None]]:
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
