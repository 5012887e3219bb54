"""The words at fault: character F1 of several ways to mark them.

    python -m benchmarks.spans --data DIR [--model DIR] [--limit N]

Whole answers with marked characters (files whose rows have ``response`` and ``spans``). Each
claim is judged the guard's way, and a flagged one is marked whole, or by the checks' findings, or
by the verifier's span head, or as the verifier ships it. Beside the micro figures over all
answers stand those of the flagged claims that truly hold a fault, where the verdict is no issue.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from benchmarks.calibrate import spans_of
from benchmarks.verifier import read

from groundwire.evaluate.metrics import collect_fault_spans, score_spans
from groundwire.evaluate.pairs import LabelledPair, is_flagged, score_pairs, split_answer
from groundwire.train.pairs.pairs import read_jsonl
from groundwire.types import Span, Verdict
from groundwire.verify.backends.spans import find_faults
from groundwire.verify.nli import NLIVerifier


def whole(verdict: Verdict) -> Verdict:
    """The claim as one span."""
    return replace(verdict, spans=())


def findings(verdict: Verdict) -> Verdict:
    """What the checks found, else the whole claim."""
    return replace(verdict, spans=find_faults(verdict.claim, "contradicted", verdict.findings, ()))


def shipped(verdict: Verdict) -> Verdict:
    """As the verifier gives it."""
    return verdict


WAYS = {"whole claim": whole, "findings": findings, "as shipped": shipped}


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--limit", type=int, help="answers of each file")
    parser.add_argument("--quick", action="store_true", help="20 answers")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with labelled answers")
        return
    verifier = NLIVerifier(args.model)
    for path in sorted(args.data.glob("*.jsonl*")):
        if "spans" not in next(read_jsonl(path), {}):
            continue
        marked = spans_of(path)
        pairs = read(path, 20 if args.quick else args.limit)
        scored = list(score_pairs(verifier, pairs, split=split_answer))
        truth = [[Span(*span) for span in marked[pair.id]] for pair in pairs]
        print(f"{path.name.split('.')[0]}: {len(pairs)} answers, {verifier.version}\n")
        print("| way | precision | recall | F1 | F1 inside claims at fault |")
        print("| --- | --- | --- | --- | --- |")
        for name, way in WAYS.items():
            verdicts = [[way(v) for v in item.verdicts] for item in scored]
            found = score_spans(truth, [collect_fault_spans(v) for v in verdicts], sources(pairs))
            inside = [
                collect_fault_spans(v for v in part if is_flagged(v) and touches(v, spans))
                for part, spans in zip(verdicts, truth, strict=True)
            ]
            cut = [clip(spans, part) for spans, part in zip(truth, verdicts, strict=True)]
            best = score_spans(cut, inside, sources(pairs))
            print(f"| {name} | {found.precision} | {found.recall} | {found.f1} | {best.f1} |")


def sources(pairs: list[LabelledPair]) -> list[str]:
    """Names of what the answers were made from."""
    return [pair.source for pair in pairs]


def touches(verdict: Verdict, spans: list[Span]) -> bool:
    """Whether a claim holds a marked character."""
    return any(s.start < verdict.claim.end and verdict.claim.start < s.end for s in spans)


def clip(spans: list[Span], verdicts: list[Verdict]) -> list[Span]:
    """The marked characters that lie in flagged claims."""
    claims = [v.claim for v in verdicts if is_flagged(v)]
    cut = [(max(s.start, c.start), min(s.end, c.end)) for s in spans for c in claims]
    return [Span(a, b) for a, b in cut if a < b]


if __name__ == "__main__":
    main()
