"""Options of an audit of training data: what it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from groundwire.errors import InputError

Mode: TypeAlias = Literal["drop", "rewrite", "tag"]
MODES: tuple[Mode, ...] = get_args(Mode)

FLAGS = (
    "unreadable", "empty", "truncated", "duplicate", "near_duplicate", "leak", "contradiction",
    "reversed", "omission",
)  # fmt: skip
"""What may be wrong with a row besides its claims; ``reversed`` is a preference whose rejected
text is faithful and whose chosen one is not, ``omission`` a text that leaves out a field of its
record."""

DROPPED = frozenset({"unreadable", "empty", "duplicate", "leak"})
"""Flags whose rows no cleaned set holds, unless the options say otherwise."""

TOKENS = {
    "faithful": "<faithful>", "unfaithful": "<unfaithful>", "uncheckable": "<uncheckable>",
}  # fmt: skip
"""Control tokens by label, for the mode ``tag``."""


@dataclass(frozen=True, slots=True)
class DataOptions:
    """Options of an audit of training data.

    Attributes:
        mode: what becomes of unfaithful rows in ``clean.jsonl``: ``drop`` leaves them out,
            ``rewrite`` takes what is not supported away, ``tag`` puts a control token first.
        form: form of all rows, a name of ``forms.FORMS``; None detects that of each row.
        fields: names of columns by those of the form, such as ``{"context": "mr"}``.
        format: format of all files; None detects that of each.
        split: which split of a saved ``DatasetDict``.
        against: other splits, in which no row may occur.
        near: lowest Jaccard similarity of near duplicates, above 0 to 1; 0 looks for none.
        drop: flags whose rows the cleaned set does not hold.
        trim: whether the fields that a text omits are taken out of its record in the cleaned set,
            where the text holds without them.
        keep_unchecked: whether it holds rows with claims that could not be checked.
        pairs: targets of one context that are compared with each other, at most.
        swaps: rows in which the terms of groups are swapped, at most.
        lexicon: TOML file of groups and attributes instead of the package's own.
        limit: read no more rows than this.
        seed: of what is drawn.
        shard_size: texts that are written in one step.
        resume: whether an unfinished audit in the output folder is continued.
        tokens: control tokens by label.

    Raises:
        InputError: if an option has no such value.
    """

    mode: Mode = "drop"
    form: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    format: str | None = None
    split: str | None = None
    against: Sequence[str] = ()
    near: float = 0.85
    drop: frozenset[str] = DROPPED
    trim: bool = False
    keep_unchecked: bool = False
    pairs: int = 1_000
    swaps: int = 200
    lexicon: Path | None = None
    limit: int | None = None
    seed: int = 0
    shard_size: int = 1_000
    resume: bool = False
    tokens: Mapping[str, str] = field(default_factory=lambda: dict(TOKENS))

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise InputError(f"mode is {self.mode!r}: use one of {', '.join(MODES)}")
        if not (self.near == 0 or 0.1 <= self.near <= 1):
            raise InputError(f"near is {self.near!r}: give a similarity from 0.1 to 1, or 0 for no")
        unknown = sorted({*self.drop} - {*FLAGS})
        if unknown:
            raise InputError(f"drop names {unknown[0]!r}: use some of {', '.join(FLAGS)}")
        for name, least in (("pairs", 0), ("swaps", 0), ("limit", 1), ("shard_size", 1)):
            value = getattr(self, name)
            if value is not None and value < least:
                raise InputError(f"{name} is {value!r}: give a whole number, {least} or more")
        if {*TOKENS} - {*self.tokens}:
            raise InputError(f"tokens lack one of {', '.join(TOKENS)}: name each")

    def reading(self) -> dict[str, Any]:
        """Returns how the input is read, as JSON, for the manifest."""
        return {
            "form": self.form, "fields": dict(self.fields), "format": self.format,
            "split": self.split,
        }  # fmt: skip
