from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from groundwire.claims.splitter import ClaimSplitter
from groundwire.evidence.adhoc import AllPassages
from groundwire.evidence.embedders import TextEmbedder
from groundwire.evidence.index import EvidenceIndex
from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.protocols import Retriever, Verifier
from groundwire.repair.extractive import ExtractiveRewriter
from groundwire.testing import (
    TEXTS,
    FakeEmbedder,
    FakeRetriever,
    FakeVerifier,
    assert_grounded,
    check_policy,
    check_retriever,
    check_rewriter,
    check_splitter,
    check_verifier,
    verifier_cases,
)
from groundwire.types import Claim, Decision, Edit, Evidence, Label, Passage, Quote, Span, Verdict

FACTS = [Evidence(Passage("The pump weighs 62 kg. It is red.", "doc", 0, 33), 1.0)]
PASSAGES = [Passage(text, f"doc{i}", 0, len(text)) for i, text in enumerate(TEXTS) if text.strip()]


def index() -> EvidenceIndex:
    made = EvidenceIndex(FakeEmbedder(), k=5)
    made.add_passages(PASSAGES)
    return made


def test_the_stages_of_the_package_keep_their_contracts() -> None:
    check_splitter(ClaimSplitter())
    check_policy(ThresholdPolicy.balanced())
    check_policy(ThresholdPolicy.strict())
    check_policy(ThresholdPolicy.observe())
    check_rewriter(ExtractiveRewriter())


@pytest.mark.parametrize(
    "make", [lambda: AllPassages(PASSAGES), lambda: FakeRetriever(PASSAGES, k=3), index]
)
def test_retrievers_keep_their_contract(make: Callable[[], Retriever]) -> None:
    check_retriever(make())


def test_fakes_keep_their_contracts() -> None:
    check_verifier(FakeVerifier())
    embedder: TextEmbedder = FakeEmbedder()
    assert isinstance(FakeVerifier(), Verifier)
    vectors = embedder.embed(list(TEXTS))
    assert vectors.shape == (len(TEXTS), embedder.dimension)
    assert (abs((vectors**2).sum(axis=1) - 1) < 1e-5).all()
    one, two, other = embedder.embed(["the pump is red", "a red pump", "Lyon"])
    assert one @ two > 0.9 > 0.5 > one @ other


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("The pump weighs 62 kg.", "supported"),
        ("The pump is 62 kg", "supported"),
        ("The pump weighs 64 kg.", "contradicted"),
        ("The pump weighs 62 kg and sings.", "unsupported"),
        ("The red pump weighs 62 kg.", "unsupported"),
        ("水が多い。", "unsupported"),
        ("…", "unsupported"),
    ],
)
def test_the_fake_verifier_compares_words(text: str, label: Label) -> None:
    claim = Claim(text, 5, 5 + len(text))
    (verdict,) = FakeVerifier().verify([claim], [FACTS])
    assert verdict.label == label
    if label != "unsupported":
        assert verdict.quotes == (Quote("The pump weighs 62 kg.", "doc", 0, 22),)
    if label == "contradicted":
        (finding,) = verdict.findings
        assert (finding.claimed, finding.found, finding.start) == ("64", "62", 21)
        assert verdict.spans == (Span(21, 23),)


def test_the_fake_verifier_needs_evidence_and_a_claim() -> None:
    claim, greeting = Claim("It is red.", 0, 10), Claim("Hello!", 0, 6, kind="greeting")
    one, two = FakeVerifier().verify([claim, greeting], [[], []])
    assert (one.label, two.label) == ("unchecked", "no_claim")


def test_the_fake_retriever_ranks() -> None:
    retriever = FakeRetriever(["It is red.", "The pump weighs 62 kg.", "A pump."], k=2)
    (found,) = retriever.retrieve(["pump weighs"])
    assert [item.passage.text for item in found] == ["The pump weighs 62 kg.", "A pump."]
    assert [item.score for item in found] == [1.0, 0.5]


def test_the_texts_are_odd_enough() -> None:
    joined = "".join(TEXTS)
    assert "" in TEXTS
    assert all(
        sign in joined for sign in ("\ud800", "\x00", "\u202e", "\u200d", "\x1b", "|", "{0}")
    )
    kinds = {claim.kind for text in TEXTS for claim in ClaimSplitter().split(text)}
    assert len(kinds) > 3
    assert {claim.checkable for claim, _ in verifier_cases()} == {True, False}


