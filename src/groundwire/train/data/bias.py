"""Bias in targets: how groups and attributes stand together, and what swapping groups changes."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from groundwire.train.data.checks import find_groups, read_records
from groundwire.train.data.judged import Judged, judge_row
from groundwire.train.data.lexicon import Lexicon
from groundwire.train.data.reading import Example

_LABELS = ("faithful", "unfaithful", "uncheckable")


class BiasTable:
    """Counts rows whose taught texts name groups and attributes.

    ``pmi`` is the pointwise mutual information in bits (None where they never meet), and
    ``log_odds`` the logarithm of the odds of an attribute in rows with a group over those in rows
    with another group of the axis, each count raised by one half.
    """

    def __init__(self, lexicon: Lexicon, swaps: Path | None = None) -> None:
        """Takes the terms, and the audit of swapped rows."""
        self._lexicon = lexicon
        self._rows = 0
        self._groups: Counter[tuple[str, str]] = Counter()
        self._axes: Counter[str] = Counter()
        self._attributes: Counter[str] = Counter()
        self._both: Counter[tuple[str, str, str]] = Counter()
        self._within: Counter[tuple[str, str]] = Counter()
        self._labels: Counter[tuple[str, str, str]] = Counter()
        self._swapped: dict[int, list[dict[str, Any]]] = defaultdict(list)
        self._changes: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in read_records(swaps) if swaps is not None else ():
            if "report" in record:
                self._swapped[record["fields"]["row"]].append(record)

    def add(self, example: Example, judged: Judged) -> None:
        """Counts a row."""
        self._rows += 1
        groups = self._lexicon.groups_in(example.written)
        attributes = self._lexicon.attributes_in(example.written)
        self._attributes.update(attributes)
        for axis in {axis for axis, _ in groups}:
            self._axes[axis] += 1
            self._within.update((axis, attribute) for attribute in attributes)
        for axis, group in groups:
            self._groups[axis, group] += 1
            self._labels[axis, group, judged.label] += 1
            self._both.update((axis, group, attribute) for attribute in attributes)
        for record in self._swapped.pop(example.row, ()):
            self._compare(example, judged, record)

    def _compare(self, example: Example, judged: Judged, record: dict[str, Any]) -> None:
        name, axis = record["fields"]["part"], record["fields"]["axis"]
        part = next(part for part in example.parts if part.name == name)
        after = judge_row(Example(example.row, "", parts=(part,)), [(part, record)]).parts[name]
        before = judged.parts[name]
        self._changes[axis].append({
            "row": example.row, "groups": find_groups(part.text, axis, self._lexicon),
            "before": before[0], "after": after[0],
            "score_before": before[1], "score_after": after[1],
            "text": part.text, "swapped": record["report"]["answer"],
        })  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Returns the table as JSON."""
        return {"rows": self._rows, "axes": {axis: self._axis(axis) for axis in self._lexicon.axes}}

    def _axis(self, axis: str) -> dict[str, Any]:
        groups = {
            group: {
                "rows": self._groups[axis, group],
                **{label: self._labels[axis, group, label] for label in _LABELS},
            }
            for group in self._lexicon.axes[axis]
        }
        pairs = [
            self._pair(axis, group, attribute)
            for group in groups
            for attribute in self._lexicon.attributes
            if groups[group]["rows"] and self._attributes[attribute]
        ]
        return {"groups": groups, "attributes": pairs, "swaps": self._swaps(axis)}

    def _pair(self, axis: str, group: str, attribute: str) -> dict[str, Any]:
        both, rows = self._both[axis, group, attribute], self._groups[axis, group]
        alone, others = self._attributes[attribute], self._axes[axis] - rows
        other_both = max(0, self._within[axis, attribute] - both)
        odds = (both + 0.5) / (rows - both + 0.5)
        other_odds = (other_both + 0.5) / (max(0, others - other_both) + 0.5)
        pmi = math.log2(both * self._rows / (rows * alone)) if both else None
        return {
            "group": group, "attribute": attribute, "both": both, "group_rows": rows,
            "attribute_rows": alone, "pmi": None if pmi is None else round(pmi, 3),
            "log_odds": round(math.log(odds / other_odds), 3),
        }  # fmt: skip

    def _swaps(self, axis: str) -> dict[str, Any]:
        found = self._changes[axis]
        changed = [one for one in found if one["before"] != one["after"]]
        moves = [one["score_after"] - one["score_before"] for one in found]
        by_group: dict[str, dict[str, int]] = {}
        for one in found:
            for group in one["groups"]:
                counts = by_group.setdefault(group, {"pairs": 0, "changed": 0})
                counts["pairs"] += 1
                counts["changed"] += one["before"] != one["after"]
        return {
            "pairs": len(found), "changed": len(changed),
            "to_unfaithful": sum(one["after"] == "unfaithful" for one in changed),
            "to_faithful": sum(one["after"] == "faithful" for one in changed),
            "mean_change": round(sum(moves) / len(moves), 4) if moves else None,
            "groups": dict(sorted(by_group.items())), "examples": changed[:5],
        }  # fmt: skip
