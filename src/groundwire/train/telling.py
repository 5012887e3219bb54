"""Which fields of a record a text tells, learned from many records and texts without labels.

A word tells a value if it stands more often in texts about records with that value than in
others, as alignments are found in statistical translation (Brown et al. 1993). Nothing is known of
a field beforehand, neither how its values are said nor in which language.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, TypeAlias

Record: TypeAlias = Mapping[str, Any]

LEAST_FIELDS = 2
"""Fields below which there is nothing to tell apart."""

LIFT, TIMES = 1.5, 5
"""How much more often a word stands with a value than without, and how often at least."""

OFTEN = 20
"""Texts with a value from which it is known how that value is told."""

OPEN = 200
"""Values of a field above which it is no choice among some, and is not counted."""


def is_flat(record: Any) -> bool:
    """Whether something is a record of ``LEAST_FIELDS`` or more, with no records or lists in it."""
    return (
        isinstance(record, Mapping)
        and len(record) >= LEAST_FIELDS
        and not any(isinstance(value, Mapping | list | tuple) for value in record.values())
    )


class Telling:
    """Which words tell which values, by how often they stand together.

    Memory holds one number for each word with each value of a field, of which there are ``OPEN``
    at most.
    """

    def __init__(self) -> None:
        """Begins with no texts."""
        self._texts = 0
        self._words: Counter[str] = Counter()
        self._values: dict[str, Counter[str]] = {}
        self._both: dict[str, Counter[tuple[str, str]]] = {}
        self._telling: dict[tuple[str, str], frozenset[str]] = {}

    def add(self, record: Record, text: str) -> None:
        """Counts the words of a text with the values of its record."""
        words = words_in(text)
        self._texts += 1
        self._words.update(words)
        self._telling.clear()
        for key, value in record.items():
            values, said = self._values.setdefault(key, Counter()), repr(value)
            if len(values) > OPEN:
                continue
            values[said] += 1
            if len(values) > OPEN:
                self._both.pop(key, None)
            else:
                both = self._both.setdefault(key, Counter())
                both.update((said, word) for word in words)

    def keys(self, record: Record, text: str) -> list[str]:
        """Returns the fields of a record that a text tells, as far as words show it."""
        words = words_in(text)
        return [key for key, value in record.items() if words & self._tells(key, repr(value))]

    def omitted(self, record: Record, text: str) -> list[str]:
        """Returns the fields whose values are usually told by words of which a text has none.

        A value of which it is not known how it is told, and one that the text has word for word,
        are not among them.
        """
        words = words_in(text)
        return [
            key for key, value in record.items()
            if self._values.get(key, _NONE)[repr(value)] >= OFTEN
            and (telling := self._tells(key, repr(value))) and not telling & words
            and not words_in(str(value)) <= words
        ]  # fmt: skip

    def _tells(self, key: str, value: str) -> frozenset[str]:
        """The words that tell a value."""
        known = self._telling.get((key, value))
        if known is None:
            both, times = self._both.get(key, Counter()), self._values.get(key, _NONE)[value]
            known = frozenset(
                word for word, count in self._words.items()
                if both[value, word] >= TIMES
                and both[value, word] * self._texts >= LIFT * count * times
            )  # fmt: skip
            self._telling[key, value] = known
        return known


_NONE: Counter[str] = Counter()


def words_in(text: str) -> frozenset[str]:
    """Returns the words of a text, without case."""
    return frozenset(re.findall(r"\w+", text.casefold()))
