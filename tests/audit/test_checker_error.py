"""The range of the true rate: what it holds, how it grows and shrinks, and where there is none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.audit.figures.checker_error import (
    CheckerError,
    SetErrors,
    count_labels,
    encode_error,
    estimate_true_difference,
    estimate_true_rate,
    find_error,
    read_error,
)
from groundwire.audit.figures.overview import estimate_truth
from groundwire.verify.nli import load_default_verifier


def error_of(faithful: int, faulty: int, tries: int = 400, sets: int = 2) -> CheckerError:
    """A checker that flags so many of ``tries`` faithful and faulty answers in each set."""
    one = SetErrors("set", "answers", tries, faithful, tries, faulty)
    return CheckerError("v1", "2026-01-01", (one,) * sets)


def drawn(share: float, answers: int) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.beta(share * answers + 0.5, (1 - share) * answers + 0.5, 1000)


@settings(max_examples=20)
@given(st.floats(0.02, 0.98), st.integers(0, 150), st.integers(250, 400))
def test_the_range_holds_the_rate_that_gives_the_share(
    rate: float, faithful: int, faulty: int
) -> None:
    error = error_of(faithful, faulty)
    share = rate * faulty / 400 + (1 - rate) * faithful / 400
    low, high = estimate_true_rate(drawn(share, 1000), error)
    assert low <= rate <= high


def test_few_answers_and_few_labels_make_it_wider() -> None:
    def width(answers: int, tries: int) -> float:
        error = error_of(tries // 4, tries * 3 // 4, tries)
        low, high = estimate_true_rate(drawn(0.5, answers), error)
        return high - low

    assert width(2000, 400) < width(50, 400)
    assert width(2000, 400) < width(2000, 20)


def test_sets_that_differ_make_it_wider() -> None:
    alike = error_of(100, 300)
    apart = CheckerError(
        "v1", "2026-01-01",
        (SetErrors("a", "", 400, 20, 400, 220), SetErrors("b", "", 400, 180, 400, 380)),
    )  # fmt: skip
    narrow, wide = (estimate_true_rate(drawn(0.5, 1000), error) for error in (alike, apart))
    assert wide[0] < narrow[0] and narrow[1] < wide[1]


def test_a_checker_that_tells_nothing_leaves_everything_open() -> None:
    low, high = estimate_true_rate(drawn(0.5, 1000), error_of(200, 200))
    assert low < 0.1 and high > 0.9
    low, high = estimate_true_difference(np.full(1000, 0.1), error_of(200, 200))
    assert low < -0.9 and high > 0.9


def test_a_difference_is_larger_than_what_is_flagged_of_it() -> None:
    low, high = estimate_true_difference(np.full(1000, -0.2), error_of(100, 300))
    assert low < -0.4 < high < -0.3


def test_labels_that_halve_a_range() -> None:
    assert count_labels(0.3, 0.7, 10_000) == 97
    assert count_labels(0.3, 0.7, 50) == 50
    assert count_labels(0.0, 1.0, 10_000) >= 20
    assert count_labels(0.5, 0.5, 10_000) == 0


def test_what_a_range_rests_on() -> None:
    assert estimate_truth(None, "v1", 0, None)["why"] == "no answer could be checked"
    unknown = estimate_truth(drawn(0.5, 100), "v1", 100, None)
    assert unknown["low"] is None and "v1 errs has not been measured" in unknown["why"]
    corrected = {"low": 0.2, "high": 0.4, "n_labelled": 30}
    labeled = estimate_truth(drawn(0.5, 100), "v1", 100, corrected)
    assert (labeled["low"], labeled["high"], labeled["basis"]) == (0.2, 0.4, "labels")
    assert labeled["labels_to_halve"] == 70
    measured = estimate_truth(drawn(0.5, 100), read_error().verifier, 100, None)
    assert measured["basis"] == "development sets"
    assert 0 <= measured["low"] < measured["high"] <= 1
    for name in ("flagged_of_faithful", "flagged_of_faulty"):
        share = measured[name]
        assert 0 <= share["low"] <= share["value"] <= share["high"] <= 1


def test_the_table_is_of_the_embedded_verifier() -> None:
    """Other weights err otherwise: measure again with ``benchmarks.error_rates --write``."""
    version = load_default_verifier().version
    found = find_error(version)
    assert found is not None, f"error_rates.json is not of {version}"
    assert all(one.faulty_flagged <= one.faulty for one in found.sets)
    assert encode_error(found)["sets"][0]["name"] == found.sets[0].name
    assert find_error("other@1") is None


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_ends_are_kept(share: float) -> None:
    low, high = estimate_true_rate(drawn(share, 500), error_of(20, 380))
    assert 0 <= low < high <= 1
    assert (low if share == 0 else 1 - high) < 0.05
