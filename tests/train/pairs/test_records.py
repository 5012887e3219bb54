"""Pairs from records and the texts that tell them, without labels."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.cli.commands import main
from groundwire.errors import InputError
from groundwire.evidence.records import write_record
from groundwire.train.alignment import learn_alignment
from groundwire.train.pairs.records import edit_record, make_edited_pairs, read_told
from groundwire.train.verifier.recipe import Recipe
from groundwire.train.verifier.train import adapt_to_rows
from record_cases import believing, lamps, write


@given(
    st.dictionaries(
        st.text("abc", min_size=1), st.integers(0, 3) | st.text(), min_size=2, max_size=5
    ),
    st.integers(0, 1000),
)
def test_an_edit_changes_one_field_or_takes_it_away(record: dict[str, Any], seed: int) -> None:
    rng = random.Random(seed)
    key = rng.choice(list(record))
    values = {name: [value, "other"] for name, value in record.items()}
    edited, label = edit_record(record, key, values, rng)
    assert {k: v for k, v in edited.items() if k != key} == {
        k: v for k, v in record.items() if k != key
    }
    assert label == ("contradicted" if key in edited else "not_enough")
    assert edited.get(key, None) != record[key]


def test_pairs_are_balanced_and_edits_are_of_what_is_told() -> None:
    pairs = make_edited_pairs(lamps(200), learn_alignment(lamps(200)), believing, 1, 150)
    assert pairs == make_edited_pairs(lamps(200), learn_alignment(lamps(200)), believing, 1, 150)
    assert pairs != make_edited_pairs(lamps(200), learn_alignment(lamps(200)), believing, 2, 150)
    assert len(pairs) == 150
    known = {write_record(record) for record, _ in lamps(200)}
    for right, wrong in zip(pairs[::2], pairs[1::2], strict=True):
        assert right.label == "supported"
        assert wrong.label in ("contradicted", "not_enough")
        assert right.hypothesis == wrong.hypothesis
        assert right.premise in known
        gone = {*right.premise.split("\n")} - {*wrong.premise.split("\n")}
        assert len(gone) == 1
        if "old" in right.hypothesis:
            assert not gone.pop().startswith("color")


def test_what_the_verifier_does_not_believe_is_left_out() -> None:
    def doubting(pairs: list[tuple[str, str]]) -> Sequence[float]:
        return [0.1 if "red" in claim else 0.9 for _, claim in pairs]

    pairs = make_edited_pairs(lamps(200), learn_alignment(lamps(200)), doubting, 1, 300)
    assert pairs
    assert not [pair for pair in pairs if "red" in pair.hypothesis]


def test_rows_are_read_as_an_audit_reads_them(tmp_path: Path) -> None:
    rows: list[Any] = [
        {"context": "name[Aromi], area[riverside]", "target": "Aromi is by the river."},
        {"context": {"name": "Aromi", "area": "centre"}, "target": "Aromi is in the centre."},
        {"context": {"name": "Aromi"}, "target": "It is Aromi."},
        {"context": "Prose about Aromi, which is by the river.", "target": "It is there."},
    ]
    nested = {"context": {"name": "Aromi", "more": {"area": "centre"}}, "target": "It is Aromi."}
    found = read_told(write(tmp_path / "rows.jsonl", [*rows, nested, 5]))
    told = ["Aromi is by the river.", "Aromi is in the centre."]
    assert [text for _, text in found.rows] == told
    assert found.rows[0][0] == {"name": "Aromi", "area": "riverside"}
    assert (found.read, found.unreadable, found.other) == (6, 1, 3)
    published = [{"mr": row["context"], "ref": row["target"]} for row in rows[:2]]
    again = read_told(write(tmp_path / "published.jsonl", published))
    assert (again.rows, again.read) == (found.rows, 2)
    with pytest.raises(InputError, match="none of its 2 rows has a record of 2 fields"):
        read_told(write(tmp_path / "prose.jsonl", rows[2:]))
    with pytest.raises(InputError, match=r"\(2 cannot be read\)"):
        read_told(write(tmp_path / "numbers.jsonl", [5, 6]))


def test_the_embedded_verifier_is_adapted_to_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        tmp_path / "rows.jsonl", [{"context": r, "target": text} for r, text in lamps(120)]
    )
    recipe = Recipe(batch_size=8, max_tokens=64, documents=24, peak_rate=1e-9)
    model, before, after = adapt_to_rows(path, tmp_path / "out", recipe)
    assert before.rows == after.rows > 0
    assert after.auc.value == pytest.approx(before.auc.value, abs=0.1)
    manifest = json.loads((model / "groundwire.json").read_text(encoding="utf-8"))
    assert manifest["sets"]["synthetic: own rows"] == 24
    few = write(tmp_path / "few.jsonl", [{"context": r, "target": t} for r, t in lamps(4)])
    with pytest.raises(InputError, match="4 rows with 4 different records do not show"):
        adapt_to_rows(few, tmp_path / "other", recipe)
    assert main(["train", "verifier", "--rows", str(few), "-o", str(tmp_path / "new")]) == 2
    assert "give some hundred rows" in capsys.readouterr().err
    recipe_file = tmp_path / "recipe.toml"
    recipe_file.write_text("batch_size = 8\nmax_tokens = 64\ndocuments = 8\npeak_rate = 1e-9\n")
    mixed = write(
        tmp_path / "mixed.jsonl",
        [*map(json.loads, path.read_text(encoding="utf-8").splitlines()), 5, {"context": "a"}],
    )
    args = ["--rows", str(mixed), "-o", str(tmp_path / "mixed"), "--recipe", str(recipe_file)]
    assert main(["train", "verifier", *args]) == 0
    told = capsys.readouterr().out
    assert "note: 2 rows that cannot be read were not used" in told
    assert "held-out claims are too few for the interval" in told
    both = ["--rows", str(few), "--documents", str(few), "-o", str(tmp_path / "new")]
    assert main(["train", "verifier", *both]) == 2
    assert "give one of --data DIR" in capsys.readouterr().err
