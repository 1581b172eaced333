"""Principal component analysis (Pearson 1901) as a linear encoder and decoder: fitted in closed form, never trained."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.latent.projection import principal


def fit(images: NDArray[np.uint8], components: int) -> tuple[nn.Module, nn.Module]:
    """Encoder and decoder from pictures (N, H, W, C) in [0, 255].

    The encoder takes (N, C, H, W) in [0, 1] to coordinates (N, components) along the directions of largest variance,
    the largest first; the decoder takes them back to (N, C, H, W), which may leave [0, 1].
    """
    _, height, width, channels = images.shape
    shape = (channels, height, width)
    mean, covariance = moments(images)
    basis, _ = principal(covariance, components)
    encoder, decoder = nn.Linear(len(mean), components), nn.Linear(components, len(mean))
    with torch.no_grad():
        encoder.weight.copy_(torch.from_numpy(basis))
        encoder.bias.copy_(torch.from_numpy(-basis @ mean))
        decoder.weight.copy_(torch.from_numpy(basis.T))
        decoder.bias.copy_(torch.from_numpy(mean))
    return nn.Sequential(nn.Flatten(), encoder), nn.Sequential(decoder, nn.Unflatten(1, shape))


def moments(images: NDArray[np.uint8], chunk: int = 4096) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (P,) and covariance (P, P) of pictures (N, H, W, C), their P values in the order C, H, W, in [0, 1]."""
    size = images[0].size
    total, products = np.zeros(size), np.zeros((size, size))
    for start in range(0, len(images), chunk):
        rows = images[start : start + chunk].transpose(0, 3, 1, 2).reshape(-1, size).astype(np.float32) / 255.0
        total += rows.sum(0, dtype=np.float64)
        products += rows.T @ rows
    mean = total / len(images)
    return mean, products / len(images) - np.outer(mean, mean)
