"""The lines of ``rows.jsonl``: what was found about each row of training data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, TypeAlias

from groundwire.train.data.judged import Judged
from groundwire.train.data.options import FLAGS
from groundwire.train.data.reading import Example
from groundwire.train.data.scan import Scan

Clashes: TypeAlias = Mapping[int, Sequence[int]]
"""The rows that disagree with a row."""


def clashes_of(pairs: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
    """Returns for each row of some pairs the others, sorted."""
    found: dict[int, set[int]] = {}
    for first, second in pairs:
        found.setdefault(first, set()).add(second)
        found.setdefault(second, set()).add(first)
    return {row: sorted(others) for row, others in found.items()}


def flags_of(example: Example, judged: Judged, found: Scan, clashes: Clashes) -> list[str]:
    """Returns what is wrong with a row besides its claims, in the order of ``FLAGS``."""
    row = example.row
    if example.problem:
        return ["unreadable"]
    rejected = [label for name, (label, _) in judged.parts.items() if name.startswith("rejected")]
    held = {
        "empty": not example.written.strip(),
        "truncated": bool(found.truncated(row)),
        "duplicate": row in found.duplicates,
        "near_duplicate": row in found.near,
        "leak": row in found.leaks,
        "contradiction": row in clashes,
        "reversed": judged.label == "unfaithful" and bool(rejected)
        and all(label == "faithful" for label in rejected),
        "omission": bool(found.omits(example)),
    }  # fmt: skip
    return [flag for flag in FLAGS if held.get(flag)]


def row_line(
    example: Example,
    judged: Judged,
    flags: Sequence[str],
    found: Scan,
    clashes: Clashes,
    kept: bool,
) -> dict[str, Any]:
    """Returns the JSON of a row.

    Its keys: ``row``, ``place``, ``form``, ``label``, ``reason`` (why it is uncheckable),
    ``weight``, ``claims``, ``edits``, ``repairs``, ``flags``, and, where there is something,
    ``duplicate_of``, ``near``, ``leaks``, ``contradicts`` (rows), ``truncated`` (why) and ``omits``
    (fields); ``kept`` says whether ``clean.jsonl`` holds it, ``trimmed`` that it does without
    ``omits``.
    """
    row, near = example.row, found.near.get(example.row)
    more = {
        "duplicate_of": found.duplicates.get(row), "near": near and asdict(near),
        "leaks": found.leaks.get(row), "contradicts": clashes.get(row),
        "truncated": found.truncated(row) or None,
        "omits": found.omits(example) if "omission" in flags else None,
    }  # fmt: skip
    return {
        "row": row, "place": example.place, "form": "" if example.problem else example.form.name,
        "label": judged.label, "reason": judged.reason, "weight": judged.weight,
        "claims": judged.claims, "edits": judged.edits, "repairs": judged.repairs,
        "flags": list(flags), **{k: v for k, v in more.items() if v is not None}, "kept": kept,
    }  # fmt: skip
