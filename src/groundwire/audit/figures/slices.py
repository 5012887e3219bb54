"""Slices in which flagged answers concentrate, and the rate over time.

Each slice is tested against all other answers. Where every answer stands alone the test is
Fisher's exact one; where answers come in clusters, which it would take as independent, a score
test is used instead: the difference of the two rates over its standard error, which sums over
clusters under the pooled rate (K.-Y. Liang and S. L. Zeger, 1986), against Student's t with as
many degrees of freedom as the smaller side has clusters, less one. Of all slices together those
stand out that keep the false discovery rate below 5 % (Y. Benjamini and Y. Hochberg, 1995).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
from scipy import stats  # type: ignore[import-untyped]

from groundwire.audit.figures.intervals import estimate_rate
from groundwire.audit.figures.tally import Bools, Floats, Ints, Keys

SMALLEST = 10
"""Checked answers that a slice, and the rest, must have to be told of."""
CLUSTERS = 5
"""Clusters that a slice, and the rest, must have."""
RATE = 0.05
"""False discovery rate."""

Row = dict[str, Any]


def choose_test(keys: Keys) -> str:
    """Returns which test fits the clusters: ``"fisher"`` or ``"cluster score"``."""
    return "fisher" if len(np.unique(keys)) == len(keys) else "cluster score"


def find_slices(
    cuts: Mapping[str, tuple[list[str], Ints]], wrong: Bools, keys: Keys, seed: int = 0
) -> list[Row]:
    """Compares each slice with all other answers.

    Args:
        cuts: by field, the names of its slices, and of each answer the place of its slice, or -1.
        wrong: which of the n answers are flagged: shape ``[n]``.
        keys: their clusters: shape ``[n]``.
        seed: of the bootstrap of the rates.

    Returns:
        A row for each slice of at least ``SMALLEST`` answers, the least p first: ``field``,
        ``value``, ``n``, ``rate``, ``low``, ``high``, ``difference`` to the rest, ``p``, ``q``
        (p after the correction), ``stands_out``.
    """
    groups = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    exact = choose_test(keys) == "fisher"
    found = []
    for field, value, inside in _slices(cuts):
        p = _p_value(inside, wrong, groups, exact)
        if p is None:
            continue
        rate = estimate_rate(
            wrong[inside].astype(np.int64), np.ones(inside.sum(), int), keys[inside], seed
        )
        found.append({
            "field": field, "value": value, "n": int(inside.sum()), "rate": rate.value,
            "low": rate.low, "high": rate.high,
            "difference": rate.value - float(wrong[~inside].mean()), "p": p,
        })  # fmt: skip
    if found:
        corrected = stats.false_discovery_control([row["p"] for row in found])
        for row, q in zip(found, corrected.tolist(), strict=True):
            row.update(q=q, stands_out=q < RATE)
    return sorted(found, key=lambda row: (row["p"], row["field"], row["value"]))


def _slices(cuts: Mapping[str, tuple[list[str], Ints]]) -> Iterator[tuple[str, str, Bools]]:
    for field, (names, places) in cuts.items():
        for place, value in enumerate(names):
            yield field, value, places == place


def _p_value(inside: Bools, wrong: Bools, groups: Ints, exact: bool) -> float | None:
    """Two-sided; None for slices that are too small, or are everything."""
    sizes = int(inside.sum()), int((~inside).sum())
    clusters = [len(np.unique(groups[side])) for side in (inside, ~inside)]
    if min(sizes) < SMALLEST or min(clusters) < CLUSTERS:
        return None
    if exact:
        hits = int(wrong[inside].sum()), int(wrong[~inside].sum())
        table = [[hits[0], sizes[0] - hits[0]], [hits[1], sizes[1] - hits[1]]]
        return float(stats.fisher_exact(table).pvalue)
    away = np.where(inside, 1 / sizes[0], -1 / sizes[1])
    sums = np.bincount(groups, weights=(wrong - wrong.mean()) * away)
    error = float(np.sqrt(sums @ sums))
    difference = float(wrong[inside].mean() - wrong[~inside].mean())
    if error == 0 or difference == 0:
        return 1.0
    return float(2 * stats.t.sf(abs(difference) / error, min(clusters) - 1))


def compute_trend(times: Floats, wrong: Bools, keys: Keys, seed: int = 0) -> list[Row]:
    """Computes the rate of each period, in order.

    Periods are days where the times span at most 31 days, weeks (``2025-W07``) up to 183 days,
    else months (``2025-02``), all in UTC; those without answers are left out.

    Args:
        times: seconds since 1970, nan for unknown: shape ``[n]``.
        wrong: which answers are flagged: shape ``[n]``.
        keys: their clusters: shape ``[n]``.
        seed: of the bootstrap.
    """
    known = np.isfinite(times)
    if not known.any():
        return []
    days = np.floor_divide(times[known], 86_400).astype(np.int64)
    form = _form(int(days.max() - days.min()))
    distinct, places = np.unique(days, return_inverse=True)
    names = [datetime.fromtimestamp(86_400 * int(day), UTC).strftime(form) for day in distinct]
    periods = np.array(names)[places]
    rows = []
    for period in sorted(set(names)):
        inside = np.flatnonzero(known)[periods == period]
        rate = estimate_rate(
            wrong[inside].astype(np.int64), np.ones(len(inside), int), keys[inside], seed
        )
        rows.append({
            "period": period, "value": rate.value, "low": rate.low, "high": rate.high,
            "n": len(inside),
        })  # fmt: skip
    return rows


def _form(days: int) -> str:
    if days <= 31:
        return "%Y-%m-%d"
    return "%G-W%V" if days <= 183 else "%Y-%m"
