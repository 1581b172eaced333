"""An autoencoder without a bottleneck for 28x28 pictures: 784 pixels become 1,024 numbers; nothing is left out."""

from __future__ import annotations

import torch
from torch import nn


class Wide28Encoder(nn.Module):
    """Pictures (N, C, 28, 28) float32 in [0, 1] -> latents (N, 1024)."""

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 32, 4, stride=2, padding=1),  # (N, 32, 14, 14)
            nn.ReLU(),
            nn.Conv2d(32, 64, 4, stride=2, padding=1),  # (N, 64, 7, 7)
            nn.ReLU(),
            nn.Conv2d(64, 64, 3, stride=2, padding=1),  # (N, 64, 4, 4)
            nn.Flatten(),  # (N, 1024)
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(pictures)
        return result


class Wide28Decoder(nn.Module):
    """Latents (N, 1024) float32 -> logits (N, C, 28, 28); their sigmoid is the picture in [0, 1]."""

    def __init__(self, channels: int = 1) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Unflatten(1, (64, 4, 4)),  # (N, 64, 4, 4)
            nn.ConvTranspose2d(64, 64, 3, stride=2, padding=1),  # (N, 64, 7, 7)
            nn.ReLU(),
            nn.ConvTranspose2d(64, 32, 4, stride=2, padding=1),  # (N, 32, 14, 14)
            nn.ReLU(),
            nn.ConvTranspose2d(32, channels, 4, stride=2, padding=1),  # (N, C, 28, 28)
        )

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(latents)
        return result
