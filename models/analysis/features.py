"""Features of pictures in trained networks, kept beside the trainings under the hash of the pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.analysis import efficientnet, inception

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]


@dataclass(frozen=True)
class Extractor:
    """A network that looks: `look` maps (N, C, H, W) uint8 with one or three channels to (N, size) float32."""

    name: str
    size: int
    batch: int
    look: Callable[[Tensor], Tensor]

    def __call__(self, pictures: Pictures) -> Floats:
        """(N, H, W, C) uint8 -> (N, size) float32."""
        found = np.empty((len(pictures), self.size), np.float32)
        for start in range(0, len(pictures), self.batch):
            rows = slice(start, start + self.batch)
            found[rows] = self.look(torch.from_numpy(pictures[rows].transpose(0, 3, 1, 2).copy())).numpy()
        return found


def inception_extractor() -> Extractor:
    """The features of published FIDs, computed in bfloat16. Raises MetricMissing."""
    network = inception.Inception(inception.folded_weights(), torch.bfloat16)
    return Extractor("inception-bf16", inception.FEATURES, 16, lambda x: network(inception.prepared(x)))


def efficientnet_extractor() -> Extractor:
    """EfficientNet-Lite0's features: ten times as fast, never quoted beside published FIDs. Raises MetricMissing."""
    network = efficientnet.load()
    return Extractor("efficientnet-lite0", efficientnet.FEATURES, 50, lambda x: network(efficientnet.prepared(x)))


def cached(extractor: Extractor, pictures: Pictures, folder: Path) -> Floats:
    """`extractor(pictures)`, read from `folder` when it was computed before; kept as float16."""
    pictures = np.ascontiguousarray(pictures)
    digest = hashlib.sha256(f"{extractor.name} {pictures.shape}".encode() + pictures.tobytes()).hexdigest()[:20]
    path = folder / f"{extractor.name}-{digest}.npy"
    if path.exists():
        kept: NDArray[np.float16] = np.load(path, allow_pickle=False)
        return kept.astype(np.float32)
    found = extractor(pictures)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, found.astype(np.float16), allow_pickle=False)
    part.replace(path)
    return found.astype(np.float16).astype(np.float32)
