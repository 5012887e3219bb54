"""Redaction of what must not be written; every offset stays what it is."""

from __future__ import annotations

import importlib
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from groundwire.audit.records import Record
from groundwire.errors import InputError
from groundwire.repair.edits import apply_edits
from groundwire.reports.masking import MASK
from groundwire.types import Edit

Redactor: TypeAlias = Callable[[str], Sequence[tuple[int, int]]]
"""Returns the ranges of a text that must not be written, in any order; they may overlap."""

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w-])")
_DIGITS = re.compile(r"(?<![\w.])\d(?:[ -]?\d){11,18}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]){11,30}(?!\w)", re.IGNORECASE)
_SSN = re.compile(r"(?<![\w-])\d{3}([- ])\d{2}\1\d{4}(?![\w-])")
_SHORTEST = 5
"""Characters from which what was found in one text is looked for in the others."""

SHORT = 40
"""Characters of a field that an audit without text keeps, at most."""

REFERENCES = ("reference", "ground_truth", "expected", "gold", "ideal")
"""Beginnings of names of fields that hold a reference answer."""


class PatternRedactor:
    """Finds e-mail addresses, phone numbers, payment cards, IBANs and US social security numbers.

    Cards, IBANs and social security numbers count where their check digits or ranges are right
    (python-stdnum), phone numbers where the numbering plan of their country has them
    (phonenumbers). Names, postal addresses and numbers of an unknown form are not found: give
    the audit a redactor of your own for these.
    """

    version = "patterns@1"

    def __init__(self, region: str = "US") -> None:
        """Takes the country whose phone numbers may be written without ``+`` and its code.

        Raises:
            InputError: if python-stdnum or phonenumbers is not installed.
        """
        self._phones = _library("phonenumbers", "phonenumberslite")
        modules = {"card": "stdnum.luhn", "iban": "stdnum.iban", "ssn": "stdnum.us.ssn"}
        self._valid: dict[str, Callable[[str], bool]] = {
            kind: _library(name, "python-stdnum").is_valid for kind, name in modules.items()
        }
        self._region = region

    def __call__(self, text: str) -> list[tuple[int, int]]:
        """Returns where they are."""
        found = [match.span() for match in _EMAIL.finditer(text)] if "@" in text else []
        for pattern, kind in ((_DIGITS, "card"), (_IBAN, "iban"), (_SSN, "ssn")):
            valid = self._valid[kind]
            found += [m.span() for m in pattern.finditer(text) if valid(_compact(m[0], kind))]
        found += [(m.start, m.end) for m in self._phones.PhoneNumberMatcher(text, self._region)]
        return found


