"""Runs the code of the README for LangChain; what it prints is what the README says."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest

import groundwire_langchain
from readme_examples import Example, examples, tidy

README = Path(groundwire_langchain.__file__).with_name("README.md")


def run(block: Example, namespace: dict[str, Any]) -> str:
    """Runs a block as a program of its own would; returns what it prints."""
    source = "\n" * (block.line - 1) + block.code
    # Type hints of classes have to be types, which they are not where this file's own
    # `from __future__ import annotations` is inherited.
    code = compile(source, str(README), "exec", dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(code, namespace)
    return printed.getvalue()


@pytest.mark.filterwarnings("ignore::langchain_core._api.beta_decorator.LangChainBetaWarning")
def test_the_code_prints_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks = examples(README.read_text(encoding="utf-8"))
    assert len(blocks) > 10
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block in blocks:
        printed = run(block, namespace)
        assert tidy(printed) == tidy(block.output or ""), f"README.md line {block.line}"


def test_every_public_name_has_an_example() -> None:
    code = "\n".join(block.code for block in examples(README.read_text(encoding="utf-8")))
    without = {name for name in groundwire_langchain.__all__ if name not in code}
    assert without == {"AsyncGroundingCallbackHandler", "GroundedChain"}
