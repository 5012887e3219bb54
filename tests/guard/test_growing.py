"""Answers that come whole each time, longer than before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.guard.growing import GrowingAnswers, Growth
from groundwire.guard.guard import BLOCKED_MESSAGE, Guard
from groundwire.policy import ThresholdPolicy
from groundwire.testing import FakeVerifier
from groundwire.types import Claim, Evidence, Verdict
from markdown_cases import texts as documents

FACTS = (
    "The pump weighs 62 kg. It runs on 230 V. The pump was made in Lyon in 1998. The case is red."
)
GOOD, WRONG, LIE = "The pump weighs 62 kg.", "It runs on 120 V.", "It sings opera at dawn."
LAST = "The pump was made in Lyon in 1998."
SPOKEN = [GOOD, LAST, WRONG, LIE, "Hello!", "Is it good?", "Here you go:", "\n\n- ", "# Sizes\n"]
POLICIES = [ThresholdPolicy.balanced(), ThresholdPolicy.observe()]


class Gateway:
    """What a gateway sends on of an answer, and what it must never have to take back."""

    def __init__(self, guard: Guard, question: str | None = None) -> None:
        self.answer = guard.follow(FACTS, question)
        self.sent = ""

    def send(self, answer: str) -> Growth:
        growth = self.answer.read(answer)
        assert growth.text.startswith(self.sent)
        self.sent = growth.text[: len(growth.text) - growth.held]
        return growth


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from(SPOKEN), min_size=1, max_size=8).map(" ".join) | documents(),
    st.integers(1, 60),
    st.sampled_from(POLICIES),
)
def test_a_gateway_shows_the_checked_text(text: str, size: int, policy: ThresholdPolicy) -> None:
    assume(text.strip())
    guard = Guard(verifier=FakeVerifier(), policy=policy)
    gateway = Gateway(guard, "What is it?")
    for end in range(size, len(text), size):
        gateway.send(text[:end])
    growth = gateway.send(text)
    whole = guard.check(text, FACTS, "What is it?")
    assert growth.text == whole.text
    assert growth.report.decision == whole.decision


def test_what_is_settled_is_shown_and_what_is_not_is_held() -> None:
    gateway = Gateway(Guard(verifier=FakeVerifier()))
    gateway.send(f"{GOOD} {WRONG} {LAST} The pump weighs 62")
    assert GOOD in gateway.sent and "120" not in gateway.sent
    assert not gateway.sent.endswith("62")
    growth = gateway.send(f"{GOOD} {WRONG} {LAST} The pump weighs 620 kg.")
    assert "620" not in growth.text and LAST in growth.text


class Counting(FakeVerifier):
    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.seen.update(claim.text for claim in claims)
        return super().verify(claims, evidence)


def test_what_was_checked_is_not_checked_again() -> None:
    verifier = Counting()
    gateway = Gateway(Guard(verifier=verifier))
    text = f"{GOOD} {LAST} {WRONG} {LIE}"
    for end in range(1, len(text) + 1):
        gateway.send(text[:end])
    assert [verifier.seen[said] for said in (GOOD, LAST, WRONG, LIE)] == [1, 1, 1, 1]
    before = verifier.seen.total()
    assert gateway.send(text).text == gateway.send(text).text
    assert verifier.seen.total() == before


def test_an_answer_that_is_blocked_after_a_part_was_shown_ends_there() -> None:
    policy = ThresholdPolicy(contradicted="block")
    gateway = Gateway(Guard(verifier=FakeVerifier(), policy=policy))
    gateway.send(f"{GOOD} {LAST} The")
    assert gateway.sent.startswith(GOOD)
    first = gateway.send(f"{GOOD} {LAST} The pump weighs 63 kg. The pump was made in")
    assert first.text.endswith(BLOCKED_MESSAGE) and "63" not in first.text
    again = gateway.send(f"{GOOD} {LAST} The pump weighs 63 kg. The pump was made in Lyon in 1998.")
    assert again.text == first.text


def test_another_answer_is_an_error() -> None:
    answer = Guard(verifier=FakeVerifier()).follow(FACTS)
    answer.read(GOOD)
    assert answer.said == GOOD
    with pytest.raises(InputError, match="does not go on from"):
        answer.read(LAST)


def test_without_evidence_nothing_passes() -> None:
    growth = Guard(verifier=FakeVerifier()).follow().read(GOOD)
    assert growth.text == BLOCKED_MESSAGE
    assert growth.held == len(BLOCKED_MESSAGE)
    assert [verdict.label for verdict in growth.report.verdicts] == ["unchecked"]


def test_answers_are_found_by_their_key_as_long_as_they_go_on() -> None:
    guard, answers = Guard(verifier=FakeVerifier()), GrowingAnswers(most=2)
    first = answers.find("a", GOOD, guard.follow)
    first.read(GOOD)
    assert answers.find("a", f"{GOOD} {LAST}", guard.follow) is first
    assert answers.find("a", LAST, guard.follow) is not first
    assert answers.find(None, GOOD, guard.follow) is not answers.find(None, GOOD, guard.follow)


def test_of_too_many_answers_the_oldest_is_forgotten() -> None:
    guard, answers = Guard(verifier=FakeVerifier()), GrowingAnswers(most=2)
    kept = {key: answers.find(key, "", guard.follow) for key in "abc"}
    assert answers.find("c", "", guard.follow) is kept["c"]
    assert answers.find("b", "", guard.follow) is kept["b"]
    assert answers.find("a", "", guard.follow) is not kept["a"]
    short = GrowingAnswers(seconds=-1.0)
    assert short.find("a", "", guard.follow) is not short.find("a", "", guard.follow)
