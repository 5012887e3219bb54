"""Losses of supervised training, each a function of logits that can be worked by hand."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import torch
from torch.nn.functional import cross_entropy, log_softmax

from groundwire.train.generator import losses
from groundwire.train.generator.batches import Batch
from groundwire.train.generator.config import Adversarial, Sft
from groundwire.train.generator.forward import (
    add_embedding_noise,
    compute_logits,
    move_embeddings,
    repeat_batch,
    watch_embeddings,
)

HISTORY = 10_000
"""Losses of rows that the quantile of loss truncation is taken of, as in its authors' code."""


def compute_token_losses(
    logits: torch.Tensor, target: torch.Tensor, smoothing: float = 0.0
) -> torch.Tensor:
    """Negative log-likelihood of each token [n, c] in nats, with label smoothing.

    Smoothing (Szegedy et al. 2016) mixes in the mean over the vocabulary:
    ``(1 - s) * nll + s * mean(-log p)``.
    """
    flat = cross_entropy(
        logits.float().flatten(0, 1), target.flatten(), reduction="none", label_smoothing=smoothing
    )
    return flat.view_as(target)


def compute_unlikelihood(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """``-log(1 - p(token))`` of each token [n, c] (Welleck et al. 2020)."""
    log_p = log_softmax(logits.float(), -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -torch.log1p(-log_p.exp().clamp(max=1 - 1e-6))


def average_rows(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean of each row over its tokens that count; 0 for a row without any."""
    kept = mask.float()
    return (values * kept).sum(1) / kept.sum(1).clamp(min=1)


def average_weighted(
    values: torch.Tensor, mask: torch.Tensor, weights: torch.Tensor
) -> torch.Tensor:
    """Sum of weighted token values over the number of tokens that count.

    The divisor has no weights: a batch of doubted rows moves the model less, which dividing by
    the weights would undo.
    """
    kept = mask.float()
    return (values * kept * weights.unsqueeze(1)).sum() / kept.sum().clamp(min=1)


def compute_divergence(
    first: torch.Tensor, second: torch.Tensor, mask: torch.Tensor
) -> torch.Tensor:
    """Mean over the tokens that count of KL(first || second), from logits."""
    p, q = log_softmax(first.float(), -1), log_softmax(second.float(), -1)
    each = (p.exp() * (p - q)).sum(-1)
    kept = mask.float()
    return (each * kept).sum() / kept.sum().clamp(min=1)


def compute_r_drop(first: torch.Tensor, second: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Half of both divergences of two dropout passes (Liang et al. 2021)."""
    return (compute_divergence(first, second, mask) + compute_divergence(second, first, mask)) / 2


class Truncation:
    """Leaves out the rows of highest loss (Kang & Hashimoto 2020).

    The threshold is a quantile of the losses seen last; its history is part of a checkpoint.
    """

    def __init__(self, share: float, history: Iterable[float] = ()) -> None:
        self.share = share
        self.history: deque[float] = deque(history, maxlen=HISTORY)

    def keep(self, losses: torch.Tensor, active: bool) -> torch.Tensor:
        """Records the losses of rows, and returns 1 for those that count, 0 for the others.

        Args:
            losses: [n], mean loss of each row.
            active: whether rows are left out yet; before, the model knows too little.
        """
        self.history.extend(losses.detach().float().tolist())
        if not active:
            return torch.ones_like(losses)
        known = torch.tensor(list(self.history))
        threshold = torch.quantile(known, 1 - self.share).item()
        return (losses <= threshold).to(losses.dtype)


def make_ascent(
    gradients: list[torch.Tensor], embeddings: list[torch.Tensor], size: float
) -> list[torch.Tensor]:
    """Returns moves along the gradient, one a row, ``size`` times as long as its embeddings.

    Args:
        gradients: of the loss with respect to embeddings [n, length, width], one a call.
        embeddings: alike.
        size: length of a move as a share; the scale of embeddings differs between models.
    """
    moves = []
    for gradient, embedded in zip(gradients, embeddings, strict=True):
        norm = gradient.flatten(1).norm(dim=1).clamp(min=1e-12).view(-1, 1, 1)
        scale = embedded.flatten(1).norm(dim=1).view(-1, 1, 1)
        moves.append(size * scale * gradient / norm)
    return moves


def project_moves(
    moves: list[torch.Tensor], embeddings: list[torch.Tensor], size: float
) -> list[torch.Tensor]:
    """Shortens moves that are longer than ``size`` times the embeddings of their row."""
    out = []
    for move, embedded in zip(moves, embeddings, strict=True):
        length = move.flatten(1).norm(dim=1).clamp(min=1e-12).view(-1, 1, 1)
        most = size * embedded.flatten(1).norm(dim=1).view(-1, 1, 1)
        out.append(move * (most / length).clamp(max=1))
    return out


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
        with add_embedding_noise(self.model, o.neftune):
            watch = watch_embeddings(self.model) if o.adversarial else nullcontext(seen)
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
        logits = compute_logits(self.model, repeat_batch(batch) if o.r_drop else batch)
        first = logits[:rows]
        each = self._tokens(first, batch)
        if o.loss_truncation:
            kept = self.truncation.keep(losses.average_rows(each, batch.mask), settled)
            batch = replace(batch, weights=batch.weights * kept)
        main = losses.average_weighted(each, batch.mask, batch.weights)
        whole = main
        if o.r_drop:
            second = losses.average_weighted(
                self._tokens(logits[rows:], batch), batch.mask, batch.weights
            )
            whole = (main + second) / 2
            whole = whole + o.r_drop * losses.compute_r_drop(first, logits[rows:], batch.mask)
        if known is not None:
            whole = whole + o.kl * losses.compute_divergence(known, first, batch.mask)
        return main, whole, batch

    def _tokens(self, logits: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The loss of each token: likelihood, or unlikelihood where the verifier marked it."""
        each = losses.compute_token_losses(logits, batch.target, self.options.label_smoothing)
        if self.options.unlikelihood and bool(batch.marked.any()):
            against = self.options.unlikelihood * losses.compute_unlikelihood(logits, batch.target)
            each = torch.where(batch.marked, against, each)
        return each

    def _base(self, batch: Batch) -> torch.Tensor:
        with torch.no_grad():
            if self.base is not None:
                return compute_logits(self.base, batch)
            with self.model.disable_adapter():
                return compute_logits(self.model, batch)

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
        moves = losses.make_ascent(gradients, embedded, size)
        for _ in range(1, steps):
            moves = losses.project_moves(moves, embedded, options.epsilon)
            held = [move.detach().requires_grad_() for move in moves]
            loss = self._moved(batch, held)
            found = torch.autograd.grad(loss, held)
            moves = losses.make_ascent(list(found), embedded, size)
            moves = [a.detach() + b for a, b in zip(held, moves, strict=True)]
        moves = [m.detach() for m in losses.project_moves(moves, embedded, options.epsilon)]
        (self._moved(batch, moves) * options.weight * scale).backward()  # type: ignore[no-untyped-call]

    def _moved(self, batch: Batch, moves: list[torch.Tensor]) -> torch.Tensor:
        with move_embeddings(self.model, moves):
            logits = compute_logits(self.model, batch)
        return losses.average_weighted(self._tokens(logits, batch), batch.mask, batch.weights)


def _gradient(move: torch.Tensor, rows: int) -> torch.Tensor:
    assert move.grad is not None
    return move.grad[:rows]
