"""Store of vectors for LangChain on groundwire's index: FAISS and BM25, saved without pickle."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Never

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.runnables.config import run_in_executor
from langchain_core.vectorstores import VectorStore

from groundwire.errors import InputError, StoreError
from groundwire.evidence.embedders import embed_queries
from groundwire.evidence.encoder import Vectors
from groundwire.evidence.index import EvidenceIndex
from groundwire.evidence.index_state import Hit, Snapshot
from groundwire.types import Evidence
from groundwire_langchain.embeddings import as_embedder, as_embeddings
from groundwire_langchain.options import refuse_unknown
from groundwire_langchain.passages import (
    Filter,
    clean_evidence,
    cut_document,
    join_document,
    normalize_vector,
    rank_documents,
    search_nearest,
    spread_documents,
)


class EvidenceStore(VectorStore):
    """Documents to search, and groundwire's evidence: ``Guard(retriever=store)``.

    Inside, documents are cut into passages; outside they are whole. A search ranks documents
    by their best passage:

    - ``similarity_search`` and ``..._with_score`` by meaning and words together. The score is
      the fused one of ``Evidence``: higher is better, and it says nothing but the order.
    - ``..._with_relevance_scores``, ``..._by_vector`` and ``max_marginal_relevance_search`` by
      meaning alone. The relevance is the cosine, at least 0.

    Every search takes ``filter``: a dict of values that the metadata must have (equality of
    each, no operators), or a function that is given the metadata. As many documents come as
    pass, up to ``k``. Changes are seen whole by the searches that follow. The first search
    after a change rebuilds BM25, so change in bulk.

    Metadata may be anything in memory; to be saved it must be JSON, and a tuple comes back as a
    list. Threads may share a store; the async methods run in LangChain's executor.
    """

    def __init__(
        self,
        embedding: Any = None,
        *,
        index: EvidenceIndex | None = None,
        k: int = 8,
        **unknown: Never,
    ) -> None:
        """Makes an empty store, or one on an index that is there.

        Args:
            embedding: LangChain ``Embeddings``, or anything that ``EvidenceIndex`` takes; by
                default the embedded model.
            index: an index, which has its embedder and its own ``k``.
            k: passages that ``retrieve`` gives for each query.
            **unknown: refused.

        Raises:
            InputError: if ``k`` is below 1, the embedding is none, both it and an index are
                given, or an option is unknown.
        """
        refuse_unknown(type(self).__name__, unknown, ("embedding", "index", "k"))
        if index is not None and embedding is not None:
            raise InputError("pass an embedding or an index: an index has its own embedder")
        self._index = EvidenceIndex(as_embedder(embedding), k=k) if index is None else index

    @property
    def index(self) -> EvidenceIndex:
        """The index inside. Its passages name the document's id as their source."""
        return self._index

    @property
    def embeddings(self) -> Embeddings:
        """What embeds queries."""
        return as_embeddings(self._index.embedder)

    def retrieve(self, queries: Sequence[str], k: int | None = None) -> list[list[Evidence]]:
        """Finds passages, as groundwire's ``Retriever``.

        A passage's source is ``metadata["source"]``, else the document's id; where the metadata
        has ``start_index``, offsets count from there.

        Args:
            queries: any number of texts.
            k: passages for each query; by default those of the index.

        Returns:
            One list for each query, best first, of at most ``k`` passages.

        Raises:
            InputError: if ``queries`` is one string, or ``k`` is below 1.
        """
        return [clean_evidence(found) for found in self._index.retrieve(queries, k)]

    def add_documents(
        self, documents: list[Document], *, ids: Sequence[str | None] | None = None, **kwargs: Any
    ) -> list[str]:
        """Adds documents, all or none; one whose id is in the store takes the old one's place.

        Args:
            documents: the documents. Of several with one id, the last one stays.
            ids: their ids; by default ``Document.id``, and where that is missing a new one.
            **kwargs: passed over; LangChain's ``index`` gives a ``batch_size``.

        Returns:
            The ids, in the order of the documents.

        Raises:
            InputError: if the number of ids differs, an id is no string, or metadata has a
                reserved key.
        """
        given = [document.id for document in documents] if ids is None else list(ids)
        _aligned("ids", given, documents)
        for name in given:
            if name is not None and not isinstance(name, str):
                raise InputError(f"id {name!r} is a {type(name).__name__}: give strings as ids")
        names = [name or str(uuid.uuid4()) for name in given]
        latest = dict(zip(names, documents, strict=True))
        self._index.update_passages(
            passage for name, document in latest.items() for passage in cut_document(document, name)
        )
        return names

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: Sequence[str | None] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        """Adds texts as documents: see ``add_documents``.

        Raises:
            InputError: as ``add_documents``, and if the number of metadatas differs.
        """
        contents = list(texts)
        carried = [{} for _ in contents] if metadatas is None else list(metadatas)
        _aligned("metadatas", carried, contents)
        documents = [
            Document(content, metadata=metadata or {})
            for content, metadata in zip(contents, carried, strict=True)
        ]
        return self.add_documents(documents, ids=ids, **kwargs)

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        """Removes documents.

        Args:
            ids: their ids; those that are not in the store are passed over. None removes all.
            **kwargs: passed over.

        Returns:
            True.
        """
        self._index.delete(self._index.sources if ids is None else ids, missing_ok=True)
        return True

    def get_by_ids(self, ids: Sequence[str], /) -> list[Document]:
        """Returns documents by their ids, in the order of the ids; missing ones are left out."""
        found = (self._index.of(name) for name in dict.fromkeys(ids))
        return [join_document(passages) for passages in found if passages]

    def similarity_search(
        self, query: str, k: int = 4, *, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        """Returns the ``k`` documents that speak to a query most, by meaning and words.

        Raises:
            InputError: if ``k`` is below 1, or the filter or another argument is unknown.
        """
        found = self.similarity_search_with_score(query, k, filter=filter, **kwargs)
        return [document for document, _ in found]

    def similarity_search_with_score(
        self, query: str, k: int = 4, *, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        """Returns the documents of ``similarity_search`` with their fused scores.

        Raises:
            InputError: as ``similarity_search``.
        """
        _known(kwargs)

        vector = self._vector(query)

        def search(snapshot: Snapshot, depth: int) -> list[Hit]:
            return snapshot.fused(query, snapshot.near(vector, depth)[0], depth)

        return rank_documents(self._index.snapshot(), search, k, filter)

    def similarity_search_by_vector(
        self, embedding: list[float], k: int = 4, *, filter: Filter | None = None, **kwargs: Any
    ) -> list[Document]:
        """Returns the ``k`` documents that are nearest to a vector of the store's embedder.

        Raises:
            InputError: as ``similarity_search``, and if the vector is of another length.
        """
        _known(kwargs)
        found = rank_documents(
            self._index.snapshot(), search_nearest(self._given(embedding)), k, filter
        )
        return [document for document, _ in found]

    def _similarity_search_with_relevance_scores(
        self, query: str, k: int = 4, *, filter: Filter | None = None, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        _known(kwargs)
        found = rank_documents(
            self._index.snapshot(), search_nearest(self._vector(query)), k, filter
        )
        return [(document, min(1.0, max(0.0, cosine))) for document, cosine in found]

    async def _asimilarity_search_with_relevance_scores(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        return await run_in_executor(
            None, self._similarity_search_with_relevance_scores, query, k, **kwargs
        )

    def max_marginal_relevance_search(
        self,
        query: str,
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Returns ``k`` documents near to a query and unlike each other.

        Args:
            query: the text.
            k: how many are wanted.
            fetch_k: the nearest documents, of which they are chosen.
            lambda_mult: from 0, all for difference, to 1, all for nearness.
            filter: what the metadata must be like.
            **kwargs: none are known.

        Raises:
            InputError: as ``similarity_search``, and if ``lambda_mult`` is not in [0, 1].
        """
        _known(kwargs)
        vector = self._vector(query)
        return spread_documents(self._index.snapshot(), vector, k, fetch_k, lambda_mult, filter)

    def max_marginal_relevance_search_by_vector(
        self,
        embedding: list[float],
        k: int = 4,
        fetch_k: int = 20,
        lambda_mult: float = 0.5,
        *,
        filter: Filter | None = None,
        **kwargs: Any,
    ) -> list[Document]:
        """Does as ``max_marginal_relevance_search``, with a vector of the store's embedder.

        Raises:
            InputError: as there, and if the vector is of another length.
        """
        _known(kwargs)
        vector = self._given(embedding)
        return spread_documents(self._index.snapshot(), vector, k, fetch_k, lambda_mult, filter)

    def _vector(self, query: str) -> Vectors:
        return embed_queries(self._index.embedder, [query])

    def _given(self, embedding: Sequence[float]) -> Vectors:
        return normalize_vector(embedding, self._index.embedder.dimension)

    @classmethod
    def from_documents(
        cls, documents: list[Document], embedding: Any = None, **kwargs: Any
    ) -> EvidenceStore:
        """Makes a store of Documents; by default with the embedded embedder."""
        return super().from_documents(documents, embedding, **kwargs)

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Any = None,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> EvidenceStore:
        """Makes a store of texts: see ``add_texts``; ``kwargs`` go to the constructor.

        Raises:
            InputError: as the constructor and ``add_texts``.
        """
        store = cls(embedding, **kwargs)
        store.add_texts(texts, metadatas, ids=ids)
        return store

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the store into a folder, whole or not at all; an old one there is replaced.

        Raises:
            StoreError: if the folder holds anything but an index.
            InputError: if some metadata is not JSON.
            OSError: if it cannot be written; what was there stays.
        """
        self._index.save(path)

    @classmethod
    def load(
        cls, path: str | os.PathLike[str], embedding: Any = None, *, k: int = 8
    ) -> EvidenceStore:
        """Reads what ``save`` wrote, or ``groundwire index``: there a source is a document.

        Raises:
            StoreError: if the folder is no index, is damaged, or was made by another embedder.
        """
        try:
            index = EvidenceIndex.load(path, as_embedder(embedding), k=k)
        except StoreError as error:
            raise StoreError(f"{error}; or write a store there with store.save(path)") from error
        return cls(index=index)


def _aligned(name: str, values: Sequence[Any], items: Sequence[Any]) -> None:
    if len(values) != len(items):
        raise InputError(f"{len(values)} {name} for {len(items)} documents: give one for each")


def _known(options: dict[str, Any]) -> None:
    """Refuses what would be passed over: a misspelt filter would let everything through."""
    unknown = sorted(options.keys() - {"fetch_k", "lambda_mult"})
    if unknown:
        raise InputError(f"{unknown[0]!r} is no option of a search: give k, filter, fetch_k")
