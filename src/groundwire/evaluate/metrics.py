"""Metrics of probabilities of support against labels, with intervals by source."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    balanced_accuracy_score,
    f1_score,
    roc_auc_score,
)

from groundwire.evaluate.pairs import is_flagged
from groundwire.types import Span, Verdict

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % bootstrap interval, all as shares (nan where undefined)."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """In percent: ``72.1 (69.8-74.2)``."""
        return f"{100 * self.value:.1f} ({100 * self.low:.1f}-{100 * self.high:.1f})"


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of one set.

    Attributes:
        rows: pairs scored.
        sources: distinct sources, which the bootstrap draws.
        unchecked: pairs that the verifier did not judge; counted as not supported.
        balanced_accuracy: mean recall of the two classes at ``threshold``.
        f1: of the unsupported class, the one that a guard looks for, at ``threshold``.
        auc: area under the ROC curve; a half is chance.
        ece: expected calibration error over 15 bins of equal count (M. P. Naeini et al., 2015).
        threshold: score from which a pair counts as supported.
    """

    rows: int
    sources: int
    unchecked: int
    balanced_accuracy: Estimate
    f1: Estimate
    auc: Estimate
    ece: Estimate
    threshold: float

    def to_dict(self) -> dict[str, object]:
        """Returns the figures as JSON values, undefined ones as None."""
        return {key: replace_nan(value) for key, value in asdict(self).items()}


def replace_nan(value: object) -> object:
    """Returns a value without nan, which JSON lacks: None stands for it, at any depth."""
    if isinstance(value, dict):
        return {key: replace_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [replace_nan(item) for item in value]
    return None if isinstance(value, float) and np.isnan(value) else value


def resample_sources(
    sources: Sequence[str],
    figures: Callable[[Ints], Sequence[float]],
    draws: int = 500,
    seed: int = 0,
) -> Floats:
    """Computes figures on bootstrap samples that draw sources with all their rows.

    Args:
        sources: n names; rows of one source are not independent and are drawn together.
        figures: called with the rows of a sample, in which a row may occur more than once.
        draws: bootstrap samples.
        seed: of the bootstrap.

    Returns:
        One row of figures for each sample.
    """
    groups: dict[str, list[int]] = {}
    for i, source in enumerate(sources):
        groups.setdefault(source, []).append(i)
    clusters = [np.array(rows, dtype=np.intp) for rows in groups.values()]
    rng = np.random.default_rng(seed)
    sampled = []
    for _ in range(draws):
        drawn = rng.integers(0, len(clusters), len(clusters))
        sampled.append(figures(np.concatenate([clusters[i] for i in drawn])))
    return np.array(sampled, dtype=np.float64)


def estimate_figure(value: float, sampled: Floats) -> Estimate:
    """Returns a figure with the middle 95 % of its samples, those that are nan left out."""
    usable = sampled[~np.isnan(sampled)]
    low, high = np.quantile(usable, [0.025, 0.975]) if len(usable) else (np.nan, np.nan)
    return Estimate(float(value), float(low), float(high))


def estimate_share(hits: int, tries: int) -> Estimate:
    """Returns a share with its 95 % interval (E. B. Wilson, 1927); nan for no tries."""
    if not tries:
        return Estimate(float("nan"), float("nan"), float("nan"))
    interval = binomtest(hits, tries).proportion_ci(method="wilson")
    return Estimate(hits / tries, float(interval.low), float(interval.high))


def compute_calibration_error(labels: Floats, scores: Floats, bins: int = 15) -> float:
    """Mean distance between score and share supported over bins of equal count."""
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, min(bins, len(order))) if len(part)]
    gaps = [abs(scores[p].mean() - labels[p].mean()) * len(p) for p in parts]
    return float(sum(gaps) / max(1, len(scores)))


def _figures(labels: Floats, scores: Floats, threshold: float) -> list[float]:
    if len(set(labels.tolist())) < 2:
        return [float("nan")] * 3 + [compute_calibration_error(labels, scores)]
    predicted = scores >= threshold
    return [
        float(balanced_accuracy_score(labels, predicted)),
        float(f1_score(1 - labels, ~predicted)),
        float(roc_auc_score(labels, scores)),
        compute_calibration_error(labels, scores),
    ]


