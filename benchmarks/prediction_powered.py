"""How often the corrected rate of an audit covers the truth, and how many labels it saves.

    python -m benchmarks.prediction_powered --data DIR [--scores FILE.json] [--draws N]

``DIR/ragtruth_train_answers.jsonl.gz`` holds whole answers that people have labeled. The guard
checks them once (``--scores`` keeps what it found, and a second run reads it); the share of
answers with an unsupported claim is known, so that it can be estimated again and again from few
labels. Each draw labels N answers, drawn uniformly as ``groundwire audit sample`` does, and
estimates the share from the labels alone and from labels and scores together. The intervals are
for all answers that such a system could give; these few are a finite set, drawn without
replacement, so that they cover its share more often than 95 times in 100.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.figures.intervals import correct_rate
from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.train.pairs.pairs import read_jsonl

FILE = "ragtruth_train_answers.jsonl.gz"
BATCH = 32

Row = dict[str, Any]


def score(data: Path, limit: int | None) -> list[Row]:
    """Checks every answer: its source's number, its label, and its lowest score."""
    rows = list(read_jsonl(data / FILE))[:limit]
    sources = {text: i for i, text in enumerate(dict.fromkeys(row["source"] for row in rows))}
    guard = Guard(policy=ThresholdPolicy(contradicted="allow", unsupported="allow"))
    found: list[Row] = []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        reports = guard.check_many(
            [row["response"] for row in part], [row["source"] for row in part],
            [row["question"] for row in part],
        )  # fmt: skip
        for row, report in zip(part, reports, strict=True):
            scores = [v.score for v in report.verdicts if v.score is not None]
            found.append({
                "source": sources[row["source"]], "wrong": row["label"] != "supported",
                "lowest": min(scores, default=None),
                "flagged": any(v.label in ("contradicted", "unsupported") for v in report.verdicts),
            })  # fmt: skip
        print(f"{len(found)} of {len(rows)} answers checked", flush=True)
    return found


def resample(rows: list[Row], n: int, draws: int) -> str:
    """Estimates the share from n labels, again and again: one line of the table."""
    wrong = np.array([row["wrong"] for row in rows], dtype=np.float64)
    predicted = 1 - np.array([row["lowest"] for row in rows])
    keys = np.array([row["source"] for row in rows], dtype=np.uint64)
    rng = np.random.default_rng(n)
    hits, widths = np.zeros(2, dtype=int), np.zeros(2)
    for _ in range(draws):
        drawn = rng.choice(len(rows), n, replace=False)
        found = correct_rate(wrong[drawn], drawn, predicted, keys)
        for at, one in enumerate((found.estimate, found.classical)):
            hits[at] += one.low <= wrong.mean() <= one.high
            widths[at] += 100 * (one.high - one.low) / draws
    saved = 100 * (1 - (widths[0] / widths[1]) ** 2)
    shares = " | ".join(f"{100 * hit / draws:.1f}" for hit in hits)
    return f"| {n} | {shares} | {widths[0]:.1f} | {widths[1]:.1f} | {saved:.0f} |"


def main() -> None:
    """Runs the resamplings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help=f"folder with {FILE}")
    parser.add_argument("--scores", type=Path, help="where scores are kept between runs")
    parser.add_argument("--draws", type=int, default=500, help="resamplings for each N")
    parser.add_argument("--labels", type=int, nargs="*", default=[50, 100, 200], metavar="N")
    parser.add_argument("--quick", action="store_true", help="60 answers, N = 30, 100 resamplings")
    args = parser.parse_args()
    kept = args.scores is not None and args.scores.exists()
    if args.data is None and not kept:
        print("nothing to do: give --data DIR with labeled answers")
        return
    if kept:
        rows = json.loads(args.scores.read_text(encoding="utf-8"))
    else:
        rows = score(args.data, 60 if args.quick else None)
        if args.scores is not None:
            args.scores.write_text(json.dumps(rows), encoding="utf-8")
    checked = [row for row in rows if row["lowest"] is not None]
    wrong, flagged = (100 * np.mean([row[key] for row in checked]) for key in ("wrong", "flagged"))
    sources = len({row["source"] for row in checked})
    print(f"{len(checked)} of {len(rows)} answers checked, from {sources} sources")
    print(f"hallucinated: {wrong:.1f} % by people, {flagged:.1f} % by the guard\n")
    print(
        "| labels | covered, percent | covered by labels alone | width, points | "
        "width of labels alone | labels saved, percent |\n| --- | --- | --- | --- | --- | --- |"
    )
    for n in [30] if args.quick else args.labels:
        print(resample(checked, n, 100 if args.quick else args.draws), flush=True)


if __name__ == "__main__":
    main()
