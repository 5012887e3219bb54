"""The losses of supervised training, each a function of logits that can be worked by hand."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

import torch
from torch.nn.functional import cross_entropy, log_softmax

HISTORY = 10_000
"""Losses of rows that the quantile of loss truncation is taken of, as in its authors' code."""


def token_losses(
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


def unlikelihood(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """``-log(1 - p(token))`` of each token [n, c] (Welleck et al. 2020)."""
    log_p = log_softmax(logits.float(), -1).gather(-1, target.unsqueeze(-1)).squeeze(-1)
    return -torch.log1p(-log_p.exp().clamp(max=1 - 1e-6))


def row_means(values: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean of each row over its tokens that count; 0 for a row without any."""
    kept = mask.float()
    return (values * kept).sum(1) / kept.sum(1).clamp(min=1)


def weighted_mean(values: torch.Tensor, mask: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Sum of weighted token values over the number of tokens that count.

    The divisor has no weights: a batch of doubted rows moves the model less, which dividing by
    the weights would undo.
    """
    kept = mask.float()
    return (values * kept * weights.unsqueeze(1)).sum() / kept.sum().clamp(min=1)


def divergence(first: torch.Tensor, second: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean over the tokens that count of KL(first || second), from logits."""
    p, q = log_softmax(first.float(), -1), log_softmax(second.float(), -1)
    each = (p.exp() * (p - q)).sum(-1)
    kept = mask.float()
    return (each * kept).sum() / kept.sum().clamp(min=1)


def r_drop(first: torch.Tensor, second: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Half of both divergences of two dropout passes (Liang et al. 2021)."""
    return (divergence(first, second, mask) + divergence(second, first, mask)) / 2


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


def ascent(
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


def projected(
    moves: list[torch.Tensor], embeddings: list[torch.Tensor], size: float
) -> list[torch.Tensor]:
    """Shortens moves that are longer than ``size`` times the embeddings of their row."""
    out = []
    for move, embedded in zip(moves, embeddings, strict=True):
        length = move.flatten(1).norm(dim=1).clamp(min=1e-12).view(-1, 1, 1)
        most = size * embedded.flatten(1).norm(dim=1).view(-1, 1, 1)
        out.append(move * (most / length).clamp(max=1))
    return out
