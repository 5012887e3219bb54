"""Reading of training rows from files and saved datasets, as a stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from groundwire.audit.hashing import hash_files
from groundwire.audit.items import Item
from groundwire.errors import InputError
from groundwire.io.files import read_rows
from groundwire.io.paths import STDIN, expand_paths
from groundwire.io.rows import Rejected, Row
from groundwire.io.tables import convert_value
from groundwire.train.alignment import Record
from groundwire.train.data.forms import FORMS, Form, Part, list_parts, normalize_row
from groundwire.train.data.options import DataOptions

_LONGEST = 64 * 2**20
_SAVED = ("dataset_dict.json", "state.json")


@dataclass(frozen=True, slots=True)
class Example:
    """One row of training data.

    Attributes:
        row: its index in the input, from 0, over all files.
        place: where it was read, such as ``"train.jsonl:12"``.
        form: its form.
        data: its columns, with the names of the form.
        parts: the texts of it that are checked.
        problem: why it could not be read; it has no parts then.
        talk: the name that the column ``messages`` has in the input, where it is another.
    """

    row: int
    place: str
    form: Form = FORMS[0]
    data: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    problem: str = ""
    talk: str = ""

    @property
    def taught(self) -> tuple[Part, ...]:
        """The parts that it teaches."""
        return tuple(part for part in self.parts if part.taught)

    @property
    def written(self) -> str:
        """The texts that it teaches, or if it teaches none, all of its texts."""
        return "\n".join(part.text for part in self.taught or self.parts)

    @property
    def told(self) -> list[tuple[Record, str]]:
        """Of each text that it teaches with one flat record as its evidence, both."""
        return [(record, part.text) for part in self.taught if (record := part.record) is not None]


def read_examples(inputs: Sequence[str], options: DataOptions) -> Iterator[Example]:
    """Reads training rows; memory does not grow with the files.

    Inputs are files as ``groundwire audit`` reads them (JSON lines, JSON, CSV, Parquet, compressed
    or not), folders of such, and folders that ``datasets`` saved with ``save_to_disk``.

    Yields:
        Every row, those too that cannot be read.

    Raises:
        InputError: if an input is missing or cannot be opened, or the ``datasets`` package is
            needed and not installed.
    """
    found = chain.from_iterable(_rows(name, options) for name in inputs)
    for number, row in enumerate(islice(found, options.limit)):
        yield _example(number, row, options)


def _example(number: int, row: Row | Rejected, options: DataOptions) -> Example:
    if isinstance(row, Rejected):
        return Example(number, row.place, problem=row.cause)
    try:
        form, data = normalize_row(row.data, options.fields, options.form)
        json.dumps(data, allow_nan=False)
        parts = tuple(list_parts(form, data))
        return Example(number, row.place, form, data, parts, talk=_find_talk(row.data, data))
    except InputError as error:
        return Example(number, row.place, data=row.data, problem=str(error)[:500])
    except (TypeError, ValueError) as error:
        return Example(number, row.place, problem=f"holds what JSON cannot ({error!s:.200})")
    except RecursionError:
        return Example(number, row.place, problem="nested too deeply; flatten it")


def _find_talk(given: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    """The column of the input that became ``messages``, if it was called otherwise."""
    talk = data.get("messages")
    same = (key for key, value in given.items() if value is talk and key not in data)
    return next(same, "") if talk is not None else ""


def make_items(examples: Iterator[Example]) -> Iterator[Item]:
    """Yields the texts to check, in the order in which ``checked`` expects their records."""
    for example in examples:
        for part in select_parts(example):
            yield Item(
                f"{example.row}:{part.name}", part.text, part.given.question, part.given.evidence,
                {"row": example.row, "part": part.name}, example.place,
            )  # fmt: skip


def select_parts(example: Example) -> list[Part]:
    """Returns the parts of a row that have a text."""
    return [part for part in example.parts if part.text.strip()]


def hash_inputs(inputs: Sequence[str]) -> list[dict[str, Any]]:
    """Returns the name, size and sha256 of each file of the inputs.

    Raises:
        InputError: if one cannot be read, or is standard input, which can be read once only.
    """
    names: list[str] = []
    for name in inputs:
        if name == STDIN:
            raise InputError("training data are read more than once: save them as a file, not -")
        folder = Path(name)
        if is_saved_dataset(folder):
            names += sorted(str(path) for path in folder.rglob("*") if path.is_file())
        else:
            names += expand_paths([name])
    return hash_files(names)


def is_saved_dataset(folder: Path) -> bool:
    """Whether ``datasets`` saved something in a folder."""
    return any((folder / name).is_file() for name in _SAVED)


def _rows(name: str, options: DataOptions) -> Iterator[Row | Rejected]:
    if is_saved_dataset(Path(name)):
        yield from _dataset(Path(name), options.split)
        return
    if options.split is not None:
        raise InputError(f"{name}: --split is for a folder saved with save_to_disk")
    for file in expand_paths([name]):
        yield from read_rows(file, options.format, _LONGEST)


def _dataset(folder: Path, split: str | None) -> Iterator[Row | Rejected]:
    loaded = _loaded(folder)
    if isinstance(loaded, dict):
        names = ", ".join(map(str, loaded))
        if split is None and len(loaded) == 1:
            (split,) = loaded
        if split not in loaded:
            which = "no split is named" if split is None else f"no split {split!r:.60}"
            raise InputError(f"{folder}: {which}; give one with --split: {names}")
        loaded = loaded[split]
    elif split is not None:
        raise InputError(f"{folder}: has no splits; leave --split out")
    with _told(folder):
        plainly = loaded.with_format(None)
    for number in range(len(plainly)):
        place = f"{folder}:{number + 1}"
        with _told(folder):
            data = convert_value(plainly[number])
        yield Row(place, data)


def _loaded(folder: Path) -> Any:
    try:
        from datasets import load_from_disk  # type: ignore[import-untyped]
    except ImportError as error:
        raise InputError(
            f"{folder}: a saved dataset needs datasets, which is not installed: "
            "pip install 'groundwire[train]'"
        ) from error
    with _told(folder):
        return load_from_disk(str(folder))


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except InputError:
        raise
    except Exception as error:  # of many kinds, as the files are
        raise InputError(
            f"{folder}: cannot be read as a saved dataset ({error!s:.200}); save it again with "
            "save_to_disk, or as Parquet"
        ) from error
