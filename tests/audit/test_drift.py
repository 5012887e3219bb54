"""Drift: what is noticed, how often an alarm is false, and what streams are read from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_folders import record, write
from groundwire.audit.figures.drift import (
    FEWEST,
    NOTHING,
    Bet,
    Ranks,
    Stream,
    Vocabulary,
    detect_drift,
    read_stream,
)
from groundwire.cli.commands import main
from groundwire.errors import InputError

WORDS = ["tank", "pump", "valve", "hose", "meter", "boiler", "seal", "gauge"]


def stream(count: int, seed: int, low: float = 0.0, words: list[str] | None = None) -> Stream:
    rng = np.random.default_rng(seed)
    scores = low + (1 - low) * rng.random(count)
    words = WORDS if words is None else words
    texts = [rng.choice(words, 3).tolist() if words else [] for _ in range(count)]
    return Stream(scores, (scores < 0.5).astype(np.float64), texts)


def test_false_alarms_are_rare() -> None:
    alarms = [
        detect_drift(stream(100, 2 * n), stream(150, 2 * n + 1), seed=n)["alarm"] for n in range(60)
    ]
    assert sum(alarms) <= 8  # at most 1 in 20 are expected: more than 8 of 60 by chance is 1 in 400


def test_other_scores_and_other_words_are_noticed() -> None:
    before = stream(200, 0)
    scores = detect_drift(before, stream(200, 1, low=0.5))
    assert scores["alarm"] and scores["alarm_at"] < 150 and scores["scores"] > scores["words"]
    words = detect_drift(before, stream(200, 1, words=[*WORDS[:2], "visa", "embassy", "euro"]))
    assert words["alarm"] and words["words"] > words["scores"]
    assert {row["word"] for row in words["new_words"]} >= {"visa", "embassy", "euro"}
    assert json.loads(json.dumps(words)) == words


def test_a_change_that_comes_late_is_noticed() -> None:
    early, late = stream(300, 1), stream(200, 2, low=0.6)
    both = Stream(
        np.concatenate([early.scores, late.scores]), np.concatenate([early.flagged, late.flagged]),
        [*early.words, *late.words],
    )  # fmt: skip
    found = detect_drift(stream(300, 0), both)
    assert found["alarm"] and 300 < found["alarm_at"] < 500


def test_answers_that_nothing_could_be_checked_of_are_a_change() -> None:
    before, after = stream(200, 0), stream(200, 1)
    after.scores[:] = NOTHING
    found = detect_drift(before, after)
    assert found["alarm"] and found["after"]["lowest_score"] is None


def test_without_words_scores_alone_are_compared() -> None:
    found = detect_drift(stream(100, 0, words=[]), stream(100, 1, low=0.5, words=[]))
    assert found["words"] is None and found["new_words"] == [] and found["alarm"]


def test_too_few_answers_and_odd_chances_are_refused() -> None:
    with pytest.raises(InputError, match="39 answers before"):
        detect_drift(stream(FEWEST - 1, 0), stream(10, 1))
    for alpha in (0.0, 1.0, 7.0):
        with pytest.raises(InputError, match="between 0 and 1"):
            detect_drift(stream(50, 0), stream(10, 1), alpha)


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=60))
def test_a_bet_is_fair_at_every_moment(ranks: list[float]) -> None:
    bet = Bet()
    for rank in ranks:
        bet.add(rank)
    before = bet.capital
    ends = []
    for place in np.linspace(0.005, 0.995, 100):  # ten ranks in each bin of the histogram
        other = Bet()
        for rank in ranks:
            other.add(rank)
        other.add(float(place))
        ends.append(other.capital)
    assert np.mean(ends) == pytest.approx(before, rel=1e-6)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(0, 3))
def test_a_rank_lies_among_its_ties(before: list[int], value: int) -> None:
    rank = Ranks(before).add(value)
    smaller = sum(one < value for one in before)
    equal = sum(one == value for one in before)
    assert smaller <= rank * (len(before) + 1) <= smaller + equal + 1


def test_rare_words_are_rare() -> None:
    known = Vocabulary([["tank", "pump"], ["tank"]])
    assert known.measure_rarity(["visa"]) > known.measure_rarity(["pump"])
    assert known.measure_rarity(["pump"]) > known.measure_rarity(["tank"])
    assert known.measure_rarity([]) == 0.0


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good = write(tmp_path / "a", [record(i, ["supported"]) for i in range(60)])
    same = write(tmp_path / "b", [record(i, ["supported"]) for i in range(60, 120)])
    bad = write(tmp_path / "c", [record(i, ["contradicted"]) for i in range(60, 120)])
    assert main(["audit", "drift", str(good), str(same)]) == 0
    assert "no drift was found" in capsys.readouterr().out
    assert main(["audit", "drift", str(good), str(bad)]) == 1
    assert "DRIFT, seen after" in capsys.readouterr().out
    assert main(["audit", "drift", str(good), str(bad), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["alarm"] and found["after"]["flagged"] == 1.0
    assert main(["audit", "drift", str(good), str(tmp_path / "none")]) == 2
    assert len(read_stream(good)) == 60
