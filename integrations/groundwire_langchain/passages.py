"""Passages that a search finds, as the documents that they are of: filtered, counted, spread."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
from langchain_core.documents import Document

from groundwire.errors import InputError
from groundwire.evidence import documents as evidence
from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.index import DEPTH
from groundwire.evidence.index_state import Hit, Snapshot
from groundwire.types import Evidence, Passage

ORIGINAL = "groundwire:page_content"
"""Key of the metadata under which the first passage of JSON or of a table carries its text."""


def cut_document(document: Document, name: str) -> list[Passage]:
    """Cuts a document into passages that leave nothing out; one of no words is one passage.

    Args:
        document: the document; it is copied.
        name: its id, which becomes the source of its passages.

    Raises:
        InputError: if its metadata uses the key ``ORIGINAL``, or its text is JSON that is
            nested too deeply.
    """
    if ORIGINAL in document.metadata:
        raise InputError(f"metadata of document {name!r} has the reserved key {ORIGINAL!r}")
    content, metadata = document.page_content, deepcopy(document.metadata)
    read = evidence.make_documents(Document(content, metadata=metadata))
    text, offset = (read[0].text, read[0].offset) if read else (content, 0)
    cuts = [p.start for p in chunk_document(evidence.Document(text, name))[1:]]
    passages = [
        Passage(text[start:end], name, offset + start, offset + end, metadata)
        for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)
    ]
    if text != content:
        passages[0] = replace(passages[0], metadata={**metadata, ORIGINAL: content})
    return passages


def join_document(passages: Sequence[Passage]) -> Document:
    """Returns the document that passages of one source make up.

    Where another index cut white space away between passages, there is a space.
    """
    first = passages[0]
    content = first.metadata.get(ORIGINAL)
    if content is None:
        content, end = "", first.start
        for passage in passages:
            content += passage.text if passage.start == end else f" {passage.text}"
            end = passage.end
    return Document(content, id=first.source, metadata=deepcopy(read_metadata(first)))


def read_metadata(passage: Passage) -> dict[str, Any]:
    """Returns the metadata of the document that a passage is of."""
    return {key: value for key, value in passage.metadata.items() if key != ORIGINAL}


def clean_evidence(found: Sequence[Evidence]) -> list[Evidence]:
    """Returns evidence with the sources that readers know, without white space around it.

    A source is ``metadata["source"]``, else the document's id. Passages of no words are left
    out.
    """
    return [Evidence(_quotable(e.passage), e.score) for e in found if e.passage.text.strip()]


def _quotable(passage: Passage) -> Passage:
    text = passage.text.strip()
    start = passage.start + len(passage.text) - len(passage.text.lstrip())
    metadata: Mapping[str, Any] = read_metadata(passage)
    source = str(metadata.get("source") or passage.source)
    return Passage(text, source, start, start + len(text), metadata)


Filter: TypeAlias = Callable[[dict[str, Any]], Any] | Mapping[str, Any]
"""A function of a document's metadata, or what some of its values must equal."""


Search: TypeAlias = Callable[[Snapshot, int], list[Hit]]
"""Gives at least the best n passages, best first."""


def search_nearest(vector: Vectors) -> Search:
    """Returns a search by meaning alone; its score is the cosine.

    Args:
        vector: of the query, of length one, shape ``[1, d]``.
    """
    return lambda snapshot, depth: snapshot.nearest(snapshot.near(vector, depth)[0])


def rank_documents(
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


def spread_documents(
    snapshot: Snapshot | None,
    vector: Vectors,
    k: int,
    fetch_k: int,
    relevance: float,
    wanted: Filter | None,
) -> list[Document]:
    """Returns ``k`` of the ``fetch_k`` nearest documents, near and unlike each other.

    Raises:
        InputError: as ``rank_documents``, and if ``relevance`` is not in [0, 1].
    """
    if not 0 <= relevance <= 1:
        raise InputError(f"lambda_mult is {relevance}: give a number from 0 to 1")
    require_one(k)
    rows = [row for row, _ in _best(snapshot, search_nearest(vector), max(k, fetch_k), wanted)]
    if snapshot is None:
        return []
    chosen = spread_rows(vector[0], snapshot.dense.vectors[rows], k, relevance)
    return [_document(snapshot, rows[place]) for place in chosen]


def require_one(k: int) -> None:
    """Raises ``InputError`` if a number of documents is below 1."""
    if k < 1:
        raise InputError(f"k is {k}: give the number of documents wanted, 1 or more")


def _document(snapshot: Snapshot | None, row: int) -> Document:
    assert snapshot is not None
    return join_document(snapshot.of(snapshot.passages[row].source))


def _best(snapshot: Snapshot | None, search: Search, k: int, wanted: Filter | None) -> list[Hit]:
    """Returns the best passage of each document."""
    require_one(k)
    passes = _predicate(wanted)
    depth = max(DEPTH, 4 * k)
    while snapshot is not None:
        best: dict[str, Hit] = {}
        for hit in search(snapshot, depth):
            passage = snapshot.passages[hit[0]]
            if passage.source not in best and passes(read_metadata(passage)):
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


def normalize_vector(embedding: Sequence[float], dimension: int) -> Vectors:
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
