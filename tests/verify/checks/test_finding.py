"""The table of kinds: what adding a check costs, and what an unknown kind does."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from groundwire import Claim, Finding, Guard, InputError, NLIVerifier, Quote, Verdict
from groundwire.audit.records import CAUSES, find_cause
from groundwire.verify.checks import CHECKS
from groundwire.verify.checks.finding import KINDS, FindingKind, Status, find_kind, make_finding

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
    assert {kind.cause for kind in KINDS.values()} <= set(CAUSES)


def test_a_new_check_is_one_function_and_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KINDS, "sku", FindingKind("sku", True, "value", "number"))
    guard = Guard(verifier=NLIVerifier(checks=(*CHECKS, check_skus)))
    report = guard.check("The spare filter is ab-1235.", "The spare filter is ab-1234.")
    (verdict,) = report.verdicts
    assert verdict.label == "contradicted"
    assert verdict.reason == "the sku is ab-1235, but the evidence says ab-1234"
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
