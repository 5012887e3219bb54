"""WiCE: claims of Wikipedia and the web pages that they cite.

R. Kamoi et al., "WiCE: Real-World Entailment for Claims in Wikipedia", EMNLP 2023. Folders
``claim`` and ``subclaim`` with ``train.jsonl``, ``dev.jsonl`` and ``test.jsonl``; a line has
``label``, ``supporting_sentences``, ``claim``, ``evidence`` (sentences) and ``meta``. In the
binary form of the paper, what is only partially supported counts as not supported.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evaluate.formats.rows import Example, Row, read_first_keys, read_rows
from groundwire.evaluate.pairs import LabelledPair

FIELDS = frozenset({"label", "supporting_sentences", "claim", "evidence", "meta"})
LABELS = ("supported", "partially_supported", "not_supported")
FOLDERS = ("claim", "subclaim")


def is_wice(path: Path) -> bool:
    """Whether it is a file of such rows, or a folder of them or of ``claim`` and ``subclaim``."""
    if path.is_file():
        return read_first_keys(path) >= FIELDS
    return any(read_first_keys(file) >= FIELDS for file in _files(path, "*")[:1])


def read_examples(path: Path, split: str) -> Iterator[Example]:
    """Yields the rows of a file, or of the files of a split in a folder.

    Raises:
        InputError: if the split is not there or a field is missing or of a wrong kind.
    """
    files = [path] if path.is_file() else _files(path, split)
    if not files:
        there = sorted({file.name for file in _files(path, "*")})
        raise InputError(f"{path}: has no {split}.jsonl; it has {', '.join(there) or 'no file'}")
    for file in files:
        place = file.resolve().parent.name
        group = place if place in FOLDERS else file.name.split(".")[0]
        for row in read_rows(file):
            yield _example(row, group)


def _example(row: Row, group: str) -> Example:
    label = row.choice("label", LABELS)
    meta = row.data.get("meta")
    if not isinstance(meta, dict):
        raise row.error("meta", "it must be an object with the field id")
    name = Row(row.path, row.number, meta).name("id")
    evidence = "\n".join(row.texts("evidence"))
    supported = label == "supported"
    pair = LabelledPair(f"{group}-{name}", evidence, row.text("claim"), supported)
    return Example(pair, {group: supported}, label)


def _files(folder: Path, name: str) -> list[Path]:
    places = (folder, *(folder / inner for inner in FOLDERS))
    return [file for place in places for file in sorted(place.glob(f"{name}.jsonl"))]
