"""Ad-hoc evidence: what is passed with one check, searched without an index on disk."""

from __future__ import annotations

import hashlib
import heapq
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import islice
from math import fsum
from typing import Any, TypeAlias

from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.documents import Document, make_documents
from groundwire.evidence.embedders import load_vocabulary
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
    return WordRarity(load_vocabulary())


EvidenceLike: TypeAlias = Any
"""One item or a sequence of what ``as_documents`` accepts, or a ``Retriever``."""

SMALL = 48
"""Passages (about 5,000 words) up to which every one is evidence for each claim, unranked.

Sentences are chosen among all of them by the words they share with the claim; ranking passages
first would take time and could only lose some."""

SCANNED = 400_000
"""Characters above which evidence is read anew for each call and nothing of it is kept."""

RETRIEVED = 24
"""Passages that are evidence for each claim where there are more than ``SMALL``.

Of the passages that a text was written from, in 40 KB of others, 12 hold 89 % and 24 hold 92 %
(32 pairs of development data)."""

KEPT_CHARS = 4_000_000
"""Characters of text whose places and stems are kept for later checks: about 25 MB."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A passage without its text: where it lies, and the stems of its words."""

    start: int
    end: int
    stems: frozenset[str]


class PassageCache:
    """Places of passages by the hash of the text that they were found in, the latest used kept.

    No text is kept, and neither source nor offset is part of an entry: a text that changes has
    another hash, and one that comes from elsewhere is told by its own source. Threads share it.
    """

    def __init__(self, kept_chars: int = KEPT_CHARS) -> None:
        """Sets the bound, in characters of the texts."""
        self.chars = 0
        self._kept_chars = kept_chars
        self._found: OrderedDict[bytes, tuple[int, tuple[_Place, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._found)

    def find_places(self, text: str) -> tuple[_Place, ...]:
        """Returns the places of a text's passages, found anew where they are not kept."""
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key][1]
        # Two threads may both find them: the work is the same, and neither waits for the other.
        places = tuple(
            _Place(p.start, p.end, frozenset(map(stem_word, split_words(p.text))))
            for p in chunk_document(Document(text, ""))
        )
        with self._lock:
            if key not in self._found and len(text) <= self._kept_chars:
                self._found[key] = len(text), places
                self.chars += len(text)
                while self.chars > self._kept_chars:
                    self.chars -= self._found.popitem(last=False)[1][0]
        return places


_CACHE = PassageCache()


class WordRetriever:
    """Searches passages by the words of a query, weighted by rarity; nothing is embedded.

    ``Evidence.score`` is the share of the query's words, by weight, that a passage has. It
    depends on no other passage, so evidence that has nothing to do with a query changes nothing.
    """

    def __init__(
        self, documents: Sequence[Document], k: int = RETRIEVED, cache: PassageCache | None = None
    ) -> None:
        """Reads the documents.

        Args:
            documents: where passages are taken from.
            k: passages for each query.
            cache: what is known of texts; by default that of the process.
        """
        self.passages: list[Passage] = []
        self._k = k
        self._rows: dict[str, list[int]] = defaultdict(list)
        for document in documents:
            for place in (_CACHE if cache is None else cache).find_places(document.text):
                for stem in place.stems:
                    self._rows[stem].append(len(self.passages))
                self.passages.append(_passage(document, place))

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        """Returns, for each query, the passages that share most with it, best first.

        Where fewer than ``k`` share a word, the first of the others are given, too, with a score
        of 0: a claim about something else is judged, and not left unchecked.
        """
        return [self._search(query) for query in queries]

    def _search(self, query: str) -> list[Evidence]:
        rarity = _default_rarity()
        weight = {stem_word(word): rarity(word) for word in split_words(query)}
        found: dict[int, list[float]] = defaultdict(list)
        for stem, value in weight.items():
            for row in self._rows.get(stem, ()):
                found[row].append(value)
        total = sum(weight.values()) or 1.0
        # fsum: a score does not depend on the order in which words are met.
        shares = [
            (fsum(values) / total, self.passages[row].text, row) for row, values in found.items()
        ]
        best = heapq.nlargest(self._k, shares)
        others = (row for row in range(len(self.passages)) if row not in found)
        best += [(0.0, "", row) for row in islice(others, self._k - len(best))]
        return [Evidence(self.passages[row], share) for share, _, row in best]


def _passage(document: Document, place: _Place) -> Passage:
    text = document.text[place.start : place.end]
    start, end = document.offset + place.start, document.offset + place.end
    return Passage(text, document.source, start, end, document.metadata)


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
    them are weighed for each claim. Among more those that share the claim's words are found;
    nothing is embedded (an ``EvidenceIndex`` searches by meaning, too). What is found out about
    a text is kept by its content for the next check; very much text is scanned for each call.

    Raises:
        InputError: if the evidence is of no known kind.
    """
    if isinstance(evidence, Retriever):
        return evidence
    documents = make_documents(evidence)
    if sum(len(document.text) for document in documents) > SCANNED:
        return ScanRetriever(lambda: documents, RETRIEVED)
    found = WordRetriever(documents)
    return AllPassages(found.passages) if len(found.passages) <= SMALL else found
