"""Numbers of a claim that the evidence has of other things."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.types import Claim, Quote
from groundwire.verify.checks.counts import check_counts

GALA = "At the gala 85 guests bid on 32 paintings, raising 47,000 dollars for 3 local schools."
FERRY = "The ferry carries 600 passengers, makes 14 crossings a day and takes 35 minutes for each."


def find(claim: str, evidence: str) -> list[tuple[str, str | None]]:
    quotes = [Quote(evidence, "source", 0, len(evidence))]
    return [(f.claimed, f.found) for f in check_counts(Claim(claim, 0, len(claim)), quotes)]


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        ("Guests bid on 85 paintings.", GALA, [("85", "32")]),
        ("There were 32 paying guests.", GALA, [("32", "85")]),
        ("The ferry makes 35 daily crossings.", FERRY, [("35", "14")]),
        ("85 guests bid on 32 paintings.", GALA, []),
        # The number is nowhere, or of what is not named: other checks and the model judge it.
        ("The ferry makes 15 crossings.", FERRY, []),
        ("There are 15 rooms.", "There were 12 rooms in 2020, and 15 in 2021.", []),
        # Small numbers may count what the evidence names one by one.
        ("Two plans have support.", "Three plans: A, B and C. Support lasts 2 years.", []),
        # The evidence counts the thing twice, or the claim denies or compares.
        ("It has 20 rooms.", "The inn has 12 rooms, the annex 14 rooms, for 20 guests.", []),
        ("It does not make 35 crossings.", FERRY, []),
        ("It makes more than 35 crossings.", FERRY, []),
    ],
)
def test_a_number_belongs_to_what_it_counts(
    claim: str, evidence: str, found: list[tuple[str, str | None]]
) -> None:
    assert find(claim, evidence) == found


@given(st.integers(13, 500), st.integers(13, 500), st.integers(13, 500))
def test_what_the_evidence_says_is_no_conflict(a: int, b: int, c: int) -> None:
    said = f"The yard has {a} boats, {b} masts and {c} sails"
    assert find(f"The yard has {a} boats.", said) == find(f"It has {c} sails.", said) == []
    assert bool(find(f"The yard has {b} boats.", said)) == (b != a)
