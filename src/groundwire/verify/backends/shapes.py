"""How published verifiers of each kind are opened, fed and read.

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

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from groundwire.device import pick_device
from groundwire.errors import ModelError
from groundwire.verify.checkpoint import (
    NLI_HEADS,
    Kind,
    find_folder,
    open_model,
    open_tokenizer,
    opening,
    read_config,
)
from groundwire.verify.reader import window_of

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


def classifier(encoder: Any) -> Shape:
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
    window = window_of(model, tokenizer, limit)
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


def heads(kind: Kind) -> tuple[str, ...]:
    """Returns how names of weights begin that a checkpoint of this kind must have."""
    known: dict[str, tuple[str, ...]] = {
        "minicheck-t5": ("decoder.",), "hhem": ("t5.classifier.",), "tokens": ("classifier.",)
    }  # fmt: skip
    return known.get(kind, NLI_HEADS)


def _nli(folder: Path) -> Shape:
    from transformers import AutoModelForSequenceClassification

    tokenizer = open_tokenizer(folder)
    model = open_model(AutoModelForSequenceClassification, folder).to(pick_device())
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

    return Shape(model, tokenizer, window_of(model, tokenizer, MAX_TOKENS), SUPPORT, logits, join)


def _hhem(folder: Path) -> Shape:
    from safetensors.torch import load_file
    from transformers import T5Config, T5ForTokenClassification

    # The repository has neither a tokenizer nor the sizes of the T5 model: its code takes both
    # from the model that it was made of.
    base = find_folder(str(read_config(folder).get("foundation") or "google/flan-t5-base"))
    tokenizer = open_tokenizer(base)
    tokenizer.padding_side = "right"
    prefix = "t5."
    with opening(folder):
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

    return Shape(model, tokenizer, window_of(model, tokenizer, MAX_TOKENS), SUPPORT, logits, join)
