"""Columns of answers' fields: categories, bins of numbers, and times.

A field of at most ``MOST`` distinct values is a category; numbers of more are cut into ``BINS``
parts of equal count. Of a value 4 to 12 bytes stay, and nothing of a field of more distinct texts.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

import numpy as np

from groundwire.audit.figures.tally import Floats, Ints
from groundwire.audit.items import Scalar

MOST = 50
BINS = 5
FEW_NUMBERS = 10
"""Distinct numbers up to which each is a category of its own."""
FIELDS = 100
"""Fields beyond which records are no table, and only named fields are kept."""
TIME_FIELDS = ("time", "timestamp", "datetime", "date", "created_at", "created", "start_time")
"""Names under which a time is looked for, the first that most answers have."""


@dataclass(slots=True)
class _Column:
    """One field; ``codes`` and ``numbers`` become None once they cannot serve."""

    codes: array[int] | None = field(default_factory=lambda: array("i"))
    names: dict[str, int] = field(default_factory=dict)
    numbers: array[float] | None = field(default_factory=lambda: array("d"))

    def add(self, position: int, value: Scalar) -> None:
        if self.numbers is not None:
            number = _number(value)
            if number is None:
                self.numbers = None
            else:
                self.numbers.extend([math.nan] * (position - len(self.numbers)))
                self.numbers.append(number)
        if self.codes is None:
            return
        code = self.names.setdefault(name_value(value), len(self.names) + 1)
        if code > MOST:
            self.codes, self.names = None, {}
            return
        self.codes.extend([0] * (position - len(self.codes)))
        self.codes.append(code)

    def slices(self, count: int) -> tuple[list[str], Ints] | None:
        """Names and, for each of ``count`` answers, the place of its own, or -1."""
        many = self.codes is None or len(self.names) > FEW_NUMBERS
        if self.numbers is not None and many:
            return _binned(_padded(self.numbers, count, math.nan))
        if self.codes is None:
            return None
        names = sorted(self.names)
        places = np.full(len(names) + 1, -1, dtype=np.int64)
        places[[self.names[name] for name in names]] = np.arange(len(names))
        return names, places[_padded(self.codes, count, 0).astype(np.int64)]


class Columns:
    """Fields of records, gathered one record at a time in the order of the file."""

    def __init__(self, names: Sequence[str] | None = None, time_field: str | None = None) -> None:
        """Names the fields.

        Args:
            names: fields to slice by; None for all.
            time_field: the field that holds a time; None to look for one.
        """
        self._wanted = None if names is None else set(names)
        self._time_names = TIME_FIELDS if time_field is None else (time_field,)
        self._columns: dict[str, _Column] = {}
        self._times = {name: array("d") for name in self._time_names}
        self.crowded = False
        self.rows = 0

    def add(self, fields: Mapping[str, Scalar]) -> None:
        """Takes the fields of the next record."""
        for name, value in fields.items():
            if name in self._times:
                times = self._times[name]
                times.extend([math.nan] * (self.rows - len(times)))
                times.append(parse_time(value))
            if (self._wanted is None and not self.crowded) or name in (self._wanted or ()):
                self._columns.setdefault(name, _Column()).add(self.rows, value)
        if self._wanted is None and len(self._columns) > FIELDS:
            self.crowded, self._columns = True, {}
        self.rows += 1

    def times(self) -> tuple[str, Floats] | None:
        """Returns the field of times and the seconds since 1970 of each record (nan for none)."""
        for name in self._time_names:
            times = _padded(self._times[name], self.rows, math.nan)
            known = np.isfinite(times).sum()
            if known and (2 * known >= self.rows or len(self._time_names) == 1):
                return name, times
        return None

    def slices(self) -> dict[str, tuple[list[str], Ints]]:
        """Returns, by field, the names of its slices and each record's place among them, or -1."""
        found = {name: self._columns[name].slices(self.rows) for name in sorted(self._columns)}
        return {name: cut for name, cut in found.items() if cut is not None}

    def missing(self) -> list[str]:
        """Returns the fields that were asked for and that no record has."""
        return sorted((self._wanted or set()) - set(self._columns))


def name_value(value: Scalar) -> str:
    """Returns a value as a slice is called: ``true``, ``3``, ``3.5``, or the text itself."""
    if isinstance(value, bool):
        return "true" if value else "false"
    number = _number(value)
    return str(value) if number is None else f"{number:.15g}"


def _number(value: Scalar) -> float | None:
    """A number as a float; None for other values, and for integers that are too large."""
    try:
        return None if isinstance(value, bool | str) else float(value)
    except OverflowError:
        return None


def parse_time(value: Scalar) -> float:
    """Returns the seconds since 1970 of an ISO 8601 date or an epoch time; nan for others.

    Epoch times may count seconds, milliseconds, microseconds or nanoseconds: the unit is the one
    that puts them between 1973 and 2286. A time without a zone is taken as UTC.
    """
    if isinstance(value, str):
        text = value.strip()
        if not (text.isdecimal() and len(text) >= 9):
            return _iso(text)
        value = int(text[:20])
    number = _number(value)
    if number is not None:
        for unit in (1, 1e3, 1e6, 1e9):
            if 1e8 <= number / unit < 1e10:
                return number / unit
    return math.nan


def _iso(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return math.nan


def _padded(values: array[int] | array[float], count: int, empty: float) -> Floats:
    out = np.full(count, empty)
    out[: len(values)] = values
    return out


def _binned(numbers: Floats) -> tuple[list[str], Ints] | None:
    known = np.isfinite(numbers)
    if not known.any():
        return None
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, BINS + 1)))
    places = np.clip(np.searchsorted(edges, numbers, side="right") - 1, 0, max(0, len(edges) - 2))
    ends = list(pairwise(edges)) or [(edges[0], edges[0])]
    names = [f"{low:.4g} to {high:.4g}" for low, high in ends]
    return names, np.where(known, places, -1).astype(np.int64)
