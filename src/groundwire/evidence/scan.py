"""Evidence too large to embed for one check: read once, the passages that share most words kept."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import fsum

from groundwire.evidence.chunking import chunk
from groundwire.evidence.documents import Document
from groundwire.evidence.embed import default_model_path
from groundwire.evidence.overlap import WordRarity, stem, words
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
        weights = [{stem(word): rarity(word) for word in words(query)} for query in queries]
        totals = [sum(weight.values()) or 1.0 for weight in weights]
        wanted = {word for weight in weights for word in weight}
        best: list[list[tuple[float, str, int, Passage]]] = [[] for _ in queries]
        count = 0
        for document in self._documents():
            for passage in chunk(document):
                count += 1
                found = {stem(word) for word in words(passage.text)} & wanted
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
    path = default_model_path() / "tokenizer.json"
    return WordRarity(json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"])