def _library(module: str, package: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise InputError(
            f"redaction needs {package}, which is not installed: pip install {package}"
        ) from error


def _compact(text: str, kind: str) -> str:
    return text if kind == "ssn" else re.sub(r"[ -]", "", text).upper()


def redact_record(record: Record, redactor: Redactor) -> Record:
    """Returns a record in which each character of what the redactor finds is ``█``.

    What is found in one text of the record is masked in all of them, and pieces of the answer
    and of the evidence (claims, findings, quotes) are masked as these are.
    """
    veil = _Veil(redactor, list(_texts(record)))
    report, left_out = record["report"], record["left_out"]
    contexts = [
        {**entry, "source": veil(entry["source"]), "text": veil(entry["text"])}
        for entry in record["contexts"]
    ]
    answer, edits = veil(report["answer"]), _edits(report["decision"]["edits"], veil)
    decision = {**report["decision"], "edits": edits, "reason": veil(report["decision"]["reason"])}
    text = veil(report["text"])
    if decision["action"] != "block" and edits:
        text = apply_edits(answer, [Edit(e["start"], e["end"], e["text"]) for e in edits])
    elif decision["action"] == "pass":
        text = answer
    pieces = _Pieces(veil, contexts)
    return {
        **record,
        "answer_id": veil(record["answer_id"]),
        "place": veil(record["place"]),
        "fields": {key: veil.scalar(value) for key, value in record["fields"].items()},
        "left_out": {**left_out, "long": [veil(name) for name in left_out["long"]]},
        "documents": [_untitled({**d, "source": veil(d["source"])}) for d in record["documents"]],
        "contexts": contexts,
        "report": {
            **report,
            "question": veil.maybe(report["question"]),
            "answer": answer,
            "decision": decision,
            "text": text,
            "verdicts": [pieces.verdict(v, answer) for v in report["verdicts"]],
            "text_verdicts": [pieces.verdict(v, text) for v in report["text_verdicts"]],
        },
    }


def _untitled(document: dict[str, Any]) -> dict[str, Any]:
    """A document without its title, which is text and may end within what must be masked."""
    return {key: value for key, value in document.items() if key != "title"}


def redact_line(entry: dict[str, Any], redactor: Redactor) -> dict[str, Any]:
    """Returns a line of ``rejected.jsonl`` in which what the redactor finds is ``█``."""
    veil = _Veil(redactor, [entry["text"], entry["cause"], entry["place"]])
    return {**entry, **{name: veil(entry[name]) for name in ("place", "cause", "text")}}


class _Veil:
    """Masks the texts of one record."""

    def __init__(self, redactor: Redactor, texts: Iterable[str]) -> None:
        self._redactor = redactor
        self._known: dict[str, str] = {}
        secrets = {text[a:b] for text in texts for a, b in self._find(text)}
        long = sorted((s for s in secrets if len(s) >= _SHORTEST), key=lambda s: (-len(s), s))
        self._secrets = re.compile("|".join(map(re.escape, long))) if long else None

    def __call__(self, text: str) -> str:
        if text not in self._known:
            spans = self._find(text)
            if self._secrets:
                spans = [*spans, *(m.span() for m in self._secrets.finditer(text))]
            self._known[text] = _masked(text, spans)
        return self._known[text]

    def maybe(self, text: str | None) -> str | None:
        return None if text is None else self(text)

    def scalar(self, value: Any) -> Any:
        """A number is text where it must be masked."""
        if isinstance(value, bool):
            return value
        text = str(value)
        shown = self(text)
        return value if shown == text else shown

    def _find(self, text: str) -> Sequence[tuple[int, int]]:
        return self._redactor(text) if text else ()


class _Pieces:
    """Masks what was taken from an answer, and from the texts around the quotes."""

    def __init__(self, veil: _Veil, contexts: Sequence[dict[str, Any]]) -> None:
        self._veil, self._contexts = veil, contexts

    def verdict(self, verdict: dict[str, Any], answer: str) -> dict[str, Any]:
        claim = verdict["claim"]
        context = claim["context"]
        return {
            **verdict,
            "claim": {
                **claim,
                "text": answer[claim["start"] : claim["end"]],
                "context": {
                    "question": self._veil.maybe(context["question"]),
                    "preceding": [self._veil(text) for text in context["preceding"]],
                },
            },
            "quotes": [self._quote(quote) for quote in verdict["quotes"]],
            "findings": [self._finding(finding, answer) for finding in verdict["findings"]],
            "reason": self._veil(verdict["reason"]),
        }

    def _finding(self, finding: dict[str, Any], answer: str) -> dict[str, Any]:
        claimed = self._veil(finding["claimed"])
        if len(claimed) == finding["end"] - finding["start"]:
            claimed = answer[finding["start"] : finding["end"]]
        quote = finding["quote"]
        found = self._veil.maybe(finding["found"])
        if found and quote and MASK in self._quote(quote)["text"] and found in quote["text"]:
            at = quote["text"].index(found)
            found = self._quote(quote)["text"][at : at + len(found)]
        return {
            **finding, "claimed": claimed, "found": found, "quote": quote and self._quote(quote),
        }  # fmt: skip

    def _quote(self, quote: dict[str, Any]) -> dict[str, Any]:
        source, text = self._veil(quote["source"]), self._veil(quote["text"])
        for around in self._contexts:
            start, end = quote["start"] - around["start"], quote["end"] - around["start"]
            if around["source"] == source and start >= 0 and end <= len(around["text"]):
                text = around["text"][start:end]
                break
        return {**quote, "source": source, "text": text}


def _edits(edits: Sequence[dict[str, Any]], veil: _Veil) -> list[dict[str, Any]]:
    return [{**e, "text": veil(e["text"]), "reason": veil(e["reason"])} for e in edits]


def _texts(record: Record) -> Iterator[str]:
    """The longest texts of a record: all others are pieces of them, or short."""
    report = record["report"]
    yield from (report["answer"], report["question"] or "", report["text"])
    yield from (entry["text"] for entry in record["contexts"])
    yield from (entry["text"] for entry in report["decision"]["edits"])
    yield from (str(value) for value in record["fields"].values())
    yield from (record["answer_id"], record["place"])


def _masked(text: str, spans: Iterable[tuple[int, int]]) -> str:
    for start, end in spans:
        if not 0 <= start <= end <= len(text):
            raise InputError(
                f"the redactor returned [{start}:{end}] of a text of {len(text)} characters: "
                "it must return ranges inside of it"
            )
        text = text[:start] + re.sub(r"\S", MASK, text[start:end]) + text[end:]
    return text


def drop_text(record: Record) -> Record:
    """Returns a record whose texts are empty: labels, scores, offsets and hashes are left.

    A reason is a category, such as ``"contradicted: number"``. Of the fields, a text of more than
    ``SHORT`` characters or with white space is left out, unless it is a time, and so is every
    reference answer (``REFERENCES``).
    """
    report, left_out = record["report"], record["left_out"]
    decision = report["decision"]
    named = [name for name in left_out["long"] if _is_category(name, name)]
    unnamed = len(left_out["long"]) - len(named)
    return {
        **record,
        "left_out": {"long": named, "more": left_out["more"] + unnamed},
        "fields": {k: v for k, v in record["fields"].items() if _is_category(k, v)},
        "contexts": [{**entry, "text": ""} for entry in record["contexts"]],
        "documents": [_untitled(document) for document in record["documents"]],
        "report": {
            **report,
            "question": None,
            "answer": "",
            "text": "",
            "decision": {
                **decision,
                "edits": [
                    {**edit, "text": "", "reason": "replaced" if edit["text"] else "removed"}
                    for edit in decision["edits"]
                ],
                "reason": _decided(decision, report["verdicts"]),
            },
            "verdicts": [_bare(verdict) for verdict in report["verdicts"]],
            "text_verdicts": [_bare(verdict) for verdict in report["text_verdicts"]],
        },
    }


def _bare(verdict: dict[str, Any]) -> dict[str, Any]:
    quotes = [{**quote, "text": ""} for quote in verdict["quotes"]]
    claim = {**verdict["claim"], "text": "", "context": {"question": None, "preceding": []}}
    findings = [
        {
            **finding, "claimed": "", "found": None,
            "quote": finding["quote"] and {**finding["quote"], "text": ""},
        }
        for finding in verdict["findings"]
    ]  # fmt: skip
    reason = verdict["reason"] and _category(verdict)
    return {**verdict, "claim": claim, "quotes": quotes, "findings": findings, "reason": reason}


def _category(verdict: dict[str, Any]) -> str:
    """The label, and what speaks against the claim: no word of the answer or the evidence."""
    label: str = verdict["label"]
    if label == "no_claim":
        return str(verdict["claim"]["kind"])
    if label == "unchecked":
        none = verdict["reason"].startswith("no evidence")
        return "unchecked: no evidence" if none else "unchecked: unreadable"
    if label == "supported":
        return label  # by rows that are reckoned, which the reason told
    kinds = [f["kind"] for f in verdict["findings"] if f["status"] in ("conflict", "missing")]
    return f"{label}: {kinds[0]}" if kinds else label


def _decided(decision: dict[str, Any], verdicts: Sequence[dict[str, Any]]) -> str:
    labels = sorted({verdicts[i]["label"] for i in decision["flagged"] if i < len(verdicts)})
    return f"{decision['action']}: {', '.join(labels)}" if labels else str(decision["action"])


def _is_category(name: str, value: Any) -> bool:
    if name.lower().startswith(REFERENCES):
        return False
    if not isinstance(value, str):
        return True
    try:
        datetime.fromisoformat(value.strip())
    except ValueError:
        return len(value) <= SHORT and not re.search(r"\s", value)
    return True


def shorten_cause(cause: str) -> str:
    """Returns why a line was rejected without what it quotes of it, at most 60 characters."""
    told = cause.partition(" (")[0] if "failed (" in cause else cause
    told = re.sub(r"'[^']*'|\"[^\"]*\"", "'...'", told)
    return textwrap.shorten(told, 60, placeholder=" ...")
