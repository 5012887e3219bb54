"""Figures of answers to the inputs of E2E NLG, with intervals over inputs and seeds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from benchmarks.slots import SlotErrors, parse, slot_errors

FILES = {
    "test": {"test": "e2e_testset_w_refs", "cleaned": "e2e_cleaned_test-fixed"},
    "dev": {"dev": "e2e_devset", "cleaned-dev": "e2e_cleaned_devel-fixed"},
}
"""The original inputs and the cleaned ones of a split; settings are chosen by the second split."""

WAYS = {"likeliest": 0, "drawn": 1}
"""How models answer: the likeliest words (greedy), or one answer drawn at temperature 1, which
shows what a model has learned and not only what it holds to be most usual."""

KINDS = {
    "added": ("added",), "wrong": ("wrong",), "missing": ("missing",),
    "added_or_wrong": ("added", "wrong"), "all": ("added", "wrong", "missing"),
}  # fmt: skip
COLUMNS = ("added", "wrong", "missing", "added_or_wrong")
DRAWS = 2000

Answers: TypeAlias = dict[str, list[str]]
"""The answers of one model to the distinct inputs of each set, each way: ``likeliest test``."""


def write(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    path.write_text(
        "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8"
    )


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def inputs(output: Path, short: str) -> list[str]:
    """Returns the distinct inputs of a test set in their order."""
    return list(dict.fromkeys(row["context"] for row in read(output / f"{short}.jsonl")))


@cache
def errors_of(mr: str, text: str) -> SlotErrors:
    """Returns ``slot_errors``; the same answers stand in several rows of a table."""
    return slot_errors(mr, text)


class Counted:
    """Slot errors of the answers of one model a seed.

    Attributes:
        slots: how many each input of a set has.
        errors: for each set and kind an array [seeds, inputs].
    """

    def __init__(self, output: Path, seeds: Sequence[Answers]) -> None:
        self.slots: dict[str, Any] = {}
        self.errors: dict[tuple[str, str], Any] = {}
        for name in seeds[0]:
            asked = inputs(output, name.split()[1])
            found = [[errors_of(*both) for both in zip(asked, said[name], strict=True)]
                     for said in seeds]  # fmt: skip
            self.slots[name] = np.array([len(parse(mr)) for mr in asked])
            for kind, parts in KINDS.items():
                self.errors[name, kind] = np.array(
                    [[sum(len(getattr(e, part)) for part in parts) for e in each] for each in found]
                )

    def rates(self, name: str, kind: str) -> Any:
        """Errors in percent of the slots: first of all, then of ``DRAWS`` bootstrap samples.

        A sample draws seeds, and inputs, the same for all seeds; counts of one set draw alike.
        """
        errors, slots = self.errors[name, kind], self.slots[name]
        rng = np.random.default_rng(0)
        out = [100 * errors.sum() / (slots.sum() * len(errors))]
        for _ in range(DRAWS):
            seeds = rng.integers(len(errors), size=len(errors))
            drawn = rng.integers(len(slots), size=len(slots))
            out.append(100 * errors[seeds][:, drawn].sum() / (slots[drawn].sum() * len(errors)))
        return np.array(out)


def told(values: Any, digits: int = 2) -> list[float]:
    """Returns a figure with its 95% interval."""
    low, high = np.percentile(values[1:], [2.5, 97.5])
    return [round(float(v), digits) for v in (values[0], low, high)]


def measured(output: Path, seeds: Sequence[Answers]) -> dict[str, Any]:
    """Returns the figures of answers, of one model a seed."""
    counted = Counted(output, seeds)
    out: dict[str, Any] = {}
    for name in counted.slots:
        for kind in KINDS:
            out[f"{name} {kind}"] = told(counted.rates(name, kind))
        out[f"{name} exact"] = round(100 * float((counted.errors[name, "all"] == 0).mean()), 1)
    original = next(iter(counted.slots))
    return out | fluency(output, original.split()[1], [said[original] for said in seeds])


def fluency(output: Path, short: str, seeds: Sequence[Sequence[str]]) -> dict[str, float]:
    """Returns BLEU, chrF and words of answers to one set's inputs, the means of seeds."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    groups: dict[str, list[str]] = {}
    for row in read(output / f"{short}.jsonl"):
        groups.setdefault(row["context"], []).append(row["target"])
    most = max(map(len, groups.values()))
    columns: Any = [[(refs + [None] * most)[i] for refs in groups.values()] for i in range(most)]
    made = [
        (
            BLEU().corpus_score(texts, columns).score, CHRF().corpus_score(texts, columns).score,
            sum(len(text.split()) for text in texts) / len(texts),
        )
        for texts in seeds
    ]  # fmt: skip
    means = [round(sum(each) / len(made), 1) for each in zip(*made, strict=True)]
    return dict(zip(("bleu", "chrf", "words"), means, strict=True))


def reductions(output: Path, one: Sequence[Answers], other: Sequence[Answers]) -> dict[str, Any]:
    """Returns by how much percent another model errs less, drawn on the same inputs."""
    before, after = Counted(output, one), Counted(output, other)
    out = {}
    for name in before.slots:
        for kind in ("added_or_wrong", "missing", "all"):
            was, now = before.rates(name, kind), after.rates(name, kind)
            out[f"{name} {kind}"] = told(100 * (1 - now / np.maximum(was, 1e-9)), 0)
    return out


def print_table(table: dict[str, dict[str, Any]]) -> None:
    """Prints the rows as Markdown, a table for each way of answering."""
    shorts = [key.split()[1] for key in next(iter(table.values())) if key.endswith(" exact")]
    shorts = list(dict.fromkeys(shorts))
    for way in WAYS:
        columns = [f"{way} {short} {kind}" for short in shorts for kind in COLUMNS]
        print(f"\n| {way} | texts | " + " | ".join(c.split(" ", 1)[1] for c in columns)
              + " | exact | BLEU | chrF | words |")  # fmt: skip
        print("|" + " --- |" * (len(columns) + 6))
        for name, row in table.items():
            rates = [f"{row[c][0]:.2f} ({row[c][1]:.2f}-{row[c][2]:.2f})" for c in columns]
            exact = " / ".join(f"{row[f'{way} {short} exact']}" for short in shorts)
            fluent = [row["bleu"], row["chrf"], row["words"]] if way == "likeliest" else [""] * 3
            print(f"| {name} | {row['texts']} | {' | '.join(rates)} | {exact} | "
                  + " | ".join(map(str, fluent)) + " |")  # fmt: skip


def print_reductions(found: dict[str, dict[str, list[float]]]) -> None:
    """Prints by how much percent models err less than those of row a."""
    if not found:
        return
    names = list(next(iter(found.values())))
    print("\n| less than a, % | " + " | ".join(names) + " |")
    print("|" + " --- |" * (len(names) + 1))
    for row, each in found.items():
        cells = [f"{v:.0f} ({low:.0f} to {high:.0f})" for v, low, high in each.values()]
        print(f"| {row} | {' | '.join(cells)} |")
