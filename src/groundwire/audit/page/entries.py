"""Entries of a page: which records it shows, and what of each, in few bytes."""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from groundwire.audit.figures.tally import LOW_SCORE
from groundwire.audit.records import Record, encode_canonical
from groundwire.errors import InputError
from groundwire.io.jsonl import parse_json, require_object
from groundwire.verify.checks.finding import describe_kind

ANSWER = 50_000
"""Characters of a text that a page holds; it says how many it leaves out."""
AROUND = 2_000
"""Characters of a passage that are shown on each side of a quote."""
QUOTE = 4_000

Json: TypeAlias = dict[str, Any]


def encode_entry(record: Record) -> Json:
    """Returns the JSON of one answer.

    Its keys: ``index``, ``id``, ``place``, ``fields``, ``question``, ``answer``, ``length`` in
    characters, ``action``, ``reason``, ``documents`` (how many), ``text`` (if it was rewritten),
    ``claims``, ``passages``, and ``cut`` and ``hidden``: characters and claims left out. A claim
    has ``start``, ``end``, ``label``, ``score``, ``cause``, ``flagged``, ``kind``, ``reason``,
    ``faults`` as ranges, ``findings`` as ``[kind, status, claimed, found]`` and ``quotes`` as
    ``[passage, start, end]``; a passage has ``source``, ``start``, ``end`` and ``text``. Offsets
    in the answer and in a passage's text count UTF-16 units. What is empty is left out.
    """
    report = record["report"]
    answer, action = report["answer"] or "", report["decision"]["action"]
    verdicts = report["verdicts"]
    kept = [n for n, v in enumerate(verdicts) if not answer or v["claim"]["start"] < ANSWER]
    passages = _Passages(record["contexts"])
    at = _units(answer[:ANSWER])
    claims = [_claim(record, number, at, passages) for number in kept]
    return _full(
        index=record["index"],
        id=_text(record["answer_id"]),
        place=_text(record["place"]),
        fields={key: _text(value) for key, value in record["fields"].items()},
        question=_text(report["question"]),
        answer=answer[:ANSWER],
        length=len(answer) or max((v["claim"]["end"] for v in verdicts), default=0),
        action=action,
        reason=report["decision"]["reason"],
        documents=len(record["documents"]),
        text=_text(report["text"]) if action == "rewrite" else None,
        claims=claims,
        passages=passages.shown,
        cut=max(0, len(answer) - ANSWER),
        hidden=len(verdicts) - len(kept),
    )


def encode_script(entries: list[Json]) -> str:
    """Returns JSON for a script element: nothing in it ends the element or starts a comment."""
    return encode_canonical(entries).replace("<", "\\u003c").replace(">", "\\u003e")


def _claim(record: Record, number: int, at: Callable[[int], int], passages: _Passages) -> Json:
    verdict = record["report"]["verdicts"][number]
    claim, findings = verdict["claim"], verdict["findings"]
    quotes = [*verdict["quotes"], *(f["quote"] for f in findings if f["quote"])]
    places = [passages.place(quote) for quote in quotes]
    flagged = number in record["report"]["decision"]["flagged"]
    low = flagged and verdict["label"] == "supported"
    return _full(
        start=at(claim["start"]),
        end=at(claim["end"]),
        label=verdict["label"],
        score=None if verdict["score"] is None else round(verdict["score"], 4),
        cause=record["causes"][number] or (LOW_SCORE if low else ""),
        flagged=flagged,
        kind="" if claim["kind"] == "claim" else claim["kind"],
        reason=verdict["reason"],
        faults=[[at(span["start"]), at(span["end"])] for span in verdict["spans"]],
        findings=[
            [describe_kind(f["kind"]), f["status"], _text(f["claimed"]), _text(f["found"])]
            for f in findings
        ],
        quotes=[place for n, place in enumerate(places) if place not in places[:n]],
    )


class _Passages:
    """The passages that an answer's quotes are in, each once."""

    def __init__(self, contexts: list[Json]) -> None:
        self._contexts = contexts
        self.shown: list[Json] = []

    def place(self, quote: Json) -> list[int]:
        """Returns the passage of a quote, and where the quote is in its text."""
        passage, start, end = _around(self._context(quote), quote)
        if passage not in self.shown:
            self.shown.append(passage)
        at = _units(passage["text"])
        return [self.shown.index(passage), at(start), at(end)]

    def _context(self, quote: Json) -> Json:
        for context in self._contexts:
            inside = context["start"] <= quote["start"] and quote["end"] <= context["end"]
            if inside and context["source"] == quote["source"]:
                return context
        return quote


def _around(context: Json, quote: Json) -> tuple[Json, int, int]:
    text = context["text"] or ""
    start = quote["start"] - context["start"]
    end = min(quote["end"] - context["start"], start + QUOTE)
    first, last = max(0, start - AROUND), end + AROUND
    if len(text) <= 2 * AROUND + QUOTE:
        first, last = 0, len(text)
    passage = {
        "source": _text(context["source"]),
        "start": context["start"] + first,
        "end": min(context["start"] + last, context["end"]) if text else context["end"],
        "text": text[first:last],
    }
    if not text:
        return passage, quote["start"], quote["end"]
    return passage, start - first, end - first


