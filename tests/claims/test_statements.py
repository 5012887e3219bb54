"""Sentences that questions and their short answers make."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.statements import Statement, make_statement
from groundwire.text.words import split_table
from groundwire.types import Claim, Context

NAMES = [
    "Luna Mini",
    "Luna",
    "Vega",
    "Mia Berg",
    "IC 204",
    "Basic",
    "Plus",
    "New Harrow",
    "traffic",
]


def state(question: str, answer: str) -> Statement | None:
    return make_statement(Claim(answer, 0, len(answer), Context(question=question)), NAMES)


@pytest.mark.parametrize(
    ("question", "answer", "statement"),
    [
        ("Which lamp is the cheapest?", "The Luna Mini.", "The Luna Mini is the cheapest lamp."),
        ("Hi, which is quickest?", "IC 204", "IC 204 is the quickest."),
        ("What's the cheapest plan?", "It's Basic.", "The cheapest plan is Basic."),
        ("Who earned the most in May?", "Mia Berg", "Mia Berg earned the most in May."),
        ("Which town covers the smallest area?", "Vega", "Vega covers the smallest area."),
        ("Which team drew the most matches?", "Vega", "Vega drew the most matches."),
        ("Which of the two is older?", "Vega", "Vega is older of the two."),
        ("Which plans include roaming?", "Basic and Plus", "Basic and Plus include roaming."),
        ("Which plans don't have roaming?", "Basic", "Basic don't have roaming."),
        ("How many rooms does the Vega have?", "12", "The Vega has 12 rooms."),
        ("How many rooms does the Vega have?", "12 rooms", "The Vega has 12 rooms."),
        ("How many runs were done at 80 degrees?", "Two.", "Two runs were done at 80 degrees."),
        ("How many of the plans have roaming?", "2 of them", "2 of the plans have roaming."),
        ("How many lamps are there?", "4", "There are 4 lamps."),
        ("How much does the Luna Mini cost?", "$189", "The Luna Mini costs $189."),
        ("How much heavier is the Luna than the Vega?", "2 kg",
         "The Luna is 2 kg heavier than the Vega."),
        ("How much more per month is Plus than Basic?", "5 EUR",
         "Plus is 5 EUR more per month than Basic."),
        ("How much more does the Luna cost than the Vega?", "50 EUR",
         "The Luna costs 50 EUR more than the Vega."),
        ("How many more rooms does the Vega have than the Luna?", "4",
         "The Vega has 4 more rooms than the Luna."),
        ("How long does the IC 204 take?", "2 hours", "The IC 204 takes 2 hours."),
        ("How tall is the Vega?", "30 cm", "The Vega is 30 cm tall."),
        ("When does the IC 204 leave?", "14:05", "The IC 204 leaves at 14:05."),
        ("When was the Vega built?", "2004", "The Vega was built in 2004."),
        ("When did the Vega open?", "5 May 2004", "The Vega opened on 5 May 2004."),
        ("Where does Mia Berg work?", "Bergen", "Mia Berg works in Bergen."),
        ("In which city does Mia Berg live?", "Oslo", "Mia Berg lives in Oslo."),
        ("In which year was revenue highest?", "2022", "Revenue was highest in 2022."),
        ("In how many towns is traffic the top concern?", "2",
         "Traffic is the top concern in 2 towns."),
        ("What color is the Luna Mini?", "Red", "The color of the Luna Mini is Red."),
        ("whats the cheapest plan", "Basic", "The cheapest plan is Basic."),
        ("Hi, I'd like to know which plan has most data.", "Plus", "Plus has most data."),
        ("total stock over all beans?", "509 kg", "The total stock over all beans is 509 kg."),
        ("third most expensive one?", "Vega", "The third most expensive one is Vega."),
        ("avg price of lamps?", "About 9 EUR", "The average price of lamps is about 9 EUR."),
        ("how many have a dimmer?", "2", "2 of them have a dimmer."),
        ("how many automatics do they have", "4", "There are 4 automatics."),
        ("Which lamps do not have a dimmer?", "Luna", "Luna don't have a dimmer."),
        ("Which vegan dish has no nuts?", "Plus", "Of the vegan dish, Plus has no nuts."),
        ("pls list the plans with more than 5 GB", "Basic and Plus",
         "Basic and Plus have more than 5 GB."),
        ("Where does the IC 204 depart from?", "Oslo", "The IC 204 departs from Oslo."),
        ("Which day is the warmest?", "Monday", "Monday is the warmest day."),
        ("What is Mia Berg's salary?", "4,500 EUR", "Mia Berg's salary is 4,500 EUR."),
    ],
)  # fmt: skip
def test_an_answer_is_a_sentence_with_its_question(
    question: str, answer: str, statement: str
) -> None:
    told = state(question, answer)
    assert told is not None and told.text == statement
    assert told.said in answer and not told.denied
    assert (
        told.text[told.start :].casefold().startswith(told.said.split(" of them")[0].casefold()[:3])
    )


@pytest.mark.parametrize(
    ("question", "answer", "statement", "denied"),
    [
        ("Is the Luna cheaper than the Vega?", "Yes.", "The Luna is cheaper than the Vega.", False),
        ("Is the Luna the cheapest?", "No, it isn't.", "The Luna is the cheapest.", True),
        ("Is the Luna older than the Vega?", "No, the Vega is.", "The Vega is older than the Luna.",
         False),
        ("Does New Harrow have more people than Vega?", "No, Vega does.",
         "Vega has more people than New Harrow.", False),
        ("Do all plans include roaming?", "No.", "All plans include roaming.", True),
        ("Does Basic include roaming?", "Yes, it does.", "Basic includes roaming.", False),
        ("Are there any lamps under 30 EUR?", "Yes", "There are lamps under 30 EUR.", False),
        ("Can the Vega mop?", "Yes.", "The Vega can mop.", False),
        ("Are both Italian plants new?", "Yes.", "Both Italian plants are new.", False),
        ("Is the Vega a lamp?", "No, it's a hotel.", "The Vega is a hotel.", False),
        ("The Vega is the oldest, right?", "Yes.", "The Vega is the oldest.", False),
    ],
)  # fmt: skip
def test_yes_and_no_are_what_was_asked(
    question: str, answer: str, statement: str, denied: bool
) -> None:
    told = state(question, answer)
    assert told is not None and (told.text, told.denied) == (statement, denied)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("", "The Luna Mini."),
        ("Which lamp is the cheapest?", "The Luna Mini is the cheapest lamp."),
        ("Which is cheaper? And which is older?", "The Luna."),
        ("Why is the Luna cheap?", "Old stock"),
        ("Is it raining on the hill today?", "Yes."),
        ("Tell me about the Luna.", "A lamp"),
        ("How many seats the Vega has?", "5"),
        ("Of the lamps with a dimmer, which is the cheapest?", "Vega"),
        ("I need a lamp with a dimmer. Which one is the cheapest?", "Vega"),
        ("Which is the cheapest (said before: hotels Munich)?", "Vega"),
        ("Which lamp is the cheapest, and with a dimmer?", "Vega"),
        ("Isn't the Vega the cheapest?", "Yes."),
        ("Does the Vega not have a dimmer?", "No."),
        ("Does the Luna Lite have a dimmer?", "No."),
        ("Which lamp should I buy?", "Vega"),
        ("How many lamps have a dimmer?", "Half"),
        ("Name a lamp with a dimmer.", "Vega"),
    ],
)
def test_what_has_no_such_form_is_left(question: str, answer: str) -> None:
    assert state(question, answer) is None


def test_a_question_for_all_wants_all() -> None:
    for question in ("Which plans include roaming?", "Which ones have a lamp?", "Who are late?"):
        told = state(question, "Basic")
        assert told is not None and told.listed.startswith("Only Basic")
    for question in ("Which plan includes roaming?", "Who has the most points?"):
        told = state(question, "Basic")
        assert told is not None and not told.listed


WORDS = st.sampled_from(
    split_table(
        "which what who how many much is are does did the a plan plans of than more cheaper Luna "
        "Vega have has there any all in when where cost to it ? ' - 5"
    )
)


@given(
    st.lists(WORDS, max_size=14), st.sampled_from(["Yes.", "Vega", "5 EUR", "No, Vega is.", "."])
)
def test_no_question_breaks_it(words: list[str], answer: str) -> None:
    told = state(" ".join(words), answer)
    if told is not None:
        assert told.text.endswith(".") and told.text[0] == told.text[0].upper()
        assert not told.said or told.start >= 0
