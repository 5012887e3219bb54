"""Commands of ``groundwire audit``: what each does, apart from its options."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from groundwire.audit.guards import GuardOf
from groundwire.audit.manifest import REJECTED, remove_audit
from groundwire.audit.records import format_count
from groundwire.cli.check import check_config
from groundwire.cli.progress import show_progress
from groundwire.errors import InputError
from groundwire.guard.config import read_config
from groundwire.io.rows import Rejected
from groundwire.policy import POLICIES, ThresholdPolicy
from groundwire.reports.console import join_line

if TYPE_CHECKING:
    from groundwire.audit.items import Item
    from groundwire.audit.options import AuditOptions
    from groundwire.audit.reading import ReadOptions, Turns
    from groundwire.guard.guard import Guard


def print_summary(
    manifest: Mapping[str, Any],
    output: str,
    as_json: bool,
    summary: Mapping[str, Any] | None = None,
) -> None:
    """Prints what an audit found and its head, or the manifest.

    Args:
        manifest: of the audit.
        output: where it is, as the user named it.
        as_json: print the manifest and nothing else.
        summary: its figures, whose headline is printed; None prints counts.
    """
    if as_json:
        print(json.dumps(manifest))
        return
    from groundwire.audit.figures import headline

    counts = manifest["counts"]
    for line in _counted(counts) if summary is None else _headline(summary, output):
        print(join_line(line))
    if "own_evidence" in counts:
        own = counts["own_evidence"]
        given = counts["answers"] - own
        if manifest["evidence"]:
            print(
                f"{own:,} checked against their own evidence, {given:,} against the given documents"
            )
        elif told := headline.describe_unevidenced(manifest):
            print(told)
    if counts["rejected"] and summary is None:
        print(f"{counts['rejected']:,} rejected; rejected.jsonl says why")
    for note in () if summary is None else summary["notes"]:
        print(join_line(note))
    print(f"head {manifest['chain']['head']}")
    print(f"-> {join_line(output)} (keep the head elsewhere: `groundwire audit verify --head HEX`)")


def _headline(summary: Mapping[str, Any], output: str) -> Iterator[str]:
    """The sentences that the page opens with, and claims by label."""
    from groundwire.audit.figures import headline

    yield headline.describe_audited(summary)
    yield headline.describe_checked(summary)
    yield headline.describe_flagged(summary)
    yield from headline.list_worst(summary)
    if told := headline.describe_true_rate(summary):
        yield told
    if told := headline.describe_labels(summary):
        yield f"{told} `groundwire audit sample {output}` writes a page to label on."
    yield _claims(summary["claims"], summary["labels"])


def _counted(counts: Mapping[str, Any]) -> Iterator[str]:
    """Counts alone, which follow from the policy; rates are the summary's."""
    answers = format_count(counts["answers"], "answer")
    yield f"{answers}, {counts['flagged']:,} flagged by the policy or not checked"
    yield _claims(counts["claims"], counts["labels"])


def _claims(claims: int, labels: Mapping[str, int]) -> str:
    told = ", ".join(f"{n:,} {label}" for label, n in labels.items() if n)
    return f"{format_count(claims, 'claim')}: {told}" if told else "no claims"


PEEKED = 1_000
"""Lines that are no answers after which the rest is read while the audit runs."""


def open_items(
    items: Iterator[Item | Rejected], inputs: Sequence[Mapping[str, Any]]
) -> Iterator[Item | Rejected]:
    """Reads up to the first answer, before a model loads or anything is written.

    Returns:
        All that was and will be read.

    Raises:
        InputError: if there is no answer; the message says why.
    """
    held: list[Item | Rejected] = []
    for found in items:
        held.append(found)
        if not isinstance(found, Rejected) or len(held) == PEEKED:
            return chain(held, items)
    if not held:
        files = [f"{entry['name']} ({entry['bytes'] or 0:,} bytes)" for entry in inputs]
        raise InputError(
            f"nothing to check: no record in {', '.join(files):.300}; give files with recorded "
            "answers"
        )
    first = cast(Rejected, held[0])
    raise InputError(_none(len(held), f"{first.place}: {first.cause}"))


def _none(count: int, first: str) -> str:
    """Says that no line was an answer, and why the first was none."""
    others = f" (the first of {count:,} lines)" if count > 1 else ""
    return f"no answer could be checked: {first:.600}{others}"


