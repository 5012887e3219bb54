"""Months that stand alone: which words are months, and the ranges that they end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.quantities.parse import parse_values
from groundwire.quantities.ranges import find_ranges, is_inside_range
from groundwire.quantities.units import MONTHS
from groundwire.types import Claim, Quote
from groundwire.verify.checks.values import check_values

NAMES = [name.capitalize() for name in MONTHS]


def find_months(text: str) -> list[str]:
    return [v.text for v in parse_values(text) if v.kind == "date"]


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("The season runs from May to October.", ["May", "October"]),
        ("Open Mar–Oct, closed in Dec. and Jan.", ["Mar", "Oct", "Dec", "Jan"]),
        ("Closed January, February and March.", ["January", "February", "March"]),
        ('{"month": "May"}', ["May"]),
        ("| Harvest | August |", ["August"]),
        ("Sales rose in early June.", ["June"]),
        ("You may march. May I go? March on!", []),
        ("April Smith met June Carter.", []),
        ("The October Revolution and the August Wilson Theatre", []),
        ("An august body; mayor Marchetti; Julyan", []),
        ("In May 2020", ["May 2020"]),
    ],
)
def test_which_words_are_months(text: str, months: list[str]) -> None:
    assert find_months(text) == months


@given(st.sampled_from(NAMES), st.sampled_from(["in {}", "since {}.", "until {}!", "{} to {}"]))
def test_every_month_is_read_where_a_word_tells_it(name: str, form: str) -> None:
    assert set(find_months(form.format(name, name))) == {name}


@given(st.integers(0, 11), st.integers(1, 10), st.integers(0, 11))
def test_a_range_holds_its_months_round_the_year(first: int, length: int, at: int) -> None:
    sentence = f"It runs from {NAMES[first]} to {NAMES[(first + length) % 12]}."
    claim = f"It runs in {NAMES[at]}."
    (value,) = parse_values(claim)
    (span,) = find_ranges(sentence)
    inside = is_inside_range(value, claim, span.low, sentence)
    assert inside == ((at - first) % 12 <= length)


@pytest.mark.parametrize(
    ("claim", "sentence", "found"),
    [
        (
            "The season runs from May to October.",
            "The season runs from 1 April to 31 October.",
            [("May", "conflict"), ("October", "match")],
        ),
        (
            "The garden is open in May.",
            "The garden is open from April to October.",
            [("May", "missing")],
        ),
        (
            "The garden is open in December.",
            "The garden is open from April to October.",
            [("December", "conflict")],
        ),
        (
            "Entries close in March.",
            "Entries close on 30 April 2026.",
            [("March", "conflict")],
        ),
    ],
)
def test_months_against_dates(claim: str, sentence: str, found: list[tuple[str, str]]) -> None:
    findings = check_values(Claim(claim, 0, len(claim)), [Quote(sentence, "s", 0, len(sentence))])
    assert [(f.claimed, f.status) for f in findings] == found
