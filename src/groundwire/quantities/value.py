"""Value of a text: what it states, where, and in which form it can be compared."""

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
        unit: the base unit (``"s"``, ``"g"``, ``"USD"``, ``"%"``, ``"pp"`` for percentage
            points), None for bare numbers; of a date ``"quarter"`` where its month is the first
            of one.
        step: size of the last place written (``1e6`` for ``181 million``), in the base unit.
        bound: ``"~"`` for "about", ``">"`` for "over", ``"<"`` for "under", else empty; of a
            date, ``"<"`` for "before" and ``">"`` for "after".
        rate: what it is stated for (``"day"`` for "per day", ``"kg"`` for "/kg"), else empty.
        amount: the number as it is written, before its unit is converted.
        factor: what the amount is multiplied with to be in the base unit.
        zone: of a time, minutes ahead of UTC (``"+60"``) or the name of its zone, else empty.
        at: of a date and a time that stand together with a zone, minutes since the year 1 in UTC.
        exact: whether the text says "exactly".
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
    amount: float | None = None
    factor: float = 1.0
    zone: str = ""
    at: float | None = None
    exact: bool = False

    @property
    def approximate(self) -> bool:
        """Whether the text says that the value is not exact."""
        return bool(self.bound)


def trim_float(number: float) -> float:
    """Returns a number to twelve significant digits, so that conversions leave no dust."""
    return float(f"{number:.12g}")
