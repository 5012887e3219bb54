"""Quality of a verifier on labelled pairs: one table over every file of a folder.

    python -m benchmarks.verifier --data DIR [--model DIR] [--fit] [--limit N]

Each pair goes the guard's own way: the text is split into claims, evidence sentences are selected
from the premise, and the worst claim's probability of support stands for the pair. One threshold,
0.5, holds for all files. ``--fit`` also fits the two figures of the Platt scaling on these files
(each file and, within it, each class with equal weight) and reports the table under five-fold
cross-validation grouped by premise.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

from groundwire.evaluate.metrics import Summary, summarize_set
from groundwire.evaluate.pairs import (
    LabelledPair,
    ScoredPair,
    read_labelled,
    score_pairs,
    split_answer,
    split_hypothesis,
)
from groundwire.train.pairs.pairs import read_jsonl
from groundwire.verify.calibration import Calibration
from groundwire.verify.checks import CHECKS
from groundwire.verify.nli import NLIVerifier

Columns = tuple[np.ndarray, np.ndarray, list[str]]


def read(path: Path, limit: int | None) -> list[LabelledPair]:
    """Reads a file of pairs, or of whole answers with their source."""
    first = next(read_jsonl(path), {})
    if "response" in first:
        rows = [
            LabelledPair(
                row["id"], row["source"], row["response"], row["label"] == "supported",
                row["question"],
            )
            for row in read_jsonl(path)
        ]  # fmt: skip
    else:
        rows = [cut_question(p) for p in read_labelled(path) if p.supported is not None]
    if limit and len(rows) > limit:
        picked = np.random.default_rng(0).permutation(len(rows))[:limit]
        rows = [rows[i] for i in sorted(picked)]
    return rows


def cut_question(pair: LabelledPair) -> LabelledPair:
    """Returns a pair without the question that opens its hypothesis: the guard is told it apart."""
    question = pair.question or ""
    answer = pair.hypothesis[len(question) :].strip()
    if not question or not answer or not pair.hypothesis.startswith(question):
        return pair
    return replace(pair, hypothesis=answer)


def logit(p: np.ndarray) -> np.ndarray:
    """Log odds, with p kept off 0 and 1 as in ``Calibration``."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    odds: np.ndarray = np.log(p / (1 - p))
    return odds


def fit(sets: dict[str, Columns]) -> Calibration:
    """Fits the Platt scaling with equal weight of files, and of classes within a file."""
    x, y, w = [], [], []
    for labels, scores, _ in sets.values():
        for value in (0, 1):
            mask = labels == value
            if mask.any():
                x.append(logit(scores[mask]))
                y.append(np.full(mask.sum(), value))
                w.append(np.full(mask.sum(), 1 / mask.sum()))
    weights = np.concatenate(w)
    model = LogisticRegression(C=1e6)
    model.fit(np.concatenate(x)[:, None], np.concatenate(y), sample_weight=weights * len(weights))
    return Calibration(float(model.coef_[0, 0]), float(model.intercept_[0]))


def apply(calibration: Calibration, scores: np.ndarray) -> np.ndarray:
    """Calibrates probabilities of entailment."""
    return 1 / (1 + np.exp(-(calibration.slope * logit(scores) + calibration.intercept)))


def cross_validated(sets: dict[str, Columns]) -> dict[str, np.ndarray]:
    """Calibrates each row with a scaling fitted without its premise's fold."""
    out = {name: np.zeros_like(scores) for name, (_, scores, _) in sets.items()}
    folds: dict[str, list[np.ndarray]] = {}
    for name, (labels, _, sources) in sets.items():
        parts = GroupKFold(5).split(labels, labels, sources)
        folds[name] = [test for _, test in parts]
    for fold in range(5):
        train = {}
        for name, (labels, scores, sources) in sets.items():
            keep = np.ones(len(labels), dtype=bool)
            keep[folds[name][fold]] = False
            train[name] = (labels[keep], scores[keep], sources)
        calibration = fit(train)
        for name, (_, scores, _) in sets.items():
            rows = folds[name][fold]
            out[name][rows] = apply(calibration, scores[rows])
    return out


