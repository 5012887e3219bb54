"""Ablation of the deterministic checks: the verdicts that each one turns, rightly and wrongly.

    python -m benchmarks.checks --data DIR [--limit N] [--only NAME ...] [--model DIR] [--edits]

Each text goes the verifier's own way, once with all checks, once with none, and once without each
of them; the model reads every pair once. A verdict is *turned* where leaving the check out changes
whether the claim is supported; it was turned *rightly* where the label says so. ``--edits`` does
the same on sentences of the evidence with one thing changed, which must not pass.

The last table asks what it would cost to let nothing pass that the evidence lacks: of the texts
that pass although a value, a name or a code of theirs is ``missing``, how many are wrong.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest import mock

from benchmarks.facts import LEFT_OUT, Case, cases, passages

from groundwire.evaluate.corruptions import NAME, corrupt_sentence
from groundwire.evaluate.metrics import estimate_share
from groundwire.types import Claim, Finding, Verdict
from groundwire.verify import nli
from groundwire.verify.checks import CHECKS
from groundwire.verify.checks.rows import check_rows
from groundwire.verify.nli import NLIVerifier

ROWS = "check_rows"


def remember_readings(verifier: NLIVerifier) -> None:
    """Makes a verifier's model read each pair once, however often it is asked."""
    scorer, known = verifier.scorer, dict[tuple[str, str], Any]()
    read = scorer.read

    def remembering(pairs: Sequence[tuple[str, str]]) -> Any:
        fresh = [pair for pair in dict.fromkeys(pairs) if pair not in known]
        scores, tokens = read(fresh)
        known.update(zip(fresh, zip(scores, tokens, strict=True), strict=True))
        return [known[pair][0] for pair in pairs], [known[pair][1] for pair in pairs]

    scorer.read = remembering  # type: ignore[method-assign]


def judge(verifier: NLIVerifier, found: Sequence[Case], left_out: str = "") -> list[list[Verdict]]:
    """Returns the verdicts on the claims of each case, without one check, or without ``"all"``."""
    kept = [c for c in CHECKS if left_out != "all" and c.__name__ != left_out]
    verifier._checks = tuple(kept)
    flat = [(claim, passages(case.pair.premise)) for case in found for claim in case.claims]
    rows = no_rows if left_out in (ROWS, "all") else check_rows
    with mock.patch.object(nli, ROWS, rows):
        verdicts = iter(verifier.verify([c for c, _ in flat], [e for _, e in flat]))
    return [[next(verdicts) for _ in case.claims] for case in found]


def no_rows(*_: object) -> list[Finding]:
    """Stands for the check of rows where that is left out."""
    return []


def passes(verdicts: Sequence[Verdict]) -> bool:
    """Whether all claims of a text would be shown."""
    return all(verdict.label in ("supported", "no_claim") for verdict in verdicts)


def make_edits(found: Sequence[Case], rng: random.Random) -> list[Case]:
    """Returns sentences of the evidence with one thing changed, each named by what was."""
    made = []
    for case in found:
        names = sorted({m.group() for m in NAME.finditer(case.pair.premise[:5000])})
        texts = [p.passage.text for p in passages(case.pair.premise)]
        if case.label != "supported" or not texts:
            continue
        sentence = rng.choice(rng.choice(texts).split(". "))
        if 20 <= len(sentence) <= 300:
            for edit in corrupt_sentence(sentence, names, (), rng, most=20):
                claim = Claim(edit.text, 0, len(edit.text))
                made.append(Case(edit.kind, case.pair, "unsupported", (claim,)))
    return made


def print_ablation(verifier: NLIVerifier, found: Sequence[Case]) -> None:
    """Prints which verdicts each check turns, by set."""
    whole = [passes(verdicts) for verdicts in judge(verifier, found)]
    sets = sorted({case.name for case in found})
    print(f"\n| check | turned rightly | wrongly | {' | '.join(sets)} |")
    print("| --- " * (3 + len(sets)) + "|")
    for name in (*(check.__name__ for check in CHECKS), ROWS, "all"):
        without = [passes(verdicts) for verdicts in judge(verifier, found, name)]
        right, wrong = Counter[str](), Counter[str]()
        for case, a, b in zip(found, whole, without, strict=True):
            if a != b:
                (right if a == (case.label == "supported") else wrong)[case.name] += 1
        cells = (f"{right[s]}/{wrong[s]}" if right[s] + wrong[s] else "" for s in sets)
        print(f"| {name} | {right.total()} | {wrong.total()} | {' | '.join(cells)} |")
    print(f"\n{len(found)} texts; a cell is rightly/wrongly")


def print_missing(verifier: NLIVerifier, found: Sequence[Case]) -> None:
    """Prints how often what passes is wrong where the evidence lacks a value of it, by kind."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for case, verdicts in zip(found, judge(verifier, found), strict=True):
        if not passes(verdicts):
            continue
        kinds = {f.kind for v in verdicts for f in v.findings if f.status == "missing"}
        for kind in kinds or {"nothing"}:
            counts[kind][0] += case.label != "supported"
            counts[kind][1] += 1
    print("\n| missing | texts that pass | of those wrong, % |\n| --- | --- | --- |")
    for kind, (wrong, total) in sorted(counts.items(), key=lambda item: -item[1][1]):
        print(f"| {kind} | {total} | {estimate_share(wrong, total)} |")


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--limit", type=int, default=100, help="texts drawn from each file")
    parser.add_argument("--only", nargs="*", help="names of files, without the ending")
    parser.add_argument("--model", help="a folder; by default the embedded verifier")
    parser.add_argument("--edits", action="store_true", help="edited sentences of the evidence")
    parser.add_argument("--quick", action="store_true", help="10 texts of each file")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with labelled pairs")
        return
    limit = 10 if args.quick else args.limit
    found: list[Case] = []
    for path in sorted(args.data.glob("*.jsonl*")):
        name = path.name.split(".")[0]
        if name not in LEFT_OUT and (not args.only or name in args.only):
            found += [case for case in cases(path, limit) if case.claims]
            print(f"{name}: {len(found)} texts so far", file=sys.stderr)
    verifier = NLIVerifier(args.model)
    remember_readings(verifier)
    if args.edits:
        found = make_edits(found, random.Random(0))
    print_ablation(verifier, found)
    print_missing(verifier, found)


if __name__ == "__main__":
    main()
