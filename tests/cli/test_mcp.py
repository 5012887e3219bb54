"""The commands for assistants and agents."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from groundwire.cli import main

MANUAL = "The kettle holds 1.7 litres. The warranty lasts 24 months."
WRONG = "The kettle holds 1.7 litres. The warranty lasts 36 months. It was made on the moon."


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    path = tmp_path / "manual.md"
    path.write_text(MANUAL)
    return path


def hook(monkeypatch: pytest.MonkeyPatch, event: Any, *args: str) -> int:
    data = event if isinstance(event, bytes) else json.dumps(event).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    return main(["hook", *args])


def test_faulty_claims_are_told_and_end_with_2(
    manual: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {"last_assistant_message": WRONG, "stop_hook_active": False}
    assert hook(monkeypatch, event, "--evidence", str(manual)) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "2 of your claims" in told.err
    assert "- contradicted: The warranty lasts 36 months." in told.err
    assert "manual.md says: The warranty lasts 24 months." in told.err
    assert "moon" in told.err
    assert hook(monkeypatch, event, "--evidence", str(manual), "--contradicted") == 2
    assert "moon" not in capsys.readouterr().err


def test_what_holds_ends_with_0(
    manual: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    event = {"last_assistant_message": MANUAL}
    assert hook(monkeypatch, event, "--evidence", str(manual)) == 0
    assert capsys.readouterr().err == ""


def test_an_assistant_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    event = {"last_assistant_message": WRONG, "stop_hook_active": True}
    assert hook(monkeypatch, event, "--evidence", "no-such-file") == 0
    assert hook(monkeypatch, {"last_assistant_message": " \n"}) == 0


def test_the_transcript_says_what_the_event_does_not(
    tmp_path: Path,
    manual: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines: list[Any] = [
        {"type": "summary", "summary": "x"},
        {"type": "user", "message": {"role": "user", "content": "How long is the warranty?"}},
        {
            "type": "assistant",
            "message": {"role": "assistant", "content": [{"type": "text", "text": "36 months."}]},
        },
    ]
    transcript = tmp_path / "transcript.jsonl"
    transcript.write_text("\n".join(map(json.dumps, lines)) + "\nno json\n")
    event = {"transcript_path": str(transcript)}
    assert hook(monkeypatch, event, "--evidence", str(manual)) == 2
    assert "36 months." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("event", "args", "said"),
    [
        (b"{", (), "stdin is no JSON"),
        ([1], (), "no JSON object"),
        ({}, (), "neither last_assistant_message"),
        ({"last_assistant_message": WRONG}, (), "--evidence or --index"),
        ({"last_assistant_message": WRONG}, ("--evidence", "no-such-file"), "no-such-file"),
    ],
)
def test_what_could_not_be_checked_is_no_pass(
    event: Any,
    args: tuple[str, ...],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert hook(monkeypatch, event, *args) == 2
    assert said in capsys.readouterr().err


def test_a_missing_package_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert main(["mcp"]) == 2
    assert "pip install 'groundwire[mcp]'" in capsys.readouterr().err
