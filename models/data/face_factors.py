"""The factors of a drawn face: their ranges, their shares, and how numbers in [0, 1) become values."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from models.data.face_drawing import BEARDS, GLASSES, HAIR_STYLES, Face
from models.data.imageset import Factor


@dataclass(frozen=True)
class Continuous:
    """A factor that is uniform between two ends."""

    name: str
    low: float
    high: float
    description: str

    def values(self, uniform: NDArray[np.float64]) -> NDArray[np.float32]:
        """Values (N,) for numbers (N,) in [0, 1)."""
        return (self.low + (self.high - self.low) * uniform).astype(np.float32)


@dataclass(frozen=True)
class Categorical:
    """A factor of named values, each with its share."""

    name: str
    categories: tuple[str, ...]
    shares: tuple[float, ...]
    description: str

    def values(self, uniform: NDArray[np.float64]) -> NDArray[np.float32]:
        """Indices (N,) into `categories` for numbers (N,) in [0, 1)."""
        return np.searchsorted(np.cumsum(self.shares)[:-1], uniform, side="right").astype(np.float32)


FACTORS: tuple[Continuous | Categorical, ...] = (
    Continuous("yaw", -35, 35, "degrees the head is turned, positive to the viewer's right"),
    Continuous("pitch", -20, 20, "degrees the head is raised, positive up"),
    Continuous("smile", -1, 1, "-1 corners of the mouth down, 1 corners up, wide, with teeth"),
    Continuous("mouth_opening", 0, 1, "0 closed, 1 wide open"),
    Continuous("eye_opening", 0, 1, "0 closed but for a slit, 1 wide open"),
    Continuous("brow", 0, 1, "0 brows low, 1 raised"),
    Continuous("head_width", 0.86, 1.14, "times the usual width"),
    Continuous("skin", 0, 1, "0 light, 1 dark"),
    Continuous("hair_colour", 0, 1, "0 black, then brown, auburn and blond, 1 pale grey; also of brows and beards"),
    Continuous("hair_length", 0, 1, "0 short, 1 long or full, within the hair style; not to be seen on bald heads"),
    Continuous("ground", 0, 1, "colour of the background: green, blue, violet, rose, sand; the shirt follows"),
    Categorical("hair_style", HAIR_STYLES, (1 / len(HAIR_STYLES),) * len(HAIR_STYLES), "how the hair is worn"),
    Categorical("glasses", GLASSES, (0.5, 0.25, 0.25), "whether glasses are worn, and their shape"),
    Categorical("beard", BEARDS, (0.5, 0.25, 0.25), "whether there is a beard, and its kind"),
)
NAMES = tuple(factor.name for factor in FACTORS)


def known(uniform: NDArray[np.float64]) -> tuple[Factor, ...]:
    """The factors' values for numbers (N, len(FACTORS)) in [0, 1), a column a factor."""
    made = []
    for column, factor in enumerate(FACTORS):
        values = factor.values(uniform[:, column])
        if isinstance(factor, Continuous):
            made.append(Factor(factor.name, "continuous", values, (), factor.description))
        else:
            made.append(Factor(factor.name, "categorical", values, factor.categories, factor.description))
    return tuple(made)


def faces(factors: tuple[Factor, ...]) -> list[Face]:
    """The faces with these factors; those that are not drawn are left aside."""
    columns = [
        [int(v) for v in f.values] if f.kind == "categorical" else f.values.tolist() for f in factors if f.name in NAMES
    ]
    names = [f.name for f in factors if f.name in NAMES]
    return [Face(**dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)]


def correlated(uniform: NDArray[np.float64], first: str, second: str, correlation: float) -> NDArray[np.float64]:
    """Numbers (N, F) in [0, 1) whose columns `first` and `second` have this Pearson correlation and are still uniform.

    A Gaussian copula: uniforms correlate by 6/pi asin(r/2) when the Gaussians behind them correlate by r.
    """
    normal = NormalDist()
    behind = 2 * np.sin(np.pi * correlation / 6)
    a, b = NAMES.index(first), NAMES.index(second)
    inverse = np.vectorize(lambda u: normal.inv_cdf(min(max(u, 1e-12), 1 - 1e-12)), otypes=[np.float64])
    mixed = behind * inverse(uniform[:, a]) + np.sqrt(1 - behind**2) * inverse(uniform[:, b])
    found = uniform.copy()
    found[:, b] = np.clip(np.vectorize(normal.cdf, otypes=[np.float64])(mixed), 0.0, np.nextafter(1.0, 0.0))
    return found
