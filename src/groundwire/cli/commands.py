"""Commands of groundwire: each calls one function; what is heavy loads inside of it.

Exit codes: 0 clean, 1 something was flagged, 2 wrong usage or bad input, 130 interrupted.
A defect of groundwire itself ends with its traceback and code 70, so that none of these can be
mistaken for it.
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
import typer.main

from groundwire._version import __version__
from groundwire.cli.audit import Config, Group, PolicyName, audit
from groundwire.cli.calibrate import calibrate
from groundwire.cli.mcp import hook, mcp
from groundwire.cli.serve import serve
from groundwire.cli.train import register_commands
from groundwire.cli.train_data import audit_data, preferences
from groundwire.errors import GroundwireError

CLEAN, FLAGGED, BAD, DEFECT = 0, 1, 2, 70

app = typer.Typer(
    help="Checks what a language model says against evidence, claim by claim.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
train = typer.Typer(help="Train a model of your own.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(train, name="train")
app.add_typer(audit, name="audit")
app.command()(calibrate)
app.command()(serve)
app.command()(mcp)
app.command()(hook)
train.command("audit-data")(audit_data)
train.command()(preferences)
register_commands(train)


class BenchmarkName(StrEnum):
    """The formats of ``groundwire.evaluate.formats``."""

    ragtruth = "ragtruth"
    halueval = "halueval"
    wice = "wice"
    faithbench = "faithbench"
    summedits = "summedits"
    aggrefact = "aggrefact"


AsJson = Annotated[bool, typer.Option("--json", help="Print JSON only, for programs.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"groundwire {__version__}")
        raise typer.Exit(CLEAN)


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option("--version", help="Print the version.", callback=_version, is_eager=True),
    ] = False,
) -> None:
    """Checks what a language model says against evidence, claim by claim.

    Exit codes: 0 clean, 1 something was flagged, 2 wrong usage or bad input.
    """


@app.command()
def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE]...",
            help="Files with answers: a text is one answer, of JSONL, JSON, CSV, TSV and Parquet "
            "each record is.",
        ),
    ] = None,
    answer: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="The answer to check; - reads it from stdin."),
    ] = None,
    answer_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A file with the answer to check.")
    ] = None,
    evidence: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Text, Markdown, HTML, PDF, JSON, JSONL, CSV or TSV; may be repeated.",
        ),
    ] = None,
    index: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="An index that `groundwire index` made."),
    ] = None,
    question: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What the reader asked.")
    ] = None,
    policy: Annotated[
        PolicyName | None, typer.Option(help="What may pass; by default balanced.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Another verifier: a preset, a folder or a cached hub id."
        ),
    ] = None,
    history: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The conversation before the question, a JSON list of messages: it completes "
            "a follow-up.",
        ),
    ] = None,
    config: Config = None,
    group: Group = None,
    cite: Annotated[bool, typer.Option("--cite", help="Cite the sources of the text.")] = False,
    annotate: Annotated[
        bool,
        typer.Option("--annotate", help="Of files: print GitHub's annotations of their lines."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check an answer against evidence, and repair or block what does not hold.

    Of answers in files only what does not hold is told, as FILE:LINE.

    Exit code 0 if everything passed, 1 if something was flagged, 2 for bad input.
    """
    from groundwire.cli.check import Request, run_check

    request = Request(
        answer, answer_file, tuple(evidence or ()), index, question,
        None if policy is None else policy.value, model, config, group, history,
    )  # fmt: skip
    if files:
        from groundwire.cli.check_files import run_check_files

        raise typer.Exit(FLAGGED if run_check_files(files, request, as_json, annotate) else CLEAN)
    raise typer.Exit(FLAGGED if run_check(request, cite, as_json) else CLEAN)


@app.command()
def index(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files or folders.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the index is saved.")
    ],
    update: Annotated[
        bool,
        typer.Option("--update", help="Add to the index there; known files are replaced."),
    ] = False,
    skip_errors: Annotated[
        bool,
        typer.Option("--skip-errors", help="Leave out files of folders that cannot be read."),
    ] = False,
) -> None:
    """Make an index of documents, to check many answers against."""
    from groundwire.cli.index import run_index

    run_index(paths, output, update, skip_errors)


