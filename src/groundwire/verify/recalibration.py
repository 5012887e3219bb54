"""Recalibration: a verifier whose scores, and whose threshold of support, follow a user's labels.

Both moves keep the order of scores, so what a threshold lets pass on the verifier's own scale is
what it lets pass on the new one, and a promise about the one holds for the other.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from groundwire.errors import ModelError
from groundwire.protocols import Verifier, read_version
from groundwire.types import Claim, Evidence, Verdict
from groundwire.verify.calibration import compute_logit
from groundwire.verify.reasons import UNSHOWN

NEVER = -1.0
"""Score of a claim that no threshold lets pass."""

# About the spread between the fits on single development sets: some fifty labels outweigh it.
_SLOPE_SPREAD = 0.5
_INTERCEPT_SPREAD = 1.0


@dataclass(frozen=True, slots=True)
class ScoreScale:
    """A map of scores that keeps their order: Platt scaling (J. Platt, 1999) of the log odds.

    Attributes:
        slope: more than 0; 1 leaves the spread as it is.
        intercept: 0 leaves the middle where it is.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, score: float) -> float:
        """Returns the probability of support that a score stands for."""
        if self == ScoreScale():
            return score
        odds = self.slope * compute_logit(score) + self.intercept
        return 1 / (1 + math.exp(-min(max(odds, -40.0), 40.0)))


def learn_scale(scores: Sequence[float], supported: Sequence[bool]) -> ScoreScale:
    """Fits a scale to labels; with few of them it stays close to the scores as they are.

    The likelihood has a normal prior around no change (of the log of the slope, and of the
    intercept), and its maximum is taken.

    Args:
        scores: n scores of the verifier.
        supported: n labels.
    """
    from scipy.optimize import minimize  # type: ignore[import-untyped]

    odds = [compute_logit(score) for score in scores]
    signed = list(zip(odds, (1.0 if label else -1.0 for label in supported), strict=True))

    def lose(weights: Sequence[float]) -> float:
        spread, middle = map(float, weights)
        slope = math.exp(min(spread, 5.0))
        loss = sum(math.log1p(math.exp(min(-s * (slope * x + middle), 500.0))) for x, s in signed)
        prior = (spread / _SLOPE_SPREAD) ** 2 + (middle / _INTERCEPT_SPREAD) ** 2
        return loss + prior / 2

    spread, middle = minimize(lose, (0.0, 0.0), method="BFGS").x
    return ScoreScale(round(math.exp(spread), 4), round(float(middle), 4))


def measure_support(verdict: Verdict) -> float:
    """Returns the highest threshold that lets a claim pass, or ``NEVER``.

    What is contradicted, unchecked or found wanting by a check (then the verdict has a reason
    other than its score) passes at no threshold, and neither does what no quote can show to be
    supported.
    """
    wanting = verdict.reason and not verdict.reason.startswith(UNSHOWN)
    if verdict.label == "unsupported" and (wanting or not verdict.quotes):
        return NEVER
    if verdict.label not in ("supported", "unsupported") or verdict.score is None:
        return NEVER
    return verdict.score


class RecalibratedVerifier:
    """Gives another verifier's verdicts with scores on another scale, and another threshold.

    A claim that the verifier calls unsupported for its score alone is supported from the
    threshold on. One that it calls supported stays so below the threshold, where a policy that
    keeps from there on holds it back.
    """

    def __init__(
        self,
        verifier: Verifier,
        scale: ScoreScale,
        threshold: float | None,
        made_for: str,
        origin: Mapping[str, str],
    ) -> None:
        """Sets what is moved.

        Args:
            verifier: gives the verdicts.
            scale: maps its scores.
            threshold: on the verifier's own scale; None leaves its labels as they are.
            made_for: version of the verifier that scale and threshold were fitted for.
            origin: what reports say of where they come from, by the names of its entries.
        """
        self._verifier = verifier
        self._scale = scale
        self._threshold = threshold
        self._made_for = made_for
        self.origin = dict(origin)

    @property
    def version(self) -> str:
        """Version of the verifier itself."""
        return read_version(self._verifier)

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Checks each claim against its own evidence.

        Raises:
            ModelError: if the verifier is another one than that of the labels.
        """
        if self.version != self._made_for:
            raise ModelError(
                f"the config was made for verifier {self._made_for}, and this is {self.version}: "
                "run `groundwire calibrate` again, as a threshold holds for one verifier alone"
            )
        return [self._moved(verdict) for verdict in self._verifier.verify(claims, evidence)]

    def _moved(self, verdict: Verdict) -> Verdict:
        if verdict.score is None:
            return verdict
        passes = self._threshold is not None and measure_support(verdict) >= self._threshold
        if passes and verdict.label == "unsupported":
            verdict = replace(verdict, label="supported", spans=(), reason="")
        return replace(verdict, score=self._scale(verdict.score or 0.0))
