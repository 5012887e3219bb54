"""Two audits of the same questions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest  # type: ignore[import-untyped]

from audit_cases import guard
from audit_folders import record, simulated, write
from groundwire import Guard
from groundwire.audit.figures.compare import SHOWN, compare_audits
from groundwire.audit.items import Item
from groundwire.audit.options import AuditOptions
from groundwire.audit.run import audit
from groundwire.cli.audit_figures import run_compare
from groundwire.errors import InputError
from groundwire.policy import ThresholdPolicy
from groundwire.testing import FakeVerifier


def asked(*rows: tuple[str | None, str], first: int = 0) -> list[dict[str, Any]]:
    """One answer a row: its question and the label of its claim."""
    return [
        record(first + i, [label], question=question) for i, (question, label) in enumerate(rows)
    ]


@pytest.fixture
def before(tmp_path: Path) -> Path:
    rows = [("A?", "supported"), ("B?", "unsupported"), ("C?", "unchecked"), ("D?", "supported")]
    return write(tmp_path / "before", asked(*rows))


@pytest.fixture
def after(tmp_path: Path) -> Path:
    rows = [("B?", "supported"), ("A?", "supported"), ("C?", "supported"), ("E?", "supported")]
    return write(tmp_path / "after", asked(*rows, first=7))


def test_pairs_by_question(before: Path, after: Path) -> None:
    found = compare_audits(before, after)
    assert (found["paired_by"], found["pairs"], found["not_checked"]) == ("question", 2, 1)
    assert found["unpaired"] == {"a": 1, "b": 1}
    assert found["rates"] == {"a": 0.5, "b": 0.0}
    assert found["difference"]["value"] == -0.5
    assert found["mcnemar"] == {"better": 1, "worse": 0, "p": 1.0}
    (changed,) = found["changed"]
    assert (changed["change"], changed["question"]) == ("better", "B?")
    assert (changed["a"]["index"], changed["a"]["verdict"]) == (1, "flagged")
    assert (changed["b"]["index"], changed["b"]["verdict"]) == (7, "not flagged")
    assert found["a"]["checked"] == 3
    assert json.loads(json.dumps(found)) == found


def test_a_question_asked_again_is_paired_in_order(tmp_path: Path) -> None:
    a = write(
        tmp_path / "a", asked(("Q?", "supported"), ("Q?", "unsupported"), ("Q?", "supported"))
    )
    b = write(tmp_path / "b", asked(("Q?", "supported"), ("Q?", "supported")))
    found = compare_audits(a, b)
    assert (found["pairs"], found["unpaired"]) == (2, {"a": 1, "b": 0})
    assert [row["a"]["index"] for row in found["changed"]] == [1]
    assert found["difference"]["low"] is None  # one question tells nothing of the spread


def test_pairs_by_id(tmp_path: Path) -> None:
    a = write(tmp_path / "a", asked((None, "supported"), (None, "unsupported")))
    b = write(tmp_path / "b", asked((None, "unsupported"), (None, "unsupported")))
    found = compare_audits(a, b)
    assert (found["paired_by"], found["pairs"]) == ("answer_id", 2)
    assert found["changed"][0]["change"] == "worse"


def test_other_policies_and_verifiers_are_told(
    before: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = asked(("A?", "supported"))
    rows[0]["report"]["versions"] = {"groundwire": "1.0", "policy": "strict", "verifier": "other"}
    other = write(tmp_path / "other", rows)
    notes = compare_audits(before, other)["notes"]
    assert "policy (balanced; strict)" in notes[0] and "verifier (fake; other)" in notes[1]
    assert not any("differ in" in note for note in compare_audits(before, before)["notes"])
    run_compare(before, other)
    assert "differ in their policy" in capsys.readouterr().out


def test_nothing_to_pair(tmp_path: Path, before: Path) -> None:
    other = write(tmp_path / "other", [record(0, ["supported"], answer_id="x", question="Z?")])
    with pytest.raises(InputError, match="has the same question or id"):
        compare_audits(before, other)
    with pytest.raises(InputError, match="has the same answer id"):
        compare_audits(before, other, by="answer_id")
    blind = write(tmp_path / "blind", asked(("A?", "unchecked")))
    with pytest.raises(InputError, match="no pair of answers has checked claims"):
        compare_audits(before, blind)


def test_a_folder_that_is_none(tmp_path: Path, before: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        compare_audits(before, tmp_path / "none")


def test_figures_of_many(tmp_path: Path) -> None:
    a = write(tmp_path / "a", simulated(600, rate=0.4, seed=1))
    b = write(tmp_path / "b", simulated(600, rate=0.2, seed=2))
    found = compare_audits(a, b)
    assert found["difference"]["high"] < 0
    test = found["mcnemar"]
    changed = test["better"] + test["worse"]
    assert test["p"] == pytest.approx(binomtest(test["better"], changed).pvalue)
    assert len(found["changed"]) == SHOWN < changed
    # The interval is that of the paired difference (A. Agresti, Categorical Data Analysis, 11.1).
    value = found["difference"]["value"]
    error = np.sqrt((changed / 600 - value**2) / 600)
    assert found["difference"]["high"] == pytest.approx(value + 1.96 * error, abs=0.01)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    base = tmp_path_factory.mktemp("audits")
    one, other = simulated(60, rate=0.4, seed=1), simulated(60, rate=0.2, seed=2)
    return write(base / "a", one), write(base / "b", other)


def test_the_other_way_round(two: tuple[Path, Path]) -> None:
    found, back = compare_audits(*two), compare_audits(*reversed(two))
    assert back["difference"]["value"] == pytest.approx(-found["difference"]["value"])
    assert back["difference"]["low"] == pytest.approx(-found["difference"]["high"])
    assert back["mcnemar"]["better"] == found["mcnemar"]["worse"]
    assert back["mcnemar"]["p"] == found["mcnemar"]["p"]


@settings(max_examples=5)
@given(st.integers(0, 2**32))
def test_the_order_of_lines_and_rows_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, two: tuple[Path, Path], seed: int
) -> None:
    shuffled = tmp_path_factory.mktemp("audit")
    write(shuffled, simulated(60, rate=0.4, seed=1), shuffle=seed)
    assert compare_audits(shuffled, two[1]) == compare_audits(*two)


def test_printed(before: Path, after: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_compare(before, after)
    printed = capsys.readouterr().out
    assert "2 pairs by question" in printed and "1 better, 0 worse" in printed and "B?" in printed
    run_compare(before, after, as_json=True)
    assert json.loads(capsys.readouterr().out)["pairs"] == 2


def audited(folder: Path, evidence: str, policy: ThresholdPolicy) -> Path:
    """A finished audit, with a manifest, of answers without evidence of their own."""
    items = [Item(f"a{n}", "The tank holds 3 liters.", f"Question {n}?") for n in range(3)]
    given = [{"name": "manual.txt", "bytes": 1, "sha256": evidence}]
    checks = Guard(verifier=FakeVerifier(), retriever=guard().retriever, policy=policy)
    audit(items, folder, checks, AuditOptions(evidence=given))
    return folder


def test_other_thresholds_and_evidence_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = ThresholdPolicy.balanced()
    a = audited(tmp_path / "a", "aa", usual)
    assert compare_audits(a, audited(tmp_path / "same", "aa", usual))["notes"] == []
    b = audited(tmp_path / "b", "aa", replace(usual, keep=0.875))
    (note,) = compare_audits(a, b)["notes"]
    assert f"keep ({usual.keep}; 0.875)" in note and "policy" not in note
    (note,) = compare_audits(a, audited(tmp_path / "c", "bb", usual))["notes"]
    assert "other evidence (manual.txt, manual.txt)" in note
    capsys.readouterr()
    run_compare(a, b)
    assert "0.875" in capsys.readouterr().out


def test_other_versions_and_a_missing_manifest_are_told(tmp_path: Path) -> None:
    one, other = (asked(("A?", "supported"), ("B?", "unsupported")) for _ in range(2))
    for line in other:
        line["report"]["versions"] = {**line["report"]["versions"], "verifier": "other 2"}
    notes = compare_audits(write(tmp_path / "a", one), write(tmp_path / "b", other))["notes"]
    assert "differ in their verifier (fake; other 2)" in notes[0]
    assert notes[1].startswith("No manifest.json in a and b")


def test_other_documents_of_the_records_are_told(tmp_path: Path) -> None:
    sides = []
    for text in ("The sky is blue.", "The sky is green."):
        lines = [record(0, ["supported"], question="A?", documents=[text])]
        lines.append(record(1, ["supported"], question="B?"))
        sides.append([{**line, "own_evidence": True} for line in lines])
    a, b = (write(tmp_path / name, lines) for name, lines in zip("ab", sides, strict=True))
    assert compare_audits(a, b)["notes"][1].startswith("1 of 2 pairs were given other documents")
    shared = write(tmp_path / "c", [{**line, "own_evidence": False} for line in sides[1]])
    assert len(compare_audits(a, shared)["notes"]) == 1