def line(name: str, summary: Summary) -> str:
    """Returns one row of the table."""
    return (
        f"| {name} | {summary.rows} | {summary.sources} | {summary.unchecked} | "
        f"{summary.balanced_accuracy} | {summary.auc} | {summary.f1} | {summary.ece} |"
    )


def score(verifier: NLIVerifier, pairs: list[LabelledPair], name: str) -> list[ScoredPair]:
    """Scores pairs, telling the rate on standard error.

    A whole answer (one with its question) is split as the guard splits it, and passes where it
    claims nothing ("Unable to answer based on the passages").
    """
    begun = time.monotonic()
    answers = any(pair.question for pair in pairs)
    split = split_answer if answers else split_hypothesis
    scored = [
        replace(s, score=1.0) if s.label == "no_claim" else s
        for s in score_pairs(verifier, pairs, split=split)
    ]
    rate = len(pairs) / (time.monotonic() - begun)
    print(f"{name}: {len(pairs)} pairs, {rate:.1f} pairs/s", file=sys.stderr, flush=True)
    return scored


def columns(scored: list[ScoredPair]) -> Columns:
    """Labels, scores (0 where unchecked) and sources as arrays."""
    return (
        np.array([bool(s.pair.supported) for s in scored], dtype=int),
        np.array([s.score or 0.0 for s in scored]),
        [s.pair.source for s in scored],
    )


HEAD = (
    "| set | rows | sources | unchecked | balanced accuracy | AUC | F1 of unsupported | ECE |\n"
    "| --- | --- | --- | --- | --- | --- | --- | --- |"
)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--limit", type=int, help="rows drawn from each file")
    parser.add_argument("--only", nargs="*", help="names of files, without the ending")
    parser.add_argument("--no-checks", action="store_true", help="the NLI model alone")
    parser.add_argument("--fit", action="store_true", help="fit the calibration on these files")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    parser.add_argument("--scores", type=Path, help="where to write each row's score")
    parser.add_argument("--quick", action="store_true", help="100 rows of each file")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with labelled pairs")
        return
    checks = () if args.no_checks or args.fit else CHECKS
    verifier = NLIVerifier(
        args.model, checks=checks, calibration=Calibration() if args.fit else None
    )
    sets: dict[str, list[ScoredPair]] = {}
    for path in sorted(args.data.glob("*.jsonl*")):
        name = path.name.split(".")[0]
        if args.only and name not in args.only:
            continue
        pairs = read(path, 100 if args.quick else args.limit)
        sets[name] = score(verifier, pairs, name)
    if args.scores:
        with args.scores.open("w", encoding="utf-8") as file:
            for name, scored in sets.items():
                for s in scored:
                    row = {"set": name, "id": s.pair.id, "score": s.score, "label": s.label}
                    file.write(json.dumps({**row, "supported": s.pair.supported}) + "\n")
    if args.fit:
        usable = {k: columns(v) for k, v in sets.items() if k != "other_languages"}
        calibration = fit(usable)
        print(f"calibration: slope {calibration.slope:.4f}, intercept {calibration.intercept:.4f}")
        for name, values in cross_validated(usable).items():
            sets[name] = [
                replace(s, score=None if s.score is None else float(p))
                for s, p in zip(sets[name], values, strict=True)
            ]
    figures = {
        name: summarize_set(
            [bool(s.pair.supported) for s in scored],
            [s.score for s in scored],
            [s.pair.source for s in scored],
        )
        for name, scored in sets.items()
    }
    print(HEAD)
    for name, summary in figures.items():
        print(line(name, summary))
    judged = [f for name, f in figures.items() if name != "other_languages"]
    mean = [np.mean([getattr(f, k).value for f in judged]) for k in ("balanced_accuracy", "auc")]
    print(f"\nmean over sets: balanced accuracy {100 * mean[0]:.1f}, AUC {100 * mean[1]:.1f}")
    if args.json:
        data = {name: summary.to_dict() for name, summary in figures.items()}
        args.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
