"""``groundwire audit``: its options. What a command does loads when it runs.

A first argument that names no command is an input: ``audit chats.jsonl -o OUT`` is
``audit run chats.jsonl -o OUT``. Commands are added here, each one function.
"""

from __future__ import annotations

import difflib
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from groundwire.errors import InputError

RUN = "run"

MAIN = (
    "inputs", "output", "evidence", "index", "from_records", "policy", "fields", "limit", "sample",
    "resume",
)  # fmt: skip
"""Parameters of ``run`` that the help of the group shows; its own help shows all."""


class DefaultsToRun(TyperGroup):
    """A group whose command is ``run`` where none is named."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Puts ``run`` before what is no command.

        Raises:
            InputError: if it is no file either, and close to the name of a command.
        """
        if args and args[0] not in {*self.commands, "-h", "--help"}:
            close = difflib.get_close_matches(args[0], self.commands, 1, 0.7)
            if close and not Path(args[0]).exists():
                raise InputError(
                    f"{args[0]}: no such file; did you mean `groundwire audit {close[0]}`?"
                )
            args = [RUN, *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Writes how an audit is run, and then how the commands are."""
        formatter.write_usage(ctx.command_path, "INPUT... -o OUT [OPTIONS]")
        formatter.write_usage(ctx.command_path, "COMMAND [ARGS]...", prefix=" " * len("Usage: "))

    def format_options(self, ctx: typer.Context, formatter: Any) -> None:  # type: ignore[override]
        """Writes the main options of an audit before the commands."""
        run = {parameter.name: parameter for parameter in self.commands[RUN].params}
        records = (run[name].get_help_record(ctx) for name in MAIN)
        with formatter.section("To run an audit (`groundwire audit run --help` has all)"):
            formatter.write_dl([record for record in records if record is not None])
        super().format_options(ctx, formatter)


class PolicyName(StrEnum):
    """The presets of ``ThresholdPolicy``."""

    strict = "strict"
    balanced = "balanced"
    lenient = "lenient"
    observe = "observe"


class Engine(StrEnum):
    """Where an audit runs."""

    local = "local"
    ray = "ray"


class TurnsRead(StrEnum):
    """Which answers of a conversation are read."""

    all = "all"
    last = "last"


class Pairing(StrEnum):
    """What pairs the answers of two audits."""

    question = "question"
    answer_id = "answer_id"


audit = typer.Typer(
    cls=DefaultsToRun,
    help="Check recorded answers: what they claim, what holds, and where they fail.\n\n"
    "`groundwire audit chats.jsonl --evidence docs/ -o OUT` runs an audit; the commands read OUT.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Output = Annotated[Path, typer.Argument(metavar="OUT", help="Folder of a finished audit.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only, for programs.")]
Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml", help="What `groundwire calibrate` wrote, for policy and model."
    ),
]
Group = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of --config: use the threshold of this group of answers."),
]


@audit.command(RUN)
def run(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT...", help="Files, folders, globs, URIs (s3://...); - reads stdin."
        ),
    ],
    output: Annotated[
        str,
        typer.Option("--output", "-o", metavar="OUT", help="A new folder, or a URI (s3://...)."),
    ],
    evidence: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="PATH",
            help="A file or folder to check against; may be repeated. An answer whose record "
            "has evidence of its own is checked against that alone.",
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="An index that `groundwire index` made."),
    ] = None,
    from_records: Annotated[
        bool,
        typer.Option("--from-records", help="Check against what each record itself holds."),
    ] = False,
    policy: Annotated[
        PolicyName | None, typer.Option(help="What may pass; by default balanced.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Another verifier: a preset, a folder or a cached hub id."
        ),
    ] = None,
    config: Config = None,
    group: Group = None,
    file_format: Annotated[
        str | None,
        typer.Option(
            "--format",
            metavar="NAME",
            help="Of the files, where it is not seen: jsonl, json, csv, tsv or parquet.",
        ),
    ] = None,
    form: Annotated[
        str | None,
        typer.Option(
            "--form",
            metavar="NAME",
            help="Of the records, where it is not seen: langsmith, trulens, langfuse, ragas, chat "
            "or plain.",
        ),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--map", metavar="KEY=PATH", help="Such as answer=reply; may be repeated."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(metavar="FILE.toml", help="The same in a file: [fields].")
    ] = None,
    turns: Annotated[
        TurnsRead,
        typer.Option(
            help="Of a conversation: all answers, each once even where later records repeat it, "
            "or the last of each record."
        ),
    ] = TurnsRead.all,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first line that is no answer.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Continue the unfinished audit in OUT.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Read the first N only.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Draw N of all that is read.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the sample.")] = 0,
    engine: Annotated[Engine, typer.Option(help="Where it runs.")] = Engine.local,
    workers: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Of --engine ray; by default all.")
    ] = None,
    redact: Annotated[
        bool,
        typer.Option("--redact", help="Mask addresses, phone, card and ID numbers."),
    ] = False,
    no_text: Annotated[
        bool, typer.Option("--no-text", help="Write offsets, hashes, short fields; no texts.")
    ] = False,
    shard_size: Annotated[
        int, typer.Option(metavar="N", min=1, help="Answers that are written in one step.")
    ] = 1_000,
    no_report: Annotated[
        bool, typer.Option("--no-report", help="Write no summary.json and report.html.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check recorded answers against their own evidence, files or an index.

    Exit code 0 if everything passed, 1 if something was flagged, 2 for bad input.
    """
    from groundwire.cli.audit_commands import Request, run_audit

    request = Request(
        inputs=inputs, output=output, evidence=evidence or [], index=index,
        from_records=from_records, policy=None if policy is None else policy.value, model=model,
        config=config, group=group, format=file_format, form=form,
        fields=fields or [], mapping=mapping, strict=strict, resume=resume, limit=limit,
        sample=sample, seed=seed, engine=engine.value, workers=workers, redact=redact,
        text=not no_text, shard_size=shard_size, report=not no_report, turns=turns.value,
    )  # fmt: skip
    raise typer.Exit(int(run_audit(request, as_json)))


@audit.command()
def verify(
    output: Output,
    head: Annotated[
        str | None, typer.Option(metavar="HEX", help="The head that was kept elsewhere.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Find any entry of an audit that was changed, removed, added or moved.

    summary.json and report.html are made from the data and are not covered: make them again
    with `groundwire audit summary OUT`. Exit code 0 if all is as it was written, 1 if not.
    """
    from groundwire.cli.audit_commands import run_verify

    raise typer.Exit(int(run_verify(output, head, as_json)))


@audit.command()
def redecide(
    output: Output,
    destination: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="A new folder.")
    ],
    policy: Annotated[PolicyName, typer.Option(help="What may pass.")] = PolicyName.balanced,
    keep: Annotated[
        float | None,
        typer.Option(metavar="P", help="Lowest score that passes, instead of the policy's."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Apply another policy to the stored verdicts, without a model.

    Exit code 0 if everything passes, 1 if something is flagged.
    """
    from groundwire.cli.audit_commands import run_redecide

    raise typer.Exit(int(run_redecide(output, destination, policy.value, keep, as_json)))


@audit.command()
def summary(
    output: Output,
    labels: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Answers that people labeled: corrects the rate."),
    ] = None,
    time: Annotated[
        str | None, typer.Option(metavar="FIELD", help="Holds the time of an answer.")
    ] = None,
    slices: Annotated[
        list[str] | None,
        typer.Option("--slice", metavar="FIELD", help="Slice by it alone; may be repeated."),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="FIELD", help="Answers of one value belong together."),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of what is drawn.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Work out the rates again, corrected by labels, and write summary.json and report.html."""
    from groundwire.cli.audit_commands import require_arrow
    from groundwire.cli.audit_figures import run_report, run_summary

    require_arrow()
    run_summary(output, labels, time, slices, cluster, seed, as_json)
    run_report(output, quiet=as_json)


@audit.command()
def report(
    output: Output,
    most: Annotated[
        int, typer.Option(metavar="N", min=1, help="Answers that the page holds, at most.")
    ] = 10_000,
) -> None:
    """Write report.html again from the data and summary.json."""
    from groundwire.cli.audit_commands import require_arrow
    from groundwire.cli.audit_figures import run_report

    require_arrow()
    run_report(output, most)


@audit.command()
def sample(
    output: Output,
    count: Annotated[
        int, typer.Option("-n", "--count", metavar="N", min=1, help="Answers to draw.")
    ] = 200,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the draw.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Draw answers to label, and write a page to label them on.

    A rate that labels correct needs at least 20 of them; 200 make it narrower.
    """
    from groundwire.cli.audit_commands import require_arrow
    from groundwire.cli.audit_figures import run_sample

    require_arrow()
    run_sample(output, count, seed, as_json)


@audit.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="A", help="Folder of the audit before.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Folder of the audit after.")],
    by: Annotated[
        Pairing | None, typer.Option(help="What pairs the answers; by default what fits.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of the bootstrap.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compare two audits of the same questions: models, prompts, versions."""
    from groundwire.cli.audit_commands import require_arrow
    from groundwire.cli.audit_figures import run_compare

    require_arrow()
    run_compare(first, second, None if by is None else by.value, seed, as_json)


@audit.command()
def drift(
    before: Annotated[
        Path,
        typer.Argument(
            metavar="BEFORE", help="Folder of the audit of answers that thresholds were made on."
        ),
    ],
    after: Annotated[
        Path, typer.Argument(metavar="AFTER", help="Folder of the audit of what came after.")
    ],
    alpha: Annotated[
        float,
        typer.Option(
            metavar="P", help="Chance of a false alarm of one such comparison; 0.05 is 1 in 20."
        ),
    ] = 0.05,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Of what is drawn.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Tell whether scores and words have left what thresholds were made on.

    Exit code 0 if nothing speaks for it, 1 for an alarm, 2 for bad input.
    """
    from groundwire.cli.audit_commands import require_arrow
    from groundwire.cli.audit_figures import run_drift

    require_arrow()
    raise typer.Exit(int(run_drift(before, after, alpha, seed, as_json)))
