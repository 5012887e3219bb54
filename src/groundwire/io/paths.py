"""Paths that arguments stand for: files, folders, globs, URIs and standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from groundwire.errors import InputError
from groundwire.io.remote import Remote, has_audit, is_matching, is_uri

STDIN = "-"
SUFFIXES = {
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "json", ".csv": "csv", ".tsv": "tsv",
    ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
"""Formats by the ends of names."""

COMPRESSED = (".gz", ".bz2", ".xz", ".zst")


def expand_paths(inputs: Sequence[str | Path], skipped: set[str] | None = None) -> list[str]:
    """Returns the files that arguments stand for, in their order.

    A folder stands for the files in it and below whose names end like one of ``SUFFIXES``
    (compressed or not), a glob for what it matches; both sorted by name. Names that begin with a
    dot are left out there, and so are folders of an audit, finished or not, which hold no new
    answers. ``-`` is standard input. A file named twice is read once. What has a ``://`` is a URI
    (``remote``), whose folders and globs stand for files in the same way.

    Args:
        inputs: files, folders, globs, URIs, and ``-``.
        skipped: takes the folders of audits that were left out.

    Raises:
        InputError: if there is nothing to read, or a file is missing or may not be read.
    """
    found: dict[str, str] = {}
    left_out = set() if skipped is None else skipped
    for item in inputs:
        for name in _expand(str(item), left_out):
            plain = name == STDIN or is_uri(name)
            found.setdefault(name if plain else os.path.realpath(name), name)
    if not found:
        raise InputError("no input: give files, folders, globs or - (standard input)")
    return list(found.values())


def _expand(item: str, skipped: set[str]) -> list[str]:
    if item == STDIN:
        return [item]
    if is_uri(item):
        return _remote(item, skipped)
    if os.path.lexists(item):
        return _folder(item, skipped) if os.path.isdir(item) else [_readable(item)]
    if glob.has_magic(item):
        names = sorted(glob.glob(item, recursive=True))
        files = [n for name in names for n in ([name] if os.path.isfile(name) else _within(name))]
        kept = _new(files, skipped)
        if files and not kept:
            raise InputError(_only_audits(item, skipped))
        if not files:
            raise InputError(_no_match(item))
        return [_readable(name) for name in kept]
    raise InputError(f"{item}: no such file or folder")


def _remote(item: str, skipped: set[str]) -> list[str]:
    remote = Remote(item)
    if not remote.pattern and remote.kind == "file":
        return [item]
    if remote.kind != "folder":
        raise InputError(f"{item}: no such file or folder")
    files = [file for file in remote.files() if _is_wanted(file.parts, remote.pattern)]
    if not files:
        raise InputError(_no_match(item) if remote.pattern else _no_file(item))
    kept = []
    for file in files:
        audit = remote.audit_above(file)
        if audit is None:
            kept.append(file.uri)
        else:
            skipped.add(audit)
    if not kept:
        raise InputError(_only_audits(item, skipped))
    return kept


def _is_wanted(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    if any(part.startswith(".") for part in parts):
        return False
    if pattern and is_matching(parts, pattern):
        return True
    above = (parts[:end] for end in range(len(parts)))
    return bool(detect_named_format(parts[-1])) and any(
        is_matching(part, pattern) for part in above
    )


def _no_match(item: str) -> str:
    return f"{item}: no file matches; check the pattern (quoted in the shell)"


def _no_file(item: str) -> str:
    return (
        f"{item}: has no file named {', '.join('*' + suffix for suffix in SUFFIXES)} "
        f"(or with {', '.join(COMPRESSED)} after it); name the files themselves"
    )


def _folder(item: str, skipped: set[str]) -> list[str]:
    files = _within(item)
    if not files:
        raise InputError(_no_file(item))
    kept = _new(files, skipped)
    if not kept:
        raise InputError(_only_audits(item, skipped))
    return [_readable(name) for name in kept]


def _only_audits(item: str, skipped: set[str]) -> str:
    return (
        f"{item}: holds no answers to check, only an earlier audit ({', '.join(sorted(skipped))}); "
        "name the files that the answers are in"
    )


def _new(files: Iterable[str], skipped: set[str]) -> list[str]:
    """The files that are in no folder of an audit, or below one."""
    known: dict[Path, Path | None] = {}
    kept = []
    for name in files:
        folder = Path(name).parent
        if folder not in known:
            above = (folder, *folder.parents)
            known[folder] = next((place for place in above if _is_audit(place)), None)
        found = known[folder]
        if found is None:
            kept.append(name)
        else:
            skipped.add(str(found))
    return kept


def _is_audit(folder: Path) -> bool:
    return has_audit(lambda name: (folder / name).read_bytes())


def _within(folder: str) -> list[str]:
    found = []
    for path in Path(folder).rglob("*"):
        below = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in below.parts)
        if not hidden and detect_named_format(path.name) and path.is_file():
            found.append((below.parts, str(path)))
    return [name for _, name in sorted(found)]


def _readable(name: str) -> str:
    if not os.path.exists(name):
        raise InputError(f"{name}: no such file (it is a link to nothing)")
    if not os.access(name, os.R_OK):
        raise InputError(f"{name}: may not be read; change its permissions")
    return name


def detect_named_format(name: str) -> str | None:
    """Returns the format that a name tells, of a file compressed or not."""
    lower = name.lower()
    for suffix in COMPRESSED:
        lower = lower.removesuffix(suffix)
    return next((SUFFIXES[s] for s in SUFFIXES if lower.endswith(s)), None)
