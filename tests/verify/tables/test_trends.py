"""Trends of claims against the two periods of a row."""

from __future__ import annotations

import pytest

from groundwire.evidence.scopes import find_lines
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.conclusions import check_conclusions
from groundwire.verify.tables.reckoning import find_conclusions
from groundwire.verify.tables.trends import find_trends

ACCOUNTS = (
    "Accounts (USD thousands)\n\n| Item | 2023 | 2022 |\n|---|---|---|\n| Revenue | 812 | 745 |\n"
    "| Gross profit | 250 | 274 |\n| Costs | (498) | (471) |\n| Staff | 40 | 40 |"
)
SHOPS = "shop,q1_sales_kusd,q2_sales_kusd,q3_sales_kusd,staff\nQuay,41,43,40,5\nMill,16,22,23,2"


def check(evidence: str, text: str) -> list[Finding]:
    lines = [line for line in find_lines(evidence)[0] if line.cells]
    quoted = [(Quote(evidence[n.start : n.end], "t", n.start, n.end), n) for n in lines]
    told = find_conclusions(text, lines)
    return check_conclusions(Claim(text, 0, len(text)), told, [quote for quote, _ in quoted])


@pytest.mark.parametrize(
    ("evidence", "text", "claimed"),
    [
        (ACCOUNTS, "Revenue fell in 2023 compared with 2022.", "fell"),
        (ACCOUNTS, "Gross profit was higher than a year earlier.", "higher"),
        (ACCOUNTS, "Revenue in 2023 was lower than in 2022.", "lower"),
        (ACCOUNTS, "In 2023, revenue rose and gross profit increased.", "increased"),
        (ACCOUNTS, "Revenue was down 8% year on year.", "down"),
        (SHOPS, "Mill sales dropped in Q2.", "dropped"),
        (SHOPS, "Quay sales grew in the third quarter.", "grew"),
    ],
)
def test_a_direction_that_the_row_contradicts_is_a_conflict(
    evidence: str, text: str, claimed: str
) -> None:
    (finding,) = check(evidence, text)
    assert (finding.kind, finding.status, finding.claimed) == ("comparison", "conflict", claimed)


@pytest.mark.parametrize(
    "text",
    [
        "Revenue rose in 2023.",
        "Gross profit was higher in 2022 than in 2023.",
        "Compared with 2023, revenue was lower in 2022.",
        "Gross profit margin rose in 2023.",
        "Revenue growth fell.",
        "Revenue did not rise.",
        "Revenue fell short of the budget in 2023.",
        "Revenue was lower than expected in 2023.",
        "Gross profit was lower than revenue.",
        "Adjusted revenue fell in 2023.",
        "Revenue from services fell in 2023.",
        "Revenue will be lower than a year earlier.",
        "Costs fell in 2023.",
        "Staff rose in 2023.",
        "In 2022, revenue fell.",
        "Revenue fell in 2024.",
        "Did revenue fall in 2023?",
    ],
)
def test_what_holds_or_is_not_sure_is_none(text: str) -> None:
    assert check(ACCOUNTS, text) == []


def test_a_direction_that_holds_is_written_out() -> None:
    lines = [line for line in find_lines(ACCOUNTS)[0] if line.cells]
    (trend,) = find_trends("Gross profit fell in 2023.", lines)
    assert trend.holds and trend.note == "Gross profit fell from 2022 to 2023."
