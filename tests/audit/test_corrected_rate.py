"""Rates corrected by labels: the papers' formulas, what they cover, and faults of label files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from audit_folders import record, write
from groundwire.audit.figures.intervals import MINIMUM, correct_rate
from groundwire.audit.figures.labels import read_labels
from groundwire.audit.figures.tally import Answers, read_answers
from groundwire.errors import InputError

ROUNDS = 200
LEAST = 181
"""Of 200 intervals that cover in 95 % of cases, fewer cover once in 400 times (binomial)."""


def drawn(
    rng: np.random.Generator, count: int, n: int, rate: float = 0.3, clusters: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Labels of n answers of which the verifier knows something, and is biased: 0.1 too high."""
    keys = np.arange(count, dtype=np.uint64) if clusters is None else np.sort(
        rng.integers(0, clusters, count)
    ).astype(np.uint64)  # fmt: skip
    rates = np.full(count, rate) if clusters is None else rng.beta(0.6, 1.4, clusters)[keys]
    truth = (rng.random(count) < rates).astype(np.float64)
    predicted = np.clip(0.2 + 0.7 * truth + rng.normal(0, 0.25, count), 0, 1)
    at = rng.choice(count, n, replace=False)
    return truth, predicted, at, keys


def test_it_is_the_estimator_of_the_papers() -> None:
    truth, f, at, _ = drawn(np.random.default_rng(0), 500, 100)
    y, rest = truth[at], np.delete(f, at)
    found = correct_rate(y, at, f)
    n, big = len(y), len(rest)
    # PPI++ (2023), example 6.1 and equation (5), with the sample's own variances.
    weight = (np.cov(y, f[at], ddof=0)[0, 1] / n) / (f[at].var() / n + rest.var() / big)
    value = y.mean() + weight * (rest.mean() - f[at].mean())
    variance = (y - weight * f[at]).var() / n + weight**2 * rest.var() / big
    assert found.weight == pytest.approx(weight)
    assert found.estimate.value == pytest.approx(value)
    half = stats.t.ppf(0.975, n - 1) * np.sqrt(variance * n / (n - 1))
    assert found.estimate.high - found.estimate.value == pytest.approx(half)


def test_it_covers_and_is_narrower() -> None:
    rng = np.random.default_rng(1)
    hits = plain = 0
    widths = []
    for _ in range(ROUNDS):
        truth, f, at, _ = drawn(rng, 2000, 60)
        found = correct_rate(truth[at], at, f)
        hits += found.estimate.low <= 0.3 <= found.estimate.high
        plain += found.classical.low <= 0.3 <= found.classical.high
        widths.append([e.high - e.low for e in (found.estimate, found.classical)])
    assert hits >= LEAST
    assert plain >= LEAST
    mean = np.mean(widths, axis=0)
    assert mean[0] < 0.75 * mean[1]


def test_it_covers_where_answers_come_in_clusters() -> None:
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(ROUNDS):
        truth, f, at, keys = drawn(rng, 800, 400, clusters=80)
        found = correct_rate(truth[at], at, f, keys).estimate
        hits += found.low <= 0.3 <= found.high
    assert hits >= LEAST


def test_predictions_that_know_nothing_do_no_harm() -> None:
    rng = np.random.default_rng(3)
    hits, widths = 0, []
    for _ in range(ROUNDS):
        truth, _, at, _ = drawn(rng, 1000, 60)
        found = correct_rate(truth[at], at, rng.random(1000))
        hits += found.estimate.low <= 0.3 <= found.estimate.high
        widths.append([e.high - e.low for e in (found.estimate, found.classical)])
    assert hits >= LEAST
    assert np.mean(widths, axis=0)[0] < 1.02 * np.mean(widths, axis=0)[1]


