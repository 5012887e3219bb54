"""Fits the weights of the calibration on development data.

    python -m benchmarks.calibrate --data DIR [--model DIR] [--limit N] [--signals FILE.json]

Every pair is split into claims and read as the guard does; ``Signals`` of each claim are kept
(``--signals`` stores them, and a second run reads them instead of the model). Three forms are
compared under five-fold cross-validation grouped by premise: the model's logit alone, with the
probability of contradiction, and with what the premise lacks. A text of several claims stands or
falls with its worst one. Each file has equal weight, RAG answers and cited sentences three times
that, adversarial pairs a third; each class has equal weight within a file.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.passages import HELD
from benchmarks.verifier import HEAD, line, read
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

from groundwire.claims.queries import make_query
from groundwire.evaluate.metrics import Summary, estimate_share, summarize_set
from groundwire.evaluate.pairs import BATCH, LabelledPair, split_hypothesis
from groundwire.evidence.adhoc import make_retriever
from groundwire.train.pairs.edits import derive_pairs
from groundwire.train.pairs.pairs import Pair, read_jsonl
from groundwire.train.pairs.passages import read_passages
from groundwire.verify.calibration import Signals, compute_logit
from groundwire.verify.nli import NLIVerifier
from groundwire.verify.verdicts import THRESHOLD

EDITS = "edits"
"""Name of the set of claims that are changed here (``--edits``)."""

PASSAGES = "passages"
"""Name of the set of statements on the passages kept from training (``--passages``)."""

FORMS = {
    "logit alone": ("entailment",),
    "with contradiction": ("entailment", "contradiction"),
    "with words at fault": ("entailment", "contradiction", "fault"),
    "with values and names": ("entailment", "contradiction", "fault", "numbers", "names"),
    "with what is lacking": tuple(
        f.name for f in fields(Signals) if f.name not in ("fault", "alone", "alone_contradiction")
    ),
    "with single sentences": tuple(f.name for f in fields(Signals) if f.name != "fault"),
    "with all": tuple(field.name for field in fields(Signals)),
}
WEIGHTS = {
    "ragtruth_train_answers": 3.0, "wice": 3.0, "attributionbench": 3.0, "quintd": 3.0,
    "lfqa": 3.0, "qa_feedback": 3.0, "expertqa": 2.0, "ares": 2.0, EDITS: 6.0,
    "anli": 0.33, "squality": 0.33, "xsum_halluc": 0.33, "scitab": 0.5, "nli4ct": 0.5,
    "wice_partial": 0.0, PASSAGES: 6.0,
}  # fmt: skip
REAL = ("ragtruth_train_answers", "attributionbench", "lfqa", "qa_feedback", "quintd", "ares",
        "expertqa", "wice")  # fmt: skip
"""Sets whose supported claims are changed."""
FOLDS = 5
LOGITS = ("entailment", "contradiction", "fault", "alone", "alone_contradiction")

Row = dict[str, Any]


def spans_of(path: Path) -> dict[str, list[tuple[int, int]]]:
    """The marked characters of whole answers, by id."""
    return {
        str(row["id"]): [(s["start"], s["end"]) if isinstance(s, dict) else tuple(s[:2])
                         for s in row.get("spans", [])]
        for row in read_jsonl(path)
        if "response" in row
    }  # fmt: skip


def collect(verifier: NLIVerifier, path: Path, limit: int | None) -> list[Row]:
    """Signals of every claim of a file: rows with set, pair, source, label and signals."""
    classes = {str(row.get("id")): row.get("label") for row in read_jsonl(path)}
    name = path.name.split(".")[0]
    return read_rows(verifier, read(path, limit), name, classes, spans_of(path))


def make_edits(paths: list[Path], limit: int | None, count: int) -> list[LabelledPair]:
    """Claims of supported pairs with one thing changed, and some changed in the premise alike."""
    drawn = [
        Pair(pair.premise, pair.hypothesis, "supported", path.name.split(".")[0])
        for path in paths
        for pair in read(path, limit)
        if pair.supported
    ]
    return [
        LabelledPair(f"edit-{i}", made.premise, made.hypothesis, made.label == "supported")
        for i, made in enumerate(derive_pairs(drawn, 7, count, 0))
    ]


def draw_statements(count: int) -> list[LabelledPair]:
    """Each so many-th statement on the passages kept from training, ``count`` or a few more."""
    told = [
        LabelledPair(f"passage-{i}-{j}", passage.evidence, said.text, said.label == "supported")
        for i, passage in enumerate(read_passages(HELD))
        for j, said in enumerate(passage.statements)
        if not said.question
    ]
    step = max(1, len(told) // count)
    return told[::step]


def read_rows(
    verifier: NLIVerifier,
    pairs: list[LabelledPair],
    name: str,
    classes: dict[str, str | None],
    marked: dict[str, list[tuple[int, int]]],
) -> list[Row]:
    """Signals of every claim of pairs."""
    rows: list[Row] = []
    for start in range(0, len(pairs), BATCH):
        claims, evidence, owners = [], [], []
        for pair in pairs[start : start + BATCH]:
            found = split_hypothesis(pair) if pair.hypothesis.strip() else []
            queries = [make_query(claim) for claim in found]
            evidence += make_retriever(pair.premise).retrieve(queries)
            claims += found
            owners += [pair] * len(found)
        read_signals = verifier.signals(claims, evidence)
        for pair, claim, signals in zip(owners, claims, read_signals, strict=True):
            touched = any(a < claim.end and claim.start < b for a, b in marked.get(pair.id, []))
            rows.append({
                "set": name, "pair": pair.id, "source": pair.source,
                "supported": bool(pair.supported), "at_fault": touched if marked else None,
                "label": classes.get(pair.id), "signals": asdict(signals) if signals else None,
            })  # fmt: skip
    return rows


def matrix(rows: list[Row], names: tuple[str, ...]) -> np.ndarray:
    """Features, shape [rows, names]; probabilities as logits."""
    return np.array([
        [compute_logit(r["signals"][n]) if n in LOGITS else r["signals"][n] for n in names]
        for r in rows
    ])  # fmt: skip


def targets(rows: list[Row]) -> np.ndarray:
    """Which claims are supported: all of a supported pair, the worst one aside of another."""
    lowest: dict[tuple[str, str], float] = {}
    for r in rows:
        key = r["set"], r["pair"]
        lowest[key] = min(lowest.get(key, 2.0), r["signals"]["entailment"])
    out = []
    for r in rows:
        least = r["signals"]["entailment"] <= lowest[r["set"], r["pair"]]
        fault = least if r["at_fault"] is None else r["at_fault"]
        known = r["supported"] or fault or r["at_fault"] is not None
        out.append(1 if r["supported"] else (0 if fault else (1 if known else -1)))
    return np.array(out)


def weights(rows: list[Row], y: np.ndarray) -> np.ndarray:
    """Equal weight of classes within a file, ``WEIGHTS`` between files; 0 for unknown rows."""
    keys = [(r["set"], int(label)) for r, label in zip(rows, y, strict=True)]
    counts = {key: keys.count(key) for key in set(keys)}
    raw = [0.0 if k[1] < 0 else WEIGHTS.get(k[0], 1.0) / counts[k] for k in keys]
    return np.array(raw) * len(rows) / sum(raw)


def fit(rows: list[Row], names: tuple[str, ...]) -> LogisticRegression:
    """Fits one logistic regression, mildly regularized."""
    y = targets(rows)
    w = weights(rows, y)
    keep = w > 0
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(matrix(rows, names)[keep], y[keep], sample_weight=w[keep])
    return model


def cross_validated(rows: list[Row], names: tuple[str, ...], by: str = "source") -> np.ndarray:
    """Probabilities of support, each row by a fit without its premise's fold, or its set's."""
    out = np.zeros(len(rows))
    groups = [r[by] for r in rows]
    folds = min(FOLDS, len(set(groups))) if by == "source" else len(set(groups))
    for train, test in GroupKFold(folds).split(out, groups=groups):
        model = fit([rows[i] for i in train], names)
        out[test] = model.predict_proba(matrix([rows[i] for i in test], names))[:, 1]
    return out


Pairs = dict[tuple[str, str], tuple[bool, float, str]]
"""By set and id: whether the pair is supported, the score of its worst claim, its source."""


def worst(rows: list[Row], scores: np.ndarray) -> Pairs:
    """Claims as pairs: the lowest score of a pair's claims counts."""
    pairs: Pairs = {}
    for r, score in zip(rows, scores, strict=True):
        key = r["set"], r["pair"]
        low = min(score, pairs[key][1]) if key in pairs else score
        pairs[key] = r["supported"], float(low), r["source"]
    return pairs


