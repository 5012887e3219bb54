from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.words import split_table
from groundwire.types import Claim, Quote
from groundwire.verify.checks.finding import find_kind
from groundwire.verify.checks.near_copies import check_copies

BOARD = "The board of Northwind elected Anna Berg as its chair on 12 March 2019 in Oslo."


def quotes(*texts: str) -> list[Quote]:
    return [Quote(text, f"doc{i}", 0, len(text)) for i, text in enumerate(texts)]


def copies(claim: str, *evidence: str) -> list[tuple[str, str, str | None]]:
    found = check_copies(Claim(claim, 0, len(claim)), quotes(*evidence))
    assert all(f.status == "conflict" for f in found)
    return [(f.kind, f.claimed, f.found) for f in found if find_kind(f.kind).vetoes]


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        (
            BOARD.replace("Anna Berg", "Ole Lund"),
            [BOARD, "Ole Lund had led the company before."],
            ("name", "Ole Lund", "Anna Berg"),
        ),
        (BOARD.replace("Northwind", "Contoso"), [BOARD], ("name", "Contoso", "Northwind")),
        (BOARD.replace("12", "14"), [BOARD], ("date", "14", "12")),
        (BOARD.replace("March", "April"), [BOARD], ("date", "April", "March")),
        (
            "Opened: August 8, 1886; 132 years ago (1886-05-08).",
            ["Opened: May 8, 1886; 132 years ago (1886-05-08)."],
            ("date", "August", "May"),
        ),
        (
            "The old road to the mill is 5 miles long and has two bridges.",
            ["The old road to the mill is 5 km long and has two bridges."],
            ("number", "miles", "km"),
        ),
        (
            "The deposit is returned within two working days after the bicycle has come back.",
            ["It is returned within five working days after the bicycle has come back."],
            ("number", "two", "five"),
        ),
        (
            "Widget 777 costs 12 dollars in our shop.",
            ["Widget 777 costs 27 dollars in our shop.", "Box 9912 costs 12 dollars in our shop."],
            ("money", "12", "27"),
        ),
        (
            "An attempt was made to rebuild 9 of the old boats in the harbor.",
            ["Later, an attempt was made to rebuild 7 of the old boats in the harbor, it says."],
            ("number", "9", "7"),
        ),
        (
            "Zurich Motors presented its first electric van at the fair.",
            ["Basel Motors presented its first electric van at the fair.", "I like Zurich Motors."],
            ("name", "Zurich", "Basel"),
        ),
    ],
)
def test_a_copy_with_one_thing_changed(
    claim: str, evidence: list[str], expected: tuple[str, str, str]
) -> None:
    assert copies(claim, *evidence) == [expected]


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (BOARD, [BOARD]),
        (BOARD.replace("Anna Berg", "Ole Lund"), [BOARD, BOARD.replace("Anna Berg", "Ole Lund")]),
        (BOARD.replace("Anna Berg", "A. Berg"), [BOARD]),
        (BOARD.replace("Anna Berg", "Anna Bergh"), [BOARD.replace("Berg", "Bergs")]),
        (BOARD.replace("Anna Berg", "She"), [BOARD]),
        (BOARD.replace("Anna Berg", "the manager"), [BOARD]),
        (BOARD.replace("Oslo", "Norway"), [BOARD]),
        (
            BOARD.replace("Northwind", "Norvind Group"),
            [BOARD, "Northwind, known as Norvind Group until 2010, makes pumps."],
        ),
        (
            "The survey of 1,200 farms found that about 60 percent use wells.",
            ["The survey of 1,200 farms found that 61.5 percent use wells."],
        ),
        (
            "The American troops left the valley after the long winter.",
            ["The US troops left the valley after the long winter."],
        ),
        ("3 You should do this if you are going to teach.", [
            "2 You should do this if you are going to teach."]),
        ("Did Ole Lund lead the board of the company then?", [
            "Did Anna Berg lead the board of the company then?"]),
        ("He led it.", ["She led it."]),
        ("In 2000 there were not 301 divorces in the town.", [
            "In 2000 there were 10,578 divorces in the town."]),
    ],
)  # fmt: skip
def test_what_may_be_the_same_is_no_conflict(claim: str, evidence: list[str]) -> None:
    assert copies(claim, *evidence) == []


def test_two_sentences_with_other_names_withdraw_it() -> None:
    other = BOARD.replace("Anna Berg", "Kari Dahl")
    assert copies(BOARD.replace("Anna Berg", "Ole Lund"), BOARD, other) == []


def test_a_place_may_lie_in_the_other() -> None:
    claim = BOARD.replace("Oslo", "Norway")
    (found,) = check_copies(Claim(claim, 0, len(claim)), quotes(BOARD))
    assert (found.kind, found.claimed, found.found) == ("place", "Norway", "Oslo")


def test_offsets_are_those_of_the_answer() -> None:
    answer = "Yes. " + BOARD.replace("Anna Berg", "Ole Lund")
    (found,) = check_copies(Claim(answer[5:], 5, len(answer)), quotes(BOARD))
    assert answer[found.start : found.end] == found.claimed == "Ole Lund"
    assert found.quote is not None
    assert found.quote.text == BOARD


WORDS = st.lists(
    st.sampled_from(split_table("Anna Berg Ole Lund 12 14 march april elected the board of it in")),
    min_size=1,
    max_size=14,
).map(" ".join)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=5))
def test_order_of_the_evidence_does_not_count(claim: str, evidence: list[str]) -> None:
    assert copies(claim, *evidence) == copies(claim, *reversed(evidence)) or len(
        {e.casefold() for e in evidence}
    ) < len(evidence)


@given(WORDS, st.lists(WORDS, min_size=1, max_size=5))
def test_a_sentence_that_states_it_withdraws_it(claim: str, evidence: list[str]) -> None:
    assert copies(claim, *evidence, claim) == []
