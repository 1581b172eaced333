"""Losses as pure functions: tensors in, one value a picture out. Units are nats unless said otherwise."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch.nn import functional as F  # noqa: N812 (the field's own name for it)

Critic = Callable[[torch.Tensor], torch.Tensor]


def bernoulli_nll(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Negative log-likelihood of pixels under independent Bernoullis, summed over a picture.

    logits and target are (N, C, H, W), target in [0, 1]; returns (N,). For gray values between 0 and 1 this is a
    cross-entropy whose minimum is the pixels' own entropy, not 0.
    """
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none").flatten(1).sum(1)


def kl_to_standard_normal(mean: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(N(mean, exp(logvar)) || N(0, 1)) a dimension, (N, D) -> (N, D); Kingma and Welling 2013, appendix B."""
    return 0.5 * (mean.square() + logvar.exp() - 1.0 - logvar)


def critic_loss(real: torch.Tensor, fake: torch.Tensor) -> torch.Tensor:
    """Logistic loss of the critic on its logits for real and generated pictures, (N, 1) each -> (N,)."""
    return (F.softplus(-real) + F.softplus(fake)).squeeze(1)


def generator_loss(fake: torch.Tensor) -> torch.Tensor:
    """Non-saturating loss of the generator (Goodfellow et al. 2014), (N, 1) -> (N,)."""
    return F.softplus(-fake).squeeze(1)


def r1_penalty(critic: Critic, pictures: torch.Tensor) -> torch.Tensor:
    """Squared norm of the critic's gradient at real pictures, (N, C, H, W) -> (N,); Mescheder et al. 2018."""
    pictures = pictures.detach().requires_grad_(True)
    (gradient,) = torch.autograd.grad(critic(pictures).sum(), pictures, create_graph=True)
    return gradient.square().flatten(1).sum(1)


def gaussian_error(mean: torch.Tensor, target: torch.Tensor, sigma2: float) -> torch.Tensor:
    """Squared error over 2 sigma^2, summed over a picture: the Gaussian log-likelihood without its constant, in nats.

    mean and target are (N, C, H, W); returns (N,).
    """
    return (mean - target).square().flatten(1).sum(1) / (2.0 * sigma2)


def log_normal(z: torch.Tensor, mean: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """log N(z; mean, exp(logvar)) of every element; the shapes broadcast."""
    return -0.5 * (math.log(2.0 * math.pi) + logvar + (z - mean).square() * torch.exp(-logvar))


def total_correlation(z: torch.Tensor, mean: torch.Tensor, logvar: torch.Tensor, count: int) -> torch.Tensor:
    """KL(q(z) || prod_j q(z_j)) of the aggregate posterior, estimated from one batch; (B, D) each -> a scalar.

    The batch stands for a data set of `count` pictures: a row's own posterior counts once, the others for all the rest
    (after the stratified weights of Chen et al. 2018, arXiv:1802.04942, appendix C). The estimate is biased by the
    batch; with the whole set as the batch (count = B) the densities are exact.
    """
    rows = len(z)
    every = log_normal(z[:, None], mean[None], logvar[None])  # (B, B, D): z of row i under the posterior of row j
    weights = torch.full((rows, rows), math.log((count - 1) / (count * max(1, rows - 1))), device=z.device)
    weights.fill_diagonal_(-math.log(count))
    joint = torch.logsumexp(every.sum(2) + weights, dim=1)  # log q(z), (B,)
    product = torch.logsumexp(every + weights[..., None], dim=1).sum(1)  # log prod_j q(z_j), (B,)
    return (joint - product).mean()
