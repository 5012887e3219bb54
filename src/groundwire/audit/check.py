"""Answers checked in batches; one that cannot be checked is told of, and spoils no other."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from groundwire.audit.building import (
    Given,
    Remembered,
    private,
    private_line,
    record_of,
    rejected_line,
)
from groundwire.audit.items import Item, Rejected
from groundwire.audit.options import AuditOptions
from groundwire.audit.record import Record, canonical
from groundwire.errors import DocumentError, InputError, ModelError, StoreError
from groundwire.evidence.documents import Document, as_documents
from groundwire.guard import Guard

logger = logging.getLogger(__name__)

Placed: TypeAlias = tuple[int, Item | Rejected]
"""What was read, with its place in the input."""

BATCH = 64
"""Answers that are checked together, at most."""

WEIGHT = 500_000
"""Characters of answers and evidence from which a batch is full."""

_BROKEN = (DocumentError, ModelError, StoreError)
"""Errors of the audit's own parts: they would come again with every answer."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer with its record, or what there is instead of one.

    Attributes:
        record: None for a line that is no answer, or whose check failed.
        rejected: the line of ``rejected.jsonl`` then.
    """

    record: Record | None
    rejected: dict[str, Any] | None = None


@dataclass(slots=True)
class _Case:
    index: int
    item: Item
    documents: list[Document] | None

    @property
    def weight(self) -> int:
        texts = sum(len(document.text) for document in self.documents or ())
        return len(self.item.answer) + texts


def checked(placed: Iterable[Placed], guard: Guard, options: AuditOptions) -> Iterator[Checked]:
    """Yields what becomes of each, in order.

    Memory holds one batch. What is yielded has nothing in it that must not be written.

    Raises:
        InputError: of the first line that is no answer, if the options are strict.
        DocumentError: if the evidence of all cannot be read any more.
        ModelError: if the verifier cannot be loaded.
    """
    batch: list[_Case | Rejected] = []
    places: list[int] = []
    weight = 0
    for index, found in placed:
        case = _case(index, found)
        batch.append(case)
        places.append(index)
        weight += case.weight if isinstance(case, _Case) else 0
        if len(batch) == BATCH or weight >= WEIGHT:
            yield from _settled(places, batch, guard, options)
            batch, places, weight = [], [], 0
    yield from _settled(places, batch, guard, options)


def _case(index: int, found: Item | Rejected) -> _Case | Rejected:
    if isinstance(found, Rejected):
        return found
    try:
        documents = None if found.evidence is None else _apart(as_documents(found.evidence))
    except Exception as error:
        return _failed(found, error)
    return _Case(index, found, documents)


def _apart(documents: Sequence[Document]) -> list[Document]:
    """Documents of one name told apart, so that a quote is from one of them: ``a.md#2``."""
    seen: Counter[str] = Counter()
    named = []
    for document in documents:
        seen[document.source] += 1
        number = seen[document.source]
        source = f"{document.source}#{number}" if number > 1 else document.source
        named.append(replace(document, source=source))
    return named


def _settled(
    places: Sequence[int], batch: Sequence[_Case | Rejected], guard: Guard, options: AuditOptions
) -> Iterator[Checked]:
    cases = [case for case in batch if isinstance(case, _Case)]
    records = iter(_records(cases, guard, options))
    for index, case in zip(places, batch, strict=True):
        result = next(records) if isinstance(case, _Case) else case
        if not isinstance(result, Rejected):
            yield Checked(private(result, options))
            continue
        if options.strict:
            raise InputError(f"{result.place}: {result.cause}")
        yield Checked(None, private_line(rejected_line(index, result), options))


def _records(
    cases: Sequence[_Case], guard: Guard, options: AuditOptions
) -> list[Record | Rejected]:
    """Checks cases together; where that fails, by halves, down to those that fail alone."""
    if not cases:
        return []
    try:
        return list(_together(cases, guard, options))
    except _BROKEN:
        raise
    except Exception as error:
        if len(cases) == 1:
            logger.warning(
                "the check of answer %d failed: %s", cases[0].index, type(error).__name__
            )
            return [_failed(cases[0].item, error)]
        half = len(cases) // 2
        return [*_records(cases[:half], guard, options), *_records(cases[half:], guard, options)]


def _together(cases: Sequence[_Case], guard: Guard, options: AuditOptions) -> Iterator[Record]:
    shared = None if guard.retriever is None else Remembered(guard.retriever)
    own = [_own(case.documents, shared) for case in cases]
    reports = guard.check_many(
        [case.item.answer for case in cases],
        [shared if documents is None else documents for documents in own],
        [case.item.question for case in cases],
    )
    for case, documents, report in zip(cases, own, reports, strict=True):
        given = Given(documents, shared, options.documents)
        record = record_of(case.index, case.item, report, given)
        canonical(record)  # what has no JSON fails here, with its answer
        yield record


def _own(documents: list[Document] | None, shared: Remembered | None) -> list[Document] | None:
    """The record's evidence; None where it is empty and there is something else to check with."""
    if shared is None or any(document.text.strip() for document in documents or ()):
        return documents
    return None


def _failed(item: Item, error: Exception) -> Rejected:
    cause = f"the check failed ({type(error).__name__}: {error!s:.300}); report it with this answer"
    if isinstance(error, InputError):
        cause = str(error)[:500]
    return Rejected(item.place, cause, item.answer[:2000])
