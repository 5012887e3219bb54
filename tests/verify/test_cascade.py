"""A small verifier for what it is sure of, a larger one for the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundwire.errors import InputError, ModelError
from groundwire.types import Claim, Evidence, Passage, Verdict
from groundwire.verify.cascade import CascadeVerifier
from groundwire.verify.presets import load_verifier

SCORES = st.one_of(st.none(), st.floats(0, 1))


@dataclass
class Scripted:
    """Gives each claim the score that is written in it, and remembers what it was asked."""

    version: str
    shift: float = 0.0
    asked: list[str] = field(default_factory=list)

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        self.asked += [claim.text for claim in claims]
        assert [found[0].passage.text for found in evidence] == [c.text for c in claims]
        return [self._judge(claim) for claim in claims]

    def _judge(self, claim: Claim) -> Verdict:
        if claim.text == "None":
            return Verdict(claim, "unchecked", reason=self.version)
        score = float(claim.text)
        return Verdict(
            claim, "supported" if score > 0.5 else "unsupported", score, reason=self.version
        )


def make(texts: Sequence[str]) -> tuple[list[Claim], list[list[Evidence]]]:
    claims = [Claim(text, 0, len(text)) for text in texts]
    return claims, [[Evidence(Passage(t, "a", 0, len(t)), 1.0)] for t in texts]


@given(st.lists(SCORES, max_size=8), st.floats(0, 1), st.floats(0, 1))
def test_the_second_decides_exactly_what_the_first_doubts(
    scores: list[float | None], one: float, two: float
) -> None:
    low, high = sorted((one, two))
    first, second = Scripted("small"), Scripted("large")
    texts = [str(score) for score in scores]
    verdicts = CascadeVerifier(first, second, (low, high)).verify(*make(texts))
    doubted = [s is not None and low <= s <= high for s in scores]
    assert [v.reason for v in verdicts] == ["large" if d else "small" for d in doubted]
    assert [v.claim.text for v in verdicts] == texts
    assert second.asked == [t for t, d in zip(texts, doubted, strict=True) if d]


def test_it_tells_both_versions() -> None:
    cascade = CascadeVerifier(Scripted("small@1"), Scripted("large@2"), (0.1, 0.9))
    assert cascade.version == "small@1, then large@2 from 0.1 to 0.9"


@pytest.mark.parametrize("doubt", [(0.9, 0.1), (-0.1, 0.5), (0.5, 1.5)])
def test_scores_out_of_order_are_refused(doubt: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="doubt is"):
        CascadeVerifier(Scripted("a"), Scripted("b"), doubt)


def test_a_cascade_without_a_second_verifier_is_refused() -> None:
    with pytest.raises(InputError, match="names no second verifier"):
        load_verifier("cascade=")
    with pytest.raises(ModelError, match="no NLI model on this machine"):
        load_verifier("cascade=no/such")
