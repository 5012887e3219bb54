"""Passages that a search finds, as the documents that they are of: filtered, counted, spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from langchain_core.documents import Document

from groundwire.errors import InputError
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.index import DEPTH
from groundwire.evidence.snapshot import Hit, Snapshot
from groundwire_langchain.whole import document_of, metadata_of

Filter: TypeAlias = Callable[[dict[str, Any]], Any] | Mapping[str, Any]
"""A function of a document's metadata, or what some of its values must equal."""


Search: TypeAlias = Callable[[Snapshot, int], list[Hit]]
"""Gives at least the best n passages, best first."""


def nearest(vector: Vectors) -> Search:
    """Returns a search by meaning alone; its score is the cosine.

    Args:
        vector: of the query, of length one, shape ``[1, d]``.
    """
    return lambda snapshot, depth: snapshot.nearest(snapshot.near(vector, depth)[0])


def ranked(
    snapshot: Snapshot | None, search: Search, k: int, wanted: Filter | None
) -> list[tuple[Document, float]]:
    """Returns the ``k`` best documents that a filter lets through, with their scores.

    Args:
        snapshot: what is searched; None is empty.
        search: ranks the passages.
        k: how many documents are wanted; fewer come only where there are no more.
        wanted: the filter.

    Raises:
        InputError: if ``k`` is below 1, or the filter is of no known form.
    """
    hits = _best(snapshot, search, k, wanted)
    return [(_document(snapshot, row), score) for row, score in hits]


def spread(
    snapshot: Snapshot | None,
    vector: Vectors,
    k: int,
    fetch_k: int,
    relevance: float,
    wanted: Filter | None,
) -> list[Document]:
    """Returns ``k`` of the ``fetch_k`` nearest documents, near and unlike each other.

    Raises:
        InputError: as ``ranked``, and if ``relevance`` is not in [0, 1].
    """
    if not 0 <= relevance <= 1:
        raise InputError(f"lambda_mult is {relevance}: give a number from 0 to 1")
    at_least_one(k)
    rows = [row for row, _ in _best(snapshot, nearest(vector), max(k, fetch_k), wanted)]
    if snapshot is None:
        return []
    chosen = spread_rows(vector[0], snapshot.dense.vectors[rows], k, relevance)
    return [_document(snapshot, rows[place]) for place in chosen]


def at_least_one(k: int) -> None:
    """Raises ``InputError`` if a number of documents is below 1."""
    if k < 1:
        raise InputError(f"k is {k}: give the number of documents wanted, 1 or more")


def _document(snapshot: Snapshot | None, row: int) -> Document:
    assert snapshot is not None
    return document_of(snapshot.of(snapshot.passages[row].source))


def _best(snapshot: Snapshot | None, search: Search, k: int, wanted: Filter | None) -> list[Hit]:
    """Returns the best passage of each document."""
    at_least_one(k)
    passes = _predicate(wanted)
    depth = max(DEPTH, 4 * k)
    while snapshot is not None:
        best: dict[str, Hit] = {}
        for hit in search(snapshot, depth):
            passage = snapshot.passages[hit[0]]
            if passage.source not in best and passes(metadata_of(passage)):
                best[passage.source] = hit
        if len(best) >= k or depth >= len(snapshot):
            return list(best.values())[:k]
        depth *= 4
    return []


def _predicate(wanted: Filter | None) -> Callable[[dict[str, Any]], Any]:
    if wanted is None:
        return lambda metadata: True
    if callable(wanted):
        return wanted
    if not isinstance(wanted, Mapping):
        raise InputError(
            f"filter is a {type(wanted).__name__}: pass a dict of values that the metadata must "
            "have, or a function of the metadata"
        )
    for key, value in wanted.items():
        operators = isinstance(value, Mapping) and any(str(name).startswith("$") for name in value)
        if str(key).startswith("$") or operators:
            raise InputError(
                f"filter {{{key!r}: {value!r}}} has an operator: a dict compares for equality "
                "alone; pass a function of the metadata for anything else"
            )
    fixed = dict(wanted)
    return lambda metadata: all(
        key in metadata and metadata[key] == value for key, value in fixed.items()
    )


def spread_rows(query: Vectors, vectors: Vectors, k: int, relevance: float) -> list[int]:
    """Chooses rows by maximal marginal relevance (Carbonell and Goldstein, 1998).

    The first is the nearest to the query. Each next one has the highest ``relevance * cosine to
    the query - (1 - relevance) * highest cosine to a chosen row``; of equal ones the first.

    Args:
        query: a unit vector, shape ``[d]``.
        vectors: unit vectors, best first, shape ``[n, d]``.
        k: how many rows are chosen at most.
        relevance: from 0, all for difference, to 1, all for nearness to the query.
    """
    cosines = vectors @ query
    chosen: list[int] = []
    closest = np.zeros(len(vectors))
    gain = cosines
    while len(chosen) < min(k, len(vectors)):
        gain = np.where(np.isin(np.arange(len(vectors)), chosen), -np.inf, gain)
        row = int(np.argmax(gain))
        to_row = vectors @ vectors[row]
        closest = np.maximum(closest, to_row) if chosen else to_row
        gain = relevance * cosines - (1 - relevance) * closest
        chosen.append(row)
    return chosen


def unit_vector(embedding: Sequence[float], dimension: int) -> Vectors:
    """Returns a caller's vector scaled to length one, shape ``[1, dimension]``.

    Raises:
        InputError: if it is of another length or has values that are not finite.
    """
    vector = np.asarray(embedding, dtype=np.float64)
    if vector.shape != (dimension,) or not np.isfinite(vector).all():
        raise InputError(
            f"the vector has shape {vector.shape}, or values that are not finite: "
            f"give {dimension} numbers, made by the embedder of the store"
        )
    length = float(np.linalg.norm(vector)) or 1.0
    scaled: Vectors = (vector / length).astype(np.float32)[None]
    return scaled
