"""What the encodings of the held-out pictures are like."""

from __future__ import annotations

import numpy as np

from models.analysis import neighbours
from models.analysis.aggregate import against_prior
from models.evaluating.opened import SEED, Figures, Opened
from models.latent.density import active_dimensions

NEIGHBOURS = 10
INVERTED = 2000  # draws from the prior


def label_agreement(opened: Opened) -> Figures:
    """Share of pictures whose label is the majority's among their nearest encodings."""
    means = opened.posterior.mean
    value = neighbours.label_agreement(means, opened.test.labels, NEIGHBOURS)
    chance = float(np.bincount(opened.test.labels).max() / len(means))
    return {"pictures": len(means), "k": NEIGHBOURS, "value": value, "most_frequent_label": chance}


def divergence(opened: Opened) -> Figures:
    """KL to the prior a dimension in nats, averaged over the held-out pictures, and the active dimensions."""
    mean, logvar = opened.posterior.mean, opened.posterior.logvar
    assert logvar is not None  # noqa: S101  (asked of variational models only)
    kl = 0.5 * (mean**2 + np.exp(logvar) - 1.0 - logvar).mean(0)
    return {
        "pictures": len(mean),
        "total": float(kl.sum()),
        "per_dimension": [round(float(value), 4) for value in kl],
        "active": int(active_dimensions(mean).sum()),
    }


def aggregate_posterior(opened: Opened) -> Figures:
    """Draws from the posteriors of held-out pictures beside draws from the prior."""
    mean, logvar = opened.posterior.mean, opened.posterior.logvar
    assert logvar is not None  # noqa: S101  (asked of variational models only)
    return {"pictures": len(mean), **against_prior(mean, logvar, seed=SEED)}


def inversion(opened: Opened) -> Figures:
    """How well a generator's encoder recovers the latent that a picture was drawn from: R^2 over draws."""
    latents = opened.draws(opened.sampler("prior"), INVERTED, SEED + 101)
    labels = np.arange(INVERTED)
    found = opened.encode(opened.pixels(latents, labels), opened.given(labels).get("class", labels)).mean
    left = float(((found - latents) ** 2).sum() / ((latents - latents.mean(0)) ** 2).sum())
    return {"draws": INVERTED, "space": opened.model.default_space, "r2": 1.0 - left}
