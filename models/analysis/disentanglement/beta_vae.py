"""The score of the beta-VAE paper (Higgins et al. 2017)."""

from __future__ import annotations

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.analysis.disentanglement.factors import FixedFactor, Floats, Integers, KnownFactors

PAIRS = 64
POINTS = 5000  # to learn from, and as many again to be judged by


def score(codes: Floats, known: KnownFactors, random: np.random.Generator, points: int = POINTS) -> float:
    """Accuracy of a linear classifier that names the factor which 64 pairs of pictures share; chance is 1 / F.

    codes (N, K). A point is the mean absolute difference of the pairs' codes, (K,).
    """
    # No penalty to speak of: the score is that of the best linear classifier, whatever the scale of the codes.
    classifier = make_pipeline(StandardScaler(), LogisticRegression(C=100.0, max_iter=500))
    classifier.fit(*_points(codes, known, points, random))
    return float(classifier.score(*_points(codes, known, points, random)))


def _points(codes: Floats, known: KnownFactors, points: int, random: np.random.Generator) -> tuple[Floats, Integers]:
    """Points (M, K) and the factor that each one's pairs share, (M,)."""
    count = len(known.names)
    shares = random.multinomial(points, np.full(count, 1 / count))
    parts = [_differences(codes, FixedFactor(known.bins[:, f]), int(share), random) for f, share in enumerate(shares)]
    return np.concatenate(parts), np.repeat(np.arange(count), shares)


def _differences(codes: Floats, fixed: FixedFactor, points: int, random: np.random.Generator) -> Floats:
    # Each pair shares its own value of the factor, as published; a batch of two is a pair.
    pairs = fixed.batches(points * PAIRS, 2, random)
    apart = np.abs(codes[pairs[:, 0]] - codes[pairs[:, 1]])
    return np.asarray(apart.reshape(points, PAIRS, -1).mean(axis=1), np.float32)
