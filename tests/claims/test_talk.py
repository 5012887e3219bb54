"""The models of talk: their files, what they tell apart, and their limits."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.claims.checkworthy import classify_sentence
from groundwire.claims.talk import (
    BITS,
    FOLDER,
    SURE,
    WEIGHTS,
    TalkEncoder,
    hash_features,
    is_talk,
    load_talk_encoder,
    load_talk_model,
    measure_talk,
    name_talk,
)
from groundwire.errors import ModelError
from groundwire.types import KINDS

SENTENCES = Path(__file__).parents[2] / "benchmarks" / "checkworthy.jsonl"


def test_the_weights_are_small_and_whole() -> None:
    assert WEIGHTS.stat().st_size < 300_000
    assert len(load_talk_model().weights) == 1 << BITS
    assert (FOLDER / "difference.safetensors").stat().st_size < 1_000_000


@pytest.mark.parametrize("file", ["difference.safetensors", "groundwire.json", "config.json"])
def test_an_encoder_that_is_altered_or_broken_is_refused(file: str, tmp_path: Path) -> None:
    folder = shutil.copytree(FOLDER, tmp_path / "talk")
    data = bytearray((folder / file).read_bytes())
    data[len(data) // 2 :] = b"not these"
    (folder / file).write_bytes(bytes(data))
    with pytest.raises(ModelError, match="broken: install groundwire again"):
        TalkEncoder(folder).measure("Enjoy the show!")


def test_threads_share_one_encoder() -> None:
    texts = ["Enjoy the show!", "Enjoy your free transfer!", "Let me check that for you, Ada."]
    alone = [load_talk_encoder().measure(text) for text in texts]
    fresh = TalkEncoder(FOLDER)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(fresh.measure, texts * 4)) == alone * 4


def test_a_special_token_in_a_text_is_text() -> None:
    assert measure_talk("Hello [SEP] there") != measure_talk("Hello  there")
    assert load_talk_encoder().measure("go " * 200) == 0.0


def test_labelled_sentences_are_sorted_as_they_are_labelled() -> None:
    rows = [json.loads(line) for line in SENTENCES.read_text(encoding="utf-8").splitlines()]
    rows = rows[::7]
    labels = [row["label"] == "no_claim" for row in rows]
    assert len(rows) >= 900 and 0.4 < sum(labels) / len(rows) < 0.6
    found = [classify_sentence(row["text"]) != "claim" for row in rows]
    through = [r["text"] for r, talk, said in zip(rows, labels, found, strict=True) if said > talk]
    assert len(through) <= 0.01 * len(rows)
    missed = [talk for talk, said in zip(labels, found, strict=True) if talk and not said]
    assert len(missed) <= 0.06 * sum(labels)


@pytest.mark.parametrize(
    ("talk", "fact"),
    [
        ("Have a lovely trip to Lisbon, Ms. Moreno!", "Enjoy your free transfer to the hotel!"),
        ("Let me pull up booking 5512 for you.", "Your booking 5512 was moved to Friday."),
        ("Thanks, Omar, that helps a lot.", "Thanks to Omar, the mill was saved."),
        ("So you'd like the 24-month plan, got it.", "The plan runs for 24 months, got it?"),
        ("What a lovely idea!", "What a game, Leeds scored four goals!"),
        ("Here is what I found on the 2019 model:", "The 2019 model has no heater."),
        ("Sorry for the mix-up, Mrs. Lind.", "Sorry, Mrs. Lind, the pool is closed."),
        ("Shall we go on with the second lease?", "The second lease ends in May."),
    ],
)
def test_talk_may_name_things_and_facts_may_chat(talk: str, fact: str) -> None:
    assert classify_sentence(talk) != "claim"
    assert classify_sentence(fact) == "claim"


@pytest.mark.parametrize(
    "text",
    [
        "I'm happy to help, the mill burned.",
        "See https://docs.example.org/install for the details.",
        "Just write to help@example.org if you get stuck.",
        "Feel free to ring us on +44 20 7946 0018.",
        "I",
    ],
)
def test_a_fact_an_address_or_one_word_is_never_talk(text: str) -> None:
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
    assert 0 <= measure_talk(text) <= 1
    assert is_talk(text) <= (measure_talk(text) >= SURE)
    assert name_talk(text) in KINDS


def test_a_question_may_name_what_it_asks_about() -> None:
    asked = "Could you tell me whether you mean the 2022 or the 2023 edition?"
    assert is_talk(asked)
    assert not is_talk("The 2022 edition is out of print.")
