"""Audits of training data measured: the unfaithful flags on noisy E2E references.

    python -m benchmarks.train_data --data DIR [--rows 500] [--model DIR] [--seed 0] [--plain]
                                    [--quick]

DIR holds ``e2e_train.jsonl.gz``. A row is wrong if the slot script (``benchmarks.slots``) finds a
slot added or wrong in it; missing slots are told apart, as an audit asks whether what a text says
is true and not whether it says all. Precision and recall have 95% bootstrap intervals. ``--plain``
takes the tokenizer's spaces out first, as ``benchmarks.generator`` does.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from groundwire.train.data.options import DataOptions
from groundwire.train.data.run import audit_data

Item = TypeVar("Item")

NAMES = {"customerrating": "customer rating"}
"""Slots that the training set names otherwise."""


def drawn(path: Path, count: int, seed: int) -> list[dict[str, Any]]:
    """Draws rows as ``{"context", "target"}``."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = random.Random(seed).sample(rows, min(count, len(rows)))
    return [{"context": row["mr"], "target": row["text"]} for row in rows]


def detokenized(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns rows in the form in which a generator is trained on them."""
    from benchmarks import generator

    return [
        {"context": generator.meaning(row["context"]), "target": generator.plain(row["target"])}
        for row in rows
    ]


def meaning(slots: dict[str, str] | str) -> str:
    """Writes slots as the patterns read them: the training set parts figures from their signs."""
    if isinstance(slots, str):
        return slots
    text = ", ".join(f"{NAMES.get(key, key)}[{value}]" for key, value in slots.items())
    return re.sub(r"(?<=£) | (?=-)|(?<=-) ", "", text)


def wrong_rows(rows: Sequence[dict[str, Any]]) -> tuple[list[bool], list[bool]]:
    """Returns which rows add or change a slot, and which have any error."""
    from benchmarks.slots import slot_errors

    found = [slot_errors(meaning(row["context"]), row["target"]) for row in rows]
    added = [bool(errors.added or errors.wrong) for errors in found]
    return added, [a or bool(errors.missing) for a, errors in zip(added, found, strict=True)]


def figures(flags: Sequence[bool], truth: Sequence[bool]) -> dict[str, Any]:
    """Returns precision and recall, each with an interval."""
    pairs = list(zip(flags, truth, strict=True))
    return {
        "flagged": sum(flags), "wrong": sum(truth),
        "precision": interval(pairs, lambda p: ratio([t for f, t in p if f])),
        "recall": interval(pairs, lambda p: ratio([f for f, t in p if t])),
    }  # fmt: skip


def ratio(values: Sequence[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def interval(
    pairs: Sequence[Item], of: Callable[[Sequence[Item]], float], digits: int = 3
) -> list[float]:
    """Returns a figure of items, such as pairs of a flag and the truth, and its 95% interval."""
    rng = random.Random(0)
    values = sorted(of(rng.choices(pairs, k=len(pairs))) for _ in range(1000))
    return [round(v, digits) for v in (of(pairs), values[25], values[974])]


def measure(rows: Sequence[dict[str, Any]], model: str | None = None) -> dict[str, Any]:
    """Audits rows and compares their labels with the slot script."""
    from groundwire.guard.guard import Guard
    from groundwire.verify.presets import load_verifier

    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.jsonl"
        data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        begun = time.perf_counter()
        guard = Guard(verifier=load_verifier(model))
        summary = audit_data([data], Path(folder) / "out", guard, DataOptions(pairs=200))
        spent = time.perf_counter() - begun
        lines = (Path(folder) / "out" / "rows.jsonl").read_text().splitlines()
    flags = [json.loads(line)["label"] == "unfaithful" for line in lines]
    added, any_error = wrong_rows(rows)
    return {
        "rows": len(rows), "rows_per_s": round(len(rows) / spent, 1), "labels": summary["labels"],
        "flags": summary["flags"], "contradictions": summary["contradictions"],
        "added_or_wrong": figures(flags, added), "any_error": figures(flags, any_error),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--model", help="another verifier than the embedded one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    if options.data is None:
        print("give --data DIR with e2e_train.jsonl.gz")
        return
    rows = drawn(options.data / "e2e_train.jsonl.gz", 40 if options.quick else options.rows,
                 options.seed)  # fmt: skip
    if options.plain:
        rows = detokenized(rows)
    print(json.dumps(measure(rows, options.model), indent=1))


if __name__ == "__main__":
    main()
