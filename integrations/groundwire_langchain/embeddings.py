"""Embeddings of LangChain as groundwire's embedder, and groundwire's embedder as theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from langchain_core.embeddings import Embeddings

from groundwire.evidence.embedders import LangChainEmbedder, TextEmbedder, embed_queries
from groundwire.evidence.embedders import make_embedder as core_embedder
from groundwire.evidence.encoder import Vectors


class QueryingEmbedder(LangChainEmbedder):
    """LangChain ``Embeddings`` whose queries go through ``embed_query``.

    Many models embed a query otherwise than a document. ``embed_query`` takes one text, so n
    queries are n requests; ``LangChainEmbedder`` makes one request, of documents.
    """

    embeddings: Embeddings

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Returns float32 vectors of length one, shape ``[len(texts), dimension]``.

        Raises:
            ModelError: as ``embed``.
        """
        return self._vectors(texts, self._each)

    def _each(self, texts: list[str]) -> list[list[float]]:
        made = {text: self.embeddings.embed_query(text) for text in dict.fromkeys(texts)}
        return [made[text] for text in texts]


class GroundwireEmbeddings(Embeddings):
    """An embedder of groundwire as LangChain ``Embeddings``.

    Attributes:
        embedder: the embedder.
    """

    def __init__(self, embedder: Any = None) -> None:
        """Takes the embedder.

        Args:
            embedder: an embedder, or a sentence-transformers model or its path; by default the
                embedded model, which needs no network.

        Raises:
            InputError: if it is none of these.
        """
        self.embedder: TextEmbedder = core_embedder(embedder)

    @property
    def model(self) -> str:
        """Name and hash of the weights."""
        return self.embedder.fingerprint

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Returns a vector of length one for each text.

        Raises:
            ModelError: if the model cannot be loaded.
        """
        vectors: list[list[float]] = self.embedder.embed(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """Returns the vector of a query, of length one.

        Raises:
            ModelError: if the model cannot be loaded.
        """
        vector: list[float] = embed_queries(self.embedder, [text])[0].tolist()
        return vector


def as_embedder(embeddings: Any = None, *, fingerprint: str | None = None) -> TextEmbedder:
    """Returns LangChain ``Embeddings`` as an embedder for ``EvidenceIndex``.

    The length of a vector is found at first use. Vectors are scaled to length one.

    Args:
        embeddings: the embeddings. What ``EvidenceIndex`` takes otherwise is taken here too.
        fingerprint: what tells their vectors from those of other models; by default the name
            of the class and of its model, as the weights cannot be seen.

    Raises:
        InputError: if it is no embedder.
    """
    if isinstance(embeddings, GroundwireEmbeddings):
        return embeddings.embedder
    if isinstance(embeddings, Embeddings):
        return QueryingEmbedder(embeddings, fingerprint=fingerprint)
    return core_embedder(embeddings)


def as_embeddings(embedder: TextEmbedder) -> Embeddings:
    """Returns an embedder as LangChain ``Embeddings``; wrapped ones as they were."""
    if isinstance(embedder, LangChainEmbedder) and isinstance(embedder.embeddings, Embeddings):
        return embedder.embeddings
    return GroundwireEmbeddings(embedder)
