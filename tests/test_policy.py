from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundwire.errors import InputError
from groundwire.policy import OPTIONS, POLICIES, ThresholdPolicy
from groundwire.protocols import Policy
from groundwire.types import LABELS, Claim, Label, Verdict


def verdict(label: Label, score: float | None = None) -> Verdict:
    return Verdict(Claim("x", 0, 1), label, score)


SCORES = st.one_of(st.none(), st.floats(0, 1), st.just(math.nan))
VERDICTS = st.lists(st.builds(verdict, st.sampled_from(LABELS), SCORES), max_size=6)
OPTION = st.sampled_from(OPTIONS)
ANY = st.one_of(
    st.builds(ThresholdPolicy, st.floats(0, 1), OPTION, OPTION, OPTION),
    st.builds(ThresholdPolicy, st.floats(0, 1), doubt=st.none() | st.floats(0, 1)),
    st.sampled_from([*POLICIES.values()]),
)


def test_a_threshold_policy_is_a_policy() -> None:
    assert isinstance(ThresholdPolicy(), Policy)
    assert ThresholdPolicy() == ThresholdPolicy.balanced()


@pytest.mark.parametrize(
    ("verdicts", "strict", "balanced"),
    [
        ([], "pass", "pass"),
        ([verdict("no_claim")], "pass", "pass"),
        ([verdict("supported", 0.9)], "pass", "pass"),
        ([verdict("supported", 0.8)], "pass", "pass"),
        ([verdict("supported", 0.7)], "pass", "pass"),
        ([verdict("supported", 0.69)], "rewrite", "pass"),
        ([verdict("supported", 0.4)], "rewrite", "rewrite"),
        ([verdict("supported")], "rewrite", "rewrite"),
        ([verdict("contradicted", 0.9)], "rewrite", "rewrite"),
        ([verdict("unsupported", 0.1), verdict("supported", 0.9)], "rewrite", "rewrite"),
        ([verdict("unchecked"), verdict("supported", 0.9)], "block", "rewrite"),
        ([verdict("unchecked"), verdict("no_claim")], "block", "block"),
    ],
)
def test_presets(verdicts: list[Verdict], strict: str, balanced: str) -> None:
    assert ThresholdPolicy.strict().decide(verdicts).action == strict
    assert ThresholdPolicy.balanced().decide(verdicts).action == balanced
    assert ThresholdPolicy.observe().decide(verdicts).action == "pass"


@pytest.mark.parametrize(
    ("found", "action"),
    [
        (verdict("unsupported", 0.4), "pass"),
        (verdict("unsupported", 0.33), "pass"),
        (verdict("unsupported", 0.3), "rewrite"),
        (verdict("unsupported"), "rewrite"),
        (verdict("unsupported", math.nan), "rewrite"),
        (verdict("contradicted", 0.4), "rewrite"),
        (verdict("unchecked"), "block"),
    ],
)
def test_the_lenient_one_shows_what_is_in_doubt_and_not_denied(found: Verdict, action: str) -> None:
    decision = ThresholdPolicy.lenient().decide([found])
    assert decision.action == action
    assert ("through unverified" in decision.reason) == (action == "pass")
    assert POLICIES["lenient"] == ThresholdPolicy.lenient()


def test_every_preset_stands_under_its_name() -> None:
    assert [*POLICIES] == ["strict", "balanced", "lenient", "observe"]
    assert all(name == policy.name for name, policy in POLICIES.items())


def test_reasons_count() -> None:
    mixed = [verdict("supported", 0.9), verdict("contradicted", 0.1), verdict("unchecked")]
    assert ThresholdPolicy().decide(mixed).reason == (
        "2 of 3 claims may not pass (1 contradicted, 1 unchecked)."
    )
    assert ThresholdPolicy.observe().decide(mixed).reason == (
        "Nothing was changed: policy 'observe' let 2 of 3 claims through unverified "
        "(1 contradicted, 1 unchecked)."
    )
    assert ThresholdPolicy().decide([verdict("unchecked")]).reason == (
        "No claim could be checked: 1 of 1 claim may not pass (1 unchecked)."
    )
    assert ThresholdPolicy().decide([verdict("no_claim")]).reason == "There was nothing to check."
    allowing = ThresholdPolicy(unchecked="allow")
    assert "; 1 more was let through unverified." in allowing.decide(mixed).reason
    assert "; 2 more were let" in allowing.decide([*mixed, verdict("unchecked")]).reason


@pytest.mark.parametrize(
    "options",
    [
        {"keep": math.nan},
        {"keep": -0.1},
        {"keep": 1.1},
        {"keep": "high"},
        {"keep": True},
        {"contradicted": "ignore"},
        {"unsupported": None},
        {"unchecked": ""},
    ],
)
def test_bad_options_are_named(options: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=next(iter(options))):
        ThresholdPolicy(**options)


def test_an_unknown_label_is_an_error() -> None:
    with pytest.raises(InputError, match="maybe"):
        ThresholdPolicy.observe().decide([verdict("maybe")])  # type: ignore[arg-type]


@given(ANY, VERDICTS)
@settings(max_examples=150, deadline=None)
def test_flagged_is_exactly_what_is_not_allowed(
    policy: ThresholdPolicy, verdicts: list[Verdict]
) -> None:
    decision = policy.decide(verdicts)
    allowed = {i for i, v in enumerate(verdicts) if policy.allows(v)}
    assert set(decision.flagged) == set(range(len(verdicts))) - allowed
    assert (decision.action == "pass") == (not decision.flagged)
    assert decision.edits == ()
    assert decision.reason.endswith(".")


@given(ANY, VERDICTS, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_claims_does_not_matter(
    policy: ThresholdPolicy, verdicts: list[Verdict], random: Any
) -> None:
    shuffled = random.sample(verdicts, len(verdicts))
    one, two = policy.decide(verdicts), policy.decide(shuffled)
    assert (one.action, one.reason) == (two.action, two.reason)


@given(st.floats(0, 1), st.floats(0, 1), VERDICTS)
@settings(max_examples=100, deadline=None)
def test_a_higher_threshold_never_allows_more(a: float, b: float, verdicts: list[Verdict]) -> None:
    low, high = ThresholdPolicy(keep=min(a, b)), ThresholdPolicy(keep=max(a, b))
    assert all(low.allows(v) for v in verdicts if high.allows(v))


@given(VERDICTS)
@settings(max_examples=100, deadline=None)
def test_the_defaults_fail_closed(verdicts: list[Verdict]) -> None:
    for policy in (ThresholdPolicy.balanced(), ThresholdPolicy.strict()):
        for item in verdicts:
            if item.label == "unchecked" or (item.label == "supported" and item.score is None):
                assert not policy.allows(item)


@pytest.mark.parametrize(
    "score", [5.0, 1.0001, -0.1, True, math.inf, math.nan, "0.9", None, 10**400, [0.9], 1 + 0j]
)
def test_what_is_no_probability_does_not_pass(score: Any) -> None:
    given = verdict("supported", score)
    for policy in (ThresholdPolicy(), ThresholdPolicy(keep=0.0), ThresholdPolicy.strict()):
        assert not policy.allows(given)
        assert policy.decide([given]).action != "pass"


def test_numbers_of_numpy_are_probabilities() -> None:
    import numpy as np

    for number in (np.float32(0.9), np.float64(0.9), 1):
        assert ThresholdPolicy.strict().allows(verdict("supported", number))  # type: ignore[arg-type]
