"""What every data set looks like once it is loaded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

FactorKind = Literal["continuous", "ordered", "categorical"]


class DataSetMissing(FileNotFoundError):
    """The files of a data set are in none of the known places; the message names the package that brings them."""


class DataSetDamaged(ValueError):
    """A file of a data set is not the one that was published; the message names it."""


@dataclass(frozen=True)
class Factor:
    """One thing that made a picture what it is, known for every picture of a set."""

    name: str
    kind: FactorKind
    values: NDArray[np.float32]  # (N,); of a categorical factor the indices into `categories`
    categories: tuple[str, ...] = ()
    description: str = ""  # what its ends mean, with the unit: "degrees, positive to the viewer's right"


@dataclass(frozen=True)
class ImageSet:
    """Pictures with what is known about each of them."""

    name: str
    title: str
    images: NDArray[np.uint8]  # (N, H, W, C) in [0, 255]
    labels: NDArray[np.int64]  # (N,) indices into `classes`
    classes: tuple[str, ...]
    licence: str
    citation: str
    source: str
    factors: tuple[Factor, ...] = ()

    def first(self, count: int) -> ImageSet:
        """The set with its first `count` pictures only."""
        factors = tuple(replace(factor, values=factor.values[:count]) for factor in self.factors)
        return replace(self, images=self.images[:count], labels=self.labels[:count], factors=factors)

    def factor(self, name: str) -> Factor:
        """The factor of that name. Raises KeyError naming those the set knows."""
        for factor in self.factors:
            if factor.name == name:
                return factor
        raise KeyError(f"{self.name} knows no factor {name!r}; it knows {', '.join(f.name for f in self.factors)}")
