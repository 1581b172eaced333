"""Encoder and decoder for 28x28 pictures whose class is known, after Sohn et al. 2015 (NeurIPS).

The class is given to both, so the latent need not hold it.
"""

from __future__ import annotations

import torch
from torch import nn

from models.nets.conv28 import Conv28Decoder, Conv28Encoder


class Cond28Encoder(nn.Module):
    """Pictures (N, C, 28, 28) float32 in [0, 1] and classes (N,) int64 -> (N, outputs), as of `Conv28Encoder`."""

    def __init__(
        self,
        outputs: int,
        classes: int = 10,
        channels: int = 1,
        width: int = 32,
        hidden: int = 128,
        embedding: int = 16,
    ) -> None:
        super().__init__()
        self.features = Conv28Encoder(hidden, channels, width, hidden)
        self.embedding = nn.Embedding(classes, embedding)
        self.head = nn.Sequential(
            nn.ReLU(),
            nn.Linear(hidden + embedding, hidden),  # (N, 128)
            nn.ReLU(),
            nn.Linear(hidden, outputs),  # (N, outputs)
        )

    def forward(self, pictures: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        both = torch.cat([self.features(pictures), self.embedding(labels)], dim=1)
        result: torch.Tensor = self.head(both)
        return result


class Cond28Decoder(nn.Module):
    """Latents (N, D) float32 and classes (N,) int64 -> logits (N, C, 28, 28) of the picture in [0, 1]."""

    def __init__(
        self, latent: int, classes: int = 10, channels: int = 1, width: int = 32, hidden: int = 128, embedding: int = 16
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(classes, embedding)
        self.decoder = Conv28Decoder(latent + embedding, channels, width, hidden)

    def forward(self, latents: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.decoder(torch.cat([latents, self.embedding(labels)], dim=1))
        return result
