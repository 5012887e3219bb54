"""Characters at fault, found and marked: precision, recall and F1 with intervals by source.

Micro over characters, as in the span-level figures of RAGTruth (C. Niu et al., ACL 2024): the
characters that were both predicted and marked, over all predicted or all marked ones of a set.
A character counts once, however many spans of an answer cover it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from groundwire.evaluate.metrics import Estimate, estimate, resample
from groundwire.evaluate.pairs import is_flagged
from groundwire.types import Span, Verdict

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class SpanScores:
    """Figures over characters; nan where nothing was predicted or marked."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


def fault_spans(verdicts: Iterable[Verdict]) -> tuple[Span, ...]:
    """Returns the spans of the claims that do not pass; the whole claim where it names none."""
    found: list[Span] = []
    for verdict in verdicts:
        if is_flagged(verdict):
            found += verdict.spans or (Span(verdict.claim.start, verdict.claim.end),)
    return tuple(found)


def span_counts(truth: Iterable[Span], predicted: Iterable[Span]) -> tuple[int, int, int]:
    """Returns the numbers of characters of one answer: in both, predicted, marked."""
    marked = {i for span in truth for i in range(span.start, span.end)}
    said = {i for span in predicted for i in range(span.start, span.end)}
    return len(marked & said), len(said), len(marked)


def span_rates(counts: Counts) -> list[float]:
    """Returns precision, recall and F1 of rows of ``span_counts``, shape ``[n, 3]``."""
    both, said, marked = (int(total) for total in counts.sum(axis=0))
    parts = ((both, said), (both, marked), (2 * both, said + marked))
    return [hits / of if of else float("nan") for hits, of in parts]


def span_scores(
    truth: Sequence[Iterable[Span]],
    predicted: Sequence[Iterable[Span]],
    sources: Sequence[str],
    draws: int = 500,
    seed: int = 0,
) -> SpanScores:
    """Computes precision, recall and F1 over the characters of n answers.

    Args:
        truth: for each answer, the spans at fault.
        predicted: for each answer, the spans that were found (see ``fault_spans``).
        sources: names of what the answers were made from, which the bootstrap draws.
        draws: bootstrap samples.
        seed: of the bootstrap.
    """
    pairs = zip(truth, predicted, strict=True)
    counts = np.array([span_counts(t, p) for t, p in pairs], dtype=np.int64).reshape(-1, 3)
    sampled = resample(sources, lambda rows: span_rates(counts[rows]), draws, seed)
    values = span_rates(counts)
    precision, recall, f1 = (estimate(value, sampled[:, i]) for i, value in enumerate(values))
    return SpanScores(precision, recall, f1)
