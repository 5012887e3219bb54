"""Everyday cases through the guard, by kind: which come out as a careful reader would judge them.

    python -m benchmarks.cases FILE [--quick] [--model DIR] [--policy NAME] [--show KIND] [--json]

A line of ``FILE`` (JSON lines, gzipped or plain) is ``{"id", "kind", "evidence", "answer"}``,
perhaps with ``question``, ``expect`` (``[{"claim_contains", "label_in"}]``), ``expect_text_has``
and ``expect_text_not``. ``evidence`` is what ``Guard.check`` takes, or ``{"html": ...}``, a page
that is read as a file. A case is right if every expected claim is there with an allowed label and
the shown text holds and lacks what it should. A wrong case is *passed* if something false is
supported, *refused* if something true is not, *missing* if no claim has the words, *text* if the
labels are right and the shown text is not.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from groundwire import Guard, NLIVerifier, Report, ThresholdPolicy, load_documents
from groundwire.errors import DocumentError
from groundwire.evaluate.metrics import estimate_share
from groundwire.io.jsonl import read_lines

PASS = frozenset({"supported", "no_claim"})
"""Labels of what is shown unchanged."""
WRONG = ("passed", "refused", "missing", "text")
"""What may be wrong with a case, the worst first."""


def read_evidence(evidence: Any) -> Any:
    """Returns a case's evidence as ``Guard.check`` takes it; a page is read as a file is."""
    if not (isinstance(evidence, dict) and set(evidence) == {"html"}):
        return evidence
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(evidence["html"], encoding="utf-8")
        try:
            return list(load_documents(page))
        except DocumentError:  # a page that shows no text is no evidence
            return []


def judge_case(case: dict[str, Any], report: Report) -> str:
    """Returns ``"right"``, or what is wrong with a report."""
    faults = set()
    for expected in case.get("expect", ()):
        allowed = set(expected["label_in"])
        said = [v for v in report.verdicts if expected["claim_contains"] in v.claim.text]
        if not said:
            # What the guard did not take for a claim it lets pass.
            label = "no_claim" if expected["claim_contains"] in report.answer else ""
            if label not in allowed:
                faults.add("missing")
        for verdict in said:
            if verdict.label not in allowed:
                faults.add("passed" if verdict.label in PASS and not allowed & PASS else "refused")
    if not faults:
        has = all(text in report.text for text in case.get("expect_text_has", ()))
        lacks = not any(text in report.text for text in case.get("expect_text_not", ()))
        return "right" if has and lacks else "text"
    return next(fault for fault in WRONG if fault in faults)


def print_case(case: dict[str, Any], report: Report, outcome: str) -> None:
    """Prints what a case says and what became of it."""
    evidence = (
        case["evidence"]
        if isinstance(case["evidence"], str)
        else json.dumps(case["evidence"], ensure_ascii=False)
    )
    print(f"\n{case['id']} {outcome}: {evidence[:600]!r}")
    if case.get("question"):
        print(f"   Q: {case['question']}")
    print(f"   A: {case['answer']!r}\n   -> {report.text!r}")
    for verdict in report.verdicts:
        score = "" if verdict.score is None else f" {verdict.score:.2f}"
        found = ", ".join(
            f"{f.kind} {f.status} {f.claimed!r}/{f.found!r}" for f in verdict.findings
        )
        print(f"   {verdict.label}{score} {verdict.claim.text!r} {verdict.reason} [{found}]")
    print(f"   expected {case.get('expect')} {case.get('expect_text_has', '')}")


def run_cases(cases: Sequence[dict[str, Any]], guard: Guard) -> list[tuple[Report, str]]:
    """Returns the report of each case and what is wrong with it."""
    found = []
    for case in cases:
        report = guard.check(case["answer"], read_evidence(case["evidence"]), case.get("question"))
        found.append((report, judge_case(case, report)))
    return found


def main() -> None:
    """Prints a row for each kind."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?", help="cases, JSON lines")
    parser.add_argument("--quick", action="store_true", help="own examples alone, without FILE")
    parser.add_argument("--model", help="a folder; by default the embedded verifier")
    parser.add_argument("--policy", default="balanced", help="observe, balanced or strict")
    parser.add_argument("--show", help="print the wrong cases of this kind; 'all' for each kind")
    parser.add_argument("--json", action="store_true", help="one line of JSON for each case")
    args = parser.parse_args()
    if args.file is None:
        if not args.quick:
            parser.error("give a FILE of cases, or --quick for the built-in examples")
        cases = EXAMPLES
    else:
        cases = [row for _, row in read_lines(args.file)]
    policy = getattr(ThresholdPolicy, args.policy)()
    guard = Guard(verifier=NLIVerifier(args.model), policy=policy)
    guard.check("The pump is red.", "The pump is red.")  # loads the model
    begun = time.perf_counter()
    found = run_cases(cases, guard)
    seconds = time.perf_counter() - begun
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    for case, (report, outcome) in zip(cases, found, strict=True):
        by_kind[case["kind"]][outcome] += 1
        if args.json:
            print(json.dumps({"id": case["id"], "kind": case["kind"], "outcome": outcome}))
        if outcome != "right" and args.show in (case["kind"], "all"):
            print_case(case, report, outcome)
    if args.json:
        return
    print(f"\n| kind | right | of | {' | '.join(WRONG)} |")
    print("| --- " * (3 + len(WRONG)) + "|")
    ordered = sorted(by_kind.items(), key=lambda item: item[1]["right"] - item[1].total())
    for kind, counts in [*ordered, ("**all**", sum(by_kind.values(), Counter[str]()))]:
        cells = " | ".join(str(counts[name] or "") for name in WRONG)
        print(f"| {kind} | {counts['right']} | {counts.total()} | {cells} |")
    right = estimate_share(sum(outcome == "right" for _, outcome in found), len(found))
    version = found[0][0].versions["verifier"]
    print(f"\nright: {right} % of {len(found)}; {seconds:.1f} s; {version}")


EXAMPLES: list[dict[str, Any]] = [
    {
        "id": "own-1", "kind": "records", "question": "How long does the Tern fly?",
        "evidence": [{"drone": "Tern", "minutes": 41}, {"drone": "Skua", "minutes": 55}],
        "answer": "The Tern flies for 41 minutes.",
        "expect": [{"claim_contains": "41", "label_in": ["supported"]}],
    },
    {
        "id": "own-2", "kind": "records", "question": "How long does the Tern fly?",
        "evidence": [{"drone": "Tern", "minutes": 41}, {"drone": "Skua", "minutes": 55}],
        "answer": "The Tern flies for 55 minutes.",
        "expect": [{"claim_contains": "55", "label_in": ["contradicted", "unsupported"]}],
        "expect_text_not": ["55"],
    },
    {
        "id": "own-3", "kind": "chat", "evidence": "The gate opens at 7.",
        "answer": "You are welcome! The gate opens at 7.",
        "expect": [{"claim_contains": "gate", "label_in": ["supported"]}],
        "expect_text_has": ["You are welcome!", "The gate opens at 7."],
    },
]  # fmt: skip
"""Examples for ``--quick``; the cases themselves lie outside of the project."""


if __name__ == "__main__":
    main()
