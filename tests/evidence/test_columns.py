"""Tables that an object holds column by column are read row by row."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.columns import read_columns
from groundwire.evidence.records import parse_structured, write_record


@pytest.mark.parametrize(
    ("record", "rows"),
    [
        (
            {"time": ["May 1", "May 2"], "rain": [3, None]},
            [{"time": "May 1", "rain": 3}, {"time": "May 2", "rain": None}],
        ),
        (
            {"sales": ["1.5", "2"], "when": ["2026-01-01", "2026-02-01"]},
            [{"sales": "1.5", "when": "2026-01-01"}, {"sales": "2", "when": "2026-02-01"}],
        ),
        (
            {"name": ["Vega", "Sol"], "food": ["in", "out"]},
            [{"name": "Vega", "food": "in"}, {"name": "Sol", "food": "out"}],
        ),
        (
            {"columns": ["city", "tram"], "data": [["Oslo", True], ["Ulm", False]]},
            [{"city": "Oslo", "tram": True}, {"city": "Ulm", "tram": False}],
        ),
        (
            {"fields": [{"name": "city"}, {"name": "n"}], "rows": [["Oslo", 1]], "index": [0]},
            [{"city": "Oslo", "n": 1}],
        ),
    ],
)
def test_tables(record: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    assert read_columns(record) == rows


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"pros": ["cheap", "light"], "cons": ["loud", "old"]},
        {"sizes": [38, 39], "ratings": [4, 5]},  # nothing says that they belong together
        {"time": ["May 1", "May 2"], "rain": [3]},
        {"time": ["May 1"], "rain": [3]},
        {"time": ["May 1", "May 1"], "rain": [3, 4]},
        {"time": ["May 1", "May 2"], "rain": [3, 4], "town": "Oslo"},
        {"time": ["May 1", "May 2"], "rain": [[3], [4]]},
        {"columns": ["a", "b"], "data": [["Oslo"]]},
        {"columns": ["a", "a"], "data": [["Oslo", 1]]},
        {"columns": ["a", "b"], "data": [["Oslo", 1]], "title": "more"},
        {"columns": "ab", "data": [["Oslo", 1]]},
    ],
)
def test_other_objects(record: dict[str, Any]) -> None:
    assert read_columns(record) is None


def test_units_that_stand_in_an_object_of_their_own_join_their_numbers() -> None:
    told = parse_structured(
        '{"hourly_units": {"time": "iso8601", "temp": "°C"},'
        ' "hourly": {"time": ["2026-05-01T00:00", "2026-05-01T01:00"], "temp": [3.4, 5]}}'
    )
    assert write_record(told).splitlines()[1:] == [
        "hourly 1: time: 2026-05-01T00:00; temp: 3.4 °C.",
        "hourly 2: time: 2026-05-01T01:00; temp: 5 °C.",
    ]


@given(
    st.lists(st.text("abcxyz", min_size=1), min_size=2, max_size=6, unique=True),
    st.lists(st.text("pqrs", min_size=1), min_size=1, max_size=4, unique=True),
    st.data(),
)
def test_each_cell_stands_in_its_row(
    labels: list[str], names: list[str], data: st.DataObject
) -> None:
    columns = {
        name: data.draw(
            st.lists(st.integers(), min_size=len(labels), max_size=len(labels)), label=name
        )
        for name in names
    }
    rows = read_columns({"label": labels, **columns})
    assert rows is not None
    assert [row["label"] for row in rows] == labels
    for name, cells in columns.items():
        assert [row[name] for row in rows] == cells


@pytest.mark.parametrize(
    ("index", "rows"),
    [
        ([0, 1], [{"price": 9}, {"price": 7}]),
        (["Vega", "Sol"], [{"index": "Vega", "price": 9}, {"index": "Sol", "price": 7}]),
        (["Vega"], None),
    ],
)
def test_names_of_rows_stay_with_them(index: list[Any], rows: list[Any] | None) -> None:
    record = {"columns": ["price"], "index": index, "data": [[9], [7]]}
    assert read_columns(record) == rows
