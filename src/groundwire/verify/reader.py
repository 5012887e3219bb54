"""Texts to tokens to outputs, in batches on which no result depends."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from groundwire.device import autocast_for
from groundwire.errors import ModelError
from groundwire.evidence.encoder import encodable, pad

Array: TypeAlias = npt.NDArray[np.float32]

PAD_TO = 16
BATCH_TOKENS = 4096


def window_of(model: Any, tokenizer: Any, most: int) -> int:
    """Returns how many tokens a model reads at once, at most ``most``."""
    config = model.config
    positions = int(getattr(config, "max_position_embeddings", None) or most)
    if "roberta" in config.model_type:  # its positions begin after the padding
        positions -= (config.pad_token_id or 0) + 1
    return min(positions, int(tokenizer.model_max_length or most), most)


class Reader:
    """A model with its tokenizer; safe to call from several threads.

    An input is padded to the next multiple of 16 tokens of its own length and shares a batch
    only with inputs of that padded length, so its scores do not depend on what else is scored.
    Text that looks like a special token (``[SEP]``, ``</s>``) is text.

    Attributes:
        name: of the model, for people.
        manifest: what ``groundwire.json`` or the preset says.
        tokenizer: a fast tokenizer.
        window: tokens that the model reads at once.
        device: where it runs.
    """

    def __init__(
        self, name: str, model: Any, tokenizer: Any, window: int, manifest: dict[str, Any]
    ) -> None:
        """Takes over a loaded model."""
        self.name = name
        self.manifest = manifest
        self.tokenizer: Any = tokenizer
        self.window = window
        self._model = model.eval()
        self.device = str(model.device)
        marks = sorted({str(mark) for mark in tokenizer.all_special_tokens if len(mark) > 1})
        self._marks = re.compile("|".join(map(re.escape, marks)) or r"(?!)")
        self._lock = threading.Lock()

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Returns the token ids of texts, without special tokens."""
        return list(self._read(list(texts), add_special_tokens=False)["input_ids"])

    def unknown_letters(self, text: str) -> int:
        """Returns how many letters of a text lie in tokens that the tokenizer does not know."""
        unknown = self.tokenizer.unk_token_id
        if unknown not in self.tokens([text])[0]:
            return 0
        read = self._read([text], add_special_tokens=False, return_offsets_mapping=True)
        places = zip(read["input_ids"][0], read["offset_mapping"][0], strict=True)
        spans = [text[start:end] for token, (start, end) in places if token == unknown]
        return sum(char.isalpha() for span in spans for char in span)

    def plain(self, text: str) -> str:
        """Returns a text of the same length that holds no special token and no lone surrogate."""
        return self._marks.sub(lambda mark: "(" + mark.group()[1:], encodable(text))

    def _read(
        self,
        first: Sequence[str],
        second: Sequence[str] | None = None,
        join: Callable[[str, str], str] | None = None,
        **options: Any,
    ) -> Any:
        clean = [self.plain(text) for text in first]
        pair = None if second is None else [self.plain(text) for text in second]
        if join is not None and pair is not None:
            clean, pair = [join(a, b) for a, b in zip(clean, pair, strict=True)], None
        # Calls set the options of one shared Rust object, which two threads must not do at once.
        with self._lock:
            return self.tokenizer(clean, pair, truncation=False, verbose=False, **options)

    def _outputs(
        self, read: Any, run: Callable[[dict[str, Any]], Any]
    ) -> Iterator[tuple[int, Array]]:
        """Yields each input's number and its output, shortest first.

        Raises:
            ModelError: if an input is longer than the window, or an output is no number.
        """
        import torch

        lengths = [len(row) for row in read["input_ids"]]
        if max(lengths) > self.window:
            raise ModelError(
                f"a pair of {max(lengths)} tokens does not fit the {self.window} "
                f"of {self.name}: give shorter evidence passages"
            )
        fill = {
            "input_ids": self.tokenizer.pad_token_id or 0,
            "token_type_ids": self.tokenizer.pad_token_type_id,
            "attention_mask": 0,
        }
        widths = [min(-(-n // PAD_TO) * PAD_TO, self.window) for n in lengths]
        with torch.inference_mode(), self._precision():
            for width in sorted(set(widths)):
                rows = [i for i, w in enumerate(widths) if w == width]
                size = max(1, BATCH_TOKENS // width)
                for start in range(0, len(rows), size):
                    part = rows[start : start + size]
                    features = {}
                    for name in fill.keys() & read.keys():
                        rows_read = [read[name][row] for row in part]
                        block = pad(rows_read, width, fill[name], self.tokenizer.padding_side)
                        features[name] = torch.from_numpy(block).to(self.device)
                    found = run(features).float().cpu().numpy()
                    if not np.isfinite(found).all():
                        raise ModelError(f"{self.name} gives no numbers: its weights are broken")
                    yield from zip(part, found, strict=True)

    def _precision(self) -> AbstractContextManager[object]:
        import torch

        # T5 overflows in float16, the precision of older GPUs.
        if self._model.config.model_type == "t5" and self.device.startswith("cuda"):
            return autocast_for(self.device) if torch.cuda.is_bf16_supported() else nullcontext()
        return autocast_for(self.device)


def softmax(logits: Array) -> Array:
    """Returns probabilities over the last axis."""
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Array = (exp / exp.sum(axis=-1, keepdims=True)).astype(np.float32)
    return probabilities
