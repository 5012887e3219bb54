"""Retrievers over the lists that components are set up with, made once for each list."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock
from typing import Any

from groundwire.evidence.oneoff import one_off
from groundwire.protocols import Retriever

KEPT = 16
"""Lists whose retrievers are kept at a time; of more, those used longest ago are forgotten."""


class _Shelf:
    """A list, what was in it, and a retriever over that; the first who asks makes it."""

    def __init__(self, evidence: Sequence[Any]) -> None:
        self.evidence = evidence
        self.items = tuple(evidence)
        self._lock = Lock()
        self._retriever: Retriever | None = None

    def is_of(self, evidence: Sequence[Any]) -> bool:
        """Whether it holds this list, with the same items in it as when it was made."""
        same = self.evidence is evidence and len(self.items) == len(evidence)
        return same and all(a is b for a, b in zip(self.items, evidence, strict=True))

    def retriever(self) -> Retriever:
        """The retriever; threads wait for one that is being made."""
        with self._lock:
            if self._retriever is None:
                self._retriever = one_off(list(self.items))
            return self._retriever


_shelves: OrderedDict[int, _Shelf] = OrderedDict()
_lock = Lock()


def shelved(evidence: Sequence[Any]) -> Any:
    """Returns a retriever over a list that a component was given; an empty list stays one.

    It is kept by the identity of the list, and made anew where an item was added, taken away or
    put in another's place. An item that is changed inside is not noticed.

    Raises:
        InputError: if the evidence is of no known kind.
    """
    if not evidence:
        return evidence
    with _lock:
        shelf = _shelves.pop(id(evidence), None)
        if shelf is None or not shelf.is_of(evidence):
            shelf = _Shelf(evidence)
        _shelves[id(evidence)] = shelf
        while len(_shelves) > KEPT:
            _shelves.popitem(last=False)
    return shelf.retriever()
