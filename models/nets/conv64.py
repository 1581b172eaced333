"""Convolutional encoder and decoder for 64x64 pictures, made for a CPU.

The first layer reads patches of 4 x 4 and the decoder writes its picture by sub-pixel shuffling (Shi et al. 2016,
arXiv:1609.05158): fewer large maps to carry through memory than four strided convolutions have.
"""

from __future__ import annotations

import torch
from torch import nn


class Conv64Encoder(nn.Module):
    """Pictures (N, C, 64, 64) float32 in [0, 1] -> (N, outputs): a latent, or a posterior's mean and log-variance."""

    def __init__(self, outputs: int, channels: int = 1, width: int = 64, deep: int = 64, hidden: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, width, 4, stride=4),  # (N, 64, 16, 16)
            nn.ReLU(),
            nn.Conv2d(width, deep, 4, stride=2, padding=1),  # (N, 64, 8, 8)
            nn.ReLU(),
            nn.Conv2d(deep, deep, 4, stride=2, padding=1),  # (N, 64, 4, 4)
            nn.ReLU(),
            nn.Flatten(),  # (N, 1024)
            nn.Linear(deep * 16, hidden),  # (N, 128)
            nn.ReLU(),
            nn.Linear(hidden, outputs),  # (N, outputs)
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(pictures)
        return result


class Conv64Decoder(nn.Module):
    """Latents (N, D) float32 -> logits (N, C, 64, 64); their sigmoid is the picture in [0, 1]."""

    def __init__(self, latent: int, channels: int = 1, width: int = 64, deep: int = 64, hidden: int = 128) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(latent, hidden),  # (N, 128)
            nn.ReLU(),
            nn.Linear(hidden, deep * 16),  # (N, 1024)
            nn.ReLU(),
            nn.Unflatten(1, (deep, 4, 4)),  # (N, 64, 4, 4)
            nn.ConvTranspose2d(deep, deep, 4, stride=2, padding=1),  # (N, 64, 8, 8)
            nn.ReLU(),
            nn.ConvTranspose2d(deep, width, 4, stride=2, padding=1),  # (N, 64, 16, 16)
            nn.ReLU(),
            nn.Conv2d(width, channels * 16, 3, padding=1),  # (N, 16 C, 16, 16)
            nn.PixelShuffle(4),  # (N, C, 64, 64)
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(latents)
        return result
