"""Rows as token ids, in batches of few shapes, in a fixed order."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from groundwire.errors import InputError
from groundwire.train.generator.config import DataSection
from groundwire.train.generator.data import Row, write_prompt
from groundwire.train.generator.perturb import Perturber

WINDOW = 50
"""Batches whose rows are sorted by length together."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row as token ids.

    Attributes:
        prompt: what is read.
        target: what is said, with the end token.
        weight: of the row.
        marked: for each target token, whether the verifier marked a character of it.
    """

    prompt: list[int]
    target: list[int]
    weight: float = 1.0
    marked: list[bool] | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Padded examples.

    Attributes:
        prompt: ids [n, p]; padded on the left for a decoder, so that answers begin together.
        prompt_mask: 1 for a token, 0 for padding.
        target: ids [n, c], padded on the right.
        mask: whether a target token counts.
        marked: whether the verifier marked it.
        weights: [n].
    """

    prompt: torch.Tensor
    prompt_mask: torch.Tensor
    target: torch.Tensor
    mask: torch.Tensor
    marked: torch.Tensor
    weights: torch.Tensor


class Encoder:
    """Turns rows into examples, by one tokenizer and one template."""

    def __init__(self, tokenizer: Any, section: DataSection, family: str, pad_to: int = 8) -> None:
        """Checks the template.

        Raises:
            InputError: if chat is wanted, and the tokenizer has no chat template.
        """
        self.tokenizer, self.section, self.pad_to = tokenizer, section, pad_to
        self.left = family == "decoder"
        if section.chat and not getattr(tokenizer, "chat_template", None):
            raise InputError(
                "data.chat is true, but the model's tokenizer has no chat template: set chat to "
                "false, or save a chat_template.jinja beside the tokenizer"
            )

    def prompts(self, rows: Sequence[Row], control: str | None = None) -> list[list[int]]:
        """Returns the ids that are read for rows.

        Args:
            rows: the rows.
            control: another control than that of each row.
        """
        if not rows:
            return []
        texts = [write_prompt(row, self.section, control) for row in rows]
        if self.section.chat:
            turns = [[{"role": "user", "content": text}] for text in texts]
            texts = self.tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=True
            )
        special = not self.section.chat
        ids: list[list[int]] = self.tokenizer(texts, add_special_tokens=special)["input_ids"]
        eos = self.tokenizer.eos_token_id
        if self.left:
            # Some tokenizers end every text; an answer has to go on from the prompt.
            ids = [row[:-1] if row[-1:] == [eos] else row for row in ids]
        return [row or [eos] for row in ids]

    def examples(self, rows: Sequence[Row]) -> list[Example]:
        """Returns the examples of rows, aligned with them."""
        if not rows:
            return []
        read = self.tokenizer(
            [row.target for row in rows], add_special_tokens=False, return_offsets_mapping=True
        )
        eos = self.tokenizer.eos_token_id
        out = []
        for i, (row, prompt) in enumerate(zip(rows, self.prompts(rows), strict=True)):
            ids = [*read["input_ids"][i], eos]
            marks = None
            if row.spans:
                places = read["offset_mapping"][i]
                marks = [any(a < e and s < b for s, e in row.spans) for a, b in places] + [False]
            out.append(Example(prompt, ids, row.weight, marks))
        return out

    def batch(self, examples: Sequence[Example], device: str = "cpu") -> Batch:
        """Pads examples."""
        pad = self.tokenizer.pad_token_id
        wide = _up(max(len(e.prompt) for e in examples), self.pad_to)
        long = _up(max(len(e.target) for e in examples), self.pad_to)

        def lined(
            rows: list[list[int]], width: int, fill: int, left: bool
        ) -> tuple[torch.Tensor, torch.Tensor]:
            full = np.full((len(rows), width), fill, dtype=np.int64)
            there = np.zeros((len(rows), width), dtype=np.bool_)
            for i, row in enumerate(rows):
                at = slice(width - len(row), width) if left else slice(len(row))
                full[i, at], there[i, at] = row, True
            return torch.from_numpy(full).to(device), torch.from_numpy(there).to(device)

        prompt, prompt_mask = lined([e.prompt for e in examples], wide, pad, self.left)
        target, mask = lined([e.target for e in examples], long, pad, False)
        marks = [list(map(int, e.marked or [False] * len(e.target))) for e in examples]
        marked, _ = lined(marks, long, 0, False)
        weights = np.array([e.weight for e in examples], dtype=np.float32)
        return Batch(
            prompt, prompt_mask.long(), target, mask, marked.bool(),
            torch.from_numpy(weights).to(device),
        )  # fmt: skip


def _up(length: int, multiple: int) -> int:
    return -(-length // multiple) * multiple


MOST_LEFT_OUT = 0.5
"""Share of the rows that may be left out of a training because they do not fit the window."""


def select_fitting(
    rows: Sequence[Row], encoder: Encoder, most: int, place: str, left_out: float = 1.0
) -> tuple[list[Row], list[Example]]:
    """Returns the rows that fit a window, and their examples; what is cut off teaches wrongly.

    Args:
        rows: the rows.
        encoder: gives their tokens.
        most: tokens of the window.
        place: what the rows are for, in errors.
        left_out: share of the rows that may be left out.

    Raises:
        InputError: if no row fits, or more are left out; the message says how many tokens would do.
    """
    kept, examples, sizes = [], [], []
    for start in range(0, len(rows), 10_000):
        part = rows[start : start + 10_000]
        for row, example in zip(part, encoder.examples(part), strict=True):
            sizes.append(len(example.prompt) + len(example.target))
            if sizes[-1] <= most:
                kept.append(row)
                examples.append(example)
    if not kept or len(rows) - len(kept) > left_out * len(rows):
        enough = int(np.quantile(sizes, 0.9, method="inverted_cdf")) if sizes else most
        raise InputError(
            f"{place}: {len(kept):,} of {len(rows):,} rows fit data.max_tokens = {most:,}, and the "
            f"others would be left out; nine rows in ten take at most {enough:,} tokens: raise "
            "data.max_tokens to that if the model reads as many, or shorten the rows"
        )
    return kept, examples


def draw_epoch(
    rows: Sequence[Row],
    examples: list[Example],
    encoder: Encoder,
    perturber: Perturber,
    seed: str,
) -> list[Example]:
    """Returns the examples of one epoch, the perturbed ones made anew.

    A perturbed row that no longer fits the window stays as it was.
    """
    if perturber.idle:
        return examples
    changed: dict[int, Row] = {}
    for i, row in enumerate(rows):
        new = perturber(row, random.Random(f"{seed}-{i}"))
        if new is not row:
            changed[i] = new
    out = list(examples)
    for i, example in zip(changed, encoder.examples(list(changed.values())), strict=True):
        if len(example.prompt) + len(example.target) <= encoder.section.max_tokens:
            out[i] = example
    return out


def group_batches(examples: Sequence[Example], size: int, seed: str) -> Iterator[list[Example]]:
    """Yields the batches of an epoch: shuffled, of like lengths, in a shuffled order."""
    rng = random.Random(seed)
    order = list(range(len(examples)))
    rng.shuffle(order)
    groups: list[list[int]] = []
    for start in range(0, len(order), size * WINDOW):
        chunk = sorted(order[start : start + size * WINDOW], key=lambda i: _length(examples[i]))
        groups += [chunk[i : i + size] for i in range(0, len(chunk), size)]
    rng.shuffle(groups)
    for group in groups:
        yield [examples[i] for i in group]


def _length(example: Example) -> tuple[int, int]:
    total = len(example.prompt) + len(example.target)
    return len(example.target) // 4, total
