"""The verifier: an NLI model reads each claim against its premise; checks may overrule it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from groundwire.errors import InputError
from groundwire.evidence.overlap import WordRarity, stem, stems, words
from groundwire.types import Claim, Evidence, Finding, Label, Quote, Span, Verdict
from groundwire.verify.calibrate import Calibration, Signals, lacking
from groundwire.verify.facts import Check, check_names, check_values
from groundwire.verify.premise import Premise, build_premise, verbatim
from groundwire.verify.readable import why_unreadable
from groundwire.verify.scorer import PairScorer

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

THRESHOLD = 0.5
"""A claim is supported when its calibrated score reaches this."""

VETO = 0.05
"""Highest score of a claim that a deterministic check contradicts."""

VERBATIM = 0.99
"""Least score of a claim that the evidence states word for word, as a sentence of its own."""

SPEAKS = 0.3
"""Share of a claim's words, by weight, that its quotes must have to contradict it."""

DENIED = 0.8
"""Probability of contradiction from which even a sentence of the evidence is not rescued."""

_OVERRIDES = frozenset("\u202d\u202e")

UNQUOTED = 0.3
"""Highest score of a claim for which no sentence can be quoted."""

TELLING = 5.0
"""Weight (log of frequency rank) of the words for which one more sentence is quoted."""

PIECES = (600, 300, 150, 60)
"""Characters to which sentences are cut, shorter where one alone overflows the window."""


@dataclass(frozen=True, slots=True)
class _Job:
    """A claim that will be scored: its premise and the pieces of it that fit the model."""

    premise: Premise
    hypotheses: tuple[str, ...]


