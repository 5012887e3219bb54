"""Does a score move as evidence grows?

    python -m benchmarks.drift --data DIR [--model DIR] [--pairs N] [--svg FILE]

The premise of each pair is hidden among sentences of an encyclopedia that have nothing to do with
it, 0 to 50 KB of them, and the pair is scored the guard's own way. Reported for supported and
for other pairs: the mean score, the mean change of a score, and the share of labels that turn.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from benchmarks.verifier import read

from groundwire.evaluate.metrics import estimate_share
from groundwire.evaluate.pairs import LabelledPair, score_pairs
from groundwire.train.pairs.pairs import read_jsonl
from groundwire.train.pairs.premises import collect_distractors
from groundwire.verify.nli import NLIVerifier

SIZES = (0, 1, 5, 10, 25, 50)
"""Kilobytes of other text."""

SETS = ("fm2", "attributionbench", "wice", "ragtruth_train_answers")


def hidden(pair: LabelledPair, strangers: list[str], size: int, seed: int) -> LabelledPair:
    """The pair with ``size`` characters of other sentences around its premise."""
    rng = random.Random(f"{seed}-{pair.id}-{size}")
    before, after = "", ""
    while len(before) + len(after) < size:
        if rng.random() < 0.5:
            before += rng.choice(strangers) + " "
        else:
            after += " " + rng.choice(strangers)
    return replace(pair, premise=f"{before}{pair.premise}{after}")


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with dev/ and corpus/")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--pairs", type=int, default=60, help="pairs of each set")
    parser.add_argument("--svg", type=Path, help="plot of the means; needs matplotlib")
    parser.add_argument("--quick", action="store_true", help="5 pairs of each set")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with dev/ and corpus/")
        return
    verifier = NLIVerifier(args.model)
    (corpus,) = (args.data / "corpus").glob("*.jsonl*")
    strangers = collect_distractors(str(row["text"]) for row in read_jsonl(corpus))
    count = 5 if args.quick else args.pairs
    pairs = [
        pair
        for name in SETS
        for pair in read(next((args.data / "dev").glob(f"{name}.jsonl*")), count)
    ]
    scores = []
    for size in SIZES:
        made = [hidden(pair, strangers, size * 1024, 0) for pair in pairs]
        scored = list(score_pairs(verifier, made))
        scores.append([item.score or 0.0 for item in scored])
        print(f"{size} KB", file=sys.stderr, flush=True)
    table = np.array(scores)
    labels = np.array([bool(pair.supported) for pair in pairs])
    print(f"{len(pairs)} pairs of {', '.join(SETS)}, verifier {verifier.version}\n")
    print("| pairs | added KB | mean score | mean change | labels turned |")
    print("| --- | --- | --- | --- | --- |")
    for name, rows in (("supported", labels), ("not supported", ~labels)):
        first = table[0, rows]
        for size, line in zip(SIZES, table[:, rows], strict=True):
            turned = int(((line >= 0.5) != (first >= 0.5)).sum())
            print(
                f"| {name} | {size} | {line.mean():.3f} | {np.abs(line - first).mean():.3f} | "
                f"{estimate_share(turned, len(line))} |"
            )
    if args.svg:
        plot(table, labels, args.svg)


def plot(table: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """Writes the mean scores against the size of the added text."""
    import matplotlib  # type: ignore[import-not-found, unused-ignore]

    matplotlib.use("svg")
    from matplotlib import pyplot  # type: ignore[import-not-found, unused-ignore]

    figure, axes = pyplot.subplots(figsize=(5, 3), layout="constrained")
    for name, rows in (("supported", labels), ("not supported", ~labels)):
        axes.plot(SIZES, table[:, rows].mean(axis=1), marker="o", label=name)
    axes.set(xlabel="added text, KB", ylabel="mean score", ylim=(0, 1))
    axes.legend()
    figure.savefig(path)


if __name__ == "__main__":
    main()
