"""Slot errors of E2E NLG texts: what a text adds to its meaning representation, alters or omits.

    python -m benchmarks.slots --data DIR [--show]

DIR holds ``e2e*.jsonl`` or ``e2e*.jsonl.gz``, rows of ``mr`` (a string or an object) and ``ref`` or
``text``. The values of the slots are told by ``benchmarks.slot_values``. The slot error rate is
that of Dušek et al. (2019): added, wrong and missing slots in percent of the slots that the
representations have, a repeated slot counted once. ``--show`` prints some texts in error.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from benchmarks.slot_values import told

SLOTS = (
    "name", "near", "food", "eatType", "area", "priceRange", "customer rating", "familyFriendly",
)  # fmt: skip
CLASSES = {
    "priceRange": {"less than £20": "cheap", "£20-25": "moderate", "more than £30": "high"},
    "customer rating": {"1 out of 5": "low", "3 out of 5": "average", "5 out of 5": "high"},
}


@dataclass(frozen=True)
class SlotErrors:
    """The slots in which a text departs from its meaning representation.

    Attributes:
        added: Slots that the text realizes and the representation lacks.
        wrong: Slots of both, of which the text tells a value that the representation has not.
        missing: Slots of the representation that the text does not realize.
    """

    added: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.wrong or self.missing)


@dataclass
class Totals:
    """Sums over a corpus.

    Attributes:
        instances: Number of texts.
        exact: Number of texts without an error.
        slots: Number of representations that have the slot, by slot.
        added: Number of texts that add the slot, by slot.
        wrong: Number of texts that tell the slot wrongly, by slot.
        missing: Number of texts that lack the slot, by slot.
    """

    instances: int = 0
    exact: int = 0
    slots: Counter[str] = field(default_factory=Counter)
    added: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def percent(self, count: int) -> float:
        """Returns a number of errors in percent of the representations' slots."""
        return 100 * count / max(1, self.slots.total())

    @property
    def error_rate(self) -> float:
        """The slot error rate: errors of the three kinds in percent of the slots."""
        return self.percent(self.added.total() + self.wrong.total() + self.missing.total())


def parse(mr: str) -> dict[str, set[str]]:
    """Returns the values of each slot of ``name[...], area[...]``."""
    slots: dict[str, set[str]] = {}
    for slot, value in re.findall(r"(\w[\w ]*?)\s*\[([^\]]*)\]", mr):
        slots.setdefault(slot, set()).add(value.strip())
    return slots


def slot_errors(mr: str, text: str) -> SlotErrors:
    """Compares a text with its meaning representation.

    A slot is wrong if one of its mentions fits no value of the representation, even where another
    mention fits. A slot that the representation repeats is realized by any of its values.

    Args:
        mr: Slots with their values, as in ``name[Aromi], area[riverside]``.
        text: What was written from it.

    Returns:
        The slots in error, each at most once, in the order of ``SLOTS``.
    """
    wanted = parse(mr)
    mentions = told(text, wanted)
    added, wrong, missing = [], [], []
    for slot in SLOTS:
        classes = {CLASSES.get(slot, {}).get(value, value) for value in wanted.get(slot, ())}
        if not classes:
            added += [slot] if mentions[slot] else []
        elif not mentions[slot]:
            missing.append(slot)
        elif any(not classes & mention for mention in mentions[slot]):
            wrong.append(slot)
    return SlotErrors(tuple(added), tuple(wrong), tuple(missing))


def corpus_errors(rows: Iterable[tuple[str, str]]) -> Totals:
    """Sums the errors over pairs of a meaning representation and a text."""
    totals = Totals()
    for mr, text in rows:
        errors = slot_errors(mr, text)
        totals.instances += 1
        totals.exact += not errors
        totals.slots.update(parse(mr).keys())
        totals.added.update(errors.added)
        totals.wrong.update(errors.wrong)
        totals.missing.update(errors.missing)
    return totals


def read_rows(path: Path) -> Iterator[tuple[str, str]]:
    """Reads pairs of a meaning representation, as a string, and a text."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            mr = row["mr"]
            if not isinstance(mr, str):
                pairs = (
                    (slot.replace("customerrating", "customer rating"), mr[slot]) for slot in mr
                )
                mr = ", ".join(f"{slot}[{value}]" for slot, value in pairs)
            # Tokenized files part the pound sign and the hyphen from the figures.
            yield re.sub(r"(?<=£) | (?=-)|(?<=-) ", "", mr), row["ref" if "ref" in row else "text"]


def print_table(name: str, totals: Totals) -> None:
    """Prints one file's errors by slot."""
    share = 100 * totals.exact / max(1, totals.instances)
    print(f"\n{name}: {totals.instances} texts, {totals.exact} exact ({share:.1f} %)\n")
    print("| slot | in the representations | added | wrong | missing |")
    print("| --- | --- | --- | --- | --- |")
    kinds = (totals.added, totals.wrong, totals.missing)
    for slot in SLOTS:
        print(
            f"| {slot} | {totals.slots[slot]} | {' | '.join(str(kind[slot]) for kind in kinds)} |"
        )
    sums = " | ".join(f"{kind.total()} ({totals.percent(kind.total()):.2f} %)" for kind in kinds)
    print(f"| all | {totals.slots.total()} | {sums} |")
    print(f"\nslot error rate {totals.error_rate:.2f} %")


def main() -> None:
    """Runs the measure over every file of the folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with e2e*.jsonl or e2e*.jsonl.gz")
    parser.add_argument("--show", action="store_true", help="print 20 texts in error of each file")
    parser.add_argument("--quick", action="store_true", help="the first 500 rows of each file")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with files of E2E NLG")
        return
    for path in sorted(args.data.glob("e2e*.jsonl*")):
        rows = list(islice(read_rows(path), 500 if args.quick else None))
        print_table(path.name, corpus_errors(rows))
        if args.show:
            failing = [(mr, text) for mr, text in rows if slot_errors(mr, text)]
            for mr, text in random.Random(0).sample(failing, min(20, len(failing))):
                print(f"\n{mr}\n{text}\n{slot_errors(mr, text)}")


if __name__ == "__main__":
    main()
