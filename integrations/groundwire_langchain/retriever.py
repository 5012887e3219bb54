"""Retrievers of groundwire in LangChain, and LangChain's in groundwire."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from langchain_core.callbacks import (
    AsyncCallbackManagerForRetrieverRun,
    CallbackManagerForRetrieverRun,
)
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, RetrieverLike
from langchain_core.runnables.config import run_in_executor

from groundwire.errors import InputError
from groundwire.evidence.chunking import chunk_document
from groundwire.evidence.documents import make_documents
from groundwire.evidence.index import EvidenceIndex
from groundwire.protocols import Retriever
from groundwire.types import Evidence
from groundwire_langchain.options import refuse_unknown
from groundwire_langchain.store import EvidenceStore


class EvidenceRetriever(BaseRetriever):
    """Passages of a groundwire index, or of any of its retrievers, as LangChain documents.

    ``metadata`` has the passage's own, and ``source``, ``start``, ``end`` (its place, in
    characters), ``start_index`` (the same as ``start``, as LangChain names it) and ``score``
    (the retriever's; no probability). ``invoke(query, k=3)`` overrides ``k`` for one call.

    Attributes:
        retriever: an ``EvidenceIndex``, an ``EvidenceStore``, or any ``Retriever``.
        k: passages for a query; by default as many as the retriever gives. One that is no index
            and no store is not asked for more than it gives: its best ``k`` are taken.
    """

    retriever: Any
    k: int | None = None

    def __init__(self, retriever: Any = None, **fields: Any) -> None:
        """Takes the retriever, by place or by name.

        Raises:
            InputError: if it has no ``retrieve`` method, ``k`` is below 1, or a field is unknown.
        """
        refuse_unknown(type(self).__name__, fields, type(self).model_fields)
        if not isinstance(retriever, Retriever):
            raise InputError(
                f"{type(retriever).__name__} has no method retrieve: pass an EvidenceIndex, an "
                "EvidenceStore or any groundwire Retriever"
            )
        _check(fields.get("k"))
        super().__init__(**{**fields, "retriever": retriever})

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        return [_document(item) for item in self._best(query, self.k if k is None else k)]

    async def _aget_relevant_documents(
        self, query: str, *, run_manager: AsyncCallbackManagerForRetrieverRun, k: int | None = None
    ) -> list[Document]:
        sync = run_manager.get_sync()
        return await run_in_executor(
            None, self._get_relevant_documents, query, run_manager=sync, k=k
        )

    def _best(self, query: str, k: int | None) -> list[Evidence]:
        _check(k)
        if isinstance(self.retriever, EvidenceIndex | EvidenceStore):
            return self.retriever.retrieve([query], k)[0]
        found: list[list[Evidence]] = self.retriever.retrieve([query])
        return found[0][:k]


def _check(k: Any) -> None:
    if k is not None and (not isinstance(k, int) or k < 1):
        raise InputError(f"k is {k!r}: give the number of passages wanted, 1 or more")


def _document(item: Evidence) -> Document:
    passage = item.passage
    place = {"source": passage.source, "start": passage.start, "end": passage.end}
    metadata = {**passage.metadata, **place, "start_index": passage.start, "score": item.score}
    return Document(passage.text, metadata=metadata)


class LangChainRetriever:
    """A LangChain retriever as groundwire's ``Retriever``: one ``batch`` for all queries.

    Documents are cut into passages, JSON and tables are read as text, and those without text
    are left out. LangChain's order is the ranking: the score is 1 / rank, of the document. A
    source is ``metadata["source"]``, else the document's id, else a hash of its text.
    """

    def __init__(self, retriever: RetrieverLike) -> None:
        """Takes the retriever, or any runnable from a string to documents.

        Raises:
            InputError: if it has no ``batch``.
        """
        if not callable(getattr(retriever, "batch", None)):
            raise InputError(
                f"{type(retriever).__name__} is no LangChain retriever: "
                "for a vector store, pass store.as_retriever()"
            )
        self._retriever = retriever

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        """Finds passages for each query.

        Returns:
            One list for each query, best first.

        Raises:
            InputError: if ``queries`` is one string, or what comes is no list of documents
                for each.
            Exception: what the retriever raises; a guard does not pass its claims then.
        """
        if isinstance(queries, str):
            raise InputError(f"queries is one string, {queries[:40]!r}: pass a list of them")
        if not queries:
            return []
        found = self._retriever.batch(list(queries))
        if len(found) != len(queries):
            raise InputError(
                f"{type(self._retriever).__name__} gave {len(found)} lists of documents for "
                f"{len(queries)} queries: its batch must give one for each"
            )
        return [_evidence(documents) for documents in found]


def _evidence(documents: Sequence[Document]) -> list[Evidence]:
    return [
        Evidence(passage, 1 / rank)
        for rank, document in enumerate(documents, 1)
        for read in make_documents(_named(document))
        for passage in chunk_document(read)
    ]


def _named(document: Any) -> Document:
    if not isinstance(document, Document):
        raise InputError(
            f"a retriever gave a {type(document).__name__}: it must give LangChain documents"
        )
    if document.metadata.get("source") or document.id:
        return document
    digest = blake2b(document.page_content.encode("utf-8", "surrogatepass"), digest_size=6)
    return Document(
        document.page_content, id=f"document-{digest.hexdigest()}", metadata=document.metadata
    )


def as_retriever(retriever: RetrieverLike) -> LangChainRetriever:
    """Returns a LangChain retriever as groundwire's ``Retriever``: see ``LangChainRetriever``.

    Raises:
        InputError: if it is no retriever.
    """
    return LangChainRetriever(retriever)
