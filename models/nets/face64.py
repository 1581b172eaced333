"""An encoder of 64x64 pictures that also says whether they show a face (Amini et al. 2019)."""

from __future__ import annotations

import torch
from torch import nn

from models.nets.conv64 import Conv64Encoder


class Face64Encoder(nn.Module):
    """Pictures (N, C, 64, 64) float32 in [0, 1] -> (N, outputs), as the plain encoder; `judged` also has the logit."""

    def __init__(self, outputs: int, channels: int = 3, width: int = 64, deep: int = 128, hidden: int = 128) -> None:
        super().__init__()
        self.trunk = nn.Sequential(Conv64Encoder(hidden, channels, width, deep, hidden), nn.ReLU())
        self.code = nn.Linear(hidden, outputs)
        self.face = nn.Linear(hidden, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.code(self.trunk(pictures))
        return result

    def judged(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (N, C, 64, 64) -> the code (N, outputs) and the logit (N,) of being a face."""
        features = self.trunk(pictures)  # (N, hidden)
        return self.code(features), self.face(features).squeeze(1)
