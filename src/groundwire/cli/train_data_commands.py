"""Commands ``groundwire train audit-data`` and ``train preferences``: what they do."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundwire.audit.figures.headline import describe_true_rate
from groundwire.audit.guards import GuardOf
from groundwire.cli.progress import make_bars
from groundwire.errors import InputError
from groundwire.reports.console import join_line
from groundwire.train.data.options import DROPPED, FLAGS, DataOptions


def run_audit_data(
    inputs: Sequence[str],
    output: Path,
    options: DataOptions,
    policy: str,
    model: str | None,
    as_json: bool,
) -> bool:
    """Audits training data and says what was found.

    Returns:
        Whether a row is unfaithful, or anything else is wrong with one.

    Raises:
        GroundwireError: if something cannot be used.
    """
    require_extra()
    from groundwire.train.data.run import audit_data

    with make_bars() as progress:

        def begin(name: str, total: int | None) -> Callable[[int], None]:
            task = progress.add_task(name, total=total)
            return lambda more: progress.advance(task, more)

        guard = GuardOf(policy=policy, model=model)()
        summary = audit_data(inputs, output, guard, options, begin)
    if as_json:
        print(json.dumps(summary))
    else:
        _say(summary, output)
    return bool(summary["labels"]["unfaithful"] or summary["flags"])


def _say(summary: Mapping[str, Any], output: Path) -> None:
    rows, labels, written = summary["rows"], summary["labels"], summary["written"]
    share = labels["unfaithful"] / rows
    told = ", ".join(f"{n:,} {label}" for label, n in labels.items())
    print(f"{rows:,} rows: {told} ({share:.1%} unfaithful, as the checker sees it)")
    if truth := describe_true_rate(summary):
        print(f"of the rows that could be checked: {truth}")
    if labels["uncheckable"] > labels["faithful"] + labels["unfaithful"]:
        causes = ", ".join(f"{why} ({n:,})" for why, n in list(summary["reasons"].items())[:3])
        print(
            f"most rows could not be checked: {causes}; is what their texts rest on in the columns "
            "that are read (--map), as text or records?"
        )
    if summary["flags"]:
        print(", ".join(f"{n:,} {flag.replace('_', ' ')}" for flag, n in summary["flags"].items()))
    trimmed = f", {written['trimmed']:,} of them trimmed" if written["trimmed"] else ""
    print(
        f"clean.jsonl has {written['clean']:,} rows ({summary['mode']}{trimmed}), preference.jsonl "
        f"{written['preference']:,} pairs"
    )
    print(f"report -> {join_line(str(output / 'report.html'))}")


def run_preferences(inputs: Sequence[str], output: Path, evidence: bool, as_json: bool) -> None:
    """Writes preference pairs of reports and says how many.

    Raises:
        GroundwireError: if an input cannot be used.
    """
    from groundwire.train.data.preferences import write_preferences

    told = write_preferences(inputs, output, evidence)
    if as_json:
        print(json.dumps(told))
        return
    left = "; ".join(f"{n:,} {why}" for why, n in told["skipped"].items())
    print(f"{told['pairs']:,} pairs -> {join_line(str(output))}")
    if left:
        print(f"no pair of: {left}")


def parse_fields(pairs: Sequence[str]) -> dict[str, str]:
    """Returns the columns that ``--map KEY=COLUMN`` names.

    Raises:
        InputError: if one has another shape, or its key is no column of a form.
    """
    from groundwire.train.data.forms import FORMS

    known = {column for form in FORMS for column in form.columns} | {"label"}
    fields: dict[str, str] = {}
    for text in pairs:
        key, mark, column = text.partition("=")
        if not mark or not column or key not in known:
            raise InputError(
                f"--map {text!r:.60}: give KEY=COLUMN, the key one of {', '.join(sorted(known))}"
            )
        fields[key] = column
    return fields


def list_dropped(drop: Sequence[str], keep: Sequence[str]) -> frozenset[str]:
    """Returns the flags whose rows are left out.

    Raises:
        InputError: if a name is no flag.
    """
    for flag in (*drop, *keep):
        if flag not in FLAGS:
            raise InputError(f"{flag!r:.40} is no flag: use one of {', '.join(FLAGS)}")
    return (DROPPED | {*drop}) - {*keep}


def require_extra() -> None:
    """Checks that the packages of the extra are there.

    Raises:
        InputError: naming the first that is not.
    """
    for name in ("pyarrow", "jinja2", "datasketch"):
        if importlib.util.find_spec(name) is None:
            raise InputError(
                f"an audit of data needs {name}, which is not installed: "
                "pip install 'groundwire[train]'"
            )