def figures(found: list[tuple[bool, float, str]]) -> Summary:
    """The figures of pairs."""
    labels, values, sources = (list(column) for column in zip(*found, strict=True))
    return summarize_set(labels, values, sources, draws=200)


def table(pairs: Pairs) -> None:
    """Prints the figures of each set and of all pairs together."""
    print(HEAD)
    means = []
    for name in dict.fromkeys(k[0] for k in pairs):
        found = figures([v for k, v in pairs.items() if k[0] == name])
        print(line(name, found))
        means.append((found.balanced_accuracy.value, found.auc.value, found.ece.value))
    print(line("all pairs", figures(list(pairs.values()))))
    mean = 100 * np.mean(means, axis=0)
    print(
        f"\nmean over sets: balanced accuracy {mean[0]:.1f}, AUC {mean[1]:.1f}, ECE {mean[2]:.1f}\n"
    )


def reliability(pairs: Pairs, svg: Path | None) -> None:
    """Prints, for ten bins of the score, how many of the pairs are supported."""
    labels = np.array([v[0] for v in pairs.values()], dtype=float)
    scores = np.array([v[1] for v in pairs.values()])
    bins = np.minimum((scores * 10).astype(int), 9)
    print("| score | pairs | mean score | share supported |\n| --- | --- | --- | --- |")
    points = []
    for i in range(10):
        rows = bins == i
        if rows.any():
            points.append((scores[rows].mean(), labels[rows].mean()))
            share = estimate_share(int(labels[rows].sum()), int(rows.sum()))
            low, high = i / 10, (i + 1) / 10
            print(f"| {low:.1f}-{high:.1f} | {rows.sum()} | {points[-1][0]:.3f} | {share} |")
    if svg is not None:
        plot(points, svg)


