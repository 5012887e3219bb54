"""Facts that ride in headings, questions, hedges and offers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire import Guard
from groundwire.claims import ClaimSplitter
from groundwire.presuppose import may_presuppose, presupposes
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Passage

SOURCE = (
    "The Acme kettle has a two-year warranty. It holds 1.7 litres and boils in four minutes. "
    "Bob Smith founded Acme in 1990. The filter can be cleaned weekly. "
    "Alexander Graham Bell invented the telephone."
)
EVIDENCE = [Evidence(Passage(SOURCE, "manual", 0, len(SOURCE)), 1.0)]

TELLING = [
    "# Free lifetime warranty included",
    "# Acme bankrupt",
    "**Free lifetime warranty**",
    "I don't know why Bob Smith was jailed for fraud.",
    "When did Bob stop beating his wife?",
    "Would you like the free lifetime warranty included in your purchase?",
    "Here is Bob Smith, inventor of the transistor:",
    "| Free lifetime warranty | Price |\n| --- | --- |",
]
HARMLESS = [
    "# Overview",
    "## Key Features",
    "# Warranty",
    "# Kettle warranty",
    "# Symptoms",
    "## Potential Risks and Benefits",
    "**Filter**",
    "Here are the steps to clean the filter:",
    "How can I help you with your order?",
    "Could you tell me your order number and email address?",
    "Would you like more details about the warranty?",
    "I don't know how much it costs.",
    "The documents do not mention side effects in children.",
    "The documents do not say whether Bob was jailed for fraud.",
    "Hello! How can I help you today?",
    "Let me know if you have any questions.",
    "Is there anything else you would like to know about Paris?",
    "Which model do you have?",
]


@pytest.mark.parametrize("text", TELLING)
def test_a_span_that_tells_something_new_is_judged_as_a_claim(text: str) -> None:
    claims = ClaimSplitter().split(text)
    assert all(not claim.checkable for claim in claims)
    assert any(may_presuppose(c) and presupposes(c, EVIDENCE) for c in claims)


@pytest.mark.parametrize("text", HARMLESS)
def test_small_talk_and_labels_stay_what_they_are(text: str) -> None:
    for claim in ClaimSplitter().split(text):
        assert not (may_presuppose(claim) and presupposes(claim, EVIDENCE)), claim


@pytest.mark.parametrize("text", TELLING)
def test_what_the_question_said_is_not_told(text: str) -> None:
    for claim in ClaimSplitter().split(text, question=text):
        assert not presupposes(claim, EVIDENCE)


@pytest.mark.parametrize("text", TELLING)
def test_the_guard_does_not_show_it(text: str) -> None:
    answer = f"Bob Smith founded Acme in 1990.\n\n{text}\n"
    verifier = FakeVerifier()
    report = Guard(verifier=verifier).check(answer, SOURCE)
    told = [v for v in report.verdicts if v.claim.text in text and v.claim.checkable]
    assert told and all(v.label == "unsupported" for v in told)
    assert not any(v.claim.text in report.text for v in told)


@given(st.text(max_size=60), st.text(max_size=60))
def test_more_evidence_never_makes_a_span_tell_more(text: str, extra: str) -> None:
    more = [*EVIDENCE, Evidence(Passage(extra, "b", 0, len(extra)), 0.5)]
    for kind in ("heading", "question", "hedge", "offer", "filler"):
        claim = Claim(text, 0, len(text), kind=kind)
        assert not presupposes(claim, more) or presupposes(claim, EVIDENCE)
