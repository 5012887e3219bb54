"""Usefulness of the guard: good answers left alone, errors not shown, chat let through.

    python -m benchmarks.useful --data DIR [--limit N] [--part NAME,...] [--policy NAME]
        [--model DIR] [--curve] [--show OUTCOME,...] [--json FILE] [--compare FILE] [--quick]

Everything goes through ``Guard.check`` as users call it. The parts:

- ``good``, ``faulty``: answers of real systems with human labels, from the files of ``SETS`` in
  ``--data``, whole answers where a set has them. Up to ``--limit`` of each set and label.
- ``edits``: one rule-made edit (``groundwire.evaluate.corruptions``) in each of these good
  answers, by type. Some soft ones do no harm, and some good answers are not: a trend, no level.
- ``planted``: 200 errors in answers on 100 made-up passages, written and read for this one by
  one, by type; ``twin`` are the same answers without an error (``planted.jsonl``: ``span`` are
  the characters of the error, ``right`` is what the good answer says there).
- ``short``: right and wrong short answers to questions (``short_answers.jsonl``, all items).
- ``chat``: turns that state nothing, and turns that carry a fact in chatty words
  (``chat_turns.jsonl``; most are checked without evidence, as before any tool has run).

What became of an error: *passed* (it is shown), *restored* (the right value stands there),
*removed*, *blocked*, or *worse*: something was put in that the answer did not state, that is not
the right value and no text of the evidence. Without an error: *unchanged*, *changed*, *blocked*,
*worse*. Intervals are of 95 %: a bootstrap that draws sources, or Wilson's where each item is a
source of its own or all items came out alike.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from benchmarks.useful_items import PARTS, Item, collect_items

from groundwire import Guard, NLIVerifier, Report, ThresholdPolicy
from groundwire.cli.progress import show_progress
from groundwire.evaluate.metrics import (
    Estimate,
    estimate_figure,
    estimate_share,
    resample_sources,
)
from groundwire.io.jsonl import read_lines
from groundwire.policy import POLICIES
from groundwire.text.blocks import find_sentences
from groundwire.types import Edit, Span, Verdict

VERBATIM_WORDS = 4
"""From so many words on, what an edit puts in is a text of the evidence if it stands there; a
shorter one may be a value of something else."""
THRESHOLDS = tuple(round(0.05 * step, 2) for step in range(1, 20))

_WORD = re.compile(r"\d(?:[\d.,:/\u00a0\u202f']*\d)?|[^\W\d_]+(?:['’-][^\W\d_]+)*")
"""A word, or a number with its marks, so that "480" is no part of "12,480"."""
_MARKER = re.compile(r"\s*\(?\d{1,3}[.)]\s*")
"""The number of a list item, which a repair counts anew."""


@dataclass(frozen=True)
class Result:
    """An item, the report on it and what became of it."""

    item: Item
    report: Report
    outcome: str


def split_words(text: str) -> Counter[str]:
    """Returns the words and numbers of a text, with how often each stands there."""
    return Counter(_WORD.findall(text.casefold()))


def is_touched(span: Span, edit: Edit) -> bool:
    """Whether an edit changes characters of a span."""
    if edit.start == edit.end:
        return span.start < edit.start < span.end
    return edit.start < span.end and span.start < edit.end


def has_words(text: str, words: str) -> bool:
    """Whether words stand in a text one after the other, whatever the spaces and marks."""
    held, wanted = (" ".join(_WORD.findall(part.casefold())) for part in (text, words))
    return f" {wanted} " in f" {held} "


def is_quoted(text: str, evidence: Any) -> bool:
    """Whether a text of some words stands in the evidence."""
    whole = evidence if isinstance(evidence, str) else json.dumps(evidence, ensure_ascii=False)
    return len(_WORD.findall(text)) >= VERBATIM_WORDS and has_words(whole, text)


def is_worse(item: Item, edit: Edit) -> bool:
    """Whether an edit puts in what is neither the right value nor a text of the evidence."""
    gone = item.answer[edit.start : edit.end]
    if _MARKER.fullmatch(edit.text) and _MARKER.fullmatch(gone):
        return False
    added = split_words(edit.text) - split_words(gone)
    if not added or is_quoted(edit.text, item.evidence):
        return False
    for start, end in find_sentences(item.answer):
        if start <= edit.start and edit.end <= end:
            made = item.answer[start : edit.start] + edit.text + item.answer[edit.end : end]
            if is_quoted(made, item.evidence):
                return False
    mends = any(is_touched(span, edit) for span in item.spans)
    # A mended error may bring words of the good answer alone, the right value among them.
    return not (mends and not added - split_words(item.good) and is_restored(item, edit))


def is_restored(item: Item, edit: Edit) -> bool:
    """Whether an edit puts the right value in."""
    wanted = split_words(item.right)
    return bool(wanted) and not wanted - split_words(edit.text)


def judge_planted(item: Item, report: Report) -> str:
    """Returns what became of a planted error (see the head of this module)."""
    if report.decision.action == "block":
        return "blocked"
    edits = report.decision.edits
    if any(is_worse(item, edit) for edit in edits):
        return "worse"
    (span,) = item.spans
    touching = [edit for edit in edits if is_touched(span, edit)]
    error = item.answer[span.start : span.end]
    if not touching or any(has_words(edit.text, error) for edit in touching):
        return "passed"
    return "restored" if any(is_restored(item, edit) for edit in touching) else "removed"


def judge_good(item: Item, report: Report) -> str:
    """Returns what became of a text that should stay as it is."""
    if report.decision.action == "block":
        return "blocked"
    if report.text == item.answer:
        return "unchanged"
    worse = any(is_worse(item, edit) for edit in report.decision.edits)
    return "worse" if worse else "changed"


def judge_fact(item: Item, report: Report) -> str:
    """Returns whether the words that state a fact lie in a claim that was checked."""
    (span,) = item.spans
    seen = any(
        verdict.label != "no_claim"
        and verdict.claim.start < span.end
        and span.start < verdict.claim.end
        for verdict in report.verdicts
    )
    return "noticed" if seen else "unnoticed"


def judge_item(item: Item, report: Report) -> str:
    """Returns what became of an item, in the words of its part."""
    if item.part in ("planted", "edits"):
        return judge_planted(item, report)
    if item.part == "chat" and item.spans:
        return judge_fact(item, report)
    return judge_good(item, report)


def is_gone(span: Span, report: Report) -> bool:
    """Whether words at fault are not shown as they were."""
    blocked = report.decision.action == "block"
    return blocked or any(is_touched(span, edit) for edit in report.decision.edits)


def estimate(hits: Sequence[bool], sources: Sequence[str]) -> Estimate:
    """Returns a share with its interval, by source where several items have one."""
    count, clusters = sum(hits), len(set(sources))
    if clusters == len(sources):
        return estimate_share(count, len(hits))
    if count in (0, len(hits)):  # a bootstrap of equal values has no width
        return replace(
            estimate_share(clusters if count else 0, clusters), value=count / max(1, len(hits))
        )
    values = np.array(hits, dtype=np.float64)
    sampled = resample_sources(sources, lambda rows: [float(values[rows].mean())])
    return estimate_figure(float(values.mean()), sampled)


def tell_share(pairs: Iterable[tuple[bool, str]]) -> str:
    """Returns hits with their sources as a cell: share, interval, of how many."""
    found = sorted(pairs, key=lambda pair: pair[1])  # draws depend on the order of the sources
    if not found:
        return "-"
    hits, sources = [hit for hit, _ in found], [source for _, source in found]
    return f"{estimate(hits, sources)} of {len(hits)}"


def tell_outcome(results: Iterable[Result], *outcomes: str) -> str:
    """Returns the share of results with one of the outcomes as a cell."""
    return tell_share((r.outcome in outcomes, r.item.source) for r in results)


def group_results(results: Iterable[Result]) -> dict[str, list[Result]]:
    """Returns results by group, then all together."""
    groups: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        groups[result.item.group].append(result)
    if len(groups) > 1:
        groups["**all**"] = [result for found in groups.values() for result in found]
    return groups


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Prints a Markdown table."""
    print(f"\n{title}\n\n| {' | '.join(head)} |\n{'| --- ' * len(head)}|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def count_flagged_claims(results: Iterable[Result]) -> Iterator[tuple[bool, str]]:
    """Yields for each claim of the results whether the policy flagged it, and its source."""
    for result in results:
        flagged = set(result.report.decision.flagged)
        for place, verdict in enumerate(result.report.verdicts):
            if verdict.label != "no_claim":
                yield place in flagged, result.item.source


def print_good(title: str, results: Sequence[Result]) -> None:
    """Prints a table of answers that should stay as they are."""
    print_table(
        title,
        ("set", "changed or blocked", "blocked", "made worse", "claims wrongly flagged"),
        (
            (
                name,
                tell_outcome(found, "changed", "blocked", "worse"),
                tell_outcome(found, "blocked"),
                tell_outcome(found, "worse"),
                tell_share(count_flagged_claims(found)),
            )
            for name, found in group_results(results).items()
        ),
    )


def print_faulty(results: Sequence[Result]) -> None:
    """Prints the table of answers labelled faulty."""
    print_table(
        "Faulty answers, %",
        ("set", "shown unchanged", "blocked", "faulty spans removed or changed"),
        (
            (
                name,
                tell_outcome(found, "unchanged"),
                tell_outcome(found, "blocked"),
                tell_share(
                    (is_gone(span, r.report), r.item.source) for r in found for span in r.item.spans
                ),
            )
            for name, found in group_results(results).items()
        ),
    )


def print_planted(title: str, results: Sequence[Result]) -> None:
    """Prints what became of errors, by type."""
    names = ("restored", "removed", "blocked", "worse")
    rows = []
    for name, found in group_results(results).items():
        counts = Counter(result.outcome for result in found)
        shown = tell_outcome(found, "passed")
        rows.append((name, shown, *(str(counts[outcome]) for outcome in names)))
    print_table(title, ("type", "passed, %", *names), rows)


def print_short(results: Sequence[Result]) -> None:
    """Prints the table of short answers."""
    print_table(
        "Short answers to questions (all items), %",
        ("answers", "shown", "blocked"),
        (
            (name, tell_outcome(found, "unchanged"), tell_outcome(found, "blocked"))
            for name, found in group_results(results).items()
            if name != "**all**"
        ),
    )


def print_chat(results: Sequence[Result]) -> None:
    """Prints two tables: turns that state nothing, turns that hold a fact."""
    idle = [result for result in results if not result.item.spans]
    telling = [result for result in results if result.item.spans]
    print_table(
        "Chat turns that state nothing, %",
        ("kind", "let through unchanged", "blocked"),
        (
            (name, tell_outcome(found, "unchanged"), tell_outcome(found, "blocked"))
            for name, found in group_results(idle).items()
        ),
    )
    print_table(
        "Facts in chatty words, %",
        ("kind", "noticed as claims"),
        ((name, tell_outcome(found, "noticed")) for name, found in group_results(telling).items()),
    )


def print_summary(parts: Mapping[str, Sequence[Result]]) -> None:
    """Prints one line of the main figures."""
    short = group_results(parts["short"])
    chat = parts["chat"]
    changed = ("changed", "blocked", "worse")
    figures = (
        ("good answers changed", tell_outcome(parts["good"], *changed)),
        ("faulty answers shown", tell_outcome(parts["faulty"], "unchanged")),
        ("rule-made errors shown", tell_outcome(parts["edits"], "passed")),
        ("planted errors shown", tell_outcome(parts["planted"], "passed")),
        ("made worse", tell_outcome(parts["planted"], "worse")),
        ("good twins changed", tell_outcome(parts["twin"], *changed)),
        ("wrong short answers shown", tell_outcome(short.get("wrong", ()), "unchanged")),
        ("right ones shown", tell_outcome(short.get("right", ()), "unchanged")),
        ("chat let through", tell_outcome((r for r in chat if not r.item.spans), "unchanged")),
        ("facts noticed", tell_outcome((r for r in chat if r.item.spans), "noticed")),
    )
    print("\nSummary, %: " + "; ".join(f"{name} {cell}" for name, cell in figures if cell != "-"))


def is_allowed(verdict: Verdict, keep: float) -> bool:
    """Whether a policy with a threshold lets a claim pass, also with one below the verifier's.

    A verifier labels what reaches its own threshold; below it no policy can let a claim pass
    today, so there the curve tells what a lower one of the verifier would bring.
    """
    scored = verdict.label in ("contradicted", "unsupported") and verdict.score is not None
    if scored and (verdict.score or 0.0) >= keep:
        verdict = replace(verdict, label="supported")
    return ThresholdPolicy(keep).allows(verdict)


def is_kept(result: Result, keep: float) -> bool:
    """Whether a threshold flags no claim of an answer."""
    return all(is_allowed(verdict, keep) for verdict in result.report.verdicts)


def is_error_kept(result: Result, keep: float) -> bool:
    """Whether a threshold flags no claim that holds the error of an answer."""
    (span,) = result.item.spans
    return all(
        is_allowed(verdict, keep)
        for verdict in result.report.verdicts
        if verdict.claim.start < span.end and span.start < verdict.claim.end
    )


def print_curve(parts: Mapping[str, Sequence[Result]]) -> None:
    """Prints what other thresholds would let pass, from the verdicts that are there."""
    short = group_results(parts["short"])
    columns: tuple[tuple[str, Sequence[Result], Callable[[Result, float], bool], bool], ...] = (
        ("good answers changed", parts["good"], is_kept, False),
        ("good twins changed", parts["twin"], is_kept, False),
        ("faulty answers shown", parts["faulty"], is_kept, True),
        ("rule-made errors shown", parts["edits"], is_error_kept, True),
        ("planted errors shown", parts["planted"], is_error_kept, True),
        ("right short answers shown", short.get("right", ()), is_kept, True),
        ("wrong short answers shown", short.get("wrong", ()), is_kept, True),
    )
    there = [column for column in columns if column[1]]
    print_table(
        "Trade-off by threshold, % (decided anew on the same verdicts, before any repair)",
        ("keep", *(column[0] for column in there)),
        (
            (
                f"{keep:.2f}",
                *(
                    f"{100 * sum(test(r, keep) is wanted for r in found) / len(found):.1f}"
                    for _, found, test, wanted in there
                ),
            )
            for keep in THRESHOLDS
        ),
    )


def describe_result(result: Result) -> dict[str, Any]:
    """Returns the JSON form of a result, without its evidence."""
    item, report = result.item, result.report
    claims = [
        {
            "text": v.claim.text, "label": v.label, "score": v.score, "reason": v.reason,
            "findings": [f"{f.kind} {f.status}: {f.claimed} / {f.found}" for f in v.findings],
        }
        for v in report.verdicts
    ]  # fmt: skip
    return {
        "part": item.part, "group": item.group, "id": item.id, "outcome": result.outcome,
        "question": item.question, "answer": item.answer, "shown": report.text,
        "spans": [[s.start, s.end, is_gone(s, report)] for s in item.spans], "right": item.right,
        "flagged": list(report.decision.flagged), "claims": claims,
    }  # fmt: skip


def print_result(result: Result) -> None:
    """Prints an item and what became of it."""
    row = describe_result(result)
    print(f"\n{row['part']} {row['group']} {row['id']}: {row['outcome']}")
    print(f"   Q: {row['question']}\n   A: {row['answer']!r}\n   -> {row['shown']!r}")
    for span in result.item.spans:
        print(f"   at fault: {row['answer'][span.start : span.end]!r}, right: {row['right']!r}")
    for place in row["flagged"]:
        claim = row["claims"][place]
        print(f"   {claim['label']} {claim['score']} {claim['text']!r} {claim['reason']}")


def compare_runs(before: Iterable[Mapping[str, Any]], results: Sequence[Result]) -> None:
    """Prints each item that came out otherwise in a run before, and sums of it."""
    old = {row["id"]: row for row in before}
    counts: Counter[tuple[str, str]] = Counter()
    print("\nWhat came out otherwise than in the run before\n")
    for result in results:
        row = old.pop(result.item.id, None)
        if row is None:
            counts[result.item.part, "not in the other run"] += 1
            continue
        same = row["outcome"] == result.outcome
        counts[result.item.part, "same" if same else f"{row['outcome']} -> {result.outcome}"] += 1
        if not same:
            print(f"{result.item.group} {result.item.id}: {row['outcome']} -> {result.outcome}")
    ran = {result.item.part for result in results}
    for row in old.values():
        if row["part"] in ran:
            counts[row["part"], "only in the other run"] += 1
    rows = ((part, change, str(count)) for (part, change), count in sorted(counts.items()))
    print_table("Changes", ("part", "before -> now", "items"), rows)


def run_items(guard: Guard, items: Sequence[Item], lines: Path | None = None) -> list[Result]:
    """Returns each item with its report and what became of it.

    Args:
        guard: what checks them.
        items: any number of items.
        lines: where a line of JSON for each is written as soon as it is known.
    """
    results = []
    opened = nullcontext() if lines is None else lines.open("w", encoding="utf-8")
    with opened as file, show_progress(len(items)) as advance:
        for item in items:
            report = guard.check(item.answer, item.evidence, item.question)
            results.append(Result(item, report, judge_item(item, report)))
            if file is not None:
                file.write(json.dumps(describe_result(results[-1]), ensure_ascii=False) + "\n")
            advance(1)
    return results


def print_results(results: Sequence[Result], curve: bool = False) -> None:
    """Prints a table for each part that is there, perhaps the curve, and the summary."""
    parts: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        parts[result.item.part].append(result)
    tables: tuple[tuple[str, Callable[[Sequence[Result]], None]], ...] = (
        ("good", lambda found: print_good("Good answers, %", found)),
        ("faulty", print_faulty),
        ("edits", lambda found: print_planted("Rule-made errors in good answers", found)),
        ("planted", lambda found: print_planted("Planted errors, made-up passages", found)),
        ("twin", lambda found: print_good("The same answers without the error, %", found)),
        ("short", print_short),
        ("chat", print_chat),
    )
    for part, table in tables:
        if parts[part]:
            table(parts[part])
    if curve:
        print_curve(parts)
    print_summary(parts)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder with the files of real answers")
    parser.add_argument("--limit", type=int, default=60, help="answers of each set and label")
    parser.add_argument("--part", help=f"names with commas, of: {', '.join(PARTS)}")
    parser.add_argument("--policy", default="balanced", help="observe, balanced or strict")
    parser.add_argument("--model", help="folder of the verifier; by default the embedded one")
    parser.add_argument("--curve", action="store_true", help="what other thresholds would do")
    parser.add_argument("--show", default="", help="outcomes to print item by item, with commas")
    parser.add_argument("--json", type=Path, help="where to write a line for each item")
    parser.add_argument("--compare", type=Path, help="such a file of a run before")
    parser.add_argument("--quick", action="store_true", help="a few items of the own files alone")
    args = parser.parse_args()
    parts = args.part.split(",") if args.part else list(PARTS)
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}: use {', '.join(PARTS)}")
    if args.policy not in POLICIES:
        parser.error(f"no policy {args.policy}: use {', '.join(POLICIES)}")
    items = collect_items(parts, args.data, args.limit, args.quick)
    if not items:
        parser.error("nothing to check: these parts need --data DIR")
    policy = POLICIES[args.policy]
    before = [row for _, row in read_lines(args.compare)] if args.compare else None
    guard = Guard(verifier=NLIVerifier(args.model) if args.model else None, policy=policy)
    guard.check("The pump is red.", "The pump is red.")  # loads the model
    begun = time.perf_counter()
    results = run_items(guard, items, args.json)
    seconds = time.perf_counter() - begun
    for result in results:
        if result.outcome in args.show.split(","):
            print_result(result)
    print_results(results, args.curve)
    if before is not None:
        compare_runs(before, results)
    versions = results[0].report.versions
    print(
        f"{len(results)} items in {seconds:.1f} s; policy {versions['policy']}; "
        f"{versions['verifier']}"
    )


if __name__ == "__main__":
    main()
