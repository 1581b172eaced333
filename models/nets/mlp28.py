"""Generator and critic of the first GAN, fully connected, for 28x28 pictures, after Goodfellow et al. 2014
(arXiv:1406.2661). Nothing in them keeps draws apart: no normalisation over the batch, no convolution.
"""

from __future__ import annotations

import torch
from torch import nn

SIDE = 28


class Mlp28Generator(nn.Module):
    """Latents (N, D) float32 ~ N(0, I) -> logits (N, C, 28, 28); their sigmoid is the picture in [0, 1]."""

    def __init__(self, latent: int, channels: int = 1, width: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent, width),  # (N, 128)
            nn.ReLU(),
            nn.Linear(width, 2 * width),  # (N, 256)
            nn.ReLU(),
            nn.Linear(2 * width, channels * SIDE * SIDE),  # (N, C * 784)
            nn.Unflatten(1, (channels, SIDE, SIDE)),  # (N, C, 28, 28)
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(latents)
        return result


class Mlp28Critic(nn.Module):
    """Pictures (N, C, 28, 28) float32 in [0, 1] -> realness logits (N, 1)."""

    def __init__(self, channels: int = 1, width: int = 256) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),  # (N, C * 784)
            nn.Linear(channels * SIDE * SIDE, width),  # (N, 256)
            nn.LeakyReLU(0.2),
            nn.Linear(width, 1),  # (N, 1)
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(pictures)
        return result
