"""A decoder for 64x64 pictures whose latent also scales and shifts the channels of every layer.

Feature-wise linear modulation, after Perez et al. 2018 (arXiv:1709.07871).

The colours of skin, hair and ground are products of one latent with a whole region. Fed in at the first layer only,
they have to be carried through all the others.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 (the field's own name for it)


class Film(nn.Module):
    """Features (N, C, H, W) and a vector (N, D) -> features, each channel scaled and shifted as the vector says."""

    def __init__(self, vector: int, channels: int) -> None:
        super().__init__()
        self.linear = nn.Linear(vector, 2 * channels)
        nn.init.normal_(self.linear.weight, std=0.02)
        nn.init.zeros_(self.linear.bias)

    def forward(self, features: torch.Tensor, vector: torch.Tensor) -> torch.Tensor:
        scale, shift = self.linear(vector)[:, :, None, None].chunk(2, dim=1)  # (N, C, 1, 1) each
        result: torch.Tensor = features * (1.0 + scale) + shift
        return result


class Film64Decoder(nn.Module):
    """Latents (N, D) float32 -> logits (N, C, 64, 64); their sigmoid is the picture in [0, 1]."""

    def __init__(self, latent: int, channels: int = 3, width: int = 64, deep: int = 128, hidden: int = 160) -> None:
        super().__init__()
        self.enter = nn.Linear(latent, hidden)  # (N, 160)
        self.spread = nn.Linear(hidden, deep * 16)  # (N, 128 x 4 x 4)
        self.up8 = nn.ConvTranspose2d(deep, deep, 4, stride=2, padding=1)  # (N, 128, 8, 8)
        self.film8 = Film(hidden, deep)
        self.up16 = nn.ConvTranspose2d(deep, width, 4, stride=2, padding=1)  # (N, 64, 16, 16)
        self.film16 = Film(hidden, width)
        self.leave = nn.Conv2d(width, channels * 16, 3, padding=1)  # (N, 16 C, 16, 16)
        self.deep = deep

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        vector = F.relu(self.enter(latents))
        features = F.relu(self.spread(vector)).reshape(-1, self.deep, 4, 4)
        features = F.relu(self.film8(self.up8(features), vector))
        features = F.relu(self.film16(self.up16(features), vector))
        return F.pixel_shuffle(self.leave(features), 4)  # (N, C, 64, 64)
