"""What an audit does not write, count or believe without saying so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from groundwire.cli.commands import main
from groundwire.testing import FakeVerifier

FACT = "The pump weighs 64 kg. The tank holds 3 liters."
GOOD = {"question": "How much?", "answer": "The tank holds 3 liters.", "contexts": [FACT]}
WRONG = {"question": "How heavy?", "answer": "The pump weighs 62 kg.", "contexts": [FACT]}


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.chdir(tmp_path)
    yield


def write(name: str, *rows: object) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


def run(*args: object) -> int:
    return main(["audit", *map(str, args), *(("--no-report",) if "-o" in args else ())])


def test_without_text_no_word_of_answer_or_evidence_is_written() -> None:
    row = {**WRONG, "reference": "It weighs sixtyfour.", "model": "small"}
    assert run(write("a.jsonl", row), "-o", "out", "--no-text") == 1
    written = "".join(p.read_bytes().decode("utf-8", "replace") for p in Path("out").iterdir())
    for word in ("pump", "62 kg", "64 kg", "sixtyfour", "tank"):
        assert word not in written
    assert "small" in written


def test_an_audit_inside_the_input_is_no_input(capsys: pytest.CaptureFixture[str]) -> None:
    write("in/a.jsonl", GOOD)
    assert run("in", "-o", "in/out") == 0
    assert run("in", "-o", "again") == 0
    out, err = capsys.readouterr()
    assert out.count("1 answer, 0 flagged") == 2
    assert "in/out" in err


def test_own_evidence_and_that_of_all_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    Path("manual.md").write_text(FACT)
    empty = {**GOOD, "contexts": []}
    assert run(write("a.jsonl", GOOD, empty), "--evidence", "manual.md", "-o", "out") == 0
    assert json.loads(Path("out/manifest.json").read_text())["counts"]["own_evidence"] == 1
    assert "own evidence" in capsys.readouterr().out


def test_nothing_to_check_is_an_error(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.jsonl").write_text("")
    assert run("a.jsonl", "-o", "out") == 2
    assert "nothing to check" in capsys.readouterr().err


def test_a_removed_line_is_told_of_once(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**GOOD, "question": f"Question {n}?"} for n in range(40)]
    assert run(write("a.jsonl", *rows), "-o", "out") == 0
    path = Path("out/reports.jsonl")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:5] + lines[6:]))
    capsys.readouterr()
    assert run("verify", "out") == 1
    told = capsys.readouterr().out.strip().split("\n")
    assert len(told) < 12
    assert "reports.jsonl" in told[0]


def test_a_mistyped_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("sumary", "out") == 2
    assert "groundwire audit summary" in capsys.readouterr().err


def test_a_folder_that_is_no_index(capsys: pytest.CaptureFixture[str]) -> None:
    Path("docs").mkdir()
    assert run(write("a.jsonl", GOOD), "--index", "docs", "-o", "out") == 2
    assert "groundwire index" in capsys.readouterr().err
