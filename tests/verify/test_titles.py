"""Titles alike: what stands under one of them is no evidence for what is said of another."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.verify.titles import find_rivals

TENTS = ("Tarn 2 tent", "Tarn 4 tent", "Returns")
PLANS = ("Basic plan", "Premium plan", "Shipping costs", "Shipping times")


@pytest.mark.parametrize(
    ("texts", "titles", "rivals"),
    [
        (["The Tarn 2 weighs 3 kg."], TENTS, {"Tarn 4 tent"}),
        (["It weighs 3 kg.", "How heavy is the Tarn 4?"], TENTS, {"Tarn 2 tent"}),
        (["With the premium plan you get 20 GB."], PLANS, {"Basic plan"}),
        (["You get 20 GB with Premium."], PLANS, {"Basic plan"}),
        (["The Tarn 4 is heavier than the Tarn 2."], TENTS, set()),
        (["A tent weighs 3 kg."], TENTS, set()),
        (["2 or 4 people fit in."], TENTS, set()),
        (["Shipping costs 5 euros."], PLANS, set()),
        (["Items can be returned."], TENTS, set()),
    ],
)
def test_titles_that_a_claim_does_not_speak_of(
    texts: list[str], titles: tuple[str, ...], rivals: set[str]
) -> None:
    assert find_rivals(texts, titles) == rivals


@given(st.lists(st.text(max_size=20), max_size=3), st.lists(st.text(max_size=20), max_size=5))
def test_rivals_are_titles(texts: list[str], titles: list[str]) -> None:
    assert find_rivals(texts, titles) <= set(titles)


def test_the_guard_reads_a_claim_under_its_own_title() -> None:
    tents = [
        "# Tarn 2 tent\nThe tent is green. It weighs 1.8 kg. Pegs are included.",
        "# Tarn 4 tent\nThe tent is blue. It weighs 3.1 kg. Unlike the Tarn 2, it has two doors.",
    ]
    guard = Guard()
    (right,) = guard.check("The Tarn 4 weighs 3.1 kg.", tents).verdicts
    (wrong,) = guard.check("The Tarn 2 weighs 3.1 kg.", tents).verdicts
    assert (right.label, wrong.label) == ("supported", "contradicted")
    assert "It weighs 3.1 kg." not in [quote.text for quote in wrong.quotes]


def test_a_document_without_a_title_is_of_what_it_begins_with() -> None:
    tents = [
        "The Tarn 2 is a green tent. It weighs 1.8 kg.",
        "The Tarn 4 is a blue tent. It weighs 3.1 kg.",
    ]
    guard = Guard()
    (right,) = guard.check("The Tarn 4 weighs 3.1 kg.", tents).verdicts
    (wrong,) = guard.check("The Tarn 2 weighs 3.1 kg.", tents).verdicts
    assert (right.label, wrong.label) == ("supported", "contradicted")
