"""Ad-hoc evidence: what is passed with one check, searched without an index on disk."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import fsum
from typing import Any, TypeAlias

from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.documents import Document, make_documents
from groundwire.evidence.embedders import find_default_model
from groundwire.evidence.index import EvidenceIndex
from groundwire.protocols import Retriever
from groundwire.text.overlap import WordRarity, split_words, stem_word
from groundwire.types import Evidence, Passage


class ScanRetriever:
    """Scans documents anew for each call; memory holds one document and ``k`` passages a query.

    ``Evidence.score`` is the share of the query's words, weighted by rarity, that the passage
    has. Nothing is embedded: of evidence that is asked about often, make an ``EvidenceIndex``.
    """

    def __init__(self, documents: Callable[[], Iterable[Document]], k: int = 12) -> None:
        """Takes a function that gives the documents, from the first one, each time."""
        self._documents = documents
        self._k = k

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        """Returns, for each query, the passages that share most with it, best first.

        Raises:
            InputError: if a document cannot be read.
        """
        rarity = _default_rarity()
        weights = [
            {stem_word(word): rarity(word) for word in split_words(query)} for query in queries
        ]
        totals = [sum(weight.values()) or 1.0 for weight in weights]
        wanted = {word for weight in weights for word in weight}
        best: list[list[tuple[float, str, int, Passage]]] = [[] for _ in queries]
        count = 0
        for document in self._documents():
            for passage in chunk_document(document):
                count += 1
                found = {stem_word(word) for word in split_words(passage.text)} & wanted
                for heap, weight, total in zip(best, weights, totals, strict=True):
                    share = fsum(weight[word] for word in found if word in weight) / total
                    if share <= 0 or (len(heap) == self._k and share < heap[0][0]):
                        continue
                    heapq.heappush(heap, (share, passage.text, count, passage))
                    if len(heap) > self._k:
                        heapq.heappop(heap)
        return [
            [Evidence(passage, share) for share, _, _, passage in sorted(heap, reverse=True)]
            for heap in best
        ]


@cache
def _default_rarity() -> WordRarity:
    """Word weights from the vocabulary of the embedded model, without loading the model."""
    path = find_default_model() / "tokenizer.json"
    return WordRarity(json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"])


EvidenceLike: TypeAlias = Any
"""One item or a sequence of what ``as_documents`` accepts, or a ``Retriever``."""

SMALL = 48
"""Passages (about 5,000 words) up to which every one is evidence for each claim, unranked.

Sentences are chosen among all of them by the words they share with the claim; ranking passages
first would take time and could only lose some."""

SCANNED = 400_000
"""Characters (some seconds of embedding) above which evidence is searched by words alone."""

RETRIEVED = 12
"""Passages that an index of more than that gives for each claim."""


class AllPassages:
    """A retriever whose every passage is evidence for every query, none better than another."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        """Takes the passages."""
        self._evidence = [Evidence(passage, 1.0) for passage in passages]

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        """Returns all passages for each query."""
        return [list(self._evidence) for _ in queries]


def make_retriever(evidence: EvidenceLike) -> Retriever:
    """Returns a retriever over evidence that came with a check.

    A retriever is returned as it is. A few passages need no ranking: the sentences of all of
    them are weighed for each claim. More are indexed in memory as in a saved index; very much is
    scanned for the claims' words and not embedded.

    Raises:
        InputError: if the evidence is of no known kind.
    """
    if isinstance(evidence, Retriever):
        return evidence
    documents = make_documents(evidence)
    if sum(len(document.text) for document in documents) > SCANNED:
        return ScanRetriever(lambda: documents, RETRIEVED)
    passages = [p for document in documents for p in chunk_document(document)]
    if len(passages) <= SMALL:
        return AllPassages(passages)
    index = EvidenceIndex(k=RETRIEVED)
    index.add_passages(passages)
    return index
