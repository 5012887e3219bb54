"""Alignment of records with texts: which fields a text tells, learned without labels.

Each word of a text is taken to be written because of one value of its record, or of none; which
ones, is found by expectation maximization (model 1 of Brown et al. 1993, with pairs of words
beside words). A name that goes with a certain price does not tell it: the name explains itself.
Nothing is known of a field beforehand, neither how its values are said nor in which language.
"""

from __future__ import annotations

import random
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np

from groundwire.evidence.chunking import UNSPACED

Record: TypeAlias = Mapping[str, Any]
Source: TypeAlias = tuple[str, str | None]
"""A field and its value, written with ``repr``; None for any of its values that are rare."""

LEAST_FIELDS = 2
"""Fields below which there is nothing to tell apart."""

OFTEN = 20
"""Texts with a value from which it is known how that value is told."""

TIMES = 5
"""Texts with a word below which it is not counted."""

ROWS, PAIRS = 50_000, 4_000_000
"""Rows that are drawn to learn from, and words with fields in them, at most: about 300 MB."""

ROUNDS = 8
"""Of expectation maximization; more change little."""

NOTHING: Source = ("\0", None)
"""What writes the words that tell no field; ``ALONE`` times as likely as one field."""

ALONE = 2.0

STEM = 4
"""Letters from which a word is taken to be inflected where a longer one begins with it."""

TOLD = 0.5
"""Probability that a field wrote a word, from which the word tells it."""

SUSPECTED = 0.7
"""The same for a field that the record lacks, beside those that it has."""


def is_flat(record: Any) -> bool:
    """Whether something is a record of ``LEAST_FIELDS`` or more, with no records or lists in it."""
    return (
        isinstance(record, Mapping)
        and len(record) >= LEAST_FIELDS
        and not any(isinstance(value, Mapping | list | tuple) for value in record.values())
    )


class Telling:
    """Which words tell which values, by how often they stand together.

    It learns when it is first asked, and anew once texts were added. The same texts in the same
    order give the same answers.
    """

    def __init__(self) -> None:
        """Begins with no texts."""
        self._rows: list[tuple[Record, str]] = []
        self._seen = 0
        self._rng = random.Random(0)
        self._learned: _Learned | None = None

    def add(self, record: Record, text: str) -> None:
        """Takes a text to learn from; of more than ``ROWS``, a uniform sample is kept."""
        record = _stated(record)
        self._seen += 1
        if len(self._rows) < ROWS:
            self._rows.append((record, text))
        elif (place := self._rng.randrange(self._seen)) < ROWS:
            self._rows[place] = (record, text)
        else:
            return
        self._learned = None

    def keys(self, record: Record, text: str) -> list[str]:
        """Returns the fields of a record that a text tells, as far as words show it."""
        sure = self._sure(_stated(record), text)
        return [key for key, highest in sure.items() if highest >= TOLD]

    def omitted(self, record: Record, text: str) -> list[str]:
        """Returns the fields whose values are usually told by words of which a text has none.

        A value of which it is not known how it is told, and one that the text has word for word or
        inflected, are not among them.
        """
        usual = self._known().usual
        judged = self._judged(_stated(record), text)
        return [source[0] for source, told in judged if source in usual and not told]

    def covered(self, record: Record, text: str) -> float:
        """Returns the share of a record's fields that a text tells, 0 for an empty record.

        A rare value is told by half of its words; one that is frequent, and of which it is not
        known how it is told, is not counted.
        """
        unknown = self._known().often - self._known().usual
        judged = self._judged(_stated(record), text)
        told = [told for source, told in judged if source not in unknown]
        return sum(told) / len(told) if told else 0.0

    def unstated(self, record: Record, text: str) -> list[str]:
        """Returns fields that a record lacks, of which a text has words that tell their values.

        What it returns is a suspicion: words of a field that no record lacks are often others'.
        """
        record, known = _stated(record), self._known()
        sources = _sources(record, known.often)
        own, alone = [known.of(source) for source in sources], known.of(NOTHING)
        out: dict[str, None] = {}
        for word in _marks(text, _rare(record, sources)):
            total = sum(of.get(word, 0.0) for of in own) + ALONE * alone.get(word, 0.0)
            for key, chance in known.highest.get(word, {}).items():
                if key not in record and chance >= SUSPECTED * (chance + total):
                    out[key] = None
        return list(out)

    def _judged(self, record: Record, text: str) -> list[tuple[Source, bool]]:
        """Each field with its value, and whether a text tells it or has it word for word."""
        words = split_words(text)
        return [
            ((key, repr(record[key])), sure >= TOLD or _stands(record[key], words))
            for key, sure in self._sure(record, text).items()
        ]

    def _sure(self, record: Record, text: str) -> dict[str, float]:
        """The highest probability, for each field, that it wrote one of a text's words.

        A word of a rare value may tell another field, too: a name does, and a description.
        """
        known, said = self._known(), split_words(text)
        sources = _sources(record, known.often)
        words = [known.of(source) for source in sources]
        alone = known.of(NOTHING)
        best = [float(source[1] is None and _said(record[source[0]], said)) for source in sources]
        for word in _marks(text, frozenset()):
            weights = [of.get(word, 0.0) for of in words]
            total = sum(weights) + ALONE * alone.get(word, 0.0)
            if total:
                best = [max(b, weight / total) for b, weight in zip(best, weights, strict=True)]
        return dict(zip(record, best, strict=True))

    def _known(self) -> _Learned:
        if self._learned is None:
            self._learned = _learn(self._rows)
        return self._learned


