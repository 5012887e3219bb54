"""State of an index: its passages and vectors by row; append, remove, compact."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, overload

import numpy as np
import numpy.typing as npt

from groundwire.evidence.dense import DenseIndex, rank_scores
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.lexical import LexicalIndex
from groundwire.types import Evidence, Passage


class PassageList(Sequence[Passage]):
    """Stored passages, read when asked for, and added ones after them. It only grows."""

    def __init__(self, base: Sequence[Passage] = (), added: Iterable[Passage] = ()) -> None:
        self._base = base
        self._added = list(added)

    def __len__(self) -> int:
        return len(self._base) + len(self._added)

    @overload
    def __getitem__(self, index: int) -> Passage: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Passage]: ...
    def __getitem__(self, index: int | slice) -> Passage | Sequence[Passage]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        first = len(self._base)
        if index < 0:
            index += len(self)
        return self._base[index] if index < first else self._added[index - first]

    def __iter__(self) -> Iterator[Passage]:
        yield from self._base
        yield from self._added

    def extend(self, passages: Iterable[Passage]) -> None:
        """Adds passages at the end."""
        self._added.extend(passages)


class Rows:
    """Passages with their vectors. Not thread-safe: its index holds the lock."""

    def __init__(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Takes over aligned passages and vectors, shape ``[len(passages), d]``."""
        self.passages = PassageList(passages)
        self.sources: dict[str, list[int]] = {}
        self._vectors = [vectors]
        self._dead: set[int] = set()
        self._index(passages, 0)

    def __len__(self) -> int:
        return len(self.passages) - len(self._dead)

    @property
    def size(self) -> int:
        """Number of rows, dead ones included."""
        return len(self.passages)

    @property
    def dead(self) -> int:
        """Number of dead rows."""
        return len(self._dead)

    def _index(self, passages: Iterable[Passage], start: int) -> None:
        for row, passage in enumerate(passages, start):
            self.sources.setdefault(passage.source, []).append(row)

    def append(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        """Adds aligned passages and vectors."""
        self._index(passages, len(self.passages))
        self.passages.extend(passages)
        self._vectors.append(vectors)

    def remove(self, source: str) -> int:
        """Marks the rows of a source as dead and returns how many they are."""
        gone = self.sources.pop(source)
        self._dead.update(gone)
        return len(gone)

    def alive(self) -> npt.NDArray[np.bool_]:
        """Returns which rows are alive, shape ``[size]``."""
        alive = np.ones(self.size, dtype=np.bool_)
        alive[list(self._dead)] = False
        return alive

    def live(self) -> Iterator[Passage]:
        """Yields the passages that are alive, in order of rows."""
        return (p for row, p in enumerate(self.passages) if row not in self._dead)

    def vectors(self) -> Vectors:
        """Returns all vectors as one array, shape ``[size, d]``."""
        if len(self._vectors) > 1:
            filled = [part for part in self._vectors if len(part)] or self._vectors[:1]
            self._vectors = filled if len(filled) == 1 else [np.concatenate(filled)]
        return self._vectors[0]

    def compacted(self) -> Rows:
        """Returns the rows without the dead ones."""
        if not self._dead:
            return self
        return Rows(list(self.live()), self.vectors()[self.alive()])


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
            for row, rank in zip(found.tolist(), rank_scores(values).tolist(), strict=True):
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
