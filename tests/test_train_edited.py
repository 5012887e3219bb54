"""Pairs from records and the texts that tell them, without labels."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.cli import main
from groundwire.errors import InputError
from groundwire.evidence.records import record_text
from groundwire.guard import Guard
from groundwire.testing import FakeVerifier
from groundwire.train import telling as telling_module
from groundwire.train.data.cleaning import without_losses
from groundwire.train.data.forms import Part
from groundwire.train.data.given import given_by_context
from groundwire.train.data.judged import Judged
from groundwire.train.data.meaning import read_meaning, without
from groundwire.train.data.options import DataOptions
from groundwire.train.data.reading import Example
from groundwire.train.data.run import audit_data
from groundwire.train.edited import edit, edited_pairs, learned, read_told
from groundwire.train.recipe import Recipe
from groundwire.train.telling import Telling, words_in
from groundwire.train.verifier import adapt_to_rows
from groundwire.types import Claim, Evidence, Label, Quote, Verdict

COLORS = ("red", "green", "blue", "white")
TOWNS = ("Harvel", "Carston", "Dunmore", "Lorne", "Norwick")
Row = tuple[dict[str, Any], str]


def lamps(count: int) -> list[Row]:
    """Records of lamps; every third text leaves the color out."""
    rows = []
    for i in range(count):
        color, town = COLORS[i % 4], TOWNS[i % 5]
        record = {"name": f"Lamp {i}", "color": color, "made in": town}
        told = "old" if i % 3 == 0 else color
        rows.append((record, f"Lamp {i} is a {told} lamp that was made in {town}."))
    return rows


def believing(pairs: list[tuple[str, str]]) -> Sequence[float]:
    return [0.9] * len(pairs)


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


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
    edited, label = edit(record, key, values, rng)
    assert {k: v for k, v in edited.items() if k != key} == {
        k: v for k, v in record.items() if k != key
    }
    assert label == ("contradicted" if key in edited else "not_enough")
    assert edited.get(key, None) != record[key]


def test_words_tell_the_fields_that_they_stand_with() -> None:
    rows = lamps(200)
    telling = Telling()
    for record, text in rows:
        telling.add(record, text)
    for record, text in rows:
        assert ("color" in telling.keys(record, text)) == ("old" not in text)
        assert "made in" in telling.keys(record, text)
        assert telling.keys(record, "It is good.") == []


def test_fields_that_are_left_out_are_seen() -> None:
    telling, rows = Telling(), lamps(300)
    for record, text in rows:
        telling.add(record, text)
    for record, text in rows:
        assert telling.omitted(record, text) == (["color"] if "old" in text else [])
        assert telling.omitted({**record, "size": "large"}, text)[:1] != ["size"]
    assert telling.omitted({"name": "Lamp 1", "color": "teal"}, "It is a lamp.") == []
    few = Telling()
    for record, text in rows[:30]:
        few.add(record, text)
    assert few.omitted(rows[0][0], "It is a lamp.") == []  # 8 texts of a color teach too little


def test_a_value_that_is_inflected_is_told() -> None:
    colors = ("green", "white")
    rows = [
        ({"id": i, "color": colors[i % 2]}, f"Lamp {i} is {colors[i % 2]}.") for i in range(200)
    ]
    telling = learned(rows)
    assert telling.omitted(rows[0][0], "It is a greenish lamp.") == []
    assert telling.omitted(rows[0][0], "It is a grey lamp.") == ["color"]
    assert telling.covered(rows[0][0], "Lamp 0 is a greenish lamp.") == 1.0


def test_a_field_of_endless_values_is_told_by_their_own_words() -> None:
    telling = Telling()
    rows = [
        ({"id": i, "color": COLORS[i % 4]}, f"Lamp {i} is {COLORS[i % 4]}.") for i in range(400)
    ]
    for record, text in rows:
        telling.add(record, text)
    assert telling.keys(*rows[0]) == ["id", "color"]
    assert telling.keys(rows[7][0], "Lamp 8 is white.") == ["color"]
    assert telling.omitted(rows[0][0], "It is a lamp.") == ["color"]  # an id has no usual words


def test_a_name_does_not_tell_what_goes_with_it() -> None:
    """Where lamps of a name are nearly always of one color, the color must still be told."""
    rng = random.Random(0)
    rows = []
    for i in range(800):
        usual = i % 4
        color = COLORS[usual if rng.random() < 0.9 else rng.randrange(4)]
        record = {"name": ("Alba", "Boreas", "Corvus", "Dione")[usual], "color": color}
        rows.append((record, f"{record['name']} is {color}." if i % 5 else f"{record['name']}!"))
    telling = Telling()
    for record, text in rows:
        telling.add(record, text)
    for record, text in rows:
        assert telling.omitted(record, text) == ([] if record["color"] in text else ["color"])


def test_words_of_a_field_that_a_record_lacks_are_suspected() -> None:
    rows = lamps(300)
    telling = learned(rows)
    for record, text in rows:
        assert telling.unstated(record, text) == []
        lacking = {key: value for key, value in record.items() if key != "color"}
        assert telling.unstated(lacking, text) == ([] if "old" in text else ["color"])
    doubted = [({"name": r["name"], "made in": r["made in"]}, text) for r, text in rows[1::3]]
    assert edited_pairs(doubted, telling, believing, 1, 50) == []


def test_a_field_that_no_text_tells_is_omitted_by_none() -> None:
    telling = Telling()
    for record, text in lamps(300):
        telling.add({**record, "shop": "north"}, text)
    record, text = lamps(300)[1]
    assert telling.omitted({**record, "shop": "north"}, text) == []


def test_of_many_texts_a_sample_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling_module, "ROWS", 150)
    one, other = Telling(), Telling()
    for record, text in lamps(600):
        one.add(record, text)
        other.add(record, text)
        assert len(one._rows) <= 150
    assert max(int(record["name"][5:]) for record, _ in one._rows) > 500
    assert one._rows == other._rows
    assert one.omitted(*lamps(600)[3]) == ["color"]
    monkeypatch.setattr(telling_module, "PAIRS", 0)
    assert other.omitted(*lamps(600)[3]) == []
    assert other.keys(*lamps(600)[3]) == ["name"]  # by its own words, of which nothing is learned


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
            stated = words_in(" ".join(e.passage.text for e in found))
            right = {word for word in words_in(claim.text) if len(word) > 2} <= stated
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


def colored(count: int) -> list[dict[str, Any]]:
    """Rows in groups of three that differ in the color; every fifth group does not tell it."""
    rows = []
    for i in range(count):
        group = i // 3
        record = {"name": f"Bar {group}", "size": "large", "color": COLORS[i % 3]}
        told = "large lamp" if group % 5 == 0 else f"large {COLORS[i % 3]} lamp"
        rows.append({"context": record, "target": f"Bar {group} is a {told}."})
    return rows


class Supporting(FakeVerifier):
    """Supports all claims."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        passages = [found[0].passage for found in evidence]
        return [
            Verdict(claim, "supported", 0.9, (Quote(passage.text, passage.source, 0, 1),))
            for claim, passage in zip(claims, passages, strict=True)
        ]


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


