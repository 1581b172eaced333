"""Probes: what a line or a plane reads off a code, and how evenly a path through a space changes the picture."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.latent.interpolation import lerp, slerp

Floats = NDArray[np.float32]
Grid = NDArray[np.float64]
Decode = Callable[[Floats], Floats]  # (N, D) latents -> (N, H, W, C) pictures
Distance = Callable[[Floats, Floats], Floats]  # two batches of pictures -> (N,)


def ridge_r2(codes: Floats, targets: Floats, train: int, penalty: float = 1e-3) -> Grid:
    """R^2 of ridge regression from codes (N, K) to each target (N, F), (F,): 1 is a perfect line, 0 the mean.

    Fitted to the first `train` rows and judged on the others. `penalty` is relative to the codes' variance. Raises
    ValueError when no row is left to judge by.
    """
    _check(len(codes), len(targets), train)
    x, y = _standard(codes, train), targets.astype(np.float64)
    y = y.reshape(len(y), -1)
    mean = y[:train].mean(axis=0)
    inner = x[:train].T @ x[:train] + penalty * train * np.eye(x.shape[1])
    predicted = mean + x[train:] @ np.linalg.solve(inner, x[:train].T @ (y[:train] - mean))
    errors = np.square(y[train:] - predicted).sum(axis=0)
    total = np.square(y[train:] - y[train:].mean(axis=0)).sum(axis=0)
    return np.asarray(1.0 - errors / np.maximum(total, 1e-12))


def linear_accuracy(codes: Floats, classes: NDArray[np.int64], train: int) -> float:
    """Held-out accuracy of logistic regression from codes (N, K) to classes (N,), trained on the first `train` rows."""
    _check(len(codes), len(classes), train)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    classifier.fit(codes[:train], classes[:train])
    return float(classifier.score(codes[train:], classes[train:]))


def linear_separability(codes: Floats, answers: NDArray[np.int64], train: int) -> float:
    """Conditional entropy in nats of two-class answers (N,), given the side of the best plane in codes (N, K).

    0: a plane tells the classes apart; the answers' own entropy: it tells nothing. After Karras et al. 2019
    (arXiv:1812.04948), with logistic regression for the plane and the held-out rows to judge by.
    """
    _check(len(codes), len(answers), train)
    classifier = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    classifier.fit(codes[:train], answers[:train])
    side = classifier.predict(codes[train:])
    joint = np.zeros((2, 2))
    np.add.at(joint, (side, answers[train:]), 1.0 / len(side))
    given = joint.sum(axis=1, keepdims=True)
    logs = np.log(np.where(joint > 0, joint / np.maximum(given, 1e-12), 1.0))
    return float(-(joint * logs).sum())


def path_lengths(
    decode: Decode,
    distance: Distance,
    starts: Floats,
    ends: Floats,
    random: np.random.Generator,
    *,
    spherical: bool,
    map_to: Callable[[Floats], Floats] | None = None,
    epsilon: float = 1e-2,
    chunk: int = 100,
) -> Floats:
    """Perceptual path lengths (Karras et al. 2019) of paths between latents (N, D), (N,); PPL is their mean.

    `distance` of two pictures `epsilon` apart at a random place of the path, over epsilon squared: `distance` is to be
    of second order, as LPIPS and squared errors are. spherical: slerp in z; else lerp, in w after `map_to`. epsilon is
    larger than the published 1e-4, at which the pictures' differences drown in rounding.
    """
    if map_to is not None:
        starts, ends = map_to(starts), map_to(ends)
    t = random.random(len(starts)).astype(np.float32) * np.float32(1 - epsilon)
    found = []
    for first in range(0, len(starts), chunk):
        a, b, at = (rows[first : first + chunk] for rows in (starts, ends, t))
        here, there = (decode(latents) for latents in _between(a, b, at, at + np.float32(epsilon), spherical))
        found.append(np.asarray(distance(here, there), np.float32) / np.float32(epsilon**2))
    return np.concatenate(found)


def _between(a: Floats, b: Floats, t: Floats, after: Floats, spherical: bool) -> Floats:
    """The latents of every path at two places, (N, D), (N, D), (N,), (N,) -> (2, N, D)."""
    way = slerp if spherical else lerp
    places = zip(a, b, np.stack([t, after], axis=1), strict=True)
    return np.stack([way(start, end, place) for start, end, place in places], axis=1)


def _standard(codes: Floats, train: int) -> Grid:
    x = codes.astype(np.float64)
    return np.asarray((x - x[:train].mean(axis=0)) / np.maximum(x[:train].std(axis=0), 1e-12))


def _check(rows: int, answers: int, train: int) -> None:
    if rows != answers or not 0 < train < rows:
        raise ValueError(
            f"expected an answer for each of {rows} codes and some beyond {train} to judge by, got {answers}"
        )