def test_a_rare_class_takes_the_labels_alone() -> None:
    y = np.zeros(60)
    y[:2] = 1
    found = correct_rate(y, np.arange(60), np.random.default_rng(0).random(500))
    assert found.weight == 0 and "rare" in found.method
    assert found.estimate == found.classical
    assert 0 < found.estimate.low < 2 / 60 < found.estimate.high < 0.15
    none = correct_rate(np.zeros(60), np.arange(60), np.ones(500)).estimate
    assert none.low == 0 and 0.05 < none.high < 0.1


def test_every_answer_labeled() -> None:
    truth, f, _, _ = drawn(np.random.default_rng(4), 100, 100)
    found = correct_rate(truth, np.arange(100), f)
    assert found.estimate.value == pytest.approx(truth.mean())


@given(st.permutations(range(60)), st.integers(0, 1000))
def test_the_order_of_labels_changes_nothing(order: list[int], seed: int) -> None:
    truth, f, at, keys = drawn(np.random.default_rng(seed), 200, 60, clusters=50)
    one = correct_rate(truth[at], at, f, keys)
    again = correct_rate(truth[at[order]], at[order], f, keys)
    assert again.estimate.value == pytest.approx(one.estimate.value)
    assert again.estimate.low == pytest.approx(one.estimate.low)
    assert 0 <= one.estimate.low <= one.estimate.value <= one.estimate.high <= 1


@given(st.integers(0, 1000))
def test_the_share_of_faithful_answers_is_the_rest(seed: int) -> None:
    truth, f, at, _ = drawn(np.random.default_rng(seed), 200, 60)
    wrong, right = correct_rate(truth[at], at, f), correct_rate(1 - truth[at], at, 1 - f)
    assert wrong.estimate.value == pytest.approx(1 - right.estimate.value)
    assert wrong.estimate.low == pytest.approx(1 - right.estimate.high)


def test_too_few_labels() -> None:
    with pytest.raises(InputError, match=f"19 labels .* label at least {MINIMUM}"):
        correct_rate(np.ones(19), np.arange(19), np.ones(100))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    names = ["x", "y", "y", "z"]
    records = [record(10 * i, ["supported"], answer_id=name) for i, name in enumerate(names)]
    return read_answers(write(tmp_path_factory.mktemp("audit"), records))[0]


def written(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_labels_by_index_and_by_id(tmp_path: Path, answers: Answers) -> None:
    path = written(
        tmp_path / "labels.jsonl",
        {"answer_id": "z", "label": "hallucinated"}, {"index": 0, "label": False},
        {"index": 20, "label": "skip"}, {"index": 0, "answer_id": "x", "label": "Faithful"},
    )  # fmt: skip
    at, wrong = read_labels(path, answers)
    assert (at.tolist(), wrong.tolist()) == ([0, 3], [False, True])


def test_labels_of_a_table(tmp_path: Path, answers: Answers) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("index,answer_id,label\n0,,true\n,z,0\n10,y,\n", encoding="utf-8")
    at, wrong = read_labels(path, answers)
    assert (at.tolist(), wrong.tolist()) == ([0, 3], [True, False])


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"label": "faithful"}, "row 2: neither 'index' nor 'answer_id'"),
        ({"index": 7, "label": "faithful"}, "row 2: the audit has no answer 7"),
        ({"index": 99, "label": "faithful"}, "has no answer 99"),
        ({"index": "first", "label": 1}, "index is 'first'; use a whole number"),
        ({"answer_id": "w", "label": 1}, "has no answer 'w'"),
        ({"answer_id": "y", "label": 1}, "2 answers are called 'y'; give the index"),
        ({"index": 10, "answer_id": "x", "label": 1}, "answer 10 of the audit is not 'x'"),
        ({"index": 10, "label": "maybe"}, "label is 'maybe'; use hallucinated or faithful"),
        ({"index": 0, "label": "faithful"}, "another label in .*row 1: decide for one"),
    ],
)
def test_labels_that_cannot_be_used(
    tmp_path: Path, answers: Answers, row: dict[str, Any], message: str
) -> None:
    path = written(tmp_path / "labels.jsonl", {"index": 0, "label": "hallucinated"}, row)
    with pytest.raises(InputError, match=message):
        read_labels(path, answers)
