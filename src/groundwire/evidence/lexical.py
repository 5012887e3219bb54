"""Lexical half of the index: BM25 (Robertson and Zaragoza, 2009) by ``bm25s``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeAlias

import bm25s  # type: ignore[import-untyped]
import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]
Rows: TypeAlias = npt.NDArray[np.int64]

FUNCTION_WORDS = frozenset(bm25s.stopwords.STOPWORDS_EN) - {"no", "not"}
"""Words of a query that are passed over, unless it has no others: among a few passages their
weights would be as high as those of any word."""

# The defaults of bm25s.
K1 = 1.5
B = 0.75

# A currency sign, then letters and digits that one of . , : / ' - may join: $1,200 3.5 E-102 it's
_TOKEN = re.compile(r"[$€£¥]?\w+(?:[.,:/'’\-‐‑–]\w+)*%?")
_JOINED = re.compile(r"[/'’\-‐‑–]")


def tokenize_words(text: str) -> list[str]:
    """Returns the words, numbers and codes of a text, case-folded.

    ``"E-102"``, ``"3.5"``, ``"$1,200"`` and ``"12%"`` stay whole. What a hyphen, a slash or an
    apostrophe joins is given whole and in parts, so that ``"battery-powered"`` finds
    ``"battery"``; a number is given without its sign too. Nothing is stemmed.
    """
    tokens: list[str] = []
    for match in _TOKEN.finditer(text.casefold()):
        token = match.group()
        tokens.append(token)
        bare = token.strip("$€£¥%")
        if bare != token:
            tokens.append(bare)
        parts = _JOINED.split(bare)
        if len(parts) > 1:
            tokens += [part for part in parts if len(part) > 1 or part.isdigit()]
    return tokens


class LexicalIndex:
    """BM25 scores of a fixed list of texts. A change needs a new index: the weights are global."""

    def __init__(
        self,
        data: Floats,
        indices: npt.NDArray[np.int32],
        indptr: npt.NDArray[np.int64],
        vocabulary: Mapping[str, int],
        size: int,
    ) -> None:
        """Takes over the arrays of a sparse matrix, texts by words, in column order.

        Args:
            data: the score of each entry.
            indices: the text of each entry.
            indptr: where each word's entries begin; one longer than the vocabulary.
            vocabulary: the column of each word.
            size: number of texts.
        """
        self.data, self.indices, self.indptr = data, indices, indptr
        self.vocabulary, self.size = vocabulary, size
        self._model = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        self._model.nonoccurrence_array = None
        self._model.scores = {"data": data, "indices": indices, "indptr": indptr, "num_docs": size}

    @classmethod
    def build(cls, texts: Iterable[str]) -> LexicalIndex:
        """Reads every text once."""
        vocabulary: dict[str, int] = {}
        ids = [
            [vocabulary.setdefault(token, len(vocabulary)) for token in tokenize_words(text)]
            for text in texts
        ]
        if not vocabulary:
            return cls(
                np.zeros(0, np.float32),
                np.zeros(0, np.int32),
                np.zeros(1, np.int64),
                vocabulary,
                len(ids),
            )
        model = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        made = model.build_index_from_ids(list(vocabulary.values()), ids, show_progress=False)
        return cls(
            made["data"],
            made["indices"].astype(np.int32),
            made["indptr"].astype(np.int64),
            vocabulary,
            len(ids),
        )

    def scores(self, query: str) -> Floats:
        """Returns the score of each text, shape ``[size]``; 0 where no word is shared."""
        tokens = tokenize_words(query)
        tokens = [token for token in tokens if token not in FUNCTION_WORDS] or tokens
        known = [self.vocabulary[token] for token in tokens if token in self.vocabulary]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        scores: Floats = self._model.get_scores_from_ids(known)
        return scores

    def top(self, query: str, count: int) -> tuple[Rows, Floats]:
        """Returns the texts that share a word with the query, best first.

        All that tie with the last one come too, so that the cut does not depend on the order
        in which texts were added.

        Returns:
            Rows and their scores.
        """
        scores = self.scores(query)
        if len(scores) > count:
            floor = np.partition(scores, -count)[-count]
            rows = np.flatnonzero((scores >= floor) & (scores > 0))
        else:
            rows = np.flatnonzero(scores > 0)
        rows = rows[np.argsort(-scores[rows], kind="stable")]
        return rows, scores[rows]
