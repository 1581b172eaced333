"""Reading the factors of a picture nobody has labelled: ridge regression from the pixels of a labelled set.

Hoerl and Kennard 1970. It knows no model, so its answer is the same whichever model is being looked at; what a plane
through pixel space cannot tell (a smile, say) it says it cannot tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.data.imageset import Factor, FactorKind

Floats = NDArray[np.float32]

# Larger pictures are averaged down to this edge before reading: what is left is enough for a plane, and fits fast.
_EDGE: Final = 32
# The penalty as a share of the pixels' mean variance: the best of five for the four shipped sets.
_PENALTY: Final = 0.1
_HELD_OUT: Final = 5  # one picture in so many judges instead of teaching
_CHUNK: Final = 1000
# A factor of which less than this is read plays no part in what is called near.
TRUSTED: Final = 0.5


@dataclass(frozen=True)
class Reading:
    """One factor of one picture.

    trust: the share of the factor that is read off held-out pictures: R^2 of a number; of a category the share of the
    mistakes of always guessing the commonest that is avoided. 1 for a picture whose factors are known.
    """

    name: str
    kind: FactorKind
    value: float  # of a category the index into `categories`
    categories: tuple[str, ...]
    trust: float


class FactorReader:
    """Reads the factors of a picture, and finds the pictures of the set whose own factors are like those."""

    def __init__(self, images: NDArray[np.uint8], factors: Sequence[Factor], seed: int = 0) -> None:
        """Learn from pictures (N, H, W, C) whose factors (N,) are known; a fifth of them judges.

        Raises ValueError for fewer than 10 pictures or no factor.
        """
        if len(images) < 2 * _HELD_OUT or not factors:
            raise ValueError(f"expected at least 10 pictures and a factor, got {len(images)} and {len(factors)}")
        self.factors = tuple(factors)
        order = np.random.Generator(np.random.PCG64(seed)).permutation(len(images))
        judges, teachers = np.sort(order[: len(order) // _HELD_OUT]), np.sort(order[len(order) // _HELD_OUT :])
        features = np.concatenate(
            [
                _features(images[at : at + _CHUNK].astype(np.float32) / np.float32(255))
                for at in range(0, len(images), _CHUNK)
            ]
        )
        parts = [_targets(factor) for factor in self.factors]
        ends = np.cumsum([part.shape[1] for part in parts])
        self._spans = [slice(end - part.shape[1], end) for part, end in zip(parts, ends, strict=True)]
        self._targets = np.concatenate(parts, axis=1)  # (N, T)
        self._centre = features[teachers].mean(axis=0)
        self._level = self._targets[teachers].mean(axis=0)
        self._weights = _ridge(features[teachers] - self._centre, self._targets[teachers] - self._level)
        self._scores = self._predict(features)  # (N, T)
        self.trust = tuple(
            _trust(factor, self._scores[judges, span], self._targets[judges, span])
            for factor, span in zip(self.factors, self._spans, strict=True)
        )

    def read(self, picture: Floats) -> tuple[Reading, ...]:
        """The factors of a picture (H, W, C) in [0, 1], of the set's size. Numbers stay within those of the set."""
        scores = self._predict(_features(picture[np.newaxis]))[0]
        found = []
        for factor, span, trust in zip(self.factors, self._spans, self.trust, strict=True):
            if factor.categories:
                value = float(scores[span].argmax())
            else:
                low, high, mean, std = _spread(factor)
                value = float(np.clip(mean + std * scores[span][0], low, high))
            found.append(Reading(factor.name, factor.kind, value, factor.categories, trust))
        return tuple(found)

    def known(self, row: int) -> tuple[Reading, ...]:
        """The true factors of a picture of the set."""
        return tuple(Reading(f.name, f.kind, float(f.values[row]), f.categories, 1.0) for f in self.factors)

    def distances(self, readings: Sequence[Reading], picture: Floats) -> NDArray[np.float64] | None:
        """How far each picture of the set is in its true factors from `readings`: (N,); None where none is trusted.

        Euclidean over the trusted factors: numbers in standard deviations, another category the square root of 2.
        Among pictures with the same factors, which a set of mere classes has many of, the ones that are also read alike
        come first, by less than any difference of the factors themselves.
        """
        used = [(span, r, f) for span, r, f in zip(self._spans, readings, self.factors, strict=True) if trusted(r)]
        if not used:
            return None
        squares = np.zeros(len(self._targets))
        for span, reading, factor in used:
            point = _point(factor, reading.value)
            squares += np.square(self._targets[:, span] - point, dtype=np.float64).sum(axis=1)
        columns = np.concatenate([np.arange(span.start, span.stop) for span, _, _ in used])
        scores = self._predict(_features(picture[np.newaxis]))[0]
        alike = np.square(self._scores[:, columns] - scores[columns], dtype=np.float64).sum(axis=1)
        return np.asarray(np.sqrt(squares + 1e-6 * alike / max(float(alike.max()), 1e-12)))

    def _predict(self, features: Floats) -> Floats:
        return np.asarray((features - self._centre) @ self._weights + self._level, np.float32)


