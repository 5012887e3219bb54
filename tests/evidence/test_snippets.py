"""JSON that stands within a text is read as records where it holds several."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.errors import InputError
from groundwire.evidence.documents import make_documents
from groundwire.evidence.snippets import write_snippets

ROOMS = '[{"name": "Vega", "price_eur": 120}, {"name": "Sol", "price_eur": 90}]'
READ = "row 1: name: Vega; price eur: 120.\nrow 2: name: Sol; price eur: 90."


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (f"Search results: {ROOMS}", f"Search results:\n\n{READ}\n\n"),
        (f"Two rooms.\n```json\n{ROOMS}\n```\nAsk us.", f"Two rooms.\n\n\n{READ}\n\n\nAsk us."),
        (f"~~~\n{ROOMS}\n~~~", f"\n\n{READ}\n\n"),
        (
            "Observation: {'rooms': [{'name': 'Vega', 'tv': True}, {'name': 'Sol', 'tv': None}]}",
            "Observation:\n\nroom 1: name: Vega; tv: yes.\nroom 2: name: Sol.\n\n",
        ),
        ('Found: {"name": "Vega", "price_eur": 120}', "Found:\n\nname: Vega.\nprice eur: 120.\n\n"),
    ],
)
def test_records_in_a_text(text: str, read: str) -> None:
    assert write_snippets(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "It was built in 1927 [1]. It is 90 m high {sic}.",
        "To wait longer, put this into the file that is named settings.json and start again: "
        '{"timeout": 30}',
        "for (i of [1, 2]) { f(a[0], b{1}); }",
        'x = rows[{"a": 1}, {"a": 2}]',
        '{"a": 1',
        "{'a': [}",
        "The list: [[1, 2], [3, 4]] holds pairs.",
    ],
)
def test_what_stays_as_it_is_written(text: str) -> None:
    assert write_snippets(text) == text


def test_no_value_of_one_record_supports_what_is_said_of_another() -> None:
    guard, evidence = Guard(), f"Tool result:\n```json\n{ROOMS}\n```"
    assert guard.check("Sol costs 90 euros.", evidence).verdicts[0].label == "supported"
    assert guard.check("Sol costs 120 euros.", evidence).verdicts[0].label == "contradicted"


def test_records_that_are_nested_too_deeply_are_refused() -> None:
    deep = '{"a": ' * 3000 + "1" + "}" * 3000
    with pytest.raises(InputError, match="nested"):
        make_documents(f"See: {deep}")


def test_many_brackets_take_no_long_time() -> None:
    text = "see ['a " * 20_000
    assert write_snippets(text) == text


@given(
    st.lists(
        st.dictionaries(
            st.text("abc", min_size=1, max_size=3), st.text("xyz", min_size=1), min_size=1
        ),
        min_size=2,
        max_size=4,
    ),
    st.text("abc. \n", max_size=20),
    st.text("abc. \n", max_size=20),
)
def test_all_values_stay(rows: list[dict[str, str]], before: str, behind: str) -> None:
    read = write_snippets(f"{before}\n{json.dumps(rows)}\n{behind}")
    assert read.startswith(before.rstrip(" "))
    for row in rows:
        for value in row.values():
            assert value in read


@pytest.mark.parametrize("text", ["[" * 5000, '{"a": [' * 5000, '[{"a": 1},' * 5000])
def test_brackets_that_nothing_closes_are_text(text: str) -> None:
    assert write_snippets(f"See {text}") == f"See {text}"


def test_objects_that_are_most_of_a_text_together_are_records() -> None:
    told = write_snippets('{"name": "Vega", "price": 120}\n\n{"name": "Sol",\n "price": 90}')
    assert [line for line in told.split("\n") if line] == [
        "name: Vega.", "price: 120.", "name: Sol.", "price: 90.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "before",
    [
        "Columns: ('hub', 'opened', 'live')\nResult:\n",
        "SQL: SELECT h.name AS hub, date(h.opened, 'x') AS opened, h.live FROM hubs h;\n",
        'Rows of ["hub", "opened", "live"]: ',
    ],
)
def test_rows_of_a_query_have_the_names_before_them(before: str) -> None:
    rows = "[('East', datetime.date(2024, 5, 1), True), ('West', datetime.date(2023, 2, 9), False)]"
    written = write_snippets(before + rows)
    assert "row 2: hub: West; opened: 2023-02-09; live: no." in written
    assert "column 1: East" in write_snippets("Columns: ('hub', 'live')\n" + rows)
