"""Convolutional encoder and decoder for 28x28 pictures.

Strided convolutions in place of pooling, after Radford et al. 2015 (arXiv:1511.06434); the posterior's mean and
log-variance as two halves of one linear layer, after Kingma and Welling 2013 (arXiv:1312.6114).
"""

from __future__ import annotations

import torch
from torch import nn


class Conv28Encoder(nn.Module):
    """Pictures (N, C, 28, 28) float32 in [0, 1] -> (N, outputs): a latent, or a posterior's mean and log-variance."""

    def __init__(self, outputs: int, channels: int = 1, width: int = 32, hidden: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=2, padding=1),  # (N, 32, 14, 14)
            nn.ReLU(),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),  # (N, 64, 7, 7)
            nn.ReLU(),
            nn.Conv2d(2 * width, 2 * width, 3, stride=2, padding=1),  # (N, 64, 4, 4)
            nn.ReLU(),
            nn.Flatten(),  # (N, 1024)
            nn.Linear(2 * width * 16, hidden),  # (N, 128)
            nn.ReLU(),
            nn.Linear(hidden, outputs),  # (N, outputs)
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(pictures)
        return result


class Conv28Decoder(nn.Module):
    """Latents (N, D) float32 -> logits (N, C, 28, 28); their sigmoid is the picture in [0, 1]."""

    def __init__(self, latent: int, channels: int = 1, width: int = 32, hidden: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent, hidden),  # (N, 128)
            nn.ReLU(),
            nn.Linear(hidden, 2 * width * 16),  # (N, 1024)
            nn.ReLU(),
            nn.Unflatten(1, (2 * width, 4, 4)),  # (N, 64, 4, 4)
            nn.ConvTranspose2d(2 * width, 2 * width, 3, stride=2, padding=1),  # (N, 64, 7, 7)
            nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),  # (N, 32, 14, 14)
            nn.ReLU(),
            nn.ConvTranspose2d(width, channels, 4, stride=2, padding=1),  # (N, C, 28, 28)
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(latents)
        return result
