"""The aggregate posterior q(z) against the prior: where encodings lie, and where samples are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

Floats = NDArray[np.float32]
DRAWS = 10_000
PROJECTIONS = 200


def against_prior(mean: Floats, logvar: Floats, *, draws: int = DRAWS, seed: int = 0) -> dict[str, Any]:
    """Draws from the posteriors (N, D) of pictures beside draws from N(0, I): the figures of the protocol.

    `auc`: 0.5 is a match, 1 no overlap. `sliced_wasserstein` is to be read beside its `null`: what two sets of draws
    from the prior give.
    """
    random = np.random.default_rng(seed)
    rows = random.permutation(np.resize(np.arange(len(mean)), draws))
    noise = random.standard_normal((draws, mean.shape[1]), np.float32)
    encoded = mean[rows] + np.exp(0.5 * logvar[rows]) * noise
    first, second = (random.standard_normal((draws, mean.shape[1]), np.float32) for _ in range(2))
    return {
        "draws": draws,
        "auc": separability(encoded, first, random),
        "sliced_wasserstein": sliced_wasserstein(encoded, first, random),
        "sliced_wasserstein_null": sliced_wasserstein(second, first, random),
    }


def separability(points: Floats, others: Floats, random: np.random.Generator) -> float:
    """Held-out AUC of gradient boosting between two sets of latents, (N, D) and (M, D): 0.5 is a match, 1 no overlap.

    Trained on a random half of both together, judged on the other half. Squares and the squared norm stand beside the
    dimensions: trees that cut one dimension at a time see a wrong radius badly.
    """
    z = np.concatenate([points, others])
    z = np.concatenate([z, np.square(z).sum(axis=1, keepdims=True)], axis=1)
    of = np.repeat([1, 0], [len(points), len(others)])
    order = random.permutation(len(z))
    train, test = np.array_split(order, 2)
    classifier = HistGradientBoostingClassifier(max_iter=100, max_leaf_nodes=8, learning_rate=0.1, random_state=0)
    classifier.fit(z[train], of[train])
    return float(roc_auc_score(of[test], classifier.predict_proba(z[test])[:, 1]))


def sliced_wasserstein(
    points: Floats, others: Floats, random: np.random.Generator, projections: int = PROJECTIONS
) -> float:
    """Sliced Wasserstein-2 distance of two sets of latents, (N, D) each, over random directions (Bonneel et al. 2015).

    In the latents' own unit: a shift by a vector of length s gives s / sqrt(D). Raises ValueError for unlike shapes.
    """
    if points.shape != others.shape:
        raise ValueError(f"expected two sets of one shape, got {points.shape} and {others.shape}")
    directions = random.standard_normal((points.shape[1], projections))
    directions /= np.linalg.norm(directions, axis=0)
    lines = [np.sort(rows.astype(np.float64) @ directions, axis=0) for rows in (points, others)]
    return float(np.sqrt(np.square(lines[0] - lines[1]).mean()))
