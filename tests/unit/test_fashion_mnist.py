"""Fashion-MNIST's files, forged: found in their places, read as IDX, refused when they are not the set's."""

from __future__ import annotations

import gzip
import hashlib
import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models import data
from models.data import DataSetDamaged, DataSetMissing, fashion_mnist

COUNTS = {"train": 6, "t10k": 4}


def idx(values: NDArray[np.uint8]) -> bytes:
    """The IDX format: two zeros, 8 for bytes, the number of axes, each axis big-endian, the values."""
    return struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape) + values.tobytes()


def arrays(prefix: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    random = np.random.default_rng(COUNTS[prefix])
    images = random.integers(0, 256, (COUNTS[prefix], 28, 28), dtype=np.uint8)
    return images, random.integers(0, 10, COUNTS[prefix], dtype=np.uint8)


@pytest.fixture
def forged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of forged files whose hashes are taken for the set's, named by the environment variable."""
    monkeypatch.setattr(fashion_mnist, "PLACES", (tmp_path / "nowhere",))
    monkeypatch.setenv("LATENT_EXPLORER_FASHION_MNIST", str(tmp_path / "own"))
    (tmp_path / "own").mkdir()
    for prefix in COUNTS:
        for kind, values in zip(("images-idx3", "labels-idx1"), arrays(prefix), strict=True):
            name = f"{prefix}-{kind}-ubyte.gz"
            (tmp_path / "own" / name).write_bytes(gzip.compress(idx(values)))
            monkeypatch.setitem(fashion_mnist.SHA256, name, hashlib.sha256(idx(values)).hexdigest())
    return tmp_path / "own"


@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
@pytest.mark.usefixtures("forged")
def test_a_split_is_read_as_it_was_written(split: str, prefix: str) -> None:
    found = data.load("fashion-mnist", split)
    images, labels = arrays(prefix)
    np.testing.assert_array_equal(found.images, images[..., np.newaxis])
    np.testing.assert_array_equal(found.labels, labels)
    assert found.images.dtype == np.uint8
    assert found.labels.dtype == np.int64
    assert len(found.classes) == 10
    assert (found.name, found.licence) == ("fashion-mnist", "MIT")
    assert "arXiv:1708.07747" in found.citation


def test_without_the_variable_debians_place_is_looked_at(forged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LATENT_EXPLORER_FASHION_MNIST")
    with pytest.raises(DataSetMissing):
        fashion_mnist.load("test")
    monkeypatch.setattr(fashion_mnist, "PLACES", (forged,))
    assert len(fashion_mnist.load("test").images) == 4


def test_the_named_folder_goes_first_and_an_empty_one_is_passed_over(
    forged: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fashion_mnist, "PLACES", (forged,))
    monkeypatch.setenv("LATENT_EXPLORER_FASHION_MNIST", str(tmp_path / "empty"))
    assert len(fashion_mnist.load("test").images) == 4


@pytest.mark.parametrize("gone", ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"])
def test_a_missing_file_names_the_package_and_the_variable(gone: str, forged: Path) -> None:
    (forged / gone).unlink()
    with pytest.raises(DataSetMissing) as caught:
        data.load("fashion-mnist", "test")
    assert "Debian's package dataset-fashion-mnist" in str(caught.value)
    assert "LATENT_EXPLORER_FASHION_MNIST" in str(caught.value)
    assert len(data.load("fashion-mnist", "train").images) == 6


def test_other_pictures_are_refused_by_their_hash(forged: Path) -> None:
    images, _ = arrays("t10k")
    images[0, 0, 0] ^= 1
    path = forged / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx(images)))
    found = hashlib.sha256(idx(images)).hexdigest()
    with pytest.raises(DataSetDamaged) as caught:
        fashion_mnist.load("test")
    expected = fashion_mnist.SHA256[path.name]
    assert str(caught.value) == f"{path} is not Fashion-MNIST's: its SHA-256 is {found}, expected {expected}."


@pytest.mark.parametrize("damage", ["cut", "plain", "flipped"])
def test_a_file_that_cannot_be_decompressed_is_refused_with_a_sentence(damage: str, forged: Path) -> None:
    path = forged / "t10k-labels-idx1-ubyte.gz"
    raw = path.read_bytes()
    broken = {"cut": raw[:-9], "plain": gzip.decompress(raw), "flipped": raw[:10] + bytes([raw[10] ^ 0xFF]) + raw[11:]}
    path.write_bytes(broken[damage])
    with pytest.raises(DataSetDamaged, match=r"t10k-labels-idx1-ubyte\.gz is not Fashion-MNIST's: it cannot be"):
        fashion_mnist.load("test")


def test_unknown_names_are_refused_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match=r"known: .*fashion-mnist"):
        data.load("fashion", "test")
    with pytest.raises(KeyError, match="validation"):
        data.load("fashion-mnist", "validation")


def test_every_file_of_the_set_has_a_hash() -> None:
    kinds = ("images-idx3", "labels-idx1")
    assert set(fashion_mnist.SHA256) == {f"{prefix}-{kind}-ubyte.gz" for prefix in COUNTS for kind in kinds}
    assert all(len(digest) == 64 for digest in fashion_mnist.SHA256.values())
