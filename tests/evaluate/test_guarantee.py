"""Promises hold as often as they say, and are not given where they cannot be."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom  # type: ignore[import-untyped]

from groundwire.errors import InputError
from groundwire.evaluate.guarantee import (
    GRID,
    Floats,
    LabeledScore,
    choose_by_group,
    choose_threshold,
    compute_bound,
    count_least,
    draw_clusters,
)
from groundwire.guard.config import TARGETS, Promise, Target

DRAWS = 200
RISK, CONFIDENCE = 0.1, 0.9
Fault = Callable[[Floats], Floats]


def rises(scores: Floats) -> Floats:
    """Probability of a fault where the score tells well."""
    return 0.5 * (1 - scores) ** 2


def jumps(scores: Floats) -> Floats:
    """Probability of a fault that is at the risk just above a jump."""
    return np.where(scores > 0.5, 0.095, 0.6)


def wavers(scores: Floats) -> Floats:
    """Probability of a fault that a higher score does not lower throughout."""
    return np.where(scores > 0.9, 0.4, np.where(scores > 0.4, 0.03, 0.4))


def draw(size: int, fault: Fault, seed: int) -> list[LabeledScore]:
    rng = np.random.default_rng(seed)
    scores = rng.random(size)
    faults = rng.random(size) < fault(scores)
    return [
        LabeledScore(float(s), bool(f), str(i))
        for i, (s, f) in enumerate(zip(scores, faults, strict=True))
    ]


def know(fault: Fault, target: Target) -> dict[float, float]:
    """The true share at each threshold, by integration over uniform scores."""
    scores = (np.arange(100_000) + 0.5) / 100_000
    wrong = fault(scores)
    if target == "good":
        good = 1 - wrong
        return {t: float(good[scores < t].sum() / good.sum()) for t in GRID}
    return {t: float(wrong[scores >= t].mean()) for t in GRID}


def allow_broken() -> int:
    """The most broken promises of ``DRAWS`` that chance explains, at a level of 0.1 %."""
    return int(binom.ppf(0.999, DRAWS, 1 - CONFIDENCE))


@pytest.mark.parametrize("fault", [rises, jumps, wavers])
@pytest.mark.parametrize("target", TARGETS)
def test_a_promise_holds_as_often_as_it_says(fault: Fault, target: Target) -> None:
    true = know(fault, target)
    found = [
        choose_threshold(draw(200, fault, seed), RISK, CONFIDENCE, target).threshold
        for seed in range(DRAWS)
    ]
    given = [threshold for threshold in found if threshold is not None]
    assert sum(true[threshold] > RISK for threshold in given) <= allow_broken()
    if target == "good" or fault is rises:
        assert len(given) > DRAWS / 2


def test_what_cannot_be_promised_is_not() -> None:
    worse = lambda scores: np.full(len(scores), 0.12)  # noqa: E731
    found = [choose_threshold(draw(400, worse, seed), RISK, CONFIDENCE) for seed in range(DRAWS)]
    assert sum(promise.promised for promise in found) <= allow_broken()
    hopeless = choose_threshold(draw(400, lambda s: np.full(len(s), 0.4), 0), RISK, CONFIDENCE)
    assert (hopeless.promised, hopeless.threshold, hopeless.bound) == (False, None, None)
    assert hopeless.needed is None and str(hopeless).startswith("none: these 400 labeled claims")


def test_dependent_labels_count_once() -> None:
    """Thirty answers, each labeled twenty times over, promise no more than thirty labels."""
    one = draw(30, rises, 1)
    many = [LabeledScore(i.score, i.fault, i.cluster) for i in one for _ in range(20)]
    promise = choose_threshold(many, RISK, CONFIDENCE)
    assert (promise.labels, promise.drawn) == (600, 30)
    assert promise.threshold == choose_threshold(one, RISK, CONFIDENCE).threshold
    broken = 0
    true = know(jumps, "claims")
    for seed in range(DRAWS):
        labels = [
            LabeledScore(i.score, i.fault, i.cluster)
            for i in draw(60, jumps, seed)
            for _ in range(5)
        ]
        threshold = choose_threshold(labels, RISK, CONFIDENCE).threshold
        broken += threshold is not None and true[threshold] > RISK
    assert broken <= allow_broken()


def test_too_few_labels_say_how_many_would_do() -> None:
    labels = [LabeledScore(0.9, i == 0, str(i)) for i in range(30)]
    promise = choose_threshold(labels, RISK, CONFIDENCE)
    assert not promise.promised and promise.needed is not None and 38 <= promise.needed < 90
    more = [LabeledScore(0.9, i % 30 == 0, str(i)) for i in range(promise.needed)]
    assert choose_threshold(more, RISK, CONFIDENCE).promised


def test_the_least_that_a_promise_needs() -> None:
    # 0.9 ** 22 < 0.1 < 0.9 ** 21: 22 without a fault reject a share of 0.1.
    clean = [LabeledScore(0.9, False, str(i)) for i in range(22)]
    fault = LabeledScore(-1.0, True, "fault")
    assert choose_threshold([*clean, fault], RISK, CONFIDENCE).threshold == 0.9
    assert not choose_threshold([*clean[1:], fault], RISK, CONFIDENCE).promised
    assert compute_bound(0, 22, CONFIDENCE) < RISK < compute_bound(0, 21, CONFIDENCE)
    assert count_least(RISK, CONFIDENCE, 10) == 22
    assert compute_bound(0, 0, CONFIDENCE) == 1.0


def test_groups_have_thresholds_of_their_own() -> None:
    easy = [LabeledScore(0.3, False, f"e{i}", "easy") for i in range(100)]
    hard = [LabeledScore(0.8, i % 2 == 0, f"h{i}", "hard") for i in range(100)]
    found = choose_by_group([*easy, *hard], RISK, CONFIDENCE)
    assert found["easy"].threshold == 0.3 and not found["hard"].promised
    assert choose_by_group(easy, RISK, CONFIDENCE) == {}


@pytest.mark.parametrize("value", [0.0, 1.0, -0.1, 2.0, float("nan")])
def test_terms_out_of_range_are_refused(value: float) -> None:
    labels = draw(50, rises, 0)
    with pytest.raises(InputError, match="between 0 and 1"):
        choose_threshold(labels, value, CONFIDENCE)
    with pytest.raises(InputError, match="confidence"):
        choose_threshold(labels, RISK, value)


def test_labels_of_one_kind_are_refused() -> None:
    with pytest.raises(InputError, match="all 3 labels say without fault"):
        choose_threshold([LabeledScore(0.9, False, str(i)) for i in range(3)], RISK, CONFIDENCE)
    with pytest.raises(InputError, match="all 0 labels"):
        choose_threshold([], RISK, CONFIDENCE)


labels = st.lists(
    st.builds(
        LabeledScore,
        st.one_of(st.just(-1.0), st.floats(0, 1)),
        st.booleans(),
        st.sampled_from([str(i) for i in range(60)]),
    ),
    min_size=2,
    max_size=120,
).filter(lambda found: len({item.fault for item in found}) == 2)


@settings(max_examples=40, deadline=None)
@given(labels, st.floats(0.02, 0.9), st.floats(0.5, 0.99), st.sampled_from(TARGETS))
def test_what_is_promised_is_what_the_labels_show(
    labeled: list[LabeledScore], risk: float, confidence: float, target: Target
) -> None:
    promise = choose_threshold(labeled, risk, confidence, target)
    drawn = draw_clusters(labeled)
    assert promise.drawn == len(drawn) == len({item.cluster for item in labeled})
    assert 0 <= promise.faults <= promise.shown <= promise.drawn <= promise.labels
    if promise.threshold is None:
        return
    assert promise.bound is not None and promise.bound <= risk + 1e-6
    if target != "good":
        shown = [item for item in drawn if item.score >= promise.threshold]
        assert (promise.shown, promise.faults) == (len(shown), sum(i.fault for i in shown))
    assert promise == Promise(**{f: getattr(promise, f) for f in Promise.__dataclass_fields__})
