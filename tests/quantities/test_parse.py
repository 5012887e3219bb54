from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.quantities.parse import parse_sole_value, parse_values

HOUR = 3600.0

CASES = [
    ("It costs $1,200.", [("money", "$1,200", (1200.0,), "USD")]),
    ("It costs 1200 dollars.", [("money", "1200 dollars", (1200.0,), "USD")]),
    ("It costs USD 1,200.", [("money", "USD 1,200", (1200.0,), "USD")]),
    ("a loss of €2.5 billion", [("money", "€2.5 billion", (2.5e9,), "EUR")]),
    ("worth $5M today", [("money", "$5M", (5e6,), "USD")]),
    ("twenty-five people", [("number", "twenty-five", (25.0,), None)]),
    ("1.2 million users", [("number", "1.2 million", (1.2e6,), None)]),
    ("two dozen eggs", [("number", "two dozen", (24.0,), None)]),
    ("a million stars", [("number", "a million", (1e6,), None)]),
    (
        "one hundred and twenty-three thousand four hundred stars",
        [("number", "one hundred and twenty-three thousand four hundred", (123400.0,), None)],
    ),
    ("seven trillion leaves", [("number", "seven trillion", (7e12,), None)]),
    ("two, three or more", [("number", "two", (2.0,), None), ("number", "three", (3.0,), None)]),
    ("12.0 % of all", [("percent", "12.0 %", (12.0,), "%")]),
    ("twelve percent of all", [("percent", "twelve percent", (12.0,), "%")]),
    ("It lasts 62 hours.", [("quantity", "62 hours", (62 * HOUR,), "s")]),
    ("a 12-hour shift", [("quantity", "12-hour", (12 * HOUR,), "s")]),
    ("1.5 years", [("quantity", "1.5 years", (18.0,), "month")]),
    ("two and a half years", [("quantity", "two and a half years", (30.0,), "month")]),
    ("2 years and a half", [("quantity", "2 years and a half", (30.0,), "month")]),
    ("1 hour and 30 minutes", [("quantity", "1 hour and 30 minutes", (5400.0,), "s")]),
    ("2 years, 3 months", [("quantity", "2 years, 3 months", (27.0,), "month")]),
    ("12K monthly visits", [("number", "12K", (12e3,), None)]),
    ("cooled to 77K using nitrogen", []),
    ("1·3 million deaths", [("number", "1·3 million", (1.3e6,), None)]),
    ("5kg of it", [("quantity", "5kg", (5000.0,), "g")]),
    ("400 mg a day", [("quantity", "400 mg", (0.4,), "g")]),
    ("41 °F outside", [("quantity", "41 °F", (5.0,), "°C")]),
    ("at -5 °C", [("quantity", "-5 °C", (-5.0,), "°C")]),
    ("2.4 GHz", [("quantity", "2.4 GHz", (2.4e9,), "Hz")]),
    ("16GB RAM", [("quantity", "16GB", (16e9,), "B")]),
    ("on May 3, 2020", [("date", "May 3, 2020", (2020.0, 5.0, 3.0), None)]),
    ("on 3 May 2020", [("date", "3 May 2020", (2020.0, 5.0, 3.0), None)]),
    ("on 2020-05-03", [("date", "2020-05-03", (2020.0, 5.0, 3.0), None)]),
    ("on 25/12/2020", [("date", "25/12/2020", (2020.0, 12.0, 25.0), None)]),
    ("on 3/4/2020", [("date", "3/4/2020", (2020.0, None, None), None)]),
    ("in May 2020", [("date", "May 2020", (2020.0, 5.0, None), None)]),
    ("on May 3", [("date", "May 3", (None, 5.0, 3.0), None)]),
    ("in 1999", [("date", "1999", (1999.0, None, None), None)]),
    ("1999 cars", [("number", "1999", (1999.0,), None)]),
    ("in the 1990s", [("decade", "the 1990s", (1990.0,), None)]),
    ("at 5 pm", [("time", "5 pm", (1020.0,), None)]),
    ("at 17:00", [("time", "17:00", (1020.0,), None)]),
    ("at 5:30 p.m. sharp", [("time", "5:30 p.m.", (1050.0,), None)]),
    ("€1,50 each", [("money", "€1,50", (1.5,), "EUR")]),
    ("1,50 € each", [("money", "1,50 €", (1.5,), "EUR")]),
    ("a share of 4,5 %", [("percent", "4,5 %", (4.5,), "%")]),
    ("€1,500 each", [("money", "€1,500", (1500.0,), "EUR")]),
    ("12 € each", [("money", "12 €", (12.0,), "EUR")]),
    ("6 ft 6 in tall", [("quantity", "6 ft 6 in", (1.9812,), "m")]),
    ("6 feet 6 inches tall", [("quantity", "6 feet 6 inches", (1.9812,), "m")]),
    ("7 pounds 8 ounces", [("quantity", "7 pounds 8 ounces", (3401.942775,), "g")]),
    ("100 m² of it", [("quantity", "100 m²", (100.0,), "m²")]),
    ("100 m2 of it", [("quantity", "100 m2", (100.0,), "m²")]),
    ("200 square feet", [("quantity", "200 square feet", (18.580608,), "m²")]),
    ("200 sq ft", [("quantity", "200 sq ft", (18.580608,), "m²")]),
    ("200 ft² of it", [("quantity", "200 ft²", (18.580608,), "m²")]),
    ("two square kilometers", [("quantity", "two square kilometers", (2e6,), "m²")]),
    ("5 cubic meters", [("quantity", "5 cubic meters", (5.0,), "m³")]),
    ("3 hectares", [("quantity", "3 hectares", (3e4,), "m²")]),
    (
        "2-3 square feet",
        [
            ("quantity", "2", (0.18580608,), "m²"),
            ("quantity", "3 square feet", (0.27870912,), "m²"),
        ],
    ),
    ("2-3 hectares", [("quantity", "2", (2e4,), "m²"), ("quantity", "3 hectares", (3e4,), "m²")]),
    ("5 to 40 °C", [("quantity", "5", (5.0,), "°C"), ("quantity", "40 °C", (40.0,), "°C")]),
    ("41 to 50 °F", [("quantity", "41", (5.0,), "°C"), ("quantity", "50 °F", (10.0,), "°C")]),
    ("5 to 9 euros", [("money", "5", (5.0,), "EUR"), ("money", "9 euros", (9.0,), "EUR")]),
    ("It was on 24 March.", [("date", "24 March", (None, 3.0, 24.0), None)]),
    ("It was on 24 Mar. 2020.", [("date", "24 Mar. 2020", (2020.0, 3.0, 24.0), None)]),
    ("by noon", [("time", "noon", (720.0,), None)]),
    ("the 19th floor", [("ordinal", "19th", (19.0,), None)]),
    ("the third floor", [("ordinal", "third", (3.0,), None)]),
    ("10-15 kg", [("quantity", "10", (1e4,), "g"), ("quantity", "15 kg", (1.5e4,), "g")]),
    (
        "five to ten minutes",
        [("quantity", "five", (300.0,), "s"), ("quantity", "ten minutes", (600.0,), "s")],
    ),
]

