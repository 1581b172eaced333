"""The sliders of a model: its latent dimensions ordered by what they do to the picture, each with its range."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.adapter import Model
from models.latent import traversal
from models.latent.density import active_dimensions

Floats = NDArray[np.float32]


def describe(model: Model, latents: Floats, kl: list[float] | None) -> list[dict[str, Any]]:
    """One entry a dimension, in the order of the mean decoded change between its 5% and 95% quantile.

    latents (N, D): the default set. The range is 1% to 99% of it, or of the prior where the model is a generator whose
    points are drawn rather than encoded.
    """
    effects = traversal.decoded_effects(model.decode, latents)
    drawn = model.manifest.kind in ("gan", "cgan", "stylegan")
    prior = model.manifest.latent.prior
    ends = traversal.prior_ranges(prior, latents.shape[1], reference=latents) if drawn else traversal.ranges(latents)
    active = active_dimensions(latents)
    return [
        {
            "dim": int(dim),
            "low": round(float(ends[dim, 0]), 4),
            "high": round(float(ends[dim, 1]), 4),
            "mean": round(float(latents[:, dim].mean()), 4),
            "std": round(float(latents[:, dim].std()), 4),
            "effect": round(float(effects[dim]), 5),
            "kl": None if kl is None else round(kl[dim], 4),
            "active": bool(active[dim]),
        }
        for dim in traversal.order_by_effect(effects)
    ]
