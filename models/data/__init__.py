"""Data sets, one a file, behind one interface: `load(name, split)` -> ImageSet."""

from __future__ import annotations

from collections.abc import Callable

from models.data import faces, fashion_mnist, mnist, sprites
from models.data.imageset import DataSetDamaged, DataSetMissing, Factor, ImageSet

SETS: dict[str, Callable[[str], ImageSet]] = {
    "faces": faces.FACES.load,
    "faces-confounded": faces.CONFOUNDED.load,
    "faces-few-dark": faces.FEW_DARK.load,
    "fashion-mnist": fashion_mnist.load,
    "mnist": mnist.load,
    "sprites": sprites.load,
}

__all__ = ["SETS", "DataSetDamaged", "DataSetMissing", "Factor", "ImageSet", "load"]


def load(name: str, split: str) -> ImageSet:
    """Load a split, "train" or "test".

    Raises KeyError for an unknown name, DataSetMissing without the files, DataSetDamaged for altered files.
    """
    if name not in SETS:
        raise KeyError(f"no data set is called {name!r}; known: {', '.join(sorted(SETS))}")
    return SETS[name](split)