class NLIVerifier:
    """Checks claims with an NLI cross-encoder and deterministic checks.

    The label order is read from the model's config; pairs are sorted by length, equal pairs
    scored once. A claim that is a sentence of the evidence, word for word, is supported unless the
    model reads a denial; one with a value that a check finds in conflict is contradicted, whatever
    the model says. Holds no request state: one verifier serves all threads. Weights load at the
    first use.
    """

    def __init__(
        self,
        model: str | os.PathLike[str] | CrossEncoder | None = None,
        *,
        premise_words: int = 150,
        checks: Sequence[Check] = (check_values, check_names),
        calibration: Calibration | None = None,
    ) -> None:
        """Names the model.

        Args:
            model: a folder, the id of an NLI model in the local Hugging Face cache, a loaded
                ``CrossEncoder``, or None for the embedded verifier.
            premise_words: budget of evidence words that a claim is read against.
            checks: deterministic checks, each ``(claim, evidence sentences) -> findings``.
            calibration: from the probability of entailment to that of support; by default what
                the model's ``groundwire.json`` states, else none.

        Raises:
            InputError: if ``premise_words`` is not positive.
        """
        if premise_words < 1:
            raise InputError(f"premise_words is {premise_words}: give 1 or more, such as 150")
        self._model = model
        self._premise_words = premise_words
        self._checks = tuple(checks)
        self._calibration = calibration
        self._lock = threading.Lock()
        self._loaded: tuple[PairScorer, WordRarity, Calibration] | None = None

    def _load(self) -> tuple[PairScorer, WordRarity, Calibration]:
        with self._lock:
            if self._loaded is None:
                scorer = PairScorer(self._model)
                stated: dict[str, Any] = scorer.manifest.get("calibration") or {}
                calibration = self._calibration or Calibration(**stated)
                self._loaded = scorer, WordRarity(scorer.tokenizer.get_vocab()), calibration
            return self._loaded

    @property
    def scorer(self) -> PairScorer:
        """The loaded model.

        Raises:
            ModelError: if it cannot be loaded.
        """
        return self._load()[0]

    @property
    def version(self) -> str:
        """Name of the model and the first digits of its weights' hash."""
        scorer = self.scorer
        return f"{scorer.name}@{str(scorer.manifest.get('weights_sha256', 'unknown'))[:12]}"

    def verify(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Verdict]:
        """Checks each claim against its own evidence, all of them in shared batches.

        Args:
            claims: n claims.
            evidence: n lists of passages, aligned with the claims, in any order.

        Returns:
            n verdicts.

        Raises:
            InputError: if the two are not aligned.
            ModelError: if the model cannot be loaded.
        """
        if len(claims) != len(evidence):
            raise InputError(f"{len(claims)} claims but {len(evidence)} lists of evidence")
        verdicts: list[Verdict | None] = [
            _unscored(claim, found) for claim, found in zip(claims, evidence, strict=True)
        ]
        jobs: dict[int, _Job] = {}
        for i, claim in enumerate(claims):
            if verdicts[i] is None:
                made = self._prepare(claim, evidence[i])
                if isinstance(made, str):
                    verdicts[i] = Verdict(claim, "unchecked", reason=made)
                else:
                    jobs[i] = made
        if jobs:
            self._score(claims, jobs, verdicts)
        return [verdict for verdict in verdicts if verdict is not None]

    def _prepare(self, claim: Claim, evidence: Sequence[Evidence]) -> _Job | str:
        """Builds what is scored for a claim, or says why it cannot be."""
        scorer, rarity, _ = self._load()
        if _OVERRIDES & set(claim.text):
            return "it holds characters that show its text in another order than it is written"
        half = scorer.max_tokens // 2 - 8
        hypotheses = _cut(" ".join(claim.text.split()), half, scorer)
        room = scorer.max_tokens - max(map(len, scorer.tokens(hypotheses))) - 8
        for piece in PIECES:
            premise = build_premise(claim, evidence, rarity, self._premise_words, piece)
            if not premise.sentences:
                return "the evidence holds no sentence"
            while len(premise.sentences) > 1 and len(scorer.tokens([premise.text])[0]) > room:
                premise = premise.without_last()
            if len(scorer.tokens([premise.text])[0]) <= room:
                break
        else:
            return "the evidence does not fit the verifier's window"
        for name, text in (("claim", claim.text), ("evidence", premise.text)):
            if reason := why_unreadable(name, text, scorer):
                return reason
        return _Job(premise, tuple(hypotheses))

    def signals(
        self, claims: Sequence[Claim], evidence: Sequence[Sequence[Evidence]]
    ) -> list[Signals | None]:
        """Returns what each claim's score is made of; None where nothing is scored.

        Args:
            claims: n claims.
            evidence: n lists of passages, aligned with the claims.

        Raises:
            ModelError: if the model cannot be loaded.
        """
        jobs = {}
        for i, (claim, found) in enumerate(zip(claims, evidence, strict=True)):
            made = self._prepare(claim, found) if _unscored(claim, found) is None else ""
            if isinstance(made, _Job):
                jobs[i] = made
        read = self._read(claims, jobs, words=True)
        return [read.get(i) for i in range(len(claims))]

    def _read(
        self, claims: Sequence[Claim], jobs: dict[int, _Job], words: bool
    ) -> dict[int, Signals]:
        """Scores the pairs of all jobs in shared batches."""
        scorer, rarity, _ = self._load()
        pairs = [(job.premise.text, h) for job in jobs.values() for h in job.hypotheses]
        scores = scorer.score(pairs)
        row = 0
        out = {}
        for i, job in jobs.items():
            rows = scores[row : row + len(job.hypotheses)]
            row += len(job.hypotheses)
            shares = lacking(claims[i], job.premise.sentences, rarity) if words else ()
            entailment = float(min(r[0] for r in rows))
            out[i] = Signals(entailment, float(max(r[2] for r in rows)), *shares)
        return out

    def _score(
        self, claims: Sequence[Claim], jobs: dict[int, _Job], verdicts: list[Verdict | None]
    ) -> None:
        _, rarity, calibration = self._load()
        for i, signals in self._read(claims, jobs, calibration.reads_words).items():
            claim, premise = claims[i], jobs[i].premise
            support = calibration(signals)
            label: Label = "contradicted" if signals.contradiction > 0.5 else "unsupported"
            if support >= THRESHOLD:
                label = "supported"
            stated = verbatim(claim.text, premise.candidates)
            stated = None if signals.contradiction > DENIED else stated
            quotes = _quotes(claim, premise, rarity)
            if stated is not None:
                label, support, quotes = "supported", max(support, VERBATIM), (stated,)
            reason = ""
            if label == "contradicted" and not _speaks(claim, quotes, rarity):
                label = "unsupported"
            if not quotes and label != "unsupported":
                label, support = "unsupported", min(support, UNQUOTED)
                reason = "no sentence of the evidence shares its words"
            findings = _findings(self._checks, claim, premise.candidates)
            verdict = Verdict(claim, label, round(support, 6), quotes, findings, (), reason)
            verdicts[i] = _overrule(verdict)


