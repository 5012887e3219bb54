"""Omitted fields in an audit of training data."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.guard.guard import Guard
from groundwire.testing import FakeVerifier
from groundwire.train.alignment import learn_alignment, split_words
from groundwire.train.data.cleaning import drop_losses
from groundwire.train.data.context import read_context
from groundwire.train.data.forms import Part
from groundwire.train.data.judged import Judged
from groundwire.train.data.options import DataOptions
from groundwire.train.data.reading import Example
from groundwire.train.data.records import drop_fields, read_meaning
from groundwire.train.data.run import audit_data
from groundwire.train.data.trimming import trim_column
from groundwire.types import Claim, Evidence, Label, Quote, Verdict
from record_cases import COLORS, Supporting, lamps, write

HELPERS = Path(__file__).parents[2] / "helpers"


def test_an_audit_flags_what_targets_leave_out(tmp_path: Path) -> None:
    rows = [{"context": record, "target": text} for record, text in lamps(120)]
    path = write(tmp_path / "rows.jsonl", rows)
    guard = Guard(verifier=FakeVerifier())
    options = DataOptions(near=0, pairs=0, swaps=0, drop=frozenset({"empty", "omission"}))
    summary = audit_data([path], tmp_path / "out", guard, options)
    assert summary["flags"]["omission"] == 40
    lines = [json.loads(line) for line in (tmp_path / "out/rows.jsonl").read_text().splitlines()]
    assert [line.get("omits") for line in lines[:3]] == [["color"], None, None]
    kept = (tmp_path / "out" / "clean.jsonl").read_text().splitlines()
    assert all(json.loads(line)["row"] % 3 for line in kept)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "leaves out color" in page


class AllWords(FakeVerifier):
    """Supports a claim whose longer words all stand in the evidence."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        out = []
        for claim, found in zip(claims, evidence, strict=True):
            stated = split_words(" ".join(e.passage.text for e in found))
            right = {word for word in split_words(claim.text) if len(word) > 2} <= stated
            quote = Quote(found[0].passage.text, found[0].passage.source, 0, 1)
            label: Label = "supported" if right else "unsupported"
            out.append(Verdict(claim, label, 0.9 if right else 0.1, (quote,) if right else ()))
        return out


def test_a_trimmed_row_lacks_what_its_text_omits(tmp_path: Path) -> None:
    rows = [
        {"context": r, "target": text.replace(" old lamp that was", "")} for r, text in lamps(120)
    ]
    rows[6] = {**rows[6], "target": "Lamp 6 is a lamp from Mars."}
    path = write(tmp_path / "rows.jsonl", rows)
    guard = Guard(verifier=AllWords())
    options = DataOptions(
        near=0, pairs=0, swaps=0, drop=frozenset({"empty", "omission"}), trim=True
    )
    summary = audit_data([path], tmp_path / "out", guard, options)
    lines = [json.loads(line) for line in (tmp_path / "out/rows.jsonl").read_text().splitlines()]
    clean = [json.loads(line) for line in (tmp_path / "out/clean.jsonl").read_text().splitlines()]
    assert [line["row"] for line in lines if line["kept"]] == [row["row"] for row in clean]
    trimmed = [line["row"] for line in lines if line.get("trimmed")]
    assert summary["written"]["trimmed"] == len(trimmed) > 30
    assert all(row % 3 == 0 for row in trimmed) and 6 not in trimmed
    for row in clean:
        assert ("color" in row["context"]) == (row["row"] not in trimmed)
        assert {"name", "made in"} <= {*row["context"]}
    again = audit_data([path], tmp_path / "out", guard, replace(options, trim=False, resume=True))
    assert again["written"]["trimmed"] == 0 and again["written"]["clean"] < len(clean)


def slots(record: dict[str, Any]) -> str:
    return ", ".join(f"{key}[{value}]" for key, value in record.items())


def as_talk(record: dict[str, Any], text: str) -> dict[str, Any]:
    return {"messages": [
        {"role": "system", "content": "You describe lamps. Be brief."},
        {"role": "user", "content": slots(record)},
        {"role": "assistant", "content": text},
    ]}  # fmt: skip


