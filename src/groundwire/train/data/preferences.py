"""Preference pairs from a guard's reports: the model's answer against its verified repair."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from groundwire.audit.manifest import REPORTS
from groundwire.claims.corrections import is_denial_cut
from groundwire.errors import FormatError, InputError
from groundwire.io.atomic import open_replacing
from groundwire.io.files import read_rows
from groundwire.io.paths import STDIN, expand_paths
from groundwire.io.remote import has_audit, is_uri
from groundwire.io.rows import Rejected
from groundwire.train.data.cleaning import make_preference
from groundwire.types import Report

_LONGEST = 64 * 2**20
_LISTS = ("reports", "items", "results")
_AUDITED = {"row", "form", "label", "weight", "flags"}

SKIPPED = (
    "passed", "blocked", "correction cut", "repair not verified", "no text", "no prompt",
    "seen before", "no report",
)  # fmt: skip
"""Why a report gives no pair. Texts are left out of an audit by ``--no-text``."""


def write_preferences(
    inputs: Sequence[str | Path], output: Path, with_evidence: bool = False
) -> dict[str, Any]:
    """Writes pairs in trl's format of the reports of audits, callbacks and other logs.

    Each line has ``prompt`` (the question), ``chosen`` (the verified repair), ``rejected`` (the
    answer), ``evidence`` (the quotes that decided) and ``place``. Only a repair whose every claim
    was supported is chosen. Memory holds a hash of each pair.

    Args:
        inputs: files of JSON lines or JSON: ``Report``s, audits' ``reports.jsonl`` (or their
            folders), and objects that hold a report under ``report``.
        output: the file; one that is there is replaced.
        with_evidence: put the quotes before the question, in the prompt.

    Returns:
        ``pairs``, how many were written, and ``skipped``, reports by why they give none.

    Raises:
        InputError: if an input cannot be used, or none holds a report.
    """
    skipped: Counter[str] = Counter()
    written = 0
    seen: set[bytes] = set()
    first = ""
    files = expand_paths([_in_audit(str(name)) for name in inputs])
    local = [name for name in files if name != STDIN and not is_uri(name)]
    if output.exists() and any(output.samefile(name) for name in local):
        raise InputError(f"{output} is an input; choose another file for the pairs")
    with open_replacing(output) as file:
        for place, report in _reports(files):
            if isinstance(report, str):
                skipped["no report"] += 1
                first = first or f"{place}: {report}"
                continue
            made = _pair(report, with_evidence)
            if isinstance(made, dict) and (key := _key(made)) in seen:
                made = "seen before"
            if isinstance(made, str):
                skipped[made] += 1
                continue
            seen.add(key)
            file.write(json.dumps({**made, "place": place}).encode("ascii") + b"\n")
            written += 1
        if not written and {*skipped} <= {"no report"}:
            raise InputError(f"no report can be read: {first or 'the input is empty'}")
    return {"pairs": written, "skipped": {why: skipped[why] for why in SKIPPED if skipped[why]}}


def _in_audit(name: str) -> str:
    """The reports of an audit where its folder is named, else the name."""
    folder = Path(name)
    if not is_uri(name) and has_audit(lambda file: (folder / file).read_bytes()):
        return str(folder / REPORTS)
    return name


def _reports(files: Sequence[str]) -> Iterator[tuple[str, Report | str]]:
    """Yields the place of each report, and the report or why it is none."""
    for name in files:
        for row in read_rows(name, None, _LONGEST):
            if isinstance(row, Rejected):
                yield row.place, row.cause
                continue
            inner = next((row.data[k] for k in _LISTS if isinstance(row.data.get(k), list)), None)
            for data in [row.data] if inner is None else inner:
                yield row.place, _report(data)


def _report(data: Any) -> Report | str:
    if isinstance(data, dict) and isinstance(data.get("report"), dict):
        data = data["report"]
    if isinstance(data, dict) and data.get("answer", "") is None:
        return "holds no texts (it was written with --no-text): audit again with them"
    if not isinstance(data, dict) or "version" not in data:
        return _no_report(data)
    try:
        return Report.from_dict(data)
    except FormatError as error:
        return str(error)


def _no_report(data: Any) -> str:
    keys: set[str] = {*data} if isinstance(data, dict) else set()
    kind = "this is none"
    if keys >= _AUDITED:
        kind = (
            "this is rows.jsonl of `train audit-data`, which wrote its own pairs to "
            "preference.jsonl beside it"
        )
    elif {"chosen", "rejected"} <= keys:
        kind = "this has pairs already"
    elif {"answer", "target"} & keys:
        kind = "this has answers or training rows that no guard has checked: `audit` them first"
    return (
        "a line must be the report of a guard (reports.jsonl of `groundwire audit`, or "
        f"Report.to_dict()), or hold one under 'report'; {kind}"
    )


def _pair(report: Report, with_evidence: bool) -> dict[str, Any] | str:
    """The pair that a report gives, or why it gives none."""
    if report.decision.action != "rewrite":
        return "passed" if report.decision.action == "pass" else "blocked"
    if is_denial_cut(report.answer, report.decision.edits):
        return "correction cut"
    labels = {verdict.label for verdict in report.text_verdicts}
    if "supported" not in labels or labels - {"supported", "no_claim"}:
        return "repair not verified"
    chosen, rejected = report.text.strip(), report.answer.strip()
    if not chosen or chosen == rejected:
        return "no text"
    evidence = _quotes(report)
    parts = [*(evidence if with_evidence else ()), report.question or ""]
    prompt = "\n\n".join(filter(None, parts))
    if not prompt:
        return "no prompt"
    return make_preference(prompt, chosen, rejected, evidence=evidence)


def _quotes(report: Report) -> list[str]:
    verdicts = (*report.verdicts, *report.text_verdicts)
    return list(dict.fromkeys(quote.text for verdict in verdicts for quote in verdict.quotes))


def _key(made: dict[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(made).encode()).digest()
