"""The sliders of a model: its latent dimensions ordered by what they do to the picture, each with its range."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.latent import traversal
from models.latent.density import active_dimensions

Floats = NDArray[np.float32]
POINTS = 64  # pictures that each dimension's effect is averaged over
DECODINGS = 20_000  # at most, in all: a thousand dimensions are compared on fewer pictures


def describe(
    decode: traversal.Decode, latents: Floats, *, ends: Floats | None = None, kl: Floats | None = None
) -> list[dict[str, Any]]:
    """One entry a dimension, in the order of the mean decoded change between its 5% and 95% quantile.

    latents (N, D): the default set. The range is 1% to 99% of it, or `ends` (D, 2) where the model is a generator whose
    points are drawn rather than encoded. kl (D,) in nats where the encoder has a posterior.
    """
    points = max(4, min(POINTS, DECODINGS // (2 * latents.shape[1])))
    effects = traversal.decoded_effects(decode, latents, points)
    ends = traversal.ranges(latents) if ends is None else ends
    active = active_dimensions(latents)
    return [
        {
            "dim": int(dim),
            "low": round(float(ends[dim, 0]), 4),
            "high": round(float(ends[dim, 1]), 4),
            "mean": round(float(latents[:, dim].mean()), 4),
            "std": round(float(latents[:, dim].std()), 4),
            "effect": round(float(effects[dim]), 5),
            "kl": None if kl is None else round(float(kl[dim]), 4),
            "active": bool(active[dim]),
        }
        for dim in traversal.order_by_effect(effects)
    ]
