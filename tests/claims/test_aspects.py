"""Aspects of what is asked for, and what tells them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.aspects import find_aspects

TOLD = [
    ("the price of parking", "Parking is free.", True),
    ("how much the tour is", "The tour costs 12 euros.", True),
    ("how much the tour is", "The tour starts at 12:00.", False),
    ("how long the tour lasts", "The tour takes 50 minutes.", True),
    ("how long the tour lasts", "The tour covers 2 km.", False),
    ("how long the rope is", "The rope measures 80 cm.", True),
    ("how often to water it", "Water it twice a week.", True),
    ("how often to water it", "Water it with care.", False),
    ("when the tour starts", "It starts at noon on 3 May.", True),
    ("when the tour starts", "It has 3 stops.", False),
    ("whether dogs are allowed", "Dogs are welcome.", True),
    ("whether dogs are allowed", "Dogs like it here.", False),
    ("the maximum dose", "Take up to two tablets.", True),
    ("the maximum dose", "Take it with water.", False),
]


@pytest.mark.parametrize(("asked", "text", "told"), TOLD)
def test_an_aspect_is_told_by_a_value_of_its_sort(asked: str, text: str, told: bool) -> None:
    aspects, _ = find_aspects(asked)
    assert aspects
    assert all(aspect.is_told(text) for aspect in aspects) == told


def test_what_names_no_aspect_stays() -> None:
    assert find_aspects("the name of the baker") == ([], "the name of the baker")
    _, rest = find_aspects("how long the tour lasts")
    assert rest.split() == ["the", "tour", "lasts"]


@given(st.text(max_size=80))
def test_what_is_left_has_the_length_of_the_text(text: str) -> None:
    aspects, rest = find_aspects(text)
    assert len(rest) == len(text) and (aspects or rest == text)