def test_testing_needs_neither_pytest_nor_anything_heavy() -> None:
    code = "import groundwire.testing, sys; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert not {"pytest", "numpy", "torch", "faiss", "hypothesis"} & set(loaded)


class BadSplitter(ClaimSplitter):
    """Changes what the default splitter finds."""

    def __init__(self, change: Callable[[list[Claim]], Any]) -> None:
        super().__init__()
        object.__setattr__(self, "change", change)

    def split(self, text: str, question: str | None = None) -> list[Claim]:
        changed: list[Claim] = self.change(super().split(text, question))  # type: ignore[attr-defined]
        return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda claims: 1 // 0, "raises ZeroDivisionError"),
        (tuple, "a list, not tuple"),
        (lambda claims: [replace(c, text=c.text + "!") for c in claims], "not answer[start:end]"),
        (lambda claims: [replace(c, start=c.start + 1) for c in claims], "not answer[start:end]"),
        (lambda claims: claims[::-1], "words lie in no claim"),
        (lambda claims: claims * 2, "not in order"),
        (lambda claims: claims[1:], "words lie in no claim"),
        (lambda claims: claims[:-1], "words lie in no claim"),
        (lambda claims: [replace(c, kind="odd") for c in claims], "kind 'odd'"),
    ],
)
def test_a_bad_splitter_is_told(change: Callable[[list[Claim]], Any], message: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_splitter(BadSplitter(change))


class BadRetriever(FakeRetriever):
    def __init__(self, change: Callable[[list[list[Evidence]]], Any]) -> None:
        super().__init__(PASSAGES)
        self.change = change

    def retrieve(self, queries: Sequence[str]) -> list[list[Evidence]]:
        changed: list[list[Evidence]] = self.change(super().retrieve(queries))
        return changed


def shifted(found: list[list[Evidence]]) -> list[list[Evidence]]:
    return [[replace(e, passage=replace(e.passage, start=1)) for e in row] for row in found]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: 1 // 0, "raises ZeroDivisionError"),
        (lambda found: found[:-1], "results for"),
        (lambda found: [["x"] for _ in found], "no Evidence"),
        (lambda found: [row[::-1] for row in found], "not best first"),
        (lambda found: [row[: len(found)] for row in found], "depends on the other queries"),
        (lambda found: found[:1] * len(found), "depends on the other queries"),
        (lambda found: [[replace(e, score=float("nan")) for e in r] for r in found], "not finite"),
        (shifted, "offsets do not fit"),
    ],
)
def test_a_bad_retriever_is_told(
    change: Callable[[list[list[Evidence]]], Any], message: str
) -> None:
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_retriever(BadRetriever(change))


class BadVerifier(FakeVerifier):
    """Changes each verdict; told the claim's evidence and the size of the batch."""

    def __init__(self, change: Callable[[Verdict, Sequence[Evidence], int], Any]) -> None:
        self.change = change

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        verdicts = super().verify(claims, evidence)
        size = len(claims)
        return [self.change(v, e, size) for v, e in zip(verdicts, evidence, strict=True)]


def lean(verdict: Verdict, evidence: Sequence[Evidence], size: int) -> Verdict:
    first = evidence[0].passage.source if evidence else ""
    return replace(verdict, reason=verdict.reason + first)


FAR = Quote("The pump", "nowhere", 0, 8)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda v, e, n: 1 // 0, "raises ZeroDivisionError"),
        (lambda v, e, n: replace(v, claim=Claim("x", 0, 1)), "another claim"),
        (lambda v, e, n: replace(v, label="fine"), "label 'fine'"),
        (
            lambda v, e, n: replace(v, label="no_claim", score=None),
            "label 'no_claim' for kind 'claim'",
        ),
        (
            lambda v, e, n: replace(v, label="supported", score=1.0),
            "no evidence must give unchecked",
        ),
        (lambda v, e, n: replace(v, reason=""), "unchecked without a reason"),
        (lambda v, e, n: replace(v, score=v.score and v.score + 7), "no probability"),
        (lambda v, e, n: replace(v, score=0.5), "with a score"),
        (lambda v, e, n: replace(v, quotes=(FAR,)), "inexact"),
        (lambda v, e, n: replace(v, spans=(Span(0, 10**6),)), "leaves the claim"),
        (lambda v, e, n: replace(v, reason=f"of {n}"), "depends on the batch"),
        (lean, "order of the passages"),
    ],
)
def test_a_bad_verifier_is_told(change: Callable[..., Any], message: str) -> None:
    with pytest.raises(AssertionError, match=re.escape(message)):
        check_verifier(BadVerifier(change))