def _units(text: str) -> Callable[[int], int]:
    wide = [n for n, character in enumerate(text) if character > "\uffff"]
    size = len(text)

    def at(offset: int) -> int:
        inside = min(offset, size) if size else offset
        return inside + bisect_left(wide, inside)

    return at


def _text(value: Any) -> Any:
    if isinstance(value, str) and len(value) > ANSWER:
        return f"{value[:ANSWER]} … ({len(value) - ANSWER:,} more characters)"
    return value


def _full(**values: Any) -> Json:
    """Leaves out what says nothing."""
    return {k: v for k, v in values.items() if v or (v == 0 and v is not False)}


BYTES = 96 << 20
"""Lines that a page embeds, at most; of a long line, ``LINE`` bytes count."""
LINE = 100_000

_UNCHECKED = 0.25


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A line of ``reports.jsonl``.

    Attributes:
        badness: see ``rank_badness``.
        rank: minus its number, so that of equal lines the first is the worst.
        offset: of its first byte.
        size: in bytes.
    """

    badness: float
    rank: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Sample:
    """What is shown.

    Attributes:
        lines: worst first.
        total: lines that there are.
        worst: how many of the lines were chosen because they are the worst.
    """

    lines: tuple[Line, ...]
    total: int
    worst: int


_Item = TypeVar("_Item", Line, tuple[bytes, Line])


def rank_badness(record: Record) -> float:
    """Returns how much of an answer does not hold: 0 if nothing is flagged.

    Each flagged claim adds the probability that it is not supported, twice if the evidence
    contradicts it; one that could not be checked adds 0.25.
    """
    report, total = record["report"], 0.0
    for index in report["decision"]["flagged"]:
        verdict = report["verdicts"][index]
        if verdict["score"] is None:
            total += _UNCHECKED
        else:
            weight = 2 if verdict["label"] == "contradicted" else 1
            total += weight * (1 - verdict["score"])
    return round(total, 6)


def choose_records(path: Path, most: int) -> Sample:
    """Chooses what a page shows; equal files give equal samples.

    Of more than ``most`` lines, half are the worst and half are drawn at random from the rest.
    Memory is bounded by ``most``.

    Args:
        path: ``reports.jsonl``.
        most: how many lines, at least 1.

    Raises:
        InputError: if ``most`` is below 1, or a line is no record.
    """
    if most < 1:
        raise InputError(f"most is {most!r}: show at least 1 answer")
    worst: list[Line] = []
    drawn: list[tuple[bytes, Line]] = []
    total = 0
    for line in _lines(path):
        _keep(worst, line, (most + 1) // 2)
        _keep(drawn, (_lot(line.rank), line), most)
        total += 1
    return _sample(worst, [line for _, line in sorted(drawn, reverse=True)], total, most)


def _sample(worst: list[Line], drawn: list[Line], total: int, most: int) -> Sample:
    worst = sorted(worst, reverse=True)[: (min(total, most) + 1) // 2]
    taken = set(worst)
    rest = [line for line in drawn if line not in taken][: most - len(worst)]
    chosen: list[Line] = []
    room = BYTES
    for pair in zip_longest(worst, rest):
        for line in filter(None, pair):
            room -= min(line.size, LINE)
            if room >= 0 or not chosen:
                chosen.append(line)
    return Sample(tuple(sorted(chosen, reverse=True)), total, len(taken.intersection(chosen)))


def read_chosen(path: Path, lines: tuple[Line, ...]) -> Iterator[Record]:
    """Yields the records of chosen lines."""
    with path.open("rb") as file:
        for line in lines:
            file.seek(line.offset)
            yield _record(path, -line.rank, file.read(line.size))


def _lines(path: Path) -> Iterator[Line]:
    offset = 0
    with path.open("rb") as file:
        for number, raw in enumerate(file):
            if raw.strip():
                record = _record(path, number, raw)
                yield Line(_badness(path, number, record), -number, offset, len(raw))
            offset += len(raw)


def _record(path: Path, number: int, raw: bytes) -> Record:
    place = f"{path}, row {number + 1}"
    return require_object(place, parse_json(place, raw.decode("utf-8", "replace")))


def _badness(path: Path, number: int, record: Record) -> float:
    try:
        return rank_badness(record)
    except (KeyError, IndexError, TypeError) as error:
        raise InputError(
            f"{path}, row {number + 1}: not a record of an audit ({error!r:.80}); "
            "run the audit again"
        ) from error


def _keep(heap: list[_Item], item: _Item, size: int) -> None:
    if len(heap) < size:
        heapq.heappush(heap, item)
    else:
        heapq.heappushpop(heap, item)


def _lot(number: int) -> bytes:
    return hashlib.blake2b(str(number).encode(), digest_size=8).digest()
