"""Conclusions from several rows of a table: the cheapest, on average, three of them, all.

    python -m benchmarks.conclusions [FILE] [--model DIR] [--show]

No row states such a claim; it follows from what all of them have. ``conclusions.jsonl`` beside this
module has made-up tables as Markdown, CSV and JSON with claims that follow and claims that do not;
``table_answers.jsonl`` questions of users with short answers over other tables, in three sets;
``fresh_claims.jsonl`` claims of all kinds over short texts, tables, values and opening hours. A
FILE has lines ``{"form", "evidence", "claim", "ok", "question"?}``, or of one table
``{"form", "evidence", "items": [[question, claim, ok], ...]}``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.evidence_forms import tell_wrong

from groundwire import Guard, NLIVerifier


def read_rows(path: Path) -> Iterator[dict[str, Any]]:
    """Yields the claims of a file, each with its evidence."""
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        for question, claim, ok in row.pop("items", ()):
            yield {**row, "question": question, "claim": claim, "ok": ok}
        if "claim" in row:
            yield row


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    own = Path(__file__).with_name("conclusions.jsonl")
    parser.add_argument("file", nargs="?", type=Path, default=own)
    parser.add_argument("--model", help="a folder; by default the embedded verifier")
    parser.add_argument("--show", action="store_true", help="print what comes out wrong")
    parser.add_argument("--quick", action="store_true", help="every tenth claim")
    args = parser.parse_args()
    guard = Guard(verifier=NLIVerifier(args.model) if args.model else None)
    begun = time.perf_counter()
    rows = list(read_rows(args.file))[:: 10 if args.quick else 1]
    judged: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    for row in rows:
        report = guard.check(row["claim"], row["evidence"], question=row.get("question"))
        shown = report.decision.action == "pass" and report.text == row["claim"]
        judged[row["form"]].append((row["ok"], shown == row["ok"]))
        if shown != row["ok"] and args.show:
            told = "; ".join(f"{v.label} {v.score} {v.reason}" for v in report.verdicts)
            asked = f"{row['question']!r}: " if row.get("question") else ""
            kind = "true" if row["ok"] else "false"
            print(f"  {row['form']}, {kind}: {asked}{row['claim']!r}: {told}")
    print("| form | true claims refused | false claims shown |\n| --- | --- | --- |")
    for form, counts in judged.items():
        print(f"| {form} | {tell_wrong(counts, True)} | {tell_wrong(counts, False)} |")
    every = [count for counts in judged.values() for count in counts]
    print(f"| **all** | {tell_wrong(every, True)} | {tell_wrong(every, False)} |")
    print(f"\n{len(every)} claims in {time.perf_counter() - begun:.0f} s")


if __name__ == "__main__":
    main()
