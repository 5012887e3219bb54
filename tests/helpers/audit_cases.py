"""Recorded answers for tests of audits, and a guard that compares words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from groundwire import Guard
from groundwire.audit.items import Item
from groundwire.io.rows import Rejected
from groundwire.testing import FakeRetriever, FakeVerifier
from groundwire.types import Passage

DATA = ("reports.jsonl", "verdicts.parquet", "rejected.jsonl", "manifest.json")
MANUAL = (
    "The pump was made in Lyon. It is painted green. The tank holds 3 liters. "
    "The motor runs on 230 volts. The warranty lasts two years."
)


def guard() -> Guard:
    passage = Passage(MANUAL, "manual.txt", 40, 40 + len(MANUAL))
    return Guard(verifier=FakeVerifier(), retriever=FakeRetriever([passage]))


def entries(count: int) -> Iterator[Item | Rejected]:
    """Yields answers with and without evidence of their own, and now and then a bad line."""
    for n in range(count):
        place = f"chats.jsonl:{n + 1}"
        if n % 11 == 10:
            yield Rejected(place, "not JSON (line 1); correct it", "{oops")
            continue
        weight = 60 + n % 5
        evidence: tuple[object, ...] | None = (
            f"The crane number {n} weighs {weight} tons. It was built in Lyon.",
            {"name": "crane", "floor": n},
        )
        answer = f"The crane number {n} weighs {62} tons. It was built in Lyon. Hello!"
        if n % 4 == 1:
            evidence, answer = None, "The tank holds 3 liters. The tank holds 9 liters."
        if n % 7 == 3:
            evidence = ()
        yield Item(f"a{n}", answer, "How heavy is it?", evidence, {"model": f"m{n % 3}"}, place)


def data(output: Path) -> dict[str, bytes]:
    """Returns the bytes of what an audit wrote; there must be nothing else."""
    assert {path.name for path in output.iterdir()} == set(DATA)
    return {name: (output / name).read_bytes() for name in DATA}
