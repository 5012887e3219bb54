"""Short answers, read with their question: "Who won the cup?", "Spain" (English).

Evidence that merely mentions Spain supports the word and not the answer, and so do most pairs that
an NLI model reads. What tells an answer from a mention is which sentence the question asks for:
question and sentences are embedded (all-MiniLM-L6-v2, trained on questions and their answers: N.
Reimers and I. Gurevych, "Sentence-BERT", 2019), and the sentences that hold the answer must be
among the nearest. Measured by ``benchmarks/short_answers.py``.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from groundwire.claims.followups import drop_told
from groundwire.claims.questions import read_short_answer
from groundwire.quantities.compare import is_same_value
from groundwire.quantities.parse import parse_values
from groundwire.text.letters import spell_plainly
from groundwire.text.overlap import split_words, stem_word
from groundwire.text.words import STOP, find_content_words
from groundwire.types import Claim, Quote, Verdict
from groundwire.verify.checks.names import find_names
from groundwire.verify.verdicts import THRESHOLD, UNQUOTED

if TYPE_CHECKING:
    from groundwire.evidence.embedders import TextEmbedder

HELD = 0.5
"""Share of an answer's words that a sentence of the evidence must have."""

# Fitted on the 160 items of ``benchmarks.short_answers`` (``--fit``), for the default embedder.
_INTERCEPT, _CLOSENESS, _NEARER, _BEHIND = -1.84, 4.76, -0.55, -1.04
_ASKS_DATE = re.compile(r"\b(?:what|which) (?:year|date)\b", re.IGNORECASE)
MOST_NEARER = 5
"""Nearer sentences that count, at most."""


@dataclass(frozen=True, slots=True)
class AnswerReading:
    """What the evidence says of a short answer.

    Attributes:
        closeness: cosine of question and answer together with the nearest sentence that holds it.
        nearer: sentences to which the question is nearer than to all that hold the answer; one
            that has no word that the question lacks, such as a title, can answer nothing.
        behind: by how much question and answer together are nearer to one of the others than to
            any that holds the answer; 0 where they are not.
        held: share of the answer's words that the sentences which hold it have.
        rival: the sentence that is nearest to the question, where it does not hold the answer.
    """

    closeness: float
    nearer: int
    behind: float
    held: float
    rival: Quote | None = None

    @property
    def support(self) -> float:
        """Probability that it is the answer: a logistic regression on the first three."""
        total = _INTERCEPT + _CLOSENESS * self.closeness + _BEHIND * self.behind
        total += _NEARER * min(self.nearer, MOST_NEARER)
        p = 1 / (1 + math.exp(-min(max(total, -40.0), 40.0)))
        return p if self.held >= HELD else min(p, UNQUOTED)


class AnswerReader:
    """Reads short answers. Loads the embedding model at the first of them."""

    def __init__(self, embedder: TextEmbedder | None = None) -> None:
        """Takes the embedder; the weights of ``AnswerReading.support`` are of the default one."""
        self._embedder = embedder
        self._lock = threading.Lock()

    def _loaded(self) -> TextEmbedder:
        with self._lock:
            if self._embedder is None:
                from groundwire.evidence.embedders import Embedder

                self._embedder = Embedder()
            return self._embedder

    def read(self, claims: Mapping[int, tuple[Claim, Sequence[Quote]]]) -> dict[int, AnswerReading]:
        """Reads the short answers among claims against the sentences that were chosen for them.

        Args:
            claims: claims, each with one or more sentences, by any number.

        Returns:
            The readings of those that are short answers to a question, by the same numbers.

        Raises:
            ModelError: if the embedding model cannot be loaded.
        """
        found = {i: read for i, (claim, _) in claims.items() if (read := read_short_answer(claim))}
        texts: dict[str, int] = {}
        for i, said in found.items():
            both = f"{said.question} {said.text}"
            for text in (said.question, both, *(quote.text for quote in claims[i][1])):
                texts.setdefault(text, len(texts))
        if not texts:
            return {}
        vectors = self._loaded().embed(list(texts))
        out = {}
        for i, said in found.items():
            sentences = claims[i][1]
            rows = vectors[[texts[quote.text] for quote in sentences]]
            # Rounded, as the last digits of a sum must not decide between two sentences.
            near = (rows @ vectors[texts[said.question]]).round(3).tolist()
            told = (rows @ vectors[texts[f"{said.question} {said.text}"]]).round(3).tolist()
            out[i] = _reading(said.question, said.text, sentences, near, told)
        return out


