"""Short answers to questions over tables, through the guard."""

from __future__ import annotations

import json

import pytest

from groundwire import Guard, ThresholdPolicy
from groundwire.types import Verdict

TABLE = (
    "| Lamp | Price (EUR) | Weight (g) | Light (lm) | Dimmer |\n|---|---|---|---|---|\n"
    "| Luna Mini | 19 | 310 | 400 | no |\n| Luna Pro | 49 | 720 | 900 | yes |\n"
    "| Vega | 35 | 560 | 750 | yes |\n| Moth | 27 | 410 | 420 | no |"
)
YEARS = "year,revenue_kEUR,costs_kEUR,staff\n2021,820,790,11\n2022,1120,1010,15\n2023,1090,1035,16"


@pytest.fixture(scope="module")
def guard() -> Guard:
    return Guard(policy=ThresholdPolicy.observe())


def judge(guard: Guard, question: str, answer: str, evidence: str = TABLE) -> Verdict:
    (verdict,) = guard.check(answer, evidence=evidence, question=question).verdicts
    assert verdict.claim.text == answer
    ends = [(f.start, f.end) for f in verdict.findings] + [(s.start, s.end) for s in verdict.spans]
    assert all(0 <= start < end <= len(answer) for start, end in ends)
    for finding in verdict.findings:
        assert answer[finding.start : finding.end] == finding.claimed
    return verdict


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Which lamp is the cheapest?", "The Luna Mini.", "The Moth."),
        ("Which lamp is the second cheapest?", "Moth", "Vega"),
        ("How many lamps have a dimmer?", "Two.", "Three."),
        ("What is the average price of the lamps?", "32.50 EUR", "35 EUR"),
        ("What does the Vega cost?", "35 EUR", "49 EUR"),
        ("How much heavier is the Luna Pro than the Vega?", "160 g", "260 g"),
        ("Is the Vega cheaper than the Luna Pro?", "Yes.", "No."),
        ("Is the Vega the brightest lamp?", "No, it isn't.", "Yes, it is."),
        ("Do all lamps have a dimmer?", "No.", "Yes."),
        ("Is there any lamp under 15 EUR?", "No.", "Yes."),
        ("Which lamps weigh more than 500 g?", "Luna Pro and Vega", "Luna Pro and Moth"),
        ("Is the Luna Mini heavier than the Moth?", "No, the Moth is.", "Yes."),
    ],
)
def test_an_answer_over_rows_is_reckoned(
    guard: Guard, question: str, right: str, wrong: str
) -> None:
    assert judge(guard, question, right).label == "supported"
    assert judge(guard, question, wrong).label != "supported"


def test_years_name_the_rows_that_they_stand_in(guard: Guard) -> None:
    question = "Which year had the highest revenue?"
    assert judge(guard, question, "2022", YEARS).label == "supported"
    assert judge(guard, question, "2023", YEARS).label == "contradicted"
    lowest = "What was the lowest revenue?"
    assert judge(guard, lowest, "820 kEUR", YEARS).label == "supported"
    assert judge(guard, lowest, "1,090 kEUR", YEARS).label != "supported"


def test_a_list_that_was_asked_for_is_whole(guard: Guard) -> None:
    verdict = judge(guard, "Which lamps have a dimmer?", "Luna Pro")
    assert verdict.label == "unsupported" and "Vega" in verdict.reason
    assert judge(guard, "Which lamps have a dimmer?", "Luna Pro and Vega").label == "supported"


def test_no_to_what_is_so_says_what_the_evidence_has(guard: Guard) -> None:
    verdict = judge(guard, "Is the Vega cheaper than the Luna Pro?", "No.")
    assert verdict.label == "contradicted"
    assert "The Vega is cheaper than the Luna Pro" in verdict.reason


def test_records_and_rows_are_read_alike(guard: Guard) -> None:
    names = ["name", "price_eur", "dimmer"]
    rows = [("Luna Mini", 19, False), ("Luna Pro", 49, True), ("Vega", 35, True)]
    records = json.dumps([dict(zip(names, row, strict=True)) for row in rows])
    assert judge(guard, "Which one is the cheapest?", "Luna Mini", records).label == "supported"
    assert judge(guard, "Which one is the cheapest?", "Vega", records).label == "contradicted"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which lamp is the cheapest?", "Luna Mini Lite"),
        ("Which lamp is the cheapest?", "New Luna Mini"),
        ("How many lamps have a dimmer?", "2.5"),
        ("Which lamps with a dimmer cost less than 60 EUR?", "Luna Pro"),
        ("Is the Vega cheaper than the Luna Pro and the Moth?", "Yes."),
        ("How many lamps have a dimmer or weigh more than 400 g?", "2"),
        ("What is the total weight of the lamps?", "3 kg"),
    ],
)
def test_what_only_looks_so_is_not_shown(guard: Guard, question: str, answer: str) -> None:
    verdict = judge(guard, question, answer)
    assert verdict.label != "supported" or (verdict.score or 0) < 0.7


def test_a_bound_on_a_difference_is_none_to_reckon(guard: Guard) -> None:
    asked = "Is the Vega at least 10 EUR cheaper than the Luna Pro?"
    assert (judge(guard, asked, "Yes.").score or 0) > 0.05
    assert judge(guard, asked, "No.").label != "supported"


def test_none_of_them_is_a_count(guard: Guard) -> None:
    asked = "How many lamps with a dimmer cost less than 30 EUR?"
    assert judge(guard, asked, "0").label == "supported"
    assert judge(guard, asked, "1").label != "supported"


def test_prose_beside_a_table_may_tell_more(guard: Guard) -> None:
    told = f"Since June the Moth costs 15 EUR, as the maker wrote.\n\n{TABLE}"
    assert judge(guard, "Which lamp is the cheapest?", "Moth", told).label != "contradicted"
    history = "The mill was sold in 1961. Ada Born bought it and moved to Dorn in 1984.\n\n" + TABLE
    (alone,) = guard.check(
        "1984", evidence=history.split("\n\n")[0], question="When was the mill sold?"
    ).verdicts
    beside = judge(guard, "When was the mill sold?", "1984", history)
    assert beside.label == alone.label


def test_a_question_for_one_of_those_is_not_reckoned_over_all(guard: Guard) -> None:
    history = [("user", "Which lamps have a dimmer?"), ("assistant", "Luna Pro and Vega.")]
    for question, answer in (("Which is the cheapest?", "Luna Mini"),):
        (verdict,) = guard.check(
            answer, evidence=TABLE, question=question, history=history
        ).verdicts
        assert (verdict.score or 0) < 0.8


def test_items_of_a_list_are_no_whole_answers(guard: Guard) -> None:
    asked, answer = "Which lamps weigh more than 500 g?", "- Luna Pro\n- Vega"
    verdicts = guard.check(answer, evidence=TABLE, question=asked).verdicts
    assert [verdict.label for verdict in verdicts] == ["supported", "supported"]
