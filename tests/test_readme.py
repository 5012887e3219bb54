"""Runs the code of README.md, and compares what it prints with what README.md says it prints.

The ```python blocks run from top to bottom in one namespace, as a reader would run them.
A ```text block is what the ```python block before it prints, character for character but for
white space at the ends of lines.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest

from readme_examples import Example, examples, tidy

README = Path(__file__).resolve().parent.parent / "README.md"


def run(example: Example, namespace: dict[str, Any], filename: str) -> str:
    """Runs a block, so that a traceback shows its place in the file; returns what it prints."""
    code = compile("\n" * (example.line - 1) + example.code, filename, "exec")
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, namespace)
    return printed.getvalue()


def test_readme_code_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = examples(README.read_text(encoding="utf-8"))
    assert blocks, "README.md has no ```python block"
    assert any(block.output for block in blocks), "README.md shows no output of its code"
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks:
        printed = run(block, namespace, str(README))
        if block.output is not None:
            assert tidy(printed) == tidy(block.output), f"README.md line {block.line}"


def test_examples_are_found_with_their_output() -> None:
    text = "a\n```python\nprint(1)\n```\nprints\n```text\n1\n```\n"
    text += "```sh\nls\n```\n```python\nx = 2\n```\n"
    assert examples(text) == [Example(3, "print(1)\n", "1\n"), Example(13, "x = 2\n")]


def test_output_without_code_is_refused() -> None:
    with pytest.raises(AssertionError, match="line 2"):
        examples("```text\n1\n```\n")


def test_a_failing_block_names_its_line() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        run(Example(7, "x = 1\nx / 0\n"), {}, "README.md")
    assert caught.traceback[-1].lineno == 7
