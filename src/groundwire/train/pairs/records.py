"""Records and the texts that tell them as training pairs, without labels.

A claim that the current verifier believes, given its record, is taken as supported, unless it has
words that tell a field which the record lacks. It is contradicted once a value that it tells is
another one in the record, and not stated once that field is gone: the edit is made to what is
given, and the claim stays as it was written. Which fields a claim tells is learned from all texts
(``Telling``).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.evidence.records import write_record
from groundwire.train.alignment import LEAST_FIELDS, Record, Telling
from groundwire.train.pairs.pairs import Pair

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


def collect_claims(rows: Iterable[tuple[Record, str]], most: int) -> list[tuple[Record, str]]:
    """Returns (record, claim) of the checkable claims of texts, each once, ``most`` at most."""
    splitter = ClaimSplitter()
    out: dict[tuple[str, str], tuple[Record, str]] = {}
    for record, text in rows:
        for claim in splitter.split(text):
            if claim.checkable:
                out.setdefault((write_record(record), claim.text), (record, claim.text))
        if len(out) >= most:
            break
    return list(out.values())[:most]


def make_edited_pairs(
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
    told = collect_claims(rows, limit)
    scores = score([(write_record(record), claim) for record, claim in told])
    pairs: list[Pair] = []
    for (record, claim), probability in zip(told, scores, strict=True):
        believed = probability >= BELIEVED and not telling.unstated(record, claim)
        keys = telling.keys(record, claim) if believed else []
        if keys and len(pairs) + 2 <= limit:
            edited, label = edit_record(record, rng.choice(keys), values, rng)
            pairs.append(Pair(write_record(record), claim, "supported", DATASET))
            pairs.append(Pair(write_record(edited), claim, label, DATASET))
    return pairs


def edit_record(
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


_SLOT = re.compile(r"(\w+)\[([^\]]*)\]")
_ACT = re.compile(r"(\w+)='?([^;')]+)'?")


def read_slots(row: Mapping[str, object]) -> dict[str, str]:
    """Reads ``slot[value], ...`` (E2E) and ``inform(slot='value';...)`` (RNNLG); else nothing."""
    text = str(row.get("mr", ""))
    if text.startswith("inform("):
        return dict(_ACT.findall(text[7:]))
    return dict(_SLOT.findall(text))


def _sentence(row: Mapping[str, object]) -> str:
    return " ".join(str(row.get("ref") or row.get("text") or "").split())


def _words(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key).replace("_", " ").lower()


def render_slots(slots: Mapping[str, str], rng: random.Random) -> str:
    """Returns slots in a drawn order as JSON, ``key = value`` or ``key: value`` text."""
    items = list(slots.items())
    rng.shuffle(items)
    style = rng.random()
    if style < 0.25:
        return json.dumps(dict(items))
    if style < 0.5:
        return "; ".join(f"{_words(k)} = {v}" for k, v in items)
    return " ".join(f"{_words(k)}: {v}." for k, v in items)


def _parse(rows: Iterable[Mapping[str, object]]) -> list[tuple[dict[str, str], str]]:
    parsed = [(read_slots(row), _sentence(row)) for row in rows]
    return [(s, text) for s, text in parsed if len(s) >= 2 and len(text.split()) >= 4]


def make_record_pairs(rows: Iterable[Mapping[str, object]], seed: int, limit: int) -> list[Pair]:
    """Returns pairs from meaning representations with a faithful sentence.

    The sentence is supported by its record, contradicted by the record with one value changed
    that the sentence names, and not stated by the record without that slot. A fifth of the
    records stand among one or two others, as rows of one table do.
    """
    rng = random.Random(f"{seed}-records")
    records = _parse(rows)
    values: dict[str, list[str]] = {}
    for slots, _ in records:
        for key, value in slots.items():
            if value not in values.setdefault(key, []):
                values[key].append(value)
    rng.shuffle(records)
    pairs: list[Pair] = []

    def add(slots: dict[str, str], sentence: str, label: str, value: str = "") -> None:
        texts = [render_slots(slots, rng)]
        if rng.random() < 0.2 and "name" in slots:
            others = [s for s, _ in rng.sample(records, min(2, len(records)))]
            texts += [
                render_slots(s, rng) for s in others if s.get("name") not in (None, slots["name"])
            ]
            rng.shuffle(texts)
        at = sentence.casefold().find(value.casefold()) if value else -1
        fault = (at, at + len(value)) if at >= 0 else None
        pairs.append(Pair(" ".join(texts), sentence, label, "synthetic_records", fault))

    for slots, sentence in records:
        if len(pairs) >= limit:
            break
        add(slots, sentence, "supported")
        said = [k for k, v in slots.items() if v.casefold() in sentence.casefold()]
        if said:
            key = rng.choice(said)
            other = [v for v in values[key] if v.casefold() not in sentence.casefold()]
            if rng.random() < 0.6 and other:
                add({**slots, key: rng.choice(other)}, sentence, "contradicted", slots[key])
            elif key != "name":
                fewer = {k: v for k, v in slots.items() if k != key}
                add(fewer, sentence, "not_enough", slots[key])
    return pairs[:limit]


def make_reference_pairs(rows: Iterable[Mapping[str, object]], seed: int, limit: int) -> list[Pair]:
    """Returns pairs of two sentences about records: paraphrases, and near ones that differ.

    A sentence supports another whose slots it has too, contradicts one that gives a slot
    another value, and does not state one with a further slot.
    """
    rng = random.Random(f"{seed}-references")
    named: dict[str, list[tuple[dict[str, str], str]]] = {}
    for slots, sentence in _parse(rows):
        if "name" in slots:
            named.setdefault(slots["name"], []).append((slots, sentence))
    groups = [group for group in named.values() if len(group) > 1]
    pairs: list[Pair] = []
    seen: set[tuple[str, str]] = set()
    counts = {"supported": 0, "contradicted": 0, "not_enough": 0}
    for _ in range(limit * 20):
        if len(pairs) >= limit or not groups:
            break
        group = rng.choice(groups)
        (known, premise), (claimed, claim) = rng.sample(group, 2)
        if premise == claim or (premise, claim) in seen:
            continue
        clash = [k for k, v in claimed.items() if k in known and known[k] != v]
        extra = [k for k in claimed if k not in known]
        label = "contradicted" if clash else "not_enough" if extra else "supported"
        if len(clash) > 1 or counts[label] > limit * (0.5 if label == "supported" else 0.25):
            continue
        seen.add((premise, claim))
        counts[label] += 1
        pairs.append(Pair(premise, claim, label, "synthetic_references"))
    return pairs
