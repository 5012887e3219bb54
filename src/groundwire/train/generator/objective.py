"""What a step of supervised training minimizes: the likelihood, and what regularizes it."""

from __future__ import annotations

import copy
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import torch

from groundwire.train.generator import losses
from groundwire.train.generator.batches import Batch
from groundwire.train.generator.config import Adversarial, Sft
from groundwire.train.generator.forward import (
    answer_logits,
    moved_embeddings,
    noisy_embeddings,
    twice,
    watched_embeddings,
)


class Objective:
    """Adds up the gradients of one batch.

    A loop of its own, and not the transformers ``Trainer``: two dropout passes, a pass on moved
    embeddings and row weights have to share one batch and one backward, which ``compute_loss``
    does not give, and its overhead is longer than a step of a model of a million parameters.
    """

    def __init__(self, model: Any, options: Sft) -> None:
        self.model, self.options = model, options
        self.truncation = losses.Truncation(options.loss_truncation)
        self.base: Any = None
        if options.kl and not hasattr(model, "disable_adapter"):
            self.base = copy.deepcopy(model).eval().requires_grad_(False)

    def backward(self, batch: Batch, settled: bool, scale: float = 1.0) -> float:
        """Adds the gradients of a batch and returns its likelihood loss.

        Args:
            batch: padded rows.
            settled: whether the warm-up is over, so that loss truncation may leave rows out.
            scale: of the gradients.
        """
        o = self.options
        if not o.weights:
            batch = replace(batch, weights=torch.ones_like(batch.weights))
        seen: list[tuple[torch.Tensor, torch.Tensor]] = []
        known = self._base(batch) if o.kl else None
        with noisy_embeddings(self.model, o.neftune):
            watch = watched_embeddings(self.model) if o.adversarial else nullcontext(seen)
            with watch as seen:
                main, whole, batch = self._loss(batch, settled, known)
        (whole * scale).backward()  # type: ignore[no-untyped-call]
        if o.adversarial is not None:
            rows = batch.target.shape[0]
            embedded = [e[:rows] for e, _ in seen]
            gradients = [_gradient(move, rows) for _, move in seen]
            self._attack(batch, o.adversarial, embedded, gradients, scale)
        return main.item()

    def _loss(
        self, batch: Batch, settled: bool, known: torch.Tensor | None
    ) -> tuple[torch.Tensor, torch.Tensor, Batch]:
        """The likelihood, all together, and the batch without the rows that were left out."""
        o = self.options
        rows = batch.target.shape[0]
        logits = answer_logits(self.model, twice(batch) if o.r_drop else batch)
        first = logits[:rows]
        each = self._tokens(first, batch)
        if o.loss_truncation:
            kept = self.truncation.keep(losses.row_means(each, batch.mask), settled)
            batch = replace(batch, weights=batch.weights * kept)
        main = losses.weighted_mean(each, batch.mask, batch.weights)
        whole = main
        if o.r_drop:
            second = losses.weighted_mean(
                self._tokens(logits[rows:], batch), batch.mask, batch.weights
            )
            whole = (main + second) / 2
            whole = whole + o.r_drop * losses.r_drop(first, logits[rows:], batch.mask)
        if known is not None:
            whole = whole + o.kl * losses.divergence(known, first, batch.mask)
        return main, whole, batch

    def _tokens(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The loss of each token: likelihood, or unlikelihood where the verifier marked it."""
        each = losses.token_losses(logits, batch.target, self.options.label_smoothing)
        if self.options.unlikelihood and bool(batch.marked.any()):
            against = self.options.unlikelihood * losses.unlikelihood(logits, batch.target)
            each = torch.where(batch.marked, against, each)
        return each

    def _base(self, batch: Batch) -> torch.Tensor:
        with torch.no_grad():
            if self.base is not None:
                return answer_logits(self.base, batch)
            with self.model.disable_adapter():
                return answer_logits(self.model, batch)

    def _attack(
        self,
        batch: Batch,
        options: Adversarial,
        embedded: list[torch.Tensor],
        gradients: list[torch.Tensor],
        scale: float,
    ) -> None:
        """Adds the gradients of the loss on embeddings moved along their gradient."""
        steps = options.steps if options.kind == "pgd" else 1
        # Steps of 1.5 times an even share can reach the border and turn there.
        size = options.epsilon * (1.5 / steps if steps > 1 else 1.0)
        moves = losses.ascent(gradients, embedded, size)
        for _ in range(1, steps):
            moves = losses.projected(moves, embedded, options.epsilon)
            held = [move.detach().requires_grad_() for move in moves]
            loss = self._moved(batch, held)
            found = torch.autograd.grad(loss, held)
            moves = losses.ascent(list(found), embedded, size)
            moves = [a.detach() + b for a, b in zip(held, moves, strict=True)]
        moves = [m.detach() for m in losses.projected(moves, embedded, options.epsilon)]
        (self._moved(batch, moves) * options.weight * scale).backward()  # type: ignore[no-untyped-call]

    def _moved(self, batch: Batch, moves: list[torch.Tensor]) -> torch.Tensor:
        with moved_embeddings(self.model, moves):
            logits = answer_logits(self.model, batch)
        return losses.weighted_mean(self._tokens(logits, batch), batch.mask, batch.weights)


def _gradient(move: torch.Tensor, rows: int) -> torch.Tensor:
    assert move.grad is not None
    return move.grad[:rows]
