"""Promises on real scores: how often they hold, and what they cost.

    python -m benchmarks.promise --data DIR [--limit N] [--only NAME ...] [--scores FILE.jsonl]

The pairs of each file go the guard's own way, once (``--scores`` keeps their scores, and a second
run reads them instead of the model). Then labels are drawn 200 times with replacement, so that the
pairs are the population, in which the share of faults at every threshold is known, and a threshold
is chosen from each draw. ``--faulty`` weighs the two classes so that this share is faulty, as dev
sets hold far more faults than what an application answers. A promise is broken where the chosen
threshold's true share is above the risk. Beside it stands what a fixed threshold of 0.5 does.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.verifier import read

from groundwire.evaluate.guarantee import GRID, LabeledScore, choose_threshold
from groundwire.evaluate.metrics import estimate_share
from groundwire.evaluate.pairs import score_pairs, split_answer, split_hypothesis
from groundwire.verify.nli import NLIVerifier
from groundwire.verify.recalibration import measure_support

SETS = ("ragtruth_train_answers", "attributionbench", "wice", "lfqa", "qa_feedback")
SIZES = (100, 200, 400)
DRAWS = 200
CONFIDENCE = 0.9
HEAD = (
    "| set | pairs | faulty, % | risk | labels | promised, % | broken, % | pass, % "
    "| at 0.5 pass, % | at 0.5 faulty, % |\n" + "| --- " * 10 + "|"
)

Row = dict[str, Any]


def score_file(verifier: NLIVerifier, path: Path, limit: int) -> list[Row]:
    """Scores the pairs of a file: the highest threshold that lets each pass, and its label."""
    pairs = read(path, limit)
    split = split_answer if any(pair.question for pair in pairs) else split_hypothesis
    rows = []
    for item in score_pairs(verifier, pairs, split=split):
        checked = [verdict for verdict in item.verdicts if verdict.label != "no_claim"]
        score = min(map(measure_support, checked), default=1.0)
        fault = not item.pair.supported
        rows.append({"set": path.name.split(".")[0], "source": item.pair.source,
                     "score": score, "fault": fault})  # fmt: skip
    return rows


def load_rows(args: argparse.Namespace) -> list[Row]:
    """Returns the scores, those that are kept and those that are made now."""
    kept: list[Row] = []
    if args.scores and args.scores.exists():
        kept = [json.loads(line) for line in args.scores.read_text().splitlines()]
    if args.data is None:
        return kept
    verifier = NLIVerifier(args.model)
    known = {row["set"] for row in kept}
    for path in sorted(args.data.glob("*.jsonl*")):
        name = path.name.split(".")[0]
        if name in (args.only or SETS) and name not in known:
            made = score_file(verifier, path, args.limit)
            print(f"{name}: {len(made)} pairs", file=sys.stderr, flush=True)
            kept += made
            if args.scores:
                with args.scores.open("a", encoding="utf-8") as file:
                    file.writelines(json.dumps(row) + "\n" for row in made)
    return kept


def weigh(fault: np.ndarray, faulty: float | None) -> np.ndarray:
    """Returns how often each pair is drawn, so that a given share of the draws is faulty."""
    if faulty is None:
        return np.full(len(fault), 1 / len(fault))
    shares = np.where(fault, faulty / fault.sum(), (1 - faulty) / (~fault).sum())
    return np.asarray(shares / shares.sum())


def measure(rows: list[Row], name: str, size: int, risk: float, faulty: float | None) -> str:
    """Returns a line of the table: promises from many draws of labels of one population."""
    scores = np.array([row["score"] for row in rows])
    fault = np.array([row["fault"] for row in rows], dtype=bool)
    weights = weigh(fault, faulty)
    passing = scores[None, :] >= np.array(GRID)[:, None]
    passes = passing @ weights
    shares = (passing & fault) @ weights / np.maximum(passes, 1e-12)
    found = []
    for seed in range(DRAWS):
        drawn = np.random.default_rng(seed).choice(len(rows), size, p=weights)
        labels = [LabeledScore(scores[i], bool(fault[i]), str(n)) for n, i in enumerate(drawn)]
        if len({label.fault for label in labels}) == 2:
            found.append(choose_threshold(labels, risk, CONFIDENCE, "answers").threshold)
    places = [GRID.index(threshold) for threshold in found if threshold is not None]
    broken = sum(shares[place] > risk for place in places)
    usual = GRID.index(0.5)
    mean = f"{100 * np.mean(passes[places]):.1f}" if places else ""
    return (
        f"| {name} | {len(rows)} | {100 * weights[fault].sum():.0f} | {risk} | {size} "
        f"| {100 * len(places) / DRAWS:.0f} | {estimate_share(int(broken), DRAWS)} | {mean} "
        f"| {100 * passes[usual]:.1f} | {100 * shares[usual]:.1f} |"
    )


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--limit", type=int, default=150, help="pairs drawn from each file")
    parser.add_argument("--only", nargs="*", help="names of files, without the ending")
    parser.add_argument("--model", help="a folder; by default the embedded verifier")
    parser.add_argument("--scores", type=Path, help="where scores are kept between runs")
    parser.add_argument("--risk", type=float, nargs="*", default=[0.1, 0.2], help="shares allowed")
    parser.add_argument("--faulty", type=float, help="share of the drawn that is faulty")
    parser.add_argument("--quick", action="store_true", help="30 pairs of each file, 100 labels")
    args = parser.parse_args()
    if args.quick:
        args.limit = 30
    rows = load_rows(args)
    if not rows:
        print("nothing to do: give --data DIR with labelled pairs")
        return
    print(HEAD)
    names = ["all", *dict.fromkeys(row["set"] for row in rows)]
    for name in names:
        own = [row for row in rows if name in ("all", row["set"])]
        if len({row["fault"] for row in own}) == 2:
            for risk in args.risk:
                for size in SIZES[:1] if args.quick else SIZES:
                    print(measure(own, name, size, risk, args.faulty), flush=True)


if __name__ == "__main__":
    main()
