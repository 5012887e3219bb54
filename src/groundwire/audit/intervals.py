"""Intervals of shares whose observations come in clusters.

Answers to one question, or from one document, are right or wrong together; an interval that takes
them as independent is too narrow. The bootstrap here draws whole clusters (A. C. Davison and D. V.
Hinkley, Bootstrap Methods and their Application, 1997, section 3.8) and takes the middle 95 %.

Only the counts of a cluster matter, and few counts are distinct: K clusters of T kinds are drawn
as one multinomial over the kinds, which has the same distribution as drawing K clusters one by
one. Memory is one or two integers a cluster, about 1.6 GB for 10^8 of them while they are sorted,
and time does not grow with K beyond that sort.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from groundwire.audit.tally import Answers, Bools, Floats, Ints, Keys
from groundwire.evaluate.metrics import Estimate, estimate, wilson

DRAWS = 1000
FEW = 20
"""Clusters below which answers are taken as independent: so few tell nothing of their spread."""
_CELLS = 4_000_000


def cluster_keys(answers: Answers, cluster_field: str | None = None) -> tuple[Keys, str]:
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


def cluster_sums(columns: list[Ints], keys: Keys) -> Ints:
    """Returns the sums of counts over each cluster: shape ``[K, len(columns)]``."""
    _, inverse = np.unique(keys, return_inverse=True)
    sums = [np.bincount(inverse, weights=column) for column in columns]
    return np.stack(sums, axis=1).astype(np.int64)


def bootstrap(
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


def share(hits: Ints, tries: Ints, keys: Keys, seed: int = 0) -> Estimate:
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
    sums = cluster_sums([hits[used], tries[used]], keys[used])
    value = float(sums[:, 0].sum() / sums[:, 1].sum())
    if value in (0.0, 1.0):
        edge = wilson(round(value * len(sums)), len(sums))
        return Estimate(value, edge.low, edge.high)
    if len(sums) == 1:
        return Estimate(value, float("nan"), float("nan"))
    return estimate(value, bootstrap(sums, lambda total: total[:, 0] / total[:, 1], seed=seed))


def hallucinated(answers: Answers) -> tuple[Bools, Bools]:
    """Returns which answers have a checked claim, and which a wrong one: shape ``[N]`` each."""
    return answers.checked > 0, answers.wrong > 0
