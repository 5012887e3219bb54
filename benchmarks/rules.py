"""Rules of one line that any verifier must beat.

    python -m benchmarks.rules --data DIR [--limit N]

Two scores that look at words alone: the share of the text's words that the evidence lacks, and
the share of its numbers and names. AUC with 95 % intervals that draw premises, and the balanced
accuracy at the best threshold of each set, chosen on that set: what the rule could reach at most.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.verifier import read

from groundwire.evaluate.metrics import find_best_threshold, summarize_set
from groundwire.evaluate.pairs import LabelledPair
from groundwire.text.overlap import split_words, stem_word, stem_words


def lacking_words(pair: LabelledPair) -> float:
    """One minus the share of the text's words that the evidence lacks."""
    found = [stem_word(word) for word in split_words(pair.hypothesis)]
    known = stem_words(pair.premise)
    return sum(word in known for word in found) / max(1, len(found))


def lacking_names_and_numbers(pair: LabelledPair) -> float:
    """One minus the share of the text's numbers and capitalized words that the evidence lacks."""
    found = [w for w in split_words(pair.hypothesis) if w[0].isdigit() or w[0].isupper()]
    known = stem_words(pair.premise)
    return sum(stem_word(word) in known for word in found) / len(found) if found else 1.0


RULES = {"words": lacking_words, "names and numbers": lacking_names_and_numbers}


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with *.jsonl or *.jsonl.gz")
    parser.add_argument("--limit", type=int, help="rows drawn from each file")
    parser.add_argument("--quick", action="store_true", help="100 rows of each file")
    args = parser.parse_args()
    if args.data is None:
        print("nothing to do: give --data DIR with labelled pairs")
        return
    print("| set | rule | AUC | balanced accuracy at its best threshold |")
    print("| --- | --- | --- | --- |")
    for path in sorted(args.data.glob("*.jsonl*")):
        pairs = read(path, 100 if args.quick else args.limit)
        labels = [bool(pair.supported) for pair in pairs]
        for name, rule in RULES.items():
            scores = [rule(pair) for pair in pairs]
            best = find_best_threshold(labels, scores)
            sources = [pair.source for pair in pairs]
            figures = summarize_set(labels, scores, sources, threshold=best, draws=200)
            set_name = path.name.split(".")[0]
            print(f"| {set_name} | {name} | {figures.auc} | {figures.balanced_accuracy} |")


if __name__ == "__main__":
    main()
