"""Perceptual distance of pairs of pictures: LPIPS in its shift-tolerant form.

Zhang et al. 2018 (arXiv:1801.03924) on AlexNet's features; Ghildyal and Liu 2022 (arXiv:2207.13686) with blur before
each halving. The weights are those of the package stlpips-pytorch. Figures differ from those of plain LPIPS.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from models.analysis.packaged import tensors

Floats = NDArray[np.float32]
CHUNK = 50
CONVOLUTIONS = ("net.slice1.0", "net.slice2.5", "net.slice3.9", "net.slice4.11", "net.slice5.13")


class Perceptual:
    """The distance; `values` by their names in the package's file."""

    def __init__(self, values: Mapping[str, Tensor]) -> None:
        self.values = values

    @torch.inference_mode()
    def __call__(self, pictures: Floats, others: Floats) -> Floats:
        """Two sets (N, H, W, 3) float32 in [0, 1], at least 32 pixels wide -> (N,) distances, 0 for equal pictures."""
        found = [
            self._distance(_tensor(pictures[rows]), _tensor(others[rows]))
            for rows in (slice(start, start + CHUNK) for start in range(0, len(pictures), CHUNK))
        ]
        return np.concatenate(found)

    def _distance(self, x: Tensor, y: Tensor) -> Floats:
        total = torch.zeros(len(x))
        for i, (a, b) in enumerate(zip(self._features(x), self._features(y), strict=True)):
            total += functional.conv2d((_unit(a) - _unit(b)) ** 2, self.values[f"lin{i}.model.1.weight"]).mean(
                (1, 2, 3)
            )
        return total.numpy()

    def _features(self, x: Tensor) -> list[Tensor]:
        """What each of the five convolutions sees, after its ReLU."""
        x = (x - self.values["scaling_layer.shift"]) / self.values["scaling_layer.scale"]
        first = _halved(self._conv(x, 0, 2)).relu()
        second = self._conv(_halved(functional.max_pool2d(first, 3, 1)), 1, 2).relu()
        third = self._conv(_halved(functional.max_pool2d(second, 3, 1)), 2, 1).relu()
        fourth = self._conv(third, 3, 1).relu()
        return [first, second, third, fourth, self._conv(fourth, 4, 1).relu()]

    def _conv(self, x: Tensor, index: int, padding: int) -> Tensor:
        name = CONVOLUTIONS[index]
        return functional.conv2d(x, self.values[f"{name}.weight"], self.values[f"{name}.bias"], 1, padding)


def load() -> Perceptual:
    """The distance with its weights. Raises MetricMissing."""
    return Perceptual(tensors("stlpips_pytorch", "weights", "vST0.0", "alex_shift_tolerant.pth"))


def _tensor(pictures: Floats) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2), np.float32)) * 2 - 1


def _unit(x: Tensor) -> Tensor:
    length: Tensor = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    return x / (length + 1e-10)


def _halved(x: Tensor) -> Tensor:
    """Blurred by the binomial filter (1, 2, 1), then every second pixel of each axis."""
    row = torch.tensor([1.0, 2.0, 1.0]) / 4
    blur = (row[:, None] * row).expand(x.shape[1], 1, 3, 3)
    padded = functional.pad(x, (2, 2, 2, 2), mode="reflect")
    return functional.conv2d(padded, blur, stride=2, groups=x.shape[1])
