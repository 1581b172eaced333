"""The loss of a VAE for single pictures, as MEASURES state it: the error in nats, and what a training minimised.

The numpy twin of `models.training.losses`, for pictures that a decoder has already drawn (Kingma and Welling 2013).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]
LEAST = 2.0**-24  # the nearest that a float32 below 1 comes to 1: no probability is taken to be nearer to 0 or 1
MOST = 1e6  # beyond it a weight or a variance is a mistake, not a choice


@dataclass(frozen=True)
class Objective:
    """What a VAE's training minimised: error in nats + beta x KL (+ (tc - 1) x total correlation), a picture."""

    likelihood: Literal["bernoulli", "gaussian"]
    beta: float
    sigma2: float | None = None  # the pixels' variance; of the Gaussian likelihood only
    tc: float = 0.0  # weight of the total correlation (beta-TCVAE, Chen et al. 2018); 0: the KL term counts as a whole

    def __post_init__(self) -> None:
        """Raises ValueError, naming the field, for what no training can have minimised."""
        if self.likelihood not in ("bernoulli", "gaussian"):
            raise ValueError(f'likelihood must be "bernoulli" or "gaussian", but is {self.likelihood!r}.')
        gaussian = self.likelihood == "gaussian"
        if gaussian != (self.sigma2 is not None):
            raise ValueError("sigma2 belongs to a gaussian likelihood, which needs it, and to no other.")
        for name, value, least in (("beta", self.beta, 0.0), ("sigma2", self.sigma2, 1e-9), ("tc", self.tc, 0.0)):
            if value is not None and not (_is_number(value) and least <= value <= MOST):
                raise ValueError(f"{name} must be a number from {least:g} to {MOST:g}, but is {value!r}.")

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Objective:
        """From the JSON of objective.json. Raises ValueError with a sentence for anything else."""
        if not isinstance(document, Mapping):
            raise ValueError("it must hold one JSON object.")
        unknown = sorted(set(document) - {"likelihood", "beta", "sigma2", "tc"})
        if unknown:
            raise ValueError(f"{unknown[0]!r} is not a key of it.")
        if missing := [key for key in ("likelihood", "beta") if key not in document]:
            raise ValueError(f"{missing[0]} is missing.")
        return cls(document["likelihood"], document["beta"], document.get("sigma2"), document.get("tc", 0.0))

    def document(self) -> dict[str, Any]:
        """The JSON that `parse` reads."""
        return asdict(self)

    def error(self, drawn: ArrayLike, pictures: ArrayLike) -> Values:
        """Nats a picture: (N, ...) and (N, ...) or (1, ...) in [0, 1] -> (N,). Raises ValueError for other shapes."""
        if self.sigma2 is not None:
            return gaussian(drawn, pictures, self.sigma2)
        return bernoulli(drawn, pictures)

    def floor(self, pictures: ArrayLike) -> Values:
        """What not even a perfect copy gets below, in nats: (N, ...) -> (N,)."""
        return bernoulli(pictures, pictures) if self.sigma2 is None else np.zeros(len(np.asarray(pictures)))


def bernoulli(drawn: ArrayLike, pictures: ArrayLike) -> Values:
    """Cross-entropy of independent Bernoulli pixels, summed over a picture, in nats: -> (N,).

    For pixels between 0 and 1 its minimum is their own entropy, not 0. Raises ValueError when the shapes differ.
    """
    p, x = _pair(drawn, pictures)
    p = np.clip(p, LEAST, 1 - LEAST)
    return np.asarray(-(x * np.log(p) + (1 - x) * np.log1p(-p)).sum(axis=1), np.float64)


def gaussian(drawn: ArrayLike, pictures: ArrayLike, sigma2: float) -> Values:
    """Squared error over 2 sigma^2, summed over a picture: the Gaussian likelihood without its constant, in nats.

    Raises ValueError when the shapes differ.
    """
    p, x = _pair(drawn, pictures)
    return np.asarray(np.square(p - x).sum(axis=1) / (2 * sigma2), np.float64)


def kl(mean: ArrayLike, std: ArrayLike) -> Values:
    """KL(N(mean, std^2) || N(0, 1)) in nats, element by element (Kingma and Welling 2013, appendix B)."""
    m, s = np.asarray(mean, np.float64), np.asarray(std, np.float64)
    return np.asarray(0.5 * (m**2 + s**2 - 1) - np.log(s), np.float64)


def _pair(drawn: ArrayLike, pictures: ArrayLike) -> tuple[Values, Values]:
    first, second = np.asarray(drawn, np.float64), np.asarray(pictures, np.float64)
    if first.ndim < 2 or first.shape[1:] != second.shape[1:] or len(second) not in (1, len(first)):
        raise ValueError(f"expected two stacks of pictures of one shape, got {first.shape} and {second.shape}")
    return first.reshape(len(first), -1), second.reshape(len(second), -1)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
