"""One value that a text states."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "number", "ordinal", "percent", "money", "quantity", "date", "time", "decade"
]
Bound: TypeAlias = Literal["", "~", ">", "<"]


@dataclass(frozen=True, slots=True)
class Value:
    """A value and where the text states it.

    Attributes:
        kind: what sort of value it is.
        start: offset of the first character.
        end: offset after the last character.
        text: exactly ``source[start:end]``.
        key: the comparable form: ``(amount,)`` in the base unit, ``(year, month, day)`` with
            None for what is not said, or ``(minutes after midnight,)``.
        unit: the base unit (``"s"``, ``"g"``, ``"USD"``, ``"%"``), None for bare numbers.
        step: size of the last place written (``1e6`` for ``181 million``), in the base unit.
        bound: ``"~"`` for "about", ``">"`` for "over", ``"<"`` for "under", else empty; of a
            date, ``"<"`` for "before" and ``">"`` for "after".
        rate: the span of time that it is stated for (``"day"`` for "per day"), else empty.
    """

    kind: Kind
    start: int
    end: int
    text: str
    key: tuple[float | None, ...]
    unit: str | None = None
    step: float = 0.0
    bound: Bound = ""
    rate: str = ""

    @property
    def approximate(self) -> bool:
        """Whether the text says that the value is not exact."""
        return bool(self.bound)
