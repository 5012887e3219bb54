from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.words import split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import find_alignment, find_gaps, split_tokens
from groundwire.verify.checks.finding import find_kind
from groundwire.verify.checks.names import check_names
from groundwire.verify.checks.values import check_values

BOARD = "The board of Northwind elected Anna Berg as its chair on 12 March 2019 in Oslo."


def quotes(*texts: str) -> list[Quote]:
    return [Quote(text, f"doc{i}", 0, len(text)) for i, text in enumerate(texts)]


def check_copies(claim: Claim, evidence: list[Quote]) -> list[Finding]:
    found = [*check_values(claim, evidence), *check_names(claim, evidence)]
    return [f for f in found if f.status == "conflict"]


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
        (BOARD.replace("12", "14"), [BOARD], ("date", "14 March 2019", "12 March 2019")),
        (BOARD.replace("March", "April"), [BOARD], ("date", "12 April 2019", "12 March 2019")),
        (
            "Opened: August 8, 1886; 132 years ago (1886-05-08).",
            ["Opened: May 8, 1886; 132 years ago (1886-05-08)."],
            ("date", "August 8, 1886", "May 8, 1886"),
        ),
        (
            "The old road to the mill is 5 miles long and has two bridges.",
            ["The old road to the mill is 5 km long and has two bridges."],
            ("quantity", "5 miles", "5 km"),
        ),
        (
            "The deposit is returned within two working days after the bicycle has come back.",
            ["It is returned within five working days after the bicycle has come back."],
            ("quantity", "two working days", "five working days"),
        ),
        (
            "Widget 777 costs 12 dollars in our shop.",
            ["Widget 777 costs 27 dollars in our shop.", "Box 9912 costs 12 dollars in our shop."],
            ("money", "12 dollars", "27 dollars"),
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


def test_differences_are_what_the_claim_says_else() -> None:
    claim = "The battery lasts 62 hours."
    near = find_alignment(claim, quotes("Sold in Oslo, the battery of the X200 lasts 64 hours.")[0])
    assert near is not None
    (place,) = near.differences
    assert [claim[token.start : token.end] for token in place.mine] == ["62 hours"]
    assert [token.form for token in place.theirs] == ["64 hours"]
    assert near.further == ("Sold in Oslo", "of the X200") and near.limited


def test_a_pronoun_stands_for_a_phrase_and_more_words_for_nothing() -> None:
    sentence = "In May it was sold to the city, they say."
    near = find_alignment("The old mill was sold to the city.", quotes(sentence)[0])
    assert near is not None and near.differences == ()


ROWS = st.lists(st.sampled_from("abcd"), max_size=8)


@given(ROWS, ROWS)
def test_gaps_and_what_both_have_make_up_both(mine: list[str], theirs: list[str]) -> None:
    gaps = find_gaps(mine, theirs)
    assert gaps[0][0] == gaps[0][2] == 0
    assert (gaps[-1][1], gaps[-1][3]) == (len(mine), len(theirs))
    for (_, i1, _, j1), (i2, _, j2, _) in itertools.pairwise(gaps):
        assert i1 < i2 and mine[i1:i2] == theirs[j1:j2]


@given(st.text(max_size=80))
def test_tokens_stand_in_order_and_a_text_is_its_own_copy(text: str) -> None:
    tokens = split_tokens(text)
    assert all(a.start <= b.start and a.end <= b.end for a, b in itertools.pairwise(tokens))
    near = find_alignment(text, quotes(text)[0])
    assert near is None or near.differences == ()
