"""``groundwire index``: documents as a saved index."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress

from groundwire.cli_progress import bars
from groundwire.evidence.documents import Document
from groundwire.evidence.embed import Embedder
from groundwire.evidence.index import EvidenceIndex
from groundwire.evidence.load import load_documents, load_folder
from groundwire.evidence.store import _refuse_other
from groundwire.show import one_line

if TYPE_CHECKING:
    from groundwire.evidence.encoder import Vectors

BLOCK = 256
"""Passages that are embedded between two moves of the progress bar."""


class _Shown:
    """The embedded model, with a progress bar."""

    def __init__(self, progress: Progress) -> None:
        self._embedder = Embedder()
        self._progress = progress
        self.fingerprint = self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._embedder.dimension

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embeds the texts in blocks."""
        import numpy as np

        if not texts:
            return self._embedder.embed(texts)
        task = self._progress.add_task("Embedding passages", total=len(texts))
        blocks = []
        for start in range(0, len(texts), BLOCK):
            block = texts[start : start + BLOCK]
            blocks.append(self._embedder.embed(block))
            self._progress.advance(task, len(block))
        return np.concatenate(blocks)


def run_index(paths: Sequence[Path], output: Path, update: bool) -> None:
    """Makes or updates an index and says what it holds.

    Raises:
        GroundwireError: if a document cannot be read or ``output`` is no place for an index.
        OSError: if it cannot be saved; an index that was there is left as it was.
    """
    _refuse_other(output)
    with bars() as progress:
        embedder = _Shown(progress)
        index = EvidenceIndex.load(output, embedder) if update else EvidenceIndex(embedder)
        documents = list(_counted(_documents(paths), progress))
        added = index.update(documents)
        index.save(output)
    sources = len({document.source for document in documents})
    print(f"{_count(sources, 'document')}, {_count(added, 'passage')} -> {one_line(str(output))}")
    if update:
        print(f"in all {_count(len(index.sources), 'document')}, {_count(len(index), 'passage')}")
    print(f"next: groundwire check --index {one_line(str(output))} --answer TEXT")


def _documents(paths: Sequence[Path]) -> Iterator[Document]:
    for path in paths:
        yield from load_folder(path) if path.is_dir() else load_documents(path)


def _counted(documents: Iterable[Document], progress: Progress) -> Iterator[Document]:
    task = progress.add_task("Reading documents", total=None)
    for document in documents:
        yield document
        progress.advance(task)
    done = progress.tasks[task].completed
    progress.update(task, total=done, completed=done)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
