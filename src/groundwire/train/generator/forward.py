"""One forward pass of any model: the logits of the answer, aligned with its tokens."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from groundwire.train.generator.batches import Batch


def answer_logits(model: Any, batch: Batch) -> torch.Tensor:
    """Returns the logits [n, c, vocabulary] that predict each target token of a batch.

    A decoder computes them for the answer alone where it can (``logits_to_keep``): over the whole
    sequence they cost more than all layers of a small model.
    """
    if model.config.is_encoder_decoder:
        start = model.config.decoder_start_token_id
        first = torch.full_like(batch.target[:, :1], start)
        logits: torch.Tensor = model(
            input_ids=batch.prompt, attention_mask=batch.prompt_mask,
            decoder_input_ids=torch.cat([first, batch.target[:, :-1]], 1), use_cache=False,
        ).logits  # fmt: skip
        return logits
    ids = torch.cat([batch.prompt, batch.target[:, :-1]], 1)
    # Padding at the end of an answer is masked from nothing: what comes after is not counted.
    mask = torch.cat([batch.prompt_mask, torch.ones_like(batch.target[:, :-1])], 1)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    width = batch.target.shape[1]
    extra = {"logits_to_keep": width} if _keeps(model) else {}
    logits = model(
        input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False, **extra
    ).logits
    return logits[:, -width:]


def _keeps(model: Any) -> bool:
    plain = model.get_base_model() if hasattr(model, "get_base_model") else model
    return "logits_to_keep" in inspect.signature(plain.forward).parameters


def twice(batch: Batch) -> Batch:
    """Returns a batch with each row twice, for two passes with other dropout in one."""
    fields = [getattr(batch, name) for name in Batch.__dataclass_fields__]
    return Batch(*(torch.cat([field, field]) for field in fields))


@contextmanager
def _hooked(model: Any, hook: Any) -> Iterator[None]:
    """Hooks all modules with the weights of the input embeddings: T5 and BART have several."""
    weight = model.get_input_embeddings().weight
    handles = [
        module.register_forward_hook(hook)
        for module in model.modules()
        if isinstance(module, torch.nn.Embedding) and module.weight is weight
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def moved_embeddings(model: Any, moves: Sequence[torch.Tensor]) -> Iterator[None]:
    """Adds a tensor to the output of each call of the input embeddings, in their order.

    An encoder-decoder calls them twice: for the input, and for the answer.
    """
    calls = iter(moves)

    def hook(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return output + next(calls)

    with _hooked(model, hook):
        yield


@contextmanager
def noisy_embeddings(model: Any, alpha: float) -> Iterator[None]:
    """Adds NEFTune noise: uniform in +-alpha / sqrt(length * width) (Jain et al. 2023)."""

    def hook(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        size = alpha / (output.shape[1] * output.shape[2]) ** 0.5
        return output + torch.empty_like(output).uniform_(-size, size)

    if not alpha:
        yield
        return
    with _hooked(model, hook):
        yield


@contextmanager
def watched_embeddings(model: Any) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
    """Collects what the input embeddings put out, and a zero added to it that takes the gradient.

    The zero has a gradient also where the embeddings are frozen, as beside adapters.
    """
    seen: list[tuple[torch.Tensor, torch.Tensor]] = []

    def hook(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        move = torch.zeros_like(output, requires_grad=True)
        seen.append((output.detach(), move))
        return output + move

    with _hooked(model, hook):
        yield seen
