"""Scan of training data, its first reading: what rows are alone, and beside each other."""

from __future__ import annotations

import hashlib
import heapq
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from groundwire.errors import InputError
from groundwire.text.words import split_table
from groundwire.train.alignment import Telling
from groundwire.train.data.duplicates import Keys, Near, NearIndex, Split, make_keys
from groundwire.train.data.lexicon import Lexicon
from groundwire.train.data.options import DataOptions
from groundwire.train.data.reading import Example, read_examples, select_parts

Ending: TypeAlias = Literal["whole", "open", "cut"]

MOST = 0.8
"""Share of texts that end with punctuation from which one that does not is told of."""

FEW = 20
"""Texts from which a share says something."""

_ENDED = re.compile(r"[.!?…。！？।؟።|`*_>\]})”’»\"'~]\s*$|```\s*$")
_GOES_ON = re.compile(r"(?:[,;(\[{“‘«&/+=]|\s[-–—])\s*$")
_WORD = re.compile(r"[^\W\d_]+")
_HANGING = frozenset(
    split_table(
        "a an the and or nor of with from because than into its their your my our whose which very"
    )
)


def classify_ending(text: str, known: str = "") -> Ending:
    """Returns how a text ends.

    ``cut`` if it breaks off: after a comma, an open bracket or a word such as "the", within a
    fence of code, or within a word of which ``known`` has the whole. ``open`` if it merely has no
    punctuation at its end.

    Args:
        text: not empty.
        known: what the text was given.
    """
    if text.count("```") % 2:
        return "cut"
    if _ENDED.search(text):
        return "whole"
    if _GOES_ON.search(text):
        return "cut"
    words = _WORD.findall(text)
    if not words or not text.rstrip().endswith(words[-1]):
        return "open"
    last = words[-1].casefold()
    if len(words) > 1 and last in _HANGING:
        return "cut"
    others = {word.casefold() for word in (*_WORD.findall(known), *words[:-1])}
    begun = len(last) > 1 and any(w.startswith(last) and len(w) > len(last) + 1 for w in others)
    return "cut" if begun and last not in others else "open"


_IN_GROUP = 4
"""Distinct targets of one context that are compared, each with the next."""


@dataclass(slots=True)
class Scan:
    """What a first reading finds, by row.

    Attributes:
        rows: how many there are.
        texts: that are checked.
        forms: rows by form.
        first_problem: what is wrong with the first row that could not be read.
        duplicates: the earlier row that a row is the same as.
        near: the earlier row that a row is nearly the same as.
        leaks: the rows of other splits that a row is.
        endings: ``"cut"`` or ``"open"``, for texts that do not end.
        ended: texts that do.
        pairs: rows of one context whose targets are compared.
        swaps: rows that name groups, drawn to have them swapped.
        known: the first row of each digest of a row (``duplicates.Keys``).
        splits: other splits.
        telling: how fields of records are told, of rows with one flat record and one text.
    """

    rows: int = 0
    texts: int = 0
    forms: Counter[str] = field(default_factory=Counter)
    first_problem: str = ""
    duplicates: dict[int, int] = field(default_factory=dict)
    near: dict[int, Near] = field(default_factory=dict)
    leaks: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    endings: dict[int, str] = field(default_factory=dict)
    ended: int = 0
    pairs: list[tuple[int, int]] = field(default_factory=list)
    swaps: list[int] = field(default_factory=list)
    known: dict[bytes, int] = field(default_factory=dict)
    splits: Sequence[Split] = ()
    telling: Telling = field(default_factory=Telling)

    def omits(self, example: Example) -> list[str]:
        """Returns the fields of its record that a row's text leaves out (``Telling.omitted``)."""
        alone = example.told if len(example.taught) == 1 and example.written.strip() else []
        return [key for told in alone for key in self.telling.omitted(*told)]

    def truncated(self, row: int) -> str:
        """Returns why a row seems to be cut off, or ``""``."""
        found = self.endings.get(row)
        texts = self.ended + len(self.endings)
        if found == "cut":
            return "breaks off"
        usual = texts >= FEW and self.ended >= MOST * texts
        return "does not end with punctuation, as most do" if found and usual else ""


