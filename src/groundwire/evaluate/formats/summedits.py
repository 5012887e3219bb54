"""SummEdits: edited summaries of ten domains, consistent or not.

P. Laban et al., "SummEdits: Measuring LLM Ability at Factual Reasoning Through The Lens of
Summarization", EMNLP 2023. One array ``summedits_<domain>.json`` for each domain, of objects with
``id``, ``doc``, ``summary``, ``label`` (1 consistent, 0 not), ``original_summary`` and
``edit_types``; other editions put all rows in one file with a field ``domain``. The authors
report balanced accuracy for each domain, and the mean over the domains.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwire.errors import InputError
from groundwire.evaluate.formats.rows import Example, read_first_keys, read_rows
from groundwire.evaluate.pairs import LabelledPair

FIELDS = frozenset({"doc", "summary", "label"})
PREFIX = "summedits_"


def is_summedits(path: Path) -> bool:
    """Whether it is a file of such rows, or a folder with a file for each domain."""
    if path.is_file():
        return read_first_keys(path) >= FIELDS
    return bool(_files(path))


def read_examples(path: Path, split: str) -> Iterator[Example]:
    """Yields all rows; SummEdits has one split.

    Raises:
        InputError: if there is no file or a field is missing or of a wrong kind.
    """
    files = [path] if path.is_file() else _files(path)
    if not files:
        raise InputError(f"{path}: has no file {PREFIX}<domain>.json")
    for file in files:
        by_name = file.name.split(".")[0].removeprefix(PREFIX)
        for row in read_rows(file):
            domain = row.text("domain") if "domain" in row.data else by_name
            name = row.name("id") if "id" in row.data else f"{by_name}-{row.number}"
            supported = row.binary("label")
            pair = LabelledPair(name, row.text("doc"), row.text("summary"), supported)
            yield Example(pair, {domain: supported})


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"{PREFIX}*.json"))
