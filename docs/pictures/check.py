"""Picture of README.md: a real check, as a terminal shows it.

    python docs/pictures/check.py

It asks no other host for its letters: the terminal's own font is taken.
"""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich.console import Console
from rich.text import Text

from groundwire import Document, Guard
from groundwire.reports.console import render_report

MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months from the date of purchase."
ANSWER = "The kettle holds 1.7 litres. The warranty lasts 36 months. It was designed in Oslo."
COMMAND = "groundwire check --evidence manual.md --answer-file answer.txt --cite"


def main() -> None:
    report = Guard().check(ANSWER, Document(MANUAL, "manual.md"))
    console = Console(record=True, width=84, file=io.StringIO(), highlight=False)
    console.print(Text(f"$ {COMMAND}", "bold"))
    console.print(render_report(report, cite_sources=True))
    picture = console.export_svg(title="groundwire")
    picture = re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)
    picture = re.sub(r"terminal-\d+", "terminal", picture)
    Path(__file__).with_suffix(".svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    main()