NOTHING = [
    "Error E-102 was shown.",
    "The X200 and the 200X are models.",
    "As shown [1] and [2, 3].",
    "See https://example.org/2020/12 or mail a7@example.org.",
    "covid-19 is a disease",
    "version 1.2.3 of it",
    "call 555-123-4567 now",
    "one of the best",
    "no one knows",
    "",
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_value_is_read_in_its_base_unit(
    text: str, expected: list[tuple[str, str, tuple[float | None, ...], str | None]]
) -> None:
    assert [(v.kind, v.text, v.key, v.unit) for v in parse_values(text)] == expected


@pytest.mark.parametrize("text", NOTHING)
def test_codes_links_and_citations_are_no_values(text: str) -> None:
    assert parse_values(text) == []


def test_a_list_numeral_is_no_value() -> None:
    values = parse_values("1. Press it 3 times\n2) Wait")
    assert [v.text for v in values] == ["3"]


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("about 30 people", "~"),
        ("over 30 people", ">"),
        ("no more than 30 people", "<"),
        ("no less than 30 people", ">"),
        ("up to 30 people", "<"),
        ("30 people", ""),
        ("before May 3, 2020", "<"),
        ("by 1997", "<"),
        ("after 1997", ">"),
        ("no later than May 1997", "<"),
        ("in 1997", ""),
        ("since 1997", ">"),
        ("from 1997 on", ">"),
        ("a book from 1997", ""),
        ("from 3 May", ">"),
        ("until 10 pm", "<"),
        ("through 1997", "<"),
        ("30 people or more", ">"),
        ("30 hours or more", ">"),
        ("30 years of age or older", ">"),
        ("30 years and over", ">"),
        ("30+ people", ">"),
        ("30 people or fewer", "<"),
        ("30 years or younger", "<"),
        ("30 people and more than that", ""),
    ],
)
def test_bounds(text: str, bound: str) -> None:
    (value,) = parse_values(text)
    assert value.bound == bound
    assert value.approximate == bool(bound)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("$50 per night", "night"),
        ("€50/week", "week"),
        ("10 mg daily", "day"),
        ("$50 a month", "month"),
        ("$50 per person", ""),
        ("$50 and a day off", ""),
    ],
)
def test_rates(text: str, rate: str) -> None:
    assert [value.rate for value in parse_values(text)] == [rate]


