"""Trimming of records: without the fields that their texts omit, checked and compared anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from groundwire.audit.formats.messages import read_turns
from groundwire.audit.items import Item
from groundwire.train.data.checks import read_records
from groundwire.train.data.context import find_plain_content, is_talk, replace_spoken
from groundwire.train.data.duplicates import make_keys
from groundwire.train.data.forms import list_parts
from groundwire.train.data.judged import Judged, find_lowest_score, label_text
from groundwire.train.data.reading import Example
from groundwire.train.data.records import drop_fields
from groundwire.train.data.scan import Scan


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A row without what its text omits.

    Attributes:
        data: its columns, the record in one of them in the form that it had.
        weight: the lowest score of a claim with that record.
    """

    data: Mapping[str, Any]
    weight: float


def make_trim_items(rows: Iterable[tuple[Example, Judged]], scan: Scan) -> Iterator[Item]:
    """Yields the texts that omit fields, to be checked without these; unfaithful ones are none."""
    for example, judged in rows:
        data = trim_row(example, scan)
        if data is None or judged.label == "unfaithful":
            continue
        (part,) = (part for part in list_parts(example.form, data) if part.taught)
        yield Item(
            f"{example.row}:{part.name}", part.text, part.given.question, part.given.evidence,
            {"row": example.row}, example.place,
        )  # fmt: skip


def trim_row(example: Example, scan: Scan) -> dict[str, Any] | None:
    """Returns a row's columns without the fields that its text omits.

    Returns:
        None where it omits none, or where its record does not stand in one place.
    """
    omitted = scan.omits(example)
    columns = example.form.given or example.form.written
    values = {key: example.data.get(key) for key in columns} if omitted else {}
    shorter = {key: trim_column(value, omitted) for key, value in values.items()}
    changed = {key: value for key, value in shorter.items() if value is not None}
    return {**example.data, **changed} if len(changed) == 1 else None


def trim_column(value: Any, keys: Collection[str]) -> Any:
    """A column without fields of the one record in it, or None."""
    if not is_talk(value):
        shorter = drop_fields(value, keys)
        return None if shorter == value else shorter
    told = [
        turn for turn in read_turns(value)
        if turn.role != "assistant" and turn.text == find_plain_content(value[turn.position])
    ]  # fmt: skip
    found = [(turn.position, trim_column(turn.text, keys)) for turn in told]
    changed = [(place, text) for place, text in found if text is not None]
    if len(changed) != 1:
        return None
    (place, text), *_ = changed
    return replace_spoken(value, f"[{place}]", text)


class Trimming:
    """The rows whose texts hold without the fields that they omit."""

    def __init__(self, folder: Path | None, scan: Scan) -> None:
        """Reads the check of the trimmed rows; without one, no row is trimmed."""
        self._scan = scan
        self._seen: dict[bytes, int] = {}
        self._weights: dict[int, float] = {}
        for record in read_records(folder) if folder is not None else ():
            if label_text(record)[0] == "faithful":
                weight = find_lowest_score(record["report"]["verdicts"])
                self._weights[record["fields"]["row"]] = weight

    def of(self, example: Example) -> Trimmed | None:
        """Returns a row trimmed, or None where it stays as it is; each row is asked once.

        Rows that differed in what their texts omit may become the same, or that of another split:
        the scan is told.
        """
        weight = self._weights.get(example.row)
        if weight is None:
            return None
        data = trim_row(example, self._scan)
        assert data is not None  # it was checked so
        known = make_keys(replace(example, data=data, parts=tuple(list_parts(example.form, data))))
        same = self._scan.known.get(known.row, self._seen.setdefault(known.row, example.row))
        if same != example.row:
            self._scan.duplicates.setdefault(example.row, same)
        if leaks := [leak for split in self._scan.splits if (leak := split.leak(known))]:
            self._scan.leaks.setdefault(example.row, leaks)
        return Trimmed(data, weight)
