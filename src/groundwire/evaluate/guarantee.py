"""Guarantee of a threshold: from labels to a share of faults that is not exceeded.

Learn then Test (A. N. Angelopoulos, S. Bates, E. J. Candès, M. I. Jordan, L. Lei, "Learn then
Test: Calibrating predictive algorithms to achieve risk control", arXiv:2110.01052), with the
families of rules of "Distribution-free, risk-controlling prediction sets" (S. Bates, A. N.
Angelopoulos, L. Lei, J. Malik, M. I. Jordan, J. ACM 68, 2021): for each threshold of a fixed grid
the hypothesis "the share is above ``risk``" is tested, in a fixed order that ends with the first
one that is not rejected; then with probability ``confidence`` no rejected one is true.

The test is the exact binomial one (C. J. Clopper, E. S. Pearson, 1934), given how many are shown.
It needs labels that are drawn independently of what the guard will see later, from the same
population. Where several belong together (a conversation, the claims of one answer), one of each
cluster is drawn, and the promise is for such a draw: each cluster counts once.

The share of faults among those shown is tested from strict to loose. Few are shown at the
strictest thresholds, so no test there could reject; the order begins at the first threshold at
which ``count_least`` are shown. That keeps the error as long as the share does not fall when the
threshold does, which is what a score is for: let ``j`` be the first grid point whose share is
above ``risk``. If ``j`` is tested, its test errs with at most 1 - ``confidence``, whatever was
tested before. If the order begins later, then given the counts of all points from ``j`` on, every
part of what is shown has a share of at least ``risk``, and so the first test errs no more often.
The share of good answers that are changed is taken of all good ones, and needs no such condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.stats import beta, binom  # type: ignore[import-untyped]

from groundwire.errors import InputError
from groundwire.guard.config import TARGETS, Promise, Target
from groundwire.verify.verdicts import THRESHOLD

GRID = tuple(step / 100 for step in range(99, -1, -1))
"""Thresholds, from strict to loose; the same for all labels."""

_TOLD = 0.8
"""Power of the first test, where there are labels enough for it."""
_GROWTH = 1.3
_MOST = 30.0
"""Times the labels that are tried for how many would do."""
_ROUNDING = 1e-12

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabeledScore:
    """An answer, or a claim, that somebody labeled.

    Attributes:
        score: the highest threshold that lets it pass (``measure_support``).
        fault: whether the label says that it is at fault.
        cluster: what belongs together; not independent of the others of its cluster.
        group: what it is about, for promises of one group alone.
    """

    score: float
    fault: bool
    cluster: str
    group: str | None = None


@dataclass(frozen=True, slots=True)
class _Counts:
    """At each threshold of the grid, of how many the share is taken and how many are in it."""

    drawn: int
    shown: Ints
    faults: Ints

    def scale(self, factor: float) -> _Counts:
        """Counts of so many times the labels; no fault is lost by rounding."""
        shown = np.floor(self.shown * factor).astype(np.int64)
        faults = np.ceil(self.faults * factor - 1e-9).astype(np.int64)
        return _Counts(int(self.drawn * factor), shown, faults)


def choose_threshold(
    labeled: Sequence[LabeledScore],
    risk: float,
    confidence: float,
    target: Target = "claims",
    seed: int = 0,
) -> Promise:
    """Returns the threshold that keeps a promise and shows most, or says that none does.

    For ``"good"`` it is the strictest that keeps it, as the loosest changes least.

    Args:
        labeled: what people labeled.
        risk: share that is allowed, in (0, 1).
        confidence: in (0, 1).
        target: of what the share is.
        seed: of the draws from clusters.

    Raises:
        InputError: if a number is out of range, or the labels have not both classes.
    """
    check_terms(risk, confidence, target)
    if len({item.fault for item in labeled}) < 2:
        said = "at fault" if labeled and labeled[0].fault else "without fault"
        raise InputError(
            f"all {len(labeled)} labels say {said}: label some of the other kind, too, as one "
            "kind alone tells nothing of a threshold"
        )
    return _choose(labeled, risk, confidence, target, seed)


def _choose(
    labeled: Sequence[LabeledScore], risk: float, confidence: float, target: Target, seed: int
) -> Promise:
    drawn = draw_clusters(labeled, seed)
    counts = _count_drawn(drawn, target)
    at = _test_in_order(counts, risk, confidence, target)
    threshold = None if at is None else GRID[at]
    limit = THRESHOLD if threshold is None else threshold
    kept = sum(item.score >= limit for item in labeled) / len(labeled)
    place = GRID.index(limit) if at is None else at
    shown, faults = int(counts.shown[place]), int(counts.faults[place])
    return Promise(
        target, risk, confidence, threshold, len(labeled), len(drawn), shown, faults,
        None if at is None else compute_bound(faults, shown, confidence), round(kept, 6),
        None if at is not None else _count_needed(counts, risk, confidence, target, len(labeled)),
    )  # fmt: skip


def choose_by_group(
    labeled: Sequence[LabeledScore],
    risk: float,
    confidence: float,
    target: Target = "claims",
    seed: int = 0,
) -> dict[str, Promise]:
    """Returns a promise for each group of labels, by name; none without two groups.

    Each holds with ``confidence`` by itself, and not all of them at once.
    """
    check_terms(risk, confidence, target)
    names = sorted({item.group for item in labeled if item.group is not None})
    return {
        name: _choose([i for i in labeled if i.group == name], risk, confidence, target, seed)
        for name in (names if len(names) > 1 else [])
    }


def check_terms(risk: float, confidence: float, target: str) -> None:
    """Checks what is to be promised.

    Raises:
        InputError: if a number is not in (0, 1), or the target is unknown.
    """
    for name, value in (("risk", risk), ("confidence", confidence)):
        if not 0.0 < value < 1.0:
            raise InputError(f"{name} is {value!r}: use a number between 0 and 1, such as 0.1")
    if target not in TARGETS:
        raise InputError(f"target is {target!r:.60}: use one of {', '.join(TARGETS)}")


def draw_clusters(labeled: Sequence[LabeledScore], seed: int = 0) -> list[LabeledScore]:
    """Draws one of each cluster, in the order of the clusters' first ones."""
    clusters: dict[str, list[LabeledScore]] = {}
    for item in labeled:
        clusters.setdefault(item.cluster, []).append(item)
    rng = np.random.default_rng(seed)
    return [
        found[0] if len(found) == 1 else found[rng.integers(len(found))]
        for found in clusters.values()
    ]


