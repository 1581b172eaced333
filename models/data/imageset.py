"""What every data set looks like once it is loaded."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


class DataSetMissing(FileNotFoundError):
    """The files of a data set are in none of the known places; the message names the package that brings them."""


class DataSetDamaged(ValueError):
    """A file of a data set is not the one that was published; the message names it."""


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
    factors: dict[str, NDArray[np.float32]] = field(default_factory=dict)  # by name, each (N,)
