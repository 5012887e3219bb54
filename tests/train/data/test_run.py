"""Audits of training data: labels, cleaned sets, flags, bias, and going on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.errors import InputError
from groundwire.testing import FakeVerifier
from groundwire.train.data.options import DataOptions
from groundwire.train.data.run import audit_data

FACT = "The pump weighs 64 kg. The tank holds 3 liters."
GOOD = {"context": FACT, "target": "The tank holds 3 liters."}
MIXED = {"context": FACT, "target": "The tank holds 3 liters. The lamp shines in Rome."}
WRONG = {"context": FACT, "target": "The lamp shines in Rome."}
REFUSAL = {"context": FACT, "target": "I do not know."}
HELPERS = Path(__file__).parents[2] / "helpers"


def write(path: Path, rows: list[Any]) -> Path:
    text = "".join(row if isinstance(row, str) else json.dumps(row) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return path


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def run(folder: Path, rows: list[Any], **options: Any) -> dict[str, Any]:
    data = write(folder / "data.jsonl", rows)
    guard = Guard(verifier=FakeVerifier())
    return audit_data([data], folder / "out", guard, DataOptions(**options))


def test_labels_and_drop(tmp_path: Path) -> None:
    summary = run(tmp_path, [GOOD, MIXED, WRONG, REFUSAL])
    rows = lines(tmp_path / "out" / "rows.jsonl")
    assert [row["row"] for row in rows] == [0, 1, 2, 3]
    assert [row["label"] for row in rows] == ["faithful", "unfaithful", "unfaithful", "uncheckable"]
    assert [row["weight"] for row in rows] == [0.99, 0.1, 0.1, 1.0]
    assert rows[1]["claims"][1]["wrong"] and rows[1]["edits"]
    assert rows[1]["repairs"] == {"target": GOOD["target"]}
    clean = lines(tmp_path / "out" / "clean.jsonl")
    assert [row["row"] for row in clean] == [0, 3]
    assert clean[0] == {**GOOD, "row": 0, "weight": 0.99}
    assert summary["labels"] == {"faithful": 1, "unfaithful": 2, "uncheckable": 1}
    (pair,) = lines(tmp_path / "out" / "preference.jsonl")
    assert (pair["prompt"], pair["chosen"], pair["rejected"]) == (
        FACT, GOOD["target"], MIXED["target"],
    )  # fmt: skip
    assert pair["context"] == FACT


def test_rewrite_and_tag_of_a_finished_audit(tmp_path: Path) -> None:
    rows = [GOOD, MIXED, WRONG]
    run(tmp_path, rows)
    run(tmp_path, rows, mode="rewrite", resume=True, drop=frozenset())
    clean = lines(tmp_path / "out" / "clean.jsonl")
    assert [row["row"] for row in clean] == [0, 1]
    assert clean[1]["target"] == GOOD["target"] and clean[1]["weight"] == 0.99
    run(tmp_path, rows, mode="tag", resume=True)
    clean = lines(tmp_path / "out" / "clean.jsonl")
    assert [row["context"].split()[0] for row in clean] == [
        "<faithful>", "<unfaithful>", "<unfaithful>",
    ]  # fmt: skip


def test_flags(tmp_path: Path) -> None:
    other = write(tmp_path / "test.jsonl", [{"context": "A cat sat.", "target": "A cat sat."}])
    rows = [
        GOOD,
        {"context": FACT.upper(), "target": GOOD["target"]},
        {"context": FACT, "target": " "},
        {"context": "A cat sat.", "target": "It sat."},
        {"context": FACT, "target": "The tank holds 3 liters and the"},
        {"foo": 1},
        "no JSON\n",
    ]
    summary = run(tmp_path, rows, against=[str(other)])
    found = lines(tmp_path / "out" / "rows.jsonl")
    assert len(found) == len(rows)
    assert found[1]["duplicate_of"] == 0 and "duplicate" in found[1]["flags"]
    assert found[2]["flags"] == ["empty"] and found[2]["reason"] == "empty"
    assert found[3]["leaks"][0]["kind"] == "context"
    assert "truncated" in found[4]["flags"]
    assert found[5]["flags"] == found[6]["flags"] == ["unreadable"]
    assert "--map" in found[5]["reason"]
    assert summary["flags"]["unreadable"] == 2


def test_near_duplicates(tmp_path: Path) -> None:
    text = " ".join(f"Part {n} weighs {n} kg and is made of steel." for n in range(40))
    rows = [{"context": text, "target": text}, {"context": text, "target": text + " Indeed so."}]
    run(tmp_path, rows)
    second = lines(tmp_path / "out" / "rows.jsonl")[1]
    assert second["near"]["row"] == 0 and second["near"]["similarity"] > 0.9


def test_contradictions(tmp_path: Path) -> None:
    rows = [
        {"context": FACT, "target": "The pump weighs 64 kg."},
        {"context": FACT, "target": "The pump weighs 62 kg."},
    ]
    summary = run(tmp_path, rows)
    assert summary["contradictions"] == {"compared": 1, "found": 1}
    found = lines(tmp_path / "out" / "rows.jsonl")
    assert found[0]["contradicts"] == [1] and found[1]["contradicts"] == [0]


def test_bias_and_swaps(tmp_path: Path) -> None:
    rows = [
        {"context": "She is a nurse. He is an engineer.", "target": "She is a nurse."},
        {"context": "He is an engineer.", "target": "He is an engineer."},
    ]
    gender = run(tmp_path, rows)["bias"]["axes"]["gender"]
    assert gender["groups"]["female"]["rows"] == 1
    (care,) = [
        p for p in gender["attributes"] if (p["group"], p["attribute"]) == ("female", "care")
    ]
    assert care["both"] == 1 and care["pmi"] == 1.0 and care["log_odds"] > 0
    assert gender["swaps"]["pairs"] == 2 and gender["swaps"]["changed"] == 0


def test_preferences_that_are_the_wrong_way_round(tmp_path: Path) -> None:
    rows = [{"prompt": FACT, "chosen": WRONG["target"], "rejected": GOOD["target"]}]
    run(tmp_path, rows)
    (row,) = lines(tmp_path / "out" / "rows.jsonl")
    assert row["label"] == "unfaithful" and "reversed" in row["flags"]


def test_rejected_unpaired_text_stays(tmp_path: Path) -> None:
    rows = [
        {"prompt": FACT, "completion": WRONG["target"], "label": label} for label in (1 > 0, 0 > 1)
    ]
    run(tmp_path, rows)
    assert [row["label"] for row in lines(tmp_path / "out" / "clean.jsonl")] == [False]


def test_hostile_text_is_only_text(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script> {{ 7*7 }} \u202e The lamp shines in Rome."
    run(tmp_path, [{"context": FACT, "target": evil}, GOOD])
    page = (tmp_path / "out" / "report.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page and "{{ 7*7 }}" in page
    assert "default-src 'none'" in page and "U+202E" in page


def test_folders_that_cannot_be_used(tmp_path: Path) -> None:
    run(tmp_path, [GOOD])
    with pytest.raises(InputError, match="a finished audit"):
        run(tmp_path, [GOOD])
    with pytest.raises(InputError, match="begun with other things"):
        run(tmp_path, [WRONG], resume=True)
    (tmp_path / "out" / "mine.txt").write_text("x")
    with pytest.raises(InputError, match=r"mine\.txt"):
        run(tmp_path, [GOOD], resume=True)


@pytest.mark.parametrize(("rows", "told"), [([], "has no rows"), ([{"a": 1}], "no row can be")])
def test_nothing_to_audit(tmp_path: Path, rows: list[Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        run(tmp_path, rows)


ROW = st.sampled_from([GOOD, MIXED, WRONG, REFUSAL, {"context": FACT, "target": ""}, {"x": 1}])


@settings(max_examples=12)
@given(rows=st.lists(ROW, min_size=1, max_size=8), mode=st.sampled_from(["drop", "rewrite", "tag"]))
def test_every_row_is_told_of(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], mode: str
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    rows = [*rows, GOOD]
    run(folder, rows, mode=mode, shard_size=3, near=0)
    found = lines(folder / "out" / "rows.jsonl")
    assert [row["row"] for row in found] == list(range(len(rows)))
    kept = {row["row"] for row in lines(folder / "out" / "clean.jsonl")}
    assert kept == {row["row"] for row in found if row["kept"]}
    if mode == "drop":
        assert not {row["row"] for row in found if row["label"] == "unfaithful"} & kept


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_and_continued(tmp_path: Path) -> None:
    rows = [{"context": FACT, "target": f"{GOOD['target']} Lamp {n} shines."} for n in range(30)]
    data = write(tmp_path / "data.jsonl", rows)
    whole = tmp_path / "whole"
    audit_data([data], whole, Guard(verifier=FakeVerifier()), DataOptions(shard_size=4))
    output, kills = tmp_path / "out", 0
    while True:
        pause = "0.15" if kills < 2 else "0"
        command = [
            sys.executable,
            str(HELPERS / "train_data_worker.py"),
            str(data),
            str(output),
            pause,
        ]
        process = subprocess.Popen(command, cwd=HELPERS, stderr=subprocess.DEVNULL)
        if kills == 2:
            assert process.wait(120) == 0
            break
        parts = output / "audits" / "rows" / "parts"
        until = time.monotonic() + 60
        while len(list(parts.glob("*.done.json"))) <= kills and time.monotonic() < until:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        kills += 1
    for name in ("rows.jsonl", "clean.jsonl", "preference.jsonl", "report.html", "summary.json"):
        assert (output / name).read_bytes() == (whole / name).read_bytes(), name


def test_conversations_come_back_as_they_came(tmp_path: Path) -> None:
    talk = [
        {"from": "human", "value": f"{FACT} How much does the tank hold?"},
        {"from": "gpt", "value": "The tank holds 3 liters."},
    ]
    row = {"id": "x", "conversations": talk}
    run(tmp_path, [row])
    assert lines(tmp_path / "out" / "clean.jsonl") == [{**row, "row": 0, "weight": 0.99}]


def test_what_corrects_the_question_is_kept_and_never_cut(tmp_path: Path) -> None:
    row = {
        "context": FACT, "question": "Why is the pump so light?",
        "target": "That is incorrect. The pump weighs 64 kg.",
    }  # fmt: skip
    invented = {**row, "target": "That is incorrect. It shines in Rome. The pump weighs 64 kg."}
    run(tmp_path, [row, invented], mode="rewrite")
    first, second = lines(tmp_path / "out" / "rows.jsonl")
    assert (first["label"], second["label"]) == ("faithful", "unfaithful")
    assert not first["claims"][0]["wrong"] and first["weight"] == 0.99
    assert lines(tmp_path / "out" / "preference.jsonl") == []
    assert [r["target"] for r in lines(tmp_path / "out" / "clean.jsonl")] == [row["target"]]


def test_what_the_checker_errs_is_said(tmp_path: Path) -> None:
    truth = run(tmp_path, [GOOD, WRONG])["true_rate"]
    assert truth["low"] is None and "fake@1 errs has not been measured" in truth["why"]
    page = (tmp_path / "out" / "report.html").read_text()
    assert "has not been measured" in page