def learn_alignment(rows: Iterable[tuple[Record, str]]) -> Telling:
    """Returns what texts teach about how fields are told."""
    telling = Telling()
    for record, text in rows:
        telling.add(record, text)
    return telling


@dataclass(frozen=True, slots=True)
class _Learned:
    """Probabilities of words by what they are written for.

    Attributes:
        words: of each source.
        highest: of each word, for the value of a field that writes it most.
        often: values of ``OFTEN`` texts or more.
        usual: those of them that most of their texts tell.
    """

    words: Mapping[Source, Mapping[str, float]]
    highest: Mapping[str, Mapping[str, float]]
    often: frozenset[Source]
    usual: frozenset[Source]

    def of(self, source: Source) -> Mapping[str, float]:
        return self.words.get(source, {})


def _sources(record: Record, often: frozenset[Source]) -> list[Source]:
    """What may have written the words of a record's text, aligned with its fields."""
    exact = ((key, repr(value)) for key, value in record.items())
    return [source if source in often else (source[0], None) for source in exact]


def _said(value: Any, words: frozenset[str]) -> bool:
    """Whether a text has half of the words of a value."""
    own = split_words(str(value))
    return len(own) > 0 and 2 * len(own & words) >= len(own)


def _stands(value: Any, words: frozenset[str]) -> bool:
    """Whether a text has all words of a value, or longer words that begin with them."""
    return all(
        own in words or (len(own) >= STEM and any(word.startswith(own) for word in words))
        for own in split_words(str(value))
    )


def _stated(record: Record) -> Record:
    """The fields of a record that say something."""
    return {key: value for key, value in record.items() if value is not None and value != ""}


def _rare(record: Record, sources: Sequence[Source]) -> frozenset[str]:
    """The words of rare values: written for these, of which nothing else is known."""
    rare = [str(record[key]) for key, value in sources if value is None]
    return frozenset().union(*map(split_words, rare))


def _marks(text: str, rare: frozenset[str]) -> list[str]:
    """Returns the words and pairs of words of a text, each once, without those of rare values."""
    words = _WORD.findall(text.casefold())
    pairs = [f"{a} {b}" for a, b in pairwise(words) if a not in rare and b not in rare]
    return list(dict.fromkeys([*(word for word in words if word not in rare), *pairs]))


