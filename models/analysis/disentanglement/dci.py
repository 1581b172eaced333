"""Disentanglement, completeness and informativeness (Eastwood and Williams 2018) by gradient boosting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from models.analysis.disentanglement.factors import Floats, Integers, KnownFactors

Grid = NDArray[np.float64]
ROUNDS = 100  # of boosting


@dataclass(frozen=True)
class Dci:
    """The three scores, each in [0, 1], and what they rest on."""

    disentanglement: float
    completeness: float
    informativeness: float
    per_factor: Grid  # informativeness of each factor, (F,)
    importance: Grid  # of every dimension for every factor, (K, F), each column summing to 1


def dci(codes: Floats, known: KnownFactors, train: int, seed: int = 0) -> Dci:
    """Fit one booster a factor on the first `train` pictures and judge it on the others; codes (N, K).

    Informativeness: R^2 of ordered and continuous factors, accuracy of categories rescaled so that naming the most
    frequent is 0; never below 0. Importance: how much that falls when one dimension is shuffled among the held-out
    pictures, 0 where it does not fall. (Importances read from the splits of trees do not vanish on noise.)
    """
    random = np.random.default_rng(seed)
    columns = [_factor(codes, known, f, train, seed, random) for f in range(len(known.names))]
    informativeness = np.array([score for score, _ in columns])
    importance = np.stack([drops for _, drops in columns], axis=1)
    importance /= np.maximum(importance.sum(axis=0), 1e-12)
    return Dci(
        disentanglement(importance),
        completeness(importance),
        float(informativeness.mean()),
        informativeness,
        importance,
    )


def disentanglement(importance: Grid) -> float:
    """1 less the entropy over factors of each dimension's importance (K, F), in base F, weighted by its importance."""
    return _concentration(importance)


def completeness(importance: Grid) -> float:
    """1 less the entropy over dimensions of each factor's importance (K, F), in base K, weighted by its importance."""
    return _concentration(importance.T)


def _concentration(rows: Grid) -> float:
    """1 - H(row) / log(columns), averaged by the rows' sums; 0 when nothing is important."""
    if rows.sum() == 0 or rows.shape[1] < 2:
        return 0.0
    shares = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1e-12)
    terms = np.where(shares > 0, -shares * np.log(np.where(shares > 0, shares, 1.0)), 0.0)
    kept = 1.0 - terms.sum(axis=1) / np.log(rows.shape[1])
    return float((kept * rows.sum(axis=1)).sum() / rows.sum())


def _factor(
    codes: Floats, known: KnownFactors, f: int, train: int, seed: int, random: np.random.Generator
) -> tuple[float, Grid]:
    """How well a factor is predicted on held-out pictures, and each dimension's part in it, (K,)."""
    categorical = bool(known.categorical[f])
    target = known.bins[:, f] if categorical else known.values[:, f]
    kind = HistGradientBoostingClassifier if categorical else HistGradientBoostingRegressor
    booster = kind(max_iter=ROUNDS, random_state=seed).fit(codes[:train], target[:train])
    score: Callable[[NDArray[Any], NDArray[Any]], float] = accuracy_above_chance if categorical else r2
    test, wanted = codes[train:], target[train:]
    reached = max(0.0, score(booster.predict(test), wanted))
    drops = np.zeros(codes.shape[1])
    for k in range(codes.shape[1]):
        shuffled = test.copy()
        shuffled[:, k] = random.permutation(test[:, k])
        drops[k] = max(0.0, reached - score(booster.predict(shuffled), wanted))
    return reached, drops


def r2(predicted: NDArray[np.floating], wanted: NDArray[np.floating]) -> float:
    """Share of the variance of `wanted` (N,) that is explained; 0 for its mean, negative for worse."""
    errors = np.square(predicted - wanted, dtype=np.float64).mean()
    return float(1.0 - errors / np.var(wanted, dtype=np.float64))


def accuracy_above_chance(predicted: Integers, wanted: Integers) -> float:
    """Accuracy rescaled so that always naming the most frequent class is 0 and no error is 1."""
    chance = np.bincount(wanted).max() / len(wanted)
    return float(((predicted == wanted).mean() - chance) / (1.0 - chance))
