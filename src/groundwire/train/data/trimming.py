"""Records without the fields that their texts omit, checked and compared anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from groundwire.audit.items import Item
from groundwire.train.data.checks import records
from groundwire.train.data.duplicates import keys
from groundwire.train.data.forms import parts
from groundwire.train.data.given import given_by_context
from groundwire.train.data.judged import Judged, label_of, lowest
from groundwire.train.data.meaning import without
from groundwire.train.data.reading import Example, to_check
from groundwire.train.data.scan import Scan


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A row's context without what its text omits.

    Attributes:
        context: in the form that it had.
        weight: the lowest score of a claim with that context.
    """

    context: Any
    weight: float


def trim_items(rows: Iterable[tuple[Example, Judged]], scan: Scan) -> Iterator[Item]:
    """Yields the texts that omit fields, to be checked without these; unfaithful ones are none."""
    for example, judged in rows:
        context = trimmed_context(example, scan)
        if context is None or judged.label == "unfaithful":
            continue
        (part,) = to_check(example)
        given = given_by_context(context)
        yield Item(
            f"{example.row}:{part.name}", part.text, given.question, given.evidence,
            {"row": example.row}, example.place,
        )  # fmt: skip


def trimmed_context(example: Example, scan: Scan) -> Any:
    """Returns a row's context without the fields that its text omits; None where it omits none."""
    omitted = scan.omits(example) if example.form.stated else []
    return without(example.data[example.form.given[0]], omitted) if omitted else None


class Trimming:
    """The rows whose texts hold without the fields that they omit."""

    def __init__(self, folder: Path | None, scan: Scan) -> None:
        """Reads the check of the trimmed rows; without one, no row is trimmed."""
        self._scan = scan
        self._seen: dict[bytes, int] = {}
        self._weights: dict[int, float] = {}
        for record in records(folder) if folder is not None else ():
            if label_of(record)[0] == "faithful":
                weight = lowest(record["report"]["verdicts"])
                self._weights[record["fields"]["row"]] = weight

    def of(self, example: Example) -> Trimmed | None:
        """Returns a row's trimmed context, or None where it stays as it is; each row is asked once.

        Rows that differed in what their texts omit may become the same, or that of another split:
        the scan is told.
        """
        weight = self._weights.get(example.row)
        if weight is None:
            return None
        context = trimmed_context(example, self._scan)
        data = {**example.data, example.form.given[0]: context}
        known = keys(replace(example, data=data, parts=tuple(parts(example.form, data))))
        same = self._scan.known.get(known.row, self._seen.setdefault(known.row, example.row))
        if same != example.row:
            self._scan.duplicates.setdefault(example.row, same)
        if leaks := [leak for split in self._scan.splits if (leak := split.leak(known))]:
            self._scan.leaks.setdefault(example.row, leaks)
        return Trimmed(context, weight)