def test_nothing_is_no_value() -> None:
    rows: list[Row] = []
    for i in range(200):
        color = COLORS[i % 4] if i % 2 else None
        rows.append(({"id": i, "color": color, "shade": ""}, f"Lamp {i} is {color or 'plain'}."))
    telling = learned(rows)
    for record, text in rows:
        assert telling.omitted(record, text) == []
    assert telling.omitted(rows[1][0], "Lamp 1 is plain.") == ["color"]
    assert telling.covered(rows[0][0], "Lamp 0 is plain.") == 1.0


def test_scripts_without_spaces() -> None:
    colors, sizes = ("蓝色", "红色", "绿色"), ("大", "小")
    rows: list[Row] = []
    for i in range(120):
        record = {"名": f"灯{i}", "颜色": colors[i % 3], "大小": sizes[i % 2]}
        size = "也很好" if i % 9 == 0 else f"很{sizes[i % 2]}"
        rows.append((record, f"这是一盏{colors[i % 3]}的灯，{size}。"))
    telling = learned(rows)
    for i, (record, text) in enumerate(rows):
        assert telling.omitted(record, text) == (["大小"] if i % 9 == 0 else [])
    assert telling.covered(rows[1][0], "灯1是红色的灯，很小。") == 1.0


def test_a_word_of_a_rare_value_may_tell_another_field() -> None:
    said = {"red": "crimson", "blue": "azure", "green": "olive", "white": "ivory"}
    rows: list[Row] = []
    for i in range(200):
        color = COLORS[i % 4]
        note = f"note {i} on a {said[color]} thing" if i % 10 == 0 else f"note {i}"
        rows.append(({"id": f"L{i}", "color": color, "note": note}, f"L{i} is {said[color]}."))
    telling = learned(rows)
    for record, text in rows:
        assert telling.omitted(record, text) == []


def test_a_repair_that_tells_less_of_a_record_is_no_repair() -> None:
    telling = learned(lamps(300))
    record, _ = lamps(300)[1]
    text = "Lamp 1 is a green lamp from Mars. It was made in Carston."

    def left(repair: str, context: Any = record) -> Judged:
        part = Part("target", text, given_by_context(context))
        judged = Judged("unfaithful", repairs={"target": repair}, repaired=0.9)
        return without_losses(Example(0, "here", parts=(part,)), judged, telling)

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
        ([{"name": "Aromi", "area": 2}, ""], ["name"], [{"area": 2}]),
        (5, ["name"], None),
    ],
)
def test_a_context_loses_fields_in_the_form_that_it_has(
    context: Any, keys: list[str], left: Any
) -> None:
    assert without(context, keys) == left


@given(st.dictionaries(st.sampled_from("abcdef"), st.text("xyz ,"), min_size=1), st.data())
def test_what_remains_of_a_representation_reads_as_before(
    slots: dict[str, str], data: st.DataObject
) -> None:
    keys = data.draw(st.sets(st.sampled_from(sorted(slots))))
    text = ", ".join(f"{key}[{value}]" for key, value in slots.items())
    left = without(text, keys)
    kept = {k: v.strip() for k, v in slots.items() if k not in keys}
    assert (read_meaning(left) if left is not None else None) == (kept or None)


def test_pairs_are_balanced_and_edits_are_of_what_is_told() -> None:
    pairs = edited_pairs(lamps(200), learned(lamps(200)), believing, 1, 150)
    assert pairs == edited_pairs(lamps(200), learned(lamps(200)), believing, 1, 150)
    assert pairs != edited_pairs(lamps(200), learned(lamps(200)), believing, 2, 150)
    assert len(pairs) == 150
    known = {record_text(record) for record, _ in lamps(200)}
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

    pairs = edited_pairs(lamps(200), learned(lamps(200)), doubting, 1, 300)
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
