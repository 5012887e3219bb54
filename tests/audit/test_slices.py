"""Slices that stand out, the rate over time, and how fields become either."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats  # type: ignore[import-untyped]

from groundwire.audit.figures.columns import BINS, FIELDS, MOST, Columns, parse_time
from groundwire.audit.figures.slices import SMALLEST, choose_test, compute_trend, find_slices

choose_test.__test__ = False  # type: ignore[attr-defined]


def gathered(*rows: dict[str, Any], **options: Any) -> Columns:
    columns = Columns(**options)
    for row in rows:
        columns.add(row)
    return columns


def found(values: list[str], wrong: np.ndarray, keys: np.ndarray) -> list[dict[str, Any]]:
    cuts = gathered(*({"topic": value} for value in values)).slices()
    return find_slices(cuts, wrong, keys)


def test_a_slice_that_stands_out() -> None:
    rng = np.random.default_rng(0)
    values = [f"topic {i % 8}" for i in range(800)]
    wrong = rng.random(800) < np.where([value == "topic 3" for value in values], 0.5, 0.2)
    rows = found(values, wrong, np.arange(800, dtype=np.uint64))
    assert [row["value"] for row in rows if row["stands_out"]] == ["topic 3"]
    inside = np.array([value == "topic 3" for value in values])
    assert rows[0]["difference"] == pytest.approx(wrong[inside].mean() - wrong[~inside].mean())
    table = [[wrong[s].sum(), (~wrong[s]).sum()] for s in (inside, ~inside)]
    assert rows[0]["p"] == pytest.approx(stats.fisher_exact(table).pvalue)
    assert [row["q"] for row in rows] == pytest.approx(
        stats.false_discovery_control([row["p"] for row in rows])
    )


def test_chance_seldom_stands_out() -> None:
    """Alone or in clusters, at most 5 % of sets of slices without a difference have one."""
    rng = np.random.default_rng(1)
    false = {"fisher": 0, "cluster score": 0}
    for _ in range(60):
        keys = np.repeat(np.arange(100), 4).astype(np.uint64)
        values = [f"topic {key % 5}" for key in keys.tolist()]
        rates = np.repeat(rng.beta(0.6, 1.4, 100), 4)
        for clusters, chance in (
            (keys, rates),
            (np.arange(400, dtype=np.uint64), np.full(400, 0.3)),
        ):
            rows = found(values, rng.random(400) < chance, clusters)
            false[choose_test(clusters)] += any(row["stands_out"] for row in rows)
    assert max(false.values()) <= stats.binom.ppf(0.999, 60, 0.05)


def test_small_slices_are_left_out() -> None:
    values = ["rare"] * (SMALLEST - 1) + ["often"] * 100
    wrong = np.arange(len(values)) % 2 == 0
    assert found(values, wrong, np.arange(len(values), dtype=np.uint64)) == []
    few = np.array([0] * 30 + list(range(1, 101)), dtype=np.uint64)
    assert found(["one source"] * 30 + ["others"] * 100, few % 2 == 0, few) == []


@given(st.permutations(range(40)))
def test_order_changes_nothing(order: list[int]) -> None:
    values = ["a" if i < 20 else "b" for i in range(40)]
    wrong, keys = np.arange(40) % 3 == 0, (np.arange(40) // 2).astype(np.uint64)
    again = found([values[i] for i in order], wrong[order], keys[order])
    for one, other in zip(found(values, wrong, keys), again, strict=True):
        assert {**other, "p": 0, "q": 0} == {**one, "p": 0, "q": 0}
        assert other["p"] == pytest.approx(one["p"])


def test_categories() -> None:
    names, places = gathered({"x": "b"}, {}, {"x": "a"}, {"x": True}).slices()["x"]
    assert names == ["a", "b", "true"]
    assert places.tolist() == [1, -1, 0, 2]


def test_numbers() -> None:
    names, places = gathered(*({"x": n} for n in (1, 2.5, 1.0, 2.5))).slices()["x"]
    assert (names, places.tolist()) == (["1", "2.5"], [0, 1, 0, 1])
    names, places = gathered({}, *({"x": n} for n in range(100))).slices()["x"]
    assert (len(names), names[0]) == (BINS, "0 to 19.8")
    assert np.bincount(places[1:]).tolist() == [100 // BINS] * BINS
    assert places[0] == -1


def test_texts_of_many_values_are_no_slices() -> None:
    assert gathered(*({"x": f"{n}!"} for n in range(MOST + 1))).slices() == {}
    assert len(gathered(*({"x": f"{n}!"} for n in range(MOST))).slices()["x"][0]) == MOST


def test_a_crowd_of_fields_is_no_table() -> None:
    rows: list[dict[str, Any]] = [{f"key {i}": i, "model": "a"} for i in range(FIELDS + 1)]
    columns = gathered(*rows)
    assert columns.crowded and columns.slices() == {}
    assert list(gathered(*rows, names=["model"]).slices()) == ["model"]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("2025-02-03", 1738540800), ("2025-02-03T01:00:00Z", 1738544400),
        ("2025-02-03T01:00:00+01:00", 1738540800), ("2025-02-03 01:00", 1738544400),
        (1738540800, 1738540800), (1738540800000, 1738540800), ("1738540800", 1738540800),
        (1738540800e9, 1738540800), ("soon", math.nan), (True, math.nan), (3, math.nan),
        (math.inf, math.nan), ("9" * 50, math.nan), ("", math.nan), (10**400, math.nan),
    ],
)  # fmt: skip
def test_times(value: Any, seconds: float) -> None:
    assert parse_time(value) == pytest.approx(seconds, nan_ok=True)


def test_which_field_is_the_time() -> None:
    row = {"created_at": "2025-01-01", "date": "never", "when": 1738540800}
    for options, name, seconds in (
        ({}, "created_at", 1735689600), ({"time_field": "when"}, "when", 1738540800),
    ):  # fmt: skip
        found = gathered(row, **options).times()
        assert found is not None
        assert (found[0], found[1].tolist()) == (name, [seconds])
    assert gathered(row, time_field="date").times() is None


@pytest.mark.parametrize(
    ("days", "first", "count"),
    [(20, "2025-01-01", 21), (100, "2025-W01", 15), (400, "2025-01", 14)],
)
def test_periods(days: int, first: str, count: int) -> None:
    times = np.array([1735689600 + 86400 * day for day in range(days + 1)] + [math.nan])
    wrong = np.arange(len(times)) % 4 == 0
    rows = compute_trend(times, wrong, np.arange(len(times), dtype=np.uint64))
    assert (rows[0]["period"], len(rows)) == (first, count)
    assert sum(row["n"] for row in rows) == days + 1
    assert [row["period"] for row in rows] == sorted(row["period"] for row in rows)
    assert compute_trend(np.array([math.nan]), wrong[:1], np.zeros(1, np.uint64)) == []
