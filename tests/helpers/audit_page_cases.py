"""Audits for the tests of the page: records and summaries of any size, some of them hostile."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from groundwire.audit.records import encode_canonical, find_cause
from groundwire.types import (
    Action,
    Claim,
    ClaimKind,
    Decision,
    Finding,
    Label,
    Quote,
    Report,
    Span,
    Verdict,
)

Json = dict[str, Any]

TOPICS = ("warranty", "shipping", "returns", "billing")
MODELS = ("small-2", "large-1")
_LABELS: tuple[Label, ...] = ("supported", "contradicted", "unsupported", "unchecked", "no_claim")
_WEIGHTS = (92, 1.6, 1.8, 0.9, 8)
_SENTENCES: dict[Label, Sequence[str]] = {
    "supported": (
        "The warranty covers parts and labor for two years from the date of purchase.",
        "Orders placed before noon leave the warehouse on the same day.",
        "A refund reaches the original card within ten working days.",
        "The battery lasts about nine hours of ordinary use.",
    ),
    "contradicted": (
        "The warranty lasts 62 months from the date of purchase.",
        "Returns are free of charge for 45 days.",
        "The agreement was signed on 3 May 2021.",
    ),
    "unsupported": (
        "Most customers choose the extended plan because it is the best value.",
        "The device won a design award in Copenhagen.",
    ),
    "unchecked": ("Der Vertrag verlängert sich stillschweigend um ein Jahr.",),
    "no_claim": ("Happy to help!", "Is there anything else you would like to know?"),
}
_SAID = {
    "62 months": ("number", "24 months"),
    "45 days": ("number", "30 days"),
    "3 May 2021": ("date", "3 March 2021"),
}
_PASSAGE = (
    "Limited warranty. The manufacturer warrants the product against defects in material and "
    "workmanship. {} Damage by water, by drops or by repairs that others made is excluded. "
    "Claims are made in writing, with the receipt, to the address on the card."
)
HOSTILE = (
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=2</script>",
    "<!--<script>",
    "--><img src=x onerror=window.hacked=3>",
    '"><svg onload=window.hacked=4>',
    "'\" autofocus onfocus=window.hacked=5 x='",
    "javascript:window.hacked=6",
    "{{ 7*7 }}{% raw %}${7*7}$x^2$",
    "line\u2028separator\u2029paragraph\x00null\x1b[31mred",
    "user\u202etxt.exe\u202c and\u2066 isolate",
    "zero\u200bwidth\ufeffjoin\u200ded \U000e0041\U000e0042tags",
    "lone \ud800 surrogate and 😀 astral 𝒳",
    "</style><style>body{display:none}</style>",
    "<base href=//example.org><meta http-equiv=refresh content=0>",
    "שלום עולם مرحبا",
    "__proto__",
)


def records(size: int, seed: int = 7) -> Iterator[Json]:
    """Yields the lines of an audit."""
    dice = random.Random(seed)
    for index in range(size):
        labels = dice.choices(_LABELS, _WEIGHTS, k=dice.randint(2, 7))
        topic = dice.choice(TOPICS)
        fields = {"topic": topic, "model": dice.choice(MODELS), "day": f"2026-{index % 9 + 1:02d}"}
        pieces = [(label, dice.choice(_SENTENCES[label])) for label in labels]
        question = f"What should I know about {topic}, order {index}?"
        yield record(index, question, pieces, fields, dice)


def record(
    index: int,
    question: str | None,
    pieces: Sequence[tuple[Label, str]],
    fields: Json,
    dice: random.Random | None = None,
    source: str = "",
) -> Json:
    """Returns one line: an answer of the pieces, each a claim with its label."""
    dice = dice or random.Random(index)
    source = source or f"manual-{index % 23}.txt"
    answer = " ".join(text for _, text in pieces)
    verdicts, contexts, at = [], [], 0
    for number, (label, text) in enumerate(pieces):
        context = _context(source, number, text)
        verdicts.append(_verdict(label, text, at, context, dice))
        contexts += [context] if verdicts[-1].quotes else []
        at += len(text) + 1
    report = _report(question, answer, verdicts)
    document = "".join(context["text"] for context in contexts)
    given = any(verdict.label != "unchecked" for verdict in verdicts)
    body = report.to_dict()
    del body["timings"]
    return {
        "index": index,
        "answer_id": f"chat-{index:05d}",
        "place": f"chats.jsonl:{index + 1}",
        "fields": fields,
        "documents": [{"source": source, "sha256": _hash(document), "length": len(document)}],
        "contexts": contexts,
        "report": body,
        "causes": [find_cause(verdict, given) for verdict in verdicts],
        "previous": "0" * 64,
        "hash": "0" * 64,
    }


def _context(source: str, number: int, text: str) -> Json:
    for claimed, (_, found) in _SAID.items():
        text = text.replace(claimed, found)
    body = _PASSAGE.format(text)
    return {
        "source": source,
        "start": 1000 * number,
        "end": 1000 * number + len(body),
        "text": body,
    }


def _verdict(label: Label, text: str, at: int, context: Json, dice: random.Random) -> Verdict:
    claim = Claim(text, at, at + len(text))
    if label in ("unchecked", "no_claim"):
        kind: ClaimKind = "greeting" if label == "no_claim" else "claim"
        reason = "the verifier does not read German" if label == "unchecked" else ""
        return Verdict(Claim(text, at, at + len(text), kind=kind), label, reason=reason)
    first, length = _PASSAGE.index("{"), len(context["text"]) - len(_PASSAGE) + 2
    said = context["text"][first : first + length]
    at_ = context["start"] + first
    quotes = (Quote(said, context["source"], at_, at_ + length),)
    if label == "supported":
        return Verdict(claim, label, round(dice.uniform(0.6, 1), 6), quotes)
    score = round(dice.uniform(0, 0.4), 6)
    word = next((word for word in _SAID if word in text), text.split()[-1])
    start = at + text.rindex(word)
    span = Span(start, start + len(word))
    if label == "unsupported":
        missing = Finding("name", "missing", word, span.start, span.end)
        return Verdict(claim, label, score, findings=(missing,) * dice.randint(0, 1))
    what, found = _SAID.get(word, ("name", "another"))
    finding = Finding(what, "conflict", word, span.start, span.end, found, quotes[0])
    return Verdict(claim, label, score, quotes, (finding,), (span,))


def _report(question: str | None, answer: str, verdicts: list[Verdict]) -> Report:
    bad = ("contradicted", "unsupported", "unchecked")
    flagged = tuple(n for n, verdict in enumerate(verdicts) if verdict.label in bad)
    kept = [verdict.claim.text for n, verdict in enumerate(verdicts) if n not in flagged]
    action: Action = "pass" if not flagged else "rewrite" if kept else "block"
    decision = Decision(action, f"{len(flagged)} claims may not pass.", flagged)
    text = answer if action == "pass" else " ".join(kept) or "This answer was held back."
    versions = {"groundwire": "0.1.0", "verifier": "groundwire-nli 1", "policy": "balanced"}
    return Report(question, answer, tuple(verdicts), decision, text, versions=versions)


def without_text(line: Json) -> Json:
    """Returns the line as an audit without text writes it: texts null, offsets kept."""
    line = json.loads(encode_canonical(line))
    report = line["report"]
    report["question"], report["answer"], report["text"] = None, "", ""
    report["text_verdicts"] = []
    for verdict in report["verdicts"]:
        verdict["claim"]["text"] = ""
        for quote in [*verdict["quotes"], *(f["quote"] for f in verdict["findings"] if f["quote"])]:
            quote["text"] = ""
        for finding in verdict["findings"]:
            finding["claimed"] = finding["found"] = None
    for context in line["contexts"]:
        context["text"] = None
    return dict(line)


def hostile_records() -> list[Json]:
    """Returns lines whose every text tries to be more than text, and a word of 1 MB."""
    lines = []
    for index, text in enumerate([*HOSTILE, "w" * 1_000_000]):
        pieces: list[tuple[Label, str]] = [("contradicted", text), ("supported", f"{text} again")]
        fields = {text[:200]: text[:200], "kind": text[:40]}
        line = record(index, text, pieces, fields, source=text[:400])
        line["answer_id"] = line["place"] = text[:300]
        lines.append(line)
    return lines


def summary(lines: Sequence[Json], text: str = "") -> Json:
    """Returns a summary of the lines; ``text`` replaces what users named."""
    verdicts = [verdict for line in lines for verdict in line["report"]["verdicts"]]
    labels = Counter(verdict["label"] for verdict in verdicts)
    bad = [line for line in lines if line["report"]["decision"]["action"] != "pass"]
    rate = len(bad) / len(lines) if lines else None
    return {
        "version": 1,
        "answers": len(lines),
        "claims": len(verdicts),
        "rejected": 3,
        "labels": dict(labels),
        "actions": dict(Counter(line["report"]["decision"]["action"] for line in lines)),
        "rate": {"answers": _rate(rate, len(lines)), "claims": _rate(0.05, len(verdicts))},
        "unchecked": {"answers": 12, "claims": labels["unchecked"]},
        "corrected": {
            **_rate(0.14, 200), "n_labelled": 200, "method": "prediction-powered",
            "classical": {"value": 0.15, "low": 0.09, "high": 0.2},
        },
        "trend": [
            {"period": text or f"2026-{n:02d}", **_rate(0.12 + 0.02 * (n % 4), 90)}
            for n in range(1, 10)
        ],
        "slices": _slices(text),
        "causes": dict(Counter(c for line in lines for c in line["causes"] if c)),
        "clusters": [_cluster(n, text) for n in range(3)],
        "documents": [_document(n, text) for n in range(30)],
        "no_evidence": {
            "answers": 2,
            "examples": [
                {"index": n, "answer_id": f"chat-{n}", "question": text or "Who won the cup?"}
                for n in (1, 2)
            ],
        },
        "scores": {
            "bins": [
                {"low": n / 10, "high": (n + 1) / 10, "count": 40 + n * n * 9, "right": n / 9}
                for n in range(10)
            ]
        },
        "versions": {"groundwire": "0.1.0", "verifier": text or "groundwire-nli 1"},
        "policy": "balanced",
    }  # fmt: skip


def _rate(value: float | None, n: int) -> Json:
    if value is None:
        return {"value": None, "low": None, "high": None, "n": n}
    return {"value": value, "low": max(0.0, value - 0.04), "high": min(1.0, value + 0.05), "n": n}


def _slices(text: str) -> list[Json]:
    names = [("topic", topic) for topic in TOPICS] + [("model", model) for model in MODELS]
    rates = (0.31, 0.18, 0.16, 0.12, 0.19, 0.17)
    return [
        {
            "field": text or field, "value": text or value, "n": 140 + 17 * n, "rate": rate,
            "low": rate - 0.05, "high": rate + 0.06, "difference": rate - 0.18,
            "p": 0.0001 + 0.08 * n, "q": 0.0004 + 0.11 * n, "stands_out": n == 0,
        }
        for n, ((field, value), rate) in enumerate(zip(names, rates, strict=True))
    ]  # fmt: skip


def _cluster(n: int, text: str) -> Json:
    terms = (["warranty", "months", "accidental"], ["award", "design"], ["returns", "free"])[n]
    examples = [
        {
            "index": k, "answer_id": text or f"chat-{k:05d}", "claim_index": 0,
            "text": text or _SENTENCES["contradicted"][n],
        }
        for k in (3, 5)
    ]  # fmt: skip
    return {"terms": [text] if text else terms, "size": 40 - 11 * n, "examples": examples}


def _document(n: int, text: str) -> Json:
    return {
        "source": text or f"handbook/part-{n}.md", "title": text, "sha256": _hash(str(n)),
        "index": n, "answer_id": text or f"chat-{n:05d}", "retrieved_for": 60 - n,
        "quoted_by": n % 5, "supports": 0 if n % 2 else 4, "never_supports": bool(n % 2),
    }  # fmt: skip


def write_audit(folder: Path, lines: Sequence[Json], about: Json | None = None) -> Path:
    """Writes ``reports.jsonl`` and ``summary.json``; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "reports.jsonl").open("w", encoding="ascii", newline="\n") as file:
        file.writelines(f"{encode_canonical(line)}\n" for line in lines)
    about = summary(lines) if about is None else about
    (folder / "summary.json").write_text(encode_canonical(about), encoding="ascii")
    return folder


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
