"""Answers in the files of a repository: the command, the GitHub Action and the pre-commit hook."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from groundwire import Report
from groundwire.cli import main
from groundwire.testing import FakeVerifier

ROOT = Path(__file__).parents[2]
FACTS = "The pump weighs 64 kg. The tank holds 3 liters."
WHOLE = "How heavy is the pump, and the tank?"
WRONG = "The tank holds 3 liters.\n\nThe pump weighs 62 kg.\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with documents and answers, in which the tests stand."""
    monkeypatch.setattr("groundwire.verify.nli.load_default_verifier", FakeVerifier)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "facts.txt").write_text(FACTS)
    (tmp_path / "wrong.md").write_text(WRONG)
    (tmp_path / "right.md").write_text("The tank holds 3 liters.\n")
    records: list[dict[str, Any]] = [
        {"question": "How much?", "answer": "The pump weighs 64 kg."},
        {"answer": "The lid is red.", "context": ["The lid is red."]},
        {"answer": "The lid is red."},
    ]
    (tmp_path / "answers.jsonl").write_text("".join(json.dumps(r) + "\n" for r in records))
    return tmp_path


def check(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, list[str]]:
    code = main(["check", "--evidence", "facts.txt", *args])
    return code, capsys.readouterr().out.splitlines()


def test_what_does_not_hold_is_told_by_its_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, lines = check(capsys, "wrong.md", "right.md", "answers.jsonl")
    assert code == 1
    assert lines == [
        "wrong.md:3: contradicted: The pump weighs 62 kg. | facts.txt says: The pump weighs 64 kg.",
        "answers.jsonl:3: unsupported: The lid is red.",
        "5 answers, 2 flagged",
    ]


def test_a_follow_up_is_read_with_what_was_said_before(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = [{"role": "user", "content": "How heavy is the pump?"},
            {"role": "assistant", "content": "It weighs 64 kg."}]  # fmt: skip
    asked = ("--question", "And the tank?", "--history", "told.json", "--json")
    whole = json.dumps({"messages": told}, indent=1)
    for text in (json.dumps(told), "".join(json.dumps(turn) + "\n" for turn in told), whole):
        (folder / "told.json").write_text(text)
        code, lines = check(capsys, "--answer", "The tank holds 3 liters.", *asked)
        report = json.loads("\n".join(lines))
        assert code == 0 and report["question"] == "And the tank?"
        assert report["verdicts"][0]["claim"]["context"]["question"] == WHOLE
        code, lines = check(capsys, "right.md", *asked)
        (claim,) = [v["claim"] for v in json.loads(lines[0])["report"]["verdicts"]]
        assert claim["context"]["question"] == WHOLE
    chat = [*told, {"role": "user", "content": "And the tank?"},
            {"role": "assistant", "content": "The tank holds 3 liters."}]  # fmt: skip
    (folder / "chat.jsonl").write_text(json.dumps({"messages": chat}) + "\n")
    _, lines = check(capsys, "chat.jsonl", "--json")
    claim = json.loads(lines[1])["report"]["verdicts"][0]["claim"]
    assert claim["context"]["question"] == WHOLE


@pytest.mark.parametrize(("text", "told"), [
    ("[]", "holds no conversation"), ("no", "not JSON"), ('{"role": "x"}', "history"),
])  # fmt: skip
def test_what_is_no_conversation_is_refused(
    text: str, told: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "told.json").write_text(text)
    given = ("--answer", "The tank holds 3 liters.", "--history", "told.json")
    assert main(["check", "--evidence", "facts.txt", *given]) == 2
    error = capsys.readouterr().err
    assert "told.json" in error and told in error


def test_what_holds_ends_with_0(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(capsys, "right.md") == (0, ["1 answer, 0 flagged"])


def test_without_evidence_nothing_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "right.md"]) == 1
    assert "right.md:1: unchecked: The tank holds 3 liters." in capsys.readouterr().out


def test_a_record_without_an_answer_is_flagged(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "broken.jsonl").write_text('{"answer": "The tank holds 3 liters."}\n{"other": 1}\n')
    code, lines = check(capsys, "broken.jsonl")
    assert code == 1
    assert lines[0].startswith("broken.jsonl:2: rejected: ")
    code, lines = check(capsys, "broken.jsonl", "--json")
    assert code == 1 and "error" in json.loads(lines[0])


def test_reports_are_a_line_each(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, lines = check(capsys, "wrong.md", "right.md", "--json")
    found = [json.loads(line) for line in lines]
    assert code == 1
    assert [(item["file"], item["line"]) for item in found] == [("wrong.md", 1), ("right.md", 1)]
    assert Report.from_dict(found[0]["report"]).answer == WRONG


def test_annotations_are_commands_of_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "a,b.md").write_text("The pump weighs\n62% kg.\n")
    code, lines = check(capsys, "a,b.md", "--annotate")
    assert code == 1
    assert lines[0].startswith("::error file=a%2Cb.md,line=1,title=groundwire::")
    assert "62%25 kg." in lines[0] and lines[1] == "1 answer, 1 flagged"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["none.md"], "none.md is no file"),
        (["right.md", "--answer", "x"], "either files with answers, or --answer"),
        (["empty.md"], "empty"),
    ],
)
def test_what_cannot_be_used_is_told(
    args: list[str], said: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "empty.md").write_text("\n")
    assert main(["check", "--evidence", "facts.txt", *args]) == 2
    assert said in capsys.readouterr().err


def run_action(folder: Path, **inputs: str) -> subprocess.CompletedProcess[str]:
    """Runs the last step of the action as GitHub does, in a folder with answers."""
    action = yaml.safe_load((ROOT / "action.yml").read_text())
    step = action["runs"]["steps"][-1]
    given = {name: item.get("default", "") for name, item in action["inputs"].items()} | inputs
    env = {
        name: given[value.removeprefix("${{ inputs.").removesuffix(" }}")]
        for name, value in step["env"].items()
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
        cwd=folder, env={**os.environ, **env, "PATH": path}, capture_output=True, text=True,
    )  # fmt: skip


def test_the_action_annotates_the_faulty_lines(folder: Path) -> None:
    (folder / "an answer.md").write_text("The tank holds 3 liters.\n")
    done = run_action(folder, answers="wr*.md\nan answer.md\n", evidence="facts.txt")
    assert done.returncode == 1, done.stderr
    assert "::error file=wrong.md,line=3,title=groundwire::contradicted: The pump" in done.stdout
    assert "2 answers, 1 flagged" in done.stdout


def test_the_action_fails_where_nothing_is_checked(folder: Path) -> None:
    done = run_action(folder, answers="none/**/*.md\n", evidence="facts.txt")
    assert done.returncode == 2
    assert "no file matches" in done.stdout


def test_the_action_takes_its_inputs_for_names(folder: Path) -> None:
    done = run_action(folder, answers="$(touch made)", evidence="`touch made`")
    assert done.returncode == 2
    assert "$(touch made) is no file" in done.stderr
    assert not (folder / "made").exists()


def test_the_hook_of_pre_commit_is_valid() -> None:
    file = ROOT / ".pre-commit-hooks.yaml"
    command = [sys.executable, "-m", "pre_commit", "validate-manifest", str(file)]
    subprocess.run(command, check=True)
    (hook,) = yaml.safe_load(file.read_text())
    assert hook["entry"].split() == ["groundwire", "check"]