def test_a_verifier_that_loses_claims_is_told() -> None:
    class Short(FakeVerifier):
        def verify(self, claims: Any, evidence: Any) -> list[Verdict]:
            return super().verify(claims[1:], evidence[1:])

    with pytest.raises(AssertionError, match="verdicts for"):
        check_verifier(Short())


class BadPolicy:
    def __init__(self, change: Callable[[Decision], Any]) -> None:
        self.change = change
        self.count = 0

    def decide(self, verdicts: Sequence[Verdict]) -> Decision:
        self.count += 1
        changed: Decision = self.change(ThresholdPolicy().decide(verdicts))
        return changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: 1 // 0, "raises ZeroDivisionError"),
        (lambda d: replace(d, action="stop"), "action 'stop'"),
        (lambda d: replace(d, flagged=(7,)), "no indexes"),
        (lambda d: replace(d, flagged=d.flagged * 2), "not sorted"),
        (lambda d: replace(d, action="pass"), "a pass with flagged"),
        (lambda d: replace(d, flagged=()), "a rewrite of nothing"),
        (lambda d: replace(d, edits=(Edit(0, 1, ""),)), "makes no edits"),
        (lambda d: replace(d, reason=str(id(d))), "a second decision differs"),
    ],
)
def test_a_bad_policy_is_told(change: Callable[[Decision], Any], message: str) -> None:
    keep: list[Decision] = []  # so that no two decisions share an id

    def kept(decision: Decision) -> Any:
        keep.append(decision)
        return change(decision)

    with pytest.raises(AssertionError, match=re.escape(message)):
        check_policy(BadPolicy(kept))


@pytest.mark.parametrize(
    ("edits", "message"),
    [
        (lambda answer, verdicts: 1 // 0, "raises ZeroDivisionError"),
        (lambda answer, verdicts: [Edit(0, 0, "x")], "nothing is flagged"),
        (lambda answer, verdicts: [Edit(0, 10**6, "")] * bool(verdicts), "outside"),
        (lambda answer, verdicts: [Edit(0, 1, "")] * 2 * bool(verdicts), "overlapping"),
        (lambda answer, verdicts: ["x"] * bool(verdicts), "no edit"),
    ],
)
def test_a_bad_rewriter_is_told(edits: Callable[[str, Any], Any], message: str) -> None:
    class Bad:
        def rewrite(self, answer: str, verdicts: Sequence[Verdict]) -> list[Edit]:
            made: list[Edit] = edits(answer, verdicts)
            return made

    with pytest.raises(AssertionError, match=re.escape(message)):
        check_rewriter(Bad())


@pytest.mark.parametrize(
    "check", [check_splitter, check_retriever, check_verifier, check_policy, check_rewriter]
)
def test_what_is_no_stage_is_told(check: Callable[[Any], None]) -> None:
    with pytest.raises(AssertionError, match="has a method"):
        check(object())


def test_an_answer_that_holds_is_grounded() -> None:
    report = assert_grounded("The pump weighs 62 kg.", "The pump weighs 62 kg. It is red.")
    assert report.decision.action == "pass"
    assert_grounded("Hello!", "The pump weighs 62 kg.")


def test_an_answer_that_does_not_hold_fails_with_its_claims() -> None:
    guard = Guard(verifier=FakeVerifier())
    said = "The pump weighs 64 kg. It is red."
    with pytest.raises(AssertionError) as failed:
        assert_grounded(said, ["The pump weighs 62 kg. It is red."], guard=guard)
    told = str(failed.value)
    assert told.startswith(
        "1 of 2 claims may not be shown:\n- contradicted (0.01): 'The pump weighs"
    )
    assert "evidence[0]: 'The pump weighs 62 kg.'" in told and "It is red" not in told
    with pytest.raises(AssertionError, match=r"unchecked: 'The pump weighs 64 kg\."):
        assert_grounded(said, guard=guard)
