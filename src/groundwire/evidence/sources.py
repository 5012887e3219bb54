"""Sources of evidence on the disk: files, folders and a saved index, opened as one retriever."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from groundwire.evidence.adhoc import RETRIEVED, ScanRetriever, make_retriever
from groundwire.evidence.documents import Document
from groundwire.evidence.load import load_documents, load_folder
from groundwire.protocols import Retriever
from groundwire.types import Evidence

LARGE = 2_000_000
"""Characters of evidence above which the files are scanned and never held in memory."""


class JoinedRetriever:
    """Looks evidence up in several places."""

    def __init__(self, retrievers: Sequence[Retriever]) -> None:
        """Takes the places, in the order in which what they have is given."""
        self._retrievers = retrievers

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        """Returns what each place has for each query, one place after another."""
        found = [retriever.retrieve(queries) for retriever in self._retrievers]
        return [[item for part in parts for item in part] for parts in zip(*found, strict=True)]


def open_sources(
    paths: Sequence[Path], index: Path | None = None, note: Callable[[str], None] | None = None
) -> Retriever | None:
    """Returns a retriever over files, folders and a saved index.

    Args:
        paths: files, and folders whose files of a supported kind are read.
        index: what ``groundwire index`` made.
        note: told what is worth knowing, such as that the files are too large to be held.

    Returns:
        None where there is neither.

    Raises:
        DocumentError: if a file or folder cannot be read.
        StoreError: if the index is damaged or was made otherwise.
    """
    places: list[Retriever] = []
    if index is not None:
        from groundwire.evidence.index import EvidenceIndex

        places.append(EvidenceIndex.load(index))
    if paths:
        places.append(_open_paths(paths, note))
    return JoinedRetriever(places) if len(places) > 1 else next(iter(places), None)


def _open_paths(paths: Sequence[Path], note: Callable[[str], None] | None) -> Retriever:
    documents: list[Document] = []
    size = 0
    for document in _read_paths(paths):
        documents.append(document)
        size += len(document.text)
        if size > LARGE:
            if note is not None:
                note(
                    "so much evidence is searched by words alone; `groundwire index` reads it once"
                )
            return ScanRetriever(lambda: _read_paths(paths), RETRIEVED)
    return make_retriever(documents)


def _read_paths(paths: Sequence[Path]) -> Iterator[Document]:
    for path in paths:
        yield from load_folder(path) if path.is_dir() else load_documents(path)
