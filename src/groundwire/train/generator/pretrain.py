"""Pretraining on documents: every token counts, no token is padding."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from groundwire.errors import InputError
from groundwire.evidence.load import load_documents
from groundwire.train.generator.config import Config
from groundwire.train.generator.loop import Loop, Progress, run_loop
from groundwire.train.generator.losses import compute_token_losses


def read_documents(path: Path) -> list[str]:
    """Returns the texts of documents: a file, or a folder, in the order of their names.

    Raises:
        DocumentError: if one cannot be read.
        InputError: if there is no text.
    """
    texts = [document.text for document in load_documents(path) if document.text.strip()]
    if not texts:
        raise InputError(f"pretrain.documents: {path} holds no text; name documents to train on")
    return texts


def pack_documents(texts: Sequence[str], tokenizer: Any, block: int) -> list[list[int]]:
    """Returns blocks of tokens, documents end to end with the end token between.

    The last tokens, less than a block, are left out, but where there is no whole block.
    """
    ids: list[int] = []
    for text in texts:
        read = tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        ids += [*read, tokenizer.eos_token_id]
    whole = len(ids) // block
    return [ids[i * block : (i + 1) * block] for i in range(whole)] or [ids]


def _loss(model: Any, given: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    """Mean negative log-likelihood of the tokens that a model has not read."""
    if not model.config.is_encoder_decoder:
        logits = model(input_ids=given, use_cache=False).logits
        return compute_token_losses(logits[:, :-1], ids[:, 1:]).mean()
    first = torch.full_like(ids[:, :1], model.config.decoder_start_token_id)
    logits = model(
        input_ids=given, decoder_input_ids=torch.cat([first, ids[:, :-1]], 1), use_cache=False
    ).logits
    return compute_token_losses(logits, ids).mean()


def train_pretrain(
    model: Any,
    tokenizer: Any,
    config: Config,
    folder: Path,
    plan: str,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Trains a model on packed documents.

    A decoder learns each next token; an encoder-decoder to write the block whose masked words it
    reads (denoising with whole output, as BART does: Lewis et al. 2020).

    Returns:
        Figures: blocks, tokens, and those of ``run_loop``.

    Raises:
        InputError: if there is no text, or memory is short.
    """
    o = config.pretrain
    assert o is not None
    blocks = pack_documents(read_documents(o.documents), tokenizer, o.block)
    encodes, device = model.config.is_encoder_decoder, model.device

    def epoch(number: int) -> Iterator[torch.Tensor]:
        order = list(range(len(blocks)))
        random.Random(f"{config.seed}-pretrain-{number}").shuffle(order)
        for start in range(0, len(order), o.batch_size):
            chosen = [blocks[i] for i in order[start : start + o.batch_size]]
            yield torch.tensor(chosen, device=device)

    def backward(ids: torch.Tensor, settled: bool, scale: float) -> float:
        given = ids
        if encodes:
            mask = tokenizer.mask_token_id
            mask = tokenizer.unk_token_id if mask is None else mask
            hidden = torch.rand(ids.shape, device=device) < o.mask
            given = ids.masked_fill(hidden, tokenizer.eos_token_id if mask is None else mask)
        loss = _loss(model, given, ids)
        (loss * scale).backward()  # type: ignore[no-untyped-call]
        return float(loss.item())

    count = -(-len(blocks) // o.batch_size)
    loop = Loop("pretrain", o, plan, folder, config.seed, epoch, count, backward)
    tokens = sum(map(len, blocks))
    return {"blocks": len(blocks), "tokens": tokens, **run_loop(model, loop, progress)}
