"""Properties of values: forms of one number, conversions, text of any kind."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.quantities.compare import compare_values, is_same_value
from groundwire.quantities.identifiers import read_identifiers
from groundwire.quantities.parse import parse_values
from groundwire.quantities.units import UNITS
from groundwire.quantities.value import Value

SPACES = " \u00a0\u2009\u202f"


def group(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def group_indian(number: int) -> str:
    head, tail = divmod(number, 1000)
    parts = [f"{tail:03d}"] if head else [str(tail)]
    while head:
        head, two = divmod(head, 100)
        parts.insert(0, f"{two:02d}" if head else str(two))
    return ",".join(parts)


def only(text: str) -> Value:
    (value,) = parse_values(text)
    return value


@given(st.integers(0, 10**12 - 1), st.sampled_from([*SPACES, "'", "’", ","]))
@settings(max_examples=200, deadline=None)
def test_groups_do_not_change_a_number(number: int, mark: str) -> None:
    assert only(f"$ {group(number, mark)}").key == (float(number),)
    assert only(f"it is {group(number, mark)} kg").amount == float(number)


@given(st.integers(0, 10**11))
@settings(max_examples=100, deadline=None)
def test_indian_groups_do_not_change_a_number(number: int) -> None:
    assert only(f"₹{group_indian(number)}").key == (float(number),)


@given(st.integers(1000, 10**9), st.integers(0, 99), st.sampled_from([".", *SPACES]))
@settings(max_examples=100, deadline=None)
def test_a_decimal_comma_after_groups(number: int, cents: int, mark: str) -> None:
    value = only(f"{group(number, mark)},{cents:02d} €")
    assert value.key == pytest.approx((number + cents / 100,))


@given(st.integers(1, 999), st.integers(-12, 12), st.sampled_from(["{}e{}", "{} × 10^{}"]))
@settings(max_examples=100, deadline=None)
def test_a_power_of_ten(number: int, power: int, form: str) -> None:
    raised = str(power).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
    written = form.format(number, power)
    assert only(written + " kg").amount == pytest.approx(number * 10.0**power)
    assert is_same_value(only(written + " kg"), only(f"{number} × 10{raised} kg"))


NAMES = sorted(name for name in UNITS if len(name) > 1)
SAMPLES = [
    "5 kg", "11 lb", "5000 g", "300 litres", "300 gallons", "79.25 gal", "5 °C", "41 °F", "90 min",
    "1.5 h", "24 months", "2 years", "$12", "12 dollars", "€12", "10%", "10 pp", "50 bp", "60 mph",
    "96.56 km/h", "1 KiB", "1024 bytes", "5 mg/kg", "0.005 g/kg", "3 PM UTC", "15:00 UTC",
    "16:00 CET", "5 March 2024", "2024-03-05", "12 480", "12,480", "480", "5 × 10⁶",
    "5 million", "1 bar",
    "100 kPa", "1 kWh", "3.6 MJ", "4 g per day", "4 g per dose", "$1,200 per year",
    "$100 per month",
]  # fmt: skip


@given(st.sampled_from(NAMES), st.sampled_from(NAMES), st.integers(1, 10**6))
@settings(max_examples=200, deadline=None)
def test_conversion_is_symmetric(one: str, other: str, number: int) -> None:
    (base, factor), (other_base, other_factor) = UNITS[one], UNITS[other]
    a = Value("quantity", 0, 1, "x", (number * factor,), base, factor, amount=float(number))
    same = number * factor / other_factor
    b = Value("quantity", 0, 1, "x", (same * other_factor,), other_base, 0.0, amount=same)
    assert is_same_value(a, b) == is_same_value(b, a) == (base == other_base) or {
        base, other_base,
    } in ({"s", "month"}, {"km/h", "B/s"})  # fmt: skip


@pytest.mark.parametrize("one", SAMPLES)
def test_equality_is_symmetric_where_nothing_is_rounded(one: str) -> None:
    for other in SAMPLES:
        a, b = only(one), only(other)
        forth, back = compare_values(a, b), compare_values(b, a)
        if a.step == b.step or forth == back:
            assert is_same_value(a, b) == is_same_value(b, a)
        else:  # one of them may be the other one, rounded
            assert {forth, back} == {"equal", "unknown"}
        assert compare_values(a, a) == "equal"


def test_equality_is_transitive() -> None:
    values = [only(text) for text in SAMPLES]
    for a in values:
        for b in values:
            for c in values:
                exact = a.step == b.step == c.step
                if exact and is_same_value(a, b) and is_same_value(b, c):
                    assert is_same_value(a, c), (a.text, b.text, c.text)


PIECES = st.lists(
    st.sampled_from(
        [
            *"0123456789.,'’()%$€+-−×^eETZPhm/:§µ²⁶½ \u00a0\u2009\n",
            "million ",
            "half ",
            "one in ",
            "per ",
            " kg",
            " AM",
            "UTC",
            "Q3 ",
            "March ",
            "v",
            " of ",
        ]
    ),
    max_size=40,
).map("".join)


@given(PIECES | st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_into_disjoint_exact_spans(text: str) -> None:
    for items in (parse_values(text), read_identifiers(text)):
        last = 0
        for item in items:
            assert last <= item.start < item.end <= len(text)
            assert item.text == text[item.start : item.end]
            last = item.end


@pytest.mark.parametrize(
    "piece",
    ["1 000 ", "1,", "1'", "12,34,", "1.000.", "§ 1 ", "10^", "5 × ", "1e", "half a ", "one in ",
     "+1 ", "PT1", "1:", "Q1 ", "a/", "per ", "CO", "ISO ", "v1.", "(1", "5 mg/", "1 h ",
     "€ ", "of a "],
)  # fmt: skip
def test_long_text_is_read_to_its_end(piece: str) -> None:
    text = piece * (20_000 // len(piece))
    assert all(value.end <= len(text) for value in parse_values(text))
    assert all(item.end <= len(text) for item in read_identifiers(text))


@pytest.mark.parametrize("piece", ["1 000 000, ", "one and a half ", "a.b-1/", "March 5 at 3 PM "])
def test_a_hundred_thousand_characters_are_read(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    assert all(value.end <= len(text) for value in parse_values(text))
    assert all(item.end <= len(text) for item in read_identifiers(text))