def check_some(manifest: Mapping[str, Any], folder: Path) -> None:
    """Checks that an audit has an answer; one that has none is removed, so that it can run again.

    Raises:
        InputError: if it has none; the message says why.
    """
    if manifest["counts"]["answers"]:
        return
    with (folder / REJECTED).open("rb") as file:
        first = json.loads(file.readline())
    remove_audit(folder)
    count = manifest["counts"]["rejected"]
    raise InputError(_none(count, f"{first['place']}: {first['cause']}"))


@dataclass(frozen=True, slots=True)
class Request:
    """The options of ``groundwire audit``."""

    inputs: Sequence[str]
    output: str
    evidence: Sequence[Path] = ()
    index: Path | None = None
    from_records: bool = False
    policy: str | None = None
    model: str | None = None
    config: Path | None = None
    group: str | None = None
    format: str | None = None
    form: str | None = None
    fields: Sequence[str] = ()
    mapping: Path | None = None
    strict: bool = False
    resume: bool = False
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    engine: str = "local"
    workers: int | None = None
    redact: bool = False
    text: bool = True
    shard_size: int = 1_000
    turns: Turns = "all"
    report: bool = True


def run_audit(request: Request, as_json: bool) -> bool:
    """Runs an audit and says what it found.

    Returns:
        Whether something was flagged.

    Raises:
        GroundwireError: if something cannot be used, nothing could be read, or the disk is full.
    """
    require_arrow()
    from groundwire.audit.hashing import fill_stdin_hash
    from groundwire.audit.reading import read_files
    from groundwire.audit.stores import open_stage

    check_request(request)
    if request.report:
        require_report()
    failed: Exception | None = None
    summary: dict[str, Any] | None = None
    reading, build = _reading(request), _guard_of(request)
    with open_stage(request.output) as folder:
        _early(folder, request.resume)
        tally: Counter[str] = Counter()
        options, total = _options(request, reading, tally)
        with fill_stdin_hash(options.inputs):
            with show_progress(total) as progress:
                names = [entry["name"] for entry in options.inputs]
                found = read_files(names, reading, counts=tally)
                items = open_items(found, options.inputs)
                manifest = _run(request, items, folder, build, options, progress)
            check_some(manifest, folder)
            if request.report:
                try:
                    summary = _report(folder)
                except Exception as error:  # the audit stands: its counts and its head come first
                    failed = error
    print_summary(manifest, request.output, as_json, summary)
    if failed is not None:
        raise failed
    return bool(manifest["counts"]["flagged"])


def check_request(request: Request) -> None:
    """Checks that options fit together.

    Raises:
        InputError: if they do not.
    """
    check_config(request.config, request.group, request.policy, request.model)
    if request.index is not None and request.evidence:
        raise InputError("give either --evidence or --index: an index can be made of both")
    if request.index is not None and not (request.index / "manifest.json").is_file():
        raise InputError(
            f"{request.index} is no index: make one with `groundwire index PATH... -o DIR`, or "
            "check against the files themselves with --evidence PATH"
        )
    if request.from_records and (request.index is not None or request.evidence):
        raise InputError(
            "--from-records is for records that hold their evidence: leave --evidence and --index "
            "out, or leave it out (a record's own evidence comes first then)"
        )
    if request.mapping is not None and request.fields:
        raise InputError("give the mapping either as --map KEY=PATH or as --mapping FILE.toml")
    if request.workers is not None and request.engine != "ray":
        raise InputError("--workers is for --engine ray")
    if request.seed and request.sample is None:
        raise InputError("--seed is for --sample N")


def _early(folder: Path, resume: bool) -> None:
    """What is wrong with the output is said before anything is read."""
    from groundwire.audit.manifest import check_folder
    from groundwire.io.atomic import check_free

    check_free(folder)
    check_folder(folder, resume)


def _reading(request: Request) -> ReadOptions:
    from groundwire.audit.field_map import parse_map, read_map
    from groundwire.audit.reading import ReadOptions

    fields = None
    if request.mapping is not None:
        fields = read_map(request.mapping)
    elif request.fields:
        fields = parse_map(request.fields)
    return ReadOptions(request.format, request.form, fields, request.strict, turns=request.turns)


def _guard_of(request: Request) -> GuardOf:
    if request.config is not None:
        read_config(request.config).find_promise(request.group)  # an error at once
    return GuardOf(
        tuple(request.evidence), request.index, request.policy or "balanced", request.model,
        request.config, request.group,
    )  # fmt: skip