def _learn(rows: Sequence[tuple[Record, str]]) -> _Learned:
    values = Counter((key, repr(value)) for record, _ in rows for key, value in record.items())
    often = frozenset(source for source, count in values.items() if count >= OFTEN)
    texts, budget = [], PAIRS
    for record, text in random.Random(0).sample(rows, len(rows)):
        sources = _sources(record, often)
        marks = _marks(text, _rare(record, sources))
        size = len(marks) * (len(sources) + 1)
        if size > budget:
            continue
        budget -= size
        texts.append((sources, marks))
    counts = Counter(mark for _, marks in texts for mark in marks)
    words = [mark for mark, count in counts.items() if count >= TIMES]
    if not words:
        return _Learned({}, {}, often, frozenset())
    named = [NOTHING, *dict.fromkeys(source for sources, _ in texts for source in sources)]
    chances, told, times = _expect(texts, words, named)
    usual = frozenset(
        source for i, source in enumerate(named) if source in often and told[i] > times[i] / 2
    )
    highest: dict[str, dict[str, float]] = {}
    for (key, value), of in chances.items():
        for word, chance in of.items() if value is not None else ():
            held = highest.setdefault(word, {})
            held[key] = max(chance, held.get(key, 0.0))
    return _Learned(chances, highest, often, usual)


def _expect(
    texts: Sequence[tuple[Sequence[Source], Sequence[str]]],
    words: Sequence[str],
    named: Sequence[Source],
) -> tuple[dict[Source, dict[str, float]], Any, Any]:
    """Returns the words of each source, and how many of its texts tell it, of how many."""
    word_ids = {word: i for i, word in enumerate(words)}
    source_ids = {source: i for i, source in enumerate(named)}
    word, text, source, place = array("i"), array("i"), array("i"), array("i")
    for number, (sources, marks) in enumerate(texts):
        ids = [0, *(source_ids[s] for s in sources)]
        for mark in marks:
            if (known := word_ids.get(mark)) is not None:
                source.extend(ids)
                place.extend([len(word)] * len(ids))
                word.append(known)
                text.append(number)
    of_source, at = np.frombuffer(source, np.int32), np.frombuffer(place, np.int32)
    pairs = of_source.astype(np.int64) * len(words) + np.frombuffer(word, np.int32)[at]
    kinds, pair = np.unique(pairs, return_inverse=True)
    del pairs
    pair, owner, chance = pair.astype(np.int32), kinds // len(words), np.ones(len(kinds))
    for _ in range(ROUNDS):
        share = _shares(chance, pair, of_source, at, len(word))
        sums = np.bincount(pair, share, minlength=len(kinds))
        chance = sums / np.bincount(owner, sums, minlength=len(named))[owner]
    tells = _shares(chance, pair, of_source, at, len(word)) >= TOLD
    seen = np.frombuffer(text, np.int32).astype(np.int64)[at] * len(named) + of_source
    told = np.bincount(np.unique(seen[tells]) % len(named), minlength=len(named))
    times = np.bincount(np.unique(seen) % len(named), minlength=len(named))
    out: dict[Source, dict[str, float]] = {}
    for i, kind, value in zip(owner.tolist(), (kinds % len(words)).tolist(), chance.tolist(),
                              strict=True):  # fmt: skip
        if value > 0:
            out.setdefault(named[i], {})[words[kind]] = value
    return out, told, times


def _shares(chance: Any, pair: Any, of_source: Any, at: Any, places: int) -> Any:
    """How probably each source of a text wrote each of its words."""
    weight = chance[pair]
    weight[of_source == 0] *= ALONE
    weight /= np.bincount(at, weight, minlength=places)[at]
    return weight


_WORD = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+|[£$€%]")


def split_words(text: str) -> frozenset[str]:
    """Returns the words of a text, without case."""
    return frozenset(_WORD.findall(text.casefold()))