def scan_data(
    inputs: Sequence[str],
    options: DataOptions,
    lexicon: Lexicon,
    progress: Callable[[int], None] | None = None,
) -> Scan:
    """Reads training data once.

    Memory holds keys of each row (about 300 bytes), and of rows unlike all others about 3 KB.

    Raises:
        InputError: if an input cannot be used, has no rows, or no row that can be read.
    """
    splits = [_split(name, options) for name in options.against]
    scanner = _Scanner(options, lexicon, splits)
    for example in read_examples(inputs, options):
        scanner.take(example)
        if progress is not None:
            progress(1)
    found = scanner.found
    named = ", ".join(inputs)
    if not found.rows:
        raise InputError(f"{named:.300}: has no rows; give training data with at least one")
    if not found.forms:
        raise InputError(f"no row can be read: {found.first_problem}")
    scanner.draw()
    return found


def _split(name: str, options: DataOptions) -> Split:
    split = Split(name, near=NearIndex(options.near) if options.near else None)
    split.include(read_examples([name], replace(options, limit=None, split=None)))
    if not split.rows:
        raise InputError(f"{name}: has no row that can be read; give another split with --against")
    return split


class _Scanner:
    def __init__(self, options: DataOptions, lexicon: Lexicon, splits: Sequence[Split]) -> None:
        self.found = Scan(splits=splits)
        self._options, self._lexicon = options, lexicon
        self._near = NearIndex(options.near) if options.near else None
        self._targets: dict[bytes, list[tuple[int, int]]] = {}
        self._named: list[tuple[int, int]] = []

    def take(self, example: Example) -> None:
        found = self.found
        found.rows += 1
        if example.problem:
            found.first_problem = found.first_problem or f"{example.place}: {example.problem}"
            return
        found.forms[example.form.name] += 1
        found.texts += len(select_parts(example))
        if not example.written.strip():
            return
        known = make_keys(example)
        leaks = [leak for split in found.splits if (leak := split.leak(known))]
        if leaks:
            found.leaks[example.row] = leaks
        first = found.known.setdefault(known.row, example.row)
        if first != example.row:
            found.duplicates[example.row] = first
            return
        self._alike(example.row, known)
        if len(example.taught) == 1:
            for told in example.told:
                found.telling.add(*told)
        self._ends(example)
        self._compare(example, known)
        if self._lexicon.groups_in(example.written):
            self._keep(example.row)

    def _alike(self, row: int, known: Keys) -> None:
        if self._near is None:
            return
        near = self._near.find(known)
        if near is None:
            self._near.add(row, known)
        else:
            self.found.near[row] = near

    def _ends(self, example: Example) -> None:
        how = [
            classify_ending(p.text, str(p.given.prompt)) for p in example.taught if p.text.strip()
        ]
        worst = "cut" if "cut" in how else "open" if "open" in how else "whole"
        if worst == "whole":
            self.found.ended += 1
        else:
            self.found.endings[example.row] = worst

    def _compare(self, example: Example, known: Keys) -> None:
        if len(example.taught) != 1 or not known.given or not self._options.pairs:
            return
        held = self._targets.setdefault(known.context, [])
        target = hash_text(known.written)
        if len(held) < _IN_GROUP and all(target != other for _, other in held):
            held.append((example.row, target))

    def _keep(self, row: int) -> None:
        """A uniform sample of fixed size, which the seed alone decides."""
        entry = (-hash_text(f"{self._options.seed}:{row}"), row)
        if len(self._named) < self._options.swaps:
            heapq.heappush(self._named, entry)
        elif self._named and entry > self._named[0]:
            heapq.heapreplace(self._named, entry)

    def draw(self) -> None:
        """Chooses the pairs of all that there are, and sorts what was drawn."""
        rows = [[row for row, _ in held] for held in self._targets.values()]
        pairs = [pair for held in rows for pair in pairwise(held)]
        pairs.sort(key=lambda pair: hash_text(f"{self._options.seed}:{pair}"))
        self.found.pairs = sorted(pairs[: self._options.pairs])
        self.found.swaps = sorted(row for _, row in self._named)


def hash_text(text: str) -> int:
    """Returns a number for a text, the same everywhere."""
    data = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big")