def two_slopes(pairs: Pairs) -> None:
    """Prints what a slope above the threshold and another below it would do, which moves no label.

    The log odds of a score are multiplied by one figure where they are positive and by another
    where they are not; both are fitted on pairs under five-fold cross-validation by premise.
    """
    labels, scores, sources = (np.array(column) for column in zip(*pairs.values(), strict=True))
    odds = np.log(scores / (1 - scores))
    parts = np.c_[np.maximum(odds, 0), np.minimum(odds, 0)]
    bent = np.zeros(len(odds))
    for train, test in GroupKFold(FOLDS).split(parts, groups=sources):
        model = LogisticRegression(C=100.0, fit_intercept=False).fit(parts[train], labels[train])
        bent[test] = model.predict_proba(parts[test])[:, 1]
    whole = LogisticRegression(C=100.0, fit_intercept=False).fit(parts, labels).coef_[0].round(3)
    print(f"slopes above and below 0.5: {whole[0]}, {whole[1]}\n")
    table({key: (held[0], float(bent[i]), held[2]) for i, (key, held) in enumerate(pairs.items())})


def plot(points: list[tuple[float, float]], path: Path) -> None:
    """Writes the reliability diagram."""
    import matplotlib  # type: ignore[import-not-found, unused-ignore]

    matplotlib.use("svg")
    from matplotlib import pyplot  # type: ignore[import-not-found, unused-ignore]

    figure, axes = pyplot.subplots(figsize=(3.5, 3.5), layout="constrained")
    axes.plot([0, 1], [0, 1], color="gray", linestyle="dashed")
    axes.plot(*zip(*points, strict=True), marker="o")
    axes.set(xlabel="score", ylabel="share supported", xlim=(0, 1), ylim=(0, 1))
    figure.savefig(path)


def three_way(rows: list[Row], scores: np.ndarray) -> None:
    """Prints accuracy over three classes, and how contradicted and not found are told apart."""
    print("| set | rows | three-way accuracy | contradicted found | of those called contradicted |")
    print("| --- | --- | --- | --- | --- |")
    known = ("supported", "contradicted", "not_enough")
    for name in dict.fromkeys(r["set"] for r in rows):
        lows: dict[str, tuple[float, Row]] = {}
        for r, score in zip(rows, scores, strict=True):
            if r["set"] == name and r["label"] in known:
                lows[r["pair"]] = min((score, r), lows.get(r["pair"], (2.0, r)), key=lambda x: x[0])
        labels = [r["label"] for _, r in lows.values()]
        if len(set(labels)) < 3:
            continue
        said = [
            "supported" if s >= THRESHOLD
            else "contradicted" if denies(r["signals"]) else "not_enough"
            for s, r in lows.values()
        ]  # fmt: skip
        pairs = list(zip(labels, said, strict=True))
        hits = sum(a == b == "contradicted" for a, b in pairs)
        same = sum(a == b for a, b in pairs)
        print(
            f"| {name} | {len(pairs)} | {estimate_share(same, len(pairs))} | "
            f"{estimate_share(hits, labels.count('contradicted'))} | "
            f"{estimate_share(hits, said.count('contradicted'))} |"
        )


