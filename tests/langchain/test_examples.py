"""The examples of LangChain run offline, with their scripted models."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "langchain"
SHOWN = {
    "rag_chain": ("lasts 24 months", "36 months"),
    "agent_search": ("opens at 9:00", "booked"),
    "chat_history": ("costs 12 euros", "15 euros"),
    "langgraph_node": ("leaves the harbor at 8:15", "opera"),
}


def test_every_example_is_run() -> None:
    assert {path.stem for path in FOLDER.glob("*.py")} == {*SHOWN, "scripted"}


@pytest.mark.parametrize("name", list(SHOWN))
def test_an_example_shows_what_holds(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GROUNDWIRE_MODEL", raising=False)
    monkeypatch.syspath_prepend(str(FOLDER))
    try:
        runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    finally:
        sys.modules.pop("scripted", None)
    printed = capsys.readouterr().out
    right, wrong = SHOWN[name]
    assert right in printed and wrong not in printed


def test_another_model_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDWIRE_MODEL", "nowhere:no-model")
    scripted = runpy.run_path(str(FOLDER / "scripted.py"))
    with pytest.raises(ValueError, match="nowhere"):
        scripted["chat_model"]("unused")
