"""In what two audits differ beside their answers: policies, verifiers, evidence, options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.counts import counted
from groundwire.audit.manifest import MANIFEST, read_manifest
from groundwire.audit.record import Record
from groundwire.audit.tally import Answers, Ints

_MEANS = {
    "policy": ("policy", "rates are by labels and do not depend on it, actions do"),
    "verifier": ("verifier", "the difference may be of the verifiers, not of the answers"),
    "groundwire": ("release", "the difference may be of the releases, not of the answers"),
}
_OPTIONS = ("limit", "sample", "seed", "redact", "text")
_SHOWN = 3
_Json = Mapping[str, Any]


class Made:
    """What the answers of an audit were checked with, gathered one record at a time.

    Attributes:
        own: whether every answer was checked against evidence of its own record.
    """

    def __init__(self) -> None:
        self.own = True
        self._found: dict[str, set[str]] = {name: set() for name in _MEANS}

    def add(self, record: Record) -> None:
        """Takes a record."""
        self.own = self.own and bool(record.get("own_evidence"))
        for name, found in self._found.items():
            found.add(str(record["report"]["versions"].get(name, "unknown")))

    def stated(self, name: str) -> str:
        """Returns the versions of one thing."""
        return ", ".join(sorted(self._found[name]))


def differences(folders: tuple[Path, Path], made: tuple[Made, Made]) -> Iterator[str]:
    """Yields a sentence for each thing in which two audits differ beside their answers.

    Raises:
        InputError: if a manifest is damaged.
    """
    a, b = made
    for key, (name, what) in _MEANS.items():
        if a.stated(key) != b.stated(key):
            yield f"The audits differ in their {name} ({a.stated(key)}; {b.stated(key)}): {what}."
    lacking = [
        name
        for name, folder in zip("ab", folders, strict=True)
        if not (folder / MANIFEST).is_file()
    ]
    if lacking:
        names = " and ".join(lacking)
        yield f"No {MANIFEST} in {names}: whether thresholds and evidence differ is not known."
    else:
        yield from _settings(*map(read_manifest, folders))


def _settings(a: _Json, b: _Json) -> Iterator[str]:
    policies = [{k: v for k, v in m["policy"].items() if k != "name"} for m in (a, b)]
    if differ := _values(*policies):
        yield (
            f"The policies differ in {differ}: labels and rates do not depend on them, what is "
            "flagged does."
        )
    before, after = (_hashes(manifest.get("evidence")) for manifest in (a, b))
    names = [*sorted(set(before) - set(after)), *sorted(set(after) - set(before))]
    if names:
        listed = [(before.get(key) or after.get(key) or "")[:80] for key in names[:_SHOWN]]
        rest = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        yield (
            f"The audits were given other evidence ({', '.join(listed)}{rest}): the difference may "
            "be of the evidence, not of the answers."
        )
    options = [{k: m.get("options", {}).get(k) for k in _OPTIONS} for m in (a, b)]
    if differ := _values(*options):
        yield f"The options of the audits differ in {differ}."


def _values(a: _Json, b: _Json) -> str:
    """The values that differ, as ``keep 0.5; 0.9``."""
    names = [name for name in sorted({*a, *b}) if a.get(name) != b.get(name)]
    return ", ".join(f"{n} ({a.get(n)!s:.40}; {b.get(n)!s:.40})" for n in names)


def _hashes(entries: Any) -> dict[str, str]:
    """Names by what the files hold, so that the same file at another place is the same."""
    found = entries if isinstance(entries, list) else []
    return {str(entry.get("sha256")): str(entry.get("name")) for entry in found}


def other_documents(
    one: Answers, other: Answers, pairs: tuple[Ints, Ints], made: tuple[Made, Made]
) -> Iterator[str]:
    """Yields a sentence if paired answers had other documents in their own records.

    Args:
        one: answers of the first audit.
        other: of the second.
        pairs: positions of the pairs in both: shapes ``[P]``.
        made: of both.
    """
    if not (made[0].own and made[1].own):
        return
    apart = int(np.count_nonzero(one.evidence[pairs[0]] != other.evidence[pairs[1]]))
    if apart:
        yield (
            f"{apart:,} of {counted(len(pairs[0]), 'pair')} were given other documents in b than "
            "in a: the difference may be of what was retrieved."
        )
