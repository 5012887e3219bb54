"""Themes of flagged claims: clusters of their vectors, named by the words that set them apart.

Vectors come from the project's embedder and are clustered by k-means, with the number of clusters
that gives the best silhouette (P. J. Rousseeuw, 1987). Words are weighted by class-based TF-IDF
(M. Grootendorst, "BERTopic", 2022): the count of a word in a cluster times
``log(1 + A / count in all)``, with A the mean count of words of a cluster.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.cluster import MiniBatchKMeans  # type: ignore[import-untyped]
from sklearn.feature_extraction.text import (  # type: ignore[import-untyped]
    ENGLISH_STOP_WORDS,
    CountVectorizer,
)
from sklearn.metrics import silhouette_score  # type: ignore[import-untyped]

from groundwire.audit.figures.tally import Floats, Ints, mark_wrong
from groundwire.evidence.embedders import TextEmbedder, make_embedder

SAMPLE = 2_000
"""Flagged claims that are clustered at most; of more, a uniform sample is drawn."""
FEWEST = 10
"""Claims below which there is nothing to cluster."""
MOST_CLUSTERS = 12
TERMS = 5
EXAMPLES = 3
LENGTH = 300
"""Characters of a claim that are kept."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True, order=True)
class _Drawn:
    priority: int
    index: int
    claim_index: int
    text: str
    answer_id: str


@dataclass(slots=True)
class FlaggedClaims:
    """A uniform sample of flagged claims, drawn from batches.

    Every claim has a priority, a hash of the seed and of its place; those with the least are
    kept. Which ones stay depends on no order.
    """

    seed: int = 0
    size: int = SAMPLE
    total: int = 0
    drawn: list[_Drawn] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes a batch of ``verdicts.parquet``; claims without text count only.

        Args:
            batch: with the columns ``index``, ``claim_index``, ``answer_id``, ``label``, ``text``.
        """
        rows = np.flatnonzero(mark_wrong(batch))
        self.total += len(rows)
        index = batch.column("index").to_numpy()[rows]
        number = batch.column("claim_index").to_numpy()[rows]
        priority = _mixed(index, number, self.seed)
        best = np.argsort(priority, kind="stable")[: self.size]
        texts, ids = (
            batch.column(name).take(pa.array(rows[best])).to_pylist()
            for name in ("text", "answer_id")
        )
        self.drawn += [
            _Drawn(int(priority[at]), int(index[at]), int(number[at]), text[:LENGTH], answer_id)
            for at, text, answer_id in zip(best.tolist(), texts, ids, strict=True)
            if text
        ]
        self.drawn = sorted(self.drawn)[: self.size]


def _mixed(index: Ints, number: Ints, seed: int) -> Any:
    """Priorities by splitmix64 (G. L. Steele et al., 2014): uint64, one for each claim."""
    z = index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    z += number.astype(np.uint64) * np.uint64(0xD1B54A32D192ED03)
    z += np.uint64(seed % (1 << 64))
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        z = (z ^ (z >> np.uint64(shift))) * np.uint64(factor)
    return z ^ (z >> np.uint64(31))


def find_themes(claims: FlaggedClaims, embedder: TextEmbedder | None = None) -> list[Row]:
    """Clusters the sample.

    Args:
        claims: the sample.
        embedder: by default the embedded model.

    Returns:
        Rows of ``terms``, ``size`` (claims of the sample) and ``examples`` (those nearest to the
        middle), the largest cluster first; none for fewer than ``FEWEST`` distinct claims.
    """
    drawn = sorted(claims.drawn, key=lambda one: (one.index, one.claim_index))
    if len({one.text for one in drawn}) < FEWEST:
        return []
    vectors = make_embedder(embedder).embed([one.text for one in drawn]).astype(np.float64)
    places = _clustered(vectors, claims.seed)
    terms = _terms([one.text for one in drawn], places)
    rows = []
    for place in np.unique(places).tolist():
        members = np.flatnonzero(places == place)
        near = vectors[members] @ vectors[members].mean(axis=0)
        nearest = members[np.argsort(-near, kind="stable")[:EXAMPLES]].tolist()
        examples = [
            {
                "index": drawn[i].index, "answer_id": drawn[i].answer_id,
                "claim_index": drawn[i].claim_index, "text": drawn[i].text,
            }
            for i in nearest
        ]  # fmt: skip
        rows.append({"terms": terms[place], "size": len(members), "examples": examples})
    return sorted(rows, key=lambda row: (-row["size"], row["terms"], row["examples"][0]["index"]))


def _clustered(vectors: Floats, seed: int) -> Ints:
    """The cluster of each vector, for the k of the best silhouette on at most 1,000 of them."""
    state = seed % (1 << 32)
    distinct = len(np.unique(vectors, axis=0))
    best, places = -2.0, np.zeros(len(vectors), dtype=np.int64)
    for k in range(2, min(MOST_CLUSTERS, distinct - 1, len(vectors) // 5) + 1):
        model = MiniBatchKMeans(k, random_state=state, n_init=5, batch_size=4096)
        found = model.fit_predict(vectors)
        if len(np.unique(found)) < 2:
            continue
        size = min(1000, len(vectors))
        try:
            quality = silhouette_score(vectors, found, sample_size=size, random_state=state)
        except ValueError:  # the sample holds one cluster only
            continue
        if quality > best + 1e-6:
            best, places = float(quality), found.astype(np.int64)
    return places


def _terms(texts: Sequence[str], places: Ints) -> dict[int, list[str]]:
    """The words that set each cluster apart, the best first."""
    names = np.unique(places).tolist()
    joined = [" ".join(texts[i] for i in np.flatnonzero(places == name).tolist()) for name in names]
    vectorizer = CountVectorizer(
        token_pattern=r"(?u)\b\w\w+\b", stop_words=sorted(ENGLISH_STOP_WORDS)
    )
    try:
        counts = vectorizer.fit_transform(joined).toarray().astype(np.float64)
    except ValueError:  # nothing but stop words
        return {name: [] for name in names}
    weights = counts * np.log(1 + counts.sum() / len(names) / counts.sum(axis=0))
    words = vectorizer.get_feature_names_out()
    best = np.argsort(-weights, axis=1, kind="stable")[:, :TERMS]
    return {
        name: [str(words[i]) for i in row if weights[at, i] > 0]
        for at, (name, row) in enumerate(zip(names, best, strict=True))
    }
