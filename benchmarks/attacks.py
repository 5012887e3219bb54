"""The attack suite over several sets, for one verifier or two (before and after).

    python -m benchmarks.attacks --data DIR [--model DIR] [--before DIR] [--rows N]

Each attack is tried on pairs of the development sets that the verifier judges rightly as they
are. ``--before`` also attacks another verifier, on the pairs that that one judges rightly.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.verifier import read

from groundwire.evaluate.attacks import run_attacks
from groundwire.evaluate.pairs import score_pairs
from groundwire.verify.nli import NLIVerifier
from groundwire.verify.verdicts import THRESHOLD

SETS = ("attributionbench", "fm2", "infotabs", "shroom", "wice")


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--before", help="folder of another verifier")
    parser.add_argument("--rows", type=int, default=300, help="rows drawn from each set")
    parser.add_argument("--most", type=int, default=200, help="pairs that an attack is tried on")
    parser.add_argument("--quick", action="store_true", help="20 rows of each set")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with labelled pairs")
        return
    rows = 20 if args.quick else args.rows
    sets = [read(next(args.data.glob(f"{name}.jsonl*")), rows) for name in SETS]
    # Rows of the sets in turn, so that each attack meets all of them.
    pairs = [pair for group in zip(*sets, strict=False) for pair in group]
    for model in [args.before, args.model] if args.before else [args.model]:
        verifier = NLIVerifier(model)
        scored = list(score_pairs(verifier, pairs))

        def tell(name: str) -> None:
            print(name, file=sys.stderr, flush=True)

        print(f"\n{verifier.version}, {len(pairs)} pairs of {', '.join(SETS)}\n")
        print("| attack | a success | tried | successes, % (95 % interval) |")
        print("| --- | --- | --- | --- |")
        for result in run_attacks(verifier, scored, THRESHOLD, most=args.most, progress=tell):
            goal = "an unsupported text passes" if result.goal == "pass" else "a false alarm"
            print(f"| {result.name} | {goal} | {result.tried} | {result.success} |")


if __name__ == "__main__":
    main()
