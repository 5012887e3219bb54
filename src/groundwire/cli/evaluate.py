"""``groundwire evaluate PATH``: the table of a public benchmark, as its authors publish it."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from groundwire.cli.progress import make_bars

if TYPE_CHECKING:
    from groundwire.evaluate import tables
    from groundwire.evaluate.attacks import AttackResult
    from groundwire.evaluate.formats import Benchmark
    from groundwire.evaluate.formats.rows import Example
    from groundwire.evaluate.metrics import Summary
    from groundwire.evaluate.pairs import ScoredPair


def run_evaluate(pairs: Path, model: str | None, as_json: bool, attacks: bool = False) -> None:
    """Scores the pairs of a file and prints each (``--json``: JSON lines) and a summary.

    Args:
        pairs: JSON lines.
        model: an NLI model instead of the embedded one.
        as_json: print JSON lines, the summary last.
        attacks: also try the attack suite on the pairs that are judged rightly.

    Raises:
        GroundwireError: if the pairs or the model cannot be used.
    """
    from groundwire.errors import InputError
    from groundwire.evaluate.attacks import run_attacks
    from groundwire.evaluate.metrics import summarize_set
    from groundwire.evaluate.pairs import read_labelled, score_pairs
    from groundwire.verify.presets import load_verifier

    rows = read_labelled(pairs)
    if attacks and all(row.supported is None for row in rows):
        raise InputError(f"{pairs}: no pair has a label, and attacks need them; add 'label'")
    verifier = load_verifier(model)
    with make_bars() as progress:
        task = progress.add_task("Scoring pairs", total=len(rows))
        scored = list(
            score_pairs(verifier, rows, lambda done: progress.update(task, completed=done))
        )
        labelled = [item for item in scored if item.pair.supported is not None]
        summary = None
        results: list[AttackResult] = []
        if labelled:
            summary = summarize_set(
                [bool(item.pair.supported) for item in labelled],
                [item.score for item in labelled],
                [item.pair.source for item in labelled],
            )
        if attacks and summary is not None:
            task = progress.add_task("Attacking", total=None)
            results = run_attacks(
                verifier, labelled, summary.threshold,
                progress=lambda name: progress.update(task, description=f"Attacking: {name}"),
            )  # fmt: skip
    if as_json:
        for item in scored:
            print(json.dumps(make_row(item)))
        data = {} if summary is None else summary.to_dict()
        last: dict[str, object] = {"summary": data, "verifier": verifier.version}
        if attacks:
            last["attacks"] = [asdict(result) for result in results]
        print(json.dumps(last))
    elif summary is None:
        print(f"{len(scored)} pairs scored, none labelled: --json prints their scores")
    else:
        console = Console(highlight=False)
        console.print(_table(summary), verifier.version, sep="\n", markup=False)
        if attacks:
            console.print(_attack_table(results), markup=False)


def _attack_table(results: Sequence[AttackResult]) -> Table:
    goals = {"pass": "lets an unsupported text pass", "flag": "raises a false alarm"}
    table = Table("attack", "a success", "tried", "successes, percent (95 % interval)")
    for result in results:
        table.add_row(result.name, goals[result.goal], str(result.tried), str(result.success))
    return table


def make_row(item: ScoredPair) -> dict[str, object]:
    """One line of output; ``score`` is the probability of support, None where unchecked."""
    reasons = [v.reason for v in item.verdicts if v.label == item.label and v.reason]
    return {
        "id": item.pair.id,
        "supported": item.pair.supported,
        "score": item.score,
        "verdict": item.label,
        "reason": reasons[0] if reasons else "",
    }


def _table(summary: Summary) -> Table:
    table = Table("figure", "percent (95 % interval)")
    table.add_row("balanced accuracy", str(summary.balanced_accuracy))
    table.add_row("ROC-AUC", str(summary.auc))
    table.add_row("F1 of the unsupported", str(summary.f1))
    table.add_row("expected calibration error", str(summary.ece))
    table.add_row("pairs / sources", f"{summary.rows} / {summary.sources}")
    table.add_row("unchecked", str(summary.unchecked))
    return table


_HEADS = {
    "balanced_accuracy": "balanced accuracy",
    "f1": "F1 of the unsupported",
    "f1_supported": "F1 of the supported",
    "f1_macro": "macro F1",
    "auc": "ROC-AUC",
    "span_precision": "span precision",
    "span_recall": "span recall",
    "span_f1": "span F1",
}


def run_benchmark(
    path: Path,
    name: str | None,
    split: str,
    limit: int | None,
    model: str | None,
    as_json: bool,
) -> None:
    """Scores a benchmark and prints its table (``--json``: each row, the table last).

    Args:
        path: what was downloaded, a file or folder.
        name: its format; recognized by default.
        split: which part of it.
        limit: rows to draw.
        model: an NLI model instead of the embedded one.
        as_json: print JSON lines.

    Raises:
        GroundwireError: if the benchmark or the model cannot be used.
    """
    from groundwire.evaluate.formats import read_benchmark
    from groundwire.evaluate.pairs import score_pairs, split_answer, split_hypothesis
    from groundwire.evaluate.tables import make_table
    from groundwire.verify.presets import load_verifier

    benchmark = read_benchmark(path, name, split, limit)
    for note in benchmark.notes:
        print(f"note: {path}: {note}", file=sys.stderr)
    verifier = load_verifier(model)
    pairs = [example.pair for example in benchmark.examples]
    with make_bars() as progress:
        task = progress.add_task(f"Scoring {benchmark.format.title}", total=len(pairs))
        take_apart = split_answer if benchmark.format.answers else split_hypothesis
        scored = list(
            score_pairs(
                verifier, pairs, lambda done: progress.update(task, completed=done), take_apart
            )
        )
    table = make_table(benchmark, scored)
    if as_json:
        for example, item in zip(benchmark.examples, scored, strict=True):
            print(json.dumps(_row(example, item)))
        print(json.dumps({"table": table.to_dict(), "verifier": verifier.version}))
        return
    console = Console(highlight=False)
    console.print(_view(benchmark, table), markup=False)
    for line in _notes(benchmark, table):
        console.print(line, markup=False)
    console.print(verifier.version, markup=False)


def _row(example: Example, item: ScoredPair) -> dict[str, object]:
    """One line of output: as for pairs, and what the benchmark adds."""
    row = {**make_row(item), "rows": list(example.rows), "flagged": item.flagged}
    if example.kind:
        row["kind"] = example.kind
    if example.spans is not None:
        from groundwire.evaluate.metrics import collect_fault_spans

        row["spans"] = [[span.start, span.end] for span in example.spans]
        row["found"] = [[span.start, span.end] for span in collect_fault_spans(item.verdicts)]
    return row


def _view(benchmark: Benchmark, table: tables.Table) -> Table:
    split = f", {benchmark.split} split" if benchmark.split else ""
    title = f"{benchmark.format.title}{split}"
    view = Table("set", "figure", "percent (95 % interval)", title=title, title_style="")
    for line in table.lines:
        cells = [(_HEADS.get(key, key), str(line.figures[key])) for key in line.figures]
        cells.append(("rows / sources", f"{line.rows} / {line.sources}"))
        if line.unchecked:
            cells.append(("unchecked", str(line.unchecked)))
        for position, (figure, value) in enumerate(cells):
            view.add_row(line.name if position == 0 else "", figure, value)
        view.add_section()
    return view


def _notes(benchmark: Benchmark, table: tables.Table) -> list[str]:
    notes = []
    if table.rows < table.published:
        notes.append(f"{table.rows} of {table.published} rows, drawn at random")
    if table.kinds:
        notes.append(", ".join(f"{kind}: {count}" for kind, count in table.kinds.items()))
    return notes
