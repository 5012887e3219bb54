"""What an audit left out of its fields and ids, and which ids several answers have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np

from groundwire.audit.counts import counted
from groundwire.audit.formats.fields import IDS, LONGEST, MOST
from groundwire.audit.record import Record
from groundwire.audit.tally import Keys

NAMES = 1_000
"""Distinct names that are counted; what has another one is told of without it."""
SHOWN = 5
"""Names that a note lists."""


class Omitted:
    """Counts what records say that was left out of them, one record at a time."""

    def __init__(self) -> None:
        self._long: Counter[str] = Counter()
        self._unnamed = self._ids = self._crowded = self._more = 0

    def add(self, record: Record) -> None:
        """Counts what one record lacks."""
        left_out = record.get("left_out") or {"long": [], "more": 0}
        for name in left_out["long"]:
            if name in self._long or len(self._long) < NAMES:
                self._long[name] += 1
            else:
                self._unnamed += 1
        by_place = str(record["answer_id"]).startswith(record["place"])
        self._ids += by_place and not set(IDS).isdisjoint(left_out["long"])
        self._crowded += left_out["more"] > 0
        self._more += left_out["more"]

    def notes(self) -> Iterator[str]:
        """Yields a sentence for each kind of thing that was left out."""
        if self._long:
            ranked = sorted(self._long.items(), key=lambda item: (-item[1], item[0]))
            named = [f"{name} ({counted(n, 'answer')})" for name, n in ranked[:SHOWN]]
            others = sum(n for _, n in ranked[SHOWN:]) + self._unnamed
            rest = f", and {counted(others, 'value')} of other fields" if others else ""
            yield (
                f"Fields with a text of more than {LONGEST} characters were left out: "
                f"{', '.join(named)}{rest}."
            )
        if self._ids:
            yield (
                f"The id of {counted(self._ids, 'answer')} has more than {LONGEST} characters: "
                "the place in the input stands for it."
            )
        if self._more:
            yield (
                f"Of {counted(self._crowded, 'answer')}, {counted(self._more, 'further field')} "
                f"were left out: an answer keeps its first {MOST}, with names of at most {LONGEST} "
                "characters."
            )


def repeated_ids(ids: Keys) -> Sequence[str]:
    """Returns a sentence if answers have the id of another one, or else none.

    Args:
        ids: hashes of the ids: shape ``[N]``.
    """
    counts = np.unique(ids, return_counts=True)[1]
    shared = counts[counts > 1]
    if not len(shared):
        return ()
    return (
        f"{counted(int(shared.sum()), 'answer')} share {counted(len(shared), 'id')}: "
        "name them by their index where one of them is meant.",
    )
