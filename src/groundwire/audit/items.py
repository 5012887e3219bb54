"""Recorded answers, as an audit reads them from records of any form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Item:
    """One recorded answer.

    Attributes:
        id: as the record names it, or its place; not necessarily unique.
        answer: the text to check; not empty.
        question: what the reader asked, if it was recorded.
        evidence: what the answer was given from: texts, records and tables as JSON values, and a
            ``Document`` where a source was named. With none (or None, where the record says
            nothing) the answer is checked against the evidence that is given for all.
        fields: other scalar values of the record, by which the audit may be sliced.
        place: where it was read, such as ``"chats.jsonl:12"``.
        long: names of fields that are left out of ``fields`` because their text is too long.
        more: how many others are left out: those after the first ones, or with too long a name.
        turn: of an answer in a conversation, a hash of all that was said up to its end; empty for
            others.
        final: whether it is the last answer of its record.
        history: of an answer in a conversation, the last turns before its question, each a role
            (``user`` or ``assistant``) and a text: what completes "And on Sundays?".
    """

    id: str
    answer: str
    question: str | None = None
    evidence: tuple[Any, ...] | None = None
    fields: Mapping[str, Scalar] = field(default_factory=dict)
    place: str = ""
    long: tuple[str, ...] = ()
    more: int = 0
    turn: str = ""
    final: bool = True
    history: tuple[tuple[str, str], ...] = ()
