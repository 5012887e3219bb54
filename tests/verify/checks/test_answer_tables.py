"""Tables in answers against the evidence rows of the same names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.splitter import ClaimSplitter
from groundwire.evidence.scopes import find_lines
from groundwire.types import Quote
from groundwire.verify.checks.answer_tables import check_answer_table

LANDS = "| Land | Gold | Tin |\n|---|---|---|\n| Osk | 6 | 5 |\n| Vell | 3 | 8 |"
PHONES = (
    "| Phone | Storage | Price (EUR) | Wi-Fi | Rent per month | Color |\n"
    "|---|---|---|---|---|---|\n"
    "| Rill 2 | 128 GB | 399 | yes | 20 € | red |\n| Rill 2 Pro | 256 GB | 549 | no | 30 € | blue |"
)
ACCOUNTS = (
    "Accounts (in millions of EUR)\n\n| | 2023 | 2022 |\n|---|---|---|\n"
    "| Sales | 812.4 | 745.9 |\n| Costs | (498.1) | (471.0) |"
)


def check(evidence: str, head: str, *rows: str) -> list[tuple[str, str | None]]:
    quotes = [
        (Quote(evidence[line.start : line.end], "t", line.start, line.end), line)
        for line in find_lines(evidence)[0]
        if line.cells
    ]
    rule = "|".join("---" for _ in head.split("|"))
    answer = "\n".join(f"| {row} |" for row in (head, rule, *rows))
    found = []
    for claim in ClaimSplitter().split(answer):
        for finding in check_answer_table(claim, quotes):
            assert answer[finding.start : finding.end] == finding.claimed
            assert (finding.kind, finding.status) == ("row", "conflict")
            found.append((finding.claimed, finding.found))
    return found


@pytest.mark.parametrize(
    ("evidence", "head", "row", "found"),
    [
        (LANDS, "Land | Gold | Tin", "Vell | 8 | 3", [("8", "3"), ("3", "8")]),
        (LANDS, "Land | Tin", "**Vell** | 3", [("3", "8")]),
        (LANDS, " | Osk | Vell", "Tin | 8 | 8", [("8", "5")]),
        (PHONES, "Phone | Storage | Price", "Rill 2 Pro | 512 GB | €549", [("512 GB", "256 GB")]),
        (PHONES, "Phone | Wi-Fi", "Rill 2 Pro | ✅", [("✅", "no")]),
        (PHONES, "Phone | Rent", "Rill 2 Pro | €20", [("€20", "30 €")]),
        (PHONES, "Phone | Color", "Rill 2 | blue", [("blue", "red")]),
        (PHONES, "# | Phone | Price", "1 | Rill 2 | 549 EUR", [("549 EUR", "399 EUR")]),
        (ACCOUNTS, "Year | Sales", "2022 | 754.9", [("754.9", "745.9 million EUR")]),
    ],
)
def test_a_cell_that_differs_is_a_conflict(
    evidence: str, head: str, row: str, found: list[tuple[str, str]]
) -> None:
    assert check(evidence, head, row) == found


@pytest.mark.parametrize(
    ("evidence", "head", "row"),
    [
        (LANDS, "Land | Tin | Gold", "Vell | 8 | 3"),
        (LANDS, "Land | All medals", "Vell | 11"),
        (LANDS, "Land | Tin", "Norr | 2"),
        (PHONES, "Phone | Price | Wi-Fi | Rent", "Rill 2 | €399 | ✓ | €20"),
        (PHONES, "Phone | Price per GB", "Rill 2 | €3.12"),
        (PHONES, "Phone | Price", "Rill 2 | about €400"),
        (PHONES, "Phone | Color", "Rill 2 | dark red"),
        (PHONES, "Phone | Price (USD)", "Rill 2 | 430"),
        (ACCOUNTS, "Year | Sales | Costs", "2023 | 812 | 498.1"),
        (ACCOUNTS, "Year | Sales", "2022 | €0.75 billion"),
    ],
)
def test_other_order_names_and_columns_are_none(evidence: str, head: str, row: str) -> None:
    assert check(evidence, head, row) == []


@given(st.permutations(["Storage", "Price (EUR)", "Wi-Fi", "Rent per month", "Color"]))
def test_a_table_in_any_order_of_its_columns_agrees_with_itself(order: list[str]) -> None:
    head, _, *rows = [[c.strip() for c in r.strip("|").split("|")] for r in PHONES.split("\n")]
    places = [0, *(head.index(name) for name in order)]
    written = [" | ".join(row[i] for i in places) for row in (head, *rows)]
    assert check(PHONES, *written) == []
