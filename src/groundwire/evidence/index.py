"""Index of evidence: passages found by meaning and by words, ranks fused."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from groundwire.errors import InputError
from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.dense import TAIL_SHARE, DenseIndex
from groundwire.evidence.documents import make_documents
from groundwire.evidence.embedders import TextEmbedder, embed_queries, make_embedder
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.index_state import Rows, Snapshot
from groundwire.evidence.lexical import LexicalIndex
from groundwire.evidence.load import warn_of_paths
from groundwire.evidence.store import Contents, read_index, write_index
from groundwire.types import Evidence, Passage

DEPTH = 50
"""Passages that each half of the index puts forward for a query, at least."""

_UNNAMED = re.compile(r"evidence\[(\d{1,9})\]")


class EvidenceIndex:
    """A retriever over documents: add, update, delete, save, load; shared by threads.

    Changes are cheap; the first search after some of them rebuilds BM25 over all passages
    (its weights are global) and, where a fifth of a large index has changed, the inverted
    lists. So change in bulk. ``Evidence.score`` is the fused score: the sum, over the two
    halves, of ``1 / (60 + rank)``. Equal scores share a rank, and what ties in the end is
    ordered by text, so the order in which documents were added does not matter.
    """

    def __init__(self, embedder: Any = None, *, k: int = 8) -> None:
        """Makes an empty index.

        Args:
            embedder: an ``Embedder`` or anything of its form, a sentence-transformers model or
                its path, or a LangChain ``Embeddings``; by default the embedded model.
            k: passages returned for each query.

        Raises:
            InputError: if ``k`` is below 1 or the embedder is of no known kind.
        """
        self.k = _at_least_one(k)
        self.embedder: TextEmbedder = make_embedder(embedder)
        self._rows: Rows | None = None
        self._snapshot: Snapshot | None = None
        self._dense: DenseIndex | None = None
        self._changing = threading.RLock()
        self._lock = threading.RLock()

    def __len__(self) -> int:
        with self._lock:
            return 0 if self._rows is None else len(self._rows)

    @property
    def passages(self) -> list[Passage]:
        """All passages, oldest first."""
        with self._lock:
            return [] if self._rows is None else list(self._rows.live())

    @property
    def sources(self) -> list[str]:
        """The sources of all passages, oldest first."""
        with self._lock:
            return [] if self._rows is None else list(self._rows.sources)

    def add(self, documents: Any) -> int:
        """Adds documents of new sources.

        Args:
            documents: anything that ``as_documents`` accepts; what has no name of its own is
                numbered on from what the index holds, ``evidence[7]``.

        Returns:
            The number of passages added.

        Raises:
            InputError: if one of the sources is in the index already; nothing is added then.
        """
        warn_of_paths(documents)
        with self._changing:
            docs = make_documents(documents, self._free_number())
            return self._put(_chunked(docs), replace=False)

    def update(self, documents: Any) -> int:
        """Adds documents; those of a source that is in the index replace all that it had.

        Args:
            documents: anything that ``as_documents`` accepts.

        Returns:
            The number of passages added.
        """
        warn_of_paths(documents)
        docs = make_documents(documents)
        return self._put(_chunked(docs), replace=True, also=[doc.source for doc in docs])

    def add_passages(self, passages: Iterable[Passage]) -> int:
        """Adds ready-made passages of new sources, as ``add`` does with documents."""
        return self._put(_distinct(passages), replace=False)

    def update_passages(self, passages: Iterable[Passage]) -> int:
        """Adds ready-made passages; they replace all that their sources had."""
        return self._put(_distinct(passages), replace=True)

    def of(self, source: str) -> list[Passage]:
        """Returns the passages of a source, in order; none if it is not in the index."""
        with self._lock:
            rows = self._rows
            return [] if rows is None else [rows.passages[r] for r in rows.sources.get(source, ())]

    def delete(self, sources: str | Iterable[str], *, missing_ok: bool = False) -> int:
        """Removes all passages of a source, or of several.

        Args:
            sources: one name or several.
            missing_ok: whether names that are not in the index are passed over.

        Returns:
            The number of passages removed.

        Raises:
            InputError: if a source is not in the index; nothing is removed then.
        """
        names = list(dict.fromkeys([sources] if isinstance(sources, str) else sources))
        with self._changing, self._lock:
            known: dict[str, list[int]] = {} if self._rows is None else self._rows.sources
            if missing_ok:
                names = [name for name in names if name in known]
            for name in names:
                if name not in known:
                    raise InputError(
                        f"source {name!r} is not in the index: `sources` lists what is"
                    )
            gone = 0 if self._rows is None else sum(self._rows.remove(name) for name in names)
            self._snapshot = None
            return gone

    def retrieve(self, queries: Sequence[str], k: int | None = None) -> list[list[Evidence]]:
        """Finds the passages that speak to each query.

        Args:
            queries: any number of texts; they are embedded in one batch.
            k: passages for each query; by default those of the index.

        Returns:
            One list for each query, best first, of at most ``k`` passages.

        Raises:
            InputError: if ``queries`` is one string, or ``k`` is below 1.
        """
        if isinstance(queries, str):
            raise InputError(f"queries is one string, {queries[:40]!r}: pass a list of them")
        wanted = self.k if k is None else _at_least_one(k)
        snapshot = self.snapshot()
        if snapshot is None or not queries:
            return [[] for _ in queries]
        depth = max(DEPTH, 2 * wanted)
        near = snapshot.near(embed_queries(self.embedder, queries), depth)
        return [
            snapshot.evidence(snapshot.fused(query, found, depth)[:wanted])
            for query, found in zip(queries, near, strict=True)
        ]

    def snapshot(self) -> Snapshot | None:
        """Returns the index as it is now, for searches of one's own; None if it is empty."""
        with self._lock:
            if self._snapshot is None and self._rows is not None and len(self._rows):
                self._snapshot = self._build(self._rows)
            return self._snapshot

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the index into a folder, whole or not at all; an old one there is replaced.

        Raises:
            StoreError: if the folder holds anything but an index.
            InputError: if some metadata is not JSON.
            OSError: if the disk is full or the folder cannot be written; the old index stays.
        """
        with self._changing:
            with self._lock:
                # What was deleted must not stay in the files.
                if self._rows is not None and self._rows.dead:
                    self._rows, self._dense = self._rows.compacted(), None
                    self._snapshot = None
                snapshot = self.snapshot()
            write_index(path, self._contents(snapshot))

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], embedder: Any = None, *, k: int = 8
    ) -> EvidenceIndex:
        """Reads what ``save`` wrote; vectors, texts and BM25 stay on disk, memory-mapped.

        Raises:
            StoreError: if the folder is no index, is damaged or half-written, or was made by
                another embedder.
        """
        index = cls(embedder, k=k)
        contents = read_index(path, index.embedder.fingerprint)
        if len(contents.passages):
            index._restore(contents)
        return index

    def _restore(self, contents: Contents) -> None:
        rows = Rows(contents.passages, contents.vectors)
        covered = rows.size if contents.lists is not None else 0
        dense = DenseIndex(contents.vectors, rows.alive(), contents.lists, covered)
        self._rows, self._dense = rows, dense
        live = np.arange(rows.size, dtype=np.int64)
        self._snapshot = Snapshot(rows.passages, live, dict(rows.sources), dense, contents.lexical)

    def _contents(self, snapshot: Snapshot | None) -> Contents:
        name = self.embedder.fingerprint
        if snapshot is None:
            empty = np.zeros((0, self.embedder.dimension), dtype=np.float32)
            return Contents((), empty, None, LexicalIndex.build(()), name)
        dense = snapshot.dense
        whole = dense.covered == len(dense.vectors)
        lists = dense.lists if whole else None
        if dense.lists is not None and not whole:
            rebuilt = DenseIndex.build(dense.vectors, dense.alive)
            lists = rebuilt.lists
        return Contents(snapshot.passages, dense.vectors, lists, snapshot.lexical, name)

    def _put(self, passages: Sequence[Passage], *, replace: bool, also: Iterable[str] = ()) -> int:
        names = dict.fromkeys([*also, *(passage.source for passage in passages)])
        with self._changing:
            old = [] if self._rows is None else [n for n in names if n in self._rows.sources]
            if old and not replace:
                raise InputError(
                    f"source {old[0]!r} is in the index already: use update to replace it"
                )
            vectors = self.embedder.embed([passage.text for passage in passages])
            with self._lock:
                for name in old:
                    assert self._rows is not None
                    self._rows.remove(name)
                self._append(passages, vectors)
        return len(passages)

    def _free_number(self) -> int:
        """The number after the highest of the sources that are named by number."""
        found = (_UNNAMED.fullmatch(name) for name in self.sources)
        return max((int(match[1]) + 1 for match in found if match), default=0)

    def _append(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        if self._rows is None:
            self._rows = Rows(passages, vectors)
        else:
            self._rows.append(passages, vectors)
        self._snapshot = None

    def _build(self, rows: Rows) -> Snapshot:
        lists = None if self._dense is None else self._dense.lists
        if rows.dead and (lists is None or rows.dead > TAIL_SHARE * rows.size):
            rows = self._rows = rows.compacted()
            self._dense = None
        alive = rows.alive()
        self._dense = DenseIndex.build(rows.vectors(), alive, self._dense)
        lexical = LexicalIndex.build(passage.text for passage in rows.live())
        # The passages of this snapshot are a frozen view: rows only grow or are replaced.
        live = np.flatnonzero(alive)
        return Snapshot(rows.passages, live, dict(rows.sources), self._dense, lexical)


def _chunked(documents: Iterable[Any]) -> list[Passage]:
    return _distinct(passage for document in documents for passage in chunk_document(document))


def _distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Drops passages that are the same piece of the same source."""
    found: dict[tuple[str, int, int, str], Passage] = {}
    for passage in passages:
        found.setdefault((passage.source, passage.start, passage.end, passage.text), passage)
    return list(found.values())


def _at_least_one(k: int) -> int:
    if k < 1:
        raise InputError(f"k is {k}: give the number of passages wanted for a query, 1 or more")
    return k
