from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.evidence import records
from groundwire.evidence.records import (
    parse_json,
    parse_structured,
    spell_key,
    write_record,
    write_row,
    write_table,
)
from groundwire.text.blocks import find_sentences

REVIEW = (
    "We came on a Sunday and loved the view over the bay.\n\n"
    "The staff was kind, the fish was fresh, and we will surely come back next year."
)
BUSINESS: dict[str, Any] = {
    "name": "Blue Lagoon",
    "address": "12 Main St",
    "city": "Santa Barbara",
    "categories": "Seafood, Bars",
    "hours": {"Monday": "0:0-0:0", "Tuesday": "11:5-21:30"},
    "attributes": {
        "BusinessParking": {"garage": False, "street": True, "lot": None},
        "OutdoorSeating": True,
        "WiFi": "u'free'",
        "RestaurantsPriceRange2": 2,
        "HasTV": False,
        "Ambience": "{'romantic': False, 'trendy': True}",
        "Music": None,
    },
    "business_stars": 3.5,
    "review_info": [
        {"review_stars": 5.0, "review_date": "2021-03-04", "review_text": REVIEW},
        {"review_stars": 2.0, "review_text": "Too loud!"},
    ],
}
BUSINESS_TEXT = f"""\
name: Blue Lagoon.
address: 12 Main St.
city: Santa Barbara.
categories: Seafood, Bars.
hours: Monday: 0:00-0:00; Tuesday: 11:05-21:30.
attributes: business parking: garage: no; street: yes.
attributes: outdoor seating: yes; wifi: free; restaurants price range 2: 2; has TV: no.
attributes: Ambience: romantic: no; trendy: yes.
business stars: 3.5.
review 1: stars: 5.0; date: 2021-03-04.
review 1: text: {REVIEW}
review 2: stars: 2.0; text: Too loud!"""


def test_a_business_record() -> None:
    assert write_record(BUSINESS) == BUSINESS_TEXT


def test_json_text_and_python_literal_read_the_same() -> None:
    assert write_record(parse_structured(json.dumps(BUSINESS))) == BUSINESS_TEXT
    assert write_record(parse_structured(str(BUSINESS))) == BUSINESS_TEXT


def test_every_fact_of_a_record_is_a_sentence() -> None:
    sentences = {BUSINESS_TEXT[start:end] for start, end in find_sentences(BUSINESS_TEXT)}
    assert "address: 12 Main St." in sentences
    assert "hours: Monday: 0:00-0:00; Tuesday: 11:05-21:30." in sentences
    assert "attributes: business parking: garage: no; street: yes." in sentences


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("WheelchairAccessible", "wheelchair accessible"),
        ("wheelchair_accessible", "wheelchair accessible"),
        ("wheelchair-accessible", "wheelchair accessible"),
        ("wheelchairAccessible", "wheelchair accessible"),
        ("WiFi", "wifi"),
        ("free_WiFi", "free wifi"),
        ("HasTV", "has TV"),
        ("HTTPServer", "HTTP server"),
        ("iPhone", "iPhone"),
        ("Monday", "Monday"),
        ("NATO", "NATO"),
        ("e-mail", "e-mail"),
        ("2008 - 12", "2008 - 12"),
        ("Capital and largest city", "Capital and largest city"),
        ("größe_cm", "größe_cm"),
        ("total:", "total"),
        (7, "7"),
    ],
)
def test_keys_become_words(key: object, expected: str) -> None:
    assert spell_key(key) == expected


def test_what_says_nothing_is_left_out() -> None:
    silent: dict[str, Any] = {
        "a": None,
        "b": "",
        "c": [],
        "d": {},
        "e": float("nan"),
        "f": {"g": [None]},
    }
    assert write_record(silent) == ""
    assert write_record({**silent, "zero": 0, "no": False}) == "zero: 0.\nno: no."


def test_numbers_stay_as_they_were_written() -> None:
    text = '{"price": 1.50, "large": 1e400, "long": ' + "9" * 5000 + ', "nan": NaN}'
    assert write_record(parse_json(text)) == f"price: 1.50.\nlarge: 1e400.\nlong: {'9' * 5000}."


def test_repeated_keys_are_all_kept() -> None:
    assert write_record(parse_json('{"tag": "a", "tag": "b"}')) == "tag: a, b."


def test_items_with_commas_are_told_apart() -> None:
    assert write_record({"cities": ["Lyon, France", "Nice"]}) == "cities: Lyon, France; Nice."


def test_the_name_of_a_list_is_not_repeated_unless_it_would_be_ambiguous() -> None:
    items = [{"review_stars": 5, "stars": 4}]
    assert write_record({"reviews": items}) == "review 1: review stars: 5; stars: 4."


