"""Drift of what the server checks, against an audit of answers on which thresholds were made."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from groundwire.errors import InputError
from groundwire.types import Report

if TYPE_CHECKING:
    from groundwire.audit.figures.drift import Watch


def open_watch(folder: Path) -> Watch:
    """Opens the audit that answers are compared with.

    Args:
        folder: the output of ``groundwire audit``.

    Raises:
        InputError: if it is none, has too few answers, or audits are not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise InputError("drift_from needs what reads audits: pip install 'groundwire[audit]'")
    from groundwire.audit.figures.drift import Watch, read_stream

    return Watch(read_stream(folder))


def add_report(watch: Watch, report: Report) -> None:
    """Adds one checked answer, a text as an audit reads it."""
    from groundwire.audit.figures.drift import NOTHING, split_text
    from groundwire.audit.figures.tally import CHECKED

    scores = [
        verdict.score
        for verdict in report.verdicts
        if verdict.label in CHECKED and verdict.score is not None
    ]
    watch.add(min(scores, default=NOTHING), split_text(report.question, report.answer))
