"""Short answers to questions: does the right one pass, and one that is merely mentioned not?

    python -m benchmarks.short_answers [--data DIR] [--model DIR] [--fit]

160 questions on made-up passages, written for this benchmark one by one (``short_answers.jsonl``:
``question``, ``passage``, ``kind``, and lists of ``right`` and ``wrong`` answers of one to six
words; nearly all wrong ones stand in the passage as something else). Each answer is checked
without its question, which is how an NLI model alone reads it, and with it. ``--data`` adds
questions after a key of the tables of infotabs, with its value and another's. ``--fit`` fits the
weights of ``AnswerReading.support`` on the passages, and on less of them (a wrong answer without
the sentences that hold the right one, a right one with these alone), and tells what they reach
under two-fold cross-validation by item. Yes and no are not read this way and not among the sums.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.metrics import roc_auc_score  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

from groundwire.claims.queries import make_query
from groundwire.claims.splitter import ClaimSplitter
from groundwire.evaluate.metrics import estimate_share
from groundwire.evidence.adhoc import make_retriever
from groundwire.text.blocks import find_sentences
from groundwire.text.overlap import WordRarity
from groundwire.train.pairs.pairs import read_jsonl
from groundwire.types import Claim, Evidence, Verdict
from groundwire.verify.nli import NLIVerifier
from groundwire.verify.premise import build_premise
from groundwire.verify.short_answers import (
    HELD,
    MOST_NEARER,
    AnswerReader,
    AnswerReading,
    measure_share,
)
from groundwire.verify.verdicts import THRESHOLD

ITEMS = Path(__file__).with_name("short_answers.jsonl")
POLAR, TABLE = "yes/no", "table"
WORDS = 150


@dataclass(frozen=True)
class Answer:
    """One answer of an item."""

    item: str
    kind: str
    question: str
    passage: str
    text: str
    right: bool


def answers(path: Path) -> list[Answer]:
    """The right and the wrong answers of all items, in order."""
    return [
        Answer(row["id"], row["kind"], row["question"], row["passage"], text, right)
        for row in read_jsonl(path)
        for right in (True, False)
        for text in row["right" if right else "wrong"]
    ]


def claims(found: Sequence[Answer], ask: bool) -> tuple[list[Claim], list[list[Evidence]]]:
    """Each answer as a claim, with or without its question, and its evidence."""
    split = [ClaimSplitter().split(a.text, a.question if ask else None)[0] for a in found]
    evidence = [
        list(make_retriever(a.passage).retrieve([make_query(claim)])[0])
        for a, claim in zip(found, split, strict=True)
    ]
    return split, evidence


def check(verifier: NLIVerifier, found: Sequence[Answer], ask: bool) -> list[Verdict]:
    """The verdict on each answer, with or without its question."""
    return verifier.verify(*claims(found, ask))


def share(passed: np.ndarray) -> str:
    """How many pass, in %, with an interval."""
    return (
        f"{estimate_share(int(passed.sum()), len(passed))} of {len(passed)}" if len(passed) else "-"
    )


def row(name: str, found: Sequence[Answer], scores: np.ndarray) -> str:
    """A line of the table."""
    right = np.array([a.right for a in found])
    passed = scores >= THRESHOLD
    better, pairs = 0.0, 0
    for item in dict.fromkeys(a.item for a in found):
        own = np.array([a.item == item for a in found])
        gaps = scores[own & right][:, None] - scores[own & ~right][None, :]
        better += float((gaps > 0).sum() + 0.5 * (gaps == 0).sum())
        pairs += gaps.size
    return f"| {name} | {share(passed[right])} | {share(passed[~right])} | " + (
        f"{100 * roc_auc_score(right, scores):.1f} | {100 * better / pairs:.1f} |"
        if pairs
        else "- | - |"
    )


def table(found: Sequence[Answer], verdicts: Sequence[Verdict]) -> None:
    """Prints the figures of each kind and of all kinds but yes and no."""
    scores = np.array([v.score if v.score is not None else 0.0 for v in verdicts])
    print("| kind | right ones pass, % | wrong ones pass, % | AUC | right above wrong, % |")
    print("| --- | --- | --- | --- | --- |")
    kinds = np.array([a.kind for a in found])
    for kind in dict.fromkeys(kinds.tolist()):
        rows = np.flatnonzero(kinds == kind).tolist()
        print(row(kind, [found[i] for i in rows], scores[rows]))
    rows = np.flatnonzero((kinds != POLAR) & (kinds != TABLE)).tolist()
    print(row("all passages but yes/no", [found[i] for i in rows], scores[rows]))


def sentences(passage: str) -> list[str]:
    """The sentences of a passage."""
    return [passage[a:b] for a, b in find_sentences(passage)]


def reduced(found: Sequence[Answer]) -> list[Answer]:
    """The answers on less evidence: wrong ones without the sentences that hold a right one.

    The right ones are on these sentences alone. Items whose right answer stands nowhere word for
    word are left out.
    """
    out = []
    for item in dict.fromkeys(a.item for a in found):
        own = [a for a in found if a.item == item]
        parts = sentences(own[0].passage)
        held = [any(measure_share(a.text, part) == 1 for a in own if a.right) for part in parts]
        texts = {
            right: "\n".join(p for p, h in zip(parts, held, strict=True) if h == right)
            for right in (True, False)
        }
        if any(held) and not all(held):
            out += [replace(a, passage=texts[a.right]) for a in own]
    return out


def misasked(found: Sequence[Answer]) -> list[Answer]:
    """The right answers to a question that the passage does not answer: that of the next item."""
    out = []
    for kind in dict.fromkeys(a.kind for a in found):
        own = [a for a in found if a.kind == kind]
        items = list(dict.fromkeys(a.item for a in own))
        asked = dict(zip(items, [*items[1:], items[0]], strict=True))
        question = {a.item: a.question for a in own}
        out += [replace(a, question=question[asked[a.item]], right=False) for a in own if a.right]
    return out


def features(readings: Sequence[AnswerReading]) -> np.ndarray:
    """What ``AnswerReading.support`` weighs, shape [readings, 3]."""
    return np.array([
        [r.closeness, min(r.nearer, MOST_NEARER), r.behind] for r in readings
    ])  # fmt: skip


def read_all(found: Sequence[Answer], verifier: NLIVerifier) -> list[AnswerReading | None]:
    """The reading of each answer; None where it is not read with its question."""
    split, evidence = claims(found, ask=True)
    rarity = WordRarity(verifier.scorer.tokenizer.get_vocab())
    quotes = [
        build_premise(claim, part, rarity, WORDS).sentences
        for claim, part in zip(split, evidence, strict=True)
    ]
    read = AnswerReader().read(dict(enumerate(zip(split, quotes, strict=True))))
    return [read.get(i) for i in range(len(found))]


def fit(found: Sequence[Answer], verifier: NLIVerifier) -> None:
    """Prints the weights, and the figures of the fit under cross-validation by item."""
    groups = {
        "passages": found,
        "less evidence": reduced(found),
        "other questions": misasked(found),
    }
    every = [a for group in groups.values() for a in group]
    kinds = [name for name, group in groups.items() for _ in group]
    held = [
        (a, r, name)
        for a, r, name in zip(every, read_all(every, verifier), kinds, strict=True)
        if r is not None and r.held >= HELD
    ]
    kept = [a for a, _, _ in held]
    x = features([r for _, r, _ in held])
    y = np.array([a.right for a in kept])
    group = np.array([name for _, _, name in held])
    weights = np.where(group == "passages", 1.0, 0.5)
    for right in (True, False):
        weights[y == right] /= weights[y == right].sum()
    scores = np.zeros(len(y))
    for train, test in GroupKFold(2).split(x, groups=[a.item for a in kept]):
        model = LogisticRegression(C=1e5).fit(x[train], y[train], sample_weight=weights[train])
        scores[test] = model.predict_proba(x[test])[:, 1]
    print(f"\n{len(kept)} of {len(every)} answers are read with their question\n")
    print("| two-fold | right ones pass, % | wrong ones pass, % | AUC | right above wrong, % |")
    print("| --- | --- | --- | --- | --- |")
    for name in groups:
        rows = np.flatnonzero(group == name).tolist()
        print(row(f"{name}, embeddings alone", [kept[i] for i in rows], scores[rows]))
    model = LogisticRegression(C=1e5).fit(x, y, sample_weight=weights)
    names = ("closeness", "nearer", "behind")
    print({"intercept": round(float(model.intercept_[0]), 2)}
          | dict(zip(names, model.coef_[0].round(2).tolist(), strict=True)))  # fmt: skip


def tables(path: Path, most: int) -> list[Answer]:
    """Questions after a key of a table ("Key: value. Key: value."), each with two values of it."""
    rng = random.Random(0)
    premises = list(dict.fromkeys(str(r["premise"]) for r in read_jsonl(path)))
    out: list[Answer] = []
    for premise in rng.sample(premises, len(premises)):
        title, *parts = premise.rstrip(".").split(". ")
        sides = [[side.strip() for side in part.split(":", 1)] for part in parts if ":" in part]
        pairs = [(k, v) for k, v in sides if len(k.split()) <= 3 and 0 < len(v.split()) <= 6]
        if len(pairs) < 4 or len(out) >= 2 * most:
            continue
        (key, value), (_, other) = rng.sample(pairs, 2)
        question = f"What is the {key.lower()} of {title}?"
        if value != other:
            for text, right in ((value, True), (other, False)):
                out.append(Answer(premise, TABLE, question, premise, text, right))
    return out


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=Path, default=ITEMS, help="items of the kind above")
    parser.add_argument("--data", type=Path, help="folder with infotabs.jsonl.gz, for tables")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--fit", action="store_true", help="fit the weights on the items")
    parser.add_argument("--quick", action="store_true", help="40 answers")
    args = parser.parse_args()
    found = answers(args.items)
    if args.data is not None:
        found += tables(next(args.data.glob("infotabs.jsonl*")), 20 if args.quick else 150)
    found = found[:20] + found[-20:] if args.quick else found
    verifier = NLIVerifier(args.model)
    for ask in (False, True):
        print(f"\n{verifier.version}, {'with' if ask else 'without'} the question\n")
        table(found, check(verifier, found, ask))
    if args.fit:
        fit([a for a in found if a.kind not in (POLAR, TABLE)], verifier)


if __name__ == "__main__":
    main()
