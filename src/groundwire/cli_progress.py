"""Progress on stderr: a bar on a terminal; elsewhere nothing, or a line now and then."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINES = 50
"""Lines that a long task writes where there is no terminal."""


def bars() -> Progress:
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
