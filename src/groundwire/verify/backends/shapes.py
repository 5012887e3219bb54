"""Shapes of published verifiers: how each kind is opened, fed and read.

- ``nli``: a sequence classifier of (premise, hypothesis).
- ``minicheck``: a sequence classifier of one text, document, end-of-text mark and claim
  (L. Tang, P. Laban, G. Durrett, MiniCheck, EMNLP 2024; github.com/Liyan06/MiniCheck,
  ``minicheck/inference.py``).
- ``minicheck-t5``: the same text after ``predict:`` goes into a seq2seq model, and the answer is
  its first token: ``▁1`` or, as ``0`` has no token with a space before it, ``▁`` (ids 209 and 3).
- ``hhem``: HHEM-2.1-Open (card and ``modeling_hhem_v2.py`` of
  huggingface.co/vectara/hallucination_evaluation_model). Its own code is never run: it is a T5
  token classifier under the prefix ``t5.`` that reads a prompt, and the first token tells.
- ``tokens``: see ``groundwire.verify.tokens``.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from groundwire.device import choose_autocast, pick_device
from groundwire.errors import ModelError
from groundwire.evidence.encoder import pad_rows, replace_surrogates
from groundwire.verify.backends.checkpoint import (
    NLI_HEADS,
    Kind,
    explain_opening,
    find_folder,
    open_model,
    open_tokenizer,
    read_config,
)
from groundwire.verify.backends.difference import is_difference, open_difference

Array: TypeAlias = npt.NDArray[np.float32]

PAD_TO = 16
BATCH_TOKENS = 4096


def read_window(model: Any, tokenizer: Any, most: int) -> int:
    """Returns how many tokens a model reads at once, at most ``most``."""
    config = model.config
    positions = int(getattr(config, "max_position_embeddings", None) or most)
    for name, module in model.named_modules():
        if name.endswith("position_embeddings"):  # positions may begin after that of the padding
            positions -= getattr(module, "padding_idx", None) is not None and module.padding_idx + 1
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
        return self._marks.sub(lambda mark: "(" + mark.group()[1:], replace_surrogates(text))

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
                        block = pad_rows(rows_read, width, fill[name], self.tokenizer.padding_side)
                        features[name] = torch.from_numpy(block).to(self.device)
                    found = run(features).float().cpu().numpy()
                    if not np.isfinite(found).all():
                        raise ModelError(f"{self.name} gives no numbers: its weights are broken")
                    yield from zip(part, found, strict=True)

    def _precision(self) -> AbstractContextManager[object]:
        import torch

        # T5 overflows in float16, the precision of older GPUs.
        if self._model.config.model_type == "t5" and self.device.startswith("cuda"):
            return choose_autocast(self.device) if torch.cuda.is_bf16_supported() else nullcontext()
        return choose_autocast(self.device)


def compute_softmax(logits: Array) -> Array:
    """Returns probabilities over the last axis."""
    exp = np.exp(logits - logits.max(axis=-1, keepdims=True))
    probabilities: Array = (exp / exp.sum(axis=-1, keepdims=True)).astype(np.float32)
    return probabilities


MAX_TOKENS = 512
SUPPORT = {0: "unsupported", 1: "supported"}
HHEM_PROMPT = (
    "<pad> Determine if the hypothesis is true given the premise?\n\n"
    "Premise: {premise}\n\nHypothesis: {claim}"
)


@dataclass(frozen=True, slots=True)
class Shape:
    """A model that is open, and how a pair becomes a row of logits.

    Attributes:
        model: the transformers model.
        tokenizer: its tokenizer.
        window: tokens that fit.
        labels: names of the columns of the logits.
        logits: from a batch of features to float [n, columns].
        join: from premise and claim to the one text that is read; None for a pair of texts.
    """

    model: Any
    tokenizer: Any
    window: int
    labels: dict[int, str]
    logits: Callable[[dict[str, Any]], Any]
    join: Callable[[str, str], str] | None = None


def read_classifier(encoder: Any) -> Shape:
    """Returns the shape of a loaded ``CrossEncoder``."""
    model, tokenizer = getattr(encoder, "model", None), getattr(encoder, "tokenizer", None)
    if model is None or tokenizer is None:
        raise ModelError(
            f"{type(encoder).__name__}: not a transformers sequence classifier: give a folder, a "
            "hub id or a loaded CrossEncoder"
        )
    limit = min(int(encoder.max_seq_length or MAX_TOKENS), MAX_TOKENS)
    return _classifier(model, tokenizer, limit)


def _classifier(model: Any, tokenizer: Any, limit: int) -> Shape:
    labels = dict(model.config.id2label or {})
    window = read_window(model, tokenizer, limit)
    return Shape(model, tokenizer, window, labels, lambda features: model(**features).logits)


def open_shape(folder: Path, kind: Kind) -> Shape:
    """Opens a checkpoint.

    Raises:
        ModelError: if it is not of this kind.
    """
    openers: dict[str, Callable[[Path], Shape]] = {
        "nli": _nli, "minicheck": _minicheck, "minicheck-t5": _minicheck_t5, "hhem": _hhem
    }  # fmt: skip
    if kind not in openers:
        raise ModelError(f"{folder}: a model of kind {kind!r} gives no score of a pair of texts")
    return openers[kind](folder)


def list_heads(kind: Kind) -> tuple[str, ...]:
    """Returns how names of weights begin that a checkpoint of this kind must have."""
    known: dict[str, tuple[str, ...]] = {
        "minicheck-t5": ("decoder.",), "hhem": ("t5.classifier.",), "tokens": ("classifier.",)
    }  # fmt: skip
    return known.get(kind, NLI_HEADS)


def _nli(folder: Path) -> Shape:
    from groundwire.verify.backends.bert import is_plain_bert, open_bert

    tokenizer = open_tokenizer(folder)
    if is_plain_bert(folder):
        return _classifier(open_bert(folder).to(pick_device()), tokenizer, MAX_TOKENS)
    from transformers import AutoModelForSequenceClassification

    opener = open_difference if is_difference(folder) else open_model
    model = opener(AutoModelForSequenceClassification, folder).to(pick_device())
    return _classifier(model, tokenizer, MAX_TOKENS)


def _minicheck(folder: Path) -> Shape:
    shape = _nli(folder)
    mark = shape.tokenizer.eos_token or shape.tokenizer.sep_token
    if not mark:
        raise ModelError(f"{folder}: its tokenizer has no end-of-text mark: give the original one")
    return Shape(
        shape.model, shape.tokenizer, shape.window, shape.labels, shape.logits,
        lambda premise, claim: f"{premise}{mark}{claim}",
    )  # fmt: skip


def _minicheck_t5(folder: Path) -> Shape:
    import torch
    from transformers import T5ForConditionalGeneration

    tokenizer = open_tokenizer(folder)
    answers = [tokenizer.get_vocab().get(token) for token in ("▁", "▁1")]
    if None in answers or not tokenizer.eos_token:
        raise ModelError(
            f"{folder}: its tokenizer lacks the tokens '▁' and '▁1' that MiniCheck answers with: "
            "give a MiniCheck-Flan-T5 model"
        )
    model = open_model(T5ForConditionalGeneration, folder).to(pick_device())

    def logits(features: dict[str, Any]) -> Any:
        start = torch.zeros((len(features["input_ids"]), 1), dtype=torch.long, device=model.device)
        return model(**features, decoder_input_ids=start).logits[:, 0, answers]

    def join(premise: str, claim: str) -> str:
        return f"predict: {premise}{tokenizer.eos_token}{claim}"

    return Shape(model, tokenizer, read_window(model, tokenizer, MAX_TOKENS), SUPPORT, logits, join)


def _hhem(folder: Path) -> Shape:
    from safetensors.torch import load_file
    from transformers import T5Config, T5ForTokenClassification

    # The repository has neither a tokenizer nor the sizes of the T5 model: its code takes both
    # from the model that it was made of.
    base = find_folder(str(read_config(folder).get("foundation") or "google/flan-t5-base"))
    tokenizer = open_tokenizer(base)
    tokenizer.padding_side = "right"
    prefix = "t5."
    with explain_opening(folder):
        loaded = load_file(folder / "model.safetensors")
        weights = {key.removeprefix(prefix): value for key, value in loaded.items()}
        weights.setdefault(
            "transformer.encoder.embed_tokens.weight", weights["transformer.shared.weight"]
        )
        config = T5Config.from_pretrained(base, local_files_only=True)
        config.num_labels = len(SUPPORT)
        model: Any = T5ForTokenClassification(config)
        model.float()
        model.load_state_dict(weights, strict=True)
    model.to(pick_device())

    def join(premise: str, claim: str) -> str:
        return HHEM_PROMPT.format(premise=premise, claim=claim)

    def logits(features: dict[str, Any]) -> Any:
        return model(**features).logits[:, 0, :]

    return Shape(model, tokenizer, read_window(model, tokenizer, MAX_TOKENS), SUPPORT, logits, join)
