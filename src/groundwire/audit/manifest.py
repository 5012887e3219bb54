"""Manifest of an audit: what it was made of, with what, and which files it wrote.

    OUT/
    ├── manifest.json     written last: with it, the audit is finished
    ├── reports.jsonl     one line an answer, linked (``groundwire.audit.records``, ``chain``)
    ├── verdicts.parquet  one row a claim (``groundwire.audit.parquet``)
    ├── rejected.jsonl    lines that were no answers: ``index``, ``place``, ``cause``, ``text``
    ├── run.json          of an unfinished audit: what it must be continued with
    └── parts/            of an unfinished audit: its shards (``groundwire.audit.shards``)

Nothing in these files tells when or where they were made, so equal inputs give equal bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from groundwire._version import __version__
from groundwire.audit.options import AuditOptions
from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.io.atomic import LOCK, explain_full_disk, write_whole
from groundwire.protocols import Policy, read_name, read_origin, read_version

FORMAT = "groundwire-audit"
VERSION = 1
MANIFEST, RUN, PARTS = "manifest.json", "run.json", "parts"
REPORTS, VERDICTS, REJECTED = "reports.jsonl", "verdicts.parquet", "rejected.jsonl"

_AFTER = ("chain", "counts", "files")
"""Parts of a manifest that follow from the data files."""


def select_identity(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the part of a manifest that is known before anything is written."""
    return {key: value for key, value in manifest.items() if key not in _AFTER}


def make_plan(guard: Guard, options: AuditOptions) -> dict[str, Any]:
    """Returns the identity of an audit.

    Raises:
        ModelError: if the verifier cannot be loaded.
    """
    policy = guard.policy
    verifier = guard.verifier
    return {
        "format": FORMAT,
        "version": VERSION,
        "inputs": [dict(entry) for entry in options.inputs],
        "evidence": [dict(entry) for entry in options.evidence],
        "versions": {
            "groundwire": __version__,
            "verifier": read_version(verifier),
            "policy": describe_policy(policy)["name"],
            **read_origin(verifier),
        },
        "policy": describe_policy(policy),
        "options": options.settings(),
    }


def describe_policy(policy: Policy) -> dict[str, Any]:
    """Returns a policy's name and, if it is a dataclass, its thresholds and options."""
    name = read_name(policy)
    fields: dict[str, Any] = {}
    if is_dataclass(policy) and not isinstance(policy, type):
        fields = asdict(policy)
    return {**{key: _json(value) for key, value in fields.items()}, "name": name}


def _json(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else repr(value)


def read_manifest(output: Path) -> dict[str, Any]:
    """Reads the manifest of a finished audit.

    Raises:
        InputError: if there is none, or it is damaged or of another version.
    """
    path = output / MANIFEST
    if not path.is_file():
        left = "holds an unfinished audit; continue it with --resume"
        none = "holds no finished audit; name the folder that `groundwire audit -o` wrote"
        raise InputError(f"{output} {left if (output / RUN).is_file() else none}")
    manifest = _read(path)
    if manifest.get("format") != FORMAT or manifest.get("version") != VERSION:
        raise InputError(
            f"{path} is {manifest.get('format')!r:.40} version {manifest.get('version')!r:.20}; "
            f"this release reads {FORMAT!r} version {VERSION}"
        )
    try:
        shaped = all(isinstance(manifest[key], dict) for key in (*_AFTER, "versions", "policy"))
        chain = manifest["chain"]
        shaped = shaped and type(chain["count"]) is int and isinstance(chain["first"], str)
        shaped = shaped and isinstance(chain["head"], str)
        shaped = shaped and all({"bytes", "sha256"} == set(f) for f in manifest["files"].values())
    except (KeyError, TypeError):
        shaped = False
    if not shaped:
        raise InputError(f"{path} is damaged: something in it is missing or of a wrong kind")
    return manifest


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path} is damaged ({error!s:.100})") from error
    if not isinstance(value, dict):
        raise InputError(f"{path} is damaged: it is no JSON object")
    return value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Writes JSON for people, in one step."""
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    write_whole(path, text.encode("ascii") + b"\n")


def check_folder(output: Path, resume: bool) -> None:
    """Checks that an audit can be written to a folder, or continued there.

    Raises:
        InputError: if the folder is a file, holds a finished audit, an unfinished one that is not
            to be continued, or anything else.
    """
    if output.is_dir():
        names = {path.name for path in output.iterdir()} - {LOCK, f"{RUN}.tmp"}
    elif output.exists() or output.is_symlink():
        raise InputError(f"{output} is no folder; choose another output")
    else:
        return
    if MANIFEST in names and not resume:
        raise InputError(f"{output} holds a finished audit; choose another output folder")
    if RUN in names and not resume:
        raise InputError(
            f"{output} holds an unfinished audit; continue it with --resume, or choose another "
            "output folder"
        )
    if names and not names & {MANIFEST, RUN}:
        raise InputError(
            f"{output} holds {min(names)!r:.60}, which no audit left there; choose a new or an "
            "empty output folder"
        )


def begin_audit(output: Path, plan: Mapping[str, Any]) -> dict[str, Any] | None:
    """Begins or continues an audit in a folder that was checked and is locked.

    Returns:
        The manifest, if the audit is finished already.

    Raises:
        InputError: if what is there was begun with anything else.
    """
    if (output / MANIFEST).is_file():
        manifest = read_manifest(output)
        _same(output, select_identity(manifest), plan)
        clean_up(output)
        return manifest
    if (output / RUN).is_file():
        _same(output, _read(output / RUN), plan)
    else:
        write_json(output / RUN, plan)
    with explain_full_disk(output):
        (output / PARTS).mkdir(exist_ok=True)
    return None


def clean_up(output: Path) -> None:
    """Removes what only an unfinished audit needs."""
    shutil.rmtree(output / PARTS, ignore_errors=True)
    with suppress(FileNotFoundError):
        (output / RUN).unlink()


def remove_audit(output: Path) -> None:
    """Removes what an audit wrote to a folder, and the folder if nothing else is in it."""
    clean_up(output)
    for name in (MANIFEST, REPORTS, VERDICTS, REJECTED, LOCK):
        (output / name).unlink(missing_ok=True)
    with suppress(OSError):  # something else lies there
        output.rmdir()


def _same(output: Path, begun: Mapping[str, Any], plan: Mapping[str, Any]) -> None:
    known = json.loads(json.dumps(plan))
    differing = [
        key for key in sorted({*begun, *known}) if _bare(begun.get(key)) != _bare(known.get(key))
    ]
    if differing:
        told = "; ".join(f"{key}: {_told(begun.get(key), known.get(key))}" for key in differing)
        raise InputError(
            f"{output} was begun with other things ({told:.600}); continue it with the same ones, "
            "or choose another output folder"
        )


def _bare(value: Any) -> Any:
    """Leaves the hash of standard input out, which is known at its end only."""
    if isinstance(value, list):
        return [entry["name"] if entry.get("name") == "-" else entry for entry in value]
    return value


def _told(begun: Any, now: Any) -> str:
    if isinstance(begun, dict) and isinstance(now, dict):
        keys = [key for key in sorted({*begun, *now}) if begun.get(key) != now.get(key)]
        return ", ".join(f"{k} {begun.get(k)!r:.60}, now {now.get(k)!r:.60}" for k in keys)
    if isinstance(begun, list) and isinstance(now, list):
        old = {entry["name"]: entry for entry in begun}
        new = {entry["name"]: entry for entry in now}
        names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
        return ", ".join(f"{name!s:.100}" for name in names) or "their order"
    return f"{begun!r:.60}, now {now!r:.60}"
