"""A small classifier for 28x28 pictures: an instrument for measuring generators, never shipped."""

from __future__ import annotations

import torch
from torch import nn


class Classifier28(nn.Module):
    """Pictures (N, C, 28, 28) float32 in [0, 1] -> features (N, 128) and class logits (N, classes)."""

    def __init__(self, classes: int = 10, channels: int = 1, width: int = 32) -> None:
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(channels, width, 3, padding=1),  # (N, 32, 28, 28)
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 32, 14, 14)
            nn.Conv2d(width, 2 * width, 3, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.ReLU(),
            nn.MaxPool2d(2),  # (N, 64, 7, 7)
            nn.Flatten(),
            nn.Dropout(0.3),
            nn.Linear(2 * width * 49, 128),  # (N, 128)
            nn.ReLU(),
        )
        self.head = nn.Linear(128, classes)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = self.features(pictures)
        return features, self.head(features)
