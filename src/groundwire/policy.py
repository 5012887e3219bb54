"""Policies: which verdicts may pass, and what happens to an answer that holds others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from groundwire.errors import InputError
from groundwire.types import LABELS, Action, Decision, Verdict

Option: TypeAlias = Literal["rewrite", "block", "allow"]
OPTIONS: tuple[Option, ...] = get_args(Option)


@dataclass(frozen=True, slots=True)
class ThresholdPolicy:
    """Lets a claim pass when it is supported and its score reaches a threshold.

    The rule has no memory and each threshold is compared once, with ``score >= keep``:

    - ``no_claim`` passes;
    - ``supported`` passes when its score is at least ``keep``; below it (or without a usable
      score) it is treated as ``unsupported``;
    - ``contradicted``, ``unsupported`` and ``unchecked`` do what their option says; an
      ``unsupported`` one whose score reaches ``doubt`` is shown as it is.

    One flagged verdict whose option is ``"block"`` blocks the answer. An answer is also blocked
    when none of its claims could be checked and ``unchecked`` is not ``"allow"``: rewriting has
    nothing to stand on there.

    Attributes:
        keep: lowest probability of support with which a claim may pass, in [0, 1].
        contradicted: what to do with claims that the evidence denies.
        unsupported: what to do with claims that the evidence does not state.
        unchecked: what to do with claims that could not be checked.
        name: what the policy is called in reports.
        doubt: lowest probability of support with which an unsupported claim is shown
            nevertheless, in [0, 1]; None shows none. A claim that a check caps (a figure or a
            unit that the evidence lacks) has 0.3 at most.

    Raises:
        InputError: if ``keep`` or ``doubt`` is no number in [0, 1] or an option is unknown.
    """

    keep: float = 0.5
    contradicted: Option = "rewrite"
    unsupported: Option = "rewrite"
    unchecked: Option = "rewrite"
    name: str = "balanced"
    doubt: float | None = None

    def __post_init__(self) -> None:
        """Checks the fields."""
        for field, value in {"keep": self.keep, "doubt": self.doubt}.items():
            if value is None and field == "doubt":
                continue
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0.0 <= float(value or 0) <= 1.0:
                raise InputError(f"{field} is {value!r}: use a probability from 0 to 1")
        for label in ("contradicted", "unsupported", "unchecked"):
            option = getattr(self, label)
            if option not in OPTIONS:
                raise InputError(f"{label} is {option!r}: use one of {', '.join(OPTIONS)}")

    @classmethod
    def strict(cls) -> ThresholdPolicy:
        """Passes what is supported with 0.7 or more; one unchecked claim blocks the answer.

        With the embedded verifier, 7 in 100 texts that are not supported reach 0.7 on its
        development sets, and 32 in 100 reach 0.5 (its card has the table).
        """
        return cls(keep=0.7, unchecked="block", name="strict")

    @classmethod
    def balanced(cls) -> ThresholdPolicy:
        """Passes what is supported with 0.5 or more and rewrites the rest (the default)."""
        return cls()

    @classmethod
    def lenient(cls) -> ThresholdPolicy:
        """Shows also what is unsupported with 0.33 or more, so that few good answers are changed.

        Contradicted claims are rewritten as by ``balanced``. Of development answers of real
        systems 17 in 100 good ones are changed then (21 by ``balanced``), and 32 in 100 faulty
        ones are shown (15): ``python -m benchmarks.useful --policy lenient``.
        """
        return cls(name="lenient", doubt=0.33)

    @classmethod
    def observe(cls) -> ThresholdPolicy:
        """Changes nothing and reports everything: an explicit choice to fail open."""
        return cls(0.0, "allow", "allow", "allow", "observe")

    def allows(self, verdict: Verdict) -> bool:
        """Whether a claim may be shown as it is."""
        return self._passes(verdict) or self._option(verdict) == "allow"

    def decide(self, verdicts: Sequence[Verdict]) -> Decision:
        """Returns the action, a sentence that says why, and the verdicts that may not pass.

        The action and the reason do not depend on the order of the verdicts.

        Raises:
            InputError: if a verdict has an unknown label.
        """
        flagged = tuple(i for i, verdict in enumerate(verdicts) if not self.allows(verdict))
        checkable = [verdict for verdict in verdicts if verdict.label != "no_claim"]
        if not flagged:
            return Decision("pass", self._passed(checkable))
        refused = [verdicts[i] for i in flagged]
        blind = all(verdict.label == "unchecked" for verdict in checkable)
        blocked = blind or any(self._option(verdict) == "block" for verdict in refused)
        action: Action = "block" if blocked else "rewrite"
        return Decision(action, self._refused(refused, checkable, blind), flagged)

    def _passes(self, verdict: Verdict) -> bool:
        if verdict.label not in LABELS:
            raise InputError(f"{verdict.label!r} is no label: use one of {', '.join(LABELS)}")
        if verdict.label == "no_claim":
            return True
        return verdict.label == "supported" and _score(verdict) >= self.keep

    def _option(self, verdict: Verdict) -> Option:
        options: dict[str, Option] = {
            "contradicted": self.contradicted,
            "unchecked": self.unchecked,
        }
        doubt = math.inf if self.doubt is None else self.doubt
        if verdict.label == "unsupported" and _score(verdict) >= doubt:
            return "allow"
        return options.get(verdict.label, self.unsupported)

    def _passed(self, checkable: Sequence[Verdict]) -> str:
        if not checkable:
            return "There was nothing to check."
        through = [verdict for verdict in checkable if not self._passes(verdict)]
        if not through:
            return (
                f"All {_claims(len(checkable))} are supported."
                if len(checkable) > 1
                else ("The one claim is supported.")
            )
        return (
            f"Nothing was changed: policy {self.name!r} let {len(through)} of "
            f"{_claims(len(checkable))} through unverified ({self._counts(through)})."
        )

    def _refused(
        self, refused: Sequence[Verdict], checkable: Sequence[Verdict], blind: bool
    ) -> str:
        let = sum(self._option(v) == "allow" and not self._passes(v) for v in checkable)
        were = "was" if let == 1 else "were"
        extra = f"; {let} more {were} let through unverified" if let else ""
        lead = "No claim could be checked: " if blind else ""
        return (
            f"{lead}{len(refused)} of {_claims(len(checkable))} may not pass "
            f"({self._counts(refused)}){extra}."
        )

    def _counts(self, verdicts: Sequence[Verdict]) -> str:
        counts = Counter(
            f"supported below {self.keep:g}" if verdict.label == "supported" else verdict.label
            for verdict in verdicts
        )
        return ", ".join(f"{counts[label]} {label}" for label in sorted(counts))


POLICIES: Mapping[str, ThresholdPolicy] = MappingProxyType(
    {
        policy.name: policy
        for policy in (
            ThresholdPolicy.strict(),
            ThresholdPolicy.balanced(),
            ThresholdPolicy.lenient(),
            ThresholdPolicy.observe(),
        )
    }
)
"""The presets by name, the strictest first."""


def _score(verdict: Verdict) -> float:
    """The score, or -inf where there is none, or what a verifier gave is no probability."""
    score: object = verdict.score
    if isinstance(score, bool) or not isinstance(score, Real):
        return -math.inf
    try:
        value = float(score)
    except OverflowError:
        return -math.inf
    return value if 0.0 <= value <= 1.0 else -math.inf


def _claims(count: int) -> str:
    return f"{count} claim" if count == 1 else f"{count} claims"