FORMS: dict[str, Callable[[dict[str, Any], str], dict[str, Any]]] = {
    "prompt": lambda r, text: {"prompt": f"Describe this:\n{slots(r)}", "completion": text},
    "one line": lambda r, text: {"prompt": f"Describe: {slots(r)}", "completion": text},
    "JSON": lambda r, text: {
        "prompt": f"Describe this:\n{json.dumps(r)}\nBe brief.", "completion": text
    },
    "unpaired": lambda r, text: {"prompt": slots(r), "completion": text, "label": True},
    "preference": lambda r, text: {
        "prompt": slots(r), "chosen": text, "rejected": "A ship from Mars."
    },
    "instruction": lambda r, text: {
        "instruction": "Describe the lamp.", "input": slots(r), "output": text
    },
    "messages": as_talk,
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_rows_of_every_form_are_trimmed(form: str, tmp_path: Path) -> None:
    pairs = [(r, text.replace(" old lamp that was", "")) for r, text in lamps(120)]
    path = write(tmp_path / "rows.jsonl", [FORMS[form](*pair) for pair in pairs])
    options = DataOptions(near=0, pairs=0, swaps=0, trim=True)
    summary = audit_data([path], tmp_path / "out", Guard(verifier=AllWords()), options)
    assert summary["written"]["trimmed"] > 30
    lines = [json.loads(line) for line in (tmp_path / "out/rows.jsonl").read_text().splitlines()]
    for line in (tmp_path / "out/clean.jsonl").read_text().splitlines():
        row = json.loads(line)
        record, text = pairs[row.pop("row")]
        kept = {key: value for key, value in record.items() if key != "color"}
        trimmed = lines[json.loads(line)["row"]].get("trimmed", False)
        del row["weight"]
        assert row == FORMS[form](kept if trimmed else record, text)


def test_a_text_with_two_records_is_not_trimmed() -> None:
    two = "name[Bar], color[red]\nname[Cor], color[blue]"
    assert drop_fields(two, ["color"]) is None
    three = "Tell:\nname[Bar], color[red], size[5]\nNow."
    assert drop_fields(three, ["color"]) == "Tell:\nname[Bar], size[5]\nNow."
    # What is left would be no record to a reader.
    assert drop_fields("Tell:\nname[Bar], color[red]\nNow.", ["color"]) is None
    assert drop_fields('{"a": 1e400, "b": 2, "c": 3}', ["c"]) is None
    assert drop_fields("color[red]", ["color"]) is None


@pytest.mark.parametrize("content", [
    [{"type": "text", "text": "name[A], color[red], size[5]"}, {"type": "image_url"}],
    {"role": "user", "parts": [{"text": "name[A], color[red], size[5]"}]},
])  # fmt: skip
def test_a_message_that_is_more_than_a_text_is_not_trimmed(content: Any) -> None:
    message = content if isinstance(content, dict) else {"role": "user", "content": content}
    assert trim_column([message], ["color"]) is None
    plain = [{"role": "user", "content": "name[A], color[red], size[5]"}]
    assert trim_column(plain, ["color"]) == [{"role": "user", "content": "name[A], size[5]"}]


def colored(count: int) -> list[dict[str, Any]]:
    """Rows in groups of three that differ in the color; every fifth group does not tell it."""
    rows = []
    for i in range(count):
        group = i // 3
        record = {"name": f"Bar {group}", "size": "large", "color": COLORS[i % 3]}
        told = "large lamp" if group % 5 == 0 else f"large {COLORS[i % 3]} lamp"
        rows.append({"context": record, "target": f"Bar {group} is a {told}."})
    return rows


def test_trimmed_rows_that_become_the_same_or_leak_are_left_out(tmp_path: Path) -> None:
    rows = [
        *colored(120),
        {"context": {"name": "Bar", "color": "red", "size": "large"}, "target": ""},
    ]
    path = write(tmp_path / "rows.jsonl", rows)
    known = {"context": {"name": "Bar 0", "size": "large"}, "target": "Bar 0 is a large lamp."}
    other = write(tmp_path / "other.jsonl", [known])
    guard = Guard(verifier=Supporting())
    options = DataOptions(near=0, pairs=0, swaps=0, trim=True, against=(str(other),))
    summary = audit_data([path], tmp_path / "out", guard, options)
    clean = [json.loads(line) for line in (tmp_path / "out/clean.jsonl").read_text().splitlines()]
    texts = [json.dumps([row["context"], row["target"]]) for row in clean]
    assert len(texts) == len({*texts}) == 96 + 8 - 1  # of 8 groups one row each, one of which leaks
    assert [known["context"], known["target"]] not in [[r["context"], r["target"]] for r in clean]
    assert summary["written"]["trimmed"] == 7
    assert summary["flags"] == {"omission": 24, "duplicate": 16, "leak": 3, "empty": 1}
    lines = [json.loads(line) for line in (tmp_path / "out/rows.jsonl").read_text().splitlines()]
    assert lines[16].get("duplicate_of") == 15 and not lines[16]["kept"]
    assert lines[0]["leaks"][0]["kind"] == "row" and not lines[0]["kept"]
    assert lines[120]["flags"] == ["empty"]


def test_killed_while_it_checks_trimmed_rows(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"context": r, "target": t} for r, t in lamps(120)])
    guard = Guard(verifier=Supporting())
    audit_data([path], tmp_path / "whole", guard, DataOptions(shard_size=4, trim=True))
    output = tmp_path / "out"

    def run(pause: str) -> subprocess.Popen[bytes]:
        worker = HELPERS / "train_data_worker.py"
        command = [sys.executable, str(worker), str(path), str(output), pause, "trim"]
        return subprocess.Popen(command, cwd=HELPERS, stderr=subprocess.DEVNULL)

    process = run("0.05")
    parts, until = output / "audits" / "trimmed" / "parts", time.monotonic() + 120
    while len(list(parts.glob("*.done.json"))) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (output / "summary.json").exists() and list(parts.glob("*.done.json"))
    assert run("0").wait(120) == 0
    for name in ("rows.jsonl", "clean.jsonl", "preference.jsonl", "report.html", "summary.json"):
        assert (output / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_a_repair_that_tells_less_of_a_record_is_no_repair() -> None:
    telling = learn_alignment(lamps(300))
    record, _ = lamps(300)[1]
    text = "Lamp 1 is a green lamp from Mars. It was made in Carston."

    def left(repair: str, context: Any = record) -> Judged:
        part = Part("target", text, read_context(context))
        judged = Judged("unfaithful", repairs={"target": repair}, repaired=0.9)
        return drop_losses(Example(0, "here", parts=(part,)), judged, telling)

    assert left("Lamp 1 is a green lamp. It was made in Carston.").repaired == 0.9
    lossy = left("It was made in Carston.")
    assert (lossy.repairs, lossy.repaired) == ({}, None)
    assert left("It was made in Carston.", "A page on lamps.").repaired == 0.9


@pytest.mark.parametrize(
    ("context", "keys", "left"),
    [
        ("name[Aromi], area[riverside], food[Thai]", ["area"], "name[Aromi], food[Thai]"),
        ("name[Aromi], area[riverside]", ["area"], "name[Aromi]"),
        ("name[Aromi]; area[riverside]; food[Thai]", ["name"], "area[riverside]; food[Thai]"),
        ("inform(name='A;B';area=centre;food=Thai)", ["area"], "inform(name='A;B';food=Thai)"),
        ("inform(name[Portal], rating[good])", ["name"], "inform(rating[good])"),
        ({"name": "Aromi", "area": 2}, ["name"], {"area": 2}),
        ([{"name": "Aromi", "area": 2}], ["name"], [{"area": 2}]),
        ([{"name": "Aromi"}, {"area": 2}], ["name"], None),
        ({"name": "Aromi"}, ["name"], None),
        ("name[Aromi]", ["name"], None),
        ("Prose on a name.", ["name"], None),
        ("a=1;b=2", ["a"], None),
        ("inform(name=A;odd=a,;area=b)", ["area"], "inform(name=A;odd=a,)"),
        ('{"name": "Käse", "area": 2}', ["area"], '{"name": "Käse"}'),
        ('{"name": "Aromi", "area": NaN}', ["area"], None),
        ('{"name": "Aromi", "area"', ["area"], None),
        ([{"name": "Aromi", "area": 2}, ""], ["name"], [{"area": 2}]),
        (5, ["name"], None),
    ],
)
def test_a_context_loses_fields_in_the_form_that_it_has(
    context: Any, keys: list[str], left: Any
) -> None:
    assert drop_fields(context, keys) == left


@given(st.dictionaries(st.sampled_from("abcdef"), st.text("xyz ,"), min_size=1), st.data())
def test_what_remains_of_a_representation_reads_as_before(
    slots: dict[str, str], data: st.DataObject
) -> None:
    keys = data.draw(st.sets(st.sampled_from(sorted(slots))))
    text = ", ".join(f"{key}[{value}]" for key, value in slots.items())
    left = drop_fields(text, keys)
    kept = {k: v.strip() for k, v in slots.items() if k not in keys}
    assert (read_meaning(left) if left is not None else None) == (kept or None)
