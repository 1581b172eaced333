"""Adaptive resampling by the latents' histogram: pictures whose latents are rare are drawn more often.

After Amini et al. 2019, "Uncovering and Mitigating Algorithmic Bias through Learned Latent Structure", algorithm 1
(doi:10.1145/3306618.3314243). No label of any group is used.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

Rule = Literal["product", "maximum"]

BINS = 10
SMOOTHING = 0.001
ACTIVE = 0.01  # a dimension whose means vary less says nothing about a picture


def probabilities(
    means: NDArray[np.float32], *, rule: Rule, bins: int = BINS, smoothing: float = SMOOTHING
) -> NDArray[np.float64]:
    """The probability (N,) of drawing each picture, from the posterior means (N, D) of all of them.

    Each dimension's histogram has `bins` bins of equal width from its smallest to its largest value; a picture is as
    rare in it as 1 / (share of its bin + smoothing). Over dimensions the rarities are multiplied ("product", as the
    paper has it, which takes the dimensions for independent) or the largest is taken after each dimension's sum to 1
    ("maximum"). Dimensions that are not active are left out; where none is, all pictures are equally likely.
    """
    active = means.T[means.var(axis=0) > ACTIVE].astype(np.float64)
    if not len(active):
        return np.full(len(means), 1.0 / len(means))
    rarity = 1.0 / (np.stack([_shares(values, bins) for values in active]) + smoothing)  # (D, N)
    if rule == "product":
        logs = np.log(rarity).sum(axis=0)
        weights = np.exp(logs - logs.max())
    else:
        weights = (rarity / rarity.sum(axis=1, keepdims=True)).max(axis=0)
    found: NDArray[np.float64] = weights / weights.sum()
    return found


def effective_share(probability: NDArray[np.float64]) -> float:
    """The effective sample size 1 / sum p^2 (Kish) over N: 1 for even draws, 1/N for always the same picture."""
    return float(1.0 / (np.square(probability).sum() * len(probability)))


def _shares(values: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """The share of all values (N,) that lie in the bin of each, (N,)."""
    edges = np.linspace(values.min(), values.max(), bins + 1)
    places = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, bins - 1)
    found: NDArray[np.float64] = (np.bincount(places, minlength=bins) / len(values))[places]
    return found
