"""Forward pass of any model: the logits of the answer, aligned with its tokens."""

from __future__ import annotations

import inspect
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from groundwire.train.generator.batches import Batch, Encoder, Example
from groundwire.train.generator.data import Row
from groundwire.train.generator.loop import explain_memory


def compute_logits(model: Any, batch: Batch) -> torch.Tensor:
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


def repeat_batch(batch: Batch) -> Batch:
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
def move_embeddings(model: Any, moves: Sequence[torch.Tensor]) -> Iterator[None]:
    """Adds a tensor to the output of each call of the input embeddings, in their order.

    An encoder-decoder calls them twice: for the input, and for the answer.
    """
    calls = iter(moves)

    def hook(module: Any, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return output + next(calls)

    with _hooked(model, hook):
        yield


@contextmanager
def add_embedding_noise(model: Any, alpha: float) -> Iterator[None]:
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
def watch_embeddings(model: Any) -> Iterator[list[tuple[torch.Tensor, torch.Tensor]]]:
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


def generate_answers(
    model: Any,
    encoder: Encoder,
    rows: Sequence[Row],
    *,
    max_new_tokens: int = 80,
    batch_size: int = 64,
    control: str = "",
    samples: int = 0,
    temperature: float = 1.0,
    top_p: float = 1.0,
    seed: int = 0,
) -> list[list[str]]:
    """Returns the answers to the prompts of rows.

    Args:
        model: in any mode; it is left as it was.
        encoder: makes the prompts.
        rows: whose prompts are answered.
        max_new_tokens: of an answer.
        batch_size: prompts at once; of drawn answers, as many fewer as there are samples.
        control: control token of the prompts.
        samples: answers drawn for each prompt; 0 gives the likeliest (greedy) one.
        temperature: of drawing.
        top_p: share of the probability that is drawn from (Holtzman et al. 2020).
        seed: of drawing; each batch has its own, so that any of them can be drawn again.

    Returns:
        For each row a list of answers.

    Raises:
        InputError: if memory is short.
    """
    prompts = encoder.prompts(rows, control)
    size = max(1, batch_size // max(1, samples))
    order = sorted(range(len(rows)), key=lambda i: (len(prompts[i]), i))
    out: list[list[str]] = [[] for _ in rows]
    training = model.training
    model.eval()
    options: dict[str, Any] = {"do_sample": False}
    if samples:
        options = {"do_sample": True, "num_return_sequences": samples, "top_k": 0,
                   "temperature": temperature, "top_p": top_p}  # fmt: skip
    with explain_memory(batch_size), torch.no_grad(), hide_padding():
        for start in range(0, len(order), size):
            chosen = order[start : start + size]
            torch.manual_seed(seed * 1_000_003 + start)
            made = _generate(model, encoder, [prompts[i] for i in chosen], max_new_tokens, options)
            each = max(1, samples)
            for place, i in enumerate(chosen):
                out[i] = made[place * each : (place + 1) * each]
    model.train(training)
    return out


@contextmanager
def hide_padding() -> Iterator[None]:
    """Hides that answers which have ended are padded: transformers takes them for prompts then."""

    def wanted(record: logging.LogRecord) -> bool:
        return "input_ids may be padded" not in record.getMessage()

    notes = logging.getLogger("transformers.modeling_utils")
    notes.addFilter(wanted)
    try:
        yield
    finally:
        notes.removeFilter(wanted)


def _generate(
    model: Any, encoder: Encoder, prompts: list[list[int]], most: int, options: dict[str, Any]
) -> list[str]:
    from transformers import GenerationConfig

    tokenizer = encoder.tokenizer
    batch = encoder.batch([Example(ids, [tokenizer.eos_token_id]) for ids in prompts])
    window = getattr(model.config, "max_position_embeddings", None)
    if encoder.left and isinstance(window, int):
        most = max(1, min(most, window - batch.prompt.shape[1]))
    encodes = model.config.is_encoder_decoder
    start = {"decoder_start_token_id": model.config.decoder_start_token_id} if encodes else {}
    make: Any = GenerationConfig
    config = make(
        max_new_tokens=most, pad_token_id=tokenizer.pad_token_id, num_beams=1,
        eos_token_id=tokenizer.eos_token_id, **start, **options,
    )  # fmt: skip
    ids = model.generate(
        input_ids=batch.prompt.to(model.device), attention_mask=batch.prompt_mask.to(model.device),
        generation_config=config,
    )  # fmt: skip
    answers = ids[:, 0 if encodes else batch.prompt.shape[1] :]
    return [text.strip() for text in tokenizer.batch_decode(answers, skip_special_tokens=True)]
