"""Which answers a page shows: all, or of a larger audit the worst and some drawn at random."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import TypeVar

from groundwire.audit.record import Record
from groundwire.errors import InputError
from groundwire.jsonl import as_object, parse_json

BYTES = 96 << 20
"""Lines that a page embeds, at most; of a long line, ``LINE`` bytes count."""
LINE = 100_000

_UNCHECKED = 0.25


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """A line of ``reports.jsonl``.

    Attributes:
        badness: see ``badness``.
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


def badness(record: Record) -> float:
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


def choose(path: Path, most: int) -> Sample:
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


def read(path: Path, lines: tuple[Line, ...]) -> Iterator[Record]:
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
    return as_object(place, parse_json(place, raw.decode("utf-8", "replace")))


def _badness(path: Path, number: int, record: Record) -> float:
    try:
        return badness(record)
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
