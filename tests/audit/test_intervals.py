"""Intervals of clustered shares: what they cover, and what they do not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_folders import record, write
from groundwire.audit.figures.intervals import (
    estimate_rate,
    find_clusters,
    resample_clusters,
    sum_clusters,
)
from groundwire.audit.figures.tally import read_answers

ROUNDS = 200
LEAST = 181
"""Of 200 intervals that cover in 95 % of cases, fewer cover once in 400 times (binomial)."""


def clustered(rng: np.random.Generator, clusters: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers whose clusters have rates of their own, 0.3 on average."""
    sizes = rng.integers(1, 8, clusters)
    keys = np.repeat(np.arange(clusters), sizes).astype(np.uint64)
    rates = np.repeat(rng.beta(0.6, 1.4, clusters), sizes)
    return (rng.random(len(keys)) < rates).astype(np.int64), np.ones(len(keys), np.int64), keys


def test_it_covers_where_answers_come_in_clusters() -> None:
    rng = np.random.default_rng(0)
    together = alone = 0
    for _ in range(ROUNDS):
        hits, tries, keys = clustered(rng, 100)
        found = estimate_rate(hits, tries, keys)
        together += found.low <= 0.3 <= found.high
        naive = estimate_rate(hits, tries, np.arange(len(hits), dtype=np.uint64))
        alone += naive.low <= 0.3 <= naive.high
    assert together >= LEAST
    assert alone < LEAST  # what the clusters are for


def test_it_is_as_wide_as_drawing_clusters_one_by_one() -> None:
    hits, tries, keys = clustered(np.random.default_rng(1), 80)
    sums = sum_clusters([hits, tries], keys)
    rng = np.random.default_rng(2)
    drawn = sums[rng.integers(0, len(sums), (4000, len(sums)))].sum(axis=1)
    plain = drawn[:, 0] / drawn[:, 1]
    fast = resample_clusters(sums, lambda total: total[:, 0] / total[:, 1], draws=4000)
    assert np.quantile(fast, [0.025, 0.5, 0.975]) == pytest.approx(
        np.quantile(plain, [0.025, 0.5, 0.975]), abs=0.01
    )


@given(st.data())
def test_order_and_names_of_clusters_change_nothing(data: st.DataObject) -> None:
    rows = data.draw(
        st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=1, max_size=40)
    )
    hits, keys = (np.array(column) for column in zip(*rows, strict=True))
    order = np.array(data.draw(st.permutations(range(len(rows)))))
    names = np.array(data.draw(st.permutations(range(10))))
    tries = np.ones(len(rows), np.int64)
    one = estimate_rate(hits, tries, keys.astype(np.uint64))
    other = estimate_rate(hits[order], tries, names[keys[order]].astype(np.uint64))
    assert repr(one) == repr(other)
    assert not one.low > one.value and not one.high < one.value


def test_none_wrong_is_no_proof() -> None:
    none = estimate_rate(
        np.zeros(50, np.int64), np.ones(50, np.int64), np.arange(50, dtype=np.uint64)
    )
    assert none.value == 0 and none.low == 0 and 0.05 < none.high < 0.1
    pairs = estimate_rate(
        np.zeros(50, np.int64), np.ones(50, np.int64), np.arange(50, dtype=np.uint64) // 2
    )
    assert pairs.high > none.high


def test_too_little() -> None:
    one = np.ones(1, np.int64)
    assert np.isnan(estimate_rate(one, 0 * one, one.astype(np.uint64)).value)
    same = np.zeros(4, np.uint64)
    assert np.isnan(estimate_rate(np.array([0, 1, 0, 1]), np.ones(4, np.int64), same).low)


@pytest.mark.parametrize(
    ("sources", "questions", "by"),
    [
        (30, 60, "evidence"), (1, 30, "question"), (1, 60, "answer"), (0, 30, "question"),
        (60, 30, "question"), (60, 60, "answer"),
    ],
)  # fmt: skip
def test_what_belongs_together(
    tmp_path_factory: pytest.TempPathFactory, sources: int, questions: int, by: str
) -> None:
    records = [
        record(
            i, ["supported"], question=f"Question {i % questions}?",
            documents=[f"Text {i % sources}."] if sources else [], fields={"user": i % 10},
        )
        for i in range(60)
    ]  # fmt: skip
    folder = write(tmp_path_factory.mktemp("audit"), records)
    answers, _ = read_answers(folder)
    assert find_clusters(answers)[1] == by
    answers, _ = read_answers(folder, cluster_field="user")
    keys, name = find_clusters(answers, "user")
    assert (len(set(keys.tolist())), name) == (10, "field user")
