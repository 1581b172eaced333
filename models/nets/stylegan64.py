"""A small StyleGAN for 64x64 colour pictures, made for a CPU.

After Karras et al. 2019 and 2020 (arXiv:1812.04948, arXiv:1912.04958). The convolutions end at 32 x 32; four colours a
cell are unfolded into 64 x 64 pixels (Shi et al. 2016, arXiv:1609.05158), and the critic folds them back. A modulated
convolution scales its input by the style, shares its weights among the batch, and divides by the norm that modulated
weights would have: the numbers of weights of each picture's own, for a fraction. Weights are drawn from N(0, 1) and
scaled when used (Karras et al. 2018, arXiv:1710.10196), so that all learn at one rate.
"""

from __future__ import annotations

import itertools
import math

import torch
from torch import nn
from torch.nn import functional as F  # noqa: N812 (the field's own name for it)

SLOPE = 0.2  # of the leaky ReLU
GAIN = math.sqrt(2.0)  # makes up for the variance that the leaky ReLU takes away


class EqualLinear(nn.Module):
    """Inputs (N, I) -> (N, O), with weights scaled to the number of inputs when used."""

    def __init__(self, inputs: int, outputs: int, bias: float = 0.0, gain: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs))
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight * self.scale, self.bias)


class EqualConv(nn.Module):
    """A convolution and a leaky ReLU: (N, I, H, W) -> (N, O, H / stride, W / stride)."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = GAIN / math.sqrt(inputs * kernel * kernel)
        self.stride, self.padding = stride, (kernel - 1) // 2

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.leaky_relu(F.conv2d(x, self.weight * self.scale, self.bias, self.stride, self.padding), SLOPE)


class StyledConv(nn.Module):
    """A modulated and demodulated convolution, noise and a leaky ReLU: (N, I, H, W), w (N, D) -> (N, O, H', W').

    `up` doubles height and width by a transposed convolution of 4 x 4, of which 2 x 2 weights meet in each output; such
    a layer takes no noise.
    """

    def __init__(self, inputs: int, outputs: int, width: int, *, up: bool) -> None:
        super().__init__()
        self.style = EqualLinear(width, inputs, bias=1.0)
        shape = (inputs, outputs, 4, 4) if up else (outputs, inputs, 3, 3)
        self.weight = nn.Parameter(torch.randn(shape))
        self.bias = nn.Parameter(torch.zeros(outputs))
        if not up:
            self.strength = nn.Parameter(torch.zeros(()))  # of the noise, one number a layer
        self.up = up
        self.scale = 1.0 / math.sqrt(inputs * (4 if up else 9))

    def forward(self, x: torch.Tensor, w: torch.Tensor, noise: torch.Tensor | None = None) -> torch.Tensor:
        style = self.style(w)
        weight = self.weight * self.scale
        modulated = x * style[:, :, None, None]
        if self.up:
            y = F.conv_transpose2d(modulated, weight, self.bias, stride=2, padding=1)
            power = weight.square().sum((2, 3)).t() * 0.25
        else:
            y = F.conv2d(modulated, weight, self.bias, padding=1)
            power = weight.square().sum((2, 3))
        norm = F.linear(style.float().square(), power.float())  # (N, O), squared
        demodulation = (GAIN * torch.rsqrt(norm + 1e-8))[:, :, None, None].to(y.dtype)
        if noise is None:
            return F.leaky_relu(y * demodulation, SLOPE)
        return F.leaky_relu(torch.addcmul((noise * self.strength).to(y.dtype), y, demodulation), SLOPE)


class ToColours(nn.Module):
    """A modulated 1x1 convolution without demodulation: (N, I, H, W), w (N, D) -> (N, O, H, W)."""

    def __init__(self, inputs: int, outputs: int, width: int) -> None:
        super().__init__()
        self.style = EqualLinear(width, inputs, bias=1.0)
        self.weight = nn.Parameter(torch.randn(outputs, inputs, 1, 1))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = 1.0 / math.sqrt(inputs)

    def forward(self, x: torch.Tensor, w: torch.Tensor) -> torch.Tensor:
        return F.conv2d(x * self.style(w)[:, :, None, None], self.weight * self.scale, self.bias)


class StyleMapping(nn.Module):
    """Latents z (N, D) float32 ~ N(0, I) -> w (N, W). `mean` (W,) is the mean of w over z, for truncation."""

    mean: torch.Tensor

    def __init__(self, latent: int = 128, width: int = 128, layers: int = 4) -> None:
        super().__init__()
        sizes = [latent] + [width] * layers
        self.layers = nn.ModuleList(EqualLinear(i, o, gain=GAIN) for i, o in itertools.pairwise(sizes))
        self.register_buffer("mean", torch.zeros(width))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        # Clamped, not "+ 1e-8": torch's exporter takes that for an addition of nothing, and z = 0 became NaN.
        x = z * torch.rsqrt(z.square().mean(1, keepdim=True).clamp(min=1e-8))
        for layer in list(self.layers)[:-1]:
            x = F.leaky_relu(layer(x), SLOPE)
        result: torch.Tensor = self.layers[-1](x)
        return result


class StyleSynthesis(nn.Module):
    """w (N, W), or one w a layer (N, 7, W), and noise -> logits (N, 3, 64, 64); their sigmoid is the picture in [0, 1].

    `noise` is none at all or four maps ~ N(0, 1) of the sizes `NOISE`, each (N, 1, S, S) or (1, 1, S, S). Layers 0 to 2
    are coarse (4 x 4 and 8 x 8), 3 and 4 middle (16 x 16), 5 and 6 fine (32 x 32). Colours take their layer's style.
    """

    LAYERS = 7
    NOISE = (4, 8, 16, 32)

    def __init__(self, width: int = 128, deep: int = 128, middle: int = 64, fine: int = 32) -> None:
        super().__init__()
        self.start = nn.Parameter(torch.randn(1, deep, 4, 4))
        plan = [
            (deep, deep, False),  # (N, 128, 4, 4)
            (deep, deep, True),  # (N, 128, 8, 8)
            (deep, deep, False),
            (deep, middle, True),  # (N, 64, 16, 16)
            (middle, middle, False),
            (middle, fine, True),  # (N, 32, 32, 32)
            (fine, fine, False),
        ]
        self.layers = nn.ModuleList(StyledConv(i, o, width, up=up) for i, o, up in plan)
        self.colours8 = ToColours(deep, 3, width)
        self.colours16 = ToColours(middle, 3, width)
        self.colours64 = ToColours(fine, 12, width)
        nn.init.zeros_(self.colours64.weight)  # random fine colours are speckles that the critic sees first of all

    def forward(self, w: torch.Tensor, *noise: torch.Tensor) -> torch.Tensor:
        styles = w.unbind(1) if w.dim() == 3 else (w,) * self.LAYERS
        maps: tuple[torch.Tensor | None, ...] = noise or (None,) * 4
        x = self.start.expand(w.shape[0], -1, -1, -1)
        x = self.layers[0](x, styles[0], maps[0])
        x = self.layers[2](self.layers[1](x, styles[1]), styles[2], maps[1])
        rgb = _doubled(self.colours8(x, styles[2]))
        x = self.layers[4](self.layers[3](x, styles[3]), styles[4], maps[2])
        rgb = _doubled(_doubled(rgb + self.colours16(x, styles[4])))
        x = self.layers[6](self.layers[5](x, styles[5]), styles[6], maps[3])
        return rgb + F.pixel_shuffle(self.colours64(x, styles[6]), 2)


class StyleCritic(nn.Module):
    """Pictures (N, 3, 64, 64) float32 in [0, 1] -> realness logits (N, 1). Each picture is judged by itself."""

    def __init__(self, deep: int = 128, middle: int = 64, fine: int = 32) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.PixelUnshuffle(2),  # (N, 12, 32, 32)
            EqualConv(12, fine, 3),  # (N, 32, 32, 32)
            EqualConv(fine, middle, 4, stride=2),  # (N, 64, 16, 16)
            EqualConv(middle, middle, 3),
            EqualConv(middle, deep, 4, stride=2),  # (N, 128, 8, 8)
            EqualConv(deep, deep, 3),
            EqualConv(deep, deep, 4, stride=2),  # (N, 128, 4, 4)
            nn.Flatten(),
            EqualLinear(deep * 16, deep, gain=GAIN),
            nn.LeakyReLU(SLOPE),
            EqualLinear(deep, 1),  # (N, 1)
        )

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = self.layers(pictures * 2.0 - 1.0)
        return result


def _doubled(pictures: torch.Tensor) -> torch.Tensor:
    return F.interpolate(pictures, scale_factor=2.0, mode="bilinear", align_corners=False)
