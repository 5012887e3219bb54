"""Labelled pairs made from raw documents and from records with their sentences.

A sentence of a document is a claim that the document supports. The same claim is contradicted
once a number in it is changed or it is negated, unsupported once a name in it is swapped for
another of the same document, and not stated by a premise from which its sentence was taken out
(the idea of minimal edits: W. Kryscinski et al., "Evaluating the Factual Consistency of
Abstractive Text Summarization", EMNLP 2020).
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial

from groundwire.evidence.overlap import WordRarity, best_sentences
from groundwire.segment import sentence_spans
from groundwire.train.pairs import Pair

_NAME = re.compile(r"(?<![.!?] )(?<!^)\b[A-Z][\w’'-]+(?: (?:of |the |de |van )?[A-Z][\w’'-]+)*")
_NUMBER = re.compile(r"(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?![\w-])")
_AUXILIARY = re.compile(r"\b(is|are|was|were|has|have|had|can|could|will|would|should|must|may)\b")
_ASIDE = re.compile(r" \([^()]*\)")
_TAIL = re.compile(r", (?:which|who|where|when|with|including|such as|after|before|while) [^,]*\.$")
_HEADING = re.compile(r"^=+ .* =+$", re.MULTILINE)


def swap_number(text: str, rng: random.Random) -> str | None:
    """Returns the text with one number changed, or None if it has none."""
    found = list(_NUMBER.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    old = match.group()
    value = float(old.replace(",", ""))
    if value.is_integer() and 1000 <= value <= 2100 and "," not in old:
        new = str(int(value) + rng.choice([-30, -11, -7, -5, -3, -2, -1, 1, 2, 3, 4, 8, 12, 20]))
    elif "." in old:
        places = len(old.split(".")[1])
        new = f"{value * rng.choice([0.4, 0.6, 0.8, 1.3, 1.7, 2.5]) + 0.1:.{places}f}"
    elif value < 32:
        new = str(max(0, int(value) + rng.choice([-9, -4, -3, -2, -1, 1, 2, 3, 5, 10])))
    else:
        scaled = int(value * rng.choice([0.3, 0.5, 0.7, 0.9, 1.1, 1.4, 2, 10])) + rng.choice([0, 1])
        new = f"{scaled:,}" if "," in old else str(scaled)
    return None if new == old else text[: match.start()] + new + text[match.end() :]


def swap_name(text: str, names: list[str], rng: random.Random) -> str | None:
    """Returns the text with one name swapped for another of the same document."""
    found = list(_NAME.finditer(text))
    if not found:
        return None
    match = rng.choice(found)
    size = len(match.group().split())
    others = [n for n in names if n not in text and abs(len(n.split()) - size) <= 1]
    if not others:
        return None
    return text[: match.start()] + rng.choice(others) + text[match.end() :]


def negate(text: str, rng: random.Random) -> str | None:
    """Returns the text with its first auxiliary negated, or a negation taken out."""
    if " not " in text:
        return text.replace(" not ", " ", 1)
    match = _AUXILIARY.search(text)
    if match is None or len(text) > 220:
        return None
    return f"{text[: match.end()]} not{text[match.end() :]}"


def shorten(text: str, rng: random.Random) -> str:
    """Returns the text, or what it entails once an aside or a trailing clause is dropped."""
    if rng.random() < 0.6:
        text = _ASIDE.sub("", text)
        text = _TAIL.sub(".", text)
    return text


def _premise(
    sentences: list[str], keep: int | None, drop: int | None, claim: str,
    rarity: WordRarity, rng: random.Random,
) -> str:  # fmt: skip
    """Joins sentences as the guard would select them, with the gold one in or out."""
    budget = rng.choice([40, 70, 110, 150])
    pool = [i for i in range(len(sentences)) if i != drop]
    if rng.random() < 0.3:
        start = max(0, (keep if keep is not None else drop or 0) - rng.randint(0, 3))
        pool = [i for i in pool if start <= i < start + 8]
    chosen = best_sentences(claim, [sentences[i] for i in pool], rarity, budget) if pool else []
    indexes = {pool[i] for i in chosen}
    if keep is not None:
        indexes.add(keep)
    return " ".join(sentences[i] for i in sorted(indexes))


def from_document(
    title: str, text: str, rarity: WordRarity, rng: random.Random, claims: int = 4
) -> Iterator[Pair]:
    """Yields pairs from one document: for each claim a supported one and up to two others."""
    text = _HEADING.sub("", text)
    sentences = [" ".join(text[a:b].split()) for a, b in sentence_spans(text)][:120]
    good = [
        i for i, s in enumerate(sentences)
        if 7 <= len(s.split()) <= 45 and s[0].isupper() and s[-1] == "." and s.count('"') % 2 == 0
    ]  # fmt: skip
    if len(good) < 3:
        return
    names = sorted({m.group() for s in sentences for m in _NAME.finditer(s)})
    for i in rng.sample(good, min(claims, len(good))):
        gold = sentences[i]
        claim = shorten(gold, rng)
        if rng.random() < 0.15 and i + 1 in good:
            claim = f"{claim} {sentences[i + 1]}"
        head = f"{title}. " if rng.random() < 0.3 else ""
        premise = head + _premise(sentences, i, None, claim, rarity, rng)
        if i + 1 < len(sentences) and sentences[i + 1] in claim and sentences[i + 1] not in premise:
            premise = f"{premise} {sentences[i + 1]}"
        yield Pair(premise, claim, "supported", "synthetic_documents")
        edits: list[tuple[Callable[[str], str | None], str]] = [
            (partial(swap_number, rng=rng), "contradicted"),
            (partial(swap_name, names=names, rng=rng), "unsupported"),
            (partial(negate, rng=rng), "contradicted"),
        ]
        rng.shuffle(edits)
        for make, label in edits:
            edited = make(claim)
            if edited is not None and edited not in premise:
                yield Pair(premise, edited, label, "synthetic_documents")
                break
        if rng.random() < 0.5:
            without = _premise(sentences, None, i, claim, rarity, rng)
            if without and claim not in without:
                yield Pair(head + without, claim, "not_enough", "synthetic_documents")


def from_documents(
    documents: Iterable[Mapping[str, object]], rarity: WordRarity, seed: int, limit: int
) -> list[Pair]:
    """Returns up to ``limit`` pairs from rows with a ``text`` and perhaps a ``title``."""
    rng = random.Random(f"{seed}-documents")
    pairs: list[Pair] = []
    for row in documents:
        if len(pairs) >= limit:
            break
        title, text = str(row.get("title") or ""), str(row.get("text") or "")
        pairs += from_document(title, text, rarity, rng)
    return pairs[:limit]


_SLOT = re.compile(r"(\w+)\[([^\]]*)\]")
_ACT = re.compile(r"(\w+)='?([^;')]+)'?")


def _slots(row: Mapping[str, object]) -> dict[str, str]:
    """Reads ``slot[value], ...`` (E2E) and ``inform(slot='value';...)`` (RNNLG); else nothing."""
    text = str(row.get("mr", ""))
    if text.startswith("inform("):
        return dict(_ACT.findall(text[7:]))
    return dict(_SLOT.findall(text))


def _sentence(row: Mapping[str, object]) -> str:
    return " ".join(str(row.get("ref") or row.get("text") or "").split())


def _words(key: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key).replace("_", " ").lower()


def _render(slots: Mapping[str, str], rng: random.Random) -> str:
    items = list(slots.items())
    rng.shuffle(items)
    style = rng.random()
    if style < 0.25:
        return json.dumps(dict(items))
    if style < 0.5:
        return "; ".join(f"{_words(k)} = {v}" for k, v in items)
    return " ".join(f"{_words(k)}: {v}." for k, v in items)


def from_records(rows: Iterable[Mapping[str, object]], seed: int, limit: int) -> list[Pair]:
    """Returns pairs from meaning representations with a faithful sentence.

    The sentence is supported by its record, contradicted by the record with one value changed
    that the sentence names, and not stated by the record without that slot.
    """
    rng = random.Random(f"{seed}-records")
    records = [(_slots(row), _sentence(row)) for row in rows]
    values: dict[str, list[str]] = {}
    for slots, _ in records:
        for key, value in slots.items():
            if value not in values.setdefault(key, []):
                values[key].append(value)
    rng.shuffle(records)
    pairs: list[Pair] = []
    for slots, sentence in records:
        if len(pairs) >= limit or len(slots) < 2 or len(sentence.split()) < 4:
            continue
        pairs.append(Pair(_render(slots, rng), sentence, "supported", "synthetic_records"))
        said = [k for k, v in slots.items() if v.casefold() in sentence.casefold()]
        if said:
            key = rng.choice(said)
            other = [v for v in values[key] if v.casefold() not in sentence.casefold()]
            if rng.random() < 0.6 and other:
                changed = {**slots, key: rng.choice(other)}
                pairs.append(
                    Pair(_render(changed, rng), sentence, "contradicted", "synthetic_records")
                )
            elif key != "name":
                fewer = {k: v for k, v in slots.items() if k != key}
                pairs.append(Pair(_render(fewer, rng), sentence, "not_enough", "synthetic_records"))
    return pairs[:limit]
