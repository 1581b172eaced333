"""Fashion-MNIST: 70,000 gray 28x28 pictures of clothes in ten balanced classes (Xiao et al. 2017, arXiv:1708.07747)."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data import idx
from models.data.imageset import DataSetMissing, ImageSet

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
PLACES = (Path("/usr/share/datasets/fashion-mnist"),)
PREFIX = {"train": "train", "test": "t10k"}
# SHA-256 of the decompressed IDX files, so that any copy of the set can be told from a damaged one.
SHA256 = {
    "t10k-images-idx3-ubyte.gz": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
    "t10k-labels-idx1-ubyte.gz": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
    "train-images-idx3-ubyte.gz": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
    "train-labels-idx1-ubyte.gz": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
}


def load(split: str) -> ImageSet:
    """Load "train" (60,000 pictures) or "test" (10,000).

    Looks in the folder named by LATENT_EXPLORER_FASHION_MNIST, then where Debian's package puts the files.
    Raises KeyError for another split, DataSetMissing without files, DataSetDamaged for files that are not the set's.
    """
    prefix = PREFIX[split]
    folder = _folder(prefix)
    images = _read(folder / f"{prefix}-images-idx3-ubyte.gz")
    labels = _read(folder / f"{prefix}-labels-idx1-ubyte.gz")
    return ImageSet(
        name="fashion-mnist",
        title="Fashion-MNIST",
        images=images[..., np.newaxis],
        labels=labels.astype(np.int64),
        classes=CLASSES,
        licence="MIT",
        citation="Xiao, Rasul and Vollgraf 2017, arXiv:1708.07747",
        source="https://github.com/zalandoresearch/fashion-mnist",
    )


def _folder(prefix: str) -> Path:
    named = os.environ.get("LATENT_EXPLORER_FASHION_MNIST")
    places = [Path(named), *PLACES] if named else list(PLACES)
    for place in places:
        if all((place / f"{prefix}-{kind}-ubyte.gz").is_file() for kind in ("images-idx3", "labels-idx1")):
            return place
    raise DataSetMissing(
        "Fashion-MNIST was not found. Install Debian's package dataset-fashion-mnist, or put its four .gz files into a "
        "folder and name that folder in LATENT_EXPLORER_FASHION_MNIST."
    )


def _read(path: Path) -> NDArray[np.uint8]:
    return idx.read(path, SHA256[path.name], "Fashion-MNIST")
