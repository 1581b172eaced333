"""Separated attribute predictability (Kumar et al. 2018, arXiv:1711.00848)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import balanced_accuracy_score
from sklearn.tree import DecisionTreeClassifier

from models.analysis.disentanglement.factors import Floats, KnownFactors

Grid = NDArray[np.float64]


def gaps(codes: Floats, known: KnownFactors, train: int) -> Grid:
    """The gap between the two dimensions that predict each factor best, (F,) in [0, 1]; SAP is their mean."""
    ordered = np.sort(predictability(codes, known, train), axis=0)[::-1]
    return np.asarray(ordered[0] - (ordered[1] if len(ordered) > 1 else 0.0))


def predictability(codes: Floats, known: KnownFactors, train: int) -> Grid:
    """How well each dimension alone predicts each factor, (K, F) in [0, 1]; codes (N, K) of the same pictures.

    An ordered or continuous factor: R^2 of a line. A category: a small tree on one dimension, trained on the first
    `train` pictures; its balanced accuracy on the others, rescaled so that chance is 0. Both are 1 for a perfect one.
    """
    scores = np.empty((codes.shape[1], len(known.names)))
    for f, categorical in enumerate(known.categorical):
        for k, code in enumerate(codes.T):
            scores[k, f] = _tree(code, known.bins[:, f], train) if categorical else _line(code, known.values[:, f])
    return scores


def _line(code: Floats, factor: Floats) -> float:
    code, factor = code - code.mean(dtype=np.float64), factor - factor.mean(dtype=np.float64)
    spread = (code @ code) * (factor @ factor)
    return float((code @ factor) ** 2 / spread) if spread > 0 else 0.0


def _tree(code: Floats, classes: NDArray[np.int64], train: int) -> float:
    count = int(classes.max()) + 1
    tree = DecisionTreeClassifier(
        max_leaf_nodes=2 * count, min_samples_leaf=20, class_weight="balanced", random_state=0
    )
    tree.fit(code[:train, None], classes[:train])
    right = balanced_accuracy_score(classes[train:], tree.predict(code[train:, None]))
    return max(0.0, (float(right) - 1 / count) / (1 - 1 / count))
