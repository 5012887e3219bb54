"""Conclusion that a claim draws from several cells, and what these come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Failing: TypeAlias = Literal["comparison", "figure", "row"]
"""Kinds of findings on what does not follow: shown otherwise, only not stated, or of other rows."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a claim says that stands in no cell, and what the cells come to.

    Attributes:
        start: offset in the claim of the words that conclude.
        end: offset after them.
        line: index of the line that it is said of, or that shows otherwise.
        holds: whether it follows; None where that is not sure, as more rows may exist elsewhere.
        said: what the cells have, or come to: for a reader, bounded in length; of the
            kind ``"row"`` the cell in whose place the claim has another one.
        note: what follows as a sentence, empty where it does not.
        kind: of the finding where it does not follow.
        lines: indexes of the lines that it rests on, the most telling first; some of them, where
            they are many, and none where one cell states it.
    """

    start: int
    end: int
    line: int
    holds: bool | None
    said: str
    note: str
    kind: Failing = "comparison"
    lines: tuple[int, ...] = ()
