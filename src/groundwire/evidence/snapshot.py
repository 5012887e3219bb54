"""What a search of the index reads: one state of it, whole, that no later change touches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from groundwire.evidence.dense import DenseIndex, ranks
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.lexical import LexicalIndex
from groundwire.types import Evidence, Passage

RRF_K = 60
"""The constant of reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009)."""

Hit: TypeAlias = tuple[int, float]
"""The row of a passage, and its score."""

Near: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""Rows and their cosines to a query, best first."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One state of an index. It never changes; a change of the index makes a new one.

    Attributes:
        passages: all passages by row, those that were removed included.
        live: the rows that were not removed, in order, shape ``[n]``.
        sources: the rows of each source, in order.
        dense: the vectors by row.
        lexical: BM25 of the live rows.
    """

    passages: Sequence[Passage]
    live: npt.NDArray[np.int64]
    sources: Mapping[str, Sequence[int]]
    dense: DenseIndex
    lexical: LexicalIndex

    def __len__(self) -> int:
        return len(self.live)

    def near(self, queries: Vectors, depth: int) -> list[Near]:
        """Returns what is nearest to each query; all that tie with the last one come too.

        Args:
            queries: unit vectors, shape ``[m, d]``.
            depth: how many passages are wanted.
        """
        return self.dense.top(queries, depth)

    def nearest(self, near: Near) -> list[Hit]:
        """Returns what is near with its cosine, best first; ties are ordered by text."""
        rows, cosines = near
        return self._sorted(zip(rows.tolist(), cosines.tolist(), strict=True))

    def fused(self, query: str, near: Near, depth: int) -> list[Hit]:
        """Returns what is near or shares words, with its fused score, best first.

        Args:
            query: the text.
            near: what is near to its vector.
            depth: how many passages the words put forward, at least.
        """
        fused: dict[int, float] = {}
        rows, cosines = near
        texts, scores = self.lexical.top(query, depth)
        for found, values in ((rows, cosines), (self.live[texts], scores)):
            for row, rank in zip(found.tolist(), ranks(values).tolist(), strict=True):
                fused[row] = fused.get(row, 0.0) + 1 / (RRF_K + rank)
        return self._sorted(fused.items())

    def evidence(self, hits: Iterable[Hit]) -> list[Evidence]:
        """Returns the passages of hits."""
        return [Evidence(self.passages[row], score) for row, score in hits]

    def of(self, source: str) -> list[Passage]:
        """Returns the passages of a source, in the order in which they were added."""
        return [self.passages[row] for row in self.sources[source]]

    def _sorted(self, hits: Iterable[Hit]) -> list[Hit]:
        return sorted(hits, key=self._order)

    def _order(self, hit: Hit) -> tuple[float, str, str, int, int]:
        row, score = hit
        passage = self.passages[row]
        return (-score, passage.text, passage.source, passage.start, passage.end)
