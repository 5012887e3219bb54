"""How soon drift is noticed, and how often an alarm is false.

    python -m benchmarks.stream_drift --scores FILE.json [--weeks N] [--before N] [--after N]

``FILE.json`` is what ``python -m benchmarks.error_rates --scores`` keeps: answers with their
claims, scores and labels. Streams are drawn from it with replacement, so that no model runs: one of
answers before, and of each week one of answers after, which are like those before or not. Told are
the weeks with an alarm and, of these, after how many answers it came.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from groundwire.audit.figures.drift import NOTHING, Stream, detect_drift
from groundwire.evaluate.metrics import estimate_share
from groundwire.text.overlap import split_words

FLAGGED = ("contradicted", "unsupported")
Row: TypeAlias = dict[str, Any]
Draw: TypeAlias = Callable[[np.random.Generator, int], list[Row]]


def read_answers(path: Path) -> list[Row]:
    """Reads the answers that were kept."""
    found = []
    for row in json.loads(path.read_text(encoding="utf-8")):
        scores = [score for _, score, _ in row["claims"] if score is not None]
        found.append({
            **row, "lowest": min(scores, default=NOTHING),
            "flagged": any(label in FLAGGED for label, _, _ in row["claims"]),
            "words": [w.casefold() for _, _, text in row["claims"] for w in split_words(text)],
        })  # fmt: skip
    return found


def draw_mix(rows: list[Row], faulty: float, sets: tuple[str, ...] = ()) -> Draw:
    """Returns what draws answers of some sets, a share of them faulty."""
    pools = [
        [row for row in rows if row["faulty"] is kind and (not sets or row["set"] in sets)]
        for kind in (False, True)
    ]

    def draw(rng: np.random.Generator, count: int) -> list[Row]:
        kinds = (rng.random(count) < faulty).astype(int)
        return [pools[kind][int(rng.integers(len(pools[kind])))] for kind in kinds]

    return draw


def make_stream(rows: list[Row]) -> Stream:
    """Returns a stream of drawn answers."""
    return Stream(
        np.array([row["lowest"] for row in rows]),
        np.array([row["flagged"] for row in rows], dtype=np.float64),
        [row["words"] for row in rows],
    )


def simulate(before: Draw, after: Draw, weeks: int, sizes: tuple[int, int]) -> str:
    """Returns the cells of one line: weeks with an alarm, and how soon."""
    alarms = []
    for week in range(weeks):
        rng = np.random.default_rng(week)
        found = detect_drift(
            make_stream(before(rng, sizes[0])), make_stream(after(rng, sizes[1])), seed=week
        )
        if found["alarm"]:
            alarms.append(found["alarm_at"])
    share = estimate_share(len(alarms), weeks)
    soon = np.percentile(alarms, [50, 90]) if alarms else (float("nan"),) * 2
    return (
        f"{100 * share.value:.1f} ({100 * share.low:.1f}-{100 * share.high:.1f}) | "
        f"{soon[0]:.0f} | {soon[1]:.0f}"
    )


def main() -> None:
    """Runs the simulation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scores", type=Path, help="what benchmarks.error_rates kept")
    parser.add_argument("--weeks", type=int, default=200)
    parser.add_argument("--before", type=int, default=500, help="answers before")
    parser.add_argument("--after", type=int, default=500, help="answers of a week")
    parser.add_argument("--quick", action="store_true", help="10 weeks")
    args = parser.parse_args()
    if args.scores is None:
        print("nothing to do: give --scores FILE.json of benchmarks.error_rates")
        return
    rows, weeks = read_answers(args.scores), 10 if args.quick else args.weeks
    sizes = (args.before, args.after)
    usual = draw_mix(rows, 0.2)
    answers, talk = ("ragtruth_train_answers", "lfqa", "qa_feedback"), ("alexa_dialog", "q2")
    cases = (
        ("nothing changes", usual, usual),
        ("faulty answers 20 to 40 %", usual, draw_mix(rows, 0.4)),
        ("faulty answers 20 to 60 %", usual, draw_mix(rows, 0.6)),
        ("long answers, then chat", draw_mix(rows, 0.2, answers), draw_mix(rows, 0.2, talk)),
        ("questions, then records", draw_mix(rows, 0.2, answers), draw_mix(rows, 0.2, ("quintd",))),
    )
    print(f"{weeks} weeks of {sizes[1]} answers, {sizes[0]} before\n")
    print("| what changes | weeks with an alarm, % | answers until, median | 90 % |")
    print("| --- | --- | --- | --- |")
    for name, before, after in cases:
        print(f"| {name} | {simulate(before, after, weeks, sizes)} |", flush=True)


if __name__ == "__main__":
    main()
