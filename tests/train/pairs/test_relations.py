"""Made-up situations of names, events and amounts: labels that hold, words that do not tell."""

from __future__ import annotations

import math
import random
import re
from collections import Counter, defaultdict
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.evaluate.pairs import TARGETS
from groundwire.train.pairs.amounts import AMOUNTS
from groundwire.train.pairs.drafts import Draft
from groundwire.train.pairs.relations import RELATIONS
from groundwire.train.pairs.situations import Situation, make_situation_pairs

MAKERS = {**RELATIONS, **AMOUNTS}
LEAK = 0.6
"""Share of claims above which their words would tell whether they hold."""


@pytest.mark.parametrize("kind", MAKERS)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_a_situation_has_right_and_wrong_and_nothing_twice(kind: str, seed: int) -> None:
    made = MAKERS[kind](random.Random(seed))
    assert made == MAKERS[kind](random.Random(seed))
    labels = [label for _, label in made.statements]
    assert "supported" in labels
    assert {*labels} - {"supported"}
    assert {*labels} | {label for *_, label in made.answers} <= {*TARGETS}
    claims = [claim for claim, _ in made.statements]
    assert len(claims) == len({*claims})
    asked = [(question, answer.strip(".")) for question, answer, _ in made.answers]
    assert len(asked) == len({*asked})
    for text in (made.premise, *claims, *(question for question, *_ in made.answers)):
        assert not re.search(r"[{}]|  |\.\.|^[a-z]", text) or text[0] in "[{"
    assert all(claim.endswith(".") for claim in claims)
    assert all(question.endswith("?") for question, *_ in made.answers)


@pytest.mark.parametrize("kind", MAKERS)
def test_the_words_of_a_claim_do_not_tell_its_label(kind: str) -> None:
    pairs = make_situation_pairs(3, 2400, {kind: MAKERS[kind]})
    assert 0.4 < sum(pair.label == "supported" for pair in pairs) / len(pairs) < 0.6
    rows = [({*re.findall(r"[a-z]+", p.hypothesis.lower())}, p.label == "supported") for p in pairs]
    counts: dict[bool, Counter[str]] = defaultdict(Counter)
    for words, label in rows[:1600]:
        counts[label].update(words)

    def weigh(words: set[str]) -> float:
        return sum(math.log((counts[True][w] + 5) / (counts[False][w] + 5)) for w in words)

    right = sum((weigh(words) > 0) == label for words, label in rows[1600:])
    assert right / len(rows[1600:]) < LEAK


@cache
def draw_many(kind: str) -> list[Situation]:
    return [MAKERS[kind](random.Random(seed)) for seed in range(1500)]


def find_labels(kind: str, premise: str, claim: str) -> set[str]:
    """The labels of claims of one form under premises of another, over many draws."""
    return {
        label
        for situation in draw_many(kind)
        if re.match(premise, situation.premise)
        for text, label in situation.statements
        if re.match(claim, text)
    }


@pytest.mark.parametrize(
    ("premise", "claim", "label"),
    [
        ("Most of|A majority", "All of|Every|Each", "not_enough"),
        ("All of|Every|Each", "Some of|At least one|Most of", "supported"),
        ("None of|No |Not one", "Some of|At least one|All of|Every", "contradicted"),
        ("Some of|At least one of", "Most of|All of|Exactly half", "not_enough"),
        ("Exactly half", "Most of|All of|None of", "contradicted"),
        ("four of the eight|4 of 8", "Exactly half|Not all", "supported"),
    ],
)
def test_a_quantifier_tells_what_it_tells(premise: str, claim: str, label: str) -> None:
    assert find_labels("quantifiers", f"(?i:{premise})", claim) == {label}


def test_a_bound_tells_what_it_tells() -> None:
    assert find_labels("bounds", ".* has at least 50", ".* (more than|over) 40 ") == {"supported"}
    assert find_labels("bounds", ".* has at least 50", ".* (at most|under) 40 ") == {"contradicted"}
    assert find_labels("bounds", ".* has at least 50", ".* (at least|over) 60 ") == {"not_enough"}


def test_a_draft_keeps_forms_even() -> None:
    rng = random.Random(2)
    drafts = [Draft(rng, "Text.") for _ in range(4000)]
    for number, draft in enumerate(drafts):
        draft.tell("it holds.", number % 4 == 0, share=0.25)
        draft.ask("where?", "the hall", True)
        draft.ask("which tool?", "ls", False)
    built = [draft.build() for draft in drafts]
    assert built[0].answers == (
        ("Where?", "The hall", "supported"),
        ("Which tool?", "ls", "contradicted"),
    )
    labels = [label for situation in built for _, label in situation.statements]
    assert labels.count("supported") == 1000
    assert 850 < labels.count("contradicted") < 1150