def nearest_differences(images: NDArray[np.uint8], count: int = 200, seed: int = 0) -> Floats:
    """How far pictures of a set are from their nearest other one: (count,) sorted, fewer in a smaller set.

    Root mean squared differences, pixels in [0, 1], of `count` of the pictures (N, H, W, C) to all others.
    """
    rows = np.random.Generator(np.random.PCG64(seed)).permutation(len(images))[:count]
    flat = images.reshape(len(images), -1)
    asked = flat[rows].astype(np.float32) / np.float32(255)
    squares = np.square(asked).sum(axis=1)
    nearest = np.full(len(rows), np.inf, np.float32)
    for first in range(0, len(flat), _CHUNK):
        part = flat[first : first + _CHUNK].astype(np.float32) / np.float32(255)
        apart = squares[:, np.newaxis] + np.square(part).sum(axis=1) - 2 * (asked @ part.T)
        inside = (rows >= first) & (rows < first + len(part))
        apart[inside, rows[inside] - first] = np.inf  # a picture is not its own neighbour
        nearest = np.minimum(nearest, apart.min(axis=1))
    return np.asarray(np.sort(np.sqrt(np.maximum(nearest, 0) / flat.shape[1])), np.float32)


def trusted(reading: Reading) -> bool:
    """Whether a reading says enough of its factor to call pictures alike by it."""
    return reading.trust >= TRUSTED


def _features(pictures: Floats) -> Floats:
    """(N, H, W, C) -> (N, F), averaged down to at most _EDGE pixels a side."""
    count, height, width, channels = pictures.shape
    step = -(-max(height, width) // _EDGE)
    if step > 1 and min(height, width) >= step:
        rows, columns = height // step, width // step
        cut = pictures[:, : rows * step, : columns * step].reshape(count, rows, step, columns, step, channels)
        pictures = cut.mean(axis=(2, 4))
    return np.ascontiguousarray(pictures.reshape(count, -1), np.float32)


def _targets(factor: Factor) -> Floats:
    """(N, 1) in standard deviations, or for categories (N, K) one-hot."""
    if factor.categories:
        return np.asarray(np.eye(len(factor.categories))[factor.values.astype(int)], np.float32)
    _, _, mean, std = _spread(factor)
    return np.asarray((factor.values[:, np.newaxis] - mean) / std, np.float32)


def _point(factor: Factor, value: float) -> Floats:
    """One value of a factor among its targets: (T,)."""
    if factor.categories:
        return np.asarray(np.eye(len(factor.categories))[int(value)], np.float32)
    _, _, mean, std = _spread(factor)
    return np.asarray([(value - mean) / std], np.float32)


def _spread(factor: Factor) -> tuple[float, float, float, float]:
    """Least, largest, mean and standard deviation; 1 for a factor that is always the same."""
    values = factor.values.astype(np.float64)
    return float(values.min()), float(values.max()), float(values.mean()), float(values.std()) or 1.0


def _ridge(centred: Floats, targets: Floats) -> Floats:
    """Weights (F, T) of ridge regression, through whichever of the two Gram matrices is smaller."""
    rows, columns = centred.shape
    gram = centred @ centred.T if rows < columns else centred.T @ centred
    gram[np.diag_indices_from(gram)] += max(_PENALTY * float(np.trace(gram)) / len(gram), 1e-6)
    if rows < columns:
        return np.asarray(centred.T @ np.linalg.solve(gram, targets), np.float32)
    return np.asarray(np.linalg.solve(gram, centred.T @ targets), np.float32)


def _trust(factor: Factor, scores: Floats, targets: Floats) -> float:
    """What `Reading.trust` says, on held-out pictures: at most 1, below 0 where reading is worse than not to try."""
    if factor.categories:
        truth = targets.argmax(axis=1)
        commonest = float(targets.mean(axis=0).max())
        wrong = float((scores.argmax(axis=1) != truth).mean())
        return 1.0 - wrong / (1.0 - commonest) if commonest < 1 else 0.0
    errors = np.square(scores - targets, dtype=np.float64).sum()
    total = np.square(targets - targets.mean(axis=0), dtype=np.float64).sum()
    return float(1.0 - errors / total) if total > 0 else 0.0
