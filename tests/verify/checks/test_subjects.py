"""Subjects of parallel clauses, and claims that take the subject of one and the rest of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.types import Claim, Quote
from groundwire.verify.checks.subjects import check_subjects


def swapped(claim: str, *evidence: str) -> list[tuple[str, str | None]]:
    at, quotes = 0, []
    for text in evidence:
        quotes.append(Quote(text, "s", at, at + len(text)))
        at += len(text) + 1
    found = check_subjects(Claim(claim, 0, len(claim)), quotes)
    assert all(f.status == "conflict" and claim[f.start : f.end] == f.claimed for f in found)
    return [(f.claimed, f.found) for f in found]


@pytest.mark.parametrize(
    ("claim", "evidence", "found"),
    [
        (
            "The lender pays for the survey.",
            ["The buyer pays for the survey.", "The lender pays for the deed."],
            ("lender", "buyer"),
        ),
        (
            "Ragna Øye built the mill.",
            ["Pål Åsen built the mill; Ragna Øye ran it."],
            ("Ragna Øye", "Pål Åsen"),
        ),
        (
            "The ROC lends boats.",
            ["The Rural Angling Club (RAC) lends boats.", "The Rural Oar Club (ROC) sells maps."],
            ("ROC", "RAC"),
        ),
        (
            "`queue.skip(n)` removes every job.",
            ["`queue.drop()` removes every job.", "`queue.skip(n)` moves on by n."],
            ("queue.skip(n)", "queue.drop()"),
        ),
        (
            "On 30 June 2021, the club had 90 members.",
            ["On 30 June 2020, the club had 90 members.", "On 30 June 2021, it had 120."],
            ("2021", "2020"),
        ),
        (
            "Hall 4 has a stage.",
            ["Hall 3 has a stage.", "Hall 4 has a bar."],
            ("4", "3"),
        ),
        (
            "Porters carry new beds.",
            ["Movers carry new beds.", "Porters carry mail."],
            ("Porters", "Movers"),
        ),
    ],
)
def test_a_claim_with_the_subject_of_another_clause(
    claim: str, evidence: list[str], found: tuple[str, str]
) -> None:
    assert swapped(claim, *evidence) == [found]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Anna moved to Rome.", ["Anna and Ben moved to Rome."]),
        ("Anna moved to Rome.", ["Ben moved to Rome.", "Anna also moved to Rome."]),
        ("The inn has a sauna.", ["The inn has a pool.", "The spa has a sauna."]),
        ("The firm sold 870 pumps.", ["Zeta sold 870 pumps.", "The firm makes pumps."]),
        ("Zeta left for Rome.", ["Ben Lund, head of Zeta, left for Rome.", "Zeta makes pumps."]),
        ("The new dam feeds homes.", ["The new dam is high.", "The large dam feeds homes."]),
        ("The lender pays for the deed.", ["The buyer pays for it.", "The lender pays the deed."]),
        ("Moe saw Rome.", ["Ida Moe saw Rome.", "Moe met Berg."]),
        ("Hall 4 has a stage.", ["Hall 3 has a stage.", "Hall 4 has a stage and a bar."]),
        ("Oslo held it in 1952.", ["Norway held it in 1952, in winter.", "Oslo is its capital."]),
        ("Sales pays for the maps.", ["Who pays for the maps?", "Sales pays for them."]),
        ("Vela Mini | 3 GB | $9", ["Model: Vela Mini; Memory: 3 GB; Price: $9."]),
        ("In 1908, the firm planted trees.",
         ["On September 26, the firm planted trees.", "In 1908 it grew."]),
        ("Does the lender pay for the survey?",
         ["The buyer pays for the survey.", "The lender pays for the deed."]),
        ("The lender does not pay for the survey.",
         ["The buyer pays for the survey.", "The lender pays for the deed."]),
        ("The lender pays more than the buyer for the survey.",
         ["The buyer pays for the survey.", "The lender pays for the deed."]),
    ],
)  # fmt: skip
def test_what_may_be_said_of_both_or_of_one_thing_by_two_names(
    claim: str, evidence: list[str]
) -> None:
    assert swapped(claim, *evidence) == []


NAMES = st.lists(
    st.sampled_from(["Ida Moe", "Bo Lund", "Una Berg", "Kai Dahl", "Siv Rud"]),
    min_size=2,
    max_size=2,
    unique=True,
)


@given(NAMES, st.sampled_from(["built the barn", "painted two doors", "opened the north gate"]))
def test_a_clause_of_the_evidence_is_never_a_swap(names: list[str], deed: str) -> None:
    told = [f"{names[0]} {deed}.", f"{names[1]} sold some old chairs."]
    assert swapped(told[0], *told) == []
    assert swapped(f"{names[1]} {deed}.", *told) == [(names[1], names[0])]


def test_a_subject_told_by_its_initials_is_no_other_one() -> None:
    agencies = (
        "The Regional Transport Authority (RTA) runs the buses, the City Mobility Agency (CMA) the "
        "bikes.",
        "The RTA is based in Halle Street, the CMA in the old town hall.",
    )
    assert not swapped("The City Mobility Agency is based in the old town hall.", *agencies)
    assert swapped(
        "The ROC lends boats.", "The RTA lends boats, and the ROC rents out tents to its members."
    )