def denies(signals: dict[str, float]) -> bool:
    """Whether contradiction is likelier than neutral, as in the verifier."""
    return signals["contradiction"] > 1 - signals["entailment"] - signals["contradiction"]


def presets(pairs: Pairs) -> None:
    """Prints what thresholds do, classes of equal weight: what passes, and what of it is right."""
    labels = np.array([v[0] for v in pairs.values()], dtype=bool)
    scores = np.array([v[1] for v in pairs.values()])
    print("| keep | supported pairs that pass | others that pass | right among those that pass |")
    print("| --- | --- | --- | --- |")
    for keep in (0.3, 0.5, 0.7, 0.8, 0.9):
        true, false = (scores[labels] >= keep).mean(), (scores[~labels] >= keep).mean()
        right = true / max(1e-9, true + false)
        print(f"| {keep} | {100 * true:.1f} | {100 * false:.1f} | {100 * right:.1f} |")


def main() -> None:
    """Runs the fit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--limit", type=int, help="rows drawn from each file")
    parser.add_argument("--edits", type=int, default=0, help="changed claims of real answers")
    parser.add_argument("--only", nargs="*", help="names of files, without the ending")
    parser.add_argument("--signals", type=Path, help="where signals are kept between runs")
    parser.add_argument("--passages", type=int, default=0, help="statements on kept passages")
    parser.add_argument("--form", choices=FORMS, default="with all", help="form to report more of")
    parser.add_argument("--svg", type=Path, help="reliability diagram; needs matplotlib")
    parser.add_argument("--quick", action="store_true", help="60 rows of each file")
    args = parser.parse_args()
    if args.data is None and not (args.signals and args.signals.exists()):
        print("nothing to do: give --data DIR with labelled pairs")
        return
    if args.signals and args.signals.exists():
        rows = json.loads(args.signals.read_text(encoding="utf-8"))
    else:
        verifier = NLIVerifier(args.model, checks=())
        rows = []
        paths = [
            path
            for path in sorted(args.data.glob("*.jsonl*"))
            if (name := path.name.split(".")[0]) != "other_languages"
            and (not args.only or name in args.only)
        ]
        for path in paths:
            name = path.name.split(".")[0]
            begun = time.monotonic()
            rows += collect(verifier, path, 60 if args.quick else args.limit)
            print(f"{name}: {time.monotonic() - begun:.0f} s", flush=True)
        if args.passages:
            rows += read_rows(verifier, draw_statements(args.passages), PASSAGES, {}, {})
        if args.edits:
            chosen = [path for path in paths if path.name.split(".")[0] in REAL]
            edited = make_edits(chosen, args.limit, args.edits)
            rows += read_rows(verifier, edited, EDITS, {}, {})
        if args.signals:
            args.signals.write_text(json.dumps(rows), encoding="utf-8")
    unread = sum(r["signals"] is None for r in rows)
    rows = [r for r in rows if r["signals"] is not None]
    print(f"{len(rows)} claims, {unread} left unchecked")
    for form, names in FORMS.items():
        model = fit(rows, names)
        print(f"\n## {form}")
        scores = cross_validated(rows, names)
        table(worst(rows, scores))
        coefficients = dict(zip(names, model.coef_[0].round(4).tolist(), strict=True))
        print(json.dumps({"intercept": round(float(model.intercept_[0]), 4), **coefficients}))
        if form == args.form:
            pairs = worst(rows, scores)
            print("\n### Reliability, all sets")
            reliability(pairs, args.svg)
            if len({r["set"] for r in rows}) > 1:
                print("\n### Each set by a fit of the others")
                table(worst(rows, cross_validated(rows, names, by="set")))
            print("### Two slopes")
            two_slopes(pairs)
            print("\n### Contradicted or not found")
            three_way(rows, scores)
            print("\n### Thresholds")
            presets(pairs)


if __name__ == "__main__":
    main()