def summarize_set(
    labels: Sequence[bool],
    scores: Sequence[float | None],
    sources: Sequence[str],
    threshold: float = 0.5,
    draws: int = 500,
    seed: int = 0,
) -> Summary:
    """Computes the figures of a set and their intervals.

    The bootstrap draws sources, not rows, since rows of one source are not independent.

    Args:
        labels: n truths, True where the pair is supported.
        scores: n probabilities of support; None (unchecked) counts as 0.
        sources: n names of what the pairs were made from.
        threshold: score from which a pair counts as supported.
        draws: bootstrap samples.
        seed: of the bootstrap.
    """
    y = np.array(labels, dtype=np.float64)
    p = np.array([0.0 if score is None else score for score in scores], dtype=np.float64)
    sampled = resample_sources(
        sources, lambda rows: _figures(y[rows], p[rows], threshold), draws, seed
    )
    values = _figures(y, p, threshold)
    estimates = [estimate_figure(value, sampled[:, i]) for i, value in enumerate(values)]
    unchecked = sum(score is None for score in scores)
    accuracy, f1, auc, ece = estimates
    return Summary(len(y), len(set(sources)), unchecked, accuracy, f1, auc, ece, threshold)


def find_best_threshold(labels: Sequence[bool], scores: Sequence[float]) -> float:
    """Returns the threshold with the highest balanced accuracy, halfway to the next score."""
    y = np.array(labels, dtype=bool)
    p = np.array(scores, dtype=np.float64)
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(y[order]) / max(1, y.sum())
    alarms = np.cumsum(~y[order]) / max(1, (~y).sum())
    gain = hits - alarms
    last = np.append(np.diff(p[order]) != 0, True)
    best = int(np.argmax(np.where(last, gain, -2.0)))
    below = p[order][best + 1] if best + 1 < len(p) else 0.0
    return float((p[order][best] + below) / 2)


Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Figures over characters; nan where nothing was predicted or marked."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


def collect_fault_spans(verdicts: Iterable[Verdict]) -> tuple[Span, ...]:
    """Returns the spans of the claims that do not pass; the whole claim where it names none."""
    found: list[Span] = []
    for verdict in verdicts:
        if is_flagged(verdict):
            found += verdict.spans or (Span(verdict.claim.start, verdict.claim.end),)
    return tuple(found)


def count_span_characters(truth: Iterable[Span], predicted: Iterable[Span]) -> tuple[int, int, int]:
    """Returns the numbers of characters of one answer: in both, predicted, marked."""
    marked = {i for span in truth for i in range(span.start, span.end)}
    said = {i for span in predicted for i in range(span.start, span.end)}
    return len(marked & said), len(said), len(marked)


def compute_span_rates(counts: Counts) -> list[float]:
    """Returns precision, recall and F1 of rows of ``count_span_characters``, shape ``[n, 3]``."""
    both, said, marked = (int(total) for total in counts.sum(axis=0))
    parts = ((both, said), (both, marked), (2 * both, said + marked))
    return [hits / of if of else float("nan") for hits, of in parts]


def score_spans(
    truth: Sequence[Iterable[Span]],
    predicted: Sequence[Iterable[Span]],
    sources: Sequence[str],
    draws: int = 500,
    seed: int = 0,
) -> SpanScores:
    """Computes precision, recall and F1 over the characters of n answers.

    Args:
        truth: for each answer, the spans at fault.
        predicted: for each answer, the spans that were found (see ``collect_fault_spans``).
        sources: names of what the answers were made from, which the bootstrap draws.
        draws: bootstrap samples.
        seed: of the bootstrap.
    """
    pairs = zip(truth, predicted, strict=True)
    counts = np.array([count_span_characters(t, p) for t, p in pairs], dtype=np.int64).reshape(
        -1, 3
    )
    sampled = resample_sources(sources, lambda rows: compute_span_rates(counts[rows]), draws, seed)
    values = compute_span_rates(counts)
    precision, recall, f1 = (
        estimate_figure(value, sampled[:, i]) for i, value in enumerate(values)
    )
    return SpanScores(precision, recall, f1)
