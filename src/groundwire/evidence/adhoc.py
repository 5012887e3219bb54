"""Evidence that is passed with one check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from groundwire.evidence.chunking import chunk
from groundwire.evidence.documents import as_documents
from groundwire.evidence.index import EvidenceIndex
from groundwire.evidence.scan import ScanRetriever
from groundwire.protocols import Retriever
from groundwire.types import Evidence, Passage

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


def one_off(evidence: EvidenceLike) -> Retriever:
    """Returns a retriever over evidence that came with a check.

    A retriever is returned as it is. A few passages need no ranking: the sentences of all of
    them are weighed for each claim. More are indexed in memory as in a saved index; very much is
    scanned for the claims' words and not embedded.

    Raises:
        InputError: if the evidence is of no known kind.
    """
    if isinstance(evidence, Retriever):
        return evidence
    documents = as_documents(evidence)
    if sum(len(document.text) for document in documents) > SCANNED:
        return ScanRetriever(lambda: documents, RETRIEVED)
    passages = [p for document in documents for p in chunk(document)]
    if len(passages) <= SMALL:
        return AllPassages(passages)
    index = EvidenceIndex(k=RETRIEVED)
    index.add_passages(passages)
    return index
