"""Commands of ``groundwire audit``: what each does, apart from its options."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundwire.audit.guards import GuardOf, find_policy
from groundwire.audit.records import format_count
from groundwire.cli.check import check_config
from groundwire.cli.progress import show_progress
from groundwire.errors import InputError
from groundwire.guard.config import read_config
from groundwire.policy import ThresholdPolicy
from groundwire.reports.console import join_line

if TYPE_CHECKING:
    from groundwire.audit.items import Item
    from groundwire.audit.options import AuditOptions
    from groundwire.audit.reading import ReadOptions
    from groundwire.guard.guard import Guard
    from groundwire.io.rows import Rejected


_CHECKED = ("supported", "contradicted", "unsupported")


def print_summary(
    manifest: Mapping[str, Any], output: str, as_json: bool, notes: Sequence[str] = ()
) -> None:
    """Prints the counts of an audit and its head, or the manifest.

    Args:
        manifest: of the audit.
        output: where it is, as the user named it.
        as_json: print the manifest and nothing else.
        notes: of the summary, printed after the counts.
    """
    if as_json:
        print(json.dumps(manifest))
        return
    counts = manifest["counts"]
    labels = ", ".join(f"{n:,} {label}" for label, n in counts["labels"].items())
    share = f" ({counts['flagged'] / counts['answers']:.1%})" if counts["answers"] else ""
    print(f"{format_count(counts['answers'], 'answer')}, {counts['flagged']:,} flagged{share}")
    print(f"{format_count(counts['claims'], 'claim')}: {labels}" if labels else "no claims")
    if counts["answers"] and not any(counts["labels"].get(label) for label in _CHECKED):
        unread = counts["labels"].get("unchecked", 0)
        why = "no evidence, or none that could be read" if unread else "nothing is claimed"
        print(f"no answer could be checked, so there is no rate: {why}")
    if manifest["evidence"] and "own_evidence" in counts:
        own = counts["own_evidence"]
        given = counts["answers"] - own
        print(f"{own:,} checked against their own evidence, {given:,} against the given documents")
    if counts["rejected"]:
        print(f"{counts['rejected']:,} rejected; rejected.jsonl says why")
    for note in notes:
        print(join_line(note))
    print(f"head {manifest['chain']['head']}")
    print(f"-> {join_line(output)} (keep the head elsewhere: `groundwire audit verify --head HEX`)")


def check_some(manifest: Mapping[str, Any], output: str) -> None:
    """Checks that an audit has an answer.

    Raises:
        InputError: if it has none; the message says why.
    """
    if manifest["counts"]["answers"]:
        return
    if manifest["counts"]["rejected"]:
        raise InputError(f"no answer could be checked; {output} has a rejected.jsonl that says why")
    files = [f"{entry['name']} ({entry['bytes'] or 0:,} bytes)" for entry in manifest["inputs"]]
    raise InputError(
        f"nothing to check: no record in {', '.join(files):.300}; give files with recorded answers"
    )


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
    notes: list[str] = []
    reading, build = _reading(request), _guard_of(request)
    with open_stage(request.output) as folder:
        _early(folder, request.resume)
        options, total = _options(request, reading)
        with fill_stdin_hash(options.inputs):
            with show_progress(total) as progress:
                items = read_files([entry["name"] for entry in options.inputs], reading)
                manifest = _run(request, items, folder, build, options, progress)
            if request.report and manifest["counts"]["answers"]:
                try:
                    notes = _report(folder)
                except Exception as error:  # the audit stands: its counts and its head come first
                    failed = error
    print_summary(manifest, request.output, as_json, notes)
    if failed is not None:
        raise failed
    check_some(manifest, request.output)
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
    return ReadOptions(request.format, request.form, fields, request.strict)


def _guard_of(request: Request) -> GuardOf:
    if request.config is not None:
        read_config(request.config).find_promise(request.group)  # an error at once
    return GuardOf(
        tuple(request.evidence), request.index, request.policy or "balanced", request.model,
        request.config, request.group,
    )  # fmt: skip


def _options(request: Request, reading: ReadOptions) -> tuple[AuditOptions, int | None]:
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
    }  # fmt: skip
    options = AuditOptions(
        inputs=inputs, evidence=evidence, documents=documents,
        reading=how, shard_size=request.shard_size, limit=request.limit,
        sample=request.sample, seed=request.seed,
        redactor=PatternRedactor() if request.redact else None, text=request.text,
        strict=request.strict, resume=request.resume,
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


def _report(folder: Path) -> list[str]:
    """Writes ``summary.json`` and ``report.html``, which can be made again; returns the notes."""
    from groundwire.audit.figures.summary import summarize
    from groundwire.audit.page.report import write_report

    notes: list[str] = summarize(folder)["notes"]
    write_report(folder)
    return notes


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

    chosen: ThresholdPolicy = find_policy(policy)
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