def test_nested_lists_are_numbered() -> None:
    assert write_record({"boxes": [[1, 2], [3, 4]]}) == "box 1: 1, 2.\nbox 2: 3, 4."


def test_long_lists_and_objects_repeat_their_path_on_every_line() -> None:
    lines = write_record({"codes": list(range(1000)), "map": {f"k{i}": i for i in range(100)}})
    for line in lines.split("\n"):
        assert line.startswith(("codes: ", "map: "))
        assert len(line) < 300


def test_dates_and_numpy_like_values() -> None:
    import numpy as np

    record = {
        "day": datetime.date(2024, 5, 3),
        "flag": np.bool_(True),
        "count": np.int64(3),
        "tags": {"b", "a"},
    }
    assert write_record(record) == "day: 2024-05-03.\nflag: yes.\ncount: 3.\ntags: a, b."


@pytest.mark.parametrize("value", [b"x", object(), 1 + 2j])
def test_values_that_are_no_json(value: object) -> None:
    if isinstance(value, complex):
        assert write_record({"a": value}) == "a: (1+2j)."
        return
    with pytest.raises(InputError, match=rf"a: b holds a {type(value).__name__}"):
        write_record({"a": {"b": value}})


def test_a_cycle_ends_at_the_depth_limit() -> None:
    record: dict[str, Any] = {"a": 1}
    record["self"] = record
    with pytest.raises(InputError, match="deeper than 64 levels"):
        write_record(record)


def test_64_levels_are_read() -> None:
    record: Any = "end"
    for _ in range(records.MAX_DEPTH):
        record = {"a": record}
    assert write_record(record).endswith("a: end.")
    with pytest.raises(InputError, match="64"):
        write_record({"a": record})


@pytest.mark.parametrize("leaf", ["laugh", None, []])
def test_a_bomb_of_shared_parts_is_refused(leaf: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MAX_RECORD_CHARS", 50_000)
    bomb: Any = {"leaf": leaf}
    for _ in range(40):
        bomb = {"a": bomb, "b": bomb}
    with pytest.raises(InputError, match="longer than 50,000 characters"):
        write_record(bomb)


def test_deep_json_names_the_limit() -> None:
    with pytest.raises(InputError, match="deeper than 64 levels"):
        parse_json("[" * 100_000)


@pytest.mark.parametrize(
    "text",
    [
        "{'a': " * 5000 + "1" + "}" * 5000,
        "{" + "-" * 100_000 + "1: 2}",
        "{'a': __import__('os')}",
        r"{'a': '\d'}",
        "{'a': '" + "x" * 300_000 + "'}",
        "{1: 2, **{}}",
        "{'a\x00': 1}",
    ],
)
def test_python_literals_are_read_only_when_that_is_safe(text: str) -> None:
    assert parse_structured(text) is None


def test_rows() -> None:
    assert write_row(["name", "", "yearBuilt"], ["Ada", "x", 1990, "more"], 3) == (
        "row 3: name: Ada; column 2: x; year built: 1990; column 4: more."
    )
    assert write_row(["a", "b"], ["", None], 1) == ""
    assert write_row(["a", "a"], [1, 2], 1) == "row 1: a: 1; a: 2."
    assert write_table([["a"], [1], [""], [3]]) == "row 1: a: 1.\nrow 3: a: 3."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=20,
)


def _leaves(value: Any) -> list[str]:
    if isinstance(value, Mapping):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value] if isinstance(value, str) else []


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.text(max_size=8), JSON, max_size=4))
def test_any_record_is_read_whole_and_always_the_same(record: dict[str, Any]) -> None:
    text = write_record(record)
    assert text == write_record(record)
    for leaf in _leaves(record):
        if leaf.strip()[:1] not in ("{", "'", "u"):
            assert " ".join(leaf.split()) in text


def test_rows_of_a_query_as_python_writes_them() -> None:
    told = "[('Vega', Decimal('120.50'), datetime.date(2026, 1, 5)), ('Sol', None, 'x')]"
    assert write_record(parse_structured(told)) == (
        "row 1: column 1: Vega; column 2: 120.50; column 3: 2026-01-05.\n"
        "row 2: column 1: Sol; column 3: x."
    )
    for other in ("[(1, 2)]", "[(1, 2), (3,)]", "[(1, f()), (2, 3)]", "[(1, 2), 3]", "[(a), (b)]"):
        assert parse_structured(other) is None


def test_rows_that_a_string_holds_are_read() -> None:
    rows = '[{"name": "Vega", "price": 120}, {"name": "Sol", "price": 90}]'
    assert write_record({"text": rows, "note": "[1]"}) == (
        "text 1: name: Vega; price: 120.\ntext 2: name: Sol; price: 90.\nnote: [1]."
    )