@app.command()
def evaluate(
    path: Annotated[
        Path | None,
        typer.Argument(metavar="PATH", help="A public benchmark as downloaded, file or folder."),
    ] = None,
    pairs: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="JSON lines with premise, hypothesis, and perhaps id and label."
        ),
    ] = None,
    benchmark: Annotated[
        BenchmarkName | None,
        typer.Option("--format", help="What PATH is, where it is not recognized."),
    ] = None,
    split: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="Which part of RAGTruth, or of a folder of WiCE or LLM-AggreFact. RAGTruth is "
            "read as published, with the responses whose quality is not good.",
        ),
    ] = "test",
    limit: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Draw N rows of the benchmark.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL", help="Another verifier: a preset, a folder or a cached hub id."
        ),
    ] = None,
    attacks: Annotated[
        bool,
        typer.Option("--attacks", help="Also attack it, with --pairs: changed facts, noise."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Measure a verifier on a public benchmark (PATH) or on labelled pairs of yours (--pairs).

    Benchmarks: RAGTruth, LLM-AggreFact, SummEdits, HaluEval, WiCE, FaithBench.
    """
    from groundwire.errors import InputError

    if (path is None) == (pairs is None):
        raise InputError("give either a benchmark, evaluate PATH, or evaluate --pairs FILE")
    if pairs is not None:
        from groundwire.cli.evaluate import run_evaluate

        if benchmark is not None or limit is not None or split != "test":
            raise InputError("--format, --split and --limit are for a benchmark, not for --pairs")
        run_evaluate(pairs, model, as_json, attacks)
    elif path is not None:
        from groundwire.cli.evaluate import run_benchmark

        if attacks:
            raise InputError("--attacks needs --pairs FILE")
        run_benchmark(path, benchmark, split, limit, model, as_json)


@train.command()
def verifier(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the model is saved.")
    ],
    data: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Folder of the training sets (NAME.jsonl[.gz])."),
    ] = None,
    documents: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Instead of sets: your documents, to which the embedded verifier is adapted.",
        ),
    ] = None,
    rows: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH",
            help="Instead of sets: training rows of records and texts, to adapt it to.",
        ),
    ] = None,
    prepare: Annotated[
        bool,
        typer.Option(
            "--prepare",
            help="Only make and tokenize the pairs of --data, and save them in --output.",
        ),
    ] = False,
    prepared: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Instead of sets: pairs that --prepare saved."),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="With --prepared: a verifier whose probabilities are learned (recipe: distill).",
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="A recipe: seed, peak_rate, share, documents, ..."),
    ] = None,
    include_unstated: Annotated[
        bool | None,
        typer.Option("--include-unstated", help="Also use sets whose authors state no licence."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="Seed of drawing, order and new weights.")
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Times that pairs are seen.")
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|NAME",
            help="Start from this encoder or verifier: a folder, a name such as "
            "all-mpnet-base-v2, or the id of a model in the local Hugging Face cache.",
        ),
    ] = None,
) -> None:
    """Train a verifier; a run that was killed continues from its last checkpoint."""
    from groundwire.cli.train_verifier import Source, run_prepare, run_train

    given = {"include_unstated": include_unstated, "seed": seed, "epochs": epochs}
    changes = {name: value for name, value in given.items() if value is not None}
    source = Source(data, documents, rows, prepared)
    if prepare:
        run_prepare(source, output, backbone, recipe, changes, teacher)
    else:
        run_train(source, output, backbone, recipe, changes, teacher)


@train.command()
def average(
    models: Annotated[list[Path], typer.Argument(metavar="MODEL...", help="Folders to average.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the model is saved.")
    ],
    share: Annotated[
        list[float] | None,
        typer.Option(
            metavar="NUMBER", help="How much of each model, in their order; by default as much."
        ),
    ] = None,
) -> None:
    """Average verifiers that were trained from one backbone: often better than each."""
    from groundwire.train.verifier.average import average_verifiers

    print(f"the model is in {average_verifiers(models, output, share)}")


@train.command()
def difference(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a verifier.")],
    backbone: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="What it was trained from: a name, such as all-mpnet-base-v2."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Where the model is saved.")
    ],
    rank: Annotated[
        int, typer.Option(metavar="N", help="Rank of what is kept of each matrix.")
    ] = 96,
    carry: Annotated[
        bool,
        typer.Option(
            "--carry", help="Put the backbone's weights beside it: the folder needs nothing else."
        ),
    ] = False,
    bits: Annotated[
        int, typer.Option(metavar="N", help="Bits of each number: 16, or 8 for half the size.")
    ] = 16,
) -> None:
    """Keep a verifier as what differs from its backbone: a tenth of its size."""
    from groundwire.train.verifier.difference import write_difference

    print(f"the model is in {write_difference(model, output, backbone, rank, carry, bits)}")


@app.command()
def demo(
    story: Annotated[
        int | None, typer.Option(metavar="N", help="Tell one story only: 1, 2 or 3.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """See three answers taken apart, checked, repaired and cited."""
    from groundwire.cli.demo import run_demo

    run_demo(story, as_json)


@app.command()
def doctor(
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the speed, for which models are loaded.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Say what is installed, which models are here, how fast this machine is, and what lacks.

    Exit code 0 unless the core cannot work.
    """
    from groundwire.cli.doctor import run_doctor

    raise typer.Exit(CLEAN if run_doctor(quick, as_json) else FLAGGED)


def make_command() -> Any:
    """Returns the whole command line, as Typer runs it.

    Its help names an argument by what to give (``INPUT...``); Typer would put the type of Python
    behind it (``<list[str]>``).
    """
    command = typer.main.get_command(app)
    _hide_types(command)
    return command


def _hide_types(command: Any) -> None:
    for parameter in command.params:
        if parameter.param_type_name == "argument" and parameter.metavar:
            parameter.display_type_rich = lambda ctx: None
    for inner in getattr(command, "commands", {}).values():
        _hide_types(inner)


def main(args: Sequence[str] | None = None) -> int:
    """Runs the command line.

    Args:
        args: arguments without the program's name; by default those of the process.

    Returns:
        The exit code.
    """
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                # A terminal that lacks a character shows its number; that is no reason to fail.
                stream.reconfigure(errors="backslashreplace")
        code = _run(args)
        sys.stdout.flush()
    except BrokenPipeError:
        code = FLAGGED
        _abandon_stdout()
    except OSError as error:
        code = _fail(_os_error(error))
        _abandon_stdout()
    return code


def _abandon_stdout() -> None:
    """Lets what cannot be written go, so that the interpreter does not try again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(args: Sequence[str] | None) -> int:
    try:
        make_command()(args=None if args is None else list(args), prog_name="groundwire")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else CLEAN
    except GroundwireError as error:
        return _fail(str(error))
    except OSError:
        raise
    except Exception:
        traceback.print_exc()
        return DEFECT
    return CLEAN


def _os_error(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}; check its permissions and the space on the disk"


def _fail(message: str) -> int:
    from groundwire.reports.console import join_line

    print(f"error: {join_line(message)}", file=sys.stderr)
    return BAD
