"""Made-up situations: every maker tells right from wrong, and the pairs read as the guard reads."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.evaluate.pairs import TARGETS
from groundwire.train.pairs.situations import Situation, make_situation_pairs
from groundwire.train.pairs.sources import MAKERS

SEEDS = st.integers(0, 2**32)


@pytest.mark.parametrize("kind", MAKERS)
@given(seed=SEEDS)
def test_a_situation_has_something_true_and_something_else(kind: str, seed: int) -> None:
    made = MAKERS[kind](random.Random(seed))
    said = [*made.statements, *((f"{q} {a}", label) for q, a, label in made.answers)]
    labels = [label for _, label in said]
    assert made.premise and set(labels) <= TARGETS.keys()
    assert "supported" in labels
    assert any(label != "supported" for label in labels)
    found: dict[str, bool] = {}
    for claim, label in said:
        supported = label == "supported"
        assert found.setdefault(claim, supported) == supported, claim
    assert "{" not in made.premise.replace('{"', "")
    assert made == MAKERS[kind](random.Random(seed))


@given(seed=SEEDS, limit=st.integers(0, 80))
def test_pairs_are_as_many_as_asked_for_and_alike_for_a_seed(seed: int, limit: int) -> None:
    pairs = make_situation_pairs(seed, limit, MAKERS)
    assert len(pairs) == limit
    assert pairs == make_situation_pairs(seed, limit, MAKERS)


def test_labels_are_balanced() -> None:
    pairs = make_situation_pairs(1, 4000, MAKERS)
    counts = Counter(pair.label == "supported" for pair in pairs)
    assert abs(counts[True] - counts[False]) < 400


def test_an_answer_stands_after_its_question() -> None:
    situation = Situation(
        "A.", (), (("Who?", "Ida.", "supported"), ("Who?", "Bo.", "contradicted"))
    )
    pairs = make_situation_pairs(3, 20, {"one": lambda rng: situation})
    assert {pair.hypothesis for pair in pairs} == {"Who? Ida.", "Who? Bo."}


def test_a_premise_may_stand_among_others() -> None:
    pairs = make_situation_pairs(5, 300, MAKERS)
    sizes = [len(pair.premise.split()) for pair in pairs]
    assert max(sizes) > 45
    assert min(sizes) < 15
