"""Measures of answers beside the verifier's judgment."""

from __future__ import annotations

import importlib
import json
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import torch
from rapidfuzz.fuzz import ratio

from groundwire.claims.splitter import ClaimSplitter
from groundwire.errors import InputError
from groundwire.guard.guard import Guard
from groundwire.policy import ThresholdPolicy
from groundwire.text.words import find_content_words
from groundwire.train.generator.batches import Encoder, Example, group_batches, select_fitting
from groundwire.train.generator.config import Evaluate, Judge
from groundwire.train.generator.data import Evidence, Row, parse_slots
from groundwire.train.generator.forward import compute_logits
from groundwire.train.generator.losses import compute_token_losses
from groundwire.train.generator.perturb import SLOTS, split_context
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


Measure: TypeAlias = Callable[[Sequence[Row], Sequence[str]], dict[str, float]]


def measure_coverage(context: str, answer: str) -> float:
    """Share of a context's items that an answer tells, by their words; 0 for an empty context.

    A slot counts when half of its value's words are there, and a sentence or line in part, by the
    share of its words. An item without words of its own (``familyFriendly[no]``) is not counted.
    """
    items, joiner = split_context(context)
    held = [find_content_words(i.partition("[")[2] if joiner == SLOTS else i) for i in items]
    said = find_content_words(answer)
    shares = [len(words & said) / len(words) for words in held if words]
    if joiner == SLOTS:
        shares = [float(share >= 0.5) for share in shares]
    return sum(shares) / len(shares) if shares else 0.0


def is_refusal(answer: str, refusal: str) -> bool:
    """Whether an answer is the refusal, nearly word for word, or says nothing but refusals."""
    if ratio(answer.casefold(), refusal.casefold()) >= 90:
        return True
    claims = ClaimSplitter().split(answer) if answer.strip() else []
    return bool(claims) and all(claim.kind == "refusal" for claim in claims)


def measure_perplexity(model: Any, encoder: Encoder, rows: Sequence[Row]) -> float:
    """Perplexity of the targets of rows, over all of their tokens."""
    _, examples = select_fitting(rows, encoder, encoder.section.max_tokens, "evaluate")
    return measure_example_perplexity(model, encoder, examples)


def measure_example_perplexity(model: Any, encoder: Encoder, examples: Sequence[Example]) -> float:
    """Perplexity of the targets of examples, over all of their tokens."""
    training = model.training
    model.eval()
    total, tokens = 0.0, 0
    with torch.no_grad():
        for group in group_batches(examples, 32, "perplexity"):
            batch = encoder.batch(group, str(model.device))
            losses = compute_token_losses(compute_logits(model, batch), batch.target)
            total += (losses * batch.mask).sum().item()
            tokens += int(batch.mask.sum())
    model.train(training)
    return math.exp(min(50.0, total / tokens))


def measure_overlap(
    answers: Sequence[str], references: Sequence[Sequence[str]]
) -> dict[str, float]:
    """BLEU (Papineni et al. 2002) and chrF (Popovic 2015) by sacrebleu, with several references."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    most = max(map(len, references))
    # A missing reference is None for sacrebleu; its own type says str.
    columns: Any = [[r[i] if i < len(r) else None for r in references] for i in range(most)]
    texts = list(answers)
    return {
        "bleu": BLEU().corpus_score(texts, columns).score,
        "chrf": CHRF().corpus_score(texts, columns).score,
    }


class SlotMeasure:
    """Slots of ``name[value], ...`` contexts that an answer adds, gets wrong or leaves out.

    A value is looked for in its own words, or by patterns. Slots whose values cannot be seen in a
    text (``yes``, ``no``) are left out where there are no patterns for them.
    """

    def __init__(self, rows: Sequence[Row], patterns: Path | None = None) -> None:
        """Collects the values of all slots.

        Raises:
            InputError: if no context is of such a form, or the patterns cannot be read.
        """
        given = _read_patterns(patterns) if patterns else {}
        values: dict[str, set[str]] = {name: set(held) for name, held in given.items()}
        for row in rows:
            for name, value in parse_slots(row.context):
                values.setdefault(name, set()).add(value)
        if not any(parse_slots(row.context) for row in rows):
            raise InputError(
                "evaluate.measure is 'slots', but no context reads name[value], ...: leave it "
                "out, or name a function of yours, python:module:function"
            )
        self.finders: dict[str, dict[str, re.Pattern[str]]] = {}
        for name, held in values.items():
            finders = {
                v: re.compile("|".join(given.get(name, {}).get(v) or [_literal(v)]), re.I)
                for v in sorted(held)
                if given.get(name, {}).get(v) or v.casefold() not in ("yes", "no", "true", "false")
            }
            if finders:
                self.finders[name] = finders

    def errors(self, context: str, answer: str) -> dict[str, list[str]]:
        """Returns the names of the slots that are ``added``, ``wrong`` and ``missing``."""
        stated = dict(parse_slots(context))
        out: dict[str, list[str]] = {"added": [], "wrong": [], "missing": []}
        # What a value of the context says is not also another slot's: "riverside" in a name.
        rest = answer
        for value in sorted(stated.values(), key=len, reverse=True):
            rest = re.sub(_literal(value), " _ ", rest, flags=re.I)
        for name, finders in self.finders.items():
            own = stated.get(name)
            if own is not None and own in finders and finders[own].search(answer):
                continue
            other = any(finder.search(rest) for value, finder in finders.items() if value != own)
            if own is None and other:
                out["added"].append(name)
            elif own is not None and own in finders:
                out["wrong" if other else "missing"].append(name)
        return out

    def __call__(self, rows: Sequence[Row], answers: Sequence[str]) -> dict[str, float]:
        """Returns each kind of error a slot of the contexts, and the share of exact answers."""
        found = [self.errors(row.context, text) for row, text in zip(rows, answers, strict=True)]
        slots = sum(name in self.finders for row in rows for name in dict(parse_slots(row.context)))
        out = {
            f"slots_{kind}": sum(len(errors[kind]) for errors in found) / max(1, slots)
            for kind in ("added", "wrong", "missing")
        }
        exact = sum(not any(errors.values()) for errors in found)
        return {**out, "slots_exact": exact / max(1, len(found))}


def _literal(value: str) -> str:
    return r"(?<!\w)" + r"[\s-]+".join(map(re.escape, re.split(r"[\s-]+", value))) + r"(?!\w)"


def _read_patterns(path: Path) -> dict[str, dict[str, list[str]]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        for held in data.values():
            for patterns in held.values():
                for pattern in patterns:
                    re.compile(pattern)
    except (OSError, ValueError, AttributeError, TypeError, re.error) as error:
        raise InputError(
            f"{path}: cannot be used as evaluate.slot_patterns ({error!s:.100}); give JSON "
            '{"slot": {"value": ["regular expression"]}}'
        ) from error
    return data  # type: ignore[no-any-return]


def load_measure(options: Evaluate, rows: Sequence[Row]) -> Measure | None:
    """Returns the independent measure of a config, or None.

    Raises:
        InputError: if it is not known, or cannot be loaded.
    """
    if not options.measure:
        return None
    if options.measure == "slots":
        return SlotMeasure(rows, options.slot_patterns)
    if options.measure.startswith(PYTHON):
        return load_function(options.measure, "evaluate.measure")
    raise InputError(
        f"evaluate.measure is {options.measure!r}: give 'slots' or 'python:module:function'"
    )
