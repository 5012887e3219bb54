"""Premises as the guard builds them: selected sentences, sometimes among distractors."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from groundwire.evidence.overlap import WordRarity, best_sentences
from groundwire.segment import sentence_spans
from groundwire.train.pairs import SETS, Pair


def select(premise: str, hypothesis: str, rarity: WordRarity, budget: int) -> str:
    """Returns the premise; one over ``budget`` words as its best sentences, in their order."""
    if len(premise.split()) <= budget:
        return premise
    sentences = [premise[a:b] for a, b in sentence_spans(premise)]
    chosen = sorted(best_sentences(hypothesis, sentences, rarity, budget))
    return " ".join(sentences[i] for i in chosen)


def prepare(pairs: Sequence[Pair], rarity: WordRarity, budget: int, seed: int) -> list[Pair]:
    """Returns the pairs with premises as the guard builds them.

    A share of each set (``DataSet.distract``) gets one to four sentences of other premises
    before or after its own, so that the model learns to find the one that matters.
    """
    rng = random.Random(f"{seed}-premises")
    strangers = [p.premise for p in pairs if 6 <= len(p.premise.split()) <= 40]
    out: list[Pair] = []
    for pair in pairs:
        premise = select(pair.premise, pair.hypothesis, rarity, budget)
        info = SETS.get(pair.dataset)
        if info and strangers and rng.random() < info.distract:
            others = rng.sample(strangers, min(rng.randint(1, 4), len(strangers)))
            others.insert(rng.randint(0, len(others)), premise)
            premise = " ".join(others)
        out.append(replace(pair, premise=premise))
    return out
