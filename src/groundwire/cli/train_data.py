"""``groundwire train audit-data`` and ``train preferences``: their options."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Cleaning(StrEnum):
    """What becomes of unfaithful rows."""

    drop = "drop"
    rewrite = "rewrite"
    tag = "tag"


class Passing(StrEnum):
    """Presets of ``ThresholdPolicy`` under which a claim is supported or not."""

    strict = "strict"
    balanced = "balanced"


def audit_data(
    data: Annotated[
        list[str],
        typer.Argument(
            metavar="DATA...", help="JSONL, Parquet, CSV, or a folder that datasets saved."
        ),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="A new folder.")],
    mode: Annotated[
        Cleaning, typer.Option(help="What becomes of unfaithful rows in clean.jsonl.")
    ] = Cleaning.drop,
    form: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="context, prompt, messages, preference, unpaired or instruction, where it is "
            "not seen.",
        ),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option(
            "--map", metavar="KEY=COLUMN", help="Such as context=mr and target=ref; repeated."
        ),
    ] = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="Of the files, where it is not seen: jsonl, json, csv, tsv or parquet.",
        ),
    ] = None,
    split: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a saved dataset with splits.")
    ] = None,
    against: Annotated[
        list[str] | None,
        typer.Option(metavar="OTHER", help="Another split, to find leaks; may be repeated."),
    ] = None,
    near: Annotated[
        float, typer.Option(metavar="S", help="Similarity of near duplicates; 0 looks for none.")
    ] = 0.85,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="FLAG", help="Also leave out rows with this flag; repeated."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(metavar="FLAG", help="Keep rows with this flag; repeated."),
    ] = None,
    trim: Annotated[
        bool, typer.Option("--trim", help="Take fields that a target omits out of its context.")
    ] = False,
    keep_unchecked: Annotated[
        bool, typer.Option("--keep-unchecked", help="Keep rows that could not be checked.")
    ] = False,
    pairs: Annotated[
        int, typer.Option(metavar="N", min=0, help="Targets of one context that are compared.")
    ] = 1_000,
    swaps: Annotated[
        int, typer.Option(metavar="N", min=0, help="Rows in which group terms are swapped.")
    ] = 200,
    lexicon: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="Groups and attributes of your own.")
    ] = None,
    policy: Annotated[Passing, typer.Option(help="What counts as supported.")] = Passing.balanced,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Another verifier: a preset, a folder or a cached hub id."
        ),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Read the first N rows only.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of what is drawn.")] = 0,
    shard_size: Annotated[
        int, typer.Option(metavar="N", min=1, help="Texts that are written in one step.")
    ] = 1_000,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the audit in OUT, or write it again.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only, for programs.")] = False,
) -> None:
    """Check what training data teaches, and write a cleaned set, preferences and a report.

    Exit code 0 if nothing was found, 1 if a row is unfaithful or flagged, 2 for bad input.
    """
    from groundwire.cli.progress import guard_interrupt
    from groundwire.cli.train_data_commands import list_dropped, parse_fields, run_audit_data
    from groundwire.train.data.options import DataOptions

    options = DataOptions(
        mode=mode.value, form=form, fields=parse_fields(fields or []), format=file_format,
        split=split, against=against or [], near=near, drop=list_dropped(drop or [], keep or []),
        trim=trim, keep_unchecked=keep_unchecked, pairs=pairs, swaps=swaps,
        lexicon=lexicon, limit=limit, seed=seed, shard_size=shard_size, resume=resume,
    )  # fmt: skip
    with guard_interrupt("train audit-data", "--resume"):
        found = run_audit_data(data, output, options, policy.value, model, as_json)
    raise typer.Exit(int(found))


def preferences(
    reports: Annotated[
        list[str],
        typer.Argument(
            metavar="REPORTS...",
            help="Folders of audits, their reports.jsonl, callbacks' logs, or Report JSON.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="A new file, JSON lines.")
    ],
    evidence: Annotated[
        bool,
        typer.Option("--evidence", help="Put the quotes that decided before the question."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON only, for programs.")] = False,
) -> None:
    """Make preference pairs of a guard's reports: each answer against its verified repair."""
    from groundwire.cli.train_data_commands import run_preferences
    from groundwire.errors import InputError

    if output.exists():
        raise InputError(f"{output}: is there already; choose another --output")
    if not output.parent.is_dir():
        raise InputError(f"{output.parent}: no such folder; make it first")
    run_preferences(reports, output, evidence, as_json)
