"""Labelled pairs from meaning representations (records with a sentence that says them)."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterable, Mapping

from groundwire.train.pairs import Pair

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


def render(slots: Mapping[str, str], rng: random.Random) -> str:
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


def from_records(rows: Iterable[Mapping[str, object]], seed: int, limit: int) -> list[Pair]:
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
        texts = [render(slots, rng)]
        if rng.random() < 0.2 and "name" in slots:
            others = [s for s, _ in rng.sample(records, min(2, len(records)))]
            texts += [render(s, rng) for s in others if s.get("name") not in (None, slots["name"])]
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


def from_references(rows: Iterable[Mapping[str, object]], seed: int, limit: int) -> list[Pair]:
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