def _options(
    request: Request, reading: ReadOptions, tally: Mapping[str, int]
) -> tuple[AuditOptions, int | None]:
    """The options of an audit, and how many entries it has, where that can be known."""
    from groundwire.audit.hashing import hash_documents, hash_index, survey_files
    from groundwire.audit.options import AuditOptions
    from groundwire.audit.redact import PatternRedactor
    from groundwire.io.paths import expand_paths

    documents: Mapping[str, tuple[str, int]] = {}
    evidence: list[dict[str, Any]] = []
    if request.index is not None:
        evidence = hash_index(request.index)
    elif request.evidence:
        evidence, documents = hash_documents(request.evidence)
    skipped: set[str] = set()
    files = expand_paths(request.inputs, skipped)
    for folder in sorted(skipped):
        print(f"left out {join_line(folder)}: it holds an earlier audit", file=sys.stderr)
    inputs, found = survey_files(files, reading, request.limit)
    if request.sample is not None:
        found = min(request.sample, request.sample if found is None else found)
    how = {
        "format": reading.format, "form": reading.form,
        "fields": None if reading.fields is None else dict(reading.fields.paths),
        "turns": reading.turns,
    }  # fmt: skip
    options = AuditOptions(
        inputs=inputs, evidence=evidence, documents=documents,
        reading=how, shard_size=request.shard_size, limit=request.limit,
        sample=request.sample, seed=request.seed,
        redactor=PatternRedactor() if request.redact else None, text=request.text,
        strict=request.strict, resume=request.resume, tally=tally,
    )  # fmt: skip
    return options, found


def _run(
    request: Request,
    items: Iterable[Item | Rejected],
    folder: Path,
    build: Callable[[], Guard],
    options: AuditOptions,
    progress: Callable[[int], None],
) -> dict[str, Any]:
    if request.engine == "ray":
        from groundwire.audit.ray_engine import run_on_ray

        return run_on_ray(items, folder, build, options, request.workers, progress)
    from groundwire.audit.run import audit

    return audit(items, folder, build(), options, progress)


def _report(folder: Path) -> dict[str, Any]:
    """Writes ``summary.json``, which it returns, and ``report.html``; they can be made again."""
    from groundwire.audit.figures.summary import summarize
    from groundwire.audit.page.report import write_report

    summary = summarize(folder)
    write_report(folder)
    return summary


def run_verify(output: Path, head: str | None, as_json: bool) -> bool:
    """Checks a finished audit and says what is wrong with it.

    Returns:
        Whether anything is.

    Raises:
        InputError: if the folder holds no finished audit.
    """
    require_arrow()
    from groundwire.audit.hash_chain import verify_audit
    from groundwire.audit.manifest import read_manifest

    problems = verify_audit(output, head)
    chain = read_manifest(output)["chain"]
    if as_json:
        told = [{"file": p.file, "line": p.line, "what": p.what} for p in problems]
        print(json.dumps({"problems": told, "head": chain["head"], "count": chain["count"]}))
        return bool(problems)
    for problem in problems:
        print(join_line(str(problem)))
    print(
        "summary.json and report.html are made from the data and were not checked; make them "
        f"again with `groundwire audit summary {join_line(str(output))}`"
    )
    if not problems:
        print(f"{chain['count']:,} entries, all as they were written; head {chain['head']}")
        if head is None:
            print("compare the head with one that was kept elsewhere: --head HEX")
    return bool(problems)


def run_redecide(
    output: Path, destination: Path, policy: str, keep: float | None, as_json: bool
) -> bool:
    """Applies a policy to stored verdicts and says what it decides.

    Returns:
        Whether something is flagged.

    Raises:
        GroundwireError: if an output cannot be used, or the chain is broken.
    """
    require_arrow()
    from groundwire.audit.redecide import redecide_audit

    chosen: ThresholdPolicy = POLICIES[policy]
    if keep is not None:
        chosen = replace(chosen, keep=keep, name=f"{policy} from {keep:g}")
    manifest = redecide_audit(output, chosen, destination)
    print_summary(manifest, str(destination), as_json)
    return bool(manifest["counts"]["flagged"])


def require_arrow() -> None:
    """Checks that the packages of the extra are there.

    Raises:
        InputError: if pyarrow is not installed.
    """
    if importlib.util.find_spec("pyarrow") is None:
        raise InputError("an audit needs pyarrow: pip install 'groundwire[audit]'")


def require_report() -> None:
    """Checks that the packages that draw the report are there.

    Raises:
        InputError: if one is not installed.
    """
    for name in ("jinja2", "matplotlib"):
        if importlib.util.find_spec(name) is None:
            raise InputError(
                f"the report needs {name}: pip install 'groundwire[audit]', or leave the report "
                "out with --no-report"
            )
