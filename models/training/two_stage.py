"""A second, small VAE on the latents of a first one, from which the first's latents are drawn.

Dai and Wipf 2019 (arXiv:1903.05789): where a VAE's aggregate posterior is not its prior, a second VAE whose latent has
as many dimensions as its data can match it. The variance of its Gaussian decoder is learned.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.latent.fitted import TwoStage
from models.training.losses import kl_to_standard_normal

Floats = NDArray[np.float32]

STEPS = 8_000  # about a minute of one thread at 32 dimensions
BATCH = 256
LEARNING_RATE = 1e-3
HIDDEN = 256


class SecondStage(nn.Module):
    """(N, D) latents of the first VAE -> u, (N, D) -> latents again, with one learned log-variance a dimension."""

    def __init__(self, size: int, hidden: int = HIDDEN) -> None:
        super().__init__()
        self.encoder = _perceptron(size, hidden, 2 * size)
        self.decoder = _perceptron(size, hidden, size)
        # From 0, the noise would explain everything at first and the codes fall silent.
        self.logvar = nn.Parameter(torch.full((size,), -3.0))

    def forward(self, z: Tensor) -> Tensor:
        """Negative evidence lower bound of a batch, in nats a point, without the constant of the Gaussian."""
        mean, logvar = self.encoder(z).chunk(2, dim=1)
        u = mean + torch.exp(0.5 * logvar) * torch.randn_like(mean)
        error = 0.5 * ((z - self.decoder(u)) ** 2 / self.logvar.exp() + self.logvar).sum(1)
        return torch.mean(error + kl_to_standard_normal(mean, logvar).sum(1))


def fit(mean: Floats, std: Floats | None, *, seed: int, steps: int = STEPS) -> TwoStage:
    """Fit to posteriors (N, D) of the first VAE; each step draws anew from some of them. `std` None: the means alone.

    The latents are standardised for training, and the sampler gives them as they were.
    """
    centre, scale = mean.mean(0), _spread(mean, std)
    means = torch.from_numpy((mean - centre) / scale)
    stds = torch.from_numpy(std / scale) if std is not None else torch.zeros_like(means)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model, loss = _train(means, stds, steps)
    if not math.isfinite(loss):
        raise ValueError("The training of the second stage diverged.")
    return _sampler(model, centre, scale)


def _train(means: Tensor, stds: Tensor, steps: int) -> tuple[SecondStage, float]:
    model = SecondStage(means.shape[1])
    networks = [*model.encoder.parameters(), *model.decoder.parameters()]
    groups: list[dict[str, Any]] = [{"params": networks}, {"params": [model.logvar], "lr": 10 * LEARNING_RATE}]
    optimiser = torch.optim.Adam(groups, LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    loss = torch.zeros(())
    for _ in range(steps):
        rows = torch.randint(len(means), (BATCH,))
        loss = model(means[rows] + stds[rows] * torch.randn(BATCH, means.shape[1]))
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()
    return model, loss.item()


def _spread(mean: Floats, std: Floats | None) -> Floats:
    variance = mean.var(0) + (0 if std is None else (std**2).mean(0))
    return np.sqrt(np.where(variance > 0, variance, 1)).astype(np.float32)


def _perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, outputs)
    )


def _sampler(model: SecondStage, centre: Floats, scale: Floats) -> TwoStage:
    """The decoder as numbers; the scale goes into its last layer."""
    linear = [each for each in model.decoder if isinstance(each, nn.Linear)]
    layers = [(each.weight.detach().double().numpy(), each.bias.detach().double().numpy()) for each in linear]
    weight, bias = layers[-1]
    layers[-1] = (scale[:, np.newaxis] * weight, scale * bias + centre)
    return TwoStage(tuple(layers), scale.astype(np.float64) * np.exp(0.5 * model.logvar.detach().double().numpy()))
