"""``groundwire train audit-data`` and ``train preferences``: exit codes, output and errors."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from groundwire import Guard
from groundwire.cli.commands import main
from groundwire.testing import FakeVerifier

FACT = "The pump weighs 64 kg. The tank holds 3 liters."
GOOD = {"context": FACT, "target": "The tank holds 3 liters."}
WRONG = {"context": FACT, "target": "The lamp shines in Rome."}


@pytest.fixture(autouse=True)
def no_model(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.chdir(tmp_path)


def write(name: str, *rows: Any) -> str:
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows))
    return name


def run(*args: object) -> int:
    return main(["train", *map(str, args)])


def test_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("audit-data", write("good.jsonl", GOOD), "-o", "a") == 0
    assert run("audit-data", write("bad.jsonl", GOOD, WRONG), "-o", "b", "--json") == 1
    out = capsys.readouterr().out.splitlines()
    assert json.loads(out[-1])["labels"]["unfaithful"] == 1
    assert run("audit-data", "bad.jsonl", "-o", "b", "--resume", "--mode", "tag") == 1
    assert len(Path("b/clean.jsonl").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["none.jsonl"], "no such file"),
        (["-"], "more than once"),
        (["good.jsonl", "--map", "x"], "KEY=COLUMN"),
        (["good.jsonl", "--drop", "x"], "no flag"),
        (["good.jsonl", "--near", "3"], "near is 3"),
        (["good.jsonl", "--form", "preference"], "lacks 'chosen'"),
        (["good.jsonl", "--against", "none.jsonl"], "no such file"),
        (["good.jsonl", "--lexicon", "none.toml"], "none.toml"),
    ],
)
def test_errors(capsys: pytest.CaptureFixture[str], args: list[str], told: str) -> None:
    write("good.jsonl", GOOD)
    assert run("audit-data", *args, "-o", "out") == 2
    err = capsys.readouterr().err
    assert told in err and err.startswith("error: ") and err.count("\n") == 1


def test_missing_extra(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "datasketch" else find(name)
    )
    assert run("audit-data", write("good.jsonl", GOOD), "-o", "out") == 2
    assert "groundwire[train]" in capsys.readouterr().err


def test_preferences(capsys: pytest.CaptureFixture[str]) -> None:
    guard = Guard(verifier=FakeVerifier())
    answer = f"{GOOD['target']} {WRONG['target']}"
    report = guard.check(answer, FACT, "What?").to_dict()
    passed = guard.check(GOOD["target"], FACT, "What?").to_dict()
    logs = write("logs.jsonl", report, passed, {"report": report}, {"x": 1})
    Path("list.json").write_text(json.dumps([report]))
    assert run("preferences", logs, "list.json", "-o", "pairs.jsonl", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"pairs": 1, "skipped": {"passed": 1, "seen before": 2, "no report": 1}}
    (pair,) = map(json.loads, Path("pairs.jsonl").read_text().splitlines())
    assert (pair["prompt"], pair["chosen"], pair["rejected"]) == ("What?", GOOD["target"], answer)
    assert run("preferences", "list.json", "-o", "more.jsonl", "--evidence") == 0
    (pair,) = map(json.loads, Path("more.jsonl").read_text().splitlines())
    assert pair["prompt"].endswith("\n\nWhat?") and "3 liters" in pair["prompt"]
    uri = f"file://{Path('list.json').resolve()}"
    assert run("preferences", uri, "-o", "remote.jsonl") == 0
    assert run("preferences", "list.json", "-o", "list.json") == 2


def test_preferences_of_an_audit() -> None:
    row = {"question": "What?", "answer": f"{GOOD['target']} {WRONG['target']}", "contexts": [FACT]}
    write("chats.jsonl", row)
    assert main(["audit", "chats.jsonl", "-o", "audit", "--from-records", "--no-report"]) == 1
    assert run("preferences", "audit/reports.jsonl", "-o", "pairs.jsonl") == 0
    assert len(Path("pairs.jsonl").read_text().splitlines()) == 1


def test_no_report(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("preferences", write("x.jsonl", {"a": 1}), "-o", "new.jsonl") == 2
    assert "no report can be read" in capsys.readouterr().err
    assert not Path("new.jsonl").exists()
