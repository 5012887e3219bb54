"""Checks of an audit of training data, each an audit of its own that can be resumed."""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundwire.audit.items import Item
from groundwire.audit.manifest import REJECTED, REPORTS
from groundwire.audit.options import AuditOptions
from groundwire.audit.run import audit
from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.train.data.judged import Found, Judged, judge_row
from groundwire.train.data.lexicon import Lexicon
from groundwire.train.data.options import DataOptions
from groundwire.train.data.reading import Example, select_parts
from groundwire.train.data.scan import Scan

ROWS, TRIMMED, CONTRADICTIONS, SWAPS = "rows", "trimmed", "contradictions", "swaps"


def run_check(
    name: str,
    texts: Iterable[Item],
    folder: Path,
    guard: Guard,
    options: DataOptions,
    plan: Mapping[str, Any],
    progress: Callable[[int], None] | None = None,
) -> Path:
    """Checks texts, or continues to, and returns the folder of that audit.

    Raises:
        InputError: if it was begun with other data or options.
    """
    settings = AuditOptions(
        inputs=plan["inputs"], reading=plan[name], shard_size=options.shard_size, resume=True
    )
    audit(texts, folder / name, guard, settings, progress)
    return folder / name


def read_records(folder: Path) -> Iterator[dict[str, Any]]:
    """Yields the records of an audit and the rejected lines between them, in order."""
    both = (_lines(folder / REPORTS), _lines(folder / REJECTED))
    yield from heapq.merge(*both, key=lambda record: record["index"])


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        for line in file:
            yield json.loads(line)


def judge_rows(examples: Iterable[Example], folder: Path) -> Iterator[tuple[Example, Judged]]:
    """Yields each row with what the check of its texts says.

    Raises:
        InputError: if the audit is not of these rows.
    """
    checked = read_records(folder)
    for example in examples:
        found: list[Found] = []
        for part in select_parts(example):
            record = next(checked, None)
            name = f"{example.row}:{part.name}"
            if record is None or record.get("answer_id", name) != name:
                raise InputError(f"{folder} is not of this data: choose another output folder")
            found.append((part, record))
        yield example, judge_row(example, found)


def make_pair_items(
    examples: Iterable[Example], pairs: Sequence[tuple[int, int]]
) -> Iterator[Item]:
    """Yields the second target of each pair, to be checked against the first."""
    wanted = {row for pair in pairs for row in pair}
    texts = {e.row: (e.written, e.place) for e in examples if e.row in wanted}
    for first, second in pairs:
        text, place = texts[second]
        yield Item(
            f"{first}:{second}", text, None, (texts[first][0],), {"row": second, "other": first},
            place,
        )  # fmt: skip


def find_contradictions(folder: Path) -> dict[tuple[int, int], dict[str, Any]]:
    """Returns the pairs of rows of which one says that the other is wrong, with the claim."""
    found = {}
    for record in read_records(folder):
        verdicts = record["report"]["verdicts"] if "report" in record else ()
        wrong = [verdict for verdict in verdicts if verdict["label"] == "contradicted"]
        if wrong:
            worst = min(wrong, key=lambda verdict: verdict["score"] or 0.0)
            quotes = [quote["text"] for quote in worst["quotes"]]
            pair = record["fields"]["other"], record["fields"]["row"]
            found[pair] = {"claim": worst["claim"]["text"], "against": " ".join(quotes)}
    return found


def make_swap_items(examples: Iterable[Example], scan: Scan, lexicon: Lexicon) -> Iterator[Item]:
    """Yields the drawn rows, in each the terms of the groups of one axis swapped everywhere."""
    drawn = set(scan.swaps)
    for example in examples:
        if example.row not in drawn:
            continue
        for axis in lexicon.axes:
            part = next((p for p in example.taught if find_groups(p.text, axis, lexicon)), None)
            if part is None:
                continue
            question = part.given.question
            yield Item(
                f"{example.row}:{axis}",
                lexicon.swapped(part.text, axis),
                None if question is None else lexicon.swapped(question, axis),
                tuple(lexicon.swapped(item, axis) for item in part.given.evidence),
                {"row": example.row, "axis": axis, "part": part.name},
                example.place,
            )


def find_groups(text: str, axis: str, lexicon: Lexicon) -> list[str]:
    """Returns the groups of an axis that a text names, sorted."""
    return sorted(group for of, group in lexicon.groups_in(text) if of == axis)
