"""Answers of a model, in batches: the likeliest words, or drawn ones."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch

from groundwire.train.generator.batches import Encoder, Example
from groundwire.train.generator.data import Row
from groundwire.train.generator.loop import memory_told


def generate(
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
    with memory_told(batch_size), torch.no_grad(), padded():
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
def padded() -> Iterator[None]:
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
