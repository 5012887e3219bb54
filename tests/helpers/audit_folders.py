"""Audit folders for tests of their figures: made-up records, written as an audit writes them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from groundwire.audit.parquet import SCHEMA, make_rows
from groundwire.audit.records import Record, encode_canonical, find_cause
from groundwire.types import Claim, Decision, Quote, Report, Verdict

VERSIONS = {"groundwire": "1.0", "verifier": "fake", "policy": "balanced"}
SCORES = {"supported": 0.9, "contradicted": 0.05, "unsupported": 0.2}


def record(
    index: int,
    labels: Sequence[str],
    *,
    scores: Sequence[float | None] | None = None,
    texts: Sequence[str] | None = None,
    flagged: Sequence[int] | None = None,
    answer_id: str | None = None,
    question: str | None = None,
    documents: Sequence[str] = ("The sky is blue.",),
    fields: Mapping[str, Any] | None = None,
    quotes: Mapping[int, str] | None = None,
) -> Record:
    """One record; ``quotes`` gives the document that a claim quotes."""
    texts = texts or [f"Claim {number} of {index}." for number in range(len(labels))]
    scores = scores or [SCORES.get(label) for label in labels]
    sources = {text: f"document-{_sha256(text)[:6]}" for text in documents}
    verdicts, at = [], 0
    for number, (label, score, text) in enumerate(zip(labels, scores, texts, strict=True)):
        claim = Claim(text, at, at + len(text), kind="offer" if label == "no_claim" else "claim")
        quoted = (quotes or {}).get(number)
        found = (Quote(quoted, sources[quoted], 0, len(quoted)),) if quoted is not None else ()
        verdicts.append(Verdict(claim, label, score, found))  # type: ignore[arg-type]
        at += len(text) + 1
    if flagged is None:
        flagged = [i for i, label in enumerate(labels) if label not in ("supported", "no_claim")]
    answer = " ".join(texts) or "Hello!"
    decision = Decision("rewrite" if flagged else "pass", "", tuple(flagged))
    report = Report(question, answer, tuple(verdicts), decision, answer, versions=VERSIONS)
    form = {key: value for key, value in report.to_dict().items() if key != "timings"}
    return {
        "index": index,
        "answer_id": f"a{index}" if answer_id is None else answer_id,
        "place": f"chats.jsonl:{index + 1}",
        "fields": dict(fields or {}),
        "documents": [
            {"source": source, "sha256": _sha256(text), "length": len(text)}
            for text, source in sources.items()
        ],
        "contexts": [
            {"source": source, "start": 0, "end": len(text), "text": text}
            for text, source in sources.items()
        ],
        "report": json.loads(json.dumps(form)),
        "causes": [find_cause(verdict, bool(documents)) for verdict in verdicts],
        "previous": "",
        "hash": "",
    }


def write(folder: Path, records: Sequence[Record], *, shuffle: int | None = None) -> Path:
    """Writes an audit folder; with ``shuffle``, lines and rows in another order."""
    folder.mkdir(parents=True, exist_ok=True)
    table = [row for one in records for row in make_rows(one)]
    if shuffle is not None:
        rng = np.random.default_rng(shuffle)
        records = [records[i] for i in rng.permutation(len(records))]
        table = [table[i] for i in rng.permutation(len(table))]
    text = "".join(encode_canonical(one) + "\n" for one in records)
    (folder / "reports.jsonl").write_text(text, encoding="ascii")
    pq.write_table(pa.Table.from_pylist(table, schema=SCHEMA), folder / "verdicts.parquet")
    return folder


def simulated(
    count: int, *, rate: float = 0.3, seed: int = 0, sources: int | None = None, **fields: Any
) -> list[Record]:
    """Answers of two claims; ``rate`` of them hold a wrong one."""
    rng = np.random.default_rng(seed)
    out = []
    for index in range(count):
        wrong = rng.random() < rate
        low = float(np.clip(rng.normal(0.25 if wrong else 0.8, 0.15), 0.01, 0.99))
        labels = ["supported", "supported" if low >= 0.5 else "unsupported"]
        source = index if sources is None else index % sources
        row = {name: value(index, wrong, rng) for name, value in fields.items()}
        out.append(record(
            index, labels, scores=[0.99, low], question=f"Question {index}?",
            documents=[f"Document {source} tells."], fields=row,
        ))  # fmt: skip
    return out


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class HashEmbedder:
    """Vectors from the words of a text, without a model."""

    fingerprint = "hash"
    dimension = 64

    def embed(self, texts: Sequence[str]) -> Any:
        out = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            for word in text.lower().split():
                row[int(_sha256(word)[:8], 16) % self.dimension] += 1
            row /= np.linalg.norm(row) or 1
        return out
