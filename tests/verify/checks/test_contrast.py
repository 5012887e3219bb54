from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.words import split_table
from groundwire.types import Claim, Finding, Quote
from groundwire.verify.checks.alignment import split_tokens
from groundwire.verify.checks.contrast import check_contrast

Found = tuple[str, str, str | None]


def quotes(*texts: str) -> list[Quote]:
    return [Quote(text, "doc", 0, len(text)) for text in texts]


def contrasts(claim: str, *evidence: str) -> list[Found]:
    found = check_contrast(Claim(claim, 0, len(claim)), quotes(*evidence))
    assert {f.status for f in found} <= {"conflict"}
    return [(f.kind, f.claimed, f.found) for f in found]


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        (
            "The pump is not covered by the warranty.",
            "The pump is covered by the warranty.",
            ("negation", "not", "covered"),
        ),
        (
            "The pump is covered by the warranty.",
            "Sadly the pump isn’t covered by the warranty.",
            ("negation", "covered", "isn’t"),
        ),
        (
            "The council rejected the plan in May.",
            "The council approved the plan in May.",
            ("comparison", "rejected", "approved"),
        ),
        (
            "Sharing the key is banned for guests.",
            "Sharing the key is allowed for guests.",
            ("comparison", "banned", "allowed"),
        ),
        (
            "The members voted for the plan.",
            "The members didn't vote for the plan.",
            ("negation", "voted", "didn't"),
        ),
        (
            "The new tower is larger than the old tower.",
            "The new tower is smaller than the old tower.",
            ("comparison", "larger", "smaller"),
        ),
        (
            "Sales increased by 5% in 2019.",
            "Sales decreased by 5% in 2019.",
            ("comparison", "increased", "decreased"),
        ),
        (
            "He arrived in Rome before the war.",
            "He arrived in Rome after the war.",
            ("comparison", "before", "after"),
        ),
        (
            "The red valve opens first when heated.",
            "The red valve opens last when heated.",
            ("comparison", "first", "last"),
        ),
    ],
)
def test_a_sentence_turned_round_conflicts(claim: str, evidence: str, expected: Found) -> None:
    assert contrasts(claim, evidence) == [expected]


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        (
            "The shop opens at 9 and closes at 17.",
            "The shop opens at 17 and closes at 9.",
            [("order", "9", "17"), ("order", "17", "9")],
        ),
        (
            "The shop opens at 9 am and closes at 5 pm.",
            "On Monday the shop opens at 17:00 and closes at 9:00.",
            [("order", "9 am", "17:00"), ("order", "5 pm", "9:00")],
        ),
        (
            "Sales rose from $5 million to $8 million.",
            "Sales rose from $8 million to $5 million.",
            [("order", "$5 million", "$8 million"), ("order", "$8 million", "$5 million")],
        ),
        (
            "Anna Berg beat Ole Lund in the final race in Hull.",
            "Ole Lund beat Anna Berg in the final race in Hull.",
            [("order", "Anna Berg", "Ole Lund"), ("order", "Ole Lund", "Anna Berg")],
        ),
    ],
)
def test_what_changed_places_conflicts(claim: str, evidence: str, expected: list[Found]) -> None:
    assert contrasts(claim, evidence) == expected


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("No. Helmets are lent free of charge.", "Helmets are lent free of charge."),
        ("No, the pump is covered by the warranty.", "The pump is covered by the warranty."),
        ("Some members voted for it.", "Some members did not vote for it."),
        ("The pump may be covered by it.", "The pump may not be covered by it."),
        ("The pump is charged by day.", "If the pump is not charged by day, it stops."),
        ("The pump is covered by it.", "He denied that the pump is not covered by it."),
        ("The pump is covered by it.", "The motor is not covered by the warranty."),
        ("The new tower is larger than the old.", "The old tower is smaller than the new."),
        ("It is not larger than the old tower.", "It is smaller than the old tower."),
        ("Do not thank me for this.", "You do not have to thank me for this."),
        ("Is the pump not covered by it?", "The pump is covered by it."),
        ("Sales were 5 t in May and 8 t in June.", "Sales were 8 t in June and in May 5 t."),
        ("Red won 12 games and Blue 9.", "Blue won 9 games and Red 12."),
        ("The shop opens at 9 and closes at 17.", "The bar opens at 17 and the shop at 9."),
        ("Prices rose from 5 to 8.", "Prices rose to 8 from 5."),
        ("It went up.", "It did not go up."),
        ("The Anna and the Bo sailed to Hull.", "The Bo and the Anna sailed to Hull."),
    ],
)
def test_what_may_both_be_true_is_no_conflict(claim: str, evidence: str) -> None:
    assert contrasts(claim, evidence) == []


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        (
            "Take the tablet before breakfast.",
            [
                "Take the tablet half an hour before breakfast.",
                "Take the tablet after breakfast on days of surgery.",
            ],
        ),
        (
            "Sales increased in Europe.",
            ["Sales increased sharply in Europe in 2020.", "Sales decreased in Europe in 2021."],
        ),
        ("Sales increased in Europe.", ["Sales decreased in Europe in 2021."]),
        ("Sales increased in Europe.", ["On Mondays sales decreased in Europe."]),
        ("Sales increased in Europe.", ["Sales decreased in Europe last year."]),
        (
            "The pump is covered by it.",
            ["The pump is not covered by it in Norway."],
        ),
        (
            "The first train stops in Oxford.",
            ["The first train of the day stops in Oxford.", "The last train stops in Oxford."],
        ),
        ("The first train stops in Oxford.", ["The last train stops in Oxford."]),
        ("The north coast is rocky.", ["The south coast is rocky."]),
        ("Older people are at risk.", ["Younger people are at risk."]),
        ("Chanel No. 5 is sold by them.", ["Chanel No. 5 is sold by them."]),
        ("Chanel 5 is sold by them.", ["Chanel No. 5 is sold by them."]),
    ],
)
def test_another_case_is_no_conflict(claim: str, evidence: list[str]) -> None:
    assert contrasts(claim, *evidence) == []
    assert contrasts(claim, *reversed(evidence)) == []


