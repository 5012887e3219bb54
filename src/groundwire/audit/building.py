"""A report and its evidence as one line of ``reports.jsonl``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from groundwire.audit.items import Item, Rejected
from groundwire.audit.options import AuditOptions, DocumentHash
from groundwire.audit.record import Record, cause_of
from groundwire.audit.redact import bare_cause, redacted, redacted_line, without_text
from groundwire.evidence.documents import Document
from groundwire.protocols import Retriever
from groundwire.types import Evidence, Quote, Report, Verdict
from groundwire.verify.premise import retrieval_query

AROUND = 300
"""Characters of a document that are kept on each side of a quote."""


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
        passages = [e.passage for e in self._shared.found.get(retrieval_query(verdict.claim), ())]
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


def record_of(index: int, item: Item, report: Report, given: Given) -> Record:
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
            cause_of(verdict, bool(found))
            for verdict, found in zip(report.verdicts, texts, strict=True)
        ],
    }


def rejected_line(index: int, rejected: Rejected) -> dict[str, Any]:
    """Returns the JSON of a line that is no answer."""
    return {
        "index": index, "place": rejected.place, "cause": rejected.cause,
        "text": rejected.text[:2000],
    }  # fmt: skip


def private(record: Record, options: AuditOptions) -> Record:
    """Returns a record with nothing that must not be written."""
    if options.redactor is not None:
        record = redacted(record, options.redactor)
    return record if options.text else without_text(record)


def private_line(entry: dict[str, Any], options: AuditOptions) -> dict[str, Any]:
    """Returns a rejected line with nothing that must not be written."""
    if options.redactor is not None:
        entry = redacted_line(entry, options.redactor)
    return entry if options.text else {**entry, "text": "", "cause": bare_cause(entry["cause"])}


def text_hash(text: str) -> str:
    """Returns the sha256 of a text in UTF-8."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _hashed(document: Document) -> dict[str, Any]:
    return {
        "source": document.source, "sha256": text_hash(document.text), "length": len(document.text),
    }  # fmt: skip


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
