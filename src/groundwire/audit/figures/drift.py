"""Drift: has what comes in left what the thresholds were made on?

Two audits are compared, one of the answers on which thresholds were made, one of what came after,
answer by answer in its order. Each new answer is ranked among those before it, by its lowest score
and by how unusual its words are; while nothing has changed the ranks are uniform, exactly and for
any sample size (V. Vovk, A. Gammerman, G. Shafer, "Algorithmic learning in a random world", 2005,
chapter 7.1). On ranks that are not uniform a bet wins: its capital is a test martingale, and the
chance that it ever grows to 1 / alpha is at most alpha, however often one looks (J. Ville, 1939).
The capital is spread over bets on high and on low ranks, between which it moves, for a change may
come late (V. Vovk et al., "Retrain or not retrain: conformal test martingales for change-point
detection", COPA 2021, section 3), and one on a histogram of the ranks so far (V. Fedorova, A.
Gammerman, I. Nouretdinov, V. Vovk, "Plug-in martingales for testing exchangeability on-line", ICML
2012). The mean of the capitals of scores and words is one test.

Words are measured by how rare they are in one half of the answers before, and ranked among the
other half (D. Volkhonskiy et al., "Inductive conformal martingales for change-point detection",
COPA 2017).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from groundwire.audit.figures.tally import CHECKED, Floats, read_records
from groundwire.audit.records import Record
from groundwire.errors import InputError
from groundwire.text.overlap import split_words

ALPHA = 0.05
"""Chance of a false alarm of one comparison, however long what came after is."""
FEWEST = 40
"""Answers before below which ranks are too coarse to bet on."""
SLOPES = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
"""Bets that ranks are low or high; 0 is none."""
BINS = 10
PRIOR = 4.0
"""Ranks that the histogram has seen in each bin before the first."""
MOVES = 0.005
"""Share of the capital that is spread anew over the bets at each answer."""
NOTHING = 2.0
"""Stands for the lowest score of an answer that has none: nothing of it could be checked."""
KEPT = 200_000
"""New answers that later ones are ranked among; beyond them the ranks hardly change any more."""
LONGEST = 20_000
"""Characters of an answer whose words count."""
SHOWN = 10
"""Words that are named."""


@dataclass(frozen=True, slots=True)
class Stream:
    """Answers in their order.

    Attributes:
        scores: the lowest score of a checked claim of each, or ``NOTHING``: shape ``[N]``.
        flagged: whether a claim is contradicted or unsupported: shape ``[N]``.
        words: those of question and answer, of each; empty lists where no text was written.
    """

    scores: Floats
    flagged: Floats
    words: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.scores)


class Bet:
    """Capital that grows while ranks are not uniform.

    It is spread over several bets: none, that ranks are high or low (more and less), and on a
    histogram of the ranks so far. A share of it is spread anew at each answer.

    Attributes:
        capital: now; 1 at the beginning.
        most: the greatest so far.
    """

    def __init__(self) -> None:
        """Begins with a capital of 1."""
        self.capital = self.most = 1.0
        self._shares = np.full(len(SLOPES) + 1, 1 / (len(SLOPES) + 1))
        self._counts = np.full(BINS, PRIOR)

    def add(self, rank: float) -> None:
        """Takes the rank of the next answer, uniform in [0, 1] while nothing changes."""
        at = min(int(rank * BINS), BINS - 1)
        wins = np.append(1 + SLOPES * (2 * rank - 1), BINS * self._counts[at] / self._counts.sum())
        self._shares = wins * ((1 - MOVES) * self._shares + MOVES * self._shares.mean())
        self._counts[at] += 1
        self.capital = float(self._shares.sum())
        self.most = max(self.most, self.capital)


class Ranks:
    """Ranks of numbers among those before them, ties broken by lot."""

    def __init__(self, before: Iterable[float], seed: int = 0) -> None:
        """Takes the numbers that are there."""
        self._sorted = sorted(before)
        self._most = len(self._sorted) + KEPT
        self._lots = np.random.default_rng(seed)

    def add(self, value: float) -> float:
        """Returns the rank of a number, in [0, 1], and keeps the number."""
        low, high = bisect_left(self._sorted, value), bisect_right(self._sorted, value)
        rank = (low + self._lots.random() * (high - low + 1)) / (len(self._sorted) + 1)
        if len(self._sorted) < self._most:
            insort(self._sorted, value)
        return rank


class Vocabulary:
    """How often words occur, in answers that are known."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        """Counts the answers that have each word."""
        self.counts: Counter[str] = Counter()
        self.texts = 0
        for words in texts:
            self.texts += 1
            self.counts.update(set(words))

    def measure_rarity(self, words: Sequence[str]) -> float:
        """Returns the mean surprise of the distinct words of an answer, in nats; 0 for none."""
        distinct = set(words)
        if not distinct:
            return 0.0
        seen = (self.counts[word] for word in distinct)
        return sum(math.log((self.texts + 1) / (n + 0.5)) for n in seen) / len(distinct)


class Watch:
    """Test of a stream of answers against those before it, answer by answer.

    Attributes:
        evidence: the greatest capital so far; an alarm is at 1 / alpha.
        bets: on the ranks of scores, and on those of words where both have text.
    """

    def __init__(self, before: Stream, seed: int = 0, *, texts: bool = True) -> None:
        """Takes the answers before.

        Args:
            before: answers on which the thresholds were made.
            seed: of halves and lots.
            texts: whether the words of the answers that come are known.

        Raises:
            InputError: if there are too few answers before.
        """
        if len(before) < FEWEST:
            raise InputError(
                f"{len(before)} answers before (of a record, one counts) are too few to compare "
                f"with: give an audit of at least {FEWEST}"
            )
        order = np.random.default_rng(seed).permutation(len(before))
        fitted, ranked = order[: len(order) // 2], order[len(order) // 2 :]
        self._known = Vocabulary(before.words[at] for at in fitted)
        texts = texts and any(before.words)
        self.bets = [Bet(), Bet()] if texts else [Bet()]
        self._ranks = [Ranks(before.scores.tolist(), seed)]
        rare = (self._known.measure_rarity(before.words[at]) for at in ranked)
        self._ranks += [Ranks(rare, seed + 1)] if texts else []
        self.evidence = 1.0

    def add(self, score: float, words: Sequence[str]) -> None:
        """Takes the next answer: its lowest score, or ``NOTHING``, and its words."""
        values = (score, self._known.measure_rarity(words))
        for bet, among, value in zip(self.bets, self._ranks, values, strict=False):
            bet.add(among.add(float(value)))
        capital = sum(bet.capital for bet in self.bets) / len(self.bets)
        self.evidence = max(self.evidence, capital)


def split_text(question: str | None, answer: str | None) -> list[str]:
    """Returns the words of an answer and its question, as drift is measured by them."""
    text = f"{question or ''} {answer or ''}"[:LONGEST]
    return [word.casefold() for word in split_words(text)] if answer else []


def read_stream(output: Path, seed: int = 0) -> Stream:
    """Reads the answers of an audit; of the answers of one record, such as a chat, one is drawn.

    Raises:
        InputError: if there is no audit, or it has no answer.
    """
    found: dict[str, list[Record]] = {}
    for record in read_records(output):
        report = record["report"]
        labels = [verdict["label"] for verdict in report["verdicts"]]
        scores = [
            verdict["score"] for verdict in report["verdicts"]
            if verdict["label"] in CHECKED and verdict["score"] is not None
        ]  # fmt: skip
        found.setdefault(record["place"] or record["answer_id"], []).append({
            "index": record["index"], "score": min(scores, default=NOTHING),
            "flagged": "contradicted" in labels or "unsupported" in labels,
            "words": split_text(report["question"], report["answer"]),
        })  # fmt: skip
    if not found:
        raise InputError(f"{output}: reports.jsonl has no answer: there is nothing to compare")
    rng = np.random.default_rng(seed)
    kept = [group[int(rng.integers(len(group)))] for group in found.values()]
    kept.sort(key=lambda one: one["index"])
    return Stream(
        np.array([one["score"] for one in kept], dtype=np.float64),
        np.array([one["flagged"] for one in kept], dtype=np.float64),
        [one["words"] for one in kept],
    )


def detect_drift(
    before: Stream, after: Stream, alpha: float = ALPHA, seed: int = 0
) -> dict[str, Any]:
    """Tells whether answers left what others were like.

    Args:
        before: answers on which the thresholds were made.
        after: answers that came later, in their order.
        alpha: chance of a false alarm, over all of them together.
        seed: of halves and lots.

    Returns:
        JSON values: ``alarm``, ``alarm_at`` (how many answers it took, or None), ``evidence`` (the
        greatest capital; an alarm is at ``threshold``), ``alpha``, ``before`` and ``after``
        (``answers``, ``flagged`` and ``lowest_score``: the mean), ``scores`` and ``words`` (the
        greatest capital of each alone; None where no text was written), and ``new_words``: those
        that are more frequent after, the clearest first.

    Raises:
        InputError: if ``alpha`` is not between 0 and 1, or there are too few answers before.
    """
    if not 0 < alpha < 1:
        raise InputError(f"alpha is {alpha:g}: give a chance between 0 and 1, such as 0.05")
    watch = Watch(before, seed, texts=any(after.words))
    alarm_at = None
    for number in range(len(after)):
        watch.add(float(after.scores[number]), after.words[number])
        if alarm_at is None and watch.evidence >= 1 / alpha:
            alarm_at = number + 1
    bets = watch.bets
    texts = len(bets) > 1
    return {
        "alarm": alarm_at is not None, "alarm_at": alarm_at, "evidence": watch.evidence,
        "threshold": 1 / alpha, "alpha": alpha,
        "before": _describe(before), "after": _describe(after),
        "scores": bets[0].most, "words": bets[1].most if texts else None,
        "new_words": _find_words(before, after) if texts else [],
    }  # fmt: skip


def _describe(stream: Stream) -> dict[str, Any]:
    scored = stream.scores[stream.scores != NOTHING]
    return {
        "answers": len(stream), "flagged": float(stream.flagged.mean()),
        "lowest_score": float(scored.mean()) if len(scored) else None,
    }  # fmt: skip


def _find_words(before: Stream, after: Stream) -> list[dict[str, Any]]:
    """Words of more answers after than before, by the z-score of the two shares."""
    old, new = (Vocabulary(stream.words) for stream in (before, after))
    rows = []
    for word, count in new.counts.items():
        share, other = count / new.texts, old.counts[word] / old.texts
        pooled = (count + old.counts[word]) / (new.texts + old.texts)
        error = math.sqrt(pooled * (1 - pooled) * (1 / new.texts + 1 / old.texts))
        if error > 0 and (z := (share - other) / error) > 3:
            rows.append((z, {"word": word, "before": other, "after": share}))
    rows.sort(key=lambda row: (-row[0], row[1]["word"]))
    return [row for _, row in rows[:SHOWN]]
