"""Factors like those of the sprites, and codes of which the scores are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.analysis.disentanglement.factors import KnownFactors
from models.data.imageset import Factor

Floats = NDArray[np.float32]
COUNTS = {"shape": 3, "scale": 6, "orientation": 40, "x": 32, "y": 32}
TRAIN = 2000
PICTURES = 3000


@dataclass(frozen=True)
class Case:
    """Factors of some pictures, without pictures."""

    factors: tuple[Factor, ...]
    known: KnownFactors
    perfect: Floats  # (N, 5): the factors themselves, with spread 1
    noise: Floats  # (N, 10): knows nothing


def case(pictures: int = PICTURES, seed: int = 0) -> Case:
    """Independent factors, uniform over the sprites' grid."""
    random = np.random.default_rng(seed)
    factors = tuple(
        Factor(
            name,
            "categorical" if name == "shape" else "ordered",
            random.integers(0, count, pictures).astype(np.float32),
            tuple("abc") if name == "shape" else (),
        )
        for name, count in COUNTS.items()
    )
    known = KnownFactors.of(factors)
    perfect = known.values / known.values.std(axis=0)
    return Case(factors, known, perfect, random.standard_normal((pictures, 10)).astype(np.float32))


def rotated(codes: Floats) -> Floats:
    """The same information in every dimension alike: codes (N, K) turned by the orthogonal matrix of Hartley."""
    count = codes.shape[1]
    angle = 2 * np.pi * np.outer(np.arange(count), np.arange(count)) / count
    turn = (np.cos(angle) + np.sin(angle)) / np.sqrt(count)
    return np.asarray((codes - codes.mean(axis=0)) @ turn, np.float32)