@cache
def default_verifier() -> NLIVerifier:
    """Returns the embedded verifier, one for the process, so that guards share its weights."""
    return NLIVerifier()


def _unscored(claim: Claim, evidence: Sequence[Evidence]) -> Verdict | None:
    if not claim.checkable:
        return Verdict(claim, "no_claim", reason=claim.kind)
    if not any(item.passage.text.strip() for item in evidence):
        return Verdict(claim, "unchecked", reason="no evidence was found for it")
    return None


def _findings(
    checks: Sequence[Check], claim: Claim, sentences: Sequence[Quote]
) -> tuple[Finding, ...]:
    found = [finding for check in checks for finding in check(claim, sentences)]
    return tuple(sorted(found, key=lambda f: (f.start, f.end, f.kind)))


def _overrule(verdict: Verdict) -> Verdict:
    """Applies the veto of conflicting values and marks the words at fault.

    A conflict of names is no veto: it is kept for the repair of claims that the model flags.
    """
    conflicts = [f for f in verdict.findings if f.status == "conflict"]
    vetoes = [f for f in conflicts if f.kind != "name"]
    if vetoes:
        first = vetoes[0]
        quotes = dict.fromkeys(f.quote for f in vetoes if f.quote)
        score = min(verdict.score or 0.0, VETO)
        reason = f"the {first.kind} is {first.claimed}, but the evidence says {first.found}"
        verdict = replace(
            verdict, label="contradicted", score=score, quotes=tuple(quotes), reason=reason
        )
    if verdict.label == "supported":
        return verdict
    faults = conflicts or [f for f in verdict.findings if f.status == "missing"]
    return replace(verdict, spans=tuple(Span(f.start, f.end) for f in faults))


def _speaks(claim: Claim, quotes: Sequence[Quote], rarity: WordRarity) -> bool:
    """Whether the quotes share enough of the claim's words to be able to contradict it."""
    weights = {stem(word): rarity(word) for word in words(claim.text)}
    shared = {word for quote in quotes for word in stems(quote.text)} & weights.keys()
    return sum(weights[w] for w in shared) >= SPEAKS * sum(weights.values())


def _quotes(claim: Claim, premise: Premise, rarity: WordRarity) -> tuple[Quote, ...]:
    """The one to three sentences that cover most of the claim, if they speak to it at all."""
    weights = {stem(word): rarity(word) for word in words(claim.text)}
    total = sum(weights.values()) or 1.0
    covered: set[str] = set()
    out: list[Quote] = []
    for index in premise.ranking[:3]:
        quote = premise.sentences[index]
        fresh = (stems(quote.text) & weights.keys()) - covered
        telling = [w for w in fresh if weights[w] >= TELLING] if out else fresh
        if sum(weights[w] for w in telling) / total >= (0.15 if out else 0.1):
            out.append(quote)
            covered |= fresh
    return tuple(out)


def _cut(text: str, limit: int, scorer: PairScorer) -> list[str]:
    """Cuts a claim that is too long for the model into pieces at white space."""
    if len(scorer.tokens([text])[0]) <= limit:
        return [text]
    if len(text) < 2:
        return [text]
    middle = len(text) // 2
    cut = text.rfind(" ", 1, middle + 1)
    cut = middle if cut <= 0 else cut
    return [
        piece
        for part in (text[:cut].strip(), text[cut:].strip())
        if part
        for piece in _cut(part, limit, scorer)
    ]
