from __future__ import annotations

import pytest

from groundwire.claims.queries import make_query
from groundwire.claims.splitter import ClaimSplitter
from groundwire.types import Claim, Context

ASKED = "How is the pool set up?"
LEAD = "The pool of the database is set up like this:"


def claim(text: str, question: str | None = None, *preceding: str) -> Claim:
    return Claim(text, 30, 30 + len(text), Context(question, preceding))


@pytest.mark.parametrize(
    ("made", "query"),
    [
        (claim("The pool has 100 connections.", ASKED), "The pool has 100 connections."),
        (
            claim("It costs $25 a month.", "How much is it?"),
            "How much is it? It costs $25 a month.",
        ),
        (claim("It has two.", None, "The pump is old."), "The pump is old. It has two."),
        (claim("**`max_connections`**: 100", None, LEAD), f"{LEAD} **`max_connections`**: 100"),
        (
            claim("Number of open connections: 100", None, LEAD, "Timeout: 5 s"),
            f"{LEAD} Number of open connections: 100",
        ),
        (
            claim("Number of open connections: 100", ASKED, "Here is the list:"),
            f"{ASKED} Number of open connections: 100",
        ),
        (claim("`timeout`: 5", ASKED, LEAD), f"{ASKED} {LEAD} `timeout`: 5"),
        (claim("Number of open connections: 100 [1]"), "Number of open connections: 100"),
        (claim("Yes. It has a lamp.", "Has it a lamp?"), "Has it a lamp? It has a lamp."),
    ],
)
def test_what_evidence_is_looked_up_with(made: Claim, query: str) -> None:
    assert make_query(made) == query


def test_items_of_an_answer_keep_what_leads_them_in() -> None:
    answer = f"{LEAD}\n\n- **`max_connections`**: 100\n- **`idle_timeout`**: 5 s\n"
    queries = [make_query(made) for made in ClaimSplitter().split(answer, ASKED)]
    assert queries[1:] == [
        f"{ASKED} {LEAD} **`max_connections`**: 100",
        f"{ASKED} {LEAD} **`idle_timeout`**: 5 s",
    ]


def test_a_long_question_is_left_out() -> None:
    long = "Read this text. " * 20
    assert make_query(claim("It costs $25 a month.", long)) == "It costs $25 a month."
