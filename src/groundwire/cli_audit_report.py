"""``groundwire audit report``: the page of an audit."""

from __future__ import annotations

from pathlib import Path

from groundwire.errors import InputError
from groundwire.show import one_line


def run_report(output: Path, most: int = 10_000, quiet: bool = False) -> None:
    """Writes ``report.html`` into the folder of an audit and says where it is.

    Args:
        output: folder of the audit.
        most: answers that the page holds, at most.
        quiet: say nothing.

    Raises:
        InputError: if the folder holds no audit, or a package that draws the page is missing.
        OSError: if the page cannot be written.
    """
    try:
        from groundwire.audit.report import write_report
    except ModuleNotFoundError as error:
        raise InputError(
            f"{error.name} is not installed: pip install 'groundwire[audit]'"
        ) from error
    path = write_report(output, most=most)
    if not quiet:
        print(f"report -> {one_line(str(path))}")
