"""Reports without the words that may not be shown."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from groundwire import mask
from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.testing import FakeVerifier
from groundwire.types import Report
from markdown_cases import texts as documents

FACTS = "The pump weighs 62 kg. It runs on 230 V. The pump was made in Lyon in 1998."
POLICIES = [ThresholdPolicy.balanced(), ThresholdPolicy.strict(), ThresholdPolicy.observe()]


def test_what_failed_is_hidden_everywhere() -> None:
    answer = "The pump weighs 62 kg. It sings opera. It runs on 120 V. The pump was made in Lyon."
    report = Guard(verifier=FakeVerifier()).check(answer, FACTS)
    hidden = mask(report)
    for planted in ("opera", "120"):
        assert planted in report.to_json() and planted not in hidden.to_json()
    assert hidden.text == report.text and hidden.decision == report.decision
    assert hidden.answer.startswith("The pump weighs 62 kg. ██ █████ ██████")


def test_a_blocked_answer_keeps_what_was_supported() -> None:
    guard = Guard(verifier=FakeVerifier(), policy=ThresholdPolicy(unsupported="block"))
    hidden = mask(guard.check("The pump weighs 62 kg. It sings opera.", FACTS))
    assert hidden.answer == "The pump weighs 62 kg. ██ █████ ██████"


@given(documents(), st.sampled_from(POLICIES))
def test_offsets_stay_and_it_is_still_a_report(text: str, policy: ThresholdPolicy) -> None:
    assume(text.strip())
    report = Guard(verifier=FakeVerifier(), policy=policy).check(text, FACTS)
    hidden = mask(report)
    assert Report.from_dict(hidden.to_dict()) == hidden
    assert len(hidden.answer) == len(report.answer)
    for before, after in zip(report.verdicts, hidden.verdicts, strict=True):
        claim = after.claim
        assert claim.text == hidden.answer[claim.start : claim.end]
        assert (before.label, before.claim.start) == (after.label, claim.start)
    assert mask(hidden).answer == hidden.answer
    if report.decision.action == "pass":
        assert hidden == report
