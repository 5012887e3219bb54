"""The worst errors of a verifier, to be read one by one.

    python -m benchmarks.errors --data DIR [--model DIR] [--only NAME ...] [--most 50]

The pairs on the wrong side of the threshold, those that are furthest from it first: the claim
with the lowest score, what the evidence was quoted for it, and, where the file marks them, the
words at fault. The table of causes in the model card was made by reading this list.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.calibrate import spans_of
from benchmarks.verifier import read, score

from groundwire.evaluate.pairs import ScoredPair
from groundwire.types import Verdict
from groundwire.verify.nli import NLIVerifier
from groundwire.verify.verdicts import THRESHOLD

SETS = ("attributionbench", "ragtruth_train_answers", "wice")
SHOWN = 400
"""Characters of a text that are printed."""


def distance(item: ScoredPair) -> float:
    """How far a score lies on the wrong side of the threshold; negative on the right side."""
    if item.score is None:
        return -1.0
    off = item.score - THRESHOLD
    return -off if item.pair.supported else off


def worst_claim(item: ScoredPair) -> Verdict:
    """The verdict that decided."""
    return min((v for v in item.verdicts if v.score is not None), key=lambda v: v.score or 0.0)


def cut(text: str) -> str:
    """A text on one line, its middle left out where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= SHOWN else f"{text[: SHOWN // 2]} [...] {text[-SHOWN // 2 :]}"


def show(place: int, name: str, item: ScoredPair, marked: list[tuple[int, int]]) -> None:
    """Prints one error."""
    verdict = worst_claim(item)
    truth = "supported" if item.pair.supported else "not supported"
    print(f"\n{place}. {name} {item.pair.id}: {truth}, score {verdict.score:.2f} ({verdict.label})")
    print(f"   claim: {cut(verdict.claim.text)}")
    if len(item.verdicts) > 1:
        print(f"   of {len(item.verdicts)} claims: {cut(item.pair.hypothesis)}")
    for start, end in marked:
        print(f"   at fault: {cut(item.pair.hypothesis[start:end])}")
    for quote in verdict.quotes or ():
        print(f"   evidence: {cut(quote.text)}")
    if verdict.reason:
        print(f"   reason: {verdict.reason}")


def main() -> None:
    """Runs the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--only", nargs="*", default=SETS, help="names of files")
    parser.add_argument("--most", type=int, default=50, help="errors to print")
    parser.add_argument("--limit", type=int, help="rows drawn from each file")
    parser.add_argument("--quick", action="store_true", help="20 rows of each file")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with labelled pairs")
        return
    verifier = NLIVerifier(args.model)
    found: list[tuple[float, str, ScoredPair, list[tuple[int, int]]]] = []
    for name in args.only:
        path = next(args.data.glob(f"{name}.jsonl*"))
        marked = spans_of(path)
        pairs = read(path, 20 if args.quick else args.limit)
        for item in score(verifier, pairs, name):
            if distance(item) > 0:
                found.append((distance(item), name, item, marked.get(item.pair.id, [])))
    found.sort(key=lambda row: (-row[0], row[2].pair.id))
    print(f"{verifier.version}: {len(found)} errors, the {min(args.most, len(found))} worst:")
    for place, (_, name, item, spans) in enumerate(found[: args.most], start=1):
        show(place, name, item, spans)


if __name__ == "__main__":
    main()
