"""Passages written for this project and kept from training: true and false in nearly one wording.

    python -m benchmarks.passages [--model DIR] [--limit N] [--quick]

``passages_held`` has blocks of the kind that also train verifiers (``train.pairs.passages``), on
texts that none was trained on. Where a block gives its evidence in two versions, most claims are
true under one and false under the other, so that wording tells nothing and what only looks for
common words is at chance. Every claim is checked as a user would, through ``Guard.check``; answers
stand alone with their question. Intervals of 95 %: a bootstrap that draws blocks.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from groundwire import Guard, NLIVerifier, ThresholdPolicy
from groundwire.cli.progress import show_progress
from groundwire.evaluate.metrics import summarize_set
from groundwire.train.pairs.passages import Passage, read_passages
from groundwire.verify.verdicts import THRESHOLD

HELD = Path(__file__).with_name("passages_held")


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--limit", type=int, help="passages; by default all")
    parser.add_argument("--quick", action="store_true", help="4 passages")
    args = parser.parse_args()
    passages = read_passages(HELD)[: 4 if args.quick else args.limit]
    guard = Guard(verifier=NLIVerifier(args.model), policy=ThresholdPolicy.observe())
    print("| claims | of | balanced accuracy | AUC | true ones pass, % | false ones pass, % |")
    print("| --- | --- | --- | --- | --- | --- |")
    rows = check_passages(guard, passages)
    for name, wanted in (("statements", (False,)), ("answers", (True,)), ("all", (False, True))):
        chosen = [row for row in rows if row[0] in wanted]
        _, labels, scores, sources = (list(column) for column in zip(*chosen, strict=True))
        told = summarize_set(labels, scores, sources)
        passed: dict[bool, list[bool]] = {True: [], False: []}
        for label, score in zip(labels, scores, strict=True):
            passed[label].append(score >= THRESHOLD)
        true, false = (100 * sum(group) / max(1, len(group)) for group in passed.values())
        print(
            f"| {name} | {len(chosen)} | {told.balanced_accuracy} | {told.auc} "
            f"| {true:.1f} | {false:.1f} |"
        )


def check_passages(guard: Guard, passages: list[Passage]) -> list[tuple[bool, bool, float, str]]:
    """Checks every claim; returns (has a question, is supported, score, block) of each.

    A claim that is no claim to the guard, or that it cannot check, has the score of what is
    shown: 1 and 0.
    """
    rows = []
    with show_progress(len(passages)) as advance:
        for passage in passages:
            for said in passage.statements:
                report = guard.check(said.text, passage.evidence, said.question or None)
                scores = [
                    1.0 if verdict.label == "no_claim" else verdict.score or 0.0
                    for verdict in report.verdicts
                ]
                true = said.label == "supported"
                block = passage.statements[0].text  # the same in both versions
                rows.append((bool(said.question), true, min(scores, default=1.0), block))
            advance(1)
    return rows


if __name__ == "__main__":
    main()
