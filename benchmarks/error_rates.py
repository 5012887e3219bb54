"""How often the checker flags answers that people call faithful, and answers that hold a fault.

    python -m benchmarks.error_rates --data DIR [--limit N] [--scores FILE.json] [--write]

Answers of real systems with labels of people, of the sets of ``KINDS``: up to ``--limit`` faithful
and as many faulty ones of each, through ``Guard.check_many``. An answer is flagged as an audit
flags it: one of its claims is contradicted or unsupported. Answers without a checked claim are
left out, as in an audit's rate. ``--scores`` keeps what was found for each answer, and a second
run reads it; ``--write`` writes the counts to ``error_rates.json`` of the package, from which
audits tell in which range the true rate lies.

The last table asks whether that range holds: each set is left out in turn, and the share that is
faulty of samples of it is looked for in the range that the counts of the other sets give for the
share that was flagged in the sample.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.useful_items import SEED, read_answers

from groundwire.audit.figures.checker_error import (
    TABLE,
    CheckerError,
    SetErrors,
    encode_error,
    estimate_true_rate,
)
from groundwire.evaluate.metrics import estimate_share
from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy

KINDS = {
    "ragtruth_train_answers": "answers, summaries and descriptions of records by six models",
    "qa_feedback": "long answers to questions over passages",
    "lfqa": "long answers to questions over web pages",
    "quintd": "reports about records and tables",
    "ares": "answers of a product chatbot over documentation",
    "alexa_dialog": "chat replies about a passage, models of 2019",
    "q2": "chat replies about a sentence, models of 2018 to 2020",
}
"""The sets, and what they hold."""

BATCH = 16
ANSWERS = 100
"""Answers of a sample in which the range is looked for."""
RATES = (0.05, 0.1, 0.2, 0.4, 0.6)
"""Shares of faulty answers in such samples."""
FLAGGED = ("contradicted", "unsupported")
CHECKED = ("supported", *FLAGGED)
Row = dict[str, Any]


def score(data: Path, limit: int) -> list[Row]:
    """Checks the answers: of each its set, its label, and its claims with label and score."""
    guard = Guard(policy=ThresholdPolicy(contradicted="allow", unsupported="allow"))
    found: list[Row] = []
    for name in KINDS:
        path = next((data / "dev").glob(f"{name}.jsonl*"))
        known = [item for item, _ in read_answers(path, whole=name not in ("alexa_dialog", "q2"))]
        drawn = []
        for part in ("good", "faulty"):
            items = [item for item in known if item.part == part]
            drawn += random.Random(SEED).sample(items, min(limit, len(items)))
        for start in range(0, len(drawn), BATCH):
            batch = drawn[start : start + BATCH]
            reports = guard.check_many(
                [item.answer for item in batch], [item.evidence for item in batch],
                [item.question for item in batch],
            )  # fmt: skip
            for item, report in zip(batch, reports, strict=True):
                claims = [[v.label, v.score, v.claim.text] for v in report.verdicts]
                found.append({
                    "set": name, "id": item.id, "source": item.source,
                    "faulty": item.part == "faulty", "claims": claims,
                    "verifier": report.versions["verifier"],
                })  # fmt: skip
        print(f"{name}: {len(drawn)} answers", flush=True)
    return found


def count_errors(rows: Sequence[Row], name: str) -> SetErrors:
    """Counts what was flagged of one set, of the answers that have a checked claim."""
    counts = {"faithful": [0, 0], "faulty": [0, 0]}
    for row in rows:
        labels = [label for label, _, _ in row["claims"]]
        if row["set"] == name and any(label in CHECKED for label in labels):
            kind = counts["faulty" if row["faulty"] else "faithful"]
            kind[0] += 1
            kind[1] += any(label in FLAGGED for label in labels)
    (good, good_flagged), (bad, bad_flagged) = counts["faithful"], counts["faulty"]
    return SetErrors(name, KINDS[name], good, good_flagged, bad, bad_flagged)


def cover(error: CheckerError, draws: int) -> str:
    """Leaves each set out: how often the range holds the true share of samples of it."""
    rng = np.random.default_rng(0)
    lines = []
    for left in error.sets:
        others = CheckerError(
            error.verifier, error.measured, tuple(one for one in error.sets if one is not left)
        )
        hits, width, total = 0, 0.0, 0
        for rate in RATES:
            for _ in range(draws):
                faulty = int(rng.binomial(ANSWERS, rate))
                flagged = rng.binomial(faulty, left.faulty_flagged / left.faulty) + rng.binomial(
                    ANSWERS - faulty, left.faithful_flagged / left.faithful
                )
                drawn = rng.beta(flagged + 0.5, ANSWERS - flagged + 0.5, 1000)
                low, high = estimate_true_rate(drawn, others)
                hits += low <= rate <= high
                width += high - low
                total += 1
        lines.append(f"| {left.name} | {100 * hits / total:.1f} | {100 * width / total:.0f} |")
    return "\n".join(lines)


def main() -> None:
    """Runs the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with dev/")
    parser.add_argument("--limit", type=int, default=40, help="answers of each label in each set")
    parser.add_argument("--scores", type=Path, help="where scores are kept between runs")
    parser.add_argument("--write", action="store_true", help="write the package's table")
    parser.add_argument("--draws", type=int, default=200, help="samples for each share at fault")
    parser.add_argument("--quick", action="store_true", help="3 answers of each, 5 samples")
    args = parser.parse_args()
    kept = args.scores is not None and args.scores.exists()
    if args.data is None and not kept:
        print("nothing to do: give --data DIR with labeled answers")
        return
    if kept:
        rows = json.loads(args.scores.read_text(encoding="utf-8"))
    else:
        rows = score(args.data, 3 if args.quick else args.limit)
        if args.scores is not None:
            args.scores.write_text(json.dumps(rows), encoding="utf-8")
    sets = tuple(count_errors(rows, name) for name in KINDS)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    error = CheckerError(rows[0]["verifier"], day, sets)
    print(f"verifier {error.verifier}, {error.answers} answers with a checked claim\n")
    print("| set | faithful flagged, % | faulty flagged, % |\n| --- | --- | --- |")
    for one in sets:
        shares = [
            estimate_share(*pair)
            for pair in ((one.faithful_flagged, one.faithful), (one.faulty_flagged, one.faulty))
        ]
        told = " | ".join(
            f"{100 * share.value:.1f} ({100 * share.low:.1f}-{100 * share.high:.1f}) of {tries}"
            for share, tries in zip(shares, (one.faithful, one.faulty), strict=True)
        )
        print(f"| {one.name} | {told} |")
    print("\n| set left out | range holds the truth, % | its width, points |\n| --- | --- | --- |")
    print(cover(error, 5 if args.quick else args.draws))
    if args.write:
        text = json.dumps(encode_error(error), indent=1)
        TABLE.write_text(f"{text}\n", encoding="utf-8")
        print(f"\nwritten to {TABLE}")


if __name__ == "__main__":
    main()
