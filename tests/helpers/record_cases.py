"""Records with texts that tell them, for tests."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Quote, Verdict

COLORS = ("red", "green", "blue", "white")
TOWNS = ("Harvel", "Carston", "Dunmore", "Lorne", "Norwick")
Row = tuple[dict[str, Any], str]


def lamps(count: int) -> list[Row]:
    """Records of lamps; every third text leaves the color out."""
    rows = []
    for i in range(count):
        color, town = COLORS[i % 4], TOWNS[i % 5]
        record = {"name": f"Lamp {i}", "color": color, "made in": town}
        told = "old" if i % 3 == 0 else color
        rows.append((record, f"Lamp {i} is a {told} lamp that was made in {town}."))
    return rows


def believing(pairs: list[tuple[str, str]]) -> Sequence[float]:
    return [0.9] * len(pairs)


def write(path: Path, rows: list[Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


class Supporting(FakeVerifier):
    """Supports all claims."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        passages = [found[0].passage for found in evidence]
        return [
            Verdict(claim, "supported", 0.9, (Quote(passage.text, passage.source, 0, 1),))
            for claim, passage in zip(claims, passages, strict=True)
        ]
