"""Tokenized pairs in flat arrays, and batches of them in a fixed order of steps."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import torch

from groundwire.evaluate.pairs import TARGETS
from groundwire.evidence.encoder import pad_rows
from groundwire.train.pairs.pairs import CLASSES, Pair
from groundwire.train.verifier.recipe import Recipe

UNKNOWN = -1
"""Target of a token of which it is not known whether it is at fault."""

_PIECE = 10_000
_BUCKET = 50
"""Batches whose pairs are sorted by length together."""

Row: TypeAlias = tuple[list[int], list[int], list[bool], list[int]]


@dataclass(frozen=True)
class TokenizedPairs:
    """Pairs as a model reads them, one after the other in flat arrays.

    Attributes:
        ids: token ids of all pairs, int32.
        types: token type ids, alike, uint8.
        faults: for each token 1 (at fault), 0 (not) or -1 (unknown, or not of the claim), int8.
        offsets: [n + 1] where each pair begins, and the end, int64.
        allowed: [n, 3] the classes that the label allows.
        kept: [n] places of the pairs in what was tokenized, int64; others did not fit the window.
        soft: [n, 3] float32 probabilities of a teacher, zeros where it did not read the pair; or
            None.
    """

    ids: npt.NDArray[np.int32]
    types: npt.NDArray[np.uint8]
    faults: npt.NDArray[np.int8]
    offsets: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]
    kept: npt.NDArray[np.int64]
    soft: npt.NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @cached_property
    def lengths(self) -> list[int]:
        """Tokens of each pair."""
        lengths: list[int] = np.diff(self.offsets).tolist()
        return lengths

    @cached_property
    def digest(self) -> str:
        """Hash of the pairs, without what a teacher says of them."""
        digest = hashlib.blake2b(digest_size=16)
        for item in fields(self):
            if item.name not in ("kept", "soft"):
                digest.update(np.ascontiguousarray(getattr(self, item.name)).data)
        return digest.hexdigest()

    def pick(self, values: npt.NDArray[Any], rows: Iterable[int]) -> list[Any]:
        """Returns what a flat array has for each of some pairs."""
        return [values[self.offsets[row] : self.offsets[row + 1]] for row in rows]


def tokenize_pairs(pairs: Sequence[Pair], tokenizer: Any, most: int) -> TokenizedPairs:
    """Tokenizes pairs; leaves out those that are longer than ``most`` tokens.

    What would be cut off may be what the label is of.
    """
    flat: tuple[list[npt.NDArray[Any]], ...] = ([], [], [])
    lengths: list[int] = []
    allowed: list[list[bool]] = []
    kept: list[int] = []
    for start in range(0, len(pairs), _PIECE):
        piece = pairs[start : start + _PIECE]
        rows, places = _tokenized(piece, tokenizer, most)
        flat[0].append(_join([row[0] for row in rows], np.int32))
        flat[1].append(_join([row[1] for row in rows], np.uint8))
        flat[2].append(_join([row[3] for row in rows], np.int8))
        lengths += [len(row[0]) for row in rows]
        allowed += [row[2] for row in rows]
        kept += [start + place for place in places]
    ids, types, faults = (
        np.concatenate([np.zeros(0, kind), *parts])
        for parts, kind in zip(flat, (np.int32, np.uint8, np.int8), strict=True)
    )
    return TokenizedPairs(
        ids, types, faults,
        np.cumsum([0, *lengths], dtype=np.int64),
        np.array(allowed, dtype=np.bool_).reshape(-1, len(CLASSES)),
        np.array(kept, dtype=np.int64),
    )  # fmt: skip


def _join(rows: list[list[int]], kind: Any) -> npt.NDArray[Any]:
    return np.array([value for row in rows for value in row], dtype=kind)


def plan_batches(pairs: TokenizedPairs, recipe: Recipe) -> tuple[list[list[int]], str]:
    """Fixes the order of all steps.

    Returns:
        The numbers of the pairs of each step, of all epochs, and a hash of the pairs and the
        recipe, which is the same wherever the pairs come from.
    """
    lengths = pairs.lengths
    batches: list[list[int]] = []
    size = recipe.batch_size
    for epoch in range(recipe.epochs):
        rng = random.Random(f"{recipe.seed}-order-{epoch}")
        order = list(range(len(lengths)))
        rng.shuffle(order)
        groups: list[list[int]] = []
        for start in range(0, len(order), size * _BUCKET):
            chunk = sorted(order[start : start + size * _BUCKET], key=lengths.__getitem__)
            groups += [chunk[i : i + size] for i in range(0, len(chunk), size)]
        rng.shuffle(groups)
        batches += groups
    digest = hashlib.blake2b(json.dumps(asdict(recipe), sort_keys=True).encode(), digest_size=16)
    digest.update(pairs.digest.encode())
    if recipe.distill and pairs.soft is not None:
        digest.update(np.ascontiguousarray(pairs.soft).data)
    return batches, digest.hexdigest()


def _tokenized(pairs: Sequence[Pair], tokenizer: Any, most: int) -> tuple[list[Row], list[int]]:
    read = tokenizer(
        [p.premise for p in pairs], [p.hypothesis for p in pairs],
        return_token_type_ids=True, return_offsets_mapping=True, truncation=False, verbose=False,
    )  # fmt: skip
    out: list[Row] = []
    kept = []
    for i, pair in enumerate(pairs):
        ids = read["input_ids"][i]
        if len(ids) <= most:
            allowed = [c in TARGETS[pair.label] for c in range(len(CLASSES))]
            parts = read.sequence_ids(i)
            faults = _faults(pair, parts, read["offset_mapping"][i])
            out.append((ids, read["token_type_ids"][i], allowed, faults))
            kept.append(i)
    return out, kept


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


def move_tensor(tensor: torch.Tensor, device: str | torch.device) -> torch.Tensor:
    """Returns a tensor of the CPU on a device, which a GPU copies while it works."""
    if torch.device(device).type == "cuda":
        return tensor.pin_memory().to(device, non_blocking=True)
    return tensor.to(device)


def make_tensors(
    pairs: TokenizedPairs, rows: Sequence[int], pad: int, multiple: int, device: str
) -> dict[str, torch.Tensor]:
    """Returns the inputs of a step, padded.

    Args:
        pairs: all of them.
        rows: numbers of those of the step.
        pad: id of the padding token.
        multiple: lengths are padded to the next multiple, so that few shapes occur.
        device: where they go.
    """
    ids = pairs.pick(pairs.ids, rows)
    width = -(-max(map(len, ids)) // multiple) * multiple

    def padded(values: list[Any], fill: int) -> torch.Tensor:
        return move_tensor(torch.from_numpy(pad_rows(values, width, fill, "right")), device)

    return {
        "input_ids": padded(ids, pad),
        "token_type_ids": padded(pairs.pick(pairs.types, rows), 0),
        "attention_mask": padded([np.ones(len(row), np.int64) for row in ids], 0),
    }


def make_targets(
    pairs: TokenizedPairs, rows: Sequence[int], width: int, device: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor | None]:
    """Returns what the pairs of a step should be read as.

    Args:
        pairs: all of them.
        rows: numbers of those of the step.
        width: tokens of a padded pair.
        device: where the classes go; the tokens stay on the CPU (see ``compute_span_loss``).

    Returns:
        The classes allowed [n, 3]; faults [n, width], 1, 0 or -1; a teacher's probabilities
        [n, 3], if there are any.
    """
    faults = pad_rows(pairs.pick(pairs.faults, rows), width, UNKNOWN, "right")
    allowed = move_tensor(torch.from_numpy(pairs.allowed[rows]), device)
    soft = None if pairs.soft is None else move_tensor(torch.from_numpy(pairs.soft[rows]), device)
    return allowed, torch.from_numpy(faults), soft
