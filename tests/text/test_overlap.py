from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.text.overlap import WordRarity, choose_sentences, split_words, stem_word

RARITY = WordRarity({"the": 0, "a": 1, "is": 2, "pump": 3, "water": 4, "lyon": 5})
WORDS = st.sampled_from(["pump", "water", "62", "kg", "lyon", "red", "the", "is"])
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=6).map(" ".join), max_size=8, unique=True)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Pumps", "pump"), ("1,200", "1200"), ("bus", "bus"), ("walked", "walk"), ("Lyon’s", "lyon")],
)
def test_stem(word: str, expected: str) -> None:
    assert stem_word(word) == expected


def test_words_keep_numbers_whole() -> None:
    assert split_words("It's 1,200.5 kg (3/4), e.g. ab-cd.") == [
        "It's",
        "1,200.5",
        "kg",
        "3/4",
        "e.g",
        "ab-cd",
    ]


def test_rarer_words_weigh_more() -> None:
    assert 0 < RARITY("the") < RARITY("Pump") < RARITY("lyon") < RARITY("unseen") == RARITY("62")
    flat = WordRarity({})
    assert flat("the") == flat("62") > 0


def test_marks_of_the_tokenizer_are_no_part_of_a_word() -> None:
    marked = WordRarity({"Ġthe": 0, "▁pump": 1, "##ing": 2})
    assert marked("the") < marked("pump") < marked("ing")


def test_sentences_that_cover_the_claim_come_first() -> None:
    sentences = ["It rains.", "The pump is red.", "The pump weighs 62 kg in Lyon.", "Lyon."]
    assert choose_sentences("The pump in Lyon weighs 62 kg.", sentences, RARITY, 100)[0] == 2


def test_a_word_that_is_covered_counts_less() -> None:
    sentences = ["water lyon", "water lyon too", "pump"]
    assert choose_sentences("pump water lyon", sentences, RARITY, 100)[1] == 2


@given(SENTENCES.filter(bool), st.integers(1, 20))
def test_the_budget_holds_but_one_is_always_chosen(sentences: list[str], budget: int) -> None:
    chosen = choose_sentences("the red pump weighs 62 kg", sentences, RARITY, budget)
    assert chosen
    assert len(chosen) == len(set(chosen))
    assert len(chosen) == 1 or sum(len(sentences[i].split()) for i in chosen) <= budget


def test_no_sentences_give_none() -> None:
    assert choose_sentences("pump", [], RARITY, 10) == []


@given(SENTENCES, st.integers(1, 20), st.randoms(use_true_random=False))
def test_order_does_not_matter(sentences: list[str], budget: int, rng: random.Random) -> None:
    mixed = rng.sample(sentences, len(sentences))
    claim = "the red pump weighs 62 kg"
    one = [sentences[i] for i in choose_sentences(claim, sentences, RARITY, budget)]
    two = [mixed[i] for i in choose_sentences(claim, mixed, RARITY, budget)]
    assert one == two


@given(SENTENCES, st.lists(st.sampled_from(["It rains.", "Go on", "Zoo"]), max_size=5))
def test_padding_changes_no_choice(sentences: list[str], padding: list[str]) -> None:
    sentences = ["The pump weighs 62 kg.", *sentences]
    claim = "the red pump weighs 62 kg"
    alone = choose_sentences(claim, sentences, RARITY, 15)
    assert choose_sentences(claim, [*sentences, *padding], RARITY, 15) == alone


def test_a_bonus_decides_between_equals() -> None:
    assert choose_sentences("pump", ["pump a", "pump b"], RARITY, 2, [0.1, 0.0])[0] == 0
    assert choose_sentences("pump", ["pump a", "pump b"], RARITY, 2, [0.0, 0.1])[0] == 1


def test_text_without_spaces_is_taken_by_pairs() -> None:
    assert split_words("東京は日本の首都です。") == [
        "東京", "京は", "は日", "日本", "本の", "の首", "首都", "都で", "です",
    ]  # fmt: skip
    assert split_words("東京Tower2と水 333m") == ["東京", "Tower2", "と水", "333m"]
    assert split_words("水") == ["水"]
    assert split_words("서울은 도시다") == ["서울은", "도시다"]
