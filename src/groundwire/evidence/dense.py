"""Dense half of the index: FAISS over unit vectors, by inner product (cosine)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import faiss
import numpy as np
import numpy.typing as npt

from groundwire.evidence.encoder import Vectors

Rows: TypeAlias = npt.NDArray[np.int64]
Scores: TypeAlias = npt.NDArray[np.float64]

_FAISS: Any = faiss  # Its stubs do not know the Python forms of these constructors.

FLAT_LIMIT = 50_000
"""Up to this many passages every vector is compared. ``benchmarks/retrieval.py`` measures it:
beyond, IVF answers many times faster, and it trains in a small part of the time of HNSW."""

# Recall@10 of a full comparison: 0.975 at 26,262 passages and 1.000 at 525,240, with these
# (``benchmarks.retrieval``).
PROBES = 64
"""Inverted lists read for a query."""

TAIL_SHARE = 0.2
"""Share of added or of deleted rows at which the inverted lists are built again."""

# More rows than are wanted: lists hold float16, and the scores of float32 may order them otherwise.
_SLACK = 16
_TIE = 1e-6


class DenseIndex:
    """Vectors and, for many of them, inverted lists. It never changes, so threads share it.

    The inverted lists (IVF, vectors in float16) cover the first ``covered`` rows; rows after
    those are compared one by one, and dead rows are skipped. What is found is scored again
    from the float32 vectors, so a score depends on its two vectors alone.
    """

    def __init__(
        self, vectors: Vectors, alive: npt.NDArray[np.bool_], lists: Any = None, covered: int = 0
    ) -> None:
        """Takes over the vectors.

        Args:
            vectors: unit vectors, shape ``[n, d]``; may be memory-mapped.
            alive: which rows may be found, shape ``[n]``.
            lists: a FAISS IVF index of the first ``covered`` rows.
            covered: number of rows in ``lists``.
        """
        self.vectors, self.alive, self.lists, self.covered = vectors, alive, lists, covered
        rows = np.arange(covered, len(vectors), dtype=np.int64)
        live = alive[covered:]
        self._tail_rows = rows if live.all() else rows[live]
        tail = vectors[covered:] if live.all() else vectors[self._tail_rows]
        self._tail = np.ascontiguousarray(tail, dtype=np.float32)
        self._live_bits = np.packbits(alive[:covered], bitorder="little")

    @classmethod
    def build(
        cls, vectors: Vectors, alive: npt.NDArray[np.bool_], previous: DenseIndex | None = None
    ) -> DenseIndex:
        """Builds an index, with the inverted lists of the previous one while they still serve.

        Args:
            vectors: all vectors; the previous ones come first.
            alive: which rows may be found.
            previous: an index of the first rows.
        """
        if len(vectors) <= FLAT_LIMIT:
            return cls(vectors, alive)
        if previous is not None and previous.lists is not None:
            covered = previous.covered
            if len(vectors) - covered <= TAIL_SHARE * covered:
                return cls(vectors, alive, previous.lists, covered)
        return cls(vectors, alive, build_lists(vectors), len(vectors))

    def top(self, queries: Vectors, count: int) -> list[tuple[Rows, Scores]]:
        """Returns for each query the nearest rows and their cosines, best first.

        All that tie with the last one come too.

        Args:
            queries: unit vectors, shape ``[m, d]``.
            count: how many are wanted.
        """
        total = int(self.alive.sum())
        if not total or not len(queries):
            return [(np.zeros(0, np.int64), np.zeros(0)) for _ in queries]
        found: list[tuple[Rows, Scores] | None] = [None] * len(queries)
        fetch = min(total, count + _SLACK)
        while pending := [i for i, result in enumerate(found) if result is None]:
            for i, rows in zip(pending, self._candidates(queries[pending], fetch), strict=True):
                rows, scores = self._rescored(queries[i], rows)
                cut = min(count, len(scores)) - 1
                tied = cut >= 0 and scores[-1] >= scores[cut] - _TIE
                if tied and fetch < total and len(rows) >= fetch:
                    continue
                kept = scores >= scores[cut] if len(scores) else np.zeros(0, bool)
                found[i] = (rows[kept], scores[kept])
            fetch = min(total, fetch * 4)
        return [result for result in found if result is not None]

    def _candidates(self, queries: Vectors, fetch: int) -> list[Rows]:
        queries = np.ascontiguousarray(queries, dtype=np.float32)
        parts: list[Rows] = []
        if len(self._tail):
            _, near = faiss.knn(
                queries,
                self._tail,
                min(fetch, len(self._tail)),
                metric=faiss.METRIC_INNER_PRODUCT,
            )
            parts.append(self._tail_rows[near])
        if self.lists is not None:
            options = _FAISS.SearchParametersIVF(
                nprobe=PROBES, sel=_FAISS.IDSelectorBitmap(self._live_bits)
            )
            _, near = self.lists.search(queries, min(fetch, self.covered), params=options)
            parts.append(near.astype(np.int64))
        joined = np.concatenate(parts, axis=1)
        return [rows[rows >= 0] for rows in joined]

    def _rescored(self, query: Vectors, rows: Rows) -> tuple[Rows, Scores]:
        near = self.vectors[rows].astype(np.float64)
        scores = np.round(np.einsum("ij,j->i", near, query.astype(np.float64)), 6)
        order = np.argsort(-scores, kind="stable")
        return rows[order], scores[order]


def build_lists(vectors: Vectors) -> Any:
    """Trains inverted lists on the vectors and adds them.

    ``4 * sqrt(n)`` lists, k-means on up to 64 vectors a list with a fixed seed.

    Args:
        vectors: unit vectors, shape ``[n, d]``.

    Returns:
        A FAISS ``IndexIVFScalarQuantizer`` in float16.
    """
    count, width = vectors.shape
    lists = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatIP(width),
        width,
        max(1, min(count, int(4 * count**0.5))),
        faiss.ScalarQuantizer.QT_fp16,
        faiss.METRIC_INNER_PRODUCT,
        False,
    )
    lists.cp.spherical = True
    lists.cp.niter = 8
    lists.cp.min_points_per_centroid = 1
    lists.cp.max_points_per_centroid = 64
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    lists.train(vectors)
    lists.add(vectors)
    return lists


def rank_scores(scores: Sequence[float] | npt.NDArray[np.floating[Any]]) -> Rows:
    """Returns the rank of each score, 1 for the best; equal scores share a rank.

    Args:
        scores: sorted, best first.
    """
    values = -np.asarray(scores, dtype=np.float64)
    found: Rows = np.searchsorted(values, values, side="left").astype(np.int64) + 1
    return found
