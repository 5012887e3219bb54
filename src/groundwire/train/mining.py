"""Hard examples: the made pairs that the current model judges worst.

One round of mining trains a verifier further on what it gets wrong (A. Shrivastava et al.,
"Training Region-based Object Detectors with Online Hard Example Mining", CVPR 2016), with the
usual pairs beside them so that it forgets nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from groundwire.train.pairs import TARGETS, Pair
from groundwire.verify.scorer import PairScorer

CANDIDATES = 4
"""Made pairs that are scored for each one that is kept."""

DOUBTFUL = 0.01
"""Share with the highest loss that is left out: many of these are labelled wrongly."""


def hardest(pairs: Sequence[Pair], scorer: PairScorer, count: int) -> list[Pair]:
    """Returns the pairs with the highest loss, the very highest left out, in their order.

    Args:
        pairs: candidates with prepared premises.
        scorer: the current model.
        count: pairs to keep.
    """
    fits = [pair for pair in pairs if fits_window(scorer, pair)]
    if not fits:
        return []
    scores = scorer.score([(p.premise, p.hypothesis) for p in fits])
    right = np.array([
        sum(row[c] for c in TARGETS[p.label]) for row, p in zip(scores, fits, strict=True)
    ])  # fmt: skip
    order = np.argsort(right, kind="stable")
    order = order[round(DOUBTFUL * len(order)) :][:count]
    return [fits[i] for i in sorted(order)]


def fits_window(scorer: PairScorer, pair: Pair) -> bool:
    """Whether a pair is read whole."""
    read = scorer.tokens([pair.premise, pair.hypothesis])
    return sum(map(len, read)) + 4 <= scorer.max_tokens
