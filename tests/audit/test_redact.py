"""What must not be written is nowhere in the output, and offsets stay what they are."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_cases import entries, guard
from groundwire import Guard, Report, ThresholdPolicy
from groundwire.audit import redact
from groundwire.audit.hash_chain import verify_audit
from groundwire.audit.items import Item
from groundwire.audit.options import AuditOptions
from groundwire.audit.redact import PatternRedactor
from groundwire.audit.run import audit
from groundwire.errors import InputError
from groundwire.io.rows import Rejected
from groundwire.repair.edits import apply_edits
from groundwire.reports.masking import MASK
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Finding, Verdict

MAIL, CODE = "jane@example.org", "X-77-4412"


def secrets(text: str) -> list[tuple[int, int]]:
    return [m.span() for m in re.finditer(rf"{re.escape(MAIL)}|X-77-\d+", text)]


ITEM = Item(
    f"id {CODE}",
    f"Write to {MAIL} for 4 pumps. The code {CODE} costs 9 crowns. The moon is far from {MAIL}.",
    f"What is {MAIL}?",
    (f"Write to {MAIL} for 3 pumps. The code {CODE} costs 9 crowns.", {"mail": MAIL}),
    {"user": MAIL, "turn": 3, "ok": True},
    f"{CODE}.jsonl:1",
)
BAD = Rejected("f:2", f"no answer in {MAIL}", f'{{"x": "{MAIL}"}}')


def everything(output: Path) -> str:
    texts = [path.read_text() for path in output.iterdir() if path.suffix != ".parquet"]
    texts.append(json.dumps(pq.read_table(output / "verdicts.parquet").to_pylist()))
    return "\n".join(texts)


def record(output: Path) -> dict[str, Any]:
    (line,) = (output / "reports.jsonl").read_text().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


@pytest.mark.parametrize("policy", ["balanced", "strict", "observe"])
def test_nothing_of_it_is_written(tmp_path: Path, policy: str) -> None:
    made = Guard(verifier=FakeVerifier(), policy=getattr(ThresholdPolicy, policy)())
    for name, options in (("a", AuditOptions()), ("b", AuditOptions(redactor=secrets))):
        audit([ITEM, BAD], tmp_path / name, made, options)
    assert MAIL in everything(tmp_path / "a") and CODE in everything(tmp_path / "a")
    assert MAIL not in everything(tmp_path / "b")
    assert CODE not in everything(tmp_path / "b")
    assert verify_audit(tmp_path / "b") == []
    plain, masked = record(tmp_path / "a")["report"], record(tmp_path / "b")["report"]
    assert len(plain["answer"]) == len(masked["answer"])
    assert [v["label"] for v in plain["verdicts"]] == [v["label"] for v in masked["verdicts"]]


def test_pieces_are_masked_as_the_whole_is(tmp_path: Path) -> None:
    audit([ITEM], tmp_path / "out", Guard(verifier=FakeVerifier()), AuditOptions(redactor=secrets))
    found = record(tmp_path / "out")
    report = Report.from_dict(found["report"])
    assert report.answer.startswith(f"Write to {MASK * len(MAIL)} for 4 pumps.")
    for verdict in report.verdicts:
        claim = verdict.claim
        assert claim.text == report.answer[claim.start : claim.end]
        for finding in verdict.findings:
            assert finding.claimed == report.answer[finding.start : finding.end]
        for quote in verdict.quotes:
            (around,) = [
                c for c in found["contexts"] if c["start"] <= quote.start and quote.end <= c["end"]
            ]
            at = quote.start - around["start"]
            assert around["text"][at : at + len(quote.text)] == quote.text
    if report.decision.action == "rewrite":
        assert report.text == apply_edits(report.answer, report.decision.edits)
    assert found["fields"] == {"user": MASK * len(MAIL), "turn": 3, "ok": True}


def test_what_crosses_the_end_of_a_claim_is_masked_in_both(tmp_path: Path) -> None:
    def crossing(text: str) -> list[tuple[int, int]]:
        return [m.span() for m in re.finditer(r"hot\. It", text)]

    item = Item("x", "It is hot. It is cold.", None, ("It is hot. It is cold.",))
    audit([item], tmp_path / "out", Guard(verifier=FakeVerifier()), AuditOptions(redactor=crossing))
    report = record(tmp_path / "out")["report"]
    assert [v["claim"]["text"] for v in report["verdicts"]] == ["It is ████", "██ is cold."]
    assert [v["quotes"][0]["text"] for v in report["verdicts"]] == ["It is ████", "██ is cold."]


@given(st.text("ab@. -0123456789é\n", max_size=60))
def test_a_masked_text_keeps_its_length_and_spaces(text: str) -> None:
    spans = [m.span() for m in re.finditer(r"\d[\d ]*|@", text)]
    masked = redact._masked(text, spans)
    assert len(masked) == len(text)
    assert not re.search(r"\d|@", masked)
    assert [c for c in masked if c.isspace()] == [c for c in text if c.isspace()]


def test_a_redactor_that_fails_ends_the_audit(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the redactor returned \[0:99999\]"):
        audit([ITEM], tmp_path / "out", guard(), AuditOptions(redactor=lambda text: [(0, 99_999)]))


def test_without_text_no_word_is_written(tmp_path: Path) -> None:
    for name, options in (("a", AuditOptions()), ("b", AuditOptions(text=False))):
        audit(entries(20), tmp_path / name, guard(), options)
    assert not re.search("crane|Lyon|tank|heavy|oops", everything(tmp_path / "b"))
    assert verify_audit(tmp_path / "b") == []
    tables = [pq.read_table(tmp_path / name / "verdicts.parquet") for name in ("a", "b")]
    assert tables[0].schema == tables[1].schema
    for column in ("index", "claim_index", "start", "end", "label", "score", "flagged", "cause"):
        assert tables[0][column].equals(tables[1][column])
    assert tables[1]["text"].null_count == tables[1].num_rows
    hashes = [[d["sha256"] for d in json.loads(line)["documents"]] for line in
              (tmp_path / "b" / "reports.jsonl").read_text().splitlines()]  # fmt: skip
    assert any(hashes)


class _Reckoned(FakeVerifier):
    """Supports all claims by rows, though one lacks a value in its own words."""

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        return [
            Verdict(c, "supported", 0.9, (), (Finding("number", "missing", "Two", 0, 3),),
                    reason="reckoned from the rows: Aria (open)")
            for c in claims
        ]  # fmt: skip


def test_without_text_the_reason_of_what_is_supported_is_its_label(tmp_path: Path) -> None:
    item = Item("1", "Two pumps are open.", None, ("There are two of them.",))
    audit([item], tmp_path, Guard(verifier=_Reckoned()), AuditOptions(text=False))
    (line,) = (tmp_path / "reports.jsonl").read_text().splitlines()
    (verdict,) = json.loads(line)["report"]["verdicts"]
    assert verdict["reason"] == "supported"


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "stdnum.luhn", None)
    monkeypatch.setitem(__import__("sys").modules, "phonenumbers", __import__("json"))
    with pytest.raises(InputError, match="redaction needs python-stdnum"):
        PatternRedactor()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to jane.doe+x@mail.example.co.uk, please.", ["jane.doe+x@mail.example.co.uk"]),
        ("Call +44 20 7946 0958 or (212) 555-0123.", ["+44 20 7946 0958", "(212) 555-0123"]),
        ("Card 4111 1111 1111 1111 and 5500-0000-0000-0004.",
         ["4111 1111 1111 1111", "5500-0000-0000-0004"]),
        ("IBAN DE89 3704 0044 0532 0130 00, GB82WEST12345698765432",
         ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"]),
        ("SSN 536-90-4399.", ["536-90-4399"]),
        ("It cost 1,234,567 dollars in 2024, 12.5% more; order 4111 1111 1111 1112.", []),
        ("The pump weighs 62 kg and a@b is no address. 2024-05-03 12:30", []),
        ("", []),
    ],
)  # fmt: skip
def test_patterns(text: str, found: list[str]) -> None:
    pytest.importorskip("phonenumbers")
    pytest.importorskip("stdnum")
    spans = PatternRedactor()(text)
    covered = "".join(c if any(a <= i < b for a, b in spans) else "\n" for i, c in enumerate(text))
    assert [piece for piece in re.split("\n+", covered) if piece] == found


def test_names_of_fields_that_are_left_out(tmp_path: Path) -> None:
    item = replace(ITEM, long=("notes", MAIL, "what was said"), more=2)
    made = Guard(verifier=FakeVerifier())
    for name, options in (
        ("plain", AuditOptions()),
        ("masked", AuditOptions(redactor=secrets)),
        ("bare", AuditOptions(text=False)),
    ):
        audit([item], tmp_path / name, made, options)
    assert record(tmp_path / "plain")["left_out"] == {"long": list(item.long), "more": 2}
    assert record(tmp_path / "masked")["left_out"]["long"][::2] == ["notes", "what was said"]
    assert MAIL not in everything(tmp_path / "masked")
    assert record(tmp_path / "bare")["left_out"] == {"long": ["notes", MAIL], "more": 3}
