"""A rate corrected for the verifier's own errors, from few labels and many predictions.

Prediction-powered inference (A. N. Angelopoulos, S. Bates, C. Fannjiang, M. I. Jordan, T. Zrnic,
"Prediction-powered inference", Science 382, 2023) adds to the mean prediction what the labels say
of its error. With a weight on the predictions that is tuned on the same data (A. N. Angelopoulos,
J. C. Duchi, T. Zrnic, "PPI++: Efficient prediction-powered inference", 2023, section 6), the
interval is about as narrow as the labels alone allow, or narrower:

    rate = mean of y over the labeled
         + weight * (mean of f over the unlabeled - mean of f over the labeled)

for labels y and predictions f. It holds however wrong the predictions are, if the labeled answers
were drawn uniformly from all. The variance is summed over clusters, so that answers that belong
together count as dependent; with every answer alone it is the papers' own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats  # type: ignore[import-untyped]

from groundwire.audit.tally import Floats, Ints, Keys
from groundwire.errors import InputError
from groundwire.evaluate.metrics import Estimate, wilson

MINIMUM = 20
"""Labels below which no interval is trusted."""
RARE = 5
"""Labels of the rarer class below which the interval of the labels alone is used."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A rate from labels and predictions.

    Attributes:
        estimate: the rate with its 95 % interval.
        classical: the same from the labels alone.
        labeled: labels used.
        weight: of the predictions, in [0, 1]; 0 leaves them out.
        method: which estimator was used, for people.
    """

    estimate: Estimate
    classical: Estimate
    labeled: int
    weight: float
    method: str


def corrected_rate(
    labels: Floats, labeled: Ints, predicted: Floats, keys: Keys | None = None
) -> Corrected:
    """Estimates the share of answers that are hallucinated.

    With fewer than ``RARE`` labels of one class the normal approximation does not hold, and the
    estimate is that of the labels alone, with Wilson's interval.

    Args:
        labels: 1 where people say that an answer is hallucinated, else 0: shape ``[n]``.
        labeled: which answers these are, distinct: shape ``[n]``.
        predicted: of every answer, what the verifier says, in [0, 1]: shape ``[N]``.
        keys: clusters of the answers: shape ``[N]``; None for answers that stand alone.

    Raises:
        InputError: if there are fewer than ``MINIMUM`` labels.
    """
    n = len(labels)
    if n < MINIMUM:
        raise InputError(
            f"{n} labels of checked answers are too few for an interval: label at least "
            f"{MINIMUM} (`groundwire audit sample` draws them)"
        )
    groups = _groups(keys, len(predicted))
    spread, common = _influence(labels, labeled, predicted, groups)
    value = float(labels.mean())
    clusters = len(np.unique(groups[labeled]))
    if min(labels.sum(), n - labels.sum()) < RARE:
        only = _wilson(value, n, spread)
        return Corrected(only, only, n, 0.0, "labels alone (one class is rare)")
    weight = _tuned(spread, common)
    rest = np.delete(predicted, labeled)
    shift = rest.mean() - predicted[labeled].mean() if len(rest) else 0.0
    return Corrected(
        _interval(value + weight * float(shift), spread - weight * common, clusters),
        _interval(value, spread, clusters),
        n,
        weight,
        "prediction-powered, power-tuned (PPI++)",
    )


def _groups(keys: Keys | None, count: int) -> Ints:
    if keys is None:
        return np.arange(count)
    groups: Ints = np.unique(keys, return_inverse=True)[1].astype(np.int64)
    return groups


def _influence(
    labels: Floats, labeled: Ints, predicted: Floats, groups: Ints
) -> tuple[Floats, Floats]:
    """What each cluster adds to the mean label, and to what a weight of one takes from it."""
    n, rest = len(labels), len(predicted) - len(labels)
    own = np.zeros(len(predicted))
    own[labeled] = (labels - labels.mean()) / n
    shift = np.zeros(len(predicted))
    if rest:
        marked = np.zeros(len(predicted), dtype=bool)
        marked[labeled] = True
        shift[marked] = (predicted[marked] - predicted[marked].mean()) / n
        shift[~marked] = -(predicted[~marked] - predicted[~marked].mean()) / rest
    sums = [np.bincount(groups, weights=one).astype(np.float64) for one in (own, shift)]
    return sums[0], sums[1]


def _tuned(spread: Floats, common: Floats) -> float:
    """The weight of least variance, kept in [0, 1] (PPI++, example 6.1)."""
    size = float(common @ common)
    return min(1.0, max(0.0, float(spread @ common) / size)) if size > 0 else 0.0


def _interval(value: float, influence: Floats, clusters: int) -> Estimate:
    """Student's t over the labeled clusters, kept in [0, 1]."""
    free = max(1, clusters - 1)
    error = np.sqrt(float(influence @ influence) * (free + 1) / free)
    reach = float(stats.t.ppf(0.975, free)) * error
    value = min(1.0, max(0.0, value))
    return Estimate(value, max(0.0, value - reach), min(1.0, value + reach))


def _wilson(value: float, n: int, spread: Floats) -> Estimate:
    """Wilson's interval, its tries divided by the design effect (L. Kish, 1965)."""
    variance = value * (1 - value) / n
    effect = max(1.0, float(spread @ spread) / variance) if variance > 0 else 1.0
    tries = max(1, round(n / effect))
    edge = wilson(round(value * tries), tries)
    return Estimate(value, min(value, edge.low), max(value, edge.high))
