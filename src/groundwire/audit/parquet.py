"""Parquet form of an audit: records as rows of ``verdicts.parquet``, written with fixed options."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq

from groundwire.audit.records import Record, encode_canonical

_QUOTE = pa.struct(
    [
        ("source", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("sha256", pa.string()),
        ("text", pa.string()),
    ]
)
_FINDING = pa.struct(
    [
        ("kind", pa.string()),
        ("status", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("claimed", pa.string()),
        ("found", pa.string()),
    ]
)
SCHEMA = pa.schema(
    [
        ("index", pa.int64()),
        ("answer_id", pa.string()),
        ("claim_index", pa.int32()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("kind", pa.string()),
        ("label", pa.string()),
        ("score", pa.float64()),
        ("flagged", pa.bool_()),
        ("action", pa.string()),
        ("cause", pa.string()),
        ("reason", pa.string()),
        ("text", pa.string()),
        ("quotes", pa.list_(_QUOTE)),
        ("findings", pa.list_(_FINDING)),
        ("fields", pa.string()),
        ("groundwire", pa.string()),
        ("verifier", pa.string()),
        ("policy", pa.string()),
    ]
)
"""Offsets count characters (of the answer; in quotes, of the document, whose UTF-8 text has the
hash ``sha256``). ``fields`` is a JSON object; texts are null in an audit without text."""


def make_rows(record: Record) -> list[dict[str, Any]]:
    """Returns the rows of one line of ``reports.jsonl``."""
    report = record["report"]
    hashes = {document["source"]: document["sha256"] for document in record["documents"]}
    flagged, versions = set(report["decision"]["flagged"]), report["versions"]
    out = []
    for number, verdict in enumerate(report["verdicts"]):
        claim = verdict["claim"]
        quotes = [{**quote, "sha256": hashes.get(quote["source"])} for quote in verdict["quotes"]]
        findings = [
            {name: finding[name] for name in ("kind", "status", "start", "end", "claimed", "found")}
            for finding in verdict["findings"]
        ]
        out.append(
            {
                "index": record["index"],
                "answer_id": record["answer_id"],
                "claim_index": number,
                "start": claim["start"],
                "end": claim["end"],
                "kind": claim["kind"],
                "label": verdict["label"],
                "score": verdict["score"],
                "flagged": number in flagged,
                "action": report["decision"]["action"],
                "cause": record["causes"][number],
                "reason": verdict["reason"],
                "text": claim["text"],
                "quotes": quotes,
                "findings": findings,
                "fields": encode_canonical(record["fields"]),
                **{name: versions[name] for name in ("groundwire", "verifier", "policy")},
            }
        )
    return out


_TEXTS = frozenset({"text", "claimed", "found"})
_HALF = re.compile("[\ud800-\udfff]")


def clean_record(record: Record) -> list[dict[str, Any]]:
    """Returns the rows of a record as they are stored.

    Texts that are empty are null. Half a surrogate pair, which is in no UTF-8, is U+FFFD; in
    ``reports.jsonl`` it is what it was.
    """
    return [{key: _clean(key, value) for key, value in row.items()} for row in make_rows(record)]


def _clean(key: str, value: Any) -> Any:
    if isinstance(value, str):
        return None if not value and key in _TEXTS else _HALF.sub("\ufffd", value)
    if isinstance(value, list):
        return [{name: _clean(name, item) for name, item in entry.items()} for entry in value]
    return value


def make_table(records: Iterable[Record]) -> pa.Table:
    """Returns the rows of records as a table."""
    found = [row for record in records for row in clean_record(record)]
    return pa.Table.from_pylist(found, schema=SCHEMA)


def open_writer(file: BinaryIO) -> pq.ParquetWriter:
    """Returns a writer whose output depends on nothing but the rows and pyarrow's version."""
    return pq.ParquetWriter(
        file, SCHEMA, version="2.6", compression="zstd", compression_level=3,
        data_page_version="1.0", use_dictionary=True, write_statistics=True,
    )  # fmt: skip
