"""``groundwire index``: documents as a saved index."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress

from groundwire.cli.progress import make_bars
from groundwire.errors import DocumentError
from groundwire.evidence.documents import Document
from groundwire.evidence.embedders import Embedder
from groundwire.evidence.index import EvidenceIndex
from groundwire.evidence.load import list_passed_over, load_documents, load_folder
from groundwire.evidence.store import refuse_strangers
from groundwire.reports.console import join_line

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


def run_index(paths: Sequence[Path], output: Path, update: bool, skip_errors: bool = False) -> None:
    """Makes or updates an index and says what it holds, and on stderr what was left out.

    Args:
        paths: files and folders.
        output: where the index is saved.
        update: add to the index there.
        skip_errors: leave out files of folders that cannot be read, instead of stopping.

    Raises:
        GroundwireError: if a document cannot be read or ``output`` is no place for an index.
        OSError: if it cannot be saved; an index that was there is left as it was.
    """
    refuse_strangers(output)
    bad: list[str] = []
    on_error = (lambda error: bad.append(str(error))) if skip_errors else None
    with make_bars() as progress:
        embedder = _Shown(progress)
        index = EvidenceIndex.load(output, embedder) if update else EvidenceIndex(embedder)
        documents = list(_counted(_documents(paths, on_error), progress))
        added = index.update(documents)
        index.save(output)
    _say_left_out(paths, bad)
    sources = len({document.source for document in documents})
    print(f"{_count(sources, 'document')}, {_count(added, 'passage')} -> {join_line(str(output))}")
    if update:
        print(f"in all {_count(len(index.sources), 'document')}, {_count(len(index), 'passage')}")
    print(f"next: groundwire check --index {join_line(str(output))} --answer TEXT")


def _documents(
    paths: Sequence[Path], on_error: Callable[[DocumentError], None] | None
) -> Iterator[Document]:
    for path in paths:
        if path.is_dir():
            yield from load_folder(path, on_error=on_error)
        else:
            yield from load_documents(path)


def _say_left_out(paths: Sequence[Path], bad: Sequence[str]) -> None:
    for message in bad:
        print(f"left out: {join_line(message)}", file=sys.stderr)
    kinds = Counter(
        Path(name).suffix.lower() or "no suffix"
        for path in paths
        if path.is_dir()
        for name in list_passed_over(path)
    )
    if kinds:
        listed = ", ".join(f"{n} {kind}" for kind, n in kinds.most_common(8))
        files = _count(sum(kinds.values()), "file")
        print(f"passed over: {files} of kinds that are not read ({listed})", file=sys.stderr)


def _counted(documents: Iterable[Document], progress: Progress) -> Iterator[Document]:
    task = progress.add_task("Reading documents", total=None)
    for document in documents:
        yield document
        progress.advance(task)
    done = progress.tasks[task].completed
    progress.update(task, total=done, completed=done)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