@pytest.mark.parametrize(
    ("claim", "evidence", "expected"),
    [
        (
            "The plant will close in May.",
            "The plant may close in May.",
            ("hedge", "will", "may"),
        ),
        (
            "All members of the club pay a fee.",
            "Some members of the club pay a fee.",
            ("hedge", "All", "Some"),
        ),
        ("The pump is red.", "The pump is probably red.", ("hedge", "red", "probably")),
    ],
)
def test_a_claim_without_the_hedge_of_its_sentence_conflicts(
    claim: str, evidence: str, expected: Found
) -> None:
    assert contrasts(claim, evidence) == [expected]
    assert contrasts(evidence, claim) == []


def test_what_can_be_claims_no_more_than_what_may_be() -> None:
    assert not contrasts("Apples can help the heart.", "Apples may help the heart.")
    assert not contrasts("Apples can help the heart.", "Apples could help the heart.")
    assert contrasts("Apples do help the heart.", "Apples may help the heart.")


def test_a_sentence_that_states_the_claim_withdraws_the_finding() -> None:
    claim = "The pump is not covered by the warranty."
    assert contrasts(claim, "The pump is covered by the warranty.", claim) == []


def test_offsets_are_those_of_the_answer() -> None:
    answer = "Hello. He arrived in Rome before the war."
    quote = Quote("He arrived in Rome after the war.", "doc", 0, 33)
    assert check_contrast(Claim(answer[7:], 7, len(answer)), [quote]) == [
        Finding("comparison", "conflict", "before", 26, 32, "after", quote)
    ]


WORDS = st.lists(
    st.sampled_from(
        split_table("he not n't opened closed before after 3 5 to from won 2-3 more less .")
    )
).map(" ".join)


@given(WORDS | st.text(max_size=60), st.lists(WORDS | st.text(max_size=60), max_size=4))
def test_findings_are_exact_spans_in_any_order_of_evidence(text: str, evidence: list[str]) -> None:
    claim = Claim(text, 5, 5 + len(text))
    found = check_contrast(claim, quotes(*evidence))
    assert found == check_contrast(claim, quotes(*reversed(evidence)))
    for finding in found:
        assert finding.claimed == text[finding.start - 5 : finding.end - 5]
        assert finding.quote is not None and finding.found is not None
        assert finding.found in finding.quote.text


@given(st.sampled_from(["one two three four not ", "a b c d e ", "before after first "]))
def test_long_claims_and_many_sentences_are_read_to_the_end(text: str) -> None:
    claim = text * 100
    assert contrasts(claim, *[f"{text * 5}{i}." for i in range(500)]) == []


@pytest.mark.parametrize(
    "evidence",
    [
        "A: No, open boxes are final and cannot be exchanged.",
        "Q: Can I exchange open boxes?\nA: No, open boxes are final and cannot be exchanged.",
        "Are open boxes exchanged? No. They cannot be exchanged.",
    ],
)
def test_an_answer_particle_denies_nothing(evidence: str) -> None:
    assert contrasts("Open boxes can't be exchanged.", evidence) == []


def test_a_no_that_is_the_value_of_a_field_is_no_particle() -> None:
    assert "no" in [token.form for token in split_tokens("Pets: no. Smoking: no.")]
