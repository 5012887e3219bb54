"""Duplicates among rows, exact or near: keys, and MinHash through datasketch."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from groundwire.errors import InputError
from groundwire.train.data.reading import Example
from groundwire.train.data.records import write_context

PERMUTATIONS = 128
"""Of a MinHash: its similarity errs by about 0.09 at one standard deviation, at most."""

_SHINGLE = 3
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Keys:
    """What a row is known by.

    Attributes:
        row: a digest of all of its texts and what they were given.
        context: a digest of what it was given.
        given: what it was given, as words.
        written: what it teaches, as words.
    """

    row: bytes
    context: bytes
    given: str
    written: str


def make_keys(example: Example) -> Keys:
    """Returns the keys of a row; case, punctuation and white space do not matter."""
    given = " | ".join(_given(part.given) for part in example.parts)
    written = " | ".join(_words(part.text) for part in example.parts)
    return Keys(
        _digest([example.form.name, given, written, example.data.get("label")]),
        _digest(given), given, _words(example.written),
    )  # fmt: skip


def _given(given: Any) -> str:
    texts = [write_context(item) for item in given.evidence]
    return _words("\n".join([*texts, given.question or ""]))


def _words(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold())) or " ".join(text.split())


def _digest(value: object) -> bytes:
    data = json.dumps(value, default=repr).encode("ascii", "backslashreplace")
    return hashlib.blake2b(data, digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Near:
    """A row that is nearly another: its index, and the lower similarity of both halves."""

    row: int
    similarity: float


class NearIndex:
    """Finds rows whose target and context are both like those of one that was added.

    Similarity is that of sets of three words in a row. One row of each cluster is held, at about
    3 KB, so that many alike rows cost no more than one.
    """

    def __init__(self, threshold: float) -> None:
        """Takes the lowest similarity.

        Raises:
            InputError: if datasketch is not installed.
        """
        try:
            from datasketch import MinHashLSH  # type: ignore[import-untyped]
        except ImportError as error:
            raise InputError(
                "near duplicates need datasketch, which is not installed: "
                "pip install 'groundwire[train]', or look for none with --near 0"
            ) from error
        self._threshold = threshold
        self._lsh = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
        self._held: dict[int, tuple[Any, Any]] = {}

    def find(self, known: Keys) -> Near | None:
        """Returns the row that is most like this one, the earliest of equals, or None."""
        target, context = _hashes(known)
        best: Near | None = None
        for row in sorted(self._lsh.query(target)):
            other_target, other_context = self._held[row]
            alike = min(target.jaccard(other_target), context.jaccard(other_context))
            if alike >= self._threshold and (best is None or alike > best.similarity):
                best = Near(row, round(float(alike), 3))
        return best

    def add(self, row: int, known: Keys) -> None:
        """Holds a row."""
        self._held[row] = _hashes(known)
        self._lsh.insert(row, self._held[row][0])


def _hashes(known: Keys) -> tuple[Any, Any]:
    return _minhash(known.written), _minhash(known.given)


@lru_cache(maxsize=1024)
def _minhash(text: str) -> Any:
    from datasketch import LeanMinHash, MinHash

    words = text.split()
    shingles = {" ".join(words[i : i + _SHINGLE]) for i in range(max(1, len(words) - _SHINGLE + 1))}
    made = MinHash(num_perm=PERMUTATIONS, seed=1)
    made.update_batch([s.encode("utf-8", "surrogatepass") for s in sorted(shingles)])
    return LeanMinHash(made)


@dataclass(slots=True)
class Split:
    """Another split, in which no row of the data may occur."""

    name: str
    rows: dict[bytes, int] = field(default_factory=dict)
    contexts: dict[bytes, int] = field(default_factory=dict)
    near: NearIndex | None = None

    def include(self, examples: Iterable[Example]) -> None:
        """Takes its rows in."""
        for example in examples:
            if example.problem or not example.written.strip():
                continue
            known = make_keys(example)
            if known.row in self.rows:
                continue
            self.rows[known.row] = example.row
            if known.given:
                self.contexts.setdefault(known.context, example.row)
            if self.near is not None and self.near.find(known) is None:
                self.near.add(example.row, known)

    def leak(self, known: Keys) -> dict[str, Any] | None:
        """Returns which of its rows a row is: the same, of the same context, or nearly."""
        for kind, held, key in (
            ("row", self.rows, known.row), ("context", self.contexts, known.context),
        ):  # fmt: skip
            if key in held and (kind == "row" or known.given):
                return {"against": self.name, "row": held[key], "kind": kind}
        near = None if self.near is None else self.near.find(known)
        if near is None:
            return None
        return {
            "against": self.name, "row": near.row, "kind": "near", "similarity": near.similarity,
        }  # fmt: skip
