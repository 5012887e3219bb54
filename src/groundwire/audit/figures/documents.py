"""Documents that answers are given from, and those of them that never support a claim."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from groundwire.audit.figures.tally import Keys
from groundwire.audit.formats.fields import IDS, LONGEST, MOST
from groundwire.audit.records import Record, format_count, make_document_key

KEPT = 100_000
"""Distinct documents that are counted; of more, a part is drawn by their hash."""
SHOWN = 25
"""Documents of each kind that are listed."""


@dataclass(slots=True)
class _Uses:
    """Uses of a document; the first answer that it was given for, and its name there."""

    index: int
    source: str
    answer_id: str
    sha256: str | None
    title: str = ""
    retrieved: int = 0
    quoted: int = 0
    supports: int = 0


class Documents:
    """Counts the uses of documents, one record at a time, in bounded memory.

    Documents are known by the hash of their text. Once there are more than ``kept``, only those
    stay whose hash is in the lower half, then quarter, and so on: each document that stays has
    been counted from the beginning, and which ones stay depends on no order.
    """

    def __init__(self, kept: int = KEPT) -> None:
        """Sets how many distinct documents may be counted."""
        self._kept = kept
        self._limit = 1 << 64
        self._uses: dict[str, _Uses] = {}

    @property
    def share(self) -> float:
        """Share of the documents that is counted."""
        return self._limit / (1 << 64)

    def add(self, record: Record) -> None:
        """Counts the documents of a record."""
        names = {
            document["source"]: make_document_key(document) for document in record["documents"]
        }
        for document in record["documents"]:
            self._meet(document, record)
        for key in set(names.values()) & self._uses.keys():
            self._uses[key].retrieved += 1
        flagged = set(record["report"]["decision"]["flagged"])
        for number, verdict in enumerate(record["report"]["verdicts"]):
            supported = verdict["label"] == "supported" and number not in flagged
            quoted = {names.get(quote["source"], "") for quote in verdict["quotes"]}
            for key in quoted & self._uses.keys():
                self._uses[key].quoted += 1
                self._uses[key].supports += supported
        while len(self._uses) > self._kept:
            self._limit //= 2
            self._uses = {key: use for key, use in self._uses.items() if self._counted(key)}

    def _counted(self, key: str) -> bool:
        return int(key[:16], 16) < self._limit

    def _meet(self, document: Mapping[str, Any], record: Record) -> None:
        key, source, index = make_document_key(document), document["source"], record["index"]
        if not self._counted(key):
            return
        answer_id = record["answer_id"]
        use = self._uses.setdefault(key, _Uses(index, source, answer_id, document["sha256"]))
        use.title = use.title or document.get("title", "")
        if (index, source) < (use.index, use.source):
            use.index, use.source, use.answer_id = index, source, answer_id

    def rows(self) -> list[dict[str, Any]]:
        """Returns the most given documents that never support, then the most given others.

        ``retrieved_for`` counts answers, ``quoted_by`` and ``supports`` count claims; ``index``
        and ``answer_id`` name the first answer that the document was given for, whose ``source``
        is told.
        """
        order = sorted(
            self._uses.items(), key=lambda item: (-item[1].retrieved, -item[1].quoted, item[0])
        )
        never = [item for item in order if not item[1].supports][:SHOWN]
        others = [item for item in order if item[1].supports][:SHOWN]
        return [
            {
                "source": use.source, "title": use.title, "sha256": use.sha256, "index": use.index,
                "answer_id": use.answer_id, "retrieved_for": use.retrieved,
                "quoted_by": use.quoted, "supports": use.supports,
                "never_supports": not use.supports,
            }
            for _, use in never + others
        ]  # fmt: skip

    def totals(self) -> dict[str, Any]:
        """Returns how many documents were counted, and how many of them never support."""
        never = sum(not use.supports for use in self._uses.values())
        return {"documents": len(self._uses), "never_supports": never, "share": self.share}


class NoEvidence:
    """Counts answers with a claim that there was no evidence for, and keeps the first ones."""

    def __init__(self) -> None:
        self._count = 0
        self._examples: list[dict[str, Any]] = []

    def add(self, record: Record) -> None:
        """Counts a record."""
        if "no evidence" not in record["causes"]:
            return
        self._count += 1
        question = record["report"]["question"]
        self._examples.append({
            "index": record["index"], "answer_id": record["answer_id"],
            "question": question and question[:300],
        })  # fmt: skip
        if len(self._examples) > 2 * SHOWN:
            self._examples = self._first()

    def _first(self) -> list[dict[str, Any]]:
        return sorted(self._examples, key=lambda row: row["index"])[:SHOWN]

    def to_dict(self) -> dict[str, Any]:
        """Returns the count and examples, the first answers of the audit."""
        return {"answers": self._count, "examples": self._first()}


NAMES = 1_000
"""Distinct names that are counted; what has another one is told of without it."""
SHOWN_NAMES = 5
"""Names that a note lists."""


class Omitted:
    """Counts what records say that was left out of them, one record at a time."""

    def __init__(self) -> None:
        self._long: Counter[str] = Counter()
        self._unnamed = self._ids = self._crowded = self._more = 0

    def add(self, record: Record) -> None:
        """Counts what one record lacks."""
        left_out = record.get("left_out") or {"long": [], "more": 0}
        for name in left_out["long"]:
            if name in self._long or len(self._long) < NAMES:
                self._long[name] += 1
            else:
                self._unnamed += 1
        by_place = str(record["answer_id"]).startswith(record["place"])
        self._ids += by_place and not set(IDS).isdisjoint(left_out["long"])
        self._crowded += left_out["more"] > 0
        self._more += left_out["more"]

    def notes(self) -> Iterator[str]:
        """Yields a sentence for each kind of thing that was left out."""
        if self._long:
            ranked = sorted(self._long.items(), key=lambda item: (-item[1], item[0]))
            named = [f"{name} ({format_count(n, 'answer')})" for name, n in ranked[:SHOWN_NAMES]]
            others = sum(n for _, n in ranked[SHOWN_NAMES:]) + self._unnamed
            rest = f", and {format_count(others, 'value')} of other fields" if others else ""
            yield (
                f"Fields with a text of more than {LONGEST} characters were left out: "
                f"{', '.join(named)}{rest}."
            )
        if self._ids:
            answers = format_count(self._ids, "answer")
            yield (
                f"The id of {answers} has more than {LONGEST} characters: "
                "the place in the input stands for it."
            )
        if self._more:
            crowded, more = format_count(self._crowded, "answer"), self._more
            yield (
                f"Of {crowded}, {format_count(more, 'further field')} "
                f"were left out: an answer keeps its first {MOST}, with names of at most {LONGEST} "
                "characters."
            )


def tell_repeated_ids(ids: Keys) -> Sequence[str]:
    """Returns a sentence if answers have the id of another one, or else none.

    Args:
        ids: hashes of the ids: shape ``[N]``.
    """
    counts = np.unique(ids, return_counts=True)[1]
    shared = counts[counts > 1]
    if not len(shared):
        return ()
    return (
        f"{format_count(int(shared.sum()), 'answer')} share {format_count(len(shared), 'id')}: "
        "name them by their index where one of them is meant.",
    )
