"""A Gaussian mixture of encoded data, with as many components as held-out data bear out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from models.latent.fitted import Mixture

Numbers = NDArray[np.float64]

COMPONENTS = (1, 2, 5, 10, 20, 40)
CHOOSING = 5000  # points among which the number of components is chosen; every fifth is held out
POINTS_A_COMPONENT = 20  # fewer would fit their own noise
REGULARISED = 1e-4  # added to each dimension's variance, which is 1 here
ROUNDS = 60  # of expectation maximisation; what comes after changes the likelihood in the third digit


@dataclass(frozen=True)
class Tried:
    """A number of components: log-likelihood of a held-out point in nats, and BIC (lower is better) of the others."""

    components: int
    held_out: float
    bic: float


def fit(points: Numbers, rng: np.random.Generator) -> tuple[Mixture, list[Tried]]:
    """Fit to (N, D), N at least 10. As many components as the held-out points bear out, and all numbers tried.

    Full covariances. Each dimension is brought to a variance of 1 before and back after; the figures are of the
    standardised points.
    """
    mean, spread = points.mean(0), points.std(0)
    rows = (points - mean) / np.where(spread > 0, spread, 1)
    chosen = rng.permutation(rows)[:CHOOSING]
    held, kept = np.split(chosen, [max(1, len(chosen) // 5)])
    seed = int(rng.integers(2**31))
    tried = []
    for count in COMPONENTS:
        if count == 1 or count * POINTS_A_COMPONENT <= len(kept):
            found = _expectation_maximisation(kept, count, seed)
            tried.append(Tried(count, float(found.score(held)), float(found.bic(kept))))
    best = max(tried, key=lambda each: each.held_out)
    mixture = _expectation_maximisation(rows, best.components, seed)
    factors = np.linalg.cholesky(mixture.covariances_)
    return Mixture(mixture.weights_, mean + spread * mixture.means_, spread[:, np.newaxis] * factors), tried


def _expectation_maximisation(rows: Numbers, components: int, seed: int) -> GaussianMixture:
    mixture = GaussianMixture(components, reg_covar=REGULARISED, max_iter=ROUNDS, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # ROUNDS says that it may stop early
        return mixture.fit(rows)
