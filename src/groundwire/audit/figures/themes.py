"""Themes of flagged claims: clusters of their vectors, named by the phrases that set them apart.

Vectors come from the project's embedder and are clustered by k-means, with the number of clusters
that gives the best silhouette (P. J. Rousseeuw, 1987). A phrase is two to four words in a row that
neither begin nor end with a stop word. It names a cluster if enough of its claims have it, and they
have it more often than the others; phrases are ranked by the claims that have them times the log of
how much more often that is (class-based TF-IDF: M. Grootendorst, "BERTopic", 2022). A cluster
without such a phrase has no common theme, and is left out.
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

from groundwire.audit.figures.tally import Bools, Floats, Ints, mark_wrong
from groundwire.evidence.embedders import TextEmbedder, make_embedder

SAMPLE = 2_000
"""Flagged claims that are clustered at most; of more, a uniform sample is drawn."""
FEWEST = 10
"""Claims below which there is nothing to cluster."""
MOST_CLUSTERS = 12
PHRASES = 2
"""Phrases that a theme is named by, at most."""
LONGEST = 4
"""Words of a phrase."""
HELD = 3
"""Claims of a cluster that must have a phrase."""
SHARE = 0.15
"""Share of the claims of a cluster that must have a phrase."""
LIFT = 2.0
"""How much more often the claims of a cluster must have a phrase than the others do."""
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
        Rows of ``terms`` (phrases), ``size`` (claims of the sample) and ``examples`` (claims with
        the first phrase, those nearest to the middle), the largest cluster first; none for fewer
        than ``FEWEST`` distinct claims, or where no phrase says what claims have in common.
    """
    drawn = sorted(claims.drawn, key=lambda one: (one.index, one.claim_index))
    if len({one.text for one in drawn}) < FEWEST:
        return []
    vectors = make_embedder(embedder).embed([one.text for one in drawn]).astype(np.float64)
    places = _clustered(vectors, claims.seed)
    phrases = _phrases([one.text for one in drawn], places)
    rows = []
    for place in np.unique(places).tolist():
        if not phrases[place]:
            continue
        members = np.flatnonzero(places == place)
        named = phrases[place][0][1]
        near = vectors[members] @ vectors[members].mean(axis=0)
        nearest = members[np.lexsort((-near, ~named[members]))[:EXAMPLES]].tolist()
        examples = [
            {
                "index": drawn[i].index, "answer_id": drawn[i].answer_id,
                "claim_index": drawn[i].claim_index, "text": drawn[i].text,
            }
            for i in nearest
        ]  # fmt: skip
        terms = [phrase for phrase, _ in phrases[place]]
        rows.append({"terms": terms, "size": len(members), "examples": examples})
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


def _phrases(texts: Sequence[str], places: Ints) -> dict[int, list[tuple[str, Bools]]]:
    """The phrases that set each cluster apart, the best first, and which texts have them."""
    names = np.unique(places).tolist()
    vectorizer = CountVectorizer(
        token_pattern=r"(?u)\b\w[\w'’-]*\b", ngram_range=(2, LONGEST), binary=True, min_df=HELD
    )
    try:
        table = vectorizer.fit_transform(texts).tocsc().astype(bool)
    except ValueError:  # no phrase is in enough claims
        return {name: [] for name in names}
    found: dict[int, list[tuple[str, Bools]]] = {}
    phrases = [str(phrase) for phrase in vectorizer.get_feature_names_out()]
    for name in names:
        inside = places == name
        ranked = []
        for at, phrase in enumerate(phrases):
            words = phrase.split()
            if {words[0], words[-1]} & ENGLISH_STOP_WORDS or all(w.isdigit() for w in words):
                continue
            held: Bools = table[:, at].toarray().ravel()
            hits, others = int(held[inside].sum()), int(held[~inside].sum())
            share, other = hits / inside.sum(), (others + 0.5) / ((~inside).sum() + 1)
            if hits >= HELD and share >= SHARE and (share >= LIFT * other or not (~inside).any()):
                weight = hits * np.log(1 + share / other) * len(words) ** 0.5
                ranked.append((-weight, phrase, held))
        ranked.sort(key=lambda row: row[:2])
        found[name] = _distinct([(phrase, held) for _, phrase, held in ranked])
    return found


def _distinct(ranked: list[tuple[str, Bools]]) -> list[tuple[str, Bools]]:
    """The best phrases that share no word with a better one."""
    kept: list[tuple[str, Bools]] = []
    for phrase, held in ranked:
        if all(set(phrase.split()).isdisjoint(other.split()) for other, _ in kept):
            kept.append((phrase, held))
        if len(kept) == PHRASES:
            break
    return kept
