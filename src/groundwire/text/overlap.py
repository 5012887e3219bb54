"""Overlap of words between a claim and evidence sentences, weighted by how rare a word is.

The weight of a word is the logarithm of its frequency rank, which is its inverse document
frequency under Zipf's law (G. K. Zipf, 1949; K. Sparck Jones, 1972). The rank is read from the
vocabulary of the verifier's tokenizer, whose ids run from frequent to rare, so weights do not
depend on the evidence at hand: irrelevant text added to it changes no score.
"""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from functools import lru_cache

_WORD = re.compile(r"[^\W_]+(?:[.,:/'’-][^\W_]+)*")
# The two ends of "1990-1995" count apart, so that "from 1990 to 1995" has both of them.
_RANGE = re.compile(r"\d[\d.,:/]*-\d[\d.,:/]*")
_SUFFIX = re.compile(r"(?:'s|’s|ies|es|s|ing|ed|ly)$")
# About the size of the embedded model's vocabulary: a word that it lacks is rarer than all of it.
_UNSEEN_RANK = 30_000
_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_UNSPACED = re.compile(f"[{_CJK}]+")


@lru_cache(maxsize=65_536)
def stem_word(word: str) -> str:
    """Returns a case-folded word without thousands marks and common English suffixes."""
    word = word.casefold()
    if word[:1].isdigit():
        return word.replace(",", "").lstrip("0") or "0"
    cut = _SUFFIX.sub("", word)
    return cut if len(cut) >= 3 else word


def split_words(text: str) -> list[str]:
    """Returns the words and numbers of a text, as written; a range as its two ends.

    Chinese and Japanese put no space between words: their text is taken by overlapping pairs of
    characters, as is usual in retrieval.
    """
    found: list[str] = []
    for word in _WORD.findall(text):
        if not word.isascii() and _UNSPACED.search(word):
            found += _pairs(word)
        else:
            found += word.split("-") if _RANGE.fullmatch(word) else [word]
    return found


def _pairs(word: str) -> list[str]:
    out: list[str] = []
    for run in re.findall(rf"{_UNSPACED.pattern}|[^{_CJK}]+", word):
        pairs = [run[i : i + 2] for i in range(len(run) - 1)]
        out += pairs if pairs and _UNSPACED.match(run) else [run]
    return out


@lru_cache(maxsize=65_536)
def stem_words(text: str) -> frozenset[str]:
    """Returns the distinct stems of a text's words."""
    return frozenset(stem_word(word) for word in split_words(text))


class WordRarity:
    """Weights of words by frequency rank.

    Args:
        vocabulary: word to id, ids in order of falling frequency. Empty gives equal weights.
    """

    def __init__(self, vocabulary: Mapping[str, int]) -> None:
        ranks: dict[str, int] = {}
        for token, rank in vocabulary.items():
            word = token.lstrip("Ġ▁")
            if word and not word.startswith("##"):
                ranks[word.casefold()] = min(rank, ranks.get(word.casefold(), rank))
        ordered = sorted((rank, word) for word, rank in ranks.items() if word.isalpha())
        self._weights = {word: math.log(2 + i) for i, (_, word) in enumerate(ordered)}
        self._unseen = math.log(2 + max(_UNSEEN_RANK, len(ordered)))

    def __call__(self, word: str) -> float:
        """Returns the weight of a word; higher is rarer, numbers and unseen words highest."""
        word = word.casefold()
        return self._weights.get(word, self._unseen)


def choose_sentences(
    claim: str,
    sentences: Sequence[str],
    rarity: WordRarity,
    budget: int,
    bonus: Sequence[float] | None = None,
    floor: float = 0.05,
    costs: Sequence[Mapping[Hashable, int]] | None = None,
) -> list[int]:
    """Chooses the sentences that together cover the claim's rare words.

    Greedy maximum coverage: each step takes the sentence with the largest weight of claim words
    not yet covered (words covered before count a third), the first such on a tie of scores by
    the order of the texts themselves, not of the list.

    Args:
        claim: what the sentences should speak to.
        sentences: n candidates.
        rarity: weights of words.
        budget: words that the chosen sentences may have together; at least one is chosen.
        bonus: n values added to the share covered, such as a retriever's normalized score.
        floor: share of the claim's weight below which a sentence is left out once one is chosen.
        costs: for each candidate what it takes of the budget, by part: its own words, and those
            of what it is read with, such as the heading above it; a part that several have is
            paid once. By default its words.

    Returns:
        Indexes into ``sentences``, best first.
    """
    weight = {stem_word(word): rarity(word) for word in split_words(claim)}
    total = sum(weight.values()) or 1.0
    bags = [stem_words(sentence) & weight.keys() for sentence in sentences]
    extra = list(bonus) if bonus is not None else [0.0] * len(sentences)
    left = set(range(len(sentences)))
    covered: set[str] = set()
    chosen: list[int] = []
    used = 0
    paid: set[Hashable] = set()

    def cost(i: int) -> int:
        if costs is None:
            return max(1, len(sentences[i].split()))
        return sum(words for part, words in costs[i].items() if part not in paid)

    def share(i: int) -> float:
        # The order of a set differs between processes: an exact sum does not depend on it.
        return math.fsum(weight[w] / (3 if w in covered else 1) for w in bags[i]) / total

    prices = [cost(i) for i in range(len(sentences))]
    while left:
        shares = {i: share(i) for i in left}
        if chosen:
            # A share only falls: what is below the floor once stays there.
            shares = {i: value for i, value in shares.items() if value >= floor}
            if not shares:
                break
        _, _, best = max((value + extra[i], sentences[i], i) for i, value in shares.items())
        chosen.append(best)
        covered |= bags[best]
        used += prices[best]
        if costs is not None:
            paid |= costs[best].keys()
            prices = [cost(i) if i in shares else 0 for i in range(len(sentences))]
        left = {i for i in shares if i != best and used + prices[i] <= budget}
    return chosen
