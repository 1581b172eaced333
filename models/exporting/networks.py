"""What is exported: trained networks with their outputs finished, one small module a kind of graph.

The names of the arguments of `forward` are the names of the graph's inputs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import nn

Squash = Literal["sigmoid", "clamp"]
Finished = tuple[torch.Tensor, torch.Tensor]


class DecoderGraph(nn.Module):
    """z (N, D) -> image (N, C, H, W) float32 in [0, 1] and pixels (N, H, W, C) uint8.

    `squash` is what brings the network's answer into [0, 1]: "sigmoid" of logits, or "clamp" for a linear decoder.
    """

    def __init__(self, decoder: nn.Module, squash: Squash = "sigmoid") -> None:
        super().__init__()
        self.decoder = decoder
        self.squash = squash

    def forward(self, z: torch.Tensor) -> Finished:
        answer: torch.Tensor = self.decoder(z)
        return finished(torch.sigmoid(answer) if self.squash == "sigmoid" else answer.clamp(0.0, 1.0))


class ConditionalDecoderGraph(nn.Module):
    """z (N, D) and label (N,) int64 -> image and pixels as above."""

    def __init__(self, decoder: nn.Module) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, z: torch.Tensor, label: torch.Tensor) -> Finished:
        return finished(torch.sigmoid(self.decoder(z, label)))


class SnapshotsGraph(nn.Module):
    """z (N, D) and snapshot (N, S) one-hot float32 -> image and pixels as above, by that of S generators."""

    def __init__(self, generators: Sequence[nn.Module]) -> None:
        super().__init__()
        self.generators = nn.ModuleList(generators)

    def forward(self, z: torch.Tensor, snapshot: torch.Tensor) -> Finished:
        drawn = torch.stack([torch.sigmoid(each(z)) for each in self.generators], dim=1)  # (N, S, C, H, W)
        return finished((drawn * snapshot[:, :, None, None, None]).sum(1))


class SynthesisGraph(nn.Module):
    """w (N, L, W), one a layer, and maps (N, 1, S, S) of noise ~ N(0, 1) -> image and pixels as above."""

    def __init__(self, synthesis: nn.Module) -> None:
        super().__init__()
        self.synthesis = synthesis

    def forward(
        self, w: torch.Tensor, noise4: torch.Tensor, noise8: torch.Tensor, noise16: torch.Tensor, noise32: torch.Tensor
    ) -> Finished:
        return finished(torch.sigmoid(self.synthesis(w, noise4, noise8, noise16, noise32)))


class EncoderGraph(nn.Module):
    """image (N, C, H, W) float32 in [0, 1] -> mean (N, D), and logvar (N, D) for a variational encoder."""

    def __init__(self, encoder: nn.Module, *, variational: bool) -> None:
        super().__init__()
        self.encoder = encoder
        self.variational = variational

    def forward(self, image: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, ...]:
        code: torch.Tensor = self.encoder(image)
        return code.chunk(2, dim=1) if self.variational else code


class ConditionalEncoderGraph(nn.Module):
    """image (N, C, H, W) and label (N,) int64 -> mean (N, D), and logvar (N, D) for a variational encoder."""

    def __init__(self, encoder: nn.Module, *, variational: bool) -> None:
        super().__init__()
        self.encoder = encoder
        self.variational = variational

    def forward(self, image: torch.Tensor, label: torch.Tensor) -> torch.Tensor | tuple[torch.Tensor, ...]:
        code: torch.Tensor = self.encoder(image, label)
        return code.chunk(2, dim=1) if self.variational else code


def finished(image: torch.Tensor) -> Finished:
    """image (N, C, H, W) in [0, 1] -> the same, and as pixels (N, H, W, C) uint8."""
    return image, (image * 255.0).round().to(torch.uint8).permute(0, 2, 3, 1)