def compute_bound(hits: int, tries: int, confidence: float) -> float:
    """Returns the upper end of the exact one-sided interval of a share; 1 for no tries."""
    if hits >= tries:
        return 1.0
    return round(float(beta.ppf(confidence, hits + 1, tries - hits)), 6)


@cache
def count_least(risk: float, confidence: float, drawn: int) -> int:
    """Returns how many must be shown for the tests to begin.

    One of the sizes from which on one fault more may be among them: the smallest at which a true
    share of half the risk is mostly told from the risk itself, or else the largest that is no
    more than a third of those that were drawn.
    """
    sizes = np.arange(1, max(drawn // 3, _first_size(risk, confidence)) + 1)
    allowed = _allow(sizes, risk, confidence)
    turns = np.flatnonzero(np.diff(allowed, prepend=-1) > 0)
    told = binom.cdf(allowed[turns], sizes[turns], risk / 2) >= _TOLD
    return int(sizes[turns[int(told.argmax()) if told.any() else -1]])


def _first_size(risk: float, confidence: float) -> int:
    """The least number among which no fault at all rejects the risk."""
    return int(np.ceil(np.log(1 - confidence) / np.log(1 - risk) - 1e-9))


def _allow(sizes: Ints, risk: float, confidence: float) -> Ints:
    """The most faults with which each size still rejects the risk; -1 for none."""
    most = binom.ppf(1 - confidence, sizes, risk)
    over = binom.cdf(most, sizes, risk) > 1 - confidence + _ROUNDING
    return np.asarray(most - over, dtype=np.int64)


def _count_drawn(drawn: Sequence[LabeledScore], target: Target) -> _Counts:
    scores = np.array([item.score for item in drawn], dtype=np.float64)
    fault = np.array([item.fault for item in drawn], dtype=bool)
    passes = scores[None, :] >= np.array(GRID)[:, None]
    shown, faults = passes, passes & fault
    if target == "good":
        shown, faults = np.broadcast_to(~fault, passes.shape), ~passes & ~fault
    counts = [part.sum(axis=1).astype(np.int64) for part in (shown, faults)]
    return _Counts(len(drawn), counts[0], counts[1])


def _test_in_order(counts: _Counts, risk: float, confidence: float, target: Target) -> int | None:
    """The place in the grid of the last threshold, in order, that is rejected."""
    rejected = counts.faults <= _allow(counts.shown, risk, confidence)
    order = np.arange(len(GRID))
    if target == "good":
        order = order[::-1]
    else:
        order = order[counts.shown >= count_least(risk, confidence, counts.drawn)]
    passed = int(np.cumprod(rejected[order]).sum())
    if not passed:
        return None
    last = int(order[passed - 1])
    # Of thresholds that show the same, the strictest: below it no label was seen.
    alike = order[:passed][counts.shown[order[:passed]] == counts.shown[last]]
    return last if target == "good" else int(alike[0])


def _count_needed(
    counts: _Counts, risk: float, confidence: float, target: Target, labels: int
) -> int | None:
    """About how many labels of this kind would do; None where so many times more would not."""
    factor = _GROWTH
    while factor <= _MOST:
        if _test_in_order(counts.scale(factor), risk, confidence, target) is not None:
            return int(np.ceil(labels * factor))
        factor *= _GROWTH
    return None
