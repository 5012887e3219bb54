"""Encoder of a loaded sentence-transformers model: tokens in, unit vectors out.

Equal texts get equal vectors, whatever else is in the batch: a text is padded to the next
multiple of 16 of its own length and meets only texts of that padded length, so no other
text changes the shape or the order of its sums.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from groundwire.device import choose_autocast
from groundwire.errors import ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

Vectors: TypeAlias = npt.NDArray[np.float32]

PAD_TO = 16
BATCH_TOKENS = 8192


def normalize_rows(vectors: Vectors) -> Vectors:
    """Scales each row to length one; a zero row stays zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled = vectors / np.where(lengths == 0, 1, lengths)
    return scaled.astype(np.float32, copy=False)


class Encoder:
    """A loaded model and what is needed to feed it."""

    def __init__(self, model: SentenceTransformer) -> None:
        """Takes over the model.

        Raises:
            ModelError: if it is no text model with a fast tokenizer.
        """
        self._lock = threading.Lock()
        self.model = model.eval()
        self.device = str(model.device)
        named = getattr(model, "get_embedding_dimension", None)
        self.dimension = int((named or model.get_sentence_embedding_dimension)() or 0)
        self.tokenizer: Any = model.tokenizer
        self.window = int(model.max_seq_length or 512)
        if not self.dimension or not getattr(self.tokenizer, "is_fast", False):
            raise ModelError(
                "the embedder needs a text model with a fast tokenizer: "
                "wrap any other model in a class with embed, dimension and fingerprint"
            )

    def prompt(self, names: tuple[str, ...]) -> str:
        """Returns what the model wants before a text of this kind."""
        prompts = dict(self.model.prompts or {})
        wanted = [*names, *filter(None, [self.model.default_prompt_name])]
        return next((prompts[name] or "" for name in wanted if prompts.get(name)), "")

    def embed(self, texts: Sequence[str], prompt: str) -> Vectors:
        """Embeds each text once, by pieces that fit the window."""
        unique = list(dict.fromkeys(texts))
        limit = self.window - self._length(prompt)
        if limit < 8:
            raise ModelError(f"the prompt {prompt!r} fills the window of {self.window} tokens")
        pieces: list[str] = []
        owners: list[int] = []
        for owner, cuts in enumerate(split_to_fit(unique, limit, self._offsets)):
            pieces += [prompt + cut for cut in cuts]
            owners += [owner] * len(cuts)
        vectors, lengths = self._forward(pieces)
        means = np.zeros((len(unique), vectors.shape[1]), dtype=np.float32)
        np.add.at(means, owners, vectors * lengths[:, None])
        row = {text: index for index, text in enumerate(unique)}
        return normalize_rows(means)[[row[text] for text in texts]]

    def _length(self, prompt: str) -> int:
        """Tokens of the prompt and of the special ones."""
        return len(self._tokens([prompt])["input_ids"][0])

    def _offsets(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        read = self._tokens(texts, add_special_tokens=False, return_offsets_mapping=True)
        return list(read["offset_mapping"])

    def _tokens(self, texts: Sequence[str], **options: Any) -> Any:
        # Calls set the options of one shared Rust object, which two threads must not do at once.
        with self._lock:
            return self.tokenizer(
                [replace_surrogates(text) for text in texts],
                truncation=False,
                verbose=False,
                **options,
            )

    def _forward(self, pieces: Sequence[str]) -> tuple[Vectors, Vectors]:
        """Returns the vectors of the pieces and their lengths in tokens."""
        import torch

        read = self._tokens(pieces)
        fill = {
            "input_ids": self.tokenizer.pad_token_id or 0,
            "token_type_ids": self.tokenizer.pad_token_type_id,
            "attention_mask": 0,
        }
        lengths = [len(item) for item in read["input_ids"]]
        vectors = np.zeros((len(pieces), self.dimension), dtype=np.float32)
        with torch.inference_mode(), choose_autocast(self.device):
            for rows, width in _batches(lengths, self.window):
                features: dict[str, Any] = {"modality": "text"}
                for name in fill.keys() & read.keys():
                    values = [read[name][row] for row in rows]
                    padded = pad_rows(values, width, fill[name], self.tokenizer.padding_side)
                    features[name] = torch.from_numpy(padded).to(self.device)
                output = self.model(features)["sentence_embedding"]
                vectors[rows] = output.float().cpu().numpy()
        return normalize_rows(vectors), np.array(lengths, dtype=np.float32)


def pad_rows(
    values: Sequence[Sequence[int]], width: int, fill: int, side: str
) -> npt.NDArray[np.int64]:
    """Returns rows of one width, ``[len(values), width]``, filled up on the other side."""
    padded = np.full((len(values), width), fill, dtype=np.int64)
    for row, value in enumerate(values):
        padded[row, slice(len(value)) if side == "right" else slice(-len(value), None)] = value
    return padded


def _batches(lengths: Sequence[int], window: int) -> Iterator[tuple[list[int], int]]:
    """Yields the rows of a batch and the width that each is padded to, shortest first."""
    groups: dict[int, list[int]] = defaultdict(list)
    for row, length in enumerate(lengths):
        groups[min(-(-length // PAD_TO) * PAD_TO, max(window, length))].append(row)
    for width, rows in sorted(groups.items()):
        size = max(1, BATCH_TOKENS // width)
        for start in range(0, len(rows), size):
            yield rows[start : start + size], width


def split_to_fit(
    texts: Sequence[str],
    limit: int,
    offsets: Callable[[Sequence[str]], Sequence[Sequence[tuple[int, int]]]],
) -> list[list[str]]:
    """Cuts texts into pieces of at most ``limit`` tokens, at word boundaries where there are any.

    Args:
        texts: texts of any length.
        limit: tokens that fit, special ones not counted.
        offsets: gives the character range of each token of each text.

    Returns:
        The pieces of each text; together they are the text.
    """
    result: list[list[str]] = []
    for text, spans in zip(texts, offsets(texts), strict=True):
        if len(spans) <= limit:
            result.append([text])
            continue
        cuts = [0, *_cuts(spans, max(1, limit * 7 // 8)), len(text)]
        pieces = [text[a:b] for a, b in pairwise(cuts) if b > a]
        if len(pieces) == 1:
            pieces = [text[: len(text) // 2], text[len(text) // 2 :]]
        # A piece read alone can need more tokens than it had inside its text.
        nested = split_to_fit(pieces, limit, offsets) if len(text) > 1 else [[text]]
        result.append([piece for part in nested for piece in part])
    return result


def _cuts(spans: Sequence[tuple[int, int]], step: int) -> Iterator[int]:
    start = 0
    while len(spans) - start > step:
        stop = start + step
        gaps = (i for i in range(stop, start + step // 2, -1) if spans[i - 1][1] < spans[i][0])
        stop = next(gaps, stop)
        yield spans[stop][0]
        start = stop


def replace_surrogates(text: str) -> str:
    """Replaces lone surrogates, which no tokenizer accepts, one for one."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
