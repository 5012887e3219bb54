"""Batches of tokenized pairs in a fixed order of steps."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch

from groundwire.evaluate.pairs import TARGETS
from groundwire.train.pairs.pairs import CLASSES, Pair
from groundwire.train.verifier.recipe import Recipe

UNKNOWN = -1
"""Target of a token of which it is not known whether it is at fault."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pairs of one step.

    Attributes:
        ids: token ids [n, length], of differing lengths.
        types: token type ids, alike.
        allowed: the classes [n, 3] that the label allows.
        faults: for each token 1 (at fault), 0 (not) or -1 (unknown, or not of the claim).
    """

    ids: list[list[int]]
    types: list[list[int]]
    allowed: list[list[bool]]
    faults: list[list[int]]


def plan_batches(
    pairs: Sequence[Pair], tokenizer: Any, recipe: Recipe
) -> tuple[list[Batch], str, int]:
    """Tokenizes the pairs and fixes the order of all steps.

    Pairs that do not fit the window are left out: what is cut off may be what the label is of.

    Returns:
        The batches of all epochs, a hash of them and the recipe, and the number left out.
    """
    rows: list[tuple[list[int], list[int], list[bool], list[int]]] = []
    for start in range(0, len(pairs), 10_000):
        rows += _tokenized(pairs[start : start + 10_000], tokenizer, recipe.max_tokens)
    batches: list[Batch] = []
    size = recipe.batch_size
    for epoch in range(recipe.epochs):
        rng = random.Random(f"{recipe.seed}-order-{epoch}")
        order = list(range(len(rows)))
        rng.shuffle(order)
        groups: list[list[int]] = []
        for start in range(0, len(order), size * 50):
            chunk = sorted(order[start : start + size * 50], key=lambda i: len(rows[i][0]))
            groups += [chunk[i : i + size] for i in range(0, len(chunk), size)]
        rng.shuffle(groups)
        batches += [
            Batch(*(list(column) for column in zip(*(rows[i] for i in g), strict=True)))
            for g in groups
        ]
    digest = hashlib.blake2b(json.dumps(asdict(recipe), sort_keys=True).encode(), digest_size=16)
    for batch in batches:
        digest.update(json.dumps([batch.ids, batch.allowed, batch.faults]).encode())
    return batches, digest.hexdigest(), len(pairs) - len(rows)


def _tokenized(
    pairs: Sequence[Pair], tokenizer: Any, most: int
) -> list[tuple[list[int], list[int], list[bool], list[int]]]:
    read = tokenizer(
        [p.premise for p in pairs], [p.hypothesis for p in pairs],
        return_token_type_ids=True, return_offsets_mapping=True, truncation=False, verbose=False,
    )  # fmt: skip
    out = []
    for i, pair in enumerate(pairs):
        ids = read["input_ids"][i]
        if len(ids) <= most:
            allowed = [c in TARGETS[pair.label] for c in range(len(CLASSES))]
            parts = read.sequence_ids(i)
            faults = _faults(pair, parts, read["offset_mapping"][i])
            out.append((ids, read["token_type_ids"][i], allowed, faults))
    return out


def _faults(
    pair: Pair, parts: Sequence[int | None], offsets: Sequence[tuple[int, int]]
) -> list[int]:
    if pair.label != "supported" and pair.fault is None:
        return [UNKNOWN] * len(parts)
    start, end = pair.fault or (0, 0)
    return [
        int(a < end and start < b) if part == 1 else UNKNOWN
        for part, (a, b) in zip(parts, offsets, strict=True)
    ]


def make_tensors(batch: Batch, pad: int, multiple: int, device: str) -> dict[str, torch.Tensor]:
    """Returns the padded inputs of a step, ``faults`` among them.

    Args:
        batch: the pairs.
        pad: id of the padding token.
        multiple: lengths are padded to the next multiple, so that few shapes occur.
        device: where they go.
    """
    width = -(-max(map(len, batch.ids)) // multiple) * multiple

    def padded(rows: list[list[int]], fill: int) -> torch.Tensor:
        return torch.tensor([row + [fill] * (width - len(row)) for row in rows], device=device)

    return {
        "input_ids": padded(batch.ids, pad),
        "token_type_ids": padded(batch.types, 0),
        "attention_mask": padded([[1] * len(row) for row in batch.ids], 0),
        "faults": padded(batch.faults, UNKNOWN),
    }
