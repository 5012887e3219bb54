"""Options of an audit: what it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from groundwire.audit.redact import Redactor
from groundwire.errors import InputError
from groundwire.protocols import read_version

SHARD = 1_000
"""Answers of the input in one shard."""

DocumentHash: TypeAlias = tuple[str, int]
"""The sha256 of a document's UTF-8 text, and its length in characters."""


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """Options of an audit.

    Attributes:
        inputs: what is read, as ``{"name", "bytes", "sha256"}``, for the manifest.
        evidence: what answers without evidence of their own are checked against, in the same form.
        documents: hashes of the documents of that evidence by source, where they are known.
        reading: how the inputs are read (a format, a mapping), for the manifest.
        shard_size: how many of the input one shard takes.
        limit: read no more of the input than this.
        sample: check this many, drawn from all that is read, lines that are no answers included.
        seed: of the sample.
        redactor: finds what must not be written, such as addresses; None writes everything.
        text: whether texts are written; without them, offsets and hashes are.
        strict: whether the first line that is no answer ends the audit.
        resume: whether an unfinished audit in the output folder is continued.
        tally: what the reading counts while the audit runs (``reading.REPEATED``).

    Raises:
        InputError: if a number is below 1.
    """

    inputs: Sequence[Mapping[str, Any]] = ()
    evidence: Sequence[Mapping[str, Any]] = ()
    documents: Mapping[str, DocumentHash] = field(default_factory=dict)
    reading: Mapping[str, Any] = field(default_factory=dict)
    shard_size: int = SHARD
    limit: int | None = None
    sample: int | None = None
    seed: int = 0
    redactor: Redactor | None = None
    text: bool = True
    strict: bool = False
    resume: bool = False
    tally: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks the numbers."""
        for name in ("shard_size", "limit", "sample"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or value < 1):
                raise InputError(f"{name} is {value!r}: give a whole number, 1 or more")

    def settings(self) -> dict[str, Any]:
        """Returns what has a part in what is written, as JSON."""
        redactor = self.redactor
        return {
            "reading": dict(self.reading),
            "shard_size": self.shard_size,
            "limit": self.limit,
            "sample": self.sample,
            "seed": self.seed,
            "redact": redactor and read_version(redactor),
            "text": self.text,
        }
