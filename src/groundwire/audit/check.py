"""Checks of an audit, in batches; an answer that cannot be checked is told of, no other harmed."""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from groundwire.audit.items import Item
from groundwire.audit.options import AuditOptions, DocumentHash
from groundwire.audit.records import Record, encode_canonical, find_cause
from groundwire.audit.redact import drop_text, redact_line, redact_record, shorten_cause
from groundwire.claims.queries import make_query
from groundwire.errors import DocumentError, InputError, ModelError, StoreError
from groundwire.evidence.documents import Document, make_documents
from groundwire.guard.guard import Guard
from groundwire.io.rows import Rejected
from groundwire.protocols import Retriever
from groundwire.types import Evidence, Quote, Report, Verdict

AROUND = 300
"""Characters of a document that are kept on each side of a quote."""


TITLE = 80
"""Characters of a document's title, at most."""


class Remembered:
    """A retriever that keeps what it found for each query of a batch."""

    def __init__(self, retriever: Retriever) -> None:
        """Takes the retriever."""
        self._retriever = retriever
        self.found: dict[str, list[Evidence]] = {}

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        """Returns what the retriever returns."""
        found = [list(result) for result in self._retriever.retrieve(queries)]
        self.found.update(zip(queries, found, strict=False))
        return found


class Given:
    """What the claims of one answer were checked against."""

    def __init__(
        self,
        documents: Sequence[Document] | None,
        shared: Remembered | None,
        known: Mapping[str, DocumentHash],
    ) -> None:
        """Takes the evidence of an answer.

        Args:
            documents: those of its record, or None if it names none.
            shared: what all such answers are checked against, if there is anything.
            known: hashes of the documents of ``shared``.
        """
        self._documents, self._shared, self._known = documents, shared, known

    @property
    def own(self) -> bool:
        """Whether the record has evidence of its own."""
        return bool(self._documents)

    def texts(self, verdict: Verdict) -> list[Document]:
        """Returns the texts that a quote of the verdict may be from."""
        if self._documents is not None:
            return list(self._documents)
        if self._shared is None:
            return []
        passages = [e.passage for e in self._shared.found.get(make_query(verdict.claim), ())]
        return [Document(p.text, p.source, offset=p.start) for p in passages]

    def hashes(self, quotes: Sequence[Quote]) -> list[dict[str, Any]]:
        """Returns the documents of the record, or those that the quotes are from."""
        if self._documents is not None:
            return [_hashed(document) for document in self._documents]
        sources = sorted({quote.source for quote in quotes})
        unknown = (None, None)
        return [
            {"source": s, "sha256": self._known.get(s, unknown)[0],
             "length": self._known.get(s, unknown)[1]}
            for s in sources
        ]  # fmt: skip


def make_record(index: int, item: Item, report: Report, given: Given) -> Record:
    """Returns the record of an answer, without its chain.

    The sha256 of a document is None where its whole text is not at hand, as in an index: there
    the manifest names the index's own hash, which covers every passage.
    """
    data = report.to_dict()
    data["timings"] = {}
    texts = [given.texts(verdict) for verdict in report.verdicts]
    quoted = [list(_quotes(verdict)) for verdict in report.verdicts]
    around = {
        quote: _around(quote, found)
        for quotes, found in zip(quoted, texts, strict=True)
        for quote in quotes
    }
    return {
        "index": index,
        "answer_id": item.id,
        "place": item.place,
        "fields": dict(item.fields),
        "left_out": {"long": list(item.long), "more": item.more},
        "documents": given.hashes(list(around)),
        "own_evidence": given.own,
        "contexts": _distinct(around.values()),
        "report": data,
        "causes": [
            find_cause(verdict, bool(found))
            for verdict, found in zip(report.verdicts, texts, strict=True)
        ],
    }


def encode_rejected(index: int, rejected: Rejected) -> dict[str, Any]:
    """Returns the JSON of a line that is no answer."""
    return {
        "index": index, "place": rejected.place, "cause": rejected.cause,
        "text": rejected.text[:2000],
    }  # fmt: skip


def hide_private(record: Record, options: AuditOptions) -> Record:
    """Returns a record with nothing that must not be written."""
    if options.redactor is not None:
        record = redact_record(record, options.redactor)
    return record if options.text else drop_text(record)


def hide_private_line(entry: dict[str, Any], options: AuditOptions) -> dict[str, Any]:
    """Returns a rejected line with nothing that must not be written."""
    if options.redactor is not None:
        entry = redact_line(entry, options.redactor)
    return entry if options.text else {**entry, "text": "", "cause": shorten_cause(entry["cause"])}


def hash_text(text: str) -> str:
    """Returns the sha256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hashed(document: Document) -> dict[str, Any]:
    return {
        "source": document.source, "sha256": hash_text(document.text), "length": len(document.text),
        "title": find_title(document.text),
    }  # fmt: skip


def find_title(text: str) -> str:
    """Returns what people would call a text: its first line, without marks of a heading."""
    line = next((line for line in text[:10_000].splitlines() if line.strip()), "")
    line = " ".join(line.strip().strip("#*_= ").split())
    if len(line) <= TITLE:
        return line
    return f"{line[: TITLE + 1].rpartition(' ')[0] or line[:TITLE]} …"


def _quotes(verdict: Verdict) -> Iterator[Quote]:
    yield from verdict.quotes
    yield from (finding.quote for finding in verdict.findings if finding.quote is not None)


def _around(quote: Quote, texts: Sequence[Document]) -> dict[str, Any]:
    """The quote with the text before and after it, as far as one text has it."""
    best: dict[str, Any] = {
        "source": quote.source, "start": quote.start, "end": quote.end, "text": quote.text,
    }  # fmt: skip
    for text in texts:
        start, end = quote.start - text.offset, quote.end - text.offset
        held = text.source == quote.source and 0 <= start <= end <= len(text.text)
        if not held or text.text[start:end] != quote.text:
            continue
        first, last = max(0, start - AROUND), min(len(text.text), end + AROUND)
        if last - first > len(best["text"]):
            best = {
                "source": quote.source, "start": text.offset + first, "end": text.offset + last,
                "text": text.text[first:last],
            }  # fmt: skip
    return best


def _distinct(contexts: Any) -> list[dict[str, Any]]:
    found = {(c["source"], c["start"], c["end"]): c for c in contexts}
    return [found[key] for key in sorted(found)]


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


def check_items(placed: Iterable[Placed], guard: Guard, options: AuditOptions) -> Iterator[Checked]:
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
        documents = None if found.evidence is None else _apart(make_documents(found.evidence))
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
            yield Checked(hide_private(result, options))
            continue
        if options.strict:
            raise InputError(f"{result.place}: {result.cause}")
        yield Checked(None, hide_private_line(encode_rejected(index, result), options))


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
        [case.item.history for case in cases],
    )
    for case, documents, report in zip(cases, own, reports, strict=True):
        given = Given(documents, shared, options.documents)
        record = make_record(case.index, case.item, report, given)
        encode_canonical(record)  # what has no JSON fails here, with its answer
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
