"""Training steps a second: PyTorch's fused attention against the one that training uses.

    python -m benchmarks.train_speed [--quick]

The same encoder, batches and optimizer, both ways in one run; the ratio is what counts.
"""

from __future__ import annotations

import argparse
import os
import time

import torch
from transformers import AutoModelForSequenceClassification

from groundwire.device import has_bf16
from groundwire.train.verifier.model import register_attention
from groundwire.verify.backends.backbones import find_default_backbone

SHAPES = ((32, 64), (32, 128), (32, 256))


def rate(attention: str, rows: int, length: int, seconds: float) -> float:
    """Pairs a second of training steps of one shape."""
    model = AutoModelForSequenceClassification.from_pretrained(
        find_default_backbone(), num_labels=3, dtype=torch.float32, attn_implementation=attention,
        hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    ).train()  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=True)
    ids = torch.randint(1000, 20000, (rows, length), generator=torch.Generator().manual_seed(0))
    mask = torch.ones_like(ids)
    mask[0, -3:] = 0
    steps, begun = -1, 0.0
    while steps < 1 or time.monotonic() - begun < seconds:
        with torch.autocast("cpu", torch.bfloat16, enabled=has_bf16()):
            logits = model(input_ids=ids, attention_mask=mask).logits
        optimizer.zero_grad(set_to_none=True)
        logits.float().log_softmax(-1)[:, 0].mean().neg().backward()
        optimizer.step()
        steps += 1
        if steps == 0:
            begun = time.monotonic()
    return steps * rows / (time.monotonic() - begun)


def main() -> None:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="half a second each")
    args = parser.parse_args()
    torch.manual_seed(0)
    seconds = 0.5 if args.quick else 15.0
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads of {os.cpu_count()}\n")
    print("| pairs x tokens | fused, pairs/s | blocks, pairs/s | ratio |")
    print("| --- | --- | --- | --- |")
    for rows, length in SHAPES:
        fused, blocks = (rate(a, rows, length, seconds) for a in ("sdpa", register_attention()))
        print(f"| {rows} x {length} | {fused:.1f} | {blocks:.1f} | {blocks / fused:.2f} |")


if __name__ == "__main__":
    main()
