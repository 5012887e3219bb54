"""Answers of systems become pairs as the guard would read them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from groundwire.errors import InputError
from groundwire.text.overlap import WordRarity
from groundwire.train.pairs.outputs import read_output_pairs
from groundwire.train.pairs.pairs import Pair

RARITY = WordRarity({})
PREMISE = (
    "The ferry to Norr leaves at 15:00 and carries 120 people. Dogs travel free. "
    "The captain is Ida Brandt, who took over in 2019. Tickets are sold on board."
)


def read(tmp_path: Path, *rows: dict[str, Any], most: int = 50) -> list[Pair]:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"premise": PREMISE, **row}) + "\n" for row in rows))
    return read_output_pairs(path, "quintd", RARITY, 150, random.Random(1), most)


def test_an_answer_with_spans_is_split_and_only_what_they_touch_is_at_fault(tmp_path: Path) -> None:
    text = "The ferry leaves at 15:00. It carries 300 people."
    at = text.index("300")
    pairs = read(tmp_path, {
        "hypothesis": text, "label": "contradicted", "unit": "answer", "spans": [[at, at + 3]],
    })  # fmt: skip
    assert [(p.hypothesis, p.label) for p in pairs] == [
        ("The ferry leaves at 15:00.", "supported"),
        ("It carries 300 people.", "contradicted"),
    ]
    assert pairs[0].fault is None
    assert pairs[1].fault is not None
    assert pairs[1].hypothesis[slice(*pairs[1].fault)] == "300"


def test_values_are_written_as_the_evidence_writes_them(tmp_path: Path) -> None:
    row = {"hypothesis": "The ferry leaves at 3 PM.", "label": "supported", "unit": "sentence"}
    assert read(tmp_path, row)[0].hypothesis == "The ferry leaves at 15:00."


def test_short_answers_and_yes_or_no_stand_after_their_question(tmp_path: Path) -> None:
    asked, polar = "Who is the captain?", "Do dogs travel free?"
    pairs = read(
        tmp_path,
        {"hypothesis": f"{asked} Bo Lind", "question": asked, "answer": "Bo Lind",
         "label": "unsupported", "unit": "claim"},
        {"hypothesis": f"{polar} Yes.", "question": polar, "label": "supported", "unit": "claim"},
    )  # fmt: skip
    assert {p.hypothesis for p in pairs} == {f"{asked} Bo Lind", f"{polar} Yes."}


def test_a_long_answer_without_spans_says_not_where_it_errs(tmp_path: Path) -> None:
    long = {"hypothesis": "The ferry is old. " * 30, "label": "unsupported", "unit": "answer"}
    short = {"hypothesis": "The ferry is old.", "label": "unsupported", "unit": "answer"}
    assert read(tmp_path, long) == []
    assert [p.label for p in read(tmp_path, short)] == ["unsupported"]


def test_labels_take_turns(tmp_path: Path) -> None:
    rows = [
        {"hypothesis": f"Line {i} is open.", "label": "supported" if i < 20 else "unsupported"}
        for i in range(24)
    ]
    labels = [p.label for p in read(tmp_path, *rows, most=8)]
    assert labels.count("supported") == labels.count("unsupported") == 4


def test_a_row_without_a_label_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="row 1: needs the strings premise, hypothesis"):
        read(tmp_path, {"hypothesis": "It is open.", "label": "maybe"})
