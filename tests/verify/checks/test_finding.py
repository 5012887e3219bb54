"""The table of kinds: what adding a check costs, and what an unknown kind does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from groundwire import Claim, Finding, Guard, InputError, NLIVerifier, Quote, Verdict
from groundwire.audit.records import CAUSES, find_cause
from groundwire.reports.console import ClaimView
from groundwire.verify.checks import CHECKS
from groundwire.verify.checks.finding import (
    KINDS,
    FindingKind,
    Status,
    describe_kind,
    find_kind,
    make_finding,
)

SKU = re.compile(r"\b[a-z]{2}-\d{4}\b")


def check_skus(claim: Claim, evidence: Sequence[Quote]) -> list[Finding]:
    """Compares the one article number of a claim with that of a sentence."""
    found = []
    for match in SKU.finditer(claim.text):
        for quote in evidence:
            other = SKU.search(quote.text)
            if other is not None and other[0] != match[0]:
                found.append(make_finding(claim, "sku", *match.span(), "conflict", other[0], quote))
    return found


def test_every_kind_is_one_that_an_audit_can_name() -> None:
    assert all(name == kind.name for name, kind in KINDS.items())
    assert {kind.cause for kind in KINDS.values()} <= {*CAUSES, None}


STAFF = """| Employee | Team | Floor | Since | Role |
|---|---|---|---|---|
| Anna Berg | Sales | 3 | 4 May 2019 | manager |
| Tom Lind | Support | 4 | 9 June 2021 | engineer |
"""


@pytest.mark.parametrize(
    ("answer", "cause", "reason"),
    [
        ("Anna Berg works in Support.", "name", "it says Support, but the evidence says Sales"),
        ("Tom Lind sits on floor 3.", "number", "it says 3, but the evidence says 4"),
        ("Tom Lind came on 4 May 2019.", "date",
         "it says 4 May 2019, but the evidence says 9 June 2021"),
        ("Tom Lind is a manager.", "contradicted",
         "it says manager, but the evidence says engineer"),
    ],
)  # fmt: skip
def test_what_another_row_has_is_called_by_what_it_is(answer: str, cause: str, reason: str) -> None:
    (verdict,) = Guard().check(answer, STAFF).verdicts
    assert [f.kind for f in verdict.findings if f.status == "conflict"] == ["row"]
    assert (find_cause(verdict, True), verdict.reason) == (cause, reason)
    printed = StringIO()
    Console(file=printed, width=120).print(ClaimView(verdict, {}))
    assert "row of a table" in printed.getvalue()


def test_a_time_of_another_clause_is_no_number() -> None:
    evidence = "Mass is at 10:00 in the chapel and at 11:30 in the church."
    (verdict,) = Guard().check("Mass in the church is at 10:00.", evidence).verdicts
    assert [f.kind for f in verdict.findings if f.status == "conflict"] == ["clause"]
    assert find_cause(verdict, True) == "date"


def test_what_decides_about_a_claim_names_its_cause() -> None:
    claim = Claim("Dr Kim saw 12 patients.", 0, 23)
    name = make_finding(claim, "name", 3, 6, "conflict", "Chen")
    figure = make_finding(claim, "figure", 11, 13, "conflict", "40")
    verdict = Verdict(claim, "contradicted", 0.05, findings=(name, figure))
    assert find_cause(verdict, True) == "name"
    assert find_cause(replace(verdict, findings=(figure,)), True) == "number"


def test_readers_see_no_name_of_a_check() -> None:
    assert describe_kind("moment") == "date or time"
    assert describe_kind("money") == "money"
    assert describe_kind("kind of a plugin") == "kind of a plugin"


def test_a_new_check_is_one_function_and_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "sku", FindingKind("sku", True, "value", "number"))
    guard = Guard(verifier=NLIVerifier(checks=(*CHECKS, check_skus)))
    report = guard.check("The spare filter is ab-1235.", "The spare filter is ab-1234.")
    (verdict,) = report.verdicts
    assert verdict.label == "contradicted"
    assert verdict.reason == "it says ab-1235, but the evidence says ab-1234"
    assert report.text == "The spare filter is ab-1234."
    assert find_cause(verdict, True) == "number"


def test_a_kind_without_a_veto_leaves_the_verdict_to_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(KINDS, "sku", FindingKind("sku", False, "value", "number"))
    texts = "The spare filter is ab-1235.", "The spare filter is ab-1234."
    informed = Guard(verifier=NLIVerifier(checks=[check_skus])).check(*texts).verdicts[0]
    alone = Guard(verifier=NLIVerifier(checks=[])).check(*texts).verdicts[0]
    assert informed.findings and (informed.label, informed.score) == (alone.label, alone.score)


def test_an_unknown_kind_is_an_error_that_names_it() -> None:
    claim = Claim("It is ab-1235.", 0, 14)
    with pytest.raises(InputError, match="finding kind 'sku' is unknown: use one of number"):
        check_skus(claim, [Quote("It is ab-1234.", "a", 0, 14)])
    stray = Finding("sku", "missing", "ab-1235", 6, 13)
    with pytest.raises(InputError, match="'sku'"):
        find_cause(Verdict(claim, "unsupported", 0.1, findings=(stray,)), True)
    with pytest.raises(InputError, match="''"):
        find_kind("")


@pytest.mark.parametrize("status", ["match", "conflict", "missing"])
def test_a_guard_refuses_a_check_of_an_unknown_kind(status: Status) -> None:
    def check_strangely(claim: Claim, _: Sequence[Quote]) -> list[Finding]:
        return [Finding("sku", status, claim.text, claim.start, claim.end, "another")]

    guard = Guard(verifier=NLIVerifier(checks=[check_strangely]))
    with pytest.raises(InputError, match="'sku' is unknown"):
        guard.check("The spare filter is ab-1235.", "The spare filter is ab-1235.")
