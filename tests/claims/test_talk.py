"""The talk model: its file, its vetoes and its limits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.checkworthy import classify_sentence
from groundwire.claims.talk import (
    BITS,
    WEIGHTS,
    hash_features,
    is_talk,
    load_talk_model,
    name_talk,
)
from groundwire.types import KINDS

SENTENCES = Path(__file__).parents[2] / "benchmarks" / "checkworthy.jsonl"


def test_the_weights_are_small_and_whole() -> None:
    assert WEIGHTS.stat().st_size < 300_000
    assert len(load_talk_model().weights) == 1 << BITS


def test_labelled_sentences_are_sorted_as_they_are_labelled() -> None:
    rows = [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    labels = [row["label"] == "no_claim" for row in rows]
    assert len(rows) >= 400 and 0.4 < sum(labels) / len(rows) < 0.6
    found = [classify_sentence(row["text"]) != "claim" for row in rows]
    through = [r["text"] for r, talk, said in zip(rows, labels, found, strict=True) if said > talk]
    assert len(through) <= 1
    # Talk written one by one names what no rule foresees.
    for most, alone in ((0.06, False), (0.3, True)):
        group = [
            said
            for row, talk, said in zip(rows, labels, found, strict=True)
            if talk and row["template"].startswith("spoken") == alone
        ]
        assert group.count(False) <= most * len(group)


@pytest.mark.parametrize(
    "text",
    [
        "I'm happy to help, the mill burned.",
        "I can help you with 5 of them.",
        "I can help Nora.",
        "I",
    ],
)
def test_a_fact_a_number_a_name_or_one_word_is_never_talk(text: str) -> None:
    assert not is_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "I have dispatched a technician to your home.",
        "I've rebooked your flight for you.",
        "We waived the fee on your bill.",
        "Done, I have rung the dentist.",
        "I went ahead and archived the thread.",
        "The appointment has been postponed.",
    ],
)
def test_what_an_assistant_says_that_it_did_is_a_claim(text: str) -> None:
    assert not is_talk(text)


@pytest.mark.parametrize(
    "text",
    [
        "Enjoy your road trip!",
        "Have a calm and cosy evening!",
        "Wishing you a smooth start to the week.",
        "Happy to lend a hand any time!",
        "No worries, it happens to all of us!",
        "Don't be too hard on yourself!",
        "Do let me know how it went!",
        "Glad it worked out for you!",
        "Keep it up, you're doing great!",
        "Thanks a lot for bearing with me!",
    ],
)
def test_wishes_comfort_and_cheer_are_talk(text: str) -> None:
    assert classify_sentence(text) not in ("claim", "heading")


@pytest.mark.parametrize(
    "text",
    [
        "Enjoy free parking until noon!",
        "Enjoy your free evening drink!",
        "Enjoy your voucher for the spa!",
        "Have an extra day on us!",
        "No worries, the fee is refunded.",
        "It happens after each restart.",
        "Happy to say that the lift is fixed.",
        "You'll get a replacement.",
        "Thanks to the filter, the water is clear.",
        "Keep it in the fridge.",
        "Good luck charms are sold at the gate.",
        "Let me know how it goes, as the course is free.",
    ],
)
def test_facts_in_chatty_words_are_claims(text: str) -> None:
    assert classify_sentence(text) == "claim"


@given(st.text(max_size=300))
def test_any_text_is_read_and_the_same_each_time(text: str) -> None:
    features = hash_features(text)
    assert features == hash_features(text) == sorted(set(features))
    assert 0 <= load_talk_model().measure(text) <= 1
    assert is_talk(text) == is_talk(text)
    assert name_talk(text) in KINDS


def test_a_question_may_name_what_it_asks_about() -> None:
    asked = "Could you tell me whether you mean the 2022 or the 2023 edition?"
    assert is_talk(asked)
    assert not is_talk("You mean the 2022 edition.")