def _reading(
    question: str,
    answer: str,
    sentences: Sequence[Quote],
    near: Sequence[float],
    told: Sequence[float],
) -> AnswerReading:
    shares = [measure_share(answer, quote.text) for quote in sentences]
    held = max(shares)
    inside = [i for i, share in enumerate(shares) if share >= held - 1e-9]
    known = set(map(stem_word, split_words(question)))
    outside = [
        i
        for i, quote in enumerate(sentences)
        if i not in set(inside)
        and not set(_telling(quote.text)) <= known
        and _can_answer(question, quote.text)
    ]
    best = max(near[i] for i in inside)
    rival = max(outside, key=lambda i: near[i], default=None)
    beaten = rival is not None and near[rival] > best
    closeness = max(told[i] for i in inside)
    return AnswerReading(
        closeness=closeness,
        behind=max(0.0, max((told[i] for i in outside), default=0.0) - closeness),
        nearer=sum(near[i] > best for i in outside),
        held=held,
        rival=sentences[rival] if rival is not None and beaten else None,
    )


def _can_answer(question: str, sentence: str) -> bool:
    """Whether a sentence has a date, where a question asks for the year or the date itself.

    For "when" and "how many" that makes answers of both sorts pass, as many wrong as right ones:
    what is nearest to such a question often tells the answer in words ("once it is dry").
    """
    dated = any(value.kind in ("date", "decade") for value in parse_values(sentence))
    return dated or not _ASKS_DATE.search(question)


def measure_share(answer: str, sentence: str) -> float:
    """Share of an answer's words that a sentence has; all but all where it has its value."""
    telling = _telling(answer)
    known = {stem_word(way) for w in split_words(sentence) for way in (w, *spell_plainly(w))}
    share = sum(w in known for w in telling) / max(1, len(telling))
    values, stated = parse_values(answer), parse_values(sentence)
    same = values and all(any(is_same_value(v, s) for s in stated) for v in values)
    return max(share, 0.9) if same else share


def _telling(text: str) -> list[str]:
    """The stems of a text's words that carry meaning; of all where none does."""
    found = split_words(text)
    return [stem_word(w) for w in found if w.casefold() not in STOP] or [
        stem_word(w) for w in found
    ]


def judge_answer(verdict: Verdict, reading: AnswerReading) -> Verdict:
    """Returns the verdict of a claim that must be the answer to its question, too."""
    support = round(reading.support, 6)
    if verdict.score is None or support >= verdict.score:
        return verdict
    if verdict.label != "supported" or support >= THRESHOLD:
        return replace(verdict, score=support)
    reason = "the evidence does not have this answer"
    if reading.held >= HELD:
        reason = "the evidence mentions it, but not as the answer to the question"
    if reading.rival is not None:
        quotes = (reading.rival, *verdict.quotes[:1])
        verdict = replace(verdict, quotes=tuple(dict.fromkeys(quotes)))
    return replace(verdict, label="unsupported", score=support, reason=reason)


def is_answer(question: str, verdict: Verdict, sentence: str) -> bool:
    """Whether a sentence can stand for an answer that was not let through.

    It must not hold that answer, and must have what the question asks for: a name for "who", a
    value for "when" and "how many", else three quarters of the question's words.
    """
    if measure_share(verdict.claim.text, sentence) >= HELD:
        return False
    if re.search(r"\b(?:who|whom|whose)\b", question, re.IGNORECASE):
        return bool(find_names(sentence))
    if re.search(r"\b(?:when|how (?:many|much|long|far|old|big|tall))\b", question, re.IGNORECASE):
        return bool(parse_values(sentence))
    wanted = find_content_words(drop_told(question))
    return 4 * len(wanted & find_content_words(sentence)) >= 3 * len(wanted)
