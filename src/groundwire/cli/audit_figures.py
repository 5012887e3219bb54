"""``groundwire audit summary``, ``sample`` and ``compare``: the figures of audits."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from groundwire.audit.records import format_count
from groundwire.errors import InputError
from groundwire.reports.console import join_line

if TYPE_CHECKING:
    from groundwire.audit.figures.compare import By


ROWS = 10
"""Slices, themes, documents or changed answers that are printed of each."""

Json = Mapping[str, Any]


def run_summary(
    output: Path,
    labels: Path | None = None,
    time_field: str | None = None,
    slice_fields: Sequence[str] | None = None,
    cluster_field: str | None = None,
    seed: int = 0,
    as_json: bool = False,
) -> None:
    """Computes ``summary.json`` of an audit and prints it.

    Args:
        output: the folder of the audit.
        labels: answers that people labeled.
        time_field: field that holds the time of an answer.
        slice_fields: fields to slice by; none for all.
        cluster_field: field whose equal values belong together.
        seed: of everything that is drawn.
        as_json: print the JSON instead of tables.

    Raises:
        GroundwireError: if the audit, a field or the labels cannot be used.
    """
    from groundwire.audit.figures import headline
    from groundwire.audit.figures.summary import summarize

    found = summarize(
        output, labels=labels, time_field=time_field, slice_fields=slice_fields or None,
        cluster_field=cluster_field, seed=seed,
    )  # fmt: skip
    if as_json:
        print(json.dumps(found))
        return
    console = _console()
    for describe in (
        headline.describe_audited, headline.describe_checked, headline.describe_flagged,
        headline.describe_true_rate, headline.describe_labels,
    ):  # fmt: skip
        if told := describe(found):
            console.print(join_line(told))
    for table in (_rates(found), _causes(found), _slices(found), _themes(found)):
        if table.row_count:
            console.print(table)
    for note in found["notes"]:
        console.print(join_line(note))
    console.print(f"Written to {output / 'summary.json'}", soft_wrap=True)


def run_sample(output: Path, n: int = 200, seed: int = 0, as_json: bool = False) -> None:
    """Draws the answers of an audit that are worth labeling, and says what to do with them.

    Args:
        output: the folder of the audit.
        n: answers to draw.
        seed: of the draw.
        as_json: print JSON: how many are drawn (``answers``), were ``asked`` for and are
            ``needed``, and the paths.

    Raises:
        GroundwireError: if the audit cannot be used.
    """
    from groundwire.audit.figures.intervals import MINIMUM
    from groundwire.audit.labeling import PAGE, draw_sample

    path = draw_sample(output, n, seed)
    page = path.with_name(PAGE)
    with path.open("rb") as file:
        drawn = sum(1 for _ in file)
    if (output / "report.html").is_file():
        run_report(output, quiet=True)  # it links to the page now
    if as_json:
        told = {"answers": drawn, "asked": n, "needed": MINIMUM}
        print(json.dumps({**told, "sample": str(path), "page": str(page)}))
        return
    console = _console()
    console.print(f"{format_count(drawn, 'answer')} drawn: {path}", soft_wrap=True)
    if drawn < n:
        console.print(f"Fewer than the {n:,} asked for: no other answer has a checked claim.")
    console.print(_needed(drawn, MINIMUM))
    console.print(f"Open {page} in a browser and label them with the keys 1 and 2.", soft_wrap=True)
    console.print("Then summarize the audit again with the labels.jsonl that it saves.")


def _needed(drawn: int, minimum: int) -> str:
    """Says how many labels the corrected rate takes, and whether this sample can give them."""
    need = f"A rate corrected by labels (prediction-powered) needs at least {minimum} of them"
    return need + (f", more than this sample has: {drawn}." if drawn < minimum else ".")


def run_compare(
    a: Path, b: Path, by: By | None = None, seed: int = 0, as_json: bool = False
) -> None:
    """Compares two audits and prints by how much they differ and which answers changed.

    Args:
        a: folder of the audit before.
        b: folder of the audit after.
        by: ``"question"`` or ``"answer_id"``; None to choose.
        seed: of the bootstrap.
        as_json: print the JSON instead of tables.

    Raises:
        GroundwireError: if an audit cannot be used or no answers can be paired.
    """
    from groundwire.audit.figures.compare import compare_audits

    found = compare_audits(a, b, by=by, seed=seed)
    if as_json:
        print(json.dumps(found))
        return
    console = _console()
    console.print(_compared(found))
    if found["true_difference"]["low"] is None:
        why = join_line(found["true_difference"]["why"])
        console.print(f"By how much the share at fault differs is not known: {why}.")
    for note in found["notes"]:
        console.print(join_line(note))
    changed = _changed(found["changed"])
    if changed.row_count:
        console.print(changed)


def run_drift(
    before: Path, after: Path, alpha: float = 0.05, seed: int = 0, as_json: bool = False
) -> bool:
    """Says whether answers have left what others were like.

    Args:
        before: folder of the audit of answers that thresholds were made on.
        after: folder of the audit of what came after.
        alpha: chance of a false alarm.
        seed: of what is drawn.
        as_json: print the JSON instead of sentences.

    Returns:
        Whether there is an alarm.

    Raises:
        GroundwireError: if an audit cannot be used.
    """
    from groundwire.audit.figures.drift import detect_drift, read_stream

    found = detect_drift(read_stream(before, seed), read_stream(after, seed), alpha, seed)
    if as_json:
        print(json.dumps(found))
        return bool(found["alarm"])
    console = _console()
    for name in ("before", "after"):
        side = found[name]
        lowest = "-" if side["lowest_score"] is None else f"{side['lowest_score']:.2f}"
        console.print(
            f"{name}: {format_count(side['answers'], 'answer')} (one of each record), "
            f"{100 * side['flagged']:.1f} % flagged by the checker, mean lowest score {lowest}"
        )
    alone = f"scores {found['scores']:,.3g}"
    alone += "" if found["words"] is None else f", words {found['words']:,.3g}"
    told = f"evidence {found['evidence']:,.3g} of {found['threshold']:,.3g} ({alone})"
    if found["words"] is None:
        console.print("Words were not compared: an audit was written with --no-text.")
    if not found["alarm"]:
        console.print(f"no drift was found: {told}")
        return False
    console.print(
        f"DRIFT, seen after {format_count(found['alarm_at'], 'answer')}: {told}; a false alarm has "
        f"a chance of at most {alpha:g}"
    )
    if found["new_words"]:
        words = [
            f"{row['word']} ({100 * row['before']:.0f} -> {100 * row['after']:.0f} %)"
            for row in found["new_words"]
        ]
        console.print(_printable("more frequent now: " + ", ".join(words)))
    console.print("Label some of the new answers and make the thresholds again:")
    console.print(f"  groundwire audit sample {after}", soft_wrap=True)
    return True


def _console() -> Console:
    return Console(highlight=False, markup=False)


def format_percent(found: Json) -> str:
    """Returns a share with its interval in percent: ``12.0 (9.1-15.3)``."""
    if found["value"] is None:
        return "-"
    value = f"{100 * found['value']:.1f}"
    if found["low"] is None:
        return value
    return f"{value} ({100 * found['low']:.1f}-{100 * found['high']:.1f})"


def _rates(found: Json) -> Table:
    table = Table("flagged by the checker", "percent (95 % interval)", "of")
    for name in ("answers", "claims"):
        rate = found["rate"][name]
        table.add_row(name, format_percent(rate), format_count(rate["n"], f"checked {name[:-1]}"))
    corrected = found["corrected"]
    if corrected is not None:
        labels = format_count(corrected["n_labelled"], "label")
        table.add_row(
            "answers at fault, by labels",
            format_percent(corrected),
            f"{labels}: {corrected['method']}",
        )
        table.add_row(
            "answers at fault, labels alone", format_percent(corrected["classical"]), labels
        )
    low, unchecked = found["low_score"], found["unchecked"]
    if low["claims"]:
        table.add_row("low score", "", f"{low['claims']:,} supported below the policy's threshold")
    of = format_count(found["claims"], "claim")
    table.add_row("not checked", "", f"{unchecked['claims']:,} of {of}")
    table.add_row("rejected", "", format_count(found["rejected"], "line"))
    return table


def _causes(found: Json) -> Table:
    table = Table("cause", "claims")
    for cause, count in sorted(found["causes"].items(), key=lambda item: (-item[1], item[0])):
        table.add_row(cause, f"{count:,}")
    return table


def _slices(found: Json) -> Table:
    table = Table("stands out", "answers", "percent (95 % interval)", "against the rest", "q")
    for row in [row for row in found["slices"] if row["stands_out"]][:ROWS]:
        name = _printable(f"{row['field']}: {row['value']}")
        rate = format_percent({**row, "value": row["rate"]})
        table.add_row(
            name, f"{row['n']:,}", rate, f"{100 * row['difference']:+.1f} points", f"{row['q']:.2g}"
        )
    return table


def _themes(found: Json) -> Table:
    table = Table("theme of flagged claims", "claims", "for example")
    for row in found["clusters"][:ROWS]:
        terms = _printable(", ".join(row["terms"]))
        table.add_row(terms, str(row["size"]), _printable(row["examples"][0]["text"]))
    return table


def _compared(found: Json) -> Table:
    table = Table("flagged by the checker", "percent (95 % interval)", "of")
    for name in ("a", "b"):
        alone = found[name]
        table.add_row(
            name,
            format_percent(alone["rate"]),
            f"{format_count(alone['checked'], 'checked answer')}",
        )
    by = found["paired_by"].replace("_", " ")
    pairs = f"{format_count(found['pairs'], 'pair')} by {by}"
    for name in ("a", "b"):
        table.add_row(f"{name}, paired", f"{100 * found['rates'][name]:.1f}", pairs)
    table.add_row("b less a, points", format_percent(found["difference"]), pairs)
    true = found["true_difference"]
    if true["low"] is not None:
        table.add_row(
            "at fault, b less a, points", f"{100 * true['low']:.1f} to {100 * true['high']:.1f}",
            "by the checker's measured error",
        )  # fmt: skip
    test = found["mcnemar"]
    table.add_row(
        "changed", f"{test['better']} better, {test['worse']} worse", f"McNemar p = {test['p']:.2g}"
    )
    apart = f"{found['unpaired']['a']:,} of a, {found['unpaired']['b']:,} of b"
    table.add_row(
        "not compared", "", f"{apart}; {format_count(found['not_checked'], 'pair')} not checked"
    )
    return table


def _changed(rows: Sequence[Json]) -> Table:
    table = Table("change", "in a", "in b", "question")
    for row in rows[:ROWS]:
        question = _printable(row["question"] or "")
        table.add_row(row["change"], str(row["a"]["index"]), str(row["b"]["index"]), question)
    return table


def _printable(text: str) -> Any:
    """Text of others for a terminal: one line, no control characters, never read as markup."""
    from rich.text import Text

    shown = "".join(c if c.isprintable() else " " for c in text[:160])
    return Text(shown)


def run_report(output: Path, most: int = 10_000, quiet: bool = False) -> None:
    """Writes ``report.html`` into the folder of an audit and says where it is.

    Args:
        output: folder of the audit.
        most: answers that the page holds, at most.
        quiet: say nothing.

    Raises:
        InputError: if the folder holds no audit, or a package that draws the page is missing.
        OSError: if the page cannot be written.
    """
    try:
        from groundwire.audit.page.report import write_report
    except ModuleNotFoundError as error:
        raise InputError(
            f"{error.name} is not installed: pip install 'groundwire[audit]'"
        ) from error
    path = write_report(output, most=most)
    if not quiet:
        print(f"report -> {join_line(str(path))}")
