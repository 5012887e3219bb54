"""Whether an answer is faithful, by the verifier or by a function of the user's."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from groundwire.errors import InputError
from groundwire.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.train.generator.config import Judge
from groundwire.train.generator.data import Evidence
from groundwire.types import Report
from groundwire.verify.presets import load_verifier

PYTHON = "python:"


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in an answer.

    Attributes:
        score: least probability of support of its claims; None where nothing is claimed.
        claims: statements that can be checked.
        supported: those that the evidence supports.
        spans: characters of the answer at fault.
    """

    score: float | None
    claims: int = 0
    supported: int = 0
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def faithful(self) -> bool:
        """Whether it claims something, and all of it is supported."""
        return 0 < self.claims == self.supported


def load_function(name: str, option: str) -> Callable[..., Any]:
    """Imports ``python:module:function``.

    Raises:
        InputError: if it cannot be imported or called.
    """
    module, _, function = name.removeprefix(PYTHON).partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(
            f"{option} is {name!r}, which cannot be imported ({error}); give "
            "python:module:function, and put its folder on PYTHONPATH"
        ) from error
    if not callable(found):
        raise InputError(f"{option} is {name!r}, which is no function")
    return found  # type: ignore[no-any-return]


class FaithfulnessJudge:
    """Judges answers against evidence; the verifier loads at the first use."""

    def __init__(self, options: Judge) -> None:
        """Finds the verifier.

        Raises:
            InputError: if a function cannot be imported.
            ModelError: if a verifier is not on this machine.
        """
        self.options = options
        self._function: Callable[..., Any] | None = None
        if options.verifier.startswith(PYTHON):
            self._function = load_function(options.verifier, "judge.verifier")
            self.name = options.verifier
        else:
            verifier = load_verifier(options.verifier or None)
            self._guard = Guard(verifier=verifier, policy=ThresholdPolicy.observe())
            self.name = options.verifier or "the embedded verifier"

    def judge(self, evidence: Sequence[Evidence], answers: Sequence[str]) -> list[Judged]:
        """Returns one judgment an answer.

        Args:
            evidence: n contexts.
            answers: n answers; an empty one claims nothing.

        Raises:
            InputError: if a function gives another number of scores, or what is no score.
        """
        out = [Judged(None)] * len(answers)
        asked = [i for i, text in enumerate(answers) if text.strip() and evidence[i]]
        for i in set(range(len(answers))) - set(asked):
            if answers[i].strip():
                out[i] = Judged(0.0, 1, 0, ((0, len(answers[i])),))
        texts, given = [answers[i] for i in asked], [evidence[i] for i in asked]
        if self._function is not None:
            found = self._by_function(given, texts)
        else:
            found = [_read(report) for report in self._guard.check_many(texts, given)]
            if self.options.both_ways:
                found = [
                    _least(one, _read(back))
                    for one, back in zip(found, self._back(given, texts), strict=True)
                ]
        for i, judged in zip(asked, found, strict=True):
            out[i] = judged
        return out

    def _back(self, evidence: Sequence[Evidence], answers: Sequence[str]) -> list[Report]:
        sources = [e if isinstance(e, str) else "\n".join(map(str, e)) for e in evidence]
        return self._guard.check_many(sources, list(answers))

    def _by_function(self, evidence: Sequence[Evidence], answers: Sequence[str]) -> list[Judged]:
        assert self._function is not None
        scores = list(self._function(evidence, answers)) if answers else []
        if len(scores) != len(answers) or not all(0 <= score <= 1 for score in scores):
            raise InputError(
                f"{self.name} gave {scores!r:.60} for {len(answers)} answers; return one score "
                "from 0 to 1 for each"
            )
        least = self.options.threshold
        return [
            Judged(float(s), 1, int(s >= least), () if s >= least else ((0, len(a)),))
            for s, a in zip(scores, answers, strict=True)
        ]


def _read(report: Report) -> Judged:
    """An unchecked claim counts as one that is not supported."""
    claims = [v for v in report.verdicts if v.label != "no_claim"]
    if not claims:
        return Judged(None)
    bad = [v for v in claims if v.label != "supported"]
    spans = []
    for verdict in bad:
        places = [(s.start, s.end) for s in verdict.spans]
        spans += places or [(verdict.claim.start, verdict.claim.end)]
    score = min(verdict.score or 0.0 for verdict in claims)
    return Judged(score, len(claims), len(claims) - len(bad), tuple(spans))


def _least(one: Judged, back: Judged) -> Judged:
    """Joins the judgments of both directions; the spans are those of the answer."""
    scores = [score for score in (one.score, back.score) if score is not None]
    claims, supported = one.claims + back.claims, one.supported + back.supported
    return Judged(min(scores, default=None), claims, supported, one.spans)
