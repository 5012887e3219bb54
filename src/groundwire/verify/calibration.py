"""Calibration: from the signals of model and words to a probability of support.

Platt scaling (J. Platt, 1999) over more than the model's own logit: a small cross-encoder
believes fluent text, so what a claim says that its premise lacks (words, numbers, names) counts
beside what the model reads. Every weight is a figure in ``groundwire.json``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from groundwire.text.overlap import WordRarity, split_words, stem_word, stem_words
from groundwire.types import Claim, Quote
from groundwire.verify.checks.values import check_values

_NAME = re.compile(r"(?<=[\w,;:)'\"’”] )(?!I\b)[A-Z][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Signals:
    """What a score is made of; shares are in [0, 1] and mean what the premise lacks.

    Attributes:
        entailment: probability of the model, of the claim's worst piece.
        contradiction: probability of the model, the highest of the claim's pieces.
        words: share of the claim's words, by rarity, that no premise sentence has.
        sentence: the same for the one sentence that has most of them.
        numbers: share of the claim's values that the premise does not state.
        names: share of the claim's names that the premise does not have.
        fault: highest probability of the span head that a token is at fault; 0 without one.
        alone: entailment by the sentences that say most of the claim, each read alone; the best.
        alone_contradiction: contradiction by them, the highest.
    """

    entailment: float
    contradiction: float = 0.0
    words: float = 0.0
    sentence: float = 0.0
    numbers: float = 0.0
    names: float = 0.0
    fault: float = 0.0
    alone: float = 0.0
    alone_contradiction: float = 0.0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Weights of a logistic regression on ``Signals``.

    ``sigmoid(slope * logit(entailment) + intercept + the other weights times their signals)``,
    where ``contradiction``, ``fault`` and the two of ``alone`` weigh the logits of these
    probabilities.
    """

    slope: float = 1.0
    intercept: float = 0.0
    contradiction: float = 0.0
    words: float = 0.0
    sentence: float = 0.0
    numbers: float = 0.0
    names: float = 0.0
    fault: float = 0.0
    alone: float = 0.0
    alone_contradiction: float = 0.0

    @property
    def reads_alone(self) -> bool:
        """Whether single sentences are to be read beside the whole premise."""
        return bool(self.alone or self.alone_contradiction)

    @property
    def reads_words(self) -> bool:
        """Whether any signal beside the model's probabilities has a weight."""
        return any((self.words, self.sentence, self.numbers, self.names))

    def __call__(self, signals: Signals | float) -> float:
        """Returns the probability of support.

        Args:
            signals: all signals, or the probability of entailment alone.
        """
        if not isinstance(signals, Signals):
            signals = Signals(signals, alone=signals)
        total = self.slope * compute_logit(signals.entailment) + self.intercept
        if self.contradiction:
            total += self.contradiction * compute_logit(signals.contradiction)
        if self.fault:
            total += self.fault * compute_logit(signals.fault)
        if self.reads_alone:
            total += self.alone * compute_logit(signals.alone)
            total += self.alone_contradiction * compute_logit(signals.alone_contradiction)
        total += self.words * signals.words + self.sentence * signals.sentence
        total += self.numbers * signals.numbers + self.names * signals.names
        return 1 / (1 + math.exp(-min(max(total, -40.0), 40.0)))


def compute_logit(p: float) -> float:
    """Returns the log odds of a probability, kept off 0 and 1."""
    p = min(max(p, 1e-6), 1 - 1e-6)
    return math.log(p / (1 - p))


def measure_lacking(
    claim: Claim, sentences: Sequence[Quote], rarity: WordRarity
) -> tuple[float, float, float, float]:
    """Returns the shares of words, of words in the best sentence, of values and of names lacking.

    Args:
        claim: the claim.
        sentences: its premise.
        rarity: weights of words.
    """
    weight = {stem_word(word): rarity(word) for word in split_words(claim.text)}
    total = sum(weight.values())
    bags = [stem_words(quote.text) & weight.keys() for quote in sentences]
    known = frozenset[str]().union(*bags)
    covered = sum(weight[w] for w in sorted(known))
    best = max((sum(weight[w] for w in sorted(bag)) for bag in bags), default=0.0)
    values = check_values(claim, sentences)
    named = {stem_word(match.group()) for match in _NAME.finditer(claim.text)}
    return (
        1 - covered / total if total else 0.0,
        1 - best / total if total else 0.0,
        sum(f.status != "match" for f in values) / len(values) if values else 0.0,
        len(named - known) / len(named) if named else 0.0,
    )
