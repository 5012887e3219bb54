"""Cells: what names and fields beside a value say of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.cells import Cell, join_siblings, join_unit, spell_names, write_share
from groundwire.evidence.documents import make_documents
from groundwire.evidence.scopes import find_lines


def read(evidence: object) -> str:
    texts = [document.text for document in make_documents(evidence)]
    return " ".join(line.reading for text in texts for line in find_lines(text)[0] if line.cells)


@pytest.mark.parametrize(
    ("evidence", "reading"),
    [
        ({"fare": 61, "currency": "CHF"}, "fare: 61 CHF."),
        ({"ride": {"fee": 7.5, "currency": "eur"}}, "fee: 7.5 EUR;"),
        ({"currency": "GBP", "lines": [{"name": "Oar", "price": 12}]}, "price: 12 GBP."),
        ({"price_cents": 1999, "currency": "GBP"}, "price: 19.99 GBP."),
        ({"price": 4, "unit": "kg", "currency": "EUR"}, "price: 4 EUR per kg."),
        ({"price": 5, "unit": "EUR"}, "price: 5 EUR."),
        ({"value": 131, "unit": "mg/dL"}, "value: 131 mg/dL."),
        ({"weight": 5, "weight_unit": "kg", "bags": 3}, "weight: 5 kg."),
    ],
)
def test_a_field_beside_a_value_gives_it_its_currency_or_unit(
    evidence: object, reading: str
) -> None:
    assert reading in read(evidence)


@pytest.mark.parametrize(
    ("evidence", "reading"),
    [
        ({"nights": 3, "fee": 40, "currency": "EUR"}, "nights: 3 nights."),
        ({"rate": 1.08, "currency": "USD"}, "rate: 1.08."),
        ({"weight": 5, "weight_unit": "kg", "bags": 3}, "bags: 3."),
        ({"fee": 40, "currency": "two kinds"}, "fee: 40."),
        ({"fee": 40, "unit": "Research"}, "fee: 40."),
    ],
)
def test_what_is_no_amount_gets_none(evidence: object, reading: str) -> None:
    assert reading in read(evidence)


@pytest.mark.parametrize(
    ("name", "value", "joined"),
    [
        ("net_kusd", "410", ("net", "410 thousand USD")),
        ("TEUR", "410", ("TEUR", "410")),
        ("net (mEUR)", "4.1", ("net", "4.1 million EUR")),
        ("net usd m", "4.1", ("net", "4.1 million USD")),
        ("fee_eur_cents", "1250", ("fee", "12.50 EUR")),
        ("size mb", "12", ("size", "12 MB")),
        ("share pct", "12", ("share", "12%")),
    ],
)
def test_codes_in_names_are_units(name: str, value: str, joined: tuple[str, str]) -> None:
    assert join_unit(name, value, "", "", frozenset()) == joined


def test_columns_of_quarters_and_years_stand_under_captions() -> None:
    table = "Sales (in € million)\nShop,2011,2012\nQuay,34,36\nMill,12,98"
    assert "Shop: Quay; 2011: 34 million €; 2012: 36 million €." in read(table)
    assert "Q2 sales: 43 thousand USD" in read("shop,q1_sales_kusd,q2_sales_kusd\nQuay,41,43")


def test_spaces_after_the_marks_of_a_table() -> None:
    assert "Land: Vell; Gold: 3; Tin: 8." in read("Land; Gold; Tin\nVell; 3; 8\nOsk; 0; 2")
    assert read("Milk, eggs, flour\n2, 3, 500") == ""


def test_a_share_of_one_is_a_percentage_too() -> None:
    assert write_share(Cell("exit rate", "0.4173")).value == "0.4173 (41.73%)"
    for name, value in (("exchange rate", "0.92"), ("hourly rate", "0.92"), ("rate", "4.17")):
        assert write_share(Cell(name, value)).value == value


KEYS = st.sampled_from(["price", "currency", "unit", "qty", "amount", "id", "total cents"])
VALUES = st.sampled_from(["5", "EUR", "kg", "1250", "0.25", "two", "eur", "$4", "12 cents"])


@given(st.lists(st.builds(Cell, KEYS, VALUES), max_size=6))
def test_a_joined_cell_keeps_its_key_and_place(cells: list[Cell]) -> None:
    joined = join_siblings(cells)
    assert [cell.key for cell in joined] == [cell.key for cell in cells]
    for before, after in zip(cells, joined, strict=True):
        assert before.value == after.value or before.key not in ("currency", "unit", "id")


def test_days_that_are_cut_short_are_written_out_where_there_are_two() -> None:
    assert spell_names(["Sun", "Tue–Thu", "hall_no"]) == ["Sunday", "Tuesday–Thursday", "hall no"]
    assert spell_names(["Sun", "Moon"]) == ["Sun", "Moon"]
