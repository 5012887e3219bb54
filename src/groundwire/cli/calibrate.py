"""``groundwire calibrate``: its options. What it does loads when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class TargetName(StrEnum):
    """Of what a promise is."""

    claims = "claims"
    answers = "answers"
    good = "good"


class Removing(StrEnum):
    """The presets of ``ThresholdPolicy`` that hold back what does not pass."""

    strict = "strict"
    balanced = "balanced"


def calibrate(
    labels: Annotated[
        Path,
        typer.Argument(
            metavar="LABELS",
            help='Rows such as {"answer", "evidence", "question", "faithful": true} (JSONL, JSON, '
            "CSV, TSV, Parquet), or what the label page of an audit saved.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE.toml", help="Where the config goes.")
    ],
    risk: Annotated[
        float, typer.Option(metavar="SHARE", help="The share of faults that is allowed.")
    ] = 0.1,
    confidence: Annotated[
        float, typer.Option(metavar="P", help="Probability that the promise holds.")
    ] = 0.9,
    target: Annotated[
        TargetName | None,
        typer.Option(
            help="What the share is of: claims shown that are faulty, answers shown that hold a "
            "fault, or good answers that are changed. By default claims, where the labels tell "
            "of each, else answers."
        ),
    ] = None,
    audit: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Folder of the audit that the label page is from."),
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH", help="For rows without evidence of their own; may be repeated."
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="An index that `groundwire index` made, for the same."),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="What an answer is about (topic, model, language): thresholds of its own where "
            "labels are enough. By default the field group.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="FIELD",
            help="Rows of one value belong together, and one of them is drawn. By default the "
            "field conversation.",
        ),
    ] = None,
    policy: Annotated[
        Removing, typer.Option(help="What becomes of what does not pass.")
    ] = Removing.balanced,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Another verifier: a preset, a folder or a cached hub id."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the draws from clusters.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only, for programs.")] = False,
) -> None:
    """Find the threshold that keeps a promise on your labels, and write the guard's config.

    With the given confidence, the share of faults among what is shown is no higher than the risk.
    Exit code 0 if that can be promised, 1 if these labels cannot promise it, 2 for bad input.
    """
    from groundwire.cli.calibrate_commands import Request, run_calibrate

    request = Request(
        labels, output, risk, confidence, None if target is None else target.value, audit,
        tuple(evidence or ()), index, group, cluster, policy.value, model, seed,
    )  # fmt: skip
    raise typer.Exit(int(not run_calibrate(request, as_json)))
