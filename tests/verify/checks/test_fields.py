from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evidence.records import write_record
from groundwire.text.words import split_table
from groundwire.types import Claim, Quote
from groundwire.verify.checks.fields import check_fields

CAFE = {
    "name": "Lagoon Cafe",
    "hours": {"Monday": "closed", "Tuesday": "9:00-17:00"},
    "dogs_allowed": False,
    "wifi": True,
    "in_stock": False,
}


def fields(claim: str, record: Any) -> list[tuple[str, str, str | None]]:
    lines = write_record(record).split("\n")
    quotes = [Quote(line, "r", 0, len(line)) for line in lines]
    found = check_fields(Claim(claim, 0, len(claim)), quotes)
    assert all(f.status == "conflict" for f in found)
    return [(f.kind, f.claimed, f.found) for f in found]


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("Lagoon Cafe is open on Monday.", ("negation", "open", "Monday: closed")),
        ("Yes, we open on Monday at 9.", ("negation", "open", "Monday: closed")),
        ("Lagoon Cafe is closed on Tuesday.", ("negation", "closed", "Tuesday: 9:00-17:00")),
        ("Dogs are allowed.", ("negation", "Dogs", "dogs allowed: no")),
        ("There is no wifi.", ("negation", "no", "wifi: yes")),
        ("The lamp is in stock.", ("negation", "stock", "in stock: no")),
    ],
)
def test_a_field_turned_round(claim: str, expected: tuple[str, str, str]) -> None:
    assert fields(claim, CAFE) == [expected]


@pytest.mark.parametrize(
    "claim",
    [
        "Lagoon Cafe is closed on Monday.",
        "The lamp is out of stock.",
        "Lagoon Cafe is open on Tuesday.",
        "Lagoon Cafe is not open on Monday.",
        "Dogs are not allowed.",
        "Dogs are allowed only on the terrace.",
        "There is wifi.",
        "It is not in stock.",
        "Are dogs allowed?",
        "Guests who bring dogs are allowed to sit outside near the harbor wall in summer.",
    ],
)
def test_what_a_field_says_or_may_mean(claim: str) -> None:
    assert fields(claim, CAFE) == []


def test_records_that_disagree_settle_nothing() -> None:
    rooms = [{"room": "Blue", "dogs_allowed": False}, {"room": "Red", "dogs_allowed": True}]
    assert fields("Dogs are allowed.", rooms) == []


SAID = st.lists(
    st.sampled_from(
        split_table("Lagoon Cafe is open closed on Monday Tuesday no wifi not dogs 9 2")
    ),
    min_size=1,
    max_size=9,
).map(" ".join)


@given(SAID, st.text(max_size=80))
def test_it_reads_anything(claim: str, noise: str) -> None:
    quotes = [Quote(noise, "n", 0, len(noise))]
    for found in check_fields(Claim(claim, 0, len(claim)), quotes):
        assert claim[found.start : found.end] == found.claimed
    fields(claim, CAFE)


def test_a_field_that_is_a_plural_counts_what_it_names() -> None:
    record = Quote("Fuel: petrol; Seats: 7; Doors: 5.", "t", 0, 33)

    def found(text: str) -> list[tuple[str, str | None]]:
        claim = Claim(text, 0, len(text))
        return [(f.claimed, f.found) for f in check_fields(claim, [record]) if f.kind == "number"]

    assert found("The car has 5 seats.") == [("5", "7")]
    assert found("The car has 7 seats and 5 doors.") == []
    assert found("The car has at least 5 seats.") == []
    assert found("The car has 5 child seats.") == []


def test_out_of_denies_what_is_in() -> None:
    record = {**CAFE, "in_stock": True}
    assert fields("The lamp is out of stock.", record) == [
        ("negation", "out of stock", "in stock: yes")
    ]
    assert fields("The lamp is in stock.", record) == []


ORDER = {
    "placed_at": "2026-02-14",
    "arrives": "2026-02-18",
    "auto_renew": False,
    "paid": True,
    "seats": 12,
    "fee": "8 EUR",
    "price": "90 EUR",
    "export": {"enabled": False},
    "offer_valid_until": "2026-02-10",
    "ends": "2026-03-05",
    "battery": "5010 mAh",
    "charger": "18 W",
    "log_level": "warn",
    "plan": "Team",
}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        ("It was placed on 18 February 2026.", ("date", "18 February 2026", "2026-02-14")),
        ("The fee is 90 EUR.", ("money", "90 EUR", "8 EUR")),
        ("The offer is valid until 18 February 2026.",
         ("date", "18 February 2026", "2026-02-10")),
        ("It finishes on 10 February 2026.", ("date", "10 February 2026", "2026-03-05")),
        ("It renews automatically.", ("negation", "renews", "auto renew: no")),
        ("It is unpaid.", ("negation", "unpaid", "paid: yes")),
        ("The export is on.", ("negation", "on", "enabled: no")),
        ("The log level is debug.", ("row", "debug", "warn")),
        ("You are on the Enterprise plan.", ("row", "Enterprise", "Team")),
        ("It has 9 seats.", ("number", "9", "12")),
    ],
)  # fmt: skip
def test_a_record_has_it_otherwise(claim: str, expected: tuple[str, str, str]) -> None:
    assert fields(claim, ORDER) == [expected]


@pytest.mark.parametrize(
    "claim",
    [
        "It was placed on 14 February 2026.",
        "It was placed with express delivery and arrives on 18 February 2026.",
        "The fee of 8 EUR is part of the price of 90 EUR.",
        "It does not renew automatically.",
        "It is paid.",
        "The export is off.",
        "You have 9 seats left.",
        "It has a battery with 18 W charging.",
        "The log level is warn.",
        "You are on the Team plan.",
        "The log level is not debug.",
        "We have a good plan.",
        "The export is not on.",
    ],
)
def test_what_a_record_has_or_may_have(claim: str) -> None:
    assert fields(claim, ORDER) == []
