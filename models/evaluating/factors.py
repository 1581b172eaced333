"""Known factors: read off pictures by a network, and found again among the latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from models.analysis.disentanglement import TRAIN, scores
from models.analysis.reader import reader
from models.data.imageset import Factor
from models.evaluating.opened import SEED, Figures, Opened

Floats = NDArray[np.float32]
READ = 5000  # draws of each sampler
PARTS = 3  # of a continuous factor, equally frequent among the held-out pictures
AMBIGUOUS = ("orientation",)  # a square looks the same after a quarter turn
READABLE = 0.1  # the score on originals below which a share of it says nothing
TOLERANCE = 0.25  # by which a frequency may differ from the data's


def reading(opened: Opened) -> Figures:
    """How well factors are read off reconstructions, and how often each is seen in draws, beside the originals."""
    look = reader(opened.unbiased, opened.runs)
    test = opened.test
    originals = look(test.images)
    scores = scored(test.factors, originals)
    back = scored(test.factors, look(opened.redrawn))
    return {
        "pictures": len(test.images),
        "draws": READ,
        "parts_of_a_continuous_factor": PARTS,
        "factors": {
            name: {
                "originals": scores[name],
                "reconstructions": back[name],
                "kept": back[name] / scores[name] if scores[name] > READABLE else None,
            }
            for name in scores
        },
        "samplers": {
            each.name: seen(test.factors, originals, look(opened.pixels(opened.draws(each, READ))))
            for each in opened.samplers
        },
    }


def scored(factors: Sequence[Factor], read: dict[str, Floats]) -> dict[str, float]:
    """R^2 of each continuous or ordered factor, accuracy of each categorical one."""
    found = {}
    for factor in factors:
        values = factor.values.astype(np.float64)
        if factor.kind == "categorical":
            found[factor.name] = float((read[factor.name] == values).mean())
        else:
            found[factor.name] = float(1 - ((read[factor.name] - values) ** 2).mean() / values.var())
    return found


def seen(factors: Sequence[Factor], originals: dict[str, Floats], draws: dict[str, Floats]) -> Figures:
    """By how much the frequency of a category, or of a part of a continuous factor, differs at most from the data's.

    Relative: 0.25 means a quarter more or less often. What is read of draws is compared with what is read of originals,
    so that the reader's own errors do not count. Categories rarer than a hundredth of the originals are left out.
    """
    differences = {}
    for factor in factors:
        if factor.kind == "categorical":
            count = len(factor.categories)
            known, found = (np.bincount(r[factor.name].astype(int), minlength=count) for r in (originals, draws))
        else:
            inner = np.quantile(originals[factor.name], np.arange(1, PARTS) / PARTS)
            known, found = (
                np.bincount(np.searchsorted(inner, r[factor.name]), minlength=PARTS) for r in (originals, draws)
            )
        shares, others = known / known.sum(), found / found.sum()
        often = shares > 0.01
        differences[factor.name] = float(np.abs(others[often] / shares[often] - 1).max())
    within = sum(value <= TOLERANCE for value in differences.values())
    return {"largest_difference": differences, "within_a_quarter": within, "of": len(differences)}


def disentanglement(opened: Opened) -> Figures:
    """All scores of posterior means: of training pictures to fit predictors on, and of held-out ones to judge them."""
    train, test = opened.train.first(TRAIN), opened.test
    codes = np.concatenate([opened.encode(train.images, train.labels).mean, opened.posterior.mean])
    factors = [
        replace(a, values=np.concatenate([a.values, b.values]))
        for a, b in zip(train.factors, test.factors, strict=True)
    ]
    ambiguous = [name for name in AMBIGUOUS if any(factor.name == name for factor in factors)]
    return scores(codes, factors, train=len(train.images), ambiguous=ambiguous, seed=SEED)


def sliders(opened: Opened) -> Figures:
    """Which latent follows each factor: Pearson correlations of posterior means with every numeric factor."""
    means = opened.posterior.mean
    numeric = [factor for factor in opened.test.factors if factor.kind != "categorical"]
    table = np.abs(correlations(means, np.stack([factor.values for factor in numeric], axis=1)))
    best = table.argsort(axis=0)[::-1]
    return {
        "pictures": len(means),
        "factors": {
            factor.name: {
                "latent": int(best[0, f]),
                "correlation": float(table[best[0, f], f]),
                "next_latent": int(best[1, f]),
                "next_correlation": float(table[best[1, f], f]),
            }
            for f, factor in enumerate(numeric)
        },
    }


def correlations(codes: Floats, values: Floats) -> NDArray[np.float64]:
    """Pearson's r of codes (N, K) and values (N, F) -> (K, F); 0 where either does not vary."""
    a = codes.astype(np.float64) - codes.mean(0, dtype=np.float64)
    b = values.astype(np.float64) - values.mean(0, dtype=np.float64)
    lengths = np.linalg.norm(a, axis=0)[:, None] * np.linalg.norm(b, axis=0)[None]
    found: NDArray[np.float64] = np.divide(a.T @ b, lengths, out=np.zeros(lengths.shape), where=lengths > 0)
    return found
