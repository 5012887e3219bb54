"""The embeddings of LangChain, and of anything of their form, as an embedder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from groundwire.errors import InputError, ModelError
from groundwire.evidence.encoder import Vectors, normalize


class LangChainEmbedder:
    """Any LangChain ``Embeddings``, or any object with an ``embed_documents`` method.

    Queries are embedded with ``embed_documents`` too, in one request.
    """

    def __init__(self, embeddings: Any, *, fingerprint: str | None = None) -> None:
        """Wraps the embeddings.

        Args:
            embeddings: the object.
            fingerprint: what tells its vectors from those of others; by default its class and
                its model's name, as its weights cannot be seen.

        Raises:
            InputError: if the object has no ``embed_documents``.
        """
        if not callable(getattr(embeddings, "embed_documents", None)):
            raise InputError(
                f"{type(embeddings).__name__} has no embed_documents: "
                "pass a LangChain Embeddings, or an Embedder for a sentence-transformers model"
            )
        self.embeddings = embeddings
        self._dimension: int | None = None
        named = [getattr(embeddings, key, None) for key in ("model", "model_name", "model_id")]
        name = next((value for value in named if isinstance(value, str)), "")
        self.fingerprint = fingerprint or f"langchain:{type(embeddings).__name__}:{name}"

    @property
    def dimension(self) -> int:
        """Length of a vector; found with a first call."""
        if self._dimension is None:
            self.embed(["dimension"])
        assert self._dimension is not None
        return self._dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns float32 vectors of length one, shape ``[len(texts), dimension]``.

        Raises:
            ModelError: if the embeddings return another number of vectors, vectors of several
                lengths, or a value that is not a finite number.
        """
        return self._vectors(texts, self.embeddings.embed_documents)

    def _vectors(self, texts: Sequence[str], embed: Callable[[list[str]], Any]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        rows = embed(list(texts))
        try:
            vectors: Any = np.asarray(rows, dtype=np.float64)
        except (ValueError, TypeError) as error:
            raise self._wrong(f"what is no table of numbers ({error})", len(texts)) from error
        if vectors.ndim != 2 or len(vectors) != len(texts) or not vectors.shape[1]:
            raise self._wrong(f"shape {vectors.shape}", len(texts))
        if not np.isfinite(vectors).all():
            raise self._wrong("values that are not finite", len(texts))
        width = int(vectors.shape[1])
        if self._dimension not in (None, width):
            raise self._wrong(f"{width} values a vector, {self._dimension} before,", len(texts))
        self._dimension = width
        return normalize(vectors)

    def _wrong(self, what: str, texts: int) -> ModelError:
        return ModelError(
            f"{self.fingerprint} returned {what} for {texts} texts: "
            "check the embeddings that you passed"
        )
