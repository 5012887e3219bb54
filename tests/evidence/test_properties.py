"""Lists of names with values are the fields of what holds them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.properties import read_properties
from groundwire.evidence.records import write_record

SPECS = [{"name": "OS", "value": "Android 13"}, {"name": "Weight", "value": "190 g"}]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        (SPECS, {"OS": "Android 13", "Weight": "190 g"}),
        ([{"Key": "team", "Value": "blue"}], {"team": "blue"}),
        (
            [{"@type": "PropertyValue", "name": "Bed", "value": "oak"}],
            {"Bed": "oak"},
        ),
        (
            [{"name": "Fat", "value": 1.5, "unit": "g"}, {"name": "Salt", "value": 0, "unit": ""}],
            {"Fat": "1.5 g", "Salt": 0},
        ),
        ([{"label": "3.5mm jack ", "value": True}], {"3.5mm jack": True}),
        ([{"name": "Bands", "values": ["2G", "4G"]}], {"Bands": ["2G", "4G"]}),
        (
            [{"part": "Body", "specs": SPECS}, {"part": "Box", "specs": []}],
            {"Body": {"OS": "Android 13", "Weight": "190 g"}, "Box": []},
        ),
    ],
)
def test_what_is_a_list_of_properties(values: list[Any], found: dict[str, Any]) -> None:
    assert read_properties(values) == found


@pytest.mark.parametrize(
    "values",
    [
        [],
        [1, 2],
        ["name", "value"],
        [{"name": "OS", "value": "Android 13"}, "more"],
        [{"name": "Ada", "value": "9", "age": 4}],  # says more than its value
        [{"name": "Ada", "team": "blue"}],
        [{"name": "Spain", "value": 7}, {"name": "France", "value": 12}],  # points of a chart
        [{"name": "2021", "value": "7 t"}, {"name": "2022", "value": "8 t"}],  # a series
        [{"name": "OS", "value": "a"}, {"name": "OS", "value": "b"}],
        [{"name": "note: a", "value": "b"}],
        [{"name": 4, "value": "b"}],
        [{"name": "Fat", "value": [1], "unit": "g"}],
        [{"city": "Oslo", "trams": [{"line": 1, "stops": 9}]}],
        [{"line": "Line 4", "specs": SPECS}, {"line": "Line 7", "specs": SPECS}],
        [{"city": "Oslo", "specs": SPECS}, {"town": "Ulm", "specs": SPECS}],
    ],
)
def test_what_is_another_list(values: list[Any]) -> None:
    assert read_properties(values) is None


def test_names_with_numbers_are_no_numbers_of_items() -> None:
    lines = {"Line 4": {"stops": 17}, "Line 7": {"stops": 23, "note": ""}}
    assert write_record(lines) == (
        "row 1: name: Line 4; stops: 17.\nrow 2: name: Line 7; stops: 23."
    )
    assert write_record({"Oslo": {"trams": 4}, "Ulm": {"trams": 7}}) == (
        "Oslo: trams: 4.\nUlm: trams: 7."
    )


def test_a_claim_finds_all_properties_of_a_thing_in_one_record() -> None:
    phone = {"model": "V7", "details": [{"category": "Platform", "specs": SPECS}]}
    assert write_record(phone) == ("model: V7.\ndetails: Platform: OS: Android 13; Weight: 190 g.")


@given(
    st.dictionaries(
        st.text("abcXYZ 25", min_size=1, max_size=9).filter(lambda name: name.strip() == name),
        st.text(max_size=9).map(lambda text: f"{text}x"),
        min_size=1,
    )
)
def test_folding_loses_nothing(fields: dict[str, str]) -> None:
    found = read_properties([{"name": key, "value": value} for key, value in fields.items()])
    if found is not None:
        assert json.dumps(sorted(found.values())) == json.dumps(sorted(fields.values()))
        assert [" ".join(key.split()) for key in fields] == [*found]


def test_what_is_missing_has_no_unit() -> None:
    values: list[Any] = [None, True, "", "2 or 3"]
    names = ["fat", "salt", "iron", "zinc"]
    items = [{"name": n, "value": v, "unit": "g"} for n, v in zip(names, values, strict=True)]
    assert read_properties(items) == {"fat": None, "salt": True, "iron": "", "zinc": "2 or 3 g"}
