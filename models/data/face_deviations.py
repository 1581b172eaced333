"""How far each factor of the faces moves a picture: what a model loses that does not code it."""

from __future__ import annotations

import argparse

import numpy as np
from numpy.typing import NDArray

from models.data import face_factors
from models.data.face_drawing import Face, drawn, raster


def deviations(count: int, seed: int = 0) -> dict[str, tuple[float, float]]:
    """By factor: (unexplained, swing), mean squared deviations per value of a 64x64 picture on the scale 0..255.

    Over `count` random faces. Unexplained: the factor's variance, which is the error of a model that knows all but
    this factor (half the squared difference between two draws of it). Swing: between its 5% and its 95% point.
    """
    random = np.random.default_rng(seed)
    numbers = random.random((count, len(face_factors.FACTORS)))
    first = _pixels(numbers)
    found = {}
    for column, factor in enumerate(face_factors.FACTORS):
        other, low, high = numbers.copy(), numbers.copy(), numbers.copy()
        other[:, column], low[:, column], high[:, column] = random.random(count), 0.05, 0.95
        unexplained = float(((_pixels(other) - first) ** 2).mean()) / 2
        found[factor.name] = unexplained, float(((_pixels(high) - _pixels(low)) ** 2).mean())
    return found


def _pixels(numbers: NDArray[np.float64]) -> NDArray[np.float32]:
    faces: list[Face] = face_factors.faces(face_factors.known(numbers))
    return np.stack([raster(drawn(face)) for face in faces]).astype(np.float32)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=deviations.__doc__)
    parser.add_argument("--count", type=int, default=200, help="faces to average over (200)")
    print(f"{'factor':15s}{'unexplained':>12s}{'5% to 95%':>12s}")
    for name, (unexplained, swing) in deviations(parser.parse_args().count).items():
        print(f"{name:15s}{unexplained:12.1f}{swing:12.1f}")


if __name__ == "__main__":
    main()
