"""Digits of the evidence under another unit: no support, whatever a model reads."""

from __future__ import annotations

import pytest

from groundwire import Guard
from groundwire.types import Claim, Quote
from groundwire.verify.checks.figures import check_figures


def check(text: str, evidence: str) -> list[tuple[str, str | None]]:
    found = check_figures(Claim(text, 0, len(text)), [Quote(evidence, "doc", 0, len(evidence))])
    assert {(f.kind, f.status) for f in found} <= {("figure", "conflict")}
    return [(f.claimed, f.found) for f in found]


@pytest.mark.parametrize(
    ("text", "evidence", "claimed", "stated"),
    [
        ("The hose costs 340 dollars.", "The hose: price 340 EUR.", "340 dollars", "340 EUR"),
        ("It holds 70 gallons.", "The tank holds 70 litres.", "70 gallons", "70 litres"),
        ("Sales were $912.", "Sales: 912 million dollars.", "$912", "912 million dollars"),
        ("It is 18 °C.", "The probe is 18 metres away and reads 4 °C.", "18 °C", "18 metres"),
    ],
)
def test_the_same_digits_in_another_unit(
    text: str, evidence: str, claimed: str, stated: str
) -> None:
    assert check(text, evidence) == [(claimed, stated)]


@pytest.mark.parametrize(
    ("text", "evidence"),
    [
        ("The hose costs 340 euros.", "The hose: price 340 EUR."),
        ("It weighs 70 kg.", "Its weight is 70."),
        ("It is 1.2 km long.", "It is 1200 m long, and 1.2 m wide."),
        ("It costs 340 dollars more than 2 years ago.", "It costs 90 dollars."),
        ("It does not cost 340 dollars.", "It costs 340 EUR."),
        ("It was built in 1998.", "1998 rooms were built."),
    ],
)
def test_equal_values_bare_numbers_and_denials_are_none(text: str, evidence: str) -> None:
    assert check(text, evidence) == []


def test_the_guard_does_not_let_it_pass() -> None:
    evidence = [{"part": "hose", "price_eur": 340}, {"part": "valve", "price_eur": 25}]
    report = Guard().check("The hose costs 340 dollars.", evidence)
    assert report.verdicts[0].label in ("unsupported", "contradicted")
    assert "dollars" not in report.text
    assert Guard().check("The hose costs 340 euros.", evidence).text == "The hose costs 340 euros."
