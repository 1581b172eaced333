"""DCGAN generator and critic for 28x28 pictures, after Radford et al. 2015 (arXiv:1511.06434).

The critic carries no normalisation: it is regularised by R1 (Mescheder et al. 2018, arXiv:1801.04406), whose gradient
with respect to one picture must not depend on the others in the batch.
"""

from __future__ import annotations

import torch
from torch import nn


class Dcgan28Generator(nn.Module):
    """Latents (N, D) float32 ~ N(0, I) -> logits (N, C, 28, 28); their sigmoid is the picture in [0, 1]."""

    def __init__(self, latent: int, channels: int = 1, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent, 2 * width * 49, bias=False),
            nn.Unflatten(1, (2 * width, 7, 7)),  # (N, 128, 7, 7)
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1, bias=False),  # (N, 64, 14, 14)
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.ConvTranspose2d(width, width // 2, 4, stride=2, padding=1, bias=False),  # (N, 32, 28, 28)
            nn.BatchNorm2d(width // 2),
            nn.ReLU(),
            nn.Conv2d(width // 2, channels, 3, padding=1),  # (N, C, 28, 28)
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(latents)
        return result


class Dcgan28Critic(nn.Module):
    """Pictures (N, C, 28, 28) float32 in [0, 1] -> realness logits (N, 1)."""

    def __init__(self, channels: int = 1, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),  # (N, 64, 14, 14)
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),  # (N, 128, 7, 7)
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 3, stride=2, padding=1),  # (N, 256, 4, 4)
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(4 * width * 16, 1),  # (N, 1)
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(pictures)
        return result