def test_the_step_is_the_last_place_written() -> None:
    assert [parse_values(t)[0].step for t in ("181 million", "1.2 million", "3.25", "62")] == [
        1e6,
        1e5,
        0.01,
        1.0,
    ]


@given(st.text(max_size=200))
@settings(max_examples=150, deadline=None)
def test_values_are_disjoint_exact_spans_of_any_text(text: str) -> None:
    last = 0
    for value in parse_values(text):
        assert last <= value.start < value.end <= len(text)
        assert value.text == text[value.start : value.end]
        last = value.end


@given(st.integers(0, 10**12))
@settings(max_examples=100, deadline=None)
def test_thousands_marks_do_not_change_a_number(number: int) -> None:
    (plain,) = parse_values(f"$ {number}")
    (marked,) = parse_values(f"$ {number:,}")
    assert plain.key == marked.key == (float(number),)


@pytest.mark.parametrize(
    "text", ["1" * 50_000, "a@" * 20_000, "May " * 10_000, "one" + " " * 50_000, "1," * 20_000]
)
def test_hostile_text_is_read_to_its_end(text: str) -> None:
    assert all(value.end <= len(text) for value in parse_values(text))


def test_a_sole_value_is_all_of_a_text() -> None:
    for text in ("820 thousand EUR", "760 kEUR", "-5 °C", "(12.50 EUR)"):
        assert parse_sole_value(text) is not None
    for text in ("Tram 4", "from 95 EUR", "7 and 9", "none", ""):
        assert parse_sole_value(text) is None


@pytest.mark.parametrize(
    ("text", "zones"),
    [
        ("Open 10:00-14:00.", ["", ""]),
        ("Mon 9:00-17:30, Sat 9:00-12:00", ["", "", "", ""]),
        ("2026-03-01 09:00-10:00", ["", ""]),
        ("2026-03-01T10:00-05:00", ["-300"]),
        ("2026-03-01 10:00-05:00", ["-300"]),
        ("10:00:00-05:00", ["-300"]),
        ("10:00+02:00", ["+120"]),
    ],
)
def test_a_hyphen_between_two_times_is_a_zone_behind_a_moment_alone(
    text: str, zones: list[str]
) -> None:
    assert [v.zone for v in parse_values(text) if v.kind == "time"] == zones
