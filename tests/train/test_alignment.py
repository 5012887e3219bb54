"""Which fields of a record a text tells."""

from __future__ import annotations

import random

import pytest

from groundwire.train import alignment as telling_module
from groundwire.train.alignment import Telling, learn_alignment
from groundwire.train.pairs.records import make_edited_pairs
from record_cases import COLORS, Row, believing, lamps


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
    telling = learn_alignment(rows)
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
    telling = learn_alignment(rows)
    for record, text in rows:
        assert telling.unstated(record, text) == []
        lacking = {key: value for key, value in record.items() if key != "color"}
        assert telling.unstated(lacking, text) == ([] if "old" in text else ["color"])
    doubted = [({"name": r["name"], "made in": r["made in"]}, text) for r, text in rows[1::3]]
    assert make_edited_pairs(doubted, telling, believing, 1, 50) == []


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


def test_nothing_is_no_value() -> None:
    rows: list[Row] = []
    for i in range(200):
        color = COLORS[i % 4] if i % 2 else None
        rows.append(({"id": i, "color": color, "shade": ""}, f"Lamp {i} is {color or 'plain'}."))
    telling = learn_alignment(rows)
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
    telling = learn_alignment(rows)
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
    telling = learn_alignment(rows)
    for record, text in rows:
        assert telling.omitted(record, text) == []
