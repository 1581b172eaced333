"""Generator and critic for 28x28 pictures of a given class.

The generator reads an embedding of the class beside the latent (Mirza and Osindero 2014, arXiv:1411.1784); the critic
adds the inner product of its features with an embedding of the class (Miyato and Koyama 2018, arXiv:1802.05637).
"""

from __future__ import annotations

import torch
from torch import nn

from models.nets.dcgan28 import Dcgan28Generator


class Cgan28Generator(nn.Module):
    """Latents (N, D) float32 ~ N(0, I) and classes (N,) int64 -> logits (N, C, 28, 28) of the picture in [0, 1]."""

    def __init__(self, latent: int, classes: int = 10, channels: int = 1, width: int = 48) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, latent)
        self.generator = Dcgan28Generator(2 * latent, channels, width)

    def forward(self, latents: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.generator(torch.cat([latents, self.embedding(labels)], dim=1))
        return result


class Cgan28Critic(nn.Module):
    """Pictures (N, C, 28, 28) float32 in [0, 1] and classes (N,) int64 -> realness logits (N, 1)."""

    def __init__(self, classes: int = 10, channels: int = 1, width: int = 40, hidden: int = 128) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),  # (N, 40, 14, 14)
            nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),  # (N, 80, 7, 7)
            nn.LeakyReLU(0.2),
            nn.Conv2d(2 * width, 4 * width, 3, stride=2, padding=1),  # (N, 160, 4, 4)
            nn.LeakyReLU(0.2),
            nn.Flatten(),
            nn.Linear(4 * width * 16, hidden),  # (N, 128)
            nn.LeakyReLU(0.2),
        )
        self.realness = nn.Linear(hidden, 1)
        self.embedding = nn.Embedding(classes, hidden)
        nn.init.normal_(self.embedding.weight, std=hidden**-0.5)

    def forward(self, pictures: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        features: torch.Tensor = self.features(pictures)
        result: torch.Tensor = self.realness(features) + (features * self.embedding(labels)).sum(1, keepdim=True)
        return result
