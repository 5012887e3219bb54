"""The columns of ``verdicts.parquet``: one row for each claim, in the order of the input."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from groundwire.audit.record import Record, canonical

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


def rows(record: Record) -> list[dict[str, Any]]:
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
                "fields": canonical(record["fields"]),
                **{name: versions[name] for name in ("groundwire", "verifier", "policy")},
            }
        )
    return out
