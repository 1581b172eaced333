"""Data sets, one a file, behind one interface: `load(name, split)` -> ImageSet."""

from __future__ import annotations

from models.data import fashion_mnist
from models.data.imageset import DataSetDamaged, DataSetMissing, ImageSet

SETS = {"fashion-mnist": fashion_mnist.load}

__all__ = ["SETS", "DataSetDamaged", "DataSetMissing", "ImageSet", "load"]


def load(name: str, split: str) -> ImageSet:
    """Load a split, "train" or "test".

    Raises KeyError for an unknown name, DataSetMissing without the files, DataSetDamaged for altered files.
    """
    if name not in SETS:
        raise KeyError(f"no data set is called {name!r}; known: {', '.join(sorted(SETS))}")
    return SETS[name](split)
