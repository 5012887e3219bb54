"""Made-up situations by kind: what passes of what a text says, and of what it does not say?

    python -m benchmarks.situations [--model DIR] [--rows N] [--seed N]

Situations of the makers that also make training pairs (``train.pairs.sources.MAKERS``), drawn with
another seed: the names and values are new, the forms of sentences are those of training, so this
tells whether a kind was learned at all, not how it is judged in other words. Statements are
claims; answers stand after their question, as in an answer of an assistant.
"""

from __future__ import annotations

import argparse
import random

from groundwire.claims.queries import make_query
from groundwire.evaluate.metrics import estimate_share
from groundwire.evidence.adhoc import make_retriever
from groundwire.train.pairs.sources import MAKERS
from groundwire.types import Claim, Context
from groundwire.verify.nli import NLIVerifier
from groundwire.verify.verdicts import THRESHOLD

SEED = 9_001
"""Of the draws; no recipe has it."""


def draw(kind: str, rows: int, seed: int) -> list[tuple[Claim, str, bool, bool]]:
    """Claims of a kind, each with its text: (claim, premise, is an answer, supported)."""
    rng = random.Random(f"{seed}-{kind}")
    out: list[tuple[Claim, str, bool, bool]] = []
    while len(out) < rows:
        made = MAKERS[kind](rng)
        said = [(text, None, label) for text, label in made.statements]
        asked = [(text, question, label) for question, text, label in made.answers]
        for group in (said, asked):
            rng.shuffle(group)
            for wanted in (True, False):
                fit = [item for item in group if (item[2] == "supported") == wanted]
                if fit:
                    text, question, _ = fit[0]
                    claim = Claim(text, 0, len(text), context=Context(question))
                    out.append((claim, made.premise, question is not None, wanted))
    return out[:rows]


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--rows", type=int, default=60, help="claims of each kind")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--quick", action="store_true", help="8 claims of each kind")
    args = parser.parse_args()
    verifier = NLIVerifier(args.model)
    print("| kind | true ones pass, % | false ones pass, % | right answers | wrong answers |")
    print("| --- | --- | --- | --- | --- |")
    sums = {(asked, true): [0, 0] for asked in (False, True) for true in (False, True)}
    for kind in MAKERS:
        drawn = draw(kind, 8 if args.quick else args.rows, args.seed)
        evidence = [
            make_retriever(premise).retrieve([make_query(claim)])[0]
            for claim, premise, _, _ in drawn
        ]
        verdicts = verifier.verify([claim for claim, _, _, _ in drawn], evidence)
        own = {key: [0, 0] for key in sums}
        for (_, _, asked, true), verdict in zip(drawn, verdicts, strict=True):
            for table in (own, sums):
                table[asked, true][0] += (verdict.score or 0.0) >= THRESHOLD
                table[asked, true][1] += 1
        print(f"| {kind} | " + tell(own))
    print("| **all** | " + tell(sums))


def tell(counts: dict[tuple[bool, bool], list[int]]) -> str:
    """The four shares of a line."""
    order = ((False, True), (False, False), (True, True), (True, False))
    return (
        " | ".join(
            f"{estimate_share(*counts[key])} of {counts[key][1]}" if counts[key][1] else "-"
            for key in order
        )
        + " |"
    )


if __name__ == "__main__":
    main()
