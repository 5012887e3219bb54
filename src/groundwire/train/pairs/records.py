"""Training pairs from records and the texts that tell them, without labels.

A claim that the current verifier believes, given its record, is taken as supported, unless it has
words that tell a field which the record lacks. It is contradicted once a value that it tells is
another one in the record, and not stated once that field is gone: the edit is made to what is
given, and the claim stays as it was written. Which fields a claim tells is learned from all texts
(``Telling``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.claims import ClaimSplitter
from groundwire.errors import InputError
from groundwire.evidence.records import record_text
from groundwire.train.pairs import Pair
from groundwire.train.telling import LEAST_FIELDS, Record, Telling

BELIEVED = 0.5
"""Least probability of support at which a claim is taken as supported by its own record."""

CHANGED = 0.5
"""Share of the edits that change a value; the others take a field away."""

DATASET = "synthetic_edited"

Score = Callable[[list[tuple[str, str]]], Sequence[float]]
"""Probabilities of support of (premise, claim) pairs."""


FIELDS: tuple[Mapping[str, str], ...] = (
    {}, {"context": "mr", "target": "ref"}, {"context": "mr", "target": "text"},
)  # fmt: skip
"""Names of columns that are tried in turn: those of ``audit-data``, and of meaning
representations."""


@dataclass(frozen=True, slots=True)
class Told:
    """Records, each with a text that tells it.

    Attributes:
        rows: of a flat record of ``LEAST_FIELDS`` or more, and a text.
        read: rows of the input.
        unreadable: those of them that are none.
        other: those whose context is no such record.
    """

    rows: list[tuple[Record, str]]
    read: int
    unreadable: int
    other: int


def read_told(path: Path) -> Told:
    """Returns the training rows whose context is one record.

    Args:
        path: a file or folder, as ``groundwire train audit-data`` reads it.

    Raises:
        InputError: if it cannot be read, or no row has a record as its context.
    """
    found = Told([], 0, 0, 0)
    for fields in FIELDS:
        found = _read(path, fields)
        if found.rows:
            return found
    if not found.read:
        raise InputError(f"{path}: is empty; give training rows of records and texts")
    why = f"{found.unreadable} cannot be read" if found.unreadable else "they have others"
    raise InputError(
        f"{path}: none of its {found.read} rows has a record of {LEAST_FIELDS} fields or more as "
        f'its context ({why}), such as {{"context": {{"name": "Blue Spice", "area": "riverside"}}, '
        '"target": "Blue Spice is by the river."}: a record is a JSON object of plain values, or '
        "text like name[Blue Spice], area[riverside]; for prose use --documents"
    )


def _read(path: Path, fields: Mapping[str, str]) -> Told:
    from groundwire.train.data.options import DataOptions
    from groundwire.train.data.reading import read_examples

    rows: list[tuple[Record, str]] = []
    read = unreadable = other = 0
    for example in read_examples([str(path)], DataOptions(fields=fields)):
        read += 1
        rows += example.told
        unreadable += bool(example.problem)
        other += not example.told and not example.problem
    return Told(rows, read, unreadable, other)


def claims_told(rows: Iterable[tuple[Record, str]], most: int) -> list[tuple[Record, str]]:
    """Returns (record, claim) of the checkable claims of texts, each once, ``most`` at most."""
    splitter = ClaimSplitter()
    out: dict[tuple[str, str], tuple[Record, str]] = {}
    for record, text in rows:
        for claim in splitter.split(text):
            if claim.checkable:
                out.setdefault((record_text(record), claim.text), (record, claim.text))
        if len(out) >= most:
            break
    return list(out.values())[:most]


def edited_pairs(
    rows: Sequence[tuple[Record, str]], telling: Telling, score: Score, seed: int, limit: int
) -> list[Pair]:
    """Returns up to ``limit`` pairs, half of them supported.

    Args:
        rows: records, each with a text that tells it, mostly rightly.
        telling: which words tell which fields.
        score: the current verifier.
        seed: of the drawing.
        limit: most pairs.
    """
    rng = random.Random(f"{seed}-edited")
    rows = list(rows)
    rng.shuffle(rows)
    values = _values(record for record, _ in rows)
    told = claims_told(rows, limit)
    scores = score([(record_text(record), claim) for record, claim in told])
    pairs: list[Pair] = []
    for (record, claim), probability in zip(told, scores, strict=True):
        believed = probability >= BELIEVED and not telling.unstated(record, claim)
        keys = telling.keys(record, claim) if believed else []
        if keys and len(pairs) + 2 <= limit:
            edited, label = edit(record, rng.choice(keys), values, rng)
            pairs.append(Pair(record_text(record), claim, "supported", DATASET))
            pairs.append(Pair(record_text(edited), claim, label, DATASET))
    return pairs


def edit(
    record: Record, key: str, values: Mapping[str, Sequence[Any]], rng: random.Random
) -> tuple[Record, str]:
    """Returns a record with one field changed or gone, and the label of what told that field.

    Args:
        record: of ``LEAST_FIELDS`` or more.
        key: of the field.
        values: of each field, in other records.
        rng: draws.
    """
    others = [value for value in values[key] if value != record[key]]
    if others and rng.random() < CHANGED:
        return {**record, key: rng.choice(others)}, "contradicted"
    return {k: v for k, v in record.items() if k != key}, "not_enough"


def _values(records: Iterable[Record]) -> dict[str, list[Any]]:
    """The values of each field, in the order in which they come first."""
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        for key, value in record.items():
            found.setdefault(key, {}).setdefault(repr(value), value)
    return {key: list(each.values()) for key, each in found.items()}
