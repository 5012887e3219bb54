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
from typing import Any

import numpy as np
from benchmarks.calibrate import FOLDS, FORMS, Pairs, cross_validated, worst
from sklearn.metrics import (  # type: ignore[import-untyped]
    balanced_accuracy_score,
    roc_auc_score,
)

from groundwire.evaluate.metrics import estimate_figure, resample_sources
from groundwire.verify.verdicts import THRESHOLD


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
    """Balanced accuracy at the threshold and AUC, in percent; nan where there is one class."""
    if len(set(labels.tolist())) < 2:
        return np.full(2, np.nan)
    said = balanced_accuracy_score(labels, scores >= THRESHOLD)
    return 100 * np.array([said, roc_auc_score(labels, scores)])


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
        both = [np.array([pairs[key][1] for key in of]) for pairs in (before, after)]

        def figures(rows: Any, labels: np.ndarray = labels, both: Any = both) -> Any:
            first, second = (measured(labels[rows], scores[rows]) for scores in both)
            return [*first, *second]

        drawn.append(resample_sources([before[key][2] for key in of], figures))
        points.append(figures(np.arange(len(of))))
        print(line(name, np.array(points[-1]), drawn[-1]))
    if points:
        print(line("mean of the sets", np.mean(points, axis=0), np.mean(drawn, axis=0)))


def line(name: str, points: np.ndarray, drawn: np.ndarray) -> str:
    """One row of the table.

    Args:
        name: of the set.
        points: balanced accuracy and AUC before, and the same after.
        drawn: the same of each draw of premises, shape [draws, 4].
    """
    cells = [name]
    for i in range(2):
        change = estimate_figure(points[i + 2] - points[i], drawn[:, i + 2] - drawn[:, i])
        cells += [f"{points[i]:.1f}", f"{points[i + 2]:.1f}"]
        cells.append(f"{change.value:+.1f} ({change.low:+.1f} to {change.high:+.1f})")
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    main()
