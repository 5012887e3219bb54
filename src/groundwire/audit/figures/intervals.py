"""Intervals of a rate, and the rate corrected for the verifier's own errors by few labels.

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

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats  # type: ignore[import-untyped]

from groundwire.audit.figures.tally import Answers, Bools, Floats, Ints, Keys
from groundwire.errors import InputError
from groundwire.evaluate.metrics import Estimate, estimate_figure, estimate_share

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


def correct_rate(
    labels: Floats, labeled: Ints, predicted: Floats, keys: Keys | None = None
) -> Corrected:
    """Estimates the share of answers that hold a fault.

    With fewer than ``RARE`` labels of one class the normal approximation does not hold, and the
    estimate is that of the labels alone, with Wilson's interval.

    Args:
        labels: 1 where people say that an answer holds a fault, else 0: shape ``[n]``.
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
    edge = estimate_share(round(value * tries), tries)
    return Estimate(value, min(value, edge.low), max(value, edge.high))


DRAWS = 1000
FEW = 20
"""Clusters below which answers are taken as independent: so few tell nothing of their spread."""
_CELLS = 4_000_000


def find_clusters(answers: Answers, cluster_field: str | None = None) -> tuple[Keys, str]:
    """Returns which answers belong together.

    By the field if one is named (an answer without it stands alone); else by the documents that
    an answer was given from, by its question where there are none, or alone. If that leaves
    fewer than ``FEW`` clusters, as where one handbook serves every answer, or if no documents
    serve two answers, questions alone count, and if no question is asked twice, each answer.

    Returns:
        uint64 keys, shape ``[N]``, and what they stand for: ``"field NAME"``, ``"evidence"``,
        ``"question"`` or ``"answer"``.
    """
    own = answers.index.astype(np.uint64)
    if cluster_field is not None:
        return np.where(answers.fields > 0, answers.fields, own), f"field {cluster_field}"
    by_question = np.where(answers.questions > 0, answers.questions, own)
    by_evidence = np.where(answers.evidence > 0, answers.evidence, by_question)
    named = ((by_evidence, "evidence"),) if answers.evidence.any() else ()
    for keys, name in (*named, (by_question, "question")):
        if FEW <= len(np.unique(keys)) < len(keys):
            return keys, name
    return own, "answer"


def sum_clusters(columns: list[Ints], keys: Keys) -> Ints:
    """Returns the sums of counts over each cluster: shape ``[K, len(columns)]``."""
    _, inverse = np.unique(keys, return_inverse=True)
    sums = [np.bincount(inverse, weights=column) for column in columns]
    return np.stack(sums, axis=1).astype(np.int64)


def resample_clusters(
    sums: Ints, figure: Callable[[Floats], Floats], draws: int = DRAWS, seed: int = 0
) -> Floats:
    """Computes a figure on samples that draw clusters with replacement.

    Args:
        sums: counts of each cluster, not negative: shape ``[K, C]``.
        figure: from the sums over a sample, shape ``[draws, C]``, to figures, shape ``[draws]``.
        draws: samples.
        seed: of the draws.

    Returns:
        The figure of each sample: shape ``[draws]``.
    """
    shape = tuple(int(size) + 1 for size in sums.max(axis=0))
    kinds, counts = np.unique(np.ravel_multi_index(tuple(sums.T), shape), return_counts=True)
    table = np.stack(np.unravel_index(kinds, shape), axis=1).astype(np.float64)
    rng = np.random.default_rng(seed)
    block = max(1, _CELLS // len(kinds))
    found = []
    for start in range(0, draws, block):
        size = min(block, draws - start)
        drawn = rng.multinomial(len(sums), counts / len(sums), size=size)
        found.append(figure(drawn @ table))
    return np.concatenate(found)


def estimate_rate(hits: Ints, tries: Ints, keys: Keys, seed: int = 0) -> Estimate:
    """Returns the share of hits with its 95 % interval.

    Where every cluster says the same (none or all of its tries hit), the bootstrap has nothing to
    draw from: the interval is Wilson's, with a cluster for a try. A single cluster has none.

    Args:
        hits: of each answer, at most ``tries``: shape ``[N]``.
        tries: of each answer: shape ``[N]``.
        keys: its cluster: shape ``[N]``.
        seed: of the bootstrap.
    """
    used = np.asarray(tries) > 0
    if not used.any():
        return Estimate(float("nan"), float("nan"), float("nan"))
    sums = sum_clusters([hits[used], tries[used]], keys[used])
    value = float(sums[:, 0].sum() / sums[:, 1].sum())
    if value in (0.0, 1.0):
        edge = estimate_share(round(value * len(sums)), len(sums))
        return Estimate(value, edge.low, edge.high)
    if len(sums) == 1:
        return Estimate(value, float("nan"), float("nan"))
    return estimate_figure(
        value, resample_clusters(sums, lambda total: total[:, 0] / total[:, 1], seed=seed)
    )


def draw_rates(hits: Ints, tries: Ints, keys: Keys, seed: int = 0) -> Floats:
    """Returns draws of a share of hits, ``DRAWS`` of them, as it could have come out.

    Where the bootstrap has nothing to draw from, they are of a Beta distribution, with a cluster
    for a try.

    Args:
        hits: of each answer, at most ``tries``: shape ``[N]``.
        tries: of each answer; one at least is positive: shape ``[N]``.
        keys: its cluster: shape ``[N]``.
        seed: of the draws.
    """
    used = np.asarray(tries) > 0
    sums = sum_clusters([hits[used], tries[used]], keys[used])
    value = sums[:, 0].sum() / sums[:, 1].sum()
    if value in (0.0, 1.0) or len(sums) == 1:
        count = len(sums)
        rng = np.random.default_rng(seed)
        drawn: Floats = rng.beta(value * count + 0.5, (1 - value) * count + 0.5, DRAWS)
        return drawn
    return resample_clusters(sums, lambda total: total[:, 0] / total[:, 1], seed=seed)


def count_flagged(answers: Answers) -> tuple[Bools, Bools]:
    """Returns which answers have a checked claim, and which are flagged: shape ``[N]`` each.

    An answer is flagged when a claim of it is contradicted or unsupported, whatever the policy.
    """
    return answers.checked > 0, answers.wrong > 0
