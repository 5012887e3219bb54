"""LLM-AggreFact: claims of eleven sets with their documents.

L. Tang, P. Laban and G. Durrett, "MiniCheck: Efficient Fact-Checking of LLMs on Grounding
Documents", EMNLP 2024. Rows of ``dataset``, ``doc``, ``claim``, ``label`` (1 supported, 0 not)
and ``contamination_identifier``, published as ``data/test-*.parquet`` and ``data/dev-*.parquet``.
The authors report balanced accuracy for each set, and the mean over the sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evaluate.formats.rows import SUFFIXES, Example, read_first_keys, read_rows
from groundwire.evaluate.pairs import LabelledPair

FIELDS = frozenset({"dataset", "doc", "claim", "label"})


def is_aggrefact(path: Path) -> bool:
    """Whether it is a file of such rows (or any Parquet file), or a folder of them."""
    if path.is_file():
        return path.name.endswith(".parquet") or read_first_keys(path) >= FIELDS
    return any(is_aggrefact(file) for file in _files(path)[:1])


def read_examples(path: Path, split: str) -> Iterator[Example]:
    """Yields the rows of a file, or of the files of a folder whose names begin with the split.

    Raises:
        InputError: if the split is not there or a field is missing or of a wrong kind.
    """
    files = [path] if path.is_file() else _files(path)
    chosen = files if path.is_file() else [f for f in files if _is_of(f.name, split)]
    if not chosen:
        names = ", ".join(file.name for file in files) or "no rows at all"
        raise InputError(f"{path}: no file of the split {split!r}; it has {names}")
    for file in chosen:
        for row in read_rows(file):
            supported = row.binary("label")
            pair = LabelledPair(
                f"{file.name.split('.')[0]}-{row.number}", row.text("doc"), row.text("claim"),
                supported,
            )  # fmt: skip
            yield Example(pair, {row.text("dataset"): supported})


def _is_of(name: str, split: str) -> bool:
    return name.startswith(split) and not name[len(split) : len(split) + 1].isalnum()


def _files(folder: Path) -> list[Path]:
    for place in (folder, folder / "data"):
        found = sorted(p for p in place.glob("*") if p.is_file() and p.name.endswith(SUFFIXES))
        if found:
            return found
    return []
