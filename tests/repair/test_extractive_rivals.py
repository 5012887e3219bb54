"""Guesses for repairs: only where one value or name of the quote fits."""

from __future__ import annotations

import pytest

from groundwire.repair.edits import apply_edits
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.repair.values import pair_rivals
from groundwire.types import Claim, Quote, Verdict
from groundwire.verify.checks.names import check_names
from groundwire.verify.checks.values import check_values


def verdict(claim: str, quote: str, label: str = "contradicted") -> Verdict:
    made = Claim(claim, 0, len(claim))
    quotes = (Quote(quote, "evidence[0]", 0, len(quote)),)
    findings = tuple(f for check in (check_values, check_names) for f in check(made, quotes))
    return Verdict(made, label, 0.1, quotes, findings)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("claim", "quote", "repaired"),
    [
        (
            "The retirement age is 62.",
            "In this country the retirement age is 64.",
            "The retirement age is 64.",
        ),
        (
            "The company has its head office in Paris.",
            "Since the merger, the head office of the company has stood in Lyon.",
            "The company has its head office in Lyon.",
        ),
    ],
)
def test_the_only_rival_is_put_in_place(claim: str, quote: str, repaired: str) -> None:
    edits = ExtractiveRewriter().rewrite(claim, [verdict(claim, quote)])
    assert apply_edits(claim, edits) == repaired


@pytest.mark.parametrize(
    ("claim", "quote", "label"),
    [
        ("The retirement age is 62.", "The retirement age is 64 or 67.", "contradicted"),
        ("The retirement age is 62.", "It is 64, the retirement age.", "unsupported"),
        ("The retirement age is 62.", "The bridge has 64 lamps.", "contradicted"),
        ("The fee is 62 dollars.", "The fee is due after 64 days.", "contradicted"),
    ],
)
def test_no_guess_is_made_otherwise(claim: str, quote: str, label: str) -> None:
    given = verdict(claim, quote, label)
    assert [f for f in given.findings if f.status == "missing"]
    assert pair_rivals(given) == given
