"""The examples of a README: its blocks of Python, each with what it says that they print."""

from __future__ import annotations

import re
from dataclasses import dataclass

FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    line: int
    code: str
    output: str | None = None


def examples(text: str) -> list[Example]:
    """Returns the python blocks of a Markdown text, each with the text block that follows it."""
    found: list[Example] = []
    previous = ""
    for match in FENCE.finditer(text):
        language, body = match.groups()
        line = text.count("\n", 0, match.start(2)) + 1
        if language == "python":
            found.append(Example(line, body))
        elif language == "text":
            assert previous == "python", (
                f"line {line}: a text block without the code that prints it"
            )
            found[-1].output = body
        previous = language
    return found


def tidy(text: str) -> list[str]:
    return [line.rstrip() for line in text.strip().splitlines()]
