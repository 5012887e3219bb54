"""Two verifiers on the same development pairs: what changed, with paired intervals.

    python -m benchmarks.compare BEFORE.json AFTER.json [--form FORM]

The files are what ``benchmarks.calibrate --signals`` keeps. Each verifier has its own calibration,
cross-validated by premise. The intervals are of the difference: premises are drawn with
replacement, and both verifiers are measured on the same ones (B. Efron and R. Tibshirani, "An
Introduction to the Bootstrap", 1993).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from benchmarks.calibrate import FORMS, Pairs, cross_validated, worst
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]

from groundwire.verify.judgment import THRESHOLD

DRAWS = 500
FOLDS = 5


def read(path: Path, form: str) -> Pairs:
    """The pairs of a file of signals with their cross-validated scores."""
    try:
        rows = [r for r in json.loads(path.read_text(encoding="utf-8")) if r["signals"] is not None]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(
            f"{path}: no signals of benchmarks.calibrate --signals: {error!r}"
        ) from None
    if len({r["source"] for r in rows}) < FOLDS:
        raise SystemExit(f"{path}: {len(rows)} claims that were read; give {FOLDS} sources or more")
    return worst(rows, cross_validated(rows, FORMS[form]))


def measured(labels: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Balanced accuracy at the threshold and AUC, in percent."""
    said = scores >= THRESHOLD
    balanced = (said[labels].mean() + (~said[~labels]).mean()) / 2
    return 100 * np.array([balanced, roc_auc_score(labels, scores)])


def differences(
    labels: np.ndarray, before: np.ndarray, after: np.ndarray, sources: np.ndarray, seed: int = 0
) -> np.ndarray:
    """What each draw of premises says of after less before, shape [draws, 2]."""
    rng = np.random.default_rng(seed)
    _, owner = np.unique(sources, return_inverse=True)
    members = [np.flatnonzero(owner == i) for i in range(owner.max() + 1)]
    out: list[np.ndarray] = []
    while len(out) < DRAWS:
        rows = np.concatenate([members[i] for i in rng.integers(0, len(members), len(members))])
        if 0 < labels[rows].sum() < len(rows):
            both = [measured(labels[rows], scores[rows]) for scores in (before, after)]
            out.append(both[1] - both[0])
    return np.array(out)


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("before", type=Path, nargs="?")
    parser.add_argument("after", type=Path, nargs="?")
    parser.add_argument("--form", choices=FORMS, default="with what is lacking")
    parser.add_argument("--quick", action="store_true", help="does nothing more quickly")
    args = parser.parse_args()
    if args.after is None:
        print("nothing to do: give two files of signals (benchmarks.calibrate --signals FILE)")
        return
    before, after = read(args.before, args.form), read(args.after, args.form)
    keys = [key for key in before if key in after and before[key][0] == after[key][0]]
    if not keys:
        parser.error(f"{args.before} and {args.after} have no pair in common")
    print(f"{len(keys)} pairs that both read, of {len(before)} and {len(after)}\n")
    print("| set | balanced accuracy | after | difference | AUC | after | difference |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    drawn, points = [], []
    for name in dict.fromkeys(key[0] for key in keys):
        of = [key for key in keys if key[0] == name]
        labels = np.array([before[key][0] for key in of])
        if len(set(labels.tolist())) < 2:
            print(f"| {name} | {len(of)} pairs of one class | | | | | |")
            continue
        sources = np.array([before[key][2] for key in of])
        first = np.array([before[key][1] for key in of])
        second = np.array([after[key][1] for key in of])
        drawn.append(differences(labels, first, second, sources))
        points.append((measured(labels, first), measured(labels, second)))
        print(line(name, points[-1][0], points[-1][1], drawn[-1]))
    mean = np.mean(points, axis=0)
    print(line("mean of the sets", mean[0], mean[1], np.mean(drawn, axis=0)))


def line(name: str, before: np.ndarray, after: np.ndarray, drawn: np.ndarray) -> str:
    """One row of the table."""
    low, high = np.percentile(drawn, [2.5, 97.5], axis=0)
    cells = [name]
    for i in range(2):
        change = f"{after[i] - before[i]:+.1f} ({low[i]:+.1f} to {high[i]:+.1f})"
        cells += [f"{before[i]:.1f}", f"{after[i]:.1f}", change]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
