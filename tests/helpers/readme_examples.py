"""Examples of a Markdown page: its Python with what it prints, and the commands it shows."""

from __future__ import annotations

import itertools
import re
import shlex
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


def shell_commands(text: str) -> list[tuple[int, list[str]]]:
    """Returns the commands of the console blocks of a Markdown text, with their lines.

    A command begins with ``$`` and goes on while a quotation is open or its line ends in a
    backslash. Of a pipe each part is a command; comments, redirections and settings of variables
    are left out.
    """
    found: list[tuple[int, list[str]]] = []
    for match in FENCE.finditer(text):
        language, body = match.groups()
        first = text.count("\n", 0, match.start(2)) + 1
        lines = body.splitlines() if language == "console" else []
        for number, line in enumerate(lines):
            if line.startswith("$ "):
                found += [(first + number, part) for part in _parts(lines[number:])]
    return found


def _parts(lines: list[str]) -> list[list[str]]:
    written = lines[0].removeprefix("$ ")
    for more in [*lines[1:], None]:
        if not written.endswith("\\"):
            try:
                lexer = shlex.shlex(written, posix=True, punctuation_chars="|<>;&")
                lexer.whitespace_split = True
                words = list(lexer)
                break
            except ValueError:  # a quotation is open
                assert more is not None, f"a command never ends: {written!r}"
        assert more is not None, f"a command never ends: {written!r}"
        written = written.removesuffix("\\") + ("\n" if "'" in written else " ") + more
    parts: list[list[str]] = [[]]
    for word in words:
        if set(word) <= set("|;&"):
            parts.append([])
        else:
            parts[-1].append(word)
    return [_command(part) for part in parts if part]


def _command(words: list[str]) -> list[str]:
    named = list(itertools.dropwhile(re.compile(r"[A-Z_]+=").match, words))
    stop = next((i for i, word in enumerate(named) if set(word) <= set("<>")), len(named))
    return named[:stop]
