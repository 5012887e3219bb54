"""Attention for training on a CPU with bfloat16 instructions.

PyTorch's fused attention is fast forward on a CPU and slow backward: half of a training step of
a small encoder goes there. Plain matrix products of blocks of the batch run at the rate of the
machine's GEMM instead. ``benchmarks/train_speed.py`` measures the difference.
"""

from __future__ import annotations

from typing import Any

import torch
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask

NAME = "groundwire_blocks"
BLOCK = 4_000_000
"""Attention weights of one block, in numbers: 8 MB of bfloat16, about the size of a cache."""


class _BlockAttention(torch.autograd.Function):
    """Softmax attention over blocks of the batch; keeps the weights for the way back."""

    @staticmethod
    def forward(
        ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: Any, size: int
    ) -> torch.Tensor:
        out = torch.empty_like(query)
        kept = []
        for start in range(0, len(query), size):
            rows = slice(start, start + size)
            scores = torch.matmul(query[rows], key[rows].transpose(2, 3))
            if mask is not None:
                scores += mask[rows]
            weights = torch.softmax(scores, -1)
            torch.matmul(weights, value[rows], out=out[rows])
            kept.append(weights)
        ctx.save_for_backward(query, key, value, *kept)
        ctx.size = size
        return out

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        query, key, value, *kept = ctx.saved_tensors
        grad = grads[0].contiguous()
        outs = [torch.empty_like(t) for t in (query, key, value)]
        for index, weights in enumerate(kept):
            rows = slice(index * ctx.size, (index + 1) * ctx.size)
            torch.matmul(weights.transpose(2, 3), grad[rows], out=outs[2][rows])
            change = torch.matmul(grad[rows], value[rows].transpose(2, 3))
            change = torch._softmax_backward_data(change, weights, -1, weights.dtype)
            torch.matmul(change, key[rows], out=outs[0][rows])
            torch.matmul(change.transpose(2, 3), query[rows], out=outs[1][rows])
        return outs[0], outs[1], outs[2], None, None


def block_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    dropout: float = 0.0,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    """Attention as transformers calls it; no dropout.

    Args:
        module: the layer; not used.
        query: [batch, heads, length, size], like ``key`` and ``value``.
        key: see ``query``.
        value: see ``query``.
        attention_mask: [batch, 1, length, length], added to the scores; None for none.
        scaling: factor of the scores; by default one over the root of ``size``.
        dropout: must be 0.
        options: ignored.

    Returns:
        [batch, length, heads, size] and None for the weights.
    """
    batch, heads, length, width = query.shape
    scale = width**-0.5 if scaling is None else scaling
    size = max(1, min(batch, BLOCK // (heads * length * length)))
    mask = None if attention_mask is None else attention_mask.to(query.dtype)
    with torch.autocast(query.device.type, enabled=False):
        out: torch.Tensor = _BlockAttention.apply(  # type: ignore[no-untyped-call]
            (query * scale).contiguous(), key.contiguous(), value.contiguous(), mask, size
        )
    return out.transpose(1, 2), None


def register() -> str:
    """Makes the attention known to transformers and returns its name."""
    AttentionInterface.register(NAME, block_attention)
    AttentionMaskInterface.register(NAME, eager_mask)
    return NAME
